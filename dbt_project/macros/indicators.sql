{# Bounds of the Wilson 95 % interval of n of d, in percent; null where there is no denominator. #}
{% macro wilson(n, d, side) -%}
    {%- set z = "1.959963984540054" -%}
    100 * greatest(0, least(1, (
        {{ n }} / nullif({{ d }}, 0)::numeric + {{ z }} ^ 2 / (2 * nullif({{ d }}, 0))
        {{ "-" if side == "low" else "+" }} {{ z }} * sqrt(
            greatest(0, {{ n }} * ({{ d }} - {{ n }}) / nullif({{ d }}, 0)::numeric ^ 3)
            + {{ z }} ^ 2 / (4 * nullif({{ d }}, 0)::numeric ^ 2)
        )
    ) / (1 + {{ z }} ^ 2 / nullif({{ d }}, 0))))
{%- endmacro %}

{# Groups of persons: the province, its amphoe, and each default disaggregation by itself.
   `people` has one row per person (person_key, counted): n counts those counted, d all of them. #}
{% macro people_groups(people, age_band="person.age_band") -%}
    select
        case when grouping(person.amphoe_code) = 0 then person.amphoe_code else '52' end as area_code,
        case
            when grouping(person.sex) = 0 then 'sex'
            when grouping({{ age_band }}) = 0 then 'age_band'
            when grouping(person.national_id_kind) = 0 then 'national_id_kind'
            when grouping(person.is_disabled) = 0 then 'disability'
            else 'all'
        end as dimension,
        case
            when grouping(person.sex) = 0 then coalesce(person.sex, 'unknown')
            when grouping({{ age_band }}) = 0 then coalesce({{ age_band }}, 'unknown')
            when grouping(person.national_id_kind) = 0 then coalesce(person.national_id_kind, 'unknown')
            when grouping(person.is_disabled) = 0 then
                case person.is_disabled
                    when true then 'with_disability' when false then 'without_disability' else 'unknown'
                end
            else 'all'
        end as member,
        count(*) filter (where people.counted) as n,
        count(*) as d
    from {{ people }} as people
    inner join {{ ref("dim_person") }} as person
        on people.person_key = person.person_key
    group by grouping sets (
        (), (person.amphoe_code), (person.sex), ({{ age_band }}), (person.national_id_kind), (person.is_disabled)
    )
    having grouping(person.amphoe_code) = 1 or person.amphoe_code like '52%'
{%- endmacro %}

{# Groups where a person may be in several (partners, programmes): rows (person_key, dimension, member, counted). #}
{% macro several_groups(people) -%}
    select
        '52' as area_code,
        people.dimension,
        coalesce(people.member, 'unknown') as member,
        count(distinct people.person_key) filter (where people.counted) as n,
        count(distinct people.person_key) as d
    from {{ people }} as people
    group by people.dimension, coalesce(people.member, 'unknown')
{%- endmacro %}

{# A rate in percent from groups (area_code, dimension, member, n, d), with its interval and the coverage note. #}
{% macro rate(indicator_id, measure, groups, coverage="coverage") -%}
    select
        '{{ indicator_id }}' as indicator_id,
        '{{ measure }}' as measure,
        groups.area_code,
        groups.dimension,
        groups.member,
        groups.n::numeric as numerator,
        groups.d::numeric as denominator,
        round(100 * groups.n / nullif(groups.d, 0)::numeric, 2) as value,
        round({{ wilson("groups.n", "groups.d", "low") }}, 2) as interval_low,
        round({{ wilson("groups.n", "groups.d", "high") }}, 2) as interval_high,
        groups.d::bigint as persons,
        coverage.note_th,
        coverage.note_en
    from {{ groups }} as groups
    cross join {{ coverage }} as coverage
{%- endmacro %}

{# A count of persons from groups (area_code, dimension, member, n). #}
{% macro persons_counted(indicator_id, measure, groups, coverage="coverage") -%}
    select
        '{{ indicator_id }}' as indicator_id,
        '{{ measure }}' as measure,
        groups.area_code,
        groups.dimension,
        groups.member,
        groups.n::numeric as numerator,
        null::numeric as denominator,
        groups.n::numeric as value,
        null::numeric as interval_low,
        null::numeric as interval_high,
        groups.n::bigint as persons,
        coverage.note_th,
        coverage.note_en
    from {{ groups }} as groups
    cross join {{ coverage }} as coverage
{%- endmacro %}

{# An amount (baht, kg, days) that rests on a number of persons: groups (area_code, dimension, member, amount, persons). #}
{% macro amount(indicator_id, measure, groups, coverage="coverage") -%}
    select
        '{{ indicator_id }}' as indicator_id,
        '{{ measure }}' as measure,
        groups.area_code,
        groups.dimension,
        groups.member,
        null::numeric as numerator,
        null::numeric as denominator,
        groups.amount::numeric as value,
        null::numeric as interval_low,
        null::numeric as interval_high,
        groups.persons::bigint as persons,
        coverage.note_th,
        coverage.note_en
    from {{ groups }} as groups
    cross join {{ coverage }} as coverage
{%- endmacro %}

{# A number of persons within a coverage note: small ones are not told there either. #}
{% macro told_count(n, language) -%}
    case
        when {{ n }} between 1 and {{ (var("minimum_cell") | int) - 1 }}
            then '{{ "น้อยกว่า" if language == "th" else "fewer than" }} {{ var("minimum_cell") }}'
        else ({{ n }})::text
    end
{%- endmacro %}
