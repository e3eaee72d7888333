-- Why it matters: a fund's members own it; opening + what came in − what went out = closing, to the baht, every day.
-- Who mends it: a data engineer; the rule is in fct_fund_ledger_day and fct_member_savings.
with days as (
    select
        *,
        coalesce(lag(closing_baht) over (partition by fund_key order by booked_on), 0) as closed_before
    from {{ ref("fct_fund_ledger_day") }}
),

books as (
    select
        line.fund_key,
        sum(
            case when kind in ('saving_out', 'welfare_payment', 'advance') then -amount_baht else amount_baht end
        )::numeric as balance_baht,
        sum(case kind when 'saving_in' then amount_baht when 'saving_out' then -amount_baht end)
        filter (where person_key is not null)::numeric as savings_baht
    from {{ ref("fct_fund_transaction") }} as line
    where {{ is_known("line") }}
    group by line.fund_key
),

closed as (
    select distinct on (fund_key)
        fund_key,
        closing_baht
    from days
    order by fund_key asc, booked_on desc
),

saved as (
    select
        fund_key,
        sum(saved_baht - withdrawn_baht) as savings_baht
    from {{ ref("fct_member_savings") }}
    group by fund_key
)

select
    fund_key,
    'a day does not open as the one before it closed, or does not close as it should' as finding,
    booked_on
from days
where opening_baht <> closed_before or closing_baht <> opening_baht + in_baht - out_baht

union all

select
    books.fund_key,
    'the days and the members do not add up to the lines of the ledger' as finding,
    null as booked_on
from books
left join closed
    on books.fund_key = closed.fund_key
left join saved
    on books.fund_key = saved.fund_key
where
    round(books.balance_baht, 2) is distinct from round(closed.closing_baht, 2)
    or round(coalesce(books.savings_baht, 0), 2) <> round(coalesce(saved.savings_baht, 0), 2)
