{{ config(materialized="incremental", unique_key="person_key") }}

with persons as (
    select
        person_key,
        count(distinct partner_person_key)::integer as partner_persons
    from {{ changed_rows_of("bridge_person", "changed_by_day") }} as bridge
    where {{ is_known("bridge") }}
    group by person_key
),

known as (
    select
        *,
        {{ age_on("birth_date", as_of()) }} as age
    from {{ changed_rows_of("person_history", "changed_by_day") }} as history
    where {{ is_known("history") }}
)

select
    persons.person_key,
    known.person_key is not null as is_present,
    known.sex,
    known.birth_date,
    known.birth_date_precision,
    known.age,
    {{ age_band("known.age") }} as age_band,
    known.nationality,
    known.national_id_kind,
    known.tambon_code,
    known.amphoe_code,
    known.province_code,
    known.residence_kind,
    known.disability_type,
    known.disability_type <> 'none' as is_disabled,
    known.consent_status,
    coalesce(known.partners, 0) as partners,
    persons.partner_persons
from persons
left join known
    on persons.person_key = known.person_key
