{{ config(materialized="incremental", unique_key="record_key") }}

select
    record.record_key,
    bridge.person_key,
    record.source,
    record.delivery_id,
    record.row_no,
    record.source || '/' || record.case_ref as case_key,
    record.case_stage,
    record.event_on,
    record.worker_key,
    record.referred_to_partner,
    record.service,
    record.out_of_school_reason,
    {{ known_range("record", "bridge") }}
from {{ changed_versions_of("stg_case_event") }} as record
inner join {{ ref("bridge_person") }} as bridge
    on record.partner_person_key = bridge.partner_person_key and {{ known_together("record", "bridge") }}
