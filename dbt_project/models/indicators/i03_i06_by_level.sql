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

-- who is out of school is counted among those of whom anything is known
known as (
    select
        *,
        schooling_status in ('out_of_school', 'never_enrolled') as is_out,
        coalesce(level, '') = 'early_childhood' as is_in_early_childhood
    from residents
    where coalesce(schooling_status, 'unknown') <> 'unknown'
),
{%- set parts = [] %}
{%- for dimension, first_age, last_age in by_age %}
{%- set late = "" if dimension == "d1" else " or people.is_in_early_childhood" %}
{%- do parts.append((
    dimension, "people.age between " ~ first_age ~ " and " ~ last_age, "(people.is_out" ~ late ~ ")"
)) %}
{%- endfor %}

by_age as (
    {{ people_groups("known", age_band="school_age_band", residence=true, parts=parts) }}
),
{%- for dimension, first_age, last_age in by_age %}

{{ dimension }}_population as (
    {{ population_groups(first_age, last_age) }}
),

{{ dimension }}_groups as (
    select
        counted.area_code,
        counted.dimension,
        counted.member,
        counted.n,
        population.d
    from by_age as counted
    left join {{ dimension }}_population as population
        on counted.area_code = population.area_code
        and counted.dimension = population.dimension
        and counted.member = population.member
    where counted.part = '{{ dimension }}'
),
{%- endfor %}
{%- set parts = [
    ("d4", "people.level = 'primary'", "people.is_at_risk"),
    ("d5", "people.level = 'lower_secondary'", "people.is_at_risk"),
] %}
{%- for level, _, _ in level_ages() %}
{%- do parts.append((level, "people.level = '" ~ level ~ "'", "true")) %}
{%- endfor %}

learning as (
    select * from residents
    where level is not null
),

by_level as (
    {{ people_groups("learning", residence=true, parts=parts) }}
),
{%- for dimension in ["d4", "d5"] %}

{{ dimension }}_groups as (
    {{ groups_of(dimension, "by_level") }}
),
{%- endfor %}
{%- for level, first_age, last_age in level_ages() %}

{{ level }}_population as (
    {{ population_groups(first_age, last_age) }}
),

-- pupils of any age: their age bands have no population of the level
{{ level }}_groups as (
    select
        counted.area_code,
        counted.dimension,
        counted.member,
        counted.n,
        population.d
    from by_level as counted
    left join {{ level }}_population as population
        on counted.area_code = population.area_code
        and counted.dimension = population.dimension
        and counted.member = population.member
    where counted.part = '{{ level }}' and counted.dimension not in ('age_band', 'sex_age_band')
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
