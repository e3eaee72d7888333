with year as (
    -- the Thai fiscal year of the day: from 1 October
    select
        make_date(
            extract(year from {{ as_of() }})::integer
            - case when extract(month from {{ as_of() }}) >= 10 then 0 else 1 end, 10, 1
        ) as begins
),

participating as (
    select
        participation.person_key,
        participation.source,
        project.programme
    from {{ ref("fct_participation") }} as participation
    left join {{ ref("dim_project") }} as project
        on participation.project_key = project.project_key
    cross join year
    where
        {{ is_known("participation") }}
        and participation.joined_on <= {{ as_of() }}
        and coalesce(participation.left_on, project.ended_on, 'infinity') > year.begins
),

measured as (
    select
        attendance.person_key,
        bool_or(attendance.post_score > attendance.pre_score) as has_gained
    from {{ ref("fct_attendance") }} as attendance
    inner join {{ ref("fct_activity") }} as activity
        on attendance.activity_key = activity.activity_key
    cross join year
    where
        {{ is_known("attendance") }}
        and {{ is_known("activity") }}
        and attendance.pre_score is not null
        and attendance.post_score is not null
        and activity.held_on between year.begins and {{ as_of() }}
    group by attendance.person_key
),

people as (
    select distinct
        participating.person_key,
        measured.person_key is not null as is_measured,
        coalesce(measured.has_gained, false) as counted
    from participating
    left join measured
        on participating.person_key = measured.person_key
),

several as (
    select
        participating.person_key,
        breakdown.dimension,
        breakdown.member,
        people.counted
    from participating
    inner join people
        on participating.person_key = people.person_key
    cross join lateral (
        values ('partner', participating.source), ('programme', participating.programme)
    ) as breakdown (dimension, member)
),

groups as (
    {{ people_groups("people") }}
    union all
    {{ several_groups("several") }}
),

coverage as (
    select
        'ปีงบประมาณตั้งแต่ ' || (select to_char(begins, 'YYYY-MM-DD') from year) || ' · ไม่มีคะแนนก่อนและหลัง '
        || {{ told_count("count(*) filter (where not is_measured)", "th") }} || ' คน (นับว่าไม่มีหลักฐาน)' as note_th,
        'Fiscal year from ' || (select to_char(begins, 'YYYY-MM-DD') from year) || '. Without scores before and after: '
        || {{ told_count("count(*) filter (where not is_measured)", "en") }} || ' (counted as no gain).' as note_en
    from people
)

{{ rate("I20", "skill_gain_rate", "groups") }}
