{{ config(
    materialized="incremental", incremental_strategy="compared", unique_key=["partner_person_key", "known_from"],
    meta={"concerns": ["partner_person_key", "person_key"]}
) }}

with recursive resolved as (
    select
        membership.partner_person_key,
        membership.person_key,
        membership.known_from,
        coalesce(membership.known_to, 'infinity') as known_to
    from {{ source("link", "membership") }} as membership
    inner join {{ source("link", "person") }} as person
        on membership.person_key = person.person_key
    where person.merged_into is not null

    union

    -- a person that was merged is, from that moment on, the person it was merged into; chains are followed to their end
    select
        resolved.partner_person_key,
        person.merged_into as person_key,
        greatest(resolved.known_from, coalesce(person.merged_at, '-infinity')) as known_from,
        resolved.known_to
    from resolved
    inner join {{ source("link", "person") }} as person
        on resolved.person_key = person.person_key
    where person.merged_into is not null and coalesce(person.merged_at, '-infinity') < resolved.known_to
),

bounded as (
    select
        resolved.partner_person_key,
        resolved.person_key,
        resolved.known_from,
        least(
            resolved.known_to,
            case when person.merged_into is not null then coalesce(person.merged_at, '-infinity') end
        ) as known_to
    from resolved
    inner join {{ source("link", "person") }} as person
        on resolved.person_key = person.person_key
)

select
    partner_person_key,
    person_key,
    known_from,
    nullif(known_to, 'infinity') as known_to
from bounded
where known_to > known_from

union all

-- nearly all: who was never merged is who they were
select
    membership.partner_person_key,
    membership.person_key,
    membership.known_from,
    membership.known_to
from {{ source("link", "membership") }} as membership
inner join {{ source("link", "person") }} as person
    on membership.person_key = person.person_key
where person.merged_into is null and (membership.known_to is null or membership.known_to > membership.known_from)
