select
    record_key,
    source,
    delivery_id,
    row_no,
    source || '/' || group_ref as group_key,
    source || '/' || project_ref as project_key,
    name,
    kind,
    formed_on,
    members,
    tambon_code,
    coalesce(amphoe_code, left(tambon_code, 4)) as amphoe_code,
    coalesce(province_code, left(coalesce(amphoe_code, tambon_code), 2)) as province_code,
    known_from,
    known_to
from {{ ref("stg_community_group") }}
