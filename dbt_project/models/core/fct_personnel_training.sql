select
    record_key,
    staff_key,
    source,
    delivery_id,
    row_no,
    role,
    level,
    course,
    hours,
    completed_on,
    known_from,
    known_to
from {{ ref("stg_personnel_training") }}
