with residents as (
    select
        person.person_key,
        person.residence_kind,
        person.age,
        case when person.age = 18 then '18' else person.age_band end as age_band,
        spell.schooling_status,
        spell.education_status
    from {{ ref("dim_person") }} as person
    left join {{ ref("education_spell") }} as spell
        on person.person_key = spell.person_key
        and {{ is_known("spell") }}
        and spell.valid_from <= {{ as_of() }}
        and (spell.valid_to is null or spell.valid_to > {{ as_of() }})
    where person.is_present and coalesce(person.province_code, '52') = '52'
),

out_of_school as (
    select
        person_key,
        residence_kind,
        age_band,
        education_status,
        true as counted
    from residents
    where age between 3 and 18 and schooling_status in ('out_of_school', 'never_enrolled')
),

in_training as (
    select * from out_of_school
    where education_status = 'in_training'
),

silent as (
    select
        count(*) filter (where age between 3 and 18 and coalesce(schooling_status, 'unknown') = 'unknown') as of_age,
        count(*) filter (where age is null) as ageless
    from residents
),

coverage as (
    select
        'นับจากหลักฐานของหน่วยงานที่ส่งข้อมูล ยังไม่มีรายชื่อนักเรียนทั้งจังหวัด · อายุ 3–18 ปีที่ไม่ทราบสถานะการเรียน '
        || {{ told_count("of_age", "th") }}
        || ' คน · ไม่ทราบอายุ '
        || {{ told_count("ageless", "th") }}
        || ' คน' as note_th,
        'From the evidence of the partners who send; no roster of the whole province is held. '
        || 'Aged 3–18 with unknown status: ' || {{ told_count("of_age", "en") }}
        || '; of unknown age: ' || {{ told_count("ageless", "en") }} || '.' as note_en
    from silent
),

residence_groups as (
    select
        '52' as area_code,
        'residence_kind' as dimension,
        coalesce(residence_kind, 'unknown') as member,
        count(*) as n,
        count(*) as d
    from out_of_school
    group by coalesce(residence_kind, 'unknown')
),

groups as (
    {{ people_groups("out_of_school", age_band="people.age_band") }}
    union all
    select * from residence_groups
),

training_groups as (
    {{ people_groups("in_training", age_band="people.age_band") }}
)

{{ persons_counted("I02", "out_of_school", "groups") }}
union all
{{ persons_counted("I02", "out_of_school_in_training", "training_groups") }}
