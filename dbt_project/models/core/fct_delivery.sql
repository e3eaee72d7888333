select
    delivery.delivery_id,
    coalesce(counts.record_type, '') as record_type,
    delivery.reference,
    delivery.source,
    delivery.night,
    delivery.state,
    delivery.received_at,
    delivery.known_from,
    counts.rows_received,
    counts.rows_loaded,
    counts.rows_unchanged,
    counts.rows_repeated,
    counts.rows_quarantined,
    counts.rows_flagged,
    counts.rows_deleted,
    counts.is_snapshot
from {{ source("ops", "delivery") }} as delivery
left join {{ source("ops", "delivery_table") }} as counts
    on delivery.delivery_id = counts.delivery_id
