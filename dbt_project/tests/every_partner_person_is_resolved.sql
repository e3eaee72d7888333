-- Why it matters: a partner's person without a resolved person drops out of every count.
-- Who mends it: the linkage step runs before dbt and must cover every partner_person_key that raw holds.
with mentioned as (
    {%- for record_type in [
        "attendance", "case_event", "community_trainer", "device_service", "enrolment", "food_bank_distribution",
        "fund_member", "fund_transaction", "learner_screening", "out_of_school_baseline", "outcome", "participant",
        "school_roster",
    ] %}
    select '{{ record_type }}' as record_type, partner_person_key from {{ ref("stg_" ~ record_type) }}
    where is_current and partner_person_key is not null
    {% if not loop.last %}
    union
    {% endif %}
    {%- endfor %}
)

select
    mentioned.record_type,
    mentioned.partner_person_key
from mentioned
left join {{ ref("bridge_person") }} as bridge
    on mentioned.partner_person_key = bridge.partner_person_key and bridge.known_to is null
where bridge.partner_person_key is null
