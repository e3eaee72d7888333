select distinct on (source, space_ref)
    source || '/' || space_ref as space_key,
    source,
    space_ref,
    name,
    kind,
    tambon_code,
    coalesce(amphoe_code, left(tambon_code, 4)) as amphoe_code,
    opened_on
from {{ ref("stg_learning_space") }} as space
where {{ is_known("space") }}
order by source asc, space_ref asc, known_from desc, record_id desc
