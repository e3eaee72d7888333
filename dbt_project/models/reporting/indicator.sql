{#- Disclosure control in the order of what adds up to what: the province's one-way breakdowns and its amphoe (lines)
    first; then the tambon of each amphoe; then the tables of two (sex by age band; any breakdown within amphoe), of which
    an amphoe or age band is shown whole or not at all. Whatever a shown total would give back is withheld as well. -#}
{%- set kept = [
    "indicator_id", "version", "measure", "area_code", "dimension", "member", "member_position", "numerator",
    "denominator", "value", "interval_low", "interval_high", "unit", "note_th", "note_en", "as_of", "known_at",
    "member_th", "member_en", "layout", "line", "n", "d", "resting_on"
] -%}
{%- set smalls = ["n", "d", "d - n", "resting_on"] -%}
with words as (
    select *
    from (
        values
        ('with_disability', 1, 'มีความพิการ', 'With disability'),
        ('without_disability', 2, 'ไม่มีความพิการ', 'Without disability'),
        ('poor', 1, 'ยากจน', 'Poor'),
        ('not_poor', 2, 'ไม่ยากจน', 'Not poor'),
        ('thai', 1, 'ไทย', 'Thai'),
        ('other', 2, 'อื่น', 'Other'),
        ('never_entered', 1, 'ไม่เคยเข้าเรียน', 'Never entered'),
        ('left_early', 2, 'ออกก่อนจบ', 'Left early'),
        ('expected_late_entry', 3, 'คาดว่าจะเข้าเรียนช้า', 'Expected late entry'),
        ('early_childhood_to_primary', 1, 'ปฐมวัยสู่ประถม', 'Early childhood to primary'),
        ('primary_to_lower_secondary', 2, 'ประถมสู่ ม.ต้น', 'Primary to lower secondary'),
        ('lower_to_upper_secondary', 3, 'ม.ต้นสู่ ม.ปลายหรือ ปวช.', 'Lower to upper secondary'),
        ('north', 1, 'ภาคเหนือ', 'North'),
        ('northeast', 2, 'ภาคตะวันออกเฉียงเหนือ', 'Northeast'),
        ('central', 3, 'ภาคกลาง', 'Central'),
        ('south', 4, 'ภาคใต้', 'South'),
        ('unknown', 99, 'ไม่ทราบ', 'Unknown')
    ) as word (member, position, label_th, label_en)
),

code as (
    select
        code_list as dimension,
        code as member,
        position,
        label_th,
        label_en
    from {{ ref("dim_code") }}
    union all
    select
        'sex_age_band' as dimension,
        sex.code || '/' || age.code as member,
        sex.position * 100 + age.position as position,
        sex.label_th || ' ' || age.label_th as label_th,
        sex.label_en || ', ' || age.label_en as label_en
    from {{ ref("dim_code") }} as sex
    inner join {{ ref("dim_code") }} as age
        on sex.code_list = 'sex' and age.code_list = 'age_band'
),

measured as (
    select
        indicator.*,
        coalesce(code.position, words.position, 0) as member_position,
        case
            when indicator.dimension = 'all' then 'ทั้งหมด'
            else coalesce(code.label_th, words.label_th, rate.name_th, indicator.member)
        end as member_th,
        case
            when indicator.dimension = 'all' then 'All'
            else coalesce(code.label_en, words.label_en, rate.name_en, indicator.member)
        end as member_en,
        case
            when indicator.indicator_id = 'I07' then 'parity'
            when indicator.dimension = 'case_stage' then 'funnel'
            when indicator.dimension = 'sex_age_band' then 'table'
            when indicator.dimension <> 'all' and indicator.area_code <> '52' then 'table'
            when length(indicator.area_code) = 6 then 'tambon'
            else 'line'
        end as layout,
        -- rows of one line add up to a total that is shown, or stand in a chain
        case
            when indicator.dimension = 'sex_age_band' then split_part(indicator.member, '/', 2)
            when indicator.dimension <> 'all' then indicator.dimension || '@' || indicator.area_code
            when length(indicator.area_code) = 6 then left(indicator.area_code, 4)
            when indicator.area_code <> '52' then 'area'
            else ''
        end as line,
        case when indicator.unit in ('percent', 'per_1000', 'persons', 'households') then indicator.numerator end as n,
        case
            when indicator.unit in ('percent', 'per_1000', 'persons', 'households')
                then coalesce(indicator.denominator, twin.denominator)
        end as d,
        coalesce(twin.persons, indicator.persons) as resting_on
    from {{ ref("indicator_value") }} as indicator
    left join code
        on indicator.dimension = code.dimension and indicator.member = code.member
    left join words
        on indicator.member = words.member
    left join {{ ref("indicator_measure") }} as rate
        on indicator.indicator_id = 'I07' and indicator.member = rate.measure
    -- a number that is the numerator of a rate as well is withheld where the rate is, and only there
    left join {{ ref("indicator_value") }} as twin
        on twin.measure = case indicator.measure
            when 'out_of_school' then 'out_of_school_rate'
            when 'people_developed' then 'completion_rate'
            when 'oosci_d1' then 'oosci_d1_rate'
            when 'oosci_d2' then 'oosci_d2_rate'
            when 'oosci_d3' then 'oosci_d3_rate'
            when 'oosci_d4' then 'oosci_d4_rate'
            when 'oosci_d5' then 'oosci_d5_rate'
        end
        and indicator.area_code = twin.area_code
        and indicator.dimension = twin.dimension
        and indicator.member = twin.member
),

lines_by_count as (
    {{ withheld(
        "(select * from measured where layout = 'line') as line", kept, breakdown="indicator_id, measure, line",
        cell="coalesce(n, resting_on)", smalls=smalls, order_by="area_code, member"
    ) }}
),

-- the same for those who are not counted
lines as (
    {{ withheld(
        "lines_by_count", kept, breakdown="indicator_id, measure, line", cell="case when d >= n then d - n else coalesce(n, resting_on) end", smalls=smalls,
        order_by="area_code, member", already="suppressed"
    ) }}
),

tambon_under as (
    select
        tambon.*,
        coalesce(amphoe.suppressed, false) as is_total_withheld
    from measured as tambon
    left join lines as amphoe
        on tambon.indicator_id = amphoe.indicator_id
        and tambon.measure = amphoe.measure
        and tambon.line = amphoe.area_code
        and amphoe.dimension = 'all'
    where tambon.layout = 'tambon'
),

tambon_by_count as (
    {{ withheld(
        "tambon_under", kept, breakdown="indicator_id, measure, line", cell="coalesce(n, resting_on)", smalls=smalls,
        order_by="area_code", already="is_total_withheld"
    ) }}
),

tambon as (
    {{ withheld(
        "tambon_by_count", kept, breakdown="indicator_id, measure, line", cell="case when d >= n then d - n else coalesce(n, resting_on) end", smalls=smalls,
        order_by="area_code", already="suppressed"
    ) }}
),

funnel_by_stage as (
    {{ withheld(
        "(select * from measured where layout = 'funnel') as funnel", kept,
        breakdown="indicator_id, measure, line", cell="n", smalls=smalls, order_by="member", chain="member_position"
    ) }}
),

funnel_under as (
    select
        stage.*,
        coalesce(province.suppressed and stage.area_code <> '52', false) as is_total_withheld
    from funnel_by_stage as stage
    left join funnel_by_stage as province
        on province.area_code = '52'
        and stage.indicator_id = province.indicator_id
        and stage.measure = province.measure
        and stage.member = province.member
),

-- a stage's amphoe add up to the province's stage
funnel as (
    {{ withheld(
        "funnel_under", kept, breakdown="indicator_id, measure, member, area_code = '52'", cell="n", smalls=smalls,
        order_by="area_code", already="suppressed or is_total_withheld"
    ) }}
),

table_under as (
    select
        cell.*,
        case when cell.area_code = '52' then cell.line else cell.area_code end as block,
        case when cell.area_code = '52' then split_part(cell.member, '/', 1) else cell.member end as line_member,
        least(
            nullif(cell.n, 0), case when cell.d > cell.n then cell.d - cell.n end, nullif(cell.d, 0),
            nullif(cell.resting_on, 0)
        ) as fewest,
        coalesce(block_total.suppressed, false) as is_block_withheld,
        coalesce(column_total.suppressed, false) as is_column_withheld
    from measured as cell
    -- what all exposure types add up to is the out-of-school number
    left join lines as block_total
        on block_total.measure = case cell.measure when 'exposure_share' then 'out_of_school' else cell.measure end
        and cell.area_code = block_total.area_code
        and block_total.dimension = case when cell.area_code = '52' then 'age_band' else 'all' end
        and block_total.member = case when cell.area_code = '52' then cell.line else 'all' end
    left join lines as column_total
        on cell.indicator_id = column_total.indicator_id
        and cell.measure = column_total.measure
        and column_total.area_code = '52'
        and column_total.dimension = case when cell.area_code = '52' then 'sex' else cell.dimension end
        and column_total.member
        = case when cell.area_code = '52' then split_part(cell.member, '/', 1) else cell.member end
    where cell.layout = 'table'
),

blocks as (
    select
        indicator_id,
        measure,
        dimension,
        block,
        area_code = '52' as is_province,
        min(fewest) as fewest,
        bool_or(is_block_withheld) as is_total_withheld
    from table_under
    group by indicator_id, measure, dimension, block, area_code = '52'
),

blocks_controlled as (
    {{ withheld(
        "blocks", ["indicator_id", "measure", "dimension", "block", "is_province"],
        breakdown="indicator_id, measure, dimension, is_province", cell="fewest", smalls=["fewest"], order_by="block",
        already="is_total_withheld"
    ) }}
),

-- what the withheld blocks hide of a column together must not be few either, nor may the column's total be withheld:
-- else the whole table goes
table_columns as (
    select
        cell.indicator_id,
        cell.measure,
        cell.dimension,
        block.is_province,
        bool_or(cell.is_column_withheld)
        or {{ is_small("sum(cell.n) filter (where block.suppressed)") }}
        or {{ is_small("sum(cell.d - cell.n) filter (where block.suppressed)") }}
        or {{ is_small("sum(cell.resting_on) filter (where block.suppressed)") }} as is_open
    from table_under as cell
    inner join blocks_controlled as block
        on cell.indicator_id = block.indicator_id
        and cell.measure = block.measure
        and cell.dimension = block.dimension
        and cell.block = block.block
        and block.is_province = (cell.area_code = '52')
    group by cell.indicator_id, cell.measure, cell.dimension, cell.line_member, block.is_province
),

tables_open as (
    select
        indicator_id,
        measure,
        dimension,
        is_province
    from table_columns
    group by indicator_id, measure, dimension, is_province
    having bool_or(is_open)
),

-- a parity index gives one group's rate from the other's: none where any row of its breakdown is withheld
parities as (
    select
        parity.*,
        {{ is_small("parity.resting_on") }} or exists (
            select 1 from lines
            where
                lines.measure = parity.member
                and lines.suppressed
                and (
                    (lines.dimension = parity.dimension and lines.area_code = '52')
                    or (parity.dimension = 'capital_amphoe' and lines.dimension = 'all' and lines.area_code = '5201')
                )
        ) as suppressed
    from measured as parity
    where parity.layout = 'parity'
),
{%- set columns %}
{%- for column in kept %}
        controlled.{{ column }},
{%- endfor %}
        controlled.suppressed
{%- endset %}
{%- set in_table = "block.suppressed or whole.measure is not null" %}

controlled as (
    -- the stage after a withheld one keeps its count, but not the denominator, which is the withheld count itself
    select
        {{- columns }},
        coalesce(lag(controlled.suppressed) over (
            partition by controlled.indicator_id, controlled.measure, controlled.area_code, controlled.dimension
            order by controlled.member_position
        ), false) as is_after_withheld
    from funnel as controlled
    {%- for relation in ["lines", "tambon", "parities"] %}
    union all
    select
        {{- columns }},
        false as is_after_withheld
    from {{ relation }} as controlled
    {%- endfor %}
    union all
    select
        {{- columns | replace("controlled.suppressed", in_table) }} as suppressed,
        false as is_after_withheld
    from table_under as controlled
    inner join blocks_controlled as block
        on controlled.indicator_id = block.indicator_id
        and controlled.measure = block.measure
        and controlled.dimension = block.dimension
        and controlled.block = block.block
        and block.is_province = (controlled.area_code = '52')
    left join tables_open as whole
        on block.indicator_id = whole.indicator_id
        and block.measure = whole.measure
        and block.dimension = whole.dimension
        and block.is_province = whole.is_province
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
