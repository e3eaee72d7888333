with products as (
    select
        product.source,
        product.kind,
        project.programme,
        product.price_before is not null and product.price_after is not null as has_prices,
        nullif(btrim(product.online_channel), '') is not null as is_online
    from {{ ref("fct_product") }} as product
    left join {{ ref("dim_project") }} as project
        on product.project_key = project.project_key
    where {{ is_known("product") }}
),

counted as (
    select
        '52' as area_code,
        breakdown.dimension,
        breakdown.member,
        count(*) filter (where products.has_prices or products.is_online) as upgraded,
        count(*) filter (where products.is_online) as online,
        count(*) as d,
        null::bigint as persons
    from products
    cross join
        lateral (
            values
            ('all', 'all'),
            ('product_kind', coalesce(products.kind, 'unknown')),
            ('partner', products.source),
            ('programme', coalesce(products.programme, 'unknown'))
        ) as breakdown (dimension, member)
    group by breakdown.dimension, breakdown.member
),
{%- for which in ["upgraded", "online"] %}

{{ which }} as (
    select
        *,
        {{ which }} as n
    from counted
),
{%- endfor %}

coverage as (
    select
        'รู้ราคาทั้งก่อนและหลัง ' || count(*) filter (where has_prices) || ' จาก ' || count(*) || ' รายการ' as note_th,
        'Both prices known for ' || count(*) filter (where has_prices) || ' of ' || count(*) || ' products.' as note_en
    from products
)

{{ ratio("I26", "upgraded_rate", "upgraded") }}
union all
{{ ratio("I26", "online_rate", "online") }}
