with held as (
    select
        record.source,
        record.record_type,
        coalesce(reason.value ->> 'code', 'unknown') as code,
        'critical' as severity,
        count(distinct record.quarantine_id) as occurrences,
        min(delivery.night) as oldest_night
    from {{ source("quarantine", "record") }} as record
    inner join {{ source("ops", "delivery") }} as delivery
        on record.delivery_id = delivery.delivery_id
    cross join lateral jsonb_array_elements(record.reasons) as reason (value)
    where record.corrected_by is null and coalesce(reason.value ->> 'severity', 'critical') = 'critical'
    group by record.source, record.record_type, coalesce(reason.value ->> 'code', 'unknown')
),

warned as (
    select
        delivery.source,
        finding.record_type,
        finding.code,
        finding.severity,
        sum(finding.cells) as occurrences,
        min(delivery.night) as oldest_night
    from {{ source("ops", "delivery_finding") }} as finding
    inner join {{ source("ops", "delivery") }} as delivery
        on finding.delivery_id = delivery.delivery_id
    where finding.severity = 'warning'
    group by delivery.source, finding.record_type, finding.code, finding.severity
),

told as (
    select * from held
    union all
    select * from warned
)

select
    told.source,
    partner.partner_name_th,
    partner.partner_name_en,
    told.record_type,
    words.label_th as record_type_th,
    words.label_en as record_type_en,
    told.severity,
    told.code,
    told.occurrences::bigint as occurrences,
    told.oldest_night
from told
left join {{ ref("dim_partner") }} as partner
    on told.source = partner.source
left join {{ source("reference", "record_type") }} as words
    on told.record_type = words.record_type
