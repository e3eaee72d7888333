with people as (
    select
        participation.project_key,
        count(distinct participation.person_key) as participants,
        count(distinct participation.person_key) filter (
            where
            participation.exit_reason = 'completed'
            and coalesce(participation.left_on, {{ as_of() }}) <= {{ as_of() }}
        ) as participants_completed
    from {{ ref("fct_participation") }} as participation
    where {{ is_known("participation") }} and coalesce(participation.joined_on, {{ as_of() }}) <= {{ as_of() }}
    group by participation.project_key
),

visits as (
    select
        visit.project_key,
        count(*) as mentor_visits,
        max(visit.visited_on) as last_visit_on
    from {{ ref("fct_mentor_visit") }} as visit
    where {{ is_known("visit") }} and visit.visited_on <= {{ as_of() }}
    group by visit.project_key
),

outputs as (
    select
        output.project_key,
        count(*) as knowledge_outputs
    from {{ ref("fct_knowledge_output") }} as output
    where {{ is_known("output") }} and coalesce(output.published_on, {{ as_of() }}) <= {{ as_of() }}
    group by output.project_key
),

grown as (
    select
        community.project_key,
        count(*) as community_groups
    from {{ ref("fct_community_group") }} as community
    where {{ is_known("community") }} and coalesce(community.formed_on, {{ as_of() }}) <= {{ as_of() }}
    group by community.project_key
),

sold as (
    select
        product.project_key,
        count(*) as products
    from {{ ref("fct_product") }} as product
    where {{ is_known("product") }}
    group by product.project_key
),

projects as (
    select
        project.*,
        coalesce(people.participants, 0) as participants,
        coalesce(people.participants_completed, 0) as participants_completed
    from {{ ref("dim_project") }} as project
    left join people
        on project.project_key = people.project_key
),

controlled as (
    {{ withheld(
        "projects", ["project_key", "participants", "participants_completed"],
        breakdown="programme", cell="participants",
        smalls=["participants", "participants_completed", "participants - participants_completed"],
        order_by="project_key"
    ) }}
)

select
    project.project_key,
    project.source,
    project.programme,
    programme.name_th as programme_th,
    programme.name_en as programme_en,
    project.title,
    project.funder,
    project.unit,
    project.project_manager_key is not null as has_project_manager,
    project.programme_officer_key is not null as has_programme_officer,
    project.mentor_key is not null as has_mentor,
    project.community_type,
    project.areas,
    project.province_code,
    project.amphoe_code,
    project.grant_stage,
    stage.label_th as grant_stage_th,
    stage.label_en as grant_stage_en,
    project.contract_signed_on,
    project.started_on,
    project.ended_on,
    project.business_plan,
    project.manpower_plan,
    project.employer_participation,
    project.heet_tag,
    project.budget_baht,
    project.disbursed_baht,
    project.target_people,
    case when not controlled.suppressed then controlled.participants end as participants,
    case when not controlled.suppressed then controlled.participants_completed end as participants_completed,
    coalesce(visits.mentor_visits, 0) as mentor_visits,
    visits.last_visit_on,
    coalesce(outputs.knowledge_outputs, 0) as knowledge_outputs,
    coalesce(grown.community_groups, 0) as community_groups,
    coalesce(sold.products, 0) as products,
    controlled.suppressed
from {{ ref("dim_project") }} as project
inner join controlled
    on project.project_key = controlled.project_key
left join visits
    on project.project_key = visits.project_key
left join outputs
    on project.project_key = outputs.project_key
left join grown
    on project.project_key = grown.project_key
left join sold
    on project.project_key = sold.project_key
left join {{ ref("dim_programme") }} as programme
    on project.programme = programme.programme
left join {{ ref("dim_code") }} as stage
    on stage.code_list = 'grant_stage' and project.grant_stage = stage.code
