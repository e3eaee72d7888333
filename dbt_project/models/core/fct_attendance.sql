{{ config(materialized="incremental", unique_key="record_key") }}

select
    record.record_key,
    bridge.person_key,
    record.source,
    record.delivery_id,
    record.row_no,
    record.source || '/' || record.activity_ref as activity_key,
    record.hours,
    record.passed,
    record.pre_score,
    record.post_score,
    record.credential,
    {{ known_range("record", "bridge") }}
from {{ changed_versions_of("stg_attendance") }} as record
inner join {{ ref("bridge_person") }} as bridge
    on record.partner_person_key = bridge.partner_person_key and {{ known_together("record", "bridge") }}
