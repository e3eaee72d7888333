{{ config(materialized="incremental", unique_key="record_key") }}

select
    record.record_key,
    bridge.person_key,
    record.source,
    record.delivery_id,
    record.row_no,
    record.partner_record_ref,
    record.device_type,
    record.service_kind,
    record.requested_on,
    record.done_on,
    record.cost_baht,
    {{ known_range("record", "bridge") }}
from {{ changed_versions_of("stg_device_service") }} as record
inner join {{ ref("bridge_person") }} as bridge
    on record.partner_person_key = bridge.partner_person_key and {{ known_together("record", "bridge") }}
