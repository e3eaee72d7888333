select
    record_key,
    source,
    delivery_id,
    row_no,
    source || '/' || activity_ref as activity_key,
    source || '/' || project_ref as project_key,
    source || '/' || space_ref as space_key,
    title,
    held_on,
    hours,
    skill_area,
    curriculum_ref,
    trainer_key,
    life_stage,
    mode,
    known_from,
    known_to
from {{ ref("stg_activity") }}
