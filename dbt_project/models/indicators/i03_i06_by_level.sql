{%- set enrolled = "schooling_status in ('enrolled_formal', 'enrolled_non_formal')" -%}
{%- set unplaced = "count(*) filter (where " ~ enrolled ~ " and level is null)" -%}
with pupils as (
    {{ pupils() }}
),

latest_screening as (
    {{ latest_screening() }}
),

residents as (
    select
        person.person_key,
        person.age,
        spell.schooling_status,
        pupils.level,
        coalesce(cardinality(latest_screening.risk_flags) > 0, false) as is_at_risk
    from {{ ref("indicator_person") }} as person
    left join {{ ref("education_spell") }} as spell
        on person.person_key = spell.person_key
        and {{ is_known("spell") }}
        and spell.valid_from <= {{ as_of() }}
        and (spell.valid_to is null or spell.valid_to > {{ as_of() }})
    left join pupils
        on person.person_key = pupils.person_key
    left join latest_screening
        on person.person_key = latest_screening.person_key
    where person.is_resident
),

registers as (
    {{ registers() }}
),

{%- set by_age = [("d1", 5, 5), ("d2", 6, 11), ("d3", 12, 14)] %}
{%- for dimension, first_age, last_age in by_age %}

{{ dimension }} as (
    select
        person_key,
        schooling_status in ('out_of_school', 'never_enrolled')
        {%- if dimension != "d1" %} or coalesce(level, '') = 'early_childhood'{% endif %} as counted
    from residents
    where age between {{ first_age }} and {{ last_age }} and coalesce(schooling_status, 'unknown') <> 'unknown'
),

{{ dimension }}_population as (
    {{ population_groups(first_age, last_age) }}
),

{{ dimension }}_counted as (
    {{ people_groups(dimension, age_band="school_age_band", residence=true) }}
),

{{ dimension }}_groups as (
    select
        counted.area_code,
        counted.dimension,
        counted.member,
        counted.n,
        population.d
    from {{ dimension }}_counted as counted
    left join {{ dimension }}_population as population
        on counted.area_code = population.area_code
        and counted.dimension = population.dimension
        and counted.member = population.member
),
{%- endfor %}
{%- for dimension, level in [("d4", "primary"), ("d5", "lower_secondary")] %}

{{ dimension }} as (
    select
        person_key,
        is_at_risk as counted
    from residents
    where level = '{{ level }}'
),

{{ dimension }}_groups as (
    {{ people_groups(dimension, residence=true) }}
),
{%- endfor %}
{%- for level, first_age, last_age in level_ages() %}

at_{{ level }} as (
    select
        person_key,
        true as counted
    from residents
    where level = '{{ level }}'
),

{{ level }}_population as (
    {{ population_groups(first_age, last_age) }}
),

{{ level }}_counted as (
    {{ people_groups("at_" ~ level, residence=true) }}
),

-- pupils of any age: their age bands have no population of the level
{{ level }}_groups as (
    select
        counted.area_code,
        counted.dimension,
        counted.member,
        counted.n,
        population.d
    from {{ level }}_counted as counted
    left join {{ level }}_population as population
        on counted.area_code = population.area_code
        and counted.dimension = population.dimension
        and counted.member = population.member
    where counted.dimension not in ('age_band', 'sex_age_band')
),
{%- endfor %}

age_coverage as (
    select
        {{ register_note("th") }} || ' · ตามคู่มือ OOSCI 2011/2015' as note_th,
        {{ register_note("en") }} || '. Dimensions of the OOSCI manual of 2011/2015.' as note_en
),

risk_coverage as (
    select
        'ผู้เรียนในจังหวัดตามที่หน่วยงานส่งข้อมูล ความเสี่ยงตามการคัดกรองครั้งล่าสุด · '
        || 'ตามคู่มือ OOSCI 2011/2015' as note_th,
        'Resident pupils whom the partners report, at risk by the latest screening. Dimensions of the OOSCI manual of '
        || '2011/2015.' as note_en
),

level_coverage as (
    select
        {{ register_note("th") }} || ' · ผู้เรียนที่ไม่ทราบระดับ '
        || {{ told_count(unplaced, "th") }} || ' คน' as note_th,
        {{ register_note("en") }} || '. Pupils of unknown level: '
        || {{ told_count(unplaced, "en") }} || '.' as note_en
    from residents
)

{%- for dimension in ["d1", "d2", "d3", "d4", "d5"] %}
{%- set coverage = "age_coverage" if dimension in ("d1", "d2", "d3") else "risk_coverage" %}
{{ rate("I03", "oosci_" ~ dimension ~ "_rate", dimension ~ "_groups", coverage) }}
union all
{{ persons_counted("I03", "oosci_" ~ dimension, dimension ~ "_groups", coverage) }}
union all
{%- endfor %}
{%- for level, _, _ in level_ages() %}
{{ rate("I06", "gross_enrolment_" ~ level, level ~ "_groups", "level_coverage", is_share=false) }}
{% if not loop.last %}
union all
{% endif %}
{%- endfor %}
