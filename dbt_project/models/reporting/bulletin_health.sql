{{ config(materialized="view", post_hook="alter view {{ this }} set (security_barrier = true)") }}

select
    source,
    partner_name_th,
    partner_name_en,
    night,
    deliveries,
    deliveries_held,
    rows_received,
    rows_loaded,
    rows_unchanged,
    rows_repeated,
    rows_quarantined,
    accepted_percent,
    freshness_days,
    promised_days,
    is_late,
    identity_match_percent
from {{ ref("data_health") }}
where is_latest
