with services as (
    select
        source,
        date_trunc('month', requested_on)::date as month,
        coalesce(service_kind, 'unknown') as service_kind,
        count(*) as services,
        count(*) filter (where done_on <= {{ as_of() }}) as services_done,
        percentile_cont(0.5) within group (order by done_on - requested_on) filter (where done_on <= {{ as_of() }})
            as median_days,
        sum(cost_baht::numeric) as cost_baht,
        count(distinct person_key) as persons
    from {{ ref("fct_device_service") }} as service
    where {{ is_known("service") }} and requested_on <= {{ as_of() }}
    group by source, date_trunc('month', requested_on)::date, coalesce(service_kind, 'unknown')
),

controlled as (
    {{ withheld(
        "services",
        ["source", "month", "service_kind", "services", "services_done", "median_days", "cost_baht", "persons"],
        breakdown="source, month", cell="persons", smalls=["persons"], order_by="service_kind"
    ) }}
)

select
    controlled.source,
    controlled.month,
    controlled.service_kind,
    coalesce(code.label_th, 'ไม่ทราบ') as service_kind_th,
    coalesce(code.label_en, 'Unknown') as service_kind_en,
    case when not controlled.suppressed then controlled.services end as services,
    case when not controlled.suppressed then controlled.services_done end as services_done,
    case when not controlled.suppressed then controlled.median_days end as median_days,
    case when not controlled.suppressed then controlled.cost_baht end as cost_baht,
    case when not controlled.suppressed then controlled.persons end as persons,
    controlled.suppressed
from controlled
left join {{ ref("dim_code") }} as code
    on code.code_list = 'device_service_kind' and controlled.service_kind = code.code
