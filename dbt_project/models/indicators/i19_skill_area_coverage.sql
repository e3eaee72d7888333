with participants as (
    select distinct person_key
    from {{ ref("fct_participation") }} as participation
    where {{ is_known("participation") }} and joined_on <= {{ as_of() }}
),

areas as (
    select
        code as skill_area,
        1 << (row_number() over (order by code) - 1)::integer as bit
    from {{ ref("dim_code") }}
    where code_list = 'skill_area'
),

-- a person's areas are the bits of one number: a million attendances are read once
passed as (
    select
        attendance.person_key,
        bit_or(areas.bit) as areas
    from {{ ref("fct_attendance") }} as attendance
    inner join {{ ref("fct_activity") }} as activity
        on attendance.activity_key = activity.activity_key
    inner join areas
        on activity.skill_area = areas.skill_area
    where
        {{ is_known("attendance") }}
        and {{ is_known("activity") }}
        and attendance.passed
        and activity.held_on <= {{ as_of() }}
    group by attendance.person_key
),

people as (
    select
        participants.person_key,
        coalesce(passed.areas, 0) as areas,
        coalesce(passed.areas = (select sum(areas.bit) from areas), false) as counted
    from participants
    left join passed
        on participants.person_key = passed.person_key
),

by_area as (
    select
        '52' as area_code,
        'skill_area' as dimension,
        areas.skill_area as member,
        count(*) filter (where people.areas & areas.bit > 0) as n,
        count(*) as d
    from people
    cross join areas
    group by areas.skill_area
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
)

{{ rate("I19", "passed_all_areas", "groups") }}
union all
{{ rate("I19", "passed_in_area", "by_area") }}
