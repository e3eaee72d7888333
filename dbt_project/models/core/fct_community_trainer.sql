{{ config(materialized="incremental", unique_key="record_key") }}

select
    record.record_key,
    bridge.person_key,
    record.source,
    record.delivery_id,
    record.row_no,
    record.topic,
    record.since,
    record.source || '/' || record.project_ref as project_key,
    {{ known_range("record", "bridge") }}
from {{ changed_versions_of("stg_community_trainer") }} as record
inner join {{ ref("bridge_person") }} as bridge
    on record.partner_person_key = bridge.partner_person_key and {{ known_together("record", "bridge") }}
