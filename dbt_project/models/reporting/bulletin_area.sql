{{ config(materialized="view", post_hook="alter view {{ this }} set (security_barrier = true)") }}

select
    area_code,
    name_th,
    name_en,
    sort_key_th,
    tile_column,
    tile_row
from {{ ref("dim_area") }}
where area_level = 'amphoe' and province_code = '52'
