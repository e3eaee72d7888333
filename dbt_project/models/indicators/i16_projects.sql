with contracts as (
    select
        project.project_key,
        project.source,
        project.programme,
        project.province_code,
        region.region,
        coalesce(project.unit, project.source) as unit,
        (extract(year from project.contract_signed_on)::integer + 543)::text as calendar_year
    from {{ ref("dim_project") }} as project
    left join {{ ref("province_region") }} as region
        on project.province_code = region.province_code
    where project.contract_signed_on <= {{ as_of() }}
),

counted as (
    select
        '52' as area_code,
        breakdown.dimension,
        breakdown.member,
        count(distinct contracts.project_key) as projects,
        count(distinct contracts.province_code) as provinces,
        count(distinct contracts.region) as regions,
        count(distinct contracts.unit) as units
    from contracts
    cross join
        lateral (
            values
            ('all', 'all'),
            ('calendar_year', contracts.calendar_year),
            ('programme', coalesce(contracts.programme, 'unknown')),
            ('partner', contracts.source),
            ('region', coalesce(contracts.region, 'unknown'))
        ) as breakdown (dimension, member)
    group by breakdown.dimension, breakdown.member
),
{%- for things in ["projects", "provinces", "regions", "units"] %}

{{ things }} as (
    select
        *,
        {{ things }} as n
    from counted
),
{%- endfor %}

coverage as (
    select
        'ปีคือปีปฏิทิน (พ.ศ.) ของวันลงนามสัญญา · โครงการที่ไม่ระบุจังหวัด '
        || count(*) filter (where province_code is null) as note_th,
        'Years are calendar years (B.E.) of the contract. Projects without a province: '
        || count(*) filter (where province_code is null) || '.' as note_en
    from contracts
)
{%- for things in ["projects", "provinces", "regions", "units"] %}

{{ things_counted("I16", "contracted_" ~ things, things) }}
{% if not loop.last %}
union all
{%- endif %}
{%- endfor %}
