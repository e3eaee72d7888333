with rosters as (
    select
        person_key,
        source,
        school,
        grade,
        academic_year,
        round
    from {{ ref("fct_school_roster") }} as roster
    where {{ is_known("roster") }} and counted_on <= {{ as_of() }}
),

-- I08: the last academic year that is over, and of its June round the schools that sent its end as well
over as (
    select max(academic_year) as academic_year
    from rosters
    where round = 'june_10' and make_date(academic_year::integer - 542, 5, 15) <= {{ as_of() }}
),

closed as (
    select distinct
        rosters.source,
        rosters.school
    from rosters
    inner join over
        on rosters.academic_year = over.academic_year
    where rosters.round = 'year_end'
),

started as (
    select
        rosters.person_key,
        bool_or(closed.school is not null) as is_covered
    from rosters
    inner join over
        on rosters.academic_year = over.academic_year
    left join closed
        on rosters.source = closed.source and rosters.school = closed.school
    where rosters.round = 'june_10'
    group by rosters.person_key
),

kept as (
    -- at the end of the year at any school, enrolled anywhere on 15 May, completed during the year, or deceased
    select rosters.person_key
    from rosters
    inner join over
        on rosters.academic_year = over.academic_year
    where rosters.round = 'year_end'
    union
    select enrolment.person_key
    from {{ ref("fct_enrolment") }} as enrolment
    cross join
        lateral (
            select
                make_date(over.academic_year::integer - 543, 6, 10) as begins,
                make_date(over.academic_year::integer - 542, 5, 15) as ends
            from over
        ) as year
    where
        {{ is_known("enrolment") }}
        and enrolment.kind in ('formal', 'vocational', 'non_formal')
        and enrolment.started_on <= year.ends
        and (
            enrolment.ended_on is null
            or enrolment.ended_on > year.ends
            or (enrolment.end_reason = 'completed' and enrolment.ended_on > year.begins)
            or enrolment.end_reason = 'deceased'
        )
    union
    select participation.person_key
    from {{ ref("fct_participation") }} as participation
    inner join over
        on participation.left_on <= make_date(over.academic_year::integer - 542, 5, 15)
    where {{ is_known("participation") }} and participation.exit_reason = 'deceased'
),

pupils as (
    select
        started.person_key,
        kept.person_key is null as counted
    from started
    left join kept
        on started.person_key = kept.person_key
    where started.is_covered
),

dropout_groups as (
    {{ people_groups("pupils", age_band="school_age_band") }}
),

dropout_coverage as (
    select
        coalesce('ปีการศึกษา ' || (select academic_year from over), 'ยังไม่มีรายชื่อนักเรียนของปีที่สิ้นสุดแล้ว')
        || ' · นักเรียนของสถานศึกษาที่ยังไม่ส่งรายชื่อสิ้นปี '
        || {{ told_count("count(*) filter (where not is_covered)", "th") }} || ' คน (ไม่นับ)' as note_th,
        coalesce('Academic year ' || (select academic_year from over) || ' B.E.', 'No roster of a year that is over')
        || '. Pupils of schools without a roster of the year end: '
        || {{ told_count("count(*) filter (where not is_covered)", "en") }} || ' (not counted).' as note_en
    from started
),

-- I09: the last two June rounds that follow each other
step as (
    select max(following.academic_year) as academic_year
    from rosters as following
    inner join rosters as ending
        on following.academic_year = ending.academic_year + 1
    where following.round = 'june_10' and ending.round = 'june_10'
),

grades as (
    select distinct
        rosters.person_key,
        rosters.grade,
        rosters.academic_year = step.academic_year as is_after
    from rosters
    inner join step
        on rosters.academic_year in (step.academic_year - 1, step.academic_year)
    where rosters.round = 'june_10'
),

transition as (
    select *
    from (
        values
        ('early_childhood_to_primary', array['K3'], array['P1']),
        ('primary_to_lower_secondary', array['P6'], array['M1']),
        ('lower_to_upper_secondary', array['M3'], array['M4', 'V1'])
    ) as step (transition, last_grades, first_grades)
),

last_grade as (
    select distinct
        transition.transition,
        grades.person_key
    from grades
    inner join transition
        on grades.grade = any(transition.last_grades)
    where not grades.is_after
),

entrants as (
    -- in a first grade, and not there the year before
    select distinct
        transition.transition,
        grades.person_key
    from grades
    inner join transition
        on grades.grade = any(transition.first_grades)
    where
        grades.is_after
        and not exists (
            select 1 from grades as before
            where before.person_key = grades.person_key and not before.is_after
                and before.grade = any(transition.first_grades)
        )
),

moved as (
    select
        coalesce(last_grade.transition, entrants.transition) as transition,
        coalesce(last_grade.person_key, entrants.person_key) as person_key,
        last_grade.person_key is not null as was_last,
        entrants.person_key is not null as is_entrant
    from last_grade
    full outer join entrants
        on last_grade.transition = entrants.transition and last_grade.person_key = entrants.person_key
),

transition_counted as (
    select
        area.area_code,
        'transition' as dimension,
        moved.transition as member,
        count(*) filter (where moved.was_last) as pupils,
        count(*) filter (where moved.was_last and moved.is_entrant) as followed,
        count(*) filter (where moved.is_entrant) as entrants
    from moved
    inner join {{ ref("indicator_person") }} as person
        on moved.person_key = person.person_key
    cross join lateral (values ('52'), (person.amphoe_code)) as area (area_code)
    where area.area_code like '52%'
    group by area.area_code, moved.transition
),

cohort_groups as (
    select
        area_code,
        dimension,
        member,
        followed as n,
        pupils as d
    from transition_counted
),

section_groups as (
    select
        area_code,
        dimension,
        member,
        entrants as n,
        pupils as d
    from transition_counted
),

transition_coverage as (
    select
        'จากรายชื่อนักเรียนรอบ 10 มิถุนายน '
        || coalesce('ปีการศึกษา ' || academic_year - 1 || ' และ ' || academic_year, 'ซึ่งยังไม่มีสองปีติดกัน')
            as note_th,
        'From the rosters of 10 June, '
        || coalesce(
            'academic years ' || academic_year - 1 || ' and ' || academic_year || ' B.E.', 'not held for two years'
        )
            as note_en
    from step
)

{{ rate("I08", "dropout_percent", "dropout_groups", "dropout_coverage") }}
union all
{{ rate("I08", "dropout_per_1000", "dropout_groups", "dropout_coverage", times=1000) }}
union all
{{ rate("I09", "transition_cohort", "cohort_groups", "transition_coverage") }}
union all
{{ rate("I09", "transition_cross_section", "section_groups", "transition_coverage", is_share=false) }}
