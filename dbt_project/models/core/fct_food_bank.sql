{{ config(materialized="incremental", unique_key="record_key") }}

select
    record.record_key,
    bridge.person_key,
    record.household_key,
    record.source,
    record.delivery_id,
    record.row_no,
    record.partner_record_ref,
    record.given_on,
    record.weight_kg,
    record.items,
    {{ known_range("record", "bridge") }}
from {{ changed_versions_of("stg_food_bank_distribution") }} as record
left join {{ ref("bridge_person") }} as bridge
    on record.partner_person_key = bridge.partner_person_key and {{ known_together("record", "bridge") }}
