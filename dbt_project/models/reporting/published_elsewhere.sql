select distinct on (figure.source, figure.partner_record_ref)
    figure.source,
    figure.partner_record_ref,
    figure.publication,
    figure.table_title,
    coalesce(figure.tambon_code, figure.amphoe_code, figure.province_code) as area_code,
    area.name_th as area_name_th,
    area.name_en as area_name_en,
    figure.age_band,
    figure.measure,
    figure.unit,
    figure.scope,
    figure.as_of,
    figure.value
from {{ ref("fct_published_figure") }} as figure
left join {{ ref("dim_area") }} as area
    on coalesce(figure.tambon_code, figure.amphoe_code, figure.province_code) = area.area_code
where {{ is_known("figure") }}
order by figure.source asc, figure.partner_record_ref asc, figure.known_from desc
