with stage as (
    select
        code as case_stage,
        position
    from {{ ref("dim_code") }}
    where code_list = 'case_stage'
),

furthest as (
    select
        event.person_key,
        person.amphoe_code,
        max(stage.position) as position
    from {{ ref("fct_case_event") }} as event
    inner join stage
        on event.case_stage = stage.case_stage
    inner join {{ ref("dim_person") }} as person
        on event.person_key = person.person_key
    where {{ is_known("event") }} and event.event_on <= {{ as_of() }}
    group by event.person_key, person.amphoe_code
),

reached as (
    select
        area.area_code,
        stage.case_stage as member,
        stage.position,
        count(*) filter (where furthest.position >= stage.position) as n
    from furthest
    cross join
        lateral (
            values ('52'), (case when furthest.amphoe_code like '52%' then furthest.amphoe_code end)
        ) as area (area_code)
    cross join stage
    where area.area_code is not null
    group by area.area_code, stage.case_stage, stage.position
),

groups as (
    select
        area_code,
        'case_stage' as dimension,
        member,
        n,
        lag(n) over (partition by area_code order by position) as d
    from reached
),

coverage as (
    select
        'จากเหตุการณ์การช่วยเหลือที่หน่วยงานบันทึก' as note_th,
        'From the case events that partners recorded.' as note_en
)

{{ rate("I13", "reached_stage", "groups") }}
