{#- Filled again by its own SQL once figures of printed numbers' days are computed (equity.warehouse.comparisons). -#}
{%- set member_bands = "('3-5', '6-11', '12-14', '15-17', '18')" -%}
with versions as (
    select
        figure.*,
        min(figure.known_from) over (partition by figure.source, figure.partner_record_ref) as first_known
    from {{ ref("fct_published_figure") }} as figure
    where figure.known_from <= {{ known_at() }}
),

numbers as (
    select
        versions.*,
        topic.name_th as topic_th,
        topic.name_en as topic_en
    from versions
    left join {{ ref("published_topic") }} as topic
        on versions.topic = topic.topic
    where {{ is_known("versions") }}
),

matched as (
    select
        numbers.*,
        ours.topic is not null as has_match,
        ours.unit_code as our_unit,
        ours.age_band as our_band,
        ours.has_age_bands,
        ours.indicator_id,
        ours.measure as our_measure,
        ours.part as our_part,
        ours.stock_or_flow as our_stock_or_flow,
        ours.calendar as our_calendar,
        ours.residence,
        ours.area as our_area,
        case when ours.stock_or_flow = 'flow' then numbers.heading_to else numbers.as_of end as compared_on,
        -- a band of the whole, one of its parts, or none that we count; a register has every age
        case
            when ours.measure = 'population' and numbers.first_age is null then null
            when ours.measure = 'population' then 'register'
            when coalesce(numbers.age_band, '') = coalesce(ours.age_band, '') then 'whole'
            when ours.has_age_bands and numbers.age_band in {{ member_bands }} then 'member'
        end as fits_band
    from numbers
    left join
        lateral (
            select *
            from {{ ref("published_match") }} as candidate
            where candidate.topic = numbers.topic
            order by
                candidate.unit_code = numbers.unit_code desc nulls last,
                candidate.age_band = numbers.age_band desc nulls last,
                candidate.measure asc
            limit 1
        ) as ours
        on true
),

dated as (
    select
        *,
        {{ is_closing_day("compared_on") }} as is_closing_day
    from matched
),

compared as (
    select
        dated.*,
        topic in ('learners', 'enrolment_rate', 'out_of_school', 'out_of_school_rate') as is_of_schooling,
        case when our_area = 'country' then '52' else area_code end as our_area_code,
        case
            when fits_band = 'member' then 'age_band'
            when residence_kind is not null then 'residence_kind'
            else 'all'
        end as dimension,
        case
            when fits_band = 'member' then age_band
            when residence_kind is not null then residence_kind
            else 'all'
        end as member,
        array_remove(array[
            case when not has_match then 'indicator' end,
            case when has_match and unit_code is distinct from our_unit then 'unit' end,
            case
                when not is_scope_read or part <> 'all' or basis in ('target', 'wider')
                    or (basis = 'gross' and topic <> 'gross_enrolment_rate') then 'scope'
            end,
            case when has_match and fits_band is null then 'age_band' end,
            case
                when not has_match then null
                when our_area = 'country' then case when area_code is distinct from 'TH' then 'area' end
                when area_code is null or area_code not like '52%' then 'area'
                when fits_band = 'member' and area_code <> '52' then 'area'
            end,
            case when has_match and stock_or_flow <> our_stock_or_flow then 'stock_or_flow' end,
            case
                when not has_match then null
                when coalesce(calendar, '') <> our_calendar then 'calendar'
                -- a register is of its own day; figures are told as of closing days and of nights
                when
                    our_measure <> 'population' and not is_closing_day
                    and compared_on not in (select figure.as_of from {{ ref("figure") }} as figure)
                    then 'calendar'
            end,
            case
                when not has_match then null
                when residence = 'said' then case when residence_kind is null then 'residence' end
                when residence_kind is null then null
                when residence = 'none' or fits_band = 'member' or length(area_code) = 6 then 'residence'
            end
        ], null) as mismatches
    from dated
),

fitting as (
    select *
    from compared
    where mismatches = '{}'
),

-- --- ours: figures of the same day, as first and as last known

figured as (
    select
        fitting.source,
        fitting.partner_record_ref,
        figure.figure_id,
        figure.known_at,
        case fitting.our_part when 'numerator' then figure.numerator else figure.value end as value,
        figure.suppressed,
        case when fitting.our_part = 'value' then figure.interval_low end as interval_low,
        case when fitting.our_part = 'value' then figure.interval_high end as interval_high,
        figure.note_th,
        figure.note_en,
        row_number() over (
            partition by fitting.source, fitting.partner_record_ref order by figure.known_at, figure.version
        ) as first_no,
        row_number() over (
            partition by fitting.source, fitting.partner_record_ref order by figure.known_at desc, figure.version desc
        ) as last_no,
        count(*) over (partition by fitting.source, fitting.partner_record_ref) as figures
    from fitting
    inner join {{ ref("figure") }} as figure
        on fitting.indicator_id = figure.indicator_id
        and fitting.our_measure = figure.measure
        and fitting.our_area_code = figure.area_code
        and fitting.dimension = figure.dimension
        and fitting.member = figure.member
        and fitting.compared_on = figure.as_of
        and figure.known_at <= {{ known_at() }}
),

-- --- ours: the population register, of the day or the latest before it

moments as (
    select
        fitting.source,
        fitting.partner_record_ref,
        fitting.area_code,
        fitting.residence_kind,
        fitting.first_age,
        fitting.last_age,
        fitting.compared_on,
        moment.is_now,
        least(moment.known_at, {{ known_at() }}) as known_at
    from fitting
    cross join
        lateral (
            values (false, fitting.first_known), (true, 'infinity'::timestamptz)
        ) as moment (is_now, known_at)
    where fitting.our_measure = 'population'
),

registers as (
    select distinct on (moments.source, moments.partner_record_ref, moments.is_now)
        moments.*,
        population.source as register,
        population.as_of as register_on
    from moments
    inner join (
        select distinct
            source,
            residence_kind,
            province_code,
            as_of,
            known_from,
            known_to
        from {{ ref("fct_population") }}
    ) as population
        on moments.residence_kind = population.residence_kind
        and left(moments.area_code, 2) = population.province_code
        and moments.compared_on >= population.as_of
        and moments.known_at >= population.known_from
        and moments.known_at < coalesce(population.known_to, 'infinity')
    order by
        moments.source asc, moments.partner_record_ref asc, moments.is_now asc, population.as_of desc,
        population.source asc
),

registered as (
    select
        registers.source,
        registers.partner_record_ref,
        registers.is_now,
        registers.register_on,
        sum(population.persons)::numeric as value,
        -- each tambon has two sexes of every age
        count(*) < min(tambon.tambons) * (registers.last_age - registers.first_age + 1) * 2 as has_gaps,
        max(population.known_from) as known_at
    from registers
    inner join {{ ref("fct_population") }} as population
        on registers.register = population.source
        and registers.register_on = population.as_of
        and registers.residence_kind = population.residence_kind
        and population.age between registers.first_age and registers.last_age
        and coalesce(population.tambon_code, population.amphoe_code, population.province_code)
        like registers.area_code || '%'
        and registers.known_at >= population.known_from
        and registers.known_at < coalesce(population.known_to, 'infinity')
    cross join
        lateral (
            select count(*) as tambons
            from {{ ref("dim_area") }} as area
            where area.area_level = 'tambon' and area.area_code like registers.area_code || '%'
        ) as tambon
    group by
        registers.source, registers.partner_record_ref, registers.is_now, registers.register_on, registers.first_age,
        registers.last_age
),

ours as (
    select
        last.source,
        last.partner_record_ref,
        last.figure_id,
        last.value,
        last.known_at,
        last.suppressed,
        last.interval_low,
        last.interval_high,
        null::date as register_on,
        false as has_gaps,
        last.note_th,
        last.note_en,
        first.value as value_first,
        first.known_at as known_at_first
    from figured as last
    inner join figured as first
        on last.source = first.source and last.partner_record_ref = first.partner_record_ref
    where last.last_no = 1 and first.first_no = 1
    union all
    select
        last.source,
        last.partner_record_ref,
        null as figure_id,
        case when not {{ is_small("last.value") }} then last.value end as value,
        last.known_at,
        {{ is_small("last.value") }} as suppressed,
        null as interval_low,
        null as interval_high,
        last.register_on,
        last.has_gaps,
        'ทะเบียนราษฎร ณ วันที่ ' || last.register_on as note_th,
        'The population register of ' || last.register_on || '.' as note_en,
        case when not {{ is_small("first.value") }} then first.value end as value_first,
        first.known_at as known_at_first
    from registered as last
    left join registered as first
        on last.source = first.source and last.partner_record_ref = first.partner_record_ref and not first.is_now
    where last.is_now
),

-- between what we see and what nobody has told us: enrolled and out of school among the population of the register
bounds as (
    select
        fitting.source,
        fitting.partner_record_ref,
        case fitting.topic
            when 'learners' then enrolled.numerator
            when 'enrolment_rate' then 100 * enrolled.numerator / enrolled.denominator
            when 'out_of_school' then missing.numerator
            when 'out_of_school_rate' then 100 * missing.numerator / missing.denominator
        end as low,
        case fitting.topic
            when 'learners' then missing.denominator - missing.numerator
            when 'enrolment_rate' then 100 - 100 * missing.numerator / missing.denominator
            when 'out_of_school' then enrolled.denominator - enrolled.numerator
            when 'out_of_school_rate' then 100 - 100 * enrolled.numerator / enrolled.denominator
        end as high
    from fitting
    inner join ours
        on fitting.source = ours.source and fitting.partner_record_ref = ours.partner_record_ref
    inner join {{ ref("figure") }} as enrolled
        on enrolled.measure = 'enrolment_rate'
        and fitting.our_area_code = enrolled.area_code
        and fitting.dimension = enrolled.dimension
        and fitting.member = enrolled.member
        and fitting.compared_on = enrolled.as_of
        and ours.known_at = enrolled.known_at
    inner join {{ ref("figure") }} as missing
        on missing.measure = 'out_of_school_rate'
        and enrolled.area_code = missing.area_code
        and enrolled.dimension = missing.dimension
        and enrolled.member = missing.member
        and enrolled.as_of = missing.as_of
        and enrolled.known_at = missing.known_at
    where
        fitting.is_of_schooling
        and enrolled.denominator > 0 and missing.denominator > 0
),

measured as (
    select
        compared.*,
        compared.value::numeric as printed,
        ours.figure_id,
        ours.value as our_value,
        ours.known_at as our_known_at,
        ours.suppressed,
        ours.interval_low,
        ours.interval_high,
        ours.register_on,
        ours.has_gaps,
        ours.note_th,
        ours.note_en,
        ours.value_first,
        ours.known_at_first,
        round(bounds.low, 2) as coverage_low,
        round(bounds.high, 2) as coverage_high,
        compared.value::numeric - ours.value as difference
    from compared
    left join ours
        on compared.source = ours.source and compared.partner_record_ref = ours.partner_record_ref
    left join bounds
        on compared.source = bounds.source and compared.partner_record_ref = bounds.partner_record_ref
),

judged as (
    select
        *,
        round(our_value, decimals) = printed as is_equal,
        coalesce({{ roundness("printed") }} > 1 and abs(our_value - printed) <= {{ roundness("printed") }} / 2.0, false)
            as is_rounded,
        coalesce(printed between interval_low and interval_high, false) as is_in_interval,
        coalesce(printed between coverage_low and coverage_high, false) as is_in_coverage
    from measured
),

told as (
    select
        *,
        case
            when mismatches <> '{}' then 'not_comparable'
            when suppressed then 'withheld'
            when our_value is null then 'nothing_known'
            when is_equal then 'agrees'
            when is_rounded or is_in_interval or is_in_coverage then 'differs_within_bounds'
            else 'differs'
        end as verdict
    from judged
),

reasoned as (
    select
        *,
        array_remove(array[
            case when is_rounded then 'rounded' end,
            case when is_in_interval then 'interval' end,
            case when is_in_coverage then 'coverage' end,
            certainty,
            case when register_on < compared_on then 'register_day' end,
            case when has_gaps then 'register_gaps' end,
            case when is_of_schooling and coverage_low is null then 'no_register' end,
            case when value_first <> our_value and known_at_first < our_known_at then 'late_data' end,
            case when residence = 'either' and residence_kind is null then 'residence_not_said' end,
            case when our_area = 'country' then 'all_programmes' end,
            case when our_measure <> 'population' and our_area = 'province' then 'other_source' end
        ], null) as all_reasons
    from told
),

explained as (
    select
        *,
        case when verdict like 'differs%' then all_reasons else '{}' end as reasons
    from reasoned
)

select
    reasoned.source,
    reasoned.partner_record_ref,
    reasoned.publication,
    reasoned.table_title,
    reasoned.area_code,
    coalesce(area.name_th, case when reasoned.area_code = 'TH' then 'ทั้งประเทศ' end) as area_name_th,
    coalesce(area.name_en, case when reasoned.area_code = 'TH' then 'The whole country' end) as area_name_en,
    reasoned.age_band,
    reasoned.measure,
    reasoned.unit,
    reasoned.scope,
    reasoned.as_of,
    reasoned.printed,
    reasoned.indicator_id,
    reasoned.our_measure,
    reasoned.topic_th,
    reasoned.topic_en,
    reasoned.verdict,
    verdict.label_th as verdict_th,
    verdict.label_en as verdict_en,
    reasoned.our_value,
    reasoned.difference,
    round(100 * reasoned.difference / nullif(reasoned.our_value, 0), 1) as difference_percent,
    reasoned.compared_on,
    reasoned.is_closing_day,
    reasoned.our_known_at,
    reasoned.value_first as our_value_first,
    reasoned.known_at_first as our_known_at_first,
    reasoned.figure_id,
    reasoned.interval_low,
    reasoned.interval_high,
    reasoned.coverage_low,
    reasoned.coverage_high,
    array_to_string(reasoned.mismatches, ', ') as mismatches,
    mismatch.words_th as mismatches_th,
    mismatch.words_en as mismatches_en,
    array_to_string(reasoned.reasons, ', ') as reasons,
    reason.words_th as reasons_th,
    reason.words_en as reasons_en,
    reasoned.note_th,
    reasoned.note_en,
    reasoned.known_from as printed_known_from
from explained as reasoned
inner join {{ ref("published_label") }} as verdict
    on verdict.label_list = 'verdict' and reasoned.verdict = verdict.code
{%- for name, codes in [("mismatch", "mismatches"), ("reason", "reasons")] %}
left join
    lateral (
        select
            string_agg(label.label_th, ' · ' order by label.position) as words_th,
            string_agg(label.label_en, ' · ' order by label.position) as words_en
        from {{ ref("published_label") }} as label
        where label.label_list = '{{ name }}' and label.code = any(reasoned.{{ codes }})
    ) as {{ name }}
    on true
{%- endfor %}
left join {{ ref("dim_area") }} as area
    on reasoned.area_code = area.area_code
