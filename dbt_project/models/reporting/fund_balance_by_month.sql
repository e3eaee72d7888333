with months as (
    select month_end
    from {{ ref("dim_date") }}
    where date_day = month_end and month_end <= {{ as_of() }}
),

lines as (
    select *
    from {{ ref("fct_fund_transaction") }} as line
    where {{ is_known("line") }}
),

memberships as (
    select *
    from {{ ref("fct_fund_membership") }} as membership
    where {{ is_known("membership") }}
),

funds as (
    select
        fund_key,
        source,
        date_trunc('month', min(began))::date as began
    from (
        select
            fund_key,
            source,
            booked_on as began
        from lines
        union all
        select
            fund_key,
            source,
            joined_on as began
        from memberships
    ) as seen
    group by fund_key, source
),

-- person by person first: a count of distinct ones would be sorted
booked_by_person as (
    select
        fund_key,
        date_trunc('month', booked_on) as month,
        person_key,
        sum(amount_baht::numeric) filter (where kind = 'saving_in') as saved,
        sum(amount_baht::numeric) filter (where kind = 'saving_out') as withdrawn,
        sum(amount_baht::numeric) filter (where kind = 'welfare_payment') as welfare,
        sum(amount_baht::numeric) filter (where kind = 'advance') as advanced,
        sum(amount_baht::numeric) filter (where kind = 'repayment') as repaid
    from lines
    group by fund_key, date_trunc('month', booked_on), person_key
),

booked as (
    select
        fund_key,
        (month + interval '1 month - 1 day')::date as month_end,
        sum(saved) as saved,
        sum(withdrawn) as withdrawn,
        sum(welfare) as welfare,
        sum(advanced) as advanced,
        sum(repaid) as repaid,
        count(person_key) as persons
    from booked_by_person
    group by fund_key, month
),

-- members at month end by what changed: those who joined less those who left
changes as (
    select
        fund_key,
        changed_on,
        sum(change) as change
    from (
        select
            fund_key,
            joined_on as changed_on,
            1 as change
        from memberships
        where left_on is null or left_on > joined_on
        union all
        select
            fund_key,
            left_on as changed_on,
            -1 as change
        from memberships
        where left_on > joined_on
    ) as moves
    group by fund_key, changed_on
),

members as (
    select
        fund_key,
        (date_trunc('month', changed_on) + interval '1 month - 1 day')::date as month_end,
        sum(change) as change
    from changes
    group by fund_key, (date_trunc('month', changed_on) + interval '1 month - 1 day')::date
),

running as (
    select
        funds.fund_key,
        funds.source,
        months.month_end,
        coalesce(sum(members.change) over so_far, 0)::bigint as members,
        coalesce(booked.saved, 0) as saved,
        coalesce(booked.withdrawn, 0) as withdrawn,
        coalesce(booked.welfare, 0) as welfare,
        coalesce(booked.advanced, 0) as advanced,
        coalesce(booked.repaid, 0) as repaid,
        coalesce(booked.persons, 0) as persons,
        coalesce(sum(coalesce(booked.saved, 0) - coalesce(booked.withdrawn, 0)) over so_far, 0) as savings_balance
    from funds
    inner join months
        on funds.began <= months.month_end
    left join booked
        on funds.fund_key = booked.fund_key and months.month_end = booked.month_end
    left join members
        on funds.fund_key = members.fund_key and months.month_end = members.month_end
    window so_far as (partition by funds.fund_key order by months.month_end)
),

controlled as (
    select
        *,
        {{ is_small("members") }} as hides_members,
        {{ is_small("members") }} or {{ is_small("persons") }} as hides_amounts
    from running
)

select
    fund_key,
    source,
    month_end,
    case when not hides_members then members end as members,
    case when not hides_amounts then saved end as saved_baht,
    case when not hides_amounts then withdrawn end as withdrawn_baht,
    case when not hides_amounts then welfare end as welfare_baht,
    case when not hides_amounts then advanced end as advanced_baht,
    case when not hides_amounts then repaid end as repaid_baht,
    case when not hides_amounts then savings_balance end as savings_balance_baht,
    hides_members or hides_amounts as suppressed
from controlled
