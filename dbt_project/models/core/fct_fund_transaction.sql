{{ config(materialized="incremental", unique_key="record_key") }}

select
    record.record_key,
    bridge.person_key,
    record.source,
    record.delivery_id,
    record.row_no,
    record.partner_record_ref,
    record.source || '/' || record.fund_ref as fund_key,
    record.booked_on,
    record.kind,
    -- a ledger may write what goes out as less than nothing; the kind says the direction, and what comes in is
    -- never negative
    abs(record.amount_baht) as amount_baht,
    record.due_on,
    {{ known_range("record", "bridge") }}
from {{ changed_versions_of("stg_fund_transaction") }} as record
left join {{ ref("bridge_person") }} as bridge
    on record.partner_person_key = bridge.partner_person_key and {{ known_together("record", "bridge") }}
