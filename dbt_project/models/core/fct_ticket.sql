with patterns as (
    select
        kind,
        pattern,
        strpos(pattern, '*') > 0 as is_general,
        replace(replace(pattern, '_', '\_'), '*', '%') as shape
    from {{ ref("ticket_kind") }}
    cross join lateral unnest(string_to_array(codes, ' ')) as pattern
),

kinds as (
    -- a code's own entry comes before one for many, of those the one that says most
    select distinct on (told.code)
        told.code,
        patterns.kind
    from (select distinct code from {{ source("ops", "ticket") }}) as told
    inner join patterns
        on told.code like patterns.shape
    order by told.code, patterns.is_general, length(patterns.pattern) desc
),

known as (
    select
        ticket_id,
        source,
        record_type,
        field,
        code,
        severity,
        case when closed_at <= {{ known_at() }} then state else 'open' end as state,
        opened_by,
        opened_at,
        case when closed_at <= {{ known_at() }} then closed_at end as closed_at,
        (opened_at at time zone 'Asia/Bangkok')::date as opened_on,
        case when closed_at <= {{ known_at() }} then (closed_at at time zone 'Asia/Bangkok')::date end as closed_on
    from {{ source("ops", "ticket") }}
    where opened_at <= {{ known_at() }}
)

select
    known.ticket_id,
    known.source,
    known.record_type,
    known.field,
    known.code,
    kinds.kind,
    known.severity,
    known.state,
    known.opened_by,
    known.opened_at,
    known.closed_at,
    known.opened_on,
    known.closed_on,
    greatest(coalesce(known.closed_on, {{ as_of() }}) - known.opened_on, 0) as age_days
from known
inner join kinds
    on known.code = kinds.code
