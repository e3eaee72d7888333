{#- A table is what one publication prints under one title, a cell one number of it. Cells of one series differ in area,
    age band or part alone, so that they may be added up. -#}
with numbers as (
    select
        figure.source,
        figure.partner_record_ref as ref,
        figure.publication,
        coalesce(figure.table_title, '') as table_title,
        figure.publication || coalesce(' · ' || figure.table_title, '') as printed_in,
        coalesce(figure.topic, figure.measure) as topic,
        topic.kind,
        topic.subject,
        topic.numerator_topic,
        topic.denominator_topic,
        coalesce(figure.unit_code, figure.unit, '') as unit_key,
        figure.measure,
        figure.unit,
        figure.scope,
        figure.area_code,
        figure.age_band,
        figure.first_age,
        figure.last_age,
        int4range(coalesce(figure.first_age, 0), coalesce(figure.last_age, 150), '[]') as ages,
        case when figure.is_scope_read then coalesce(figure.part, 'all') else '?' || figure.scope end as part,
        coalesce(figure.residence_kind, '') as residence_kind,
        coalesce(figure.stock_or_flow, '') as stock_or_flow,
        coalesce(figure.basis, '') as basis,
        coalesce(figure.certainty, '') as certainty,
        figure.as_of,
        figure.heading_year_be,
        figure.heading_from,
        figure.heading_to,
        -- what a number is of: a flow of its period, a stock of its day
        coalesce(
            case when figure.stock_or_flow = 'flow' then figure.heading_to::text end, figure.as_of::text, ''
        ) as time_key,
        figure.value::numeric as value,
        figure.decimals
    from {{ ref("fct_published_figure") }} as figure
    left join {{ ref("published_topic") }} as topic
        on figure.topic = topic.topic
    where {{ is_known("figure") }}
),

keyed as (
    select
        *,
        concat_ws('|', source, printed_in) as table_key,
        concat_ws(
            '|', source, printed_in, coalesce(as_of::text, '-'), topic, unit_key, residence_kind, stock_or_flow, basis
        ) as series,
        concat_ws('/', area_code, ages::text) as place,
        max(decimals) over (partition by source, printed_in, topic, unit_key) as decimals_of_unit
    from numbers
),

cells as (
    select distinct on (series, area_code, ages, part) *
    from keyed
    order by series asc, area_code asc, ages asc, part asc, ref asc
),

-- --- parts and their whole

bands as (
    select cells.*
    from cells
    where
        cells.first_age is not null
        and not exists (
            select 1 from cells as finer
            where
                finer.series = cells.series
                and finer.area_code is not distinct from cells.area_code
                and finer.part = cells.part
                and finer.first_age is not null
                and finer.ages <@ cells.ages
                and finer.ages <> cells.ages
        )
),

children as (
    select
        parent_code as area_code,
        count(*) as areas
    from {{ ref("dim_area") }}
    where parent_code is not null
    group by parent_code
),

areas as (
    select
        cells.*,
        case length(cells.area_code)
            when 6 then left(cells.area_code, 4) when 4 then left(cells.area_code, 2) else 'TH'
        end as parent_code
    from cells
    where cells.area_code <> 'TH'
),

wholes as (
    select
        'age' as split,
        series,
        area_code,
        null::int4range as ages,
        part,
        count(*) as parts,
        sum(value) as sum_value,
        min(decimals_of_unit) as decimals,
        array_agg(ref order by ref) as refs,
        min(ref) as first_ref,
        true as is_whole
    from bands
    group by series, area_code, part
    union all
    select
        'area' as split,
        areas.series,
        areas.parent_code as area_code,
        areas.ages,
        areas.part,
        count(*) as parts,
        sum(areas.value) as sum_value,
        min(areas.decimals_of_unit) as decimals,
        array_agg(areas.ref order by areas.ref) as refs,
        min(areas.ref) as first_ref,
        -- of the country's provinces we need all 77
        count(*) = case areas.parent_code when 'TH' then 77 else min(children.areas) end as is_whole
    from areas
    left join children
        on areas.parent_code = children.area_code
    group by areas.series, areas.parent_code, areas.ages, areas.part
    union all
    select
        'part' as split,
        series,
        area_code,
        ages,
        'all' as part,
        count(*) as parts,
        sum(value) as sum_value,
        min(decimals_of_unit) as decimals,
        array_agg(ref order by ref) as refs,
        min(ref) as first_ref,
        -- a list of parts is whole where it has its others, or both sexes
        bool_or(part like '%:other') or (min(part) like 'sex:%' and count(*) = 2) as is_whole
    from cells
    where part like '%:%'
    group by series, area_code, ages, split_part(part, ':', 1)
),

added_up as (
    select
        'age' as split,
        total.source,
        total.ref,
        array_agg(bands.ref order by bands.first_age) as refs,
        count(*) as parts,
        sum(bands.value) as sum_value,
        total.value as total_value,
        max(total.decimals_of_unit) as decimals,
        range_agg(bands.ages) = int4multirange(total.ages)
        and sum(upper(bands.ages) - lower(bands.ages)) = upper(total.ages) - lower(total.ages) as is_whole,
        -- bands that share ages, and a total to which each was added
        total.first_age is null
        and sum(upper(bands.ages) - lower(bands.ages)) > (
            select sum(upper(run) - lower(run)) from unnest(range_agg(bands.ages)) as run
        ) as is_overlapping
    from cells as total
    inner join bands
        on total.series = bands.series
        and total.area_code is not distinct from bands.area_code
        and total.part = bands.part
        and total.ages @> bands.ages
        and total.ref <> bands.ref
    where {{ is_counted("total") }}
    group by total.source, total.ref, total.value, total.ages, total.first_age
    union all
    select
        wholes.split,
        total.source,
        total.ref,
        wholes.refs,
        wholes.parts,
        wholes.sum_value,
        total.value as total_value,
        wholes.decimals,
        wholes.is_whole,
        false as is_overlapping
    from wholes
    inner join cells as total
        on wholes.series = total.series
        and wholes.area_code is not distinct from total.area_code
        and wholes.ages = total.ages
        and wholes.part = total.part
    where wholes.split <> 'age' and {{ is_counted("total") }}
),

judged_sums as (
    select
        *,
        total_value - sum_value as difference,
        case when decimals > 0 then (parts + 1) * 0.5 / 10 ^ decimals else 0 end as tolerance
    from added_up
),

-- --- a rate and what it is made of

rates as (
    select
        rate.source,
        rate.ref,
        rate.value,
        numerator.ref as numerator_ref,
        denominator.ref as denominator_ref,
        numerator.value as n,
        denominator.value as d,
        rate.decimals_of_unit,
        case rate.unit_key when 'per_1000' then 1000 else 100 end * {{ in_ones("numerator") }}
        / ({{ in_ones("denominator") }}) as computed
    from cells as rate
    inner join cells as numerator
        on rate.table_key = numerator.table_key
        and rate.as_of is not distinct from numerator.as_of
        and rate.place = numerator.place
        and rate.part = numerator.part
        and rate.numerator_topic = numerator.topic
        and {{ is_counted("numerator") }}
    inner join cells as denominator
        on rate.table_key = denominator.table_key
        and rate.as_of is not distinct from denominator.as_of
        and rate.place = denominator.place
        and denominator.part = 'all'
        and rate.denominator_topic = denominator.topic
        and denominator.value > 0
        and {{ is_counted("denominator") }}
    where rate.unit_key in ('percent', 'per_1000')
),

-- printed in several scopes, the numbers that come nearest are meant
nearest as (
    select distinct on (source, ref) *
    from rates
    order by source asc, ref asc, abs(value - computed) asc, numerator_ref asc, denominator_ref asc
),

above as (
    select
        numerator.source,
        numerator.ref,
        numerator.value,
        min(denominator.ref) as denominator_ref,
        max(denominator.value) as d
    from {{ ref("published_topic") }} as topic
    inner join cells as numerator
        on topic.numerator_topic = numerator.topic
    inner join cells as denominator
        on numerator.table_key = denominator.table_key
        and numerator.as_of is not distinct from denominator.as_of
        and numerator.place = denominator.place
        and numerator.unit_key = denominator.unit_key
        and denominator.part = 'all'
        and topic.denominator_topic = denominator.topic
    -- pupils of any age may be more than the children of a band: then the table says so
    where topic.kind = 'rate' and numerator.basis <> 'gross' and not exists (
            select 1 from cells as ratio
            where
                ratio.table_key = numerator.table_key
                and ratio.place = numerator.place
                and ratio.kind = 'ratio'
                and ratio.numerator_topic = topic.numerator_topic
        )
    group by numerator.source, numerator.ref, numerator.value
    having numerator.value > max(denominator.value)
),

-- --- the same number in two places

pairs as (
    select
        one.source,
        one.ref,
        other.source as other_source,
        other.ref as other_ref,
        one.value,
        other.value as other_value,
        one.printed_in,
        other.printed_in as other_printed_in,
        one.table_key <> other.table_key or one.topic <> other.topic as is_apart,
        one.topic = other.topic
        and one.unit_key = other.unit_key
        and one.ages = other.ages
        and one.part = other.part
        and one.residence_kind = other.residence_kind
        and one.stock_or_flow = other.stock_or_flow
        and one.basis = other.basis
        and one.certainty = other.certainty
        and one.time_key = other.time_key as is_same,
        one.stock_or_flow <> other.stock_or_flow as is_other_time,
        one.ages <> other.ages as is_other_band,
        one.part <> other.part or one.residence_kind <> other.residence_kind or one.basis <> other.basis
            as is_other_scope,
        one.age_band,
        other.age_band as other_age_band,
        one.scope,
        other.scope as other_scope,
        one.subject is not null
        and {{ is_counted("one") }}
        and {{ is_counted("other") }}
        and abs(one.as_of - other.as_of) <= 366 as is_side_by_side,
        abs(one.value - other.value) > greatest({{ rounding("one") }}, {{ rounding("other") }}) as is_other_value
    from keyed as one
    inner join keyed as other
        on coalesce(one.subject, one.topic) = coalesce(other.subject, other.topic)
        and one.area_code = other.area_code
        and one.source || '|' || one.ref < other.source || '|' || other.ref
),

-- of each table the number that readers take from it: its widest band, its whole
heads as (
    select distinct on (table_key, topic, area_code, as_of)
        source,
        ref
    from cells
    where {{ is_counted("cells") }}
    order by
        table_key asc, topic asc, area_code asc, as_of asc, part <> 'all' asc, last_age - first_age desc nulls first,
        ref asc
),

side_by_side as (
    select pairs.*
    from pairs
    inner join heads
        on pairs.source = heads.source and pairs.ref = heads.ref
    inner join heads as other_heads
        on pairs.other_source = other_heads.source and pairs.other_ref = other_heads.ref
    where pairs.is_apart and pairs.is_side_by_side
),

found as (
    select
        case
            when is_overlapping or (split = 'part' and difference < 0) then 'counted_twice' else 'parts_do_not_add_up'
        end as kind,
        case
            when is_overlapping then 'overlap' when split = 'part' and difference < 0 then 'above' else split
        end as sentence,
        source,
        ref,
        ref || refs as refs,
        total_value as printed,
        sum_value as computed,
        array[total_value::text, sum_value::text, abs(difference)::text, parts::text] as said
    from judged_sums
    where
        case
            when is_overlapping then difference = 0
            else abs(difference) > tolerance and (is_whole or (split <> 'age' and difference < 0))
        end

    union all

    select
        'shares_not_100' as kind,
        'shares_not_100' as sentence,
        cells.source,
        wholes.first_ref as ref,
        wholes.refs,
        100 as printed,
        wholes.sum_value as computed,
        array[wholes.sum_value::text, wholes.parts::text] as said
    from wholes
    inner join cells
        on wholes.series = cells.series and wholes.first_ref = cells.ref
    where
        cells.kind = 'share'
        and cells.unit_key = 'percent'
        and wholes.parts > 1
        and (wholes.is_whole or wholes.sum_value > 100)
        and abs(wholes.sum_value - 100) > (wholes.parts + 1) * 0.5 / 10 ^ wholes.decimals

    union all

    select
        over.kind,
        over.kind as sentence,
        cells.source,
        cells.ref,
        array[cells.ref] as refs,
        cells.value as printed,
        100 as computed,
        array[cells.value::text, (cells.value - 100)::text] as said
    from cells
    cross join
        lateral (
            select case when cells.kind = 'ratio' then 'ratio_over_100' else 'over_100_percent' end as kind
        ) as over
    where cells.unit_key = 'percent' and cells.value > 100

    union all

    select
        'rate_contradicts_parts' as kind,
        'rate_contradicts_parts' as sentence,
        source,
        ref,
        array[ref, numerator_ref, denominator_ref] as refs,
        value as printed,
        round(computed, decimals_of_unit) as computed,
        array[value::text, n::text, d::text, round(computed, decimals_of_unit)::text] as said
    from nearest
    where abs(value - computed) > 0.5 / 10 ^ decimals_of_unit

    union all

    select
        'numerator_above_denominator' as kind,
        'numerator_above_denominator' as sentence,
        source,
        ref,
        array[ref, denominator_ref] as refs,
        value as printed,
        d as computed,
        array[value::text, d::text, (value - d)::text] as said
    from above

    union all

    select
        'mixed_units' as kind,
        'mixed_units' as sentence,
        min(source) as source,
        min(ref) as ref,
        array_agg(ref order by ref) as refs,
        null as printed,
        null as computed,
        array[string_agg(distinct unit, ', ')] as said
    from keyed
    where unit_key in ('percent', 'per_1000', 'persons', 'thousand_persons')
    group by table_key, topic, unit_key in ('percent', 'per_1000')
    having count(distinct unit_key) > 1

    union all

    select
        'printed_twice' as kind,
        'printed_twice' as sentence,
        source,
        ref,
        array[ref, other_ref] as refs,
        value as printed,
        other_value as computed,
        array[value::text, other_value::text, other_printed_in, abs(value - other_value)::text] as said
    from pairs
    where is_same and is_other_value

    union all

    select
        'day_outside_year' as kind,
        'day_outside_year' as sentence,
        min(source) as source,
        min(ref) as ref,
        array_agg(ref order by ref) as refs,
        null as printed,
        null as computed,
        array[heading_year_be::text, as_of::text] as said
    from keyed
    -- a bare year may be a calendar, academic or fiscal year
    where
        stock_or_flow = 'stock'
        and as_of not between case extract(month from heading_from) when 1 then heading_from - 92 else heading_from end
        and case extract(month from heading_from) when 1 then heading_to + 135 else heading_to end
    group by table_key, as_of, heading_year_be

    union all

    select
        unlike.kind,
        unlike.kind as sentence,
        side_by_side.source,
        side_by_side.ref,
        array[side_by_side.ref, side_by_side.other_ref] as refs,
        side_by_side.value as printed,
        side_by_side.other_value as computed,
        array[
            side_by_side.value::text, side_by_side.other_value::text, side_by_side.other_printed_in,
            coalesce(side_by_side.age_band, '–'), coalesce(side_by_side.other_age_band, '–'),
            coalesce(side_by_side.scope, '–'), coalesce(side_by_side.other_scope, '–')
        ] as said
    from side_by_side
    cross join
        lateral (
            select
                case
                    when side_by_side.is_other_time then 'stock_against_flow'
                    when side_by_side.is_other_band then 'other_age_band'
                    else 'other_scope'
                end as kind
        ) as unlike
    where side_by_side.is_other_time or side_by_side.is_other_band or side_by_side.is_other_scope
)

select
    found.kind || ':' || found.source || ':' || array_to_string(found.refs, '+') as finding_id,
    found.source,
    found.kind,
    label.label_th as kind_th,
    label.label_en as kind_en,
    label.severity,
    numbers.publication,
    numbers.table_title,
    array_to_string(found.refs, ', ') as figures,
    numbers.area_code,
    area.name_th as area_name_th,
    area.name_en as area_name_en,
    numbers.age_band,
    numbers.measure,
    numbers.unit,
    numbers.as_of,
    found.printed,
    found.computed,
    found.printed - found.computed as difference,
    format(sentence.label_th, variadic found.said) as what_th,
    format(sentence.label_en, variadic found.said) as what_en
from found
inner join {{ ref("published_label") }} as label
    on label.label_list = 'finding' and found.kind = label.code
inner join {{ ref("published_label") }} as sentence
    on sentence.label_list = 'sentence' and found.sentence = sentence.code
inner join numbers
    on found.source = numbers.source and found.ref = numbers.ref
left join {{ ref("dim_area") }} as area
    on numbers.area_code = area.area_code
