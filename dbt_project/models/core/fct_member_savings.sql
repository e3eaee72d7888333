{{ config(materialized="incremental", unique_key="person_key") }}

with moved as (
    select
        fund_key,
        source,
        person_key,
        booked_on,
        max(delivery_id) as delivery_id,
        coalesce(sum(amount_baht::numeric) filter (where kind = 'saving_in'), 0) as saved_baht,
        coalesce(sum(amount_baht::numeric) filter (where kind = 'saving_out'), 0) as withdrawn_baht
    from {{ changed_rows_of("fct_fund_transaction") }} as line
    where {{ is_known("line") }} and kind in ('saving_in', 'saving_out') and person_key is not null
    group by fund_key, source, person_key, booked_on
)

select
    fund_key,
    source,
    person_key,
    booked_on,
    delivery_id,
    saved_baht,
    withdrawn_baht,
    sum(saved_baht - withdrawn_baht) over (
        partition by fund_key, person_key
        order by booked_on
    ) as savings_baht
from moved
