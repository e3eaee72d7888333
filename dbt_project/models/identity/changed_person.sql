{%- if last_build_stands() -%}
{%- set new_deliveries = changed_deliveries() -%}
-- whoever any version of a record speaks of that a new delivery brought, changed or took back …
with told as (
    {%- for record_type in record_types_of_persons() %}
    select version.partner_person_key
    from (
        select distinct record_key from {{ source("raw", record_type) }}
        where delivery_id in {{ new_deliveries }}
    ) as brought
    inner join {{ source("raw", record_type) }} as version
        on brought.record_key = version.record_key
    where version.partner_person_key is not null
    union
    {%- endfor %}
    -- … or who is another person now, or was before
    select first_key::uuid as partner_person_key
    from {{ source("ops", "rebuild") }}
    where relation = 'bridge_person'
),

persons as (
    select bridge.person_key
    from told
    inner join {{ ref("bridge_person") }} as bridge
        on told.partner_person_key = bridge.partner_person_key
    union
    select second_key::uuid as person_key
    from {{ source("ops", "rebuild") }}
    where relation = 'bridge_person'
)

select
    bridge.partner_person_key,
    bridge.person_key
from persons
inner join {{ ref("bridge_person") }} as bridge
    on persons.person_key = bridge.person_key
union
select
    first_key::uuid as partner_person_key,
    second_key::uuid as person_key
from {{ source("ops", "rebuild") }}
where relation = 'bridge_person'
union
-- a person whom nobody has resolved stands for themselves
select
    partner_person_key,
    partner_person_key as person_key
from told
{%- else -%}
-- nothing was built before: all are made anew, and nobody asks who changed
select
    null::uuid as partner_person_key,
    null::uuid as person_key
where false
{%- endif %}
