with stage as (
    select
        code,
        position
    from {{ ref("dim_code") }}
    where code_list = 'case_stage'
),

events as (
    select
        event.person_key,
        event.event_on,
        event.case_stage = 'listed' as is_listing,
        stage.position >= (
            select position from stage
            where code = 'helped'
        ) as is_help
    from {{ ref("fct_case_event") }} as event
    inner join stage
        on event.case_stage = stage.code
    where {{ is_known("event") }} and event.event_on <= {{ as_of() }}
),

listed as (
    select
        person_key,
        min(event_on) filter (where is_listing) as listed_on
    from events
    group by person_key
),

-- days from the listing to the first help at or after it; who has had none yet is censored on the day
waits as (
    select
        listed.person_key,
        listed.listed_on,
        min(events.event_on) is not null as is_helped,
        coalesce(min(events.event_on), {{ as_of() }}) - listed.listed_on as days
    from listed
    left join events
        on listed.person_key = events.person_key and events.is_help and listed.listed_on <= events.event_on
    group by listed.person_key, listed.listed_on
),

waited as (
    select
        breakdown.area_code,
        breakdown.dimension,
        breakdown.member,
        waits.is_helped,
        waits.days
    from waits
    inner join {{ ref("indicator_person") }} as person
        on waits.person_key = person.person_key
    cross join
        lateral (
            values
            {{ person_breakdowns("person") }}
        ) as breakdown (area_code, dimension, member)
    where waits.listed_on is not null and breakdown.area_code like '52%' and breakdown.member is not null
),

-- Kaplan and Meier: the share still waiting after t is the product of 1 − helped on t ÷ waiting until t
steps as (
    select
        area_code,
        dimension,
        member,
        days,
        count(*) filter (where is_helped) as helped,
        sum(count(*)) over (partition by area_code, dimension, member order by days desc) as waiting
    from waited
    group by area_code, dimension, member, days
),

curve as (
    select
        area_code,
        dimension,
        member,
        days,
        waiting,
        exp(sum(case when helped < waiting then ln(1 - helped / waiting) else -1000 end) over (
            partition by area_code, dimension, member order by days
        )) as still_waiting
    from steps
),

medians as (
    -- null where half of them have not been helped yet
    select
        area_code,
        dimension,
        member,
        min(days) filter (where still_waiting <= 0.5 + 1e-9) as amount,
        max(waiting) as persons
    from curve
    group by area_code, dimension, member
),

coverage as (
    select
        'ยังไม่ได้รับความช่วยเหลือ ณ วันอ้างอิง '
        || {{ told_count("count(*) filter (where not is_helped and listed_on is not null)", "th") }}
        || ' คน (นับด้วยวิธี Kaplan–Meier) · ไม่มีวันที่ขึ้นบัญชี '
        || {{ told_count("count(*) filter (where listed_on is null)", "th") }} || ' คน (ไม่นับ)' as note_th,
        'Not helped yet on the day: '
        || {{ told_count("count(*) filter (where not is_helped and listed_on is not null)", "en") }}
        || ' (censored, Kaplan–Meier). Without a day of listing: '
        || {{ told_count("count(*) filter (where listed_on is null)", "en") }} || ' (not counted).' as note_en
    from waits
)

{{ amount("I14", "median_days_to_help", "medians") }}
