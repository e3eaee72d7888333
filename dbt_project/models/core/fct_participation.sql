{{ config(materialized="incremental", unique_key="record_key") }}

select
    record.record_key,
    bridge.person_key,
    record.source,
    record.delivery_id,
    record.row_no,
    record.source || '/' || record.project_ref as project_key,
    record.project_ref,
    record.target_groups,
    record.baseline_occupation,
    record.baseline_monthly_income,
    record.joined_on,
    record.left_on,
    record.exit_reason,
    {{ known_range("record", "bridge") }}
from {{ changed_versions_of("stg_participant") }} as record
inner join {{ ref("bridge_person") }} as bridge
    on record.partner_person_key = bridge.partner_person_key and {{ known_together("record", "bridge") }}
