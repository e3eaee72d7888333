with lines as (
    select
        record_key,
        fund_key,
        source,
        person_key,
        kind,
        amount_baht::numeric as amount_baht,
        booked_on,
        due_on
    from {{ ref("fct_fund_transaction") }} as line
    where {{ is_known("line") }} and kind in ('advance', 'repayment') and booked_on <= {{ as_of() }}
),

-- no line says which advance a repayment is for: within a fund a person's oldest due is repaid first
advances as (
    select
        *,
        sum(amount_baht) over (
            partition by fund_key, person_key order by due_on asc nulls last, booked_on, record_key
        ) - amount_baht as before
    from lines
    where kind = 'advance'
),

repaid as (
    select
        advances.record_key,
        coalesce(sum(repayment.amount_baht), 0) as by_now,
        coalesce(sum(repayment.amount_baht) filter (where repayment.booked_on <= advances.due_on), 0) as by_due
    from advances
    left join lines as repayment
        on advances.fund_key = repayment.fund_key
        and advances.person_key is not distinct from repayment.person_key
        and repayment.kind = 'repayment'
    group by advances.record_key
),

judged as (
    select
        advances.fund_key,
        advances.source,
        advances.person_key,
        advances.amount_baht,
        advances.due_on <= {{ as_of() }} as is_due,
        coalesce({{ as_of() }} - advances.due_on > 30, false) as is_late,
        advances.amount_baht - least(greatest(repaid.by_now - advances.before, 0), advances.amount_baht) as balance,
        least(greatest(repaid.by_due - advances.before, 0), advances.amount_baht) as on_time
    from advances
    inner join repaid
        on advances.record_key = repaid.record_key
),

sums as (
    select
        '52' as area_code,
        breakdown.dimension,
        breakdown.member,
        sum(judged.balance) as outstanding,
        coalesce(sum(judged.balance) filter (where judged.is_late), 0) as late,
        sum(judged.amount_baht) filter (where judged.is_due) as due,
        coalesce(sum(judged.on_time) filter (where judged.is_due), 0) as on_time,
        count(distinct judged.person_key) filter (where judged.balance > 0) as owing,
        count(distinct judged.person_key) filter (where judged.is_late and judged.balance > 0) as owing_late,
        count(distinct judged.person_key) filter (where judged.is_due) as having_due
    from judged
    cross join
        lateral (
            values ('all', 'all'), ('fund', judged.fund_key), ('partner', judged.source)
        ) as breakdown (dimension, member)
    group by breakdown.dimension, breakdown.member
),

outstanding as (
    select
        *,
        outstanding as amount,
        owing as persons
    from sums
),

repayment as (
    select
        *,
        on_time as n,
        due as d,
        having_due as persons
    from sums
),

at_risk as (
    -- it rests on those who are late and on those who are not: the fewer of the two
    select
        *,
        late as n,
        outstanding as d,
        case
            when owing_late = 0 then owing
            when owing_late = owing then owing_late
            else least(owing_late, owing - owing_late)
        end as persons
    from sums
),

coverage as (
    select
        'เงินยืมที่ไม่มีวันครบกำหนด ' || count(*) filter (where kind = 'advance' and due_on is null)
        || ' รายการ (ไม่ถือว่าค้าง) · เงินยืมเป็นรายการที่กองทุนอาจมีหรือไม่มีก็ได้' as note_th,
        'Advances without a due date: ' || count(*) filter (where kind = 'advance' and due_on is null)
        || ' (never late). Advances are optional in a fund.' as note_en
    from lines
)

{{ amount("I29", "advances_outstanding", "outstanding") }}
union all
{{ ratio("I29", "repayment_rate", "repayment") }}
union all
{{ ratio("I29", "par30", "at_risk") }}
