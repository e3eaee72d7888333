-- a visit without a project is of the unit's own curriculum
with designs as (
    select
        coalesce(visit.project_key, visit.source || '/' || visit.unit) as design_key,
        coalesce(project.programme, 'unknown') as programme,
        max(stage.position) as furthest
    from {{ ref("fct_mentor_visit") }} as visit
    inner join {{ ref("dim_code") }} as stage
        on stage.code_list = 'curriculum_stage' and visit.curriculum_stage = stage.code
    left join {{ ref("dim_project") }} as project
        on visit.project_key = project.project_key
    where {{ is_known("visit") }} and visit.visited_on <= {{ as_of() }}
    group by coalesce(visit.project_key, visit.source || '/' || visit.unit), coalesce(project.programme, 'unknown')
)

select
    designs.programme,
    coalesce(programme.name_th, 'ไม่ทราบ') as programme_th,
    coalesce(programme.name_en, 'Unknown') as programme_en,
    stage.code as curriculum_stage,
    stage.position as stage_no,
    stage.label_th as stage_th,
    stage.label_en as stage_en,
    count(*) as curricula_reached,
    count(*) filter (where designs.furthest = stage.position) as curricula_now
from designs
inner join {{ ref("dim_code") }} as stage
    on stage.code_list = 'curriculum_stage' and designs.furthest >= stage.position
left join {{ ref("dim_programme") }} as programme
    on designs.programme = programme.programme
group by
    designs.programme, programme.name_th, programme.name_en, stage.code, stage.position, stage.label_th, stage.label_en
