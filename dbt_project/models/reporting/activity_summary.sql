with activities as (
    select
        activity_key,
        source,
        date_trunc('month', held_on)::date as month,
        coalesce(skill_area, 'unknown') as skill_area,
        hours
    from {{ ref("fct_activity") }} as activity
    where {{ is_known("activity") }} and held_on <= {{ as_of() }}
),

sessions as (
    select
        source,
        month,
        skill_area,
        count(*) as sessions,
        sum(hours) as hours
    from activities
    group by source, month, skill_area
),

-- one row per person first: a count of distinct ones would be sorted
attending as (
    select
        activities.source,
        activities.month,
        activities.skill_area,
        attendance.person_key,
        coalesce(bool_or(attendance.passed), false) as has_passed
    from activities
    inner join {{ ref("fct_attendance") }} as attendance
        on activities.activity_key = attendance.activity_key
    where {{ is_known("attendance") }}
    group by activities.source, activities.month, activities.skill_area, attendance.person_key
),

attended as (
    select
        source,
        month,
        skill_area,
        count(person_key) as persons,
        count(person_key) filter (where has_passed) as persons_passed
    from attending
    group by source, month, skill_area
),

controlled as (
    {{ withheld(
        "attended", ["source", "month", "skill_area", "persons", "persons_passed"], breakdown="source, month",
        cell="persons", smalls=["persons", "persons_passed", "persons - persons_passed"], order_by="skill_area"
    ) }}
)

select
    sessions.source,
    partner.partner_name_th,
    partner.partner_name_en,
    sessions.month,
    sessions.skill_area,
    coalesce(code.label_th, 'ไม่ทราบ') as skill_area_th,
    coalesce(code.label_en, 'Unknown') as skill_area_en,
    sessions.sessions,
    sessions.hours,
    case when not controlled.suppressed then controlled.persons end as persons,
    case when not controlled.suppressed then controlled.persons_passed end as persons_passed,
    coalesce(controlled.suppressed, false) as suppressed
from sessions
left join controlled
    on sessions.source = controlled.source
    and sessions.month = controlled.month
    and sessions.skill_area = controlled.skill_area
left join {{ ref("dim_partner") }} as partner
    on sessions.source = partner.source
left join {{ ref("dim_code") }} as code
    on code.code_list = 'skill_area' and sessions.skill_area = code.code
