with booked as (
    select
        fund_key,
        source,
        booked_on,
        max(delivery_id) as delivery_id,
        count(*) as lines,
        count(distinct person_key) filter (where {{ comes_in("kind") }}) as persons_in,
        count(distinct person_key) filter (where not {{ comes_in("kind") }}) as persons_out,
        coalesce(sum(amount_baht::numeric) filter (where {{ comes_in("kind") }}), 0) as in_baht,
        coalesce(sum(amount_baht::numeric) filter (where not {{ comes_in("kind") }}), 0) as out_baht
    from {{ ref("fct_fund_transaction") }} as line
    where {{ is_known("line") }}
    group by fund_key, source, booked_on
)

select
    fund_key,
    source,
    booked_on,
    delivery_id,
    lines,
    persons_in,
    persons_out,
    coalesce(sum(in_baht - out_baht) over (days rows between unbounded preceding and 1 preceding), 0) as opening_baht,
    in_baht,
    out_baht,
    sum(in_baht - out_baht) over (days rows between unbounded preceding and current row) as closing_baht
from booked
window days as (partition by fund_key order by booked_on)
