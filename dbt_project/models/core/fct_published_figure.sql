{#- The seed published_word reads what the printed words say, whole words only: what is not there is not guessed. -#}
with figures as (
    select
        figure.*,
        translate(concat_ws(' ', figure.table_title, figure.scope), '๐๑๒๓๔๕๖๗๘๙', '0123456789') as heading
    from {{ ref("stg_published_figure") }} as figure
),

said as (
    select
        record_key,
        known_from,
        'measure' as field,
        measure as words
    from figures
    union all
    select
        record_key,
        known_from,
        'unit' as field,
        unit as words
    from figures
    where unit is not null
    union all
    select
        figures.record_key,
        figures.known_from,
        'scope' as field,
        scope.words
    from figures
    cross join lateral regexp_split_to_table(figures.scope, '[,;·|/]') as scope (words)
    where btrim(scope.words) <> ''
),

meant as (
    select
        said.record_key,
        said.known_from,
        max(word.meaning) filter (where word.facet = 'topic') as topic,
        max(word.meaning) filter (where word.facet = 'unit') as unit_code,
        max(word.meaning) filter (where word.facet = 'part') as part,
        max(word.meaning) filter (where word.facet = 'residence_kind') as residence_kind,
        max(word.meaning) filter (where word.facet = 'stock_or_flow') as stock_or_flow,
        max(word.meaning) filter (where word.facet = 'basis') as basis,
        max(word.meaning) filter (where word.facet = 'certainty') as certainty,
        max(word.meaning) filter (where word.facet = 'area') as area_code,
        coalesce(bool_and(word.meaning is not null) filter (where said.field = 'scope'), true) as is_scope_read
    from said
    left join {{ ref("published_word") }} as word
        on said.field = word.field and {{ squeezed("said.words") }} = {{ squeezed("word.words") }}
    group by said.record_key, said.known_from
),

-- the year that the heading names; below 2400 it is a year of the Common Era
headed as (
    select
        record_key,
        known_from,
        case
            when heading ~* '(ปีการศึกษา|academic year)' then 'academic_year'
            when heading ~* '(ปีงบประมาณ|fiscal year)' then 'fiscal_year'
            else 'calendar_year'
        end as calendar,
        year_named + case when year_named < 2400 then 543 else 0 end as year_be
    from (
        select
            record_key,
            known_from,
            heading,
            coalesce(
                substring(heading from '(?:ปีการศึกษา|[Aa]cademic [Yy]ear)\s*(\d{4})'),
                substring(heading from '(?:ปีงบประมาณ|[Ff]iscal [Yy]ear)\s*(?:พ\.ศ\.\s*)?(\d{4})'),
                substring(heading from '(?:^|\D)((?:19|20|24|25|26)\d\d)(?!\d)')
            )::integer as year_named
        from figures
    ) as named
),

read as (
    select
        figures.record_key,
        figures.known_from,
        case
            when meant.topic = 'enrolment_rate' and meant.basis = 'gross' then 'gross_enrolment_rate' else meant.topic
        end as topic,
        meant.unit_code,
        coalesce(figures.tambon_code, figures.amphoe_code, figures.province_code, meant.area_code) as area_code,
        meant.part,
        meant.residence_kind,
        coalesce(meant.stock_or_flow, topic.stock_or_flow) as stock_or_flow,
        case when meant.topic = 'gross_enrolment_rate' then 'gross' else meant.basis end as basis,
        meant.certainty,
        meant.is_scope_read,
        substring(figures.age_band from '^\d+')::integer as first_age,
        coalesce(substring(figures.age_band from '\d+$')::integer, case when figures.age_band like '%+' then 150 end)
            as last_age,
        case
            when
                coalesce(meant.stock_or_flow, topic.stock_or_flow) in ('stock', 'to_date') and figures.as_of is not null
                then 'day'
            when headed.year_be is not null then headed.calendar
        end as calendar,
        headed.calendar as heading_calendar,
        headed.year_be as heading_year_be,
        length(split_part(figures.value::text, '.', 2)) as decimals
    from figures
    inner join meant
        on figures.record_key = meant.record_key and figures.known_from = meant.known_from
    inner join headed
        on figures.record_key = headed.record_key and figures.known_from = headed.known_from
    left join {{ ref("published_topic") }} as topic
        on meant.topic = topic.topic
)

select
    figures.record_key,
    figures.source,
    figures.delivery_id,
    figures.row_no,
    figures.partner_record_ref,
    figures.publication,
    figures.table_title,
    figures.tambon_code,
    coalesce(figures.amphoe_code, left(figures.tambon_code, 4)) as amphoe_code,
    coalesce(figures.province_code, left(coalesce(figures.amphoe_code, figures.tambon_code), 2)) as province_code,
    figures.age_band,
    figures.measure,
    figures.unit,
    figures.scope,
    figures.as_of,
    figures.value,
    read.topic,
    read.unit_code,
    read.area_code,
    read.first_age,
    read.last_age,
    read.part,
    read.residence_kind,
    read.stock_or_flow,
    read.basis,
    read.certainty,
    read.is_scope_read,
    read.calendar,
    read.heading_year_be,
    case
        when read.heading_calendar = 'academic_year' then make_date(read.heading_year_be - 543, 5, 16)
        when read.heading_calendar = 'fiscal_year' then make_date(read.heading_year_be - 544, 10, 1)
        else make_date(read.heading_year_be - 543, 1, 1)
    end as heading_from,
    case
        when read.heading_calendar = 'academic_year' then make_date(read.heading_year_be - 542, 5, 15)
        when read.heading_calendar = 'fiscal_year' then make_date(read.heading_year_be - 543, 9, 30)
        else make_date(read.heading_year_be - 543, 12, 31)
    end as heading_to,
    read.decimals,
    figures.known_from,
    figures.known_to
from figures
inner join read
    on figures.record_key = read.record_key and figures.known_from = read.known_from
