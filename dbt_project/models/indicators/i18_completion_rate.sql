with ended as (
    select
        participation.person_key,
        participation.source,
        project.programme,
        participation.exit_reason,
        coalesce(participation.exit_reason = 'completed', false) as counted
    from {{ ref("fct_participation") }} as participation
    left join {{ ref("dim_project") }} as project
        on participation.project_key = project.project_key
    where
        {{ is_known("participation") }}
        and participation.joined_on <= {{ as_of() }}
        and (participation.left_on <= {{ as_of() }} or project.ended_on <= {{ as_of() }})
),

people as (
    select
        person_key,
        bool_or(counted) as counted,
        bool_and(exit_reason is null) as is_silent
    from ended
    group by person_key
),

several as (
    select
        ended.person_key,
        breakdown.dimension,
        breakdown.member,
        ended.counted
    from ended
    cross join lateral (
        values ('partner', ended.source), ('programme', ended.programme)
    ) as breakdown (dimension, member)
),

coverage as (
    select
        'ไม่ได้แจ้งเหตุที่ออก ' || {{ told_count("count(*) filter (where is_silent)", "th") }}
        || ' คน (นับว่าไม่สำเร็จ)' as note_th,
        'Without a reason of leaving: ' || {{ told_count("count(*) filter (where is_silent)", "en") }}
        || ' (counted as not completed).' as note_en
    from people
),

groups as (
    {{ people_groups("people") }}
    union all
    {{ several_groups("several") }}
)

{{ rate("I18", "completion_rate", "groups") }}
