{{ config(
    materialized="incremental", incremental_strategy="compared", unique_key=["roster_key", "known_from"],
    meta={"concerns": ["source", "school"]}
) }}

with held as (
    -- of a roster's pupils most are known of the same delivery and for the same time
    select distinct
        source,
        school,
        academic_year,
        round,
        counted_on,
        roster_key,
        delivery_id,
        tstzrange(known_from, known_to) as known
    from {{ ref("fct_school_roster") }}
),

rosters as (
    select
        source,
        school,
        academic_year,
        round,
        counted_on,
        roster_key,
        range_agg(known) as known
    from held
    group by source, school, academic_year, round, counted_on, roster_key
),

-- while a row of a delivery waits for its correction, somebody may be missing from the rosters that came with it
waiting as (
    select
        brought.roster_key,
        range_agg(tstzrange(ticket.opened_at, ticket.closed_at)) as known
    from (
        select distinct
            roster_key,
            delivery_id
        from held
    ) as brought
    inner join {{ ref("fct_ticket") }} as ticket
        on brought.delivery_id = ticket.opened_by
    where ticket.record_type = 'school_roster' and ticket.severity = 'critical'
    group by brought.roster_key
),

periods as (
    select
        rosters.*,
        is_whole,
        unnest(
            case
                when is_whole then rosters.known - coalesce(waiting.known, '{}')
                else rosters.known * coalesce(waiting.known, '{}')
            end
        ) as period
    from rosters
    left join waiting
        on rosters.roster_key = waiting.roster_key
    cross join (values (true), (false)) as answer (is_whole)
)

select
    roster_key,
    source,
    school,
    academic_year,
    round,
    counted_on,
    is_whole,
    lower(period) as known_from,
    upper(period) as known_to
from periods
