with completed as (
    select
        participation.person_key,
        participation.source,
        project.programme,
        coalesce(project.is_declared, false) as is_declared,
        true as counted
    from {{ ref("fct_participation") }} as participation
    left join {{ ref("dim_project") }} as project
        on participation.project_key = project.project_key
    where
        {{ is_known("participation") }}
        and participation.exit_reason = 'completed'
        and coalesce(participation.left_on, project.ended_on) <= {{ as_of() }}
),

people as (
    select distinct
        person_key,
        counted
    from completed
),

several as (
    select
        completed.person_key,
        breakdown.dimension,
        breakdown.member,
        completed.counted
    from completed
    cross join lateral (
        values ('partner', completed.source), ('programme', completed.programme)
    ) as breakdown (dimension, member)
),

coverage as (
    select
        'ในจำนวนนี้ อยู่ในโครงการที่หน่วยงานยังไม่ได้ส่งข้อมูลโครงการ '
        || {{ told_count("count(distinct person_key) filter (where not is_declared)", "th") }} || ' คน' as note_th,
        'Of these in projects whose own record no partner has sent: '
        || {{ told_count("count(distinct person_key) filter (where not is_declared)", "en") }} || '.' as note_en
    from completed
),

groups as (
    {{ people_groups("people") }}
    union all
    {{ several_groups("several") }}
)

{{ persons_counted("I15", "people_developed", "groups") }}
