with participants as (
    select distinct person_key
    from {{ ref("fct_participation") }} as participation
    where {{ is_known("participation") }} and joined_on <= {{ as_of() }}
),

passed as (
    select distinct
        attendance.person_key,
        activity.skill_area
    from {{ ref("fct_attendance") }} as attendance
    inner join {{ ref("fct_activity") }} as activity
        on attendance.activity_key = activity.activity_key
    where
        {{ is_known("attendance") }}
        and {{ is_known("activity") }}
        and attendance.passed
        and activity.skill_area is not null
        and activity.held_on <= {{ as_of() }}
),

people as (
    select
        participants.person_key,
        count(passed.skill_area) as areas,
        count(passed.skill_area) = 3 as counted
    from participants
    left join passed
        on participants.person_key = passed.person_key
    group by participants.person_key
),

by_area as (
    select
        '52' as area_code,
        'skill_area' as dimension,
        code.code as member,
        count(participants.person_key) as n,
        (select count(*) from participants) as d
    from {{ ref("dim_code") }} as code
    left join passed
        on code.code = passed.skill_area
    left join participants
        on passed.person_key = participants.person_key
    where code.code_list = 'skill_area'
    group by code.code
),

coverage as (
    select
        'ยังไม่ผ่านกิจกรรมด้านใดเลย '
        || {{ told_count("count(*) filter (where areas = 0)", "th") }}
        || ' คน' as note_th,
        'Passed in none yet: ' || {{ told_count("count(*) filter (where areas = 0)", "en") }} || '.' as note_en
    from people
),

groups as (
    {{ people_groups("people") }}
),

area_groups as (
    select * from by_area
    where d > 0
)

{{ rate("I19", "passed_all_areas", "groups") }}
union all
{{ rate("I19", "passed_in_area", "area_groups") }}
