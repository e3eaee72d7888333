with deliveries as (
    select distinct
        delivery_id,
        source,
        night
    from {{ ref("fct_delivery") }}
),

held as (
    select
        record.source,
        record.record_type,
        coalesce(reason.value ->> 'code', 'unknown') as code,
        'critical' as severity,
        count(distinct record.quarantine_id) as occurrences,
        min(delivery.night) as oldest_night
    from {{ source("quarantine", "record") }} as record
    inner join deliveries as delivery
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
    inner join deliveries as delivery
        on finding.delivery_id = delivery.delivery_id
    where finding.severity = 'warning'
    group by delivery.source, finding.record_type, finding.code, finding.severity
),

-- what no single row shows: a member's savings, or a whole fund, that went below zero
below_zero as (
    select
        source,
        delivery_id,
        'saving_out.below_zero' as code
    from {{ ref("fct_member_savings") }}
    where savings_baht < 0 and withdrawn_baht > 0
    union all
    select
        source,
        delivery_id,
        'fund.below_zero' as code
    from {{ ref("fct_fund_ledger_day") }}
    where closing_baht < 0 and out_baht > 0
),

told as (
    select * from held
    union all
    select * from warned
    union all
    select
        below_zero.source,
        'fund_transaction' as record_type,
        below_zero.code,
        'warning' as severity,
        count(*) as occurrences,
        min(delivery.night) as oldest_night
    from below_zero
    inner join deliveries as delivery
        on below_zero.delivery_id = delivery.delivery_id
    group by below_zero.source, below_zero.code
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
left join {{ ref("dim_code") }} as words
    on words.code_list = 'record_type' and told.record_type = words.code
