with days as (
    select
        ledger.*,
        date_trunc('month', ledger.booked_on)::date as month,
        ledger.persons_in + ledger.persons_out as persons
    from {{ ref("fct_fund_ledger_day") }} as ledger
    where ledger.booked_on <= {{ as_of() }}
),

-- within a month as many days are withheld as it takes, since the month's own totals are shown
controlled as (
    {{ withheld(
        "days", ["fund_key", "source", "booked_on", "lines", "in_baht", "out_baht", "closing_baht"],
        breakdown="fund_key, month", cell="persons", smalls=["persons_in", "persons_out"], order_by="booked_on"
    ) }}
),

below as (
    select
        savings.fund_key,
        savings.booked_on,
        count(distinct savings.person_key) as members
    from {{ ref("fct_member_savings") }} as savings
    where savings.savings_baht < 0 and savings.withdrawn_baht > 0
    group by savings.fund_key, savings.booked_on
)

select
    controlled.fund_key,
    controlled.source,
    controlled.booked_on,
    case when not controlled.suppressed then controlled.lines end as lines,
    case when not controlled.suppressed then controlled.in_baht end as in_baht,
    case when not controlled.suppressed then controlled.out_baht end as out_baht,
    controlled.closing_baht < 0 as is_overdrawn,
    below.members is not null as has_savings_below_zero,
    controlled.suppressed
from controlled
left join below
    on controlled.fund_key = below.fund_key and controlled.booked_on = below.booked_on
