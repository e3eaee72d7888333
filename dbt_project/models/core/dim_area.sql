select
    area.area_code,
    area.area_level,
    area.name_th,
    area.name_en,
    area.sort_key_th,
    area.parent_code,
    left(area.area_code, 2) as province_code,
    case when area.area_level <> 'province' then left(area.area_code, 4) end as amphoe_code,
    tile.tile_column,
    tile.tile_row
from {{ source("reference", "area") }} as area
left join {{ ref("area_tile") }} as tile
    on area.area_code = tile.area_code
