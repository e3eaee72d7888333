-- what a mentor wrote in their own words (findings, agreed actions) stays in staging: it may speak of a person
select
    record_key,
    mentor_key,
    source,
    delivery_id,
    row_no,
    source || '/' || project_ref as project_key,
    unit,
    visited_on,
    purpose,
    curriculum_stage,
    findings is not null as has_findings,
    agreed_actions is not null as has_agreed_actions,
    known_from,
    known_to
from {{ ref("stg_mentor_visit") }}
