with products as (
    select
        product.source,
        coalesce(route.market_route, 'unknown') as market_route,
        coalesce(product.market_stage, 'unknown') as market_stage,
        count(*) as products,
        count(*) filter (where product.new_or_upgraded = 'new') as products_new,
        count(*) filter (where product.new_or_upgraded = 'upgraded') as products_upgraded,
        count(*) filter (where product.online_channel is not null) as products_online,
        percentile_cont(0.5) within group (
            order by 100 * (product.price_after - product.price_before) / nullif(product.price_before, 0)
        ) as median_price_change_percent,
        sum(product.monthly_sales::numeric) as monthly_sales_baht
    from {{ ref("fct_product") }} as product
    left join lateral unnest(product.market_route) as route (market_route)
        on true
    where {{ is_known("product") }}
    group by product.source, coalesce(route.market_route, 'unknown'), coalesce(product.market_stage, 'unknown')
)

-- what one product sells for may be what one family lives on: of fewer than ten, no money is shown
select
    products.source,
    products.market_route,
    coalesce(route.label_th, 'ไม่ทราบ') as market_route_th,
    coalesce(route.label_en, 'Unknown') as market_route_en,
    products.market_stage,
    coalesce(stage.position, 99) as stage_no,
    coalesce(stage.label_th, 'ไม่ทราบ') as market_stage_th,
    coalesce(stage.label_en, 'Unknown') as market_stage_en,
    products.products,
    products.products_new,
    products.products_upgraded,
    products.products_online,
    case when not {{ is_small("products.products") }} then products.median_price_change_percent end
        as median_price_change_percent,
    case when not {{ is_small("products.products") }} then products.monthly_sales_baht end as monthly_sales_baht,
    {{ is_small("products.products") }} as suppressed
from products
left join {{ ref("dim_code") }} as route
    on route.code_list = 'market_route' and products.market_route = route.code
left join {{ ref("dim_code") }} as stage
    on stage.code_list = 'market_stage' and products.market_stage = stage.code
