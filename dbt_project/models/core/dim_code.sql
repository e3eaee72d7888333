select
    code_list,
    code,
    position,
    label_th,
    label_en,
    is_sensitive
from {{ source("reference", "code") }}

union all

select
    'partner' as code_list,
    source as code,
    (row_number() over (order by source))::integer as position,
    partner_name_th as label_th,
    partner_name_en as label_en,
    false as is_sensitive
from {{ ref("dim_partner") }}

union all

select
    'record_type' as code_list,
    record_type as code,
    (row_number() over (order by record_type))::integer as position,
    label_th,
    label_en,
    false as is_sensitive
from {{ source("reference", "record_type") }}

union all

select
    code_list,
    code,
    position,
    label_th,
    label_en,
    is_sensitive
from (
    values
    ('disability', 'with_disability', 0, 'คนพิการ', 'With a disability', true),
    ('disability', 'without_disability', 1, 'ไม่พิการ', 'Without a disability', true),
    ('education_status', 'enrolled_formal', 0, 'เรียนในระบบ', 'Enrolled, formal', false),
    ('education_status', 'enrolled_non_formal', 1, 'เรียนนอกระบบ', 'Enrolled, non-formal', false),
    ('education_status', 'in_training', 2, 'อยู่ระหว่างฝึกอบรม', 'In training', false),
    ('education_status', 'out_of_school', 3, 'อยู่นอกระบบการศึกษา', 'Out of school', false),
    ('education_status', 'never_enrolled', 4, 'ไม่เคยเข้าเรียน', 'Never enrolled', false),
    ('education_status', 'completed', 5, 'สำเร็จการศึกษา', 'Completed', false),
    ('education_status', 'unknown', 6, 'ไม่ทราบ', 'Unknown', false)
) as ours (code_list, code, position, label_th, label_en, is_sensitive)
