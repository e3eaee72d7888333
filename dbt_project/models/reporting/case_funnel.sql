select
    area_code,
    area_name_th,
    area_name_en,
    member as case_stage,
    member_position as stage_no,
    member_th as stage_th,
    member_en as stage_en,
    numerator as persons,
    denominator as persons_before,
    value as percent_of_before,
    suppressed,
    as_of
from {{ ref("indicator") }}
where indicator_id = 'I13'
