{# Printed words without blanks and letter case, as they are compared. #}
{% macro squeezed(words) -%}
    lower(regexp_replace({{ words }}, '\s', '', 'g'))
{%- endmacro %}

{# Whether a printed number counts something, so that parts of it add up. #}
{% macro is_counted(cell) -%}
    {{ cell }}.unit_key not in ('percent', 'per_1000')
{%- endmacro %}

{# The number in persons, where it is printed in thousands. #}
{% macro in_ones(cell) -%}
    {{ cell }}.value * case {{ cell }}.unit_key when 'thousand_persons' then 1000 else 1 end
{%- endmacro %}

{# What a printed number is rounded to: a thousand from 10,000 on, a hundred from 1,000 on, else as it stands. #}
{% macro roundness(value) -%}
    case
        when {{ value }} >= 10000 and {{ value }} % 1000 = 0 then 1000 when {{ value }} >= 1000 and {{ value }} % 100 = 0 then 100
        else 1
    end
{%- endmacro %}

{# How far a printed number may lie from what it was rounded from. #}
{% macro rounding(cell) -%}
    case
        when {{ cell }}.decimals > 0 then 0.5 / 10 ^ {{ cell }}.decimals
        when {{ roundness(cell ~ ".value") }} > 1 then {{ roundness(cell ~ ".value") }} / 2.0
        else 0
    end
{%- endmacro %}
