{#- a view: nights in which nothing new came, and nothing was built, count for freshness too -#}
{{ config(materialized="view", post_hook="alter view {{ this }} set (security_barrier = true)") }}

with nights as (
    select
        source,
        night,
        failure,
        closed_at is not null as is_closed
    from {{ source("ops", "source_night") }}

    union all

    -- a delivery that came by another way than a nightly run has its night, too
    select
        delivery.source,
        delivery.night,
        null as failure,
        true as is_closed
    from {{ ref("fct_delivery") }} as delivery
    where not exists (
            select 1 from {{ source("ops", "source_night") }} as known
            where known.source = delivery.source and known.night = delivery.night
        )
    group by delivery.source, delivery.night
),

counted as (
    select
        source,
        night,
        count(distinct delivery_id) as deliveries,
        count(distinct delivery_id) filter (where state in ('held', 'rejected')) as deliveries_held,
        bool_or(state = 'loaded') as is_loaded,
        sum(rows_received) as rows_received,
        sum(rows_loaded) as rows_loaded,
        sum(rows_unchanged) as rows_unchanged,
        sum(rows_repeated) as rows_repeated,
        sum(rows_quarantined) as rows_quarantined
    from {{ ref("fct_delivery") }}
    group by source, night
),

followed as (
    select
        nights.source,
        nights.night,
        nights.failure,
        counted.deliveries,
        counted.deliveries_held,
        counted.rows_received,
        counted.rows_loaded,
        counted.rows_unchanged,
        counted.rows_repeated,
        counted.rows_quarantined,
        max(nights.night) filter (where counted.is_loaded)
            over (partition by nights.source order by nights.night) as last_loaded,
        nights.night = max(nights.night) over (partition by nights.source) as is_latest
    from nights
    left join counted
        on nights.source = counted.source and nights.night = counted.night
),

matched as (
    select
        source,
        count(*) filter (where partners > 1) as matched,
        count(*) as partner_persons
    from {{ ref("dim_partner_person") }}
    group by source
)

select
    followed.source,
    partner.partner_name_th,
    partner.partner_name_en,
    followed.night,
    followed.is_latest,
    coalesce(followed.deliveries, 0)::integer as deliveries,
    coalesce(followed.deliveries_held, 0)::integer as deliveries_held,
    coalesce(followed.rows_received, 0) as rows_received,
    coalesce(followed.rows_loaded, 0) as rows_loaded,
    coalesce(followed.rows_unchanged, 0) as rows_unchanged,
    coalesce(followed.rows_repeated, 0) as rows_repeated,
    coalesce(followed.rows_quarantined, 0) as rows_quarantined,
    round(100.0 * (followed.rows_received - followed.rows_quarantined) / nullif(followed.rows_received, 0), 2)
        as accepted_percent,
    round(100.0 * followed.rows_repeated / nullif(followed.rows_received, 0), 2) as duplicate_percent,
    followed.night - followed.last_loaded as freshness_days,
    partner.promised_days,
    followed.night - followed.last_loaded > partner.promised_days as is_late,
    case
        when followed.is_latest and not {{ is_small("matched.matched") }}
            and not {{ is_small("matched.partner_persons - matched.matched") }}
            then round(100.0 * matched.matched / nullif(matched.partner_persons, 0), 1)
    end as identity_match_percent,
    followed.failure is not null as has_failed
from followed
left join {{ ref("dim_partner") }} as partner
    on followed.source = partner.source
left join matched
    on followed.source = matched.source
