with held as (
    select
        source,
        academic_year,
        round,
        counted_on,
        count(*) as schools,
        count(*) filter (where is_whole) as schools_whole
    from {{ ref("fct_roster_coverage") }} as held
    where {{ is_known("held") }} and counted_on <= {{ as_of() }}
    group by source, academic_year, round, counted_on
),

-- one row per pupil first: a count of distinct ones would be sorted
rostered as (
    select distinct
        source,
        academic_year,
        round,
        person_key
    from {{ ref("fct_school_roster") }} as roster
    where {{ is_known("roster") }} and counted_on <= {{ as_of() }}
),

pupils as (
    select
        source,
        academic_year,
        round,
        count(*) as pupils
    from rostered
    group by source, academic_year, round
)

select
    held.source,
    held.academic_year,
    held.round,
    code.label_th as round_th,
    code.label_en as round_en,
    held.counted_on,
    held.schools,
    held.schools_whole,
    case when not {{ is_small("pupils.pupils") }} then pupils.pupils end as pupils,
    {{ is_small("pupils.pupils") }} as suppressed
from held
left join pupils
    on held.source = pupils.source and held.academic_year = pupils.academic_year and held.round = pupils.round
left join {{ ref("dim_code") }} as code
    on code.code_list = 'roster_round' and held.round = code.code
