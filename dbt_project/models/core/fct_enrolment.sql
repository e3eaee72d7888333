{{ config(materialized="incremental", unique_key="record_key") }}

select
    record.record_key,
    bridge.person_key,
    record.source,
    record.delivery_id,
    record.row_no,
    record.partner_record_ref,
    record.provider,
    record.kind,
    record.level,
    record.grade,
    record.started_on,
    record.ended_on,
    record.end_reason,
    {{ known_range("record", "bridge") }}
from {{ changed_versions_of("stg_enrolment") }} as record
inner join {{ ref("bridge_person") }} as bridge
    on record.partner_person_key = bridge.partner_person_key and {{ known_together("record", "bridge") }}
