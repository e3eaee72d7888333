select
    coalesce(day.year_be, 0) as year_be,
    output.kind,
    code.label_th as kind_th,
    code.label_en as kind_en,
    count(*) as outputs,
    count(*) filter (where output.scaled_out_to is not null) as outputs_scaled_out,
    count(distinct output.project_key) as projects
from {{ ref("fct_knowledge_output") }} as output
inner join {{ ref("dim_code") }} as code
    on code.code_list = 'knowledge_output_kind' and output.kind = code.code
left join {{ ref("dim_date") }} as day
    on output.published_on = day.date_day
where {{ is_known("output") }} and coalesce(output.published_on, {{ as_of() }}) <= {{ as_of() }}
group by coalesce(day.year_be, 0), output.kind, code.label_th, code.label_en
