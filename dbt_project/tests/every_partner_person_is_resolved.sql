-- Why it matters: a partner's person without a resolved person drops out of every count.
-- Only what changed is asked: the rest was, when the last build came through.
-- Who mends it: the linkage step runs before dbt and must cover every partner_person_key that raw holds.
with mentioned as (
    {%- for record_type in record_types_of_persons() %}
    select '{{ record_type }}' as record_type, partner_person_key
    from {{ changed_versions_of("stg_" ~ record_type) }} as record
    -- what was loaded after identities were resolved is known, and resolved, from the next night on
    where partner_person_key is not null and known_from <= {{ known_at() }}
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
