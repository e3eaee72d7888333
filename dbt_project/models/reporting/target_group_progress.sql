with followed as (
    select distinct on (outcome.person_key)
        outcome.person_key,
        outcome.work_status
    from {{ ref("fct_outcome") }} as outcome
    where {{ is_known("outcome") }} and outcome.followed_up_on <= {{ as_of() }}
    order by outcome.person_key asc, outcome.followed_up_on desc, outcome.work_status asc
),

people as (
    select
        bridge.target_group,
        bridge.person_key,
        bool_or(
            participation.exit_reason = 'completed' and coalesce(participation.left_on, {{ as_of() }}) <= {{ as_of() }}
        ) as completed
    from {{ ref("bridge_participation_target_group") }} as bridge
    inner join {{ ref("fct_participation") }} as participation
        on bridge.record_key = participation.record_key and bridge.known_from = participation.known_from
    where {{ is_known("bridge") }} and participation.joined_on <= {{ as_of() }}
    group by bridge.target_group, bridge.person_key
),

counted as (
    select
        people.target_group,
        count(*) as persons_joined,
        count(*) filter (where people.completed) as persons_completed,
        count(followed.person_key) as persons_followed_up,
        count(*) filter (where followed.work_status in ('employed', 'self_employed', 'family_work')) as persons_at_work
    from people
    left join followed
        on people.person_key = followed.person_key
    group by people.target_group
),

controlled as (
    {{ withheld(
        "counted",
        ["target_group", "persons_joined", "persons_completed", "persons_followed_up", "persons_at_work"],
        breakdown="target_group", cell="persons_joined",
        smalls=[
            "persons_joined", "persons_completed", "persons_joined - persons_completed", "persons_followed_up",
            "persons_joined - persons_followed_up", "persons_at_work", "persons_followed_up - persons_at_work",
        ],
        order_by="target_group"
    ) }}
)

select
    controlled.target_group,
    code.label_th as target_group_th,
    code.label_en as target_group_en,
    code.is_sensitive as is_protected,
    case when not controlled.suppressed then controlled.persons_joined end as persons_joined,
    case when not controlled.suppressed then controlled.persons_completed end as persons_completed,
    case when not controlled.suppressed then controlled.persons_followed_up end as persons_followed_up,
    case when not controlled.suppressed then controlled.persons_at_work end as persons_at_work,
    controlled.suppressed
from controlled
inner join {{ ref("dim_code") }} as code
    on code.code_list = 'target_group' and controlled.target_group = code.code
