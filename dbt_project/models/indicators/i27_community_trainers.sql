with left_once as (
    select
        participation.person_key,
        participation.source,
        project.programme
    from {{ ref("fct_participation") }} as participation
    left join {{ ref("dim_project") }} as project
        on participation.project_key = project.project_key
    where {{ is_known("participation") }} and coalesce(participation.left_on, project.ended_on) <= {{ as_of() }}
),

-- a session names its trainer by the partner's own reference
trainers as (
    select distinct trainer.person_key
    from {{ ref("fct_activity") }} as activity
    inner join {{ ref("dim_partner_person") }} as trainer
        on activity.trainer_key = trainer.partner_person_key
    where
        {{ is_known("activity") }}
        and activity.held_on > ({{ as_of() }} - interval '12 months')::date
        and activity.held_on <= {{ as_of() }}
),

people as (
    select distinct
        left_once.person_key,
        trainers.person_key is not null as counted
    from left_once
    left join trainers
        on left_once.person_key = trainers.person_key
),

several as (
    select
        left_once.person_key,
        breakdown.dimension,
        breakdown.member,
        people.counted
    from left_once
    inner join people
        on left_once.person_key = people.person_key
    cross join lateral (
        values ('partner', left_once.source), ('programme', left_once.programme)
    ) as breakdown (dimension, member)
),

groups as (
    {{ people_groups("people") }}
    union all
    {{ several_groups("several") }}
),

coverage as (
    select
        'วิทยากรใน 12 เดือนล่าสุดที่ไม่เคยเป็นผู้เข้าร่วมโครงการ '
        || {{ told_count("count(*) filter (where left_once.person_key is null)", "th") }} || ' คน (ไม่นับ)' as note_th,
        'Trainers of the last 12 months who never left a project: '
        || {{ told_count("count(*) filter (where left_once.person_key is null)", "en") }}
        || ' (not counted).' as note_en
    from trainers
    left join (select distinct person_key from left_once) as left_once
        on trainers.person_key = left_once.person_key
)

{{ rate("I27", "active_trainer_rate", "groups") }}
