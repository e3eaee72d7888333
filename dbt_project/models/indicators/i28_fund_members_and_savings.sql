with month as (
    -- the last month end up to the day; the day itself where it is one
    select (date_trunc('month', {{ as_of() }} + 1) - interval '1 day')::date as ends
),

members as (
    select
        membership.person_key,
        membership.fund_key,
        membership.source,
        true as counted
    from {{ ref("fct_fund_membership") }} as membership
    cross join month
    where
        {{ is_known("membership") }}
        and membership.joined_on <= month.ends
        and (membership.left_on is null or membership.left_on > month.ends)
),

people as (
    select distinct
        person_key,
        counted
    from members
),

several as (
    select
        members.person_key,
        breakdown.dimension,
        breakdown.member,
        members.counted
    from members
    cross join lateral (
        values ('partner', members.source), ('fund', members.fund_key)
    ) as breakdown (dimension, member)
),

ledger as (
    select
        line.fund_key,
        line.source,
        line.person_key,
        case line.kind when 'saving_in' then line.amount_baht else -line.amount_baht end as amount
    from {{ ref("fct_fund_transaction") }} as line
    cross join month
    where {{ is_known("line") }} and line.kind in ('saving_in', 'saving_out') and line.booked_on <= month.ends
),

savings as (
    select
        '52' as area_code,
        case
            when grouping(fund_key) = 0 then 'fund' when grouping(source) = 0 then 'partner' else 'all'
        end as dimension,
        coalesce(case when grouping(fund_key) = 0 then fund_key when grouping(source) = 0 then source end, 'all')
            as member,
        sum(amount::numeric) as amount,
        count(distinct person_key) as persons
    from ledger
    group by grouping sets ((), (fund_key), (source))
    having count(*) > 0
),

coverage as (
    select
        'ณ วันที่ ' || to_char(ends, 'YYYY-MM-DD') as note_th,
        'On ' || to_char(ends, 'YYYY-MM-DD') as note_en
    from month
),

groups as (
    {{ people_groups("people") }}
    union all
    {{ several_groups("several") }}
)

{{ persons_counted("I28", "members", "groups") }}
union all
{{ amount("I28", "savings_balance", "savings") }}
