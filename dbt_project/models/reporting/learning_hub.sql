with sessions as (
    select
        space_key,
        coalesce(life_stage, 'unknown') as life_stage,
        count(*) as sessions,
        sum(hours::numeric) as hours
    from {{ ref("fct_activity") }} as activity
    where {{ is_known("activity") }} and held_on <= {{ as_of() }} and space_key is not null
    group by space_key, coalesce(life_stage, 'unknown')
),

attended as (
    select
        activity.space_key,
        coalesce(activity.life_stage, 'unknown') as life_stage,
        count(distinct attendance.person_key) as persons
    from {{ ref("fct_activity") }} as activity
    inner join {{ ref("fct_attendance") }} as attendance
        on activity.activity_key = attendance.activity_key
    where {{ is_known("activity") }} and {{ is_known("attendance") }} and activity.held_on <= {{ as_of() }}
    group by activity.space_key, coalesce(activity.life_stage, 'unknown')
),

-- a place where nothing was held yet is there too
used as (
    select
        space.space_key,
        coalesce(sessions.life_stage, 'none') as life_stage,
        coalesce(sessions.sessions, 0) as sessions,
        coalesce(sessions.hours, 0) as hours,
        coalesce(attended.persons, 0) as persons
    from {{ ref("dim_learning_space") }} as space
    left join sessions
        on space.space_key = sessions.space_key
    left join attended
        on sessions.space_key = attended.space_key and sessions.life_stage = attended.life_stage
    where coalesce(space.opened_on, {{ as_of() }}) <= {{ as_of() }} or sessions.space_key is not null
),

controlled as (
    {{ withheld(
        "used", ["space_key", "life_stage", "sessions", "hours", "persons"], breakdown="space_key", cell="persons",
        smalls=["persons"], order_by="life_stage"
    ) }}
)

select
    controlled.space_key,
    space.source,
    space.name,
    space.kind,
    kind.label_th as kind_th,
    kind.label_en as kind_en,
    space.tambon_code,
    space.opened_on,
    controlled.life_stage,
    coalesce(stage.label_th, case controlled.life_stage when 'none' then 'ยังไม่มีกิจกรรม' else 'ไม่ทราบ' end)
        as life_stage_th,
    coalesce(stage.label_en, case controlled.life_stage when 'none' then 'No session yet' else 'Unknown' end)
        as life_stage_en,
    controlled.sessions,
    controlled.hours,
    case when not controlled.suppressed then controlled.persons end as persons,
    controlled.suppressed
from controlled
inner join {{ ref("dim_learning_space") }} as space
    on controlled.space_key = space.space_key
left join {{ ref("dim_code") }} as kind
    on kind.code_list = 'learning_space_kind' and space.kind = kind.code
left join {{ ref("dim_code") }} as stage
    on stage.code_list = 'life_stage' and controlled.life_stage = stage.code
