-- person by person first: a count of distinct ones would be sorted
with booked_by_person as (
    select
        fund_key,
        source,
        booked_on,
        person_key,
        max(delivery_id) as delivery_id,
        count(*) as lines,
        count(*) filter (where {{ comes_in("kind") }}) as lines_in,
        sum(amount_baht::numeric) filter (where {{ comes_in("kind") }}) as in_baht,
        sum(amount_baht::numeric) filter (where not {{ comes_in("kind") }}) as out_baht
    from {{ ref("fct_fund_transaction") }} as line
    where {{ is_known("line") }}
    group by fund_key, source, booked_on, person_key
),

booked as (
    select
        fund_key,
        source,
        booked_on,
        max(delivery_id) as delivery_id,
        sum(lines)::bigint as lines,
        count(person_key) filter (where lines_in > 0) as persons_in,
        count(person_key) filter (where lines > lines_in) as persons_out,
        coalesce(sum(in_baht), 0) as in_baht,
        coalesce(sum(out_baht), 0) as out_baht
    from booked_by_person
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
