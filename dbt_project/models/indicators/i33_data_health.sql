with deliveries as (
    select *
    from {{ ref("fct_delivery") }}
    where night <= {{ as_of() }} and state = 'loaded' and known_from <= {{ known_at() }}
),

row_groups as (
    select
        '52' as area_code,
        case when grouping(source) = 0 then 'partner' else 'all' end as dimension,
        case when grouping(source) = 0 then source else 'all' end as member,
        sum(rows_received) as received,
        sum(rows_quarantined) as quarantined,
        sum(rows_repeated) as repeated,
        {{ as_of() }} - max(night) as days
    from deliveries
    group by grouping sets ((), (source))
    having count(*) > 0
),

accepted as (
    select
        *,
        received - quarantined as n,
        received as d
    from row_groups
    where received is not null
),

repeated as (
    select
        *,
        repeated as n,
        received as d
    from row_groups
    where received is not null
),

freshness as (
    -- for the whole: the partner that has been silent longest
    select
        area_code,
        dimension,
        member,
        null::bigint as persons,
        case when dimension = 'all' then max(days) over () else days end as amount
    from row_groups
),

matches as (
    select
        '52' as area_code,
        case when grouping(source) = 0 then 'partner' else 'all' end as dimension,
        case when grouping(source) = 0 then source else 'all' end as member,
        count(*) filter (where partners > 1) as matched,
        count(*) filter (where national_id_kind is not null) as identified,
        count(*) as d
    from {{ ref("dim_partner_person") }}
    group by grouping sets ((), (source))
    having count(*) > 0
),

matched as (
    select
        *,
        matched as n
    from matches
),

identified as (
    select
        *,
        identified as n
    from matches
),

coverage as (
    select
        'สะสมทุกคืนถึงวันอ้างอิง' as note_th,
        'All nights up to the day.' as note_en
)

{{ rate("I33", "accepted_rate", "accepted") }}
union all
{{ rate("I33", "duplicate_rate", "repeated") }}
union all
{{ amount("I33", "freshness", "freshness") }}
union all
{{ rate("I33", "identity_match_rate", "matched") }}
union all
{{ rate("I33", "identified_rate", "identified") }}
