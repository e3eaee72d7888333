select
    record_key,
    source,
    delivery_id,
    row_no,
    source || '/' || project_ref as project_key,
    kind,
    title,
    published_on,
    scaled_out_to,
    known_from,
    known_to
from {{ ref("stg_knowledge_output") }}
