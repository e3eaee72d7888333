with baseline as (
    -- the first participation that tells an income; a person who tells none is still missing from the pairs
    select distinct on (person_key)
        person_key,
        baseline_monthly_income,
        joined_on
    from {{ ref("fct_participation") }} as participation
    where {{ is_known("participation") }} and joined_on <= {{ as_of() }}
    order by person_key asc, (baseline_monthly_income is null) asc, joined_on asc, known_from desc, record_key asc
),

follow_up as (
    select distinct on (person_key)
        person_key,
        monthly_income,
        followed_up_on
    from {{ ref("fct_outcome") }} as outcome
    where {{ is_known("outcome") }} and followed_up_on <= {{ as_of() }}
    order by person_key asc, followed_up_on desc, (monthly_income is null) asc, known_from desc, record_key asc
),

compared as (
    select
        follow_up.person_key,
        follow_up.monthly_income - baseline.baseline_monthly_income as change,
        person.sex,
        person.amphoe_code
    from follow_up
    left join baseline
        on follow_up.person_key = baseline.person_key and follow_up.followed_up_on >= baseline.joined_on
    inner join {{ ref("dim_person") }} as person
        on follow_up.person_key = person.person_key
),

measured as (
    select
        case when grouping(amphoe_code) = 0 then amphoe_code else '52' end as area_code,
        case when grouping(sex) = 0 then 'sex' else 'all' end as dimension,
        case when grouping(sex) = 0 then coalesce(sex, 'unknown') else 'all' end as member,
        percentile_cont(array[0.25, 0.5, 0.75]) within group (order by change) as quartiles,
        count(change) as pairs,
        count(*) - count(change) as missing
    from compared
    group by grouping sets ((), (amphoe_code), (sex))
    having (grouping(amphoe_code) = 1 or amphoe_code like '52%') and count(*) > 0
),

medians as (
    select
        *,
        quartiles[2] as amount,
        pairs as persons
    from measured
    where pairs > 0
),

lowers as (
    select
        *,
        quartiles[1] as amount,
        pairs as persons
    from measured
    where pairs > 0
),

uppers as (
    select
        *,
        quartiles[3] as amount,
        pairs as persons
    from measured
    where pairs > 0
),

paired as (
    select
        *,
        pairs as n
    from measured
),

missed as (
    select
        *,
        missing as n
    from measured
),

coverage as (
    select
        'มีค่าทั้งสอง ' || {{ told_count("count(change)", "th") }} || ' คน ขาดค่าใดค่าหนึ่ง '
        || {{ told_count("count(*) - count(change)", "th") }} || ' คน' as note_th,
        'Persons with both values: ' || {{ told_count("count(change)", "en") }} || '; without one of them: '
        || {{ told_count("count(*) - count(change)", "en") }} || '.' as note_en
    from compared
)

{{ amount("I23", "median_change", "medians") }}
union all
{{ amount("I23", "lower_quartile_change", "lowers") }}
union all
{{ amount("I23", "upper_quartile_change", "uppers") }}
union all
{{ persons_counted("I23", "pairs", "paired") }}
union all
{{ persons_counted("I23", "missing", "missed") }}
