{#
Disclosure control, the one place of it.

`is_small(n)`: a count of persons from 1 to minimum_cell - 1.

`withheld(relation, columns, breakdown, cell, smalls, order_by)`: the columns of a relation and `suppressed`. A row is
suppressed when one of `smalls` is small (its count of persons, the number it rests on, the complement d - n), and when,
within a breakdown whose total is shown, what is suppressed could be had by subtraction: then the next smallest members go
too, until at least two rows are hidden and they hide minimum_cell persons together. `chain` names an order in which each
row's count is the next one's denominator (a funnel): the row after a suppressed one is suppressed as well. `already` is an
expression that is true where an earlier pass, along another breakdown of the same table, has suppressed.
#}
{% macro is_small(n) -%}
    coalesce({{ n }} between 1 and {{ (var("minimum_cell") | int) - 1 }}, false)
{%- endmacro %}

{% macro withheld(relation, columns, breakdown, cell, smalls, order_by, chain=none, already=none) -%}
    select
        {{ columns | join(", ") }},
        is_first
        or (
            hidden_rows > 0
            and ((hidden_rows = 1 and shown_rank = 1) or hidden_persons + shown_before < {{ var("minimum_cell") }})
        ) as suppressed
    from (
        select
            *,
            count(*) filter (where is_first) over (partition by {{ breakdown }}) as hidden_rows,
            coalesce(sum(cell) filter (where is_first) over (partition by {{ breakdown }}), 0) as hidden_persons,
            row_number() over ascending as shown_rank,
            coalesce(sum(cell) over (
                partition by {{ breakdown }}, is_first
                order by cell = 0, cell, {{ order_by }}
                rows between unbounded preceding and 1 preceding
            ), 0) as shown_before
        from (
            select
                *,
                is_small
                {%- if chain %} or coalesce(lag(is_small) over (partition by {{ breakdown }} order by {{ chain }}), false)
                {%- endif %} as is_first
            from (
                select
                    *,
                    coalesce({{ cell }}, 0) as cell,
                    {% for small in smalls %}{{ is_small(small) }}{{ " or " if not loop.last }}{% endfor %}
                    {%- if already %} or {{ already }}{% endif %} as is_small
                from {{ relation }}
            ) as measured
        ) as judged
        window ascending as (partition by {{ breakdown }}, is_first order by cell = 0, cell, {{ order_by }})
    ) as ranked
{%- endmacro %}
