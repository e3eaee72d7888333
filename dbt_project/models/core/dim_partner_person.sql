{{ config(materialized="incremental", unique_key="person_key") }}

with told as (
    {%- for record_type in [
        "participant", "fund_member", "learner_screening", "case_event", "community_trainer", "school_roster",
        "out_of_school_baseline",
    ] %}
    select
        partner_person_key,
        source,
        national_id_kind
    from {{ changed_versions_of("stg_" ~ record_type) }} as record
    where {{ is_known("record") }}
    {% if not loop.last %}
    union all
    {% endif %}
    {%- endfor %}
),

partner_persons as (
    select
        partner_person_key,
        min(source) as source,
        max(national_id_kind) as national_id_kind
    from told
    group by partner_person_key
),

resolved as (
    select
        partner_persons.partner_person_key,
        bridge.person_key,
        partner_persons.source,
        partner_persons.national_id_kind,
        dense_rank() over (partition by bridge.person_key order by partner_persons.source) as partner_no
    from partner_persons
    inner join {{ changed_rows_of("bridge_person") }} as bridge
        on partner_persons.partner_person_key = bridge.partner_person_key
    where {{ is_known("bridge") }}
)

select
    partner_person_key,
    person_key,
    source,
    national_id_kind,
    max(partner_no) over (partition by person_key)::integer as partners
from resolved
