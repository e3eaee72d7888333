with trainers as (
    select
        source,
        count(distinct person_key) as trainers,
        count(distinct person_key) filter (where project_key is not null) as trainers_from_projects,
        count(distinct topic) as topics,
        max(since) as latest_since
    from {{ ref("fct_community_trainer") }} as trainer
    where {{ is_known("trainer") }} and coalesce(trainer.since, {{ as_of() }}) <= {{ as_of() }}
    group by source
),

led as (
    select
        source,
        count(*) as sessions_led,
        count(distinct life_stage) as life_stages
    from {{ ref("fct_activity") }} as activity
    where {{ is_known("activity") }} and held_on <= {{ as_of() }} and trainer_key is not null
    group by source
),

controlled as (
    {{ withheld(
        "trainers", ["source", "trainers", "trainers_from_projects", "topics", "latest_since"], breakdown="source",
        cell="trainers", smalls=["trainers", "trainers_from_projects", "trainers - trainers_from_projects"],
        order_by="source"
    ) }}
)

select
    controlled.source,
    partner.partner_name_th,
    partner.partner_name_en,
    case when not controlled.suppressed then controlled.trainers end as trainers,
    case when not controlled.suppressed then controlled.trainers_from_projects end as trainers_from_projects,
    controlled.topics,
    case when not controlled.suppressed then controlled.latest_since end as latest_since,
    coalesce(led.sessions_led, 0) as sessions_led,
    coalesce(led.life_stages, 0) as life_stages,
    controlled.suppressed
from controlled
left join led
    on controlled.source = led.source
left join {{ ref("dim_partner") }} as partner
    on controlled.source = partner.source
