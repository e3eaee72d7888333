{{ config(materialized="incremental", unique_key="record_key") }}

select
    record.record_key,
    bridge.person_key,
    record.source,
    record.delivery_id,
    record.row_no,
    record.school,
    record.level,
    record.grade,
    record.academic_year,
    record.risk_flags,
    record.screened_on,
    {{ known_range("record", "bridge") }}
from {{ changed_versions_of("stg_learner_screening") }} as record
inner join {{ ref("bridge_person") }} as bridge
    on record.partner_person_key = bridge.partner_person_key and {{ known_together("record", "bridge") }}
