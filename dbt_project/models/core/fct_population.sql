select
    record_key,
    source,
    delivery_id,
    row_no,
    tambon_code,
    coalesce(amphoe_code, left(tambon_code, 4)) as amphoe_code,
    coalesce(province_code, left(tambon_code, 2)) as province_code,
    age,
    sex,
    residence_kind,
    as_of,
    count as persons,
    known_from,
    known_to
from {{ ref("stg_population_register") }}
