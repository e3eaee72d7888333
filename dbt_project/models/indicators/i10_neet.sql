with youth as (
    select
        person.person_key,
        coalesce(work.work_status, 'unknown') as work_status,
        coalesce(
            education.education_status in ('enrolled_formal', 'enrolled_non_formal', 'in_training'), false
        ) as is_learning
    from {{ ref("indicator_person") }} as person
    left join {{ ref("work_spell") }} as work
        on person.person_key = work.person_key
        and {{ is_known("work") }}
        and work.valid_from <= {{ as_of() }}
        and (work.valid_to is null or work.valid_to > {{ as_of() }})
    left join {{ ref("education_spell") }} as education
        on person.person_key = education.person_key
        and {{ is_known("education") }}
        and education.valid_from <= {{ as_of() }}
        and (education.valid_to is null or education.valid_to > {{ as_of() }})
    where person.is_resident and person.age between 15 and 24
),

people as (
    select
        person_key,
        not is_learning and not {{ is_at_work("work_status") }} as counted
    from youth
    where work_status <> 'unknown'
),

groups as (
    {{ people_groups("people", residence=true) }}
    union all
    {{ affiliated_groups("people") }}
),

coverage as (
    select
        'ไม่ทราบสถานะการทำงานร้อยละ '
        || coalesce(
            round(100 * count(*) filter (where work_status = 'unknown') / nullif(count(*), 0)::numeric, 1)::text, '–'
        )
        || ' ของเยาวชนอายุ 15–24 ปีที่มีข้อมูล (ไม่นับทั้งตัวตั้งและตัวหาร)' as note_th,
        'Work status unknown for '
        || coalesce(
            round(100 * count(*) filter (where work_status = 'unknown') / nullif(count(*), 0)::numeric, 1)::text, '–'
        )
        || ' % of the youth aged 15–24 on record (in neither number).' as note_en
    from youth
)

{{ rate("I10", "neet_rate", "groups") }}
