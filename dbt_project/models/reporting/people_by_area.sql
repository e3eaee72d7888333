{%- set columns = ["area_code", "dimension", "member", "persons"] -%}
with present as (
    select
        case when amphoe_code like '52%' then amphoe_code when amphoe_code is null then 'unknown' else 'elsewhere' end
            as area_code,
        coalesce(sex, 'unknown') as sex,
        coalesce(age_band, 'unknown') as age_band,
        coalesce(
            case when is_disabled then 'with_disability' when not is_disabled then 'without_disability' end, 'unknown'
        )
            as disability
    from {{ ref("dim_person") }}
    where is_present and coalesce(birth_date, {{ as_of() }}) <= {{ as_of() }}
),

people as (
    select
        case when grouping(area_code) = 0 then area_code else 'all' end as area_code,
        case
            when grouping(sex) = 0 then 'sex'
            when grouping(age_band) = 0 then 'age_band'
            when grouping(disability) = 0 then 'disability'
            else 'all'
        end as dimension,
        coalesce(
            case when grouping(sex) = 0 then sex end,
            case when grouping(age_band) = 0 then age_band end,
            case when grouping(disability) = 0 then disability end,
            'all'
        ) as member,
        count(*) as persons
    from present
    group by
        grouping sets (
            (), (sex), (age_band), (disability),
            (area_code), (area_code, sex), (area_code, age_band), (area_code, disability)
        )
    having count(*) > 0
),

-- a two-way table: each pass closes what the one before left open along the other side
across as (
    {{ withheld(
        "people", columns, breakdown="area_code, dimension", cell="persons", smalls=["persons"], order_by="member"
    ) }}
),

down as (
    {{ withheld(
        "across", columns, breakdown="dimension, member, area_code = 'all'", cell="persons", smalls=["persons"],
        order_by="area_code", already="suppressed"
    ) }}
),

across_again as (
    {{ withheld(
        "down", columns, breakdown="area_code, dimension", cell="persons", smalls=["persons"], order_by="member",
        already="suppressed"
    ) }}
),

controlled as (
    {{ withheld(
        "across_again", columns, breakdown="dimension, member, area_code = 'all'", cell="persons", smalls=["persons"],
        order_by="area_code", already="suppressed"
    ) }}
)

select
    controlled.area_code,
    case controlled.area_code
        when 'all' then 'ทุกพื้นที่' when 'unknown' then 'ไม่ทราบ' when 'elsewhere' then 'นอกจังหวัด' else area.name_th
    end as area_name_th,
    case controlled.area_code
        when 'all' then 'Everywhere' when 'unknown' then 'Unknown' when 'elsewhere' then 'Outside the province'
        else area.name_en
    end as area_name_en,
    controlled.dimension,
    controlled.member,
    case
        when controlled.dimension = 'all' then 'ทั้งหมด' when controlled.member = 'unknown' then 'ไม่ทราบ' else
            code.label_th
    end as member_th,
    case
        when controlled.dimension = 'all' then 'All' when controlled.member = 'unknown' then 'Unknown' else
            code.label_en
    end as member_en,
    case when not controlled.suppressed then controlled.persons end as persons,
    controlled.suppressed,
    {{ as_of() }} as as_of
from controlled
left join {{ ref("dim_area") }} as area
    on controlled.area_code = area.area_code
left join {{ ref("dim_code") }} as code
    on controlled.dimension = code.code_list and controlled.member = code.code
