with stages as (
    select
        project.project_key,
        project.programme,
        coalesce(project.community_type, 'unknown') as community_type,
        project.budget_baht,
        project.call_opened_on,
        stage.stage,
        code.position,
        stage.reached_on
    from {{ ref("dim_project") }} as project
    cross join
        lateral (
            values
            {%- for stage in [
                "call_opened", "proposal_submitted", "proposal_selected", "contract_signed", "potential_analysed",
                "in_delivery", "grantees_trained", "career_plans_made", "self_reliant", "lessons_recorded",
                "manual_published",
            ] %}
            ('{{ stage }}', project.{{ stage }}_on, project.grant_stage = '{{ stage }}')
            {{- "," if not loop.last }}
            {%- endfor %}
        ) as stage (stage, reached_on, is_stated)
    inner join {{ ref("dim_code") }} as code
        on code.code_list = 'grant_stage' and stage.stage = code.code
    where project.is_declared and (stage.reached_on <= {{ as_of() }} or stage.is_stated)
),

projects as (
    select
        project_key,
        programme,
        community_type,
        budget_baht,
        max(position) as furthest
    from stages
    group by project_key, programme, community_type, budget_baht
),

-- a project that has reached a stage has passed those before it, dated or not
reached as (
    select
        projects.programme,
        projects.community_type,
        code.code as stage,
        code.position,
        code.label_th,
        code.label_en,
        count(*) as projects_reached,
        count(*) filter (where projects.furthest = code.position) as projects_now,
        sum(projects.budget_baht::numeric) as budget_baht,
        percentile_cont(0.5) within group (order by stages.reached_on - stages.call_opened_on) as median_days_from_call
    from projects
    inner join {{ ref("dim_code") }} as code
        on code.code_list = 'grant_stage' and projects.furthest >= code.position
    left join stages
        on projects.project_key = stages.project_key and code.code = stages.stage
    group by projects.programme, projects.community_type, code.code, code.position, code.label_th, code.label_en
)

select
    reached.programme,
    programme.name_th as programme_th,
    programme.name_en as programme_en,
    reached.community_type,
    reached.stage,
    reached.position as stage_no,
    reached.label_th as stage_th,
    reached.label_en as stage_en,
    reached.projects_reached,
    reached.projects_now,
    reached.budget_baht,
    reached.median_days_from_call
from reached
left join {{ ref("dim_programme") }} as programme
    on reached.programme = programme.programme
