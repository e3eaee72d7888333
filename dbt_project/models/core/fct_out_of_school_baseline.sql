{{ config(materialized="incremental", unique_key="record_key") }}

select
    record.record_key,
    bridge.person_key,
    record.source,
    record.delivery_id,
    record.row_no,
    record.source || '/' || record.list_ref as list_key,
    record.as_of,
    record.never_enrolled,
    record.left_school,
    record.last_grade,
    {{ known_range("record", "bridge") }}
from {{ changed_versions_of("stg_out_of_school_baseline") }} as record
inner join {{ ref("bridge_person") }} as bridge
    on record.partner_person_key = bridge.partner_person_key and {{ known_together("record", "bridge") }}
