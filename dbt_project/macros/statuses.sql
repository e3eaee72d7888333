{# Persons by amphoe, age band and status of one kind (education, work) on the day: the spell that holds, or unknown. #}
{% macro persons_by_status(kind, persons, spells) -%}
{%- set status = kind ~ "_status" -%}
with persons as (
    select
        coalesce(person.amphoe_code, 'unknown') as amphoe_code,
        coalesce(person.age_band, 'unknown') as age_band,
        coalesce(spell.{{ status }}, 'unknown') as {{ status }}
    from {{ persons }} as person
    left join {{ spells }} as spell
        on person.person_key = spell.person_key
        and {{ is_known("spell") }}
        and spell.valid_from <= {{ as_of() }}
        and (spell.valid_to is null or spell.valid_to > {{ as_of() }})
    where person.is_present
),

counted as (
    select
        amphoe_code,
        age_band,
        {{ status }},
        count(*) as persons
    from persons
    group by amphoe_code, age_band, {{ status }}
),

by_area as (
    {{ withheld(
        "counted", ["amphoe_code", "age_band", status, "persons"], breakdown="amphoe_code", cell="persons",
        smalls=["persons"], order_by="age_band, " ~ status
    ) }}
),

controlled as (
    {{ withheld(
        "by_area", ["amphoe_code", "age_band", status, "persons"], breakdown="age_band", cell="persons",
        smalls=["persons"], order_by="amphoe_code, " ~ status, already="suppressed"
    ) }}
)

select
    controlled.amphoe_code,
    coalesce(area.name_th, 'ไม่ทราบ') as amphoe_name_th,
    controlled.age_band,
    controlled.{{ status }},
    coalesce(code.label_th, 'ไม่ทราบ') as status_th,
    coalesce(code.label_en, 'Unknown') as status_en,
    case when not controlled.suppressed then controlled.persons end as persons,
    controlled.suppressed
from controlled
left join {{ ref("dim_area") }} as area
    on controlled.amphoe_code = area.area_code
left join {{ ref("dim_code") }} as code
    on code.code_list = '{{ status }}' and controlled.{{ status }} = code.code
{%- endmacro %}
