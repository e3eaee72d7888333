with declared as (
    select distinct on (source, project_ref)
        source,
        project_ref,
        programme,
        title,
        community_type,
        contract_no,
        contract_signed_on,
        started_on,
        ended_on,
        grant_stage,
        budget_baht,
        disbursed_baht,
        target_people,
        heet_tag
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
    declared.community_type,
    declared.contract_no,
    declared.contract_signed_on,
    declared.started_on,
    declared.ended_on,
    declared.grant_stage,
    declared.budget_baht,
    declared.disbursed_baht,
    declared.target_people,
    declared.heet_tag
from declared
full outer join mentioned
    on declared.source = mentioned.source and declared.project_ref = mentioned.project_ref
