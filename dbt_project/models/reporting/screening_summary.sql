with screened as (
    select
        academic_year,
        coalesce(level, 'unknown') as level,
        person_key,
        array_agg(distinct flag.risk_flag) filter (where flag.risk_flag is not null) as risk_flags
    from {{ ref("fct_screening") }} as screening
    left join lateral unnest(screening.risk_flags) as flag (risk_flag)
        on true
    where {{ is_known("screening") }} and screened_on <= {{ as_of() }} and academic_year is not null
    group by academic_year, coalesce(level, 'unknown'), person_key
),

totals as (
    select
        academic_year,
        level,
        count(*) as screened
    from screened
    group by academic_year, level
),

flagged as (
    select
        screened.academic_year,
        screened.level,
        coalesce(flag.risk_flag, 'none') as risk_flag,
        count(*) as persons
    from screened
    left join lateral unnest(screened.risk_flags) as flag (risk_flag)
        on true
    group by screened.academic_year, screened.level, coalesce(flag.risk_flag, 'none')
),

counted as (
    select
        flagged.academic_year,
        flagged.level,
        flagged.risk_flag,
        flagged.persons,
        totals.screened
    from flagged
    inner join totals
        on flagged.academic_year = totals.academic_year and flagged.level = totals.level
),

controlled as (
    {{ withheld(
        "counted", ["academic_year", "level", "risk_flag", "persons", "screened"], breakdown="academic_year, level",
        cell="persons", smalls=["persons", "screened - persons"], order_by="risk_flag"
    ) }}
)

select
    controlled.academic_year,
    controlled.level,
    coalesce(level.label_th, 'ไม่ทราบ') as level_th,
    coalesce(level.label_en, 'Unknown') as level_en,
    controlled.risk_flag,
    coalesce(flag.label_th, 'ไม่มีความเสี่ยง') as risk_flag_th,
    coalesce(flag.label_en, 'No risk') as risk_flag_en,
    case when not controlled.suppressed then controlled.persons end as persons,
    case when not {{ is_small("controlled.screened") }} then controlled.screened end as screened,
    case when not controlled.suppressed then round(100.0 * controlled.persons / controlled.screened, 1) end as percent,
    controlled.suppressed
from controlled
left join {{ ref("dim_code") }} as level
    on level.code_list = 'level' and controlled.level = level.code
left join {{ ref("dim_code") }} as flag
    on flag.code_list = 'risk_flag' and controlled.risk_flag = flag.code
