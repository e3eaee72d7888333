with sold as (
    select
        product.group_key,
        count(*) as products
    from {{ ref("fct_product") }} as product
    where {{ is_known("product") }}
    group by product.group_key
),

counted as (
    select
        coalesce(community.amphoe_code, 'unknown') as amphoe_code,
        coalesce(community.kind, 'unknown') as kind,
        count(*) as groups_formed,
        count(community.project_key) as groups_of_projects,
        coalesce(sum(community.members), 0)::bigint as members,
        -- a group of a few is a few persons, whatever the others beside it
        min(nullif(community.members, 0)) as smallest,
        coalesce(sum(sold.products), 0)::bigint as products
    from {{ ref("fct_community_group") }} as community
    left join sold
        on community.group_key = sold.group_key
    where {{ is_known("community") }} and coalesce(community.formed_on, {{ as_of() }}) <= {{ as_of() }}
    group by coalesce(community.amphoe_code, 'unknown'), coalesce(community.kind, 'unknown')
),

controlled as (
    {{ withheld(
        "counted", ["amphoe_code", "kind", "groups_formed", "groups_of_projects", "members", "products"],
        breakdown="kind", cell="members", smalls=["members", "smallest"], order_by="amphoe_code"
    ) }}
)

select
    controlled.amphoe_code,
    coalesce(area.name_th, 'ไม่ทราบ') as amphoe_name_th,
    coalesce(area.name_en, 'Unknown') as amphoe_name_en,
    controlled.kind,
    coalesce(code.label_th, 'ไม่ทราบ') as kind_th,
    coalesce(code.label_en, 'Unknown') as kind_en,
    controlled.groups_formed,
    controlled.groups_of_projects,
    case when not controlled.suppressed then controlled.members end as members,
    controlled.products,
    controlled.suppressed
from controlled
left join {{ ref("dim_area") }} as area
    on controlled.amphoe_code = area.area_code
left join {{ ref("dim_code") }} as code
    on code.code_list = 'group_kind' and controlled.kind = code.code
