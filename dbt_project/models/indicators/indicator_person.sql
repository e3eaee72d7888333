{{ config(materialized="incremental", unique_key="person_key", post_hook="{{ statistics() }}") }}

with screened as (
    select distinct on (person_key)
        person_key,
        'poverty' = any(coalesce(risk_flags, '{}')) as is_poor
    from {{ changed_rows_of("fct_screening", "changed_by_day") }} as screening
    where {{ is_known("screening") }} and screened_on <= {{ as_of() }}
    order by person_key asc, screened_on desc, known_from desc, record_key asc
),

joined as (
    select
        person_key,
        bool_or('financially_disadvantaged' = any(target_groups)) as is_poor
    from {{ changed_rows_of("fct_participation", "changed_by_day") }} as participation
    where {{ is_known("participation") }} and joined_on <= {{ as_of() }} and cardinality(target_groups) > 0
    group by person_key
)

-- poor by the latest screening or by any project that says so; who was never asked is unknown
select
    person.person_key,
    person.is_present and coalesce(person.province_code, '52') = '52' as is_resident,
    person.age,
    person.province_code,
    person.amphoe_code,
    person.tambon_code,
    coalesce(person.sex, 'unknown') as sex,
    coalesce(person.age_band, 'unknown') as age_band,
    coalesce({{ school_age_band("person.age") }}, 'unknown') as school_age_band,
    coalesce(person.national_id_kind, 'unknown') as national_id_kind,
    case
        when person.nationality is null then 'unknown'
        when lower(btrim(person.nationality)) in ('ไทย', 'สัญชาติไทย', 'thai', 'thailand', 'th', 'tha') then 'thai'
        else 'other'
    end as nationality,
    case person.is_disabled
        when true then 'with_disability' when false then 'without_disability' else 'unknown'
    end as disability,
    case
        when screened.is_poor or joined.is_poor then 'poor'
        when not screened.is_poor or not joined.is_poor then 'not_poor'
        else 'unknown'
    end as poverty,
    coalesce(person.residence_kind, 'unknown') as residence_kind
from {{ changed_rows_of("dim_person", "changed_by_day") }} as person
left join screened
    on person.person_key = screened.person_key
left join joined
    on person.person_key = joined.person_key
