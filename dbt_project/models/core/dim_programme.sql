select
    code.code as programme,
    code.position,
    code.label_th as name_th,
    code.label_en as name_en,
    array_agg(alias.name_th order by alias.name_th) filter (where alias.name_th is not null) as aliases_th
from {{ ref("dim_code") }} as code
left join {{ ref("programme_alias") }} as alias
    on code.code = alias.programme
where code.code_list = 'programme'
group by code.code, code.position, code.label_th, code.label_en
