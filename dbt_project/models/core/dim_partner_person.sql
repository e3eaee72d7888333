with told as (
    {%- for record_type in [
        "participant", "fund_member", "learner_screening", "case_event", "community_trainer", "school_roster",
        "out_of_school_baseline",
    ] %}
    select
        partner_person_key,
        source,
        national_id_kind
    from {{ ref("stg_" ~ record_type) }} as record
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
        partner_persons.national_id_kind
    from partner_persons
    inner join {{ ref("bridge_person") }} as bridge
        on partner_persons.partner_person_key = bridge.partner_person_key
    where {{ is_known("bridge") }}
),

counted as (
    select
        person_key,
        count(distinct source)::integer as partners
    from resolved
    group by person_key
)

select
    resolved.partner_person_key,
    resolved.person_key,
    resolved.source,
    resolved.national_id_kind,
    counted.partners
from resolved
inner join counted
    on resolved.person_key = counted.person_key
