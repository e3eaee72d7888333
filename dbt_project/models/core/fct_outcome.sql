{{ config(materialized="incremental", unique_key="record_key") }}

select
    record.record_key,
    bridge.person_key,
    record.source,
    record.delivery_id,
    record.row_no,
    record.followed_up_on,
    coalesce(record.work_status, 'unknown') as work_status,
    record.occupation,
    record.monthly_income,
    record.monthly_savings,
    record.group_ref,
    record.business_registered,
    record.career_plan,
    record.health_score,
    record.quality_of_life_score,
    record.happiness_score,
    record.pride_score,
    record.gives_to_others,
    {{ known_range("record", "bridge") }}
from {{ changed_versions_of("stg_outcome") }} as record
inner join {{ ref("bridge_person") }} as bridge
    on record.partner_person_key = bridge.partner_person_key and {{ known_together("record", "bridge") }}
