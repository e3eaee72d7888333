{{ config(materialized="incremental", unique_key="record_key") }}

select
    record.record_key,
    bridge.person_key,
    record.source,
    record.delivery_id,
    record.row_no,
    record.source || '/' || record.fund_ref as fund_key,
    record.joined_on,
    record.left_on,
    record.committee_role,
    {{ known_range("record", "bridge") }}
from {{ changed_versions_of("stg_fund_member") }} as record
inner join {{ ref("bridge_person") }} as bridge
    on record.partner_person_key = bridge.partner_person_key and {{ known_together("record", "bridge") }}
