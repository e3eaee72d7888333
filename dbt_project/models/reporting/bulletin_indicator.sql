{{ config(materialized="view", post_hook="alter view {{ this }} set (security_barrier = true)") }}

select
    indicator_id,
    name_th,
    name_en,
    measure,
    measure_th,
    measure_en,
    is_headline,
    sort_no,
    area_code,
    area_name_th,
    area_name_en,
    dimension,
    member,
    member_th,
    member_en,
    member_position,
    unit,
    numerator,
    denominator,
    value,
    interval_low,
    interval_high,
    suppressed,
    good_direction,
    note_th,
    note_en,
    as_of,
    figure_id
from {{ ref("indicator") }}
-- the province and its amphoe; tambon and tables of two are for the working groups
where length(area_code) <= 4
    and (area_code = '52' or dimension in ('all', 'case_stage'))
    and dimension <> 'sex_age_band'
