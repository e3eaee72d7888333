{# The questions that need two dates: functions in reporting, counts after disclosure control, nothing of a person. #}
{% macro create_reporting_functions(results) %}
    {%- if execute and flags.WHICH in ["build", "run"] and adapter.get_relation(target.database, "core", "education_spell") and adapter.get_relation(target.database, "core", "work_spell") and adapter.get_relation(target.database, "core", "person_history") -%}
        {%- for kind, column, th, en in [
            ("education", "education_status", "สถานะการศึกษา", "education status"),
            ("work", "work_status", "สถานะการทำงาน", "work status"),
        ] %}
drop function if exists reporting.{{ kind }}_status_as_of(date, timestamptz);
create function reporting.{{ kind }}_status_as_of(valid_on date, known_at timestamptz default now())
returns table (
    amphoe_code text, amphoe_name_th text, age_band text, {{ column }} text, status_th text, status_en text,
    persons bigint, suppressed boolean
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $function$
    with persons as (
        select
            coalesce(person.amphoe_code, 'unknown') as amphoe_code,
            coalesce({{ age_band(age_on("person.birth_date", "status_as_of.valid_on")) }}, 'unknown') as age_band,
            coalesce(spell.{{ column }}, 'unknown') as status
        from (select $1 as valid_on, $2 as known_at) as status_as_of
        inner join core.person_history as person
            on person.known_from <= status_as_of.known_at
            and (person.known_to is null or person.known_to > status_as_of.known_at)
        left join core.{{ kind }}_spell as spell
            on person.person_key = spell.person_key
            and spell.known_from <= status_as_of.known_at
            and (spell.known_to is null or spell.known_to > status_as_of.known_at)
            and spell.valid_from <= status_as_of.valid_on
            and (spell.valid_to is null or spell.valid_to > status_as_of.valid_on)
    ),

    counted as (
        select amphoe_code, age_band, status, count(*) as persons
        from persons
        group by amphoe_code, age_band, status
    ),

    by_area as (
        {{ withheld(
            "counted", ["amphoe_code", "age_band", "status", "persons"], breakdown="amphoe_code", cell="persons",
            smalls=["persons"], order_by="age_band, status"
        ) }}
    ),

    controlled as (
        {{ withheld(
            "by_area", ["amphoe_code", "age_band", "status", "persons"], breakdown="age_band", cell="persons",
            smalls=["persons"], order_by="amphoe_code, status", already="suppressed"
        ) }}
    )

    select
        controlled.amphoe_code,
        coalesce(area.name_th, 'ไม่ทราบ'),
        controlled.age_band,
        controlled.status,
        coalesce(code.label_th, 'ไม่ทราบ'),
        coalesce(code.label_en, 'Unknown'),
        case when not controlled.suppressed then controlled.persons end,
        controlled.suppressed
    from controlled
    left join core.dim_area as area
        on controlled.amphoe_code = area.area_code
    left join core.dim_code as code
        on code.code_list = '{{ column }}' and code.code = controlled.status
    order by controlled.amphoe_code, controlled.age_band, code.position
$function$;
comment on function reporting.{{ kind }}_status_as_of(date, timestamptz) is
    'จำนวนคนตามอำเภอ ช่วงอายุ และ{{ th }} ณ วันใดวันหนึ่ง ตามที่รู้ในเวลาใดเวลาหนึ่ง หลังการปกปิดจำนวนน้อย / Persons by amphoe, age band and {{ en }} on any date, as known at any time, after disclosure control.';
        {%- endfor %}
    {%- else -%}
select 1
    {%- endif %}
{% endmacro %}
