with residents as (
    select
        person.person_key,
        spell.schooling_status,
        spell.education_status
    from {{ ref("indicator_person") }} as person
    left join {{ ref("education_spell") }} as spell
        on person.person_key = spell.person_key
        and {{ is_known("spell") }}
        and spell.valid_from <= {{ as_of() }}
        and (spell.valid_to is null or spell.valid_to > {{ as_of() }})
    where person.is_resident and person.age between 3 and 18
),

-- who is out of school is counted among those of whom anything is known: a group without evidence has no zero
judged as (
    select
        person_key,
        schooling_status in ('out_of_school', 'never_enrolled') as is_out,
        schooling_status in ('enrolled_formal', 'enrolled_non_formal') as is_enrolled,
        education_status = 'in_training' as is_training
    from residents
    where coalesce(schooling_status, 'unknown') <> 'unknown'
),

out_of_school as (
    select
        person_key,
        is_out as counted
    from judged
),

counted as (
    {{ people_groups("judged", age_band="school_age_band", residence=true, parts=[
        ("out_of_school", "true", "people.is_out"),
        ("in_training", "true", "people.is_out and people.is_training"),
        ("enrolled", "true", "people.is_enrolled"),
    ]) }}
),

registers as (
    {{ registers() }}
),

population as (
    {{ population_groups(3, 18) }}
),

out_groups as (
    {{ groups_of("out_of_school", "counted") }}
    union all
    {{ affiliated_groups("out_of_school") }}
),

training_groups as (
    {{ groups_of("in_training", "counted") }}
),

enrolled_groups as (
    {{ groups_of("enrolled", "counted") }}
),

out_rates as (
    select
        counted.area_code,
        counted.dimension,
        counted.member,
        counted.n,
        population.d
    from out_groups as counted
    left join population
        on counted.area_code = population.area_code
        and counted.dimension = population.dimension
        and counted.member = population.member
),

enrolled_rates as (
    select
        counted.area_code,
        counted.dimension,
        counted.member,
        counted.n,
        population.d
    from enrolled_groups as counted
    left join population
        on counted.area_code = population.area_code
        and counted.dimension = population.dimension
        and counted.member = population.member
),

ageless as (
    select person_key
    from {{ ref("indicator_person") }}
    where is_resident and age is null
),

coverage as (
    select
        'นับจากหลักฐานของหน่วยงานที่ส่งข้อมูล · อายุ 3–18 ปีที่ไม่ทราบสถานะการเรียน '
        || {{ told_count("count(*) filter (where coalesce(schooling_status, 'unknown') = 'unknown')", "th") }}
        || ' คน · ไม่ทราบอายุ '
        || {{ told_count("(select count(*) from ageless)", "th") }}
        || ' คน' as note_th,
        'From the evidence of the partners who send. Aged 3–18 with unknown status: '
        || {{ told_count("count(*) filter (where coalesce(schooling_status, 'unknown') = 'unknown')", "en") }}
        || '; of unknown age: ' || {{ told_count("(select count(*) from ageless)", "en") }} || '.' as note_en
    from residents
),

rate_coverage as (
    select
        {{ register_note("th") }} || ' · ' || coverage.note_th as note_th,
        {{ register_note("en") }} || '. ' || coverage.note_en as note_en
    from coverage
)

{{ rate("I01", "out_of_school_rate", "out_rates", "rate_coverage") }}
union all
{{ persons_counted("I02", "out_of_school", "out_groups") }}
union all
{{ persons_counted("I02", "out_of_school_in_training", "training_groups") }}
union all
{{ rate("I05", "enrolment_rate", "enrolled_rates", "rate_coverage") }}
