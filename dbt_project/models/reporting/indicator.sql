{%- set columns = [
    "indicator_id", "version", "measure", "area_code", "dimension", "member", "member_position", "numerator",
    "denominator", "value", "interval_low", "interval_high", "unit", "note_th", "note_en", "as_of", "known_at",
    "member_th", "member_en"
] -%}
with measured as (
    select
        indicator.*,
        coalesce(code.position, case when indicator.member = 'unknown' then 99 else 0 end) as member_position,
        case
            when indicator.dimension = 'all' then 'ทั้งหมด'
            else coalesce(
                    code.label_th, case when indicator.member = 'unknown' then 'ไม่ทราบ' else indicator.member end
                )
        end as member_th,
        case
            when indicator.dimension = 'all' then 'All'
            else coalesce(
                    code.label_en, case when indicator.member = 'unknown' then 'Unknown' else indicator.member end
                )
        end as member_en,
        -- rows of one breakdown add up to a total that is shown, or stand in a chain
        case
            when indicator.dimension <> 'all' then indicator.dimension || '@' || indicator.area_code
            when indicator.area_code <> '52' then 'area'
            else ''
        end as breakdown,
        case when indicator.unit in ('percent', 'persons', 'households') then indicator.numerator end as n,
        case when indicator.unit in ('percent', 'persons', 'households') then indicator.denominator end as d
    from {{ ref("indicator_value") }} as indicator
    left join {{ ref("dim_code") }} as code
        on indicator.dimension = code.code_list and indicator.member = code.code
),

funnel as (
    {{ withheld(
        "(select * from measured where dimension = 'case_stage') as funnel", columns,
        breakdown="indicator_id, measure, breakdown", cell="n", smalls=["n", "d", "d - n", "persons"],
        order_by="member", chain="member_position"
    ) }}
),

breakdowns as (
    {{ withheld(
        "(select * from measured where dimension <> 'case_stage') as breakdowns", columns,
        breakdown="indicator_id, measure, breakdown", cell="coalesce(n, persons)",
        smalls=["n", "d", "d - n", "persons"], order_by="area_code, member"
    ) }}
),

controlled as (
    -- the stage after a withheld one keeps its count, but not the denominator, which is the withheld count itself
    select
        *,
        coalesce(lag(suppressed) over (
            partition by indicator_id, measure, area_code, dimension order by member_position
        ), false) as is_after_withheld
    from funnel
    union all
    select
        *,
        false as is_after_withheld
    from breakdowns
)

select
    controlled.indicator_id || '.' || controlled.version || '.' || controlled.measure || '.' || controlled.area_code
    || '.' || controlled.dimension || '.' || controlled.member || '.' || to_char(controlled.as_of, 'YYYY-MM-DD')
    || '.' || to_char(controlled.known_at at time zone 'UTC', 'YYYYMMDD"T"HH24MISSUS"Z"') as figure_id,
    controlled.indicator_id,
    controlled.version,
    definition.name_th,
    definition.name_en,
    controlled.measure,
    words.name_th as measure_th,
    words.name_en as measure_en,
    words.is_headline,
    definition.position * 100 + words.position as sort_no,
    controlled.area_code,
    area.name_th as area_name_th,
    area.name_en as area_name_en,
    controlled.dimension,
    controlled.member,
    controlled.member_th,
    controlled.member_en,
    controlled.member_position,
    controlled.unit,
    case when not controlled.suppressed then controlled.numerator end as numerator,
    case
        when not (controlled.suppressed or controlled.is_after_withheld) then controlled.denominator
    end as denominator,
    case
        when not (controlled.suppressed or controlled.is_after_withheld) then controlled.value
    end as value,
    case
        when not (controlled.suppressed or controlled.is_after_withheld) then controlled.interval_low
    end as interval_low,
    case
        when not (controlled.suppressed or controlled.is_after_withheld) then controlled.interval_high
    end as interval_high,
    controlled.suppressed,
    definition.good_direction,
    controlled.note_th,
    controlled.note_en,
    controlled.as_of,
    controlled.known_at
from controlled
left join {{ ref("indicator_definition") }} as definition
    on controlled.indicator_id = definition.indicator_id
left join {{ ref("indicator_measure") }} as words
    on controlled.indicator_id = words.indicator_id and controlled.measure = words.measure
left join {{ ref("dim_area") }} as area
    on controlled.area_code = area.area_code
