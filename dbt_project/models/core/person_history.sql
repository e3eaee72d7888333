{{ config(materialized="incremental", unique_key="person_key") }}

with told as (
    {%- for record_type in [
        "participant", "fund_member", "learner_screening", "case_event", "community_trainer", "school_roster",
        "out_of_school_baseline",
    ] %}
    select
        bridge.person_key,
        record.source,
        record.record_key,
        record.known_from as told_at,
        record.national_id_kind,
        record.sex,
        record.birth_date,
        record.birth_date_precision,
        record.nationality,
        record.tambon_code,
        coalesce(record.amphoe_code, left(record.tambon_code, 4)) as amphoe_code,
        coalesce(record.province_code, left(coalesce(record.amphoe_code, record.tambon_code), 2)) as province_code,
        record.residence_kind,
        record.disability_type,
        record.consent_status,
        {{ known_range("record", "bridge") }}
    from {{ changed_versions_of("stg_" ~ record_type) }} as record
    inner join {{ changed_rows_of("bridge_person") }} as bridge
        on record.partner_person_key = bridge.partner_person_key and {{ known_together("record", "bridge") }}
    {% if not loop.last %}
    union all
    {% endif %}
    {%- endfor %}
),

slices as (
    {{ knowledge_slices("told") }}
)

-- what was told latest speaks, attribute by attribute; a birth date brings its own precision, an amphoe its tambon
select
    slices.person_key,
    {{ latest_told("national_id_kind") }},
    {{ latest_told("sex") }},
    {{ latest_told("birth_date") }},
    {{ latest_told("birth_date_precision", given="birth_date") }},
    {{ latest_told("nationality") }},
    {{ latest_told("tambon_code", given="amphoe_code") }},
    {{ latest_told("amphoe_code") }},
    {{ latest_told("province_code") }},
    {{ latest_told("residence_kind", given="amphoe_code") }},
    {{ latest_told("disability_type") }},
    {{ latest_told("consent_status") }},
    count(distinct told.source)::integer as partners,
    slices.slice_from as known_from,
    slices.slice_to as known_to
from slices
inner join told
    on slices.person_key = told.person_key
    and slices.slice_from >= told.known_from
    and (told.known_to is null or slices.slice_from < told.known_to)
group by slices.person_key, slices.slice_from, slices.slice_to
