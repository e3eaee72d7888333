with members as (
    select distinct
        person_key,
        source
    from {{ ref("fct_fund_membership") }} as membership
    where
        {{ is_known("membership") }}
        and joined_on <= {{ as_of() }}
        and (left_on is null or left_on > {{ as_of() }})
),

services as (
    select
        person_key,
        source,
        'welfare' as kind,
        null::integer as days
    from {{ ref("fct_fund_transaction") }} as line
    where {{ is_known("line") }} and kind = 'welfare_payment' and booked_on <= {{ as_of() }}
    union all
    select
        person_key,
        source,
        service_kind as kind,
        done_on - requested_on as days
    from {{ ref("fct_device_service") }} as service
    where {{ is_known("service") }} and done_on <= {{ as_of() }}
),

member_counts as (
    select
        breakdown.dimension,
        breakdown.member,
        count(distinct members.person_key) as d
    from members
    cross join lateral (values ('all', 'all'), ('partner', members.source)) as breakdown (dimension, member)
    group by breakdown.dimension, breakdown.member
),

service_counts as (
    select
        breakdown.dimension,
        breakdown.member,
        services.kind,
        count(*) as n,
        count(distinct services.person_key) as persons
    from services
    cross join lateral (values ('all', 'all'), ('partner', services.source)) as breakdown (dimension, member)
    group by breakdown.dimension, breakdown.member, services.kind
),
{%- for kind in ["welfare", "repaired", "procured"] %}

{{ kind }} as (
    -- nothing is said of a partner without such an event, and no rate where nobody is a member
    select
        '52' as area_code,
        service_counts.dimension,
        service_counts.member,
        service_counts.n,
        member_counts.d,
        service_counts.persons
    from service_counts
    left join member_counts
        on service_counts.dimension = member_counts.dimension and service_counts.member = member_counts.member
    where service_counts.kind = '{{ kind }}'
),
{%- endfor %}

turnaround as (
    select
        '52' as area_code,
        breakdown.dimension,
        breakdown.member,
        percentile_cont(0.5) within group (order by services.days) as amount,
        count(distinct services.person_key) as persons
    from services
    cross join
        lateral (
            values ('all', 'all'), ('partner', services.source), ('device_service_kind', services.kind)
        ) as breakdown (dimension, member)
    where services.days is not null
    group by breakdown.dimension, breakdown.member
),

coverage as (
    select
        'สะสมถึงวันอ้างอิง ต่อสมาชิกที่ยังอยู่ ณ วันนั้น · บริการอุปกรณ์ที่ยังไม่เสร็จ '
        || count(*) filter (where done_on is null or done_on > {{ as_of() }}) || ' รายการ (ไม่นับ)' as note_th,
        'All up to the day, per member active on it. Device services not done yet: '
        || count(*) filter (where done_on is null or done_on > {{ as_of() }}) || ' (not counted).' as note_en
    from {{ ref("fct_device_service") }} as service
    where {{ is_known("service") }} and requested_on <= {{ as_of() }}
)

{{ ratio("I30", "welfare_payments", "welfare") }}
union all
{{ ratio("I30", "devices_repaired", "repaired") }}
union all
{{ ratio("I30", "devices_procured", "procured") }}
union all
{{ amount("I30", "median_turnaround", "turnaround") }}
