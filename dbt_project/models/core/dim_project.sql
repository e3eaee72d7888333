{{ config(
    materialized="incremental", incremental_strategy="compared", unique_key=["project_key"],
    meta={"concerns": ["project_key", "programme"]}
) }}

with declared as (
    select distinct on (source, project_ref) project.*
    from {{ ref("stg_project") }} as project
    where {{ is_known("project") }}
    order by source asc, project_ref asc, known_from desc, record_id desc
),

mentioned as (
    select
        source,
        project_key,
        project_ref
    from {{ ref("fct_participation") }} as participation
    where {{ is_known("participation") }}
    group by source, project_key, project_ref
)

-- a project that only its participants tell of is there too, so that nobody is dropped by a join
select
    coalesce(mentioned.project_key, declared.source || '/' || declared.project_ref) as project_key,
    coalesce(declared.source, mentioned.source) as source,
    coalesce(declared.project_ref, mentioned.project_ref) as project_ref,
    declared.source is not null as is_declared,
    declared.programme,
    declared.title,
    declared.unit,
    declared.funder,
    declared.project_manager_key,
    declared.programme_officer_key,
    declared.mentor_key,
    declared.community_type,
    declared.areas,
    declared.tambon_code,
    coalesce(declared.amphoe_code, left(declared.tambon_code, 4)) as amphoe_code,
    coalesce(declared.province_code, left(coalesce(declared.amphoe_code, declared.tambon_code), 2)) as province_code,
    declared.contract_no,
    declared.started_on,
    declared.ended_on,
    declared.grant_stage,
    declared.call_opened_on,
    declared.proposal_submitted_on,
    declared.proposal_selected_on,
    declared.contract_signed_on,
    declared.potential_analysed_on,
    declared.in_delivery_on,
    declared.grantees_trained_on,
    declared.career_plans_made_on,
    declared.self_reliant_on,
    declared.lessons_recorded_on,
    declared.manual_published_on,
    declared.business_plan,
    declared.manpower_plan,
    declared.employer_participation,
    declared.budget_baht,
    declared.disbursed_baht,
    declared.target_people,
    declared.heet_tag
from declared
full outer join mentioned
    on declared.source = mentioned.source and declared.project_ref = mentioned.project_ref
