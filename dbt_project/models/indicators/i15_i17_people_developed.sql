with completed as (
    select
        participation.person_key,
        participation.source,
        person.province_code,
        project.programme,
        coalesce(project.is_declared, false) as is_declared,
        true as counted
    from {{ ref("fct_participation") }} as participation
    inner join {{ ref("indicator_person") }} as person
        on participation.person_key = person.person_key
    left join {{ ref("dim_project") }} as project
        on participation.project_key = project.project_key
    where
        {{ is_known("participation") }}
        and participation.exit_reason = 'completed'
        and coalesce(participation.left_on, project.ended_on) <= {{ as_of() }}
),

people as (
    select distinct
        person_key,
        counted
    from completed
),

several as (
    select
        completed.person_key,
        breakdown.dimension,
        breakdown.member,
        completed.counted
    from completed
    cross join lateral (
        values
        ('partner', completed.source), ('programme', completed.programme), ('province', completed.province_code)
    ) as breakdown (dimension, member)
),

coverage as (
    select
        'ในจำนวนนี้ อยู่ในโครงการที่หน่วยงานยังไม่ได้ส่งข้อมูลโครงการ '
        || {{ told_count("count(distinct person_key) filter (where not is_declared)", "th") }} || ' คน' as note_th,
        'Of these in projects whose own record no partner has sent: '
        || {{ told_count("count(distinct person_key) filter (where not is_declared)", "en") }} || '.' as note_en
    from completed
),

groups as (
    {{ people_groups("people") }}
    union all
    {{ several_groups("several") }}
),
{%- for target, goal in [("low", 5000), ("high", 10000)] %}

{{ target }}_target as (
    select
        area_code,
        dimension,
        member,
        n,
        {{ goal }} as d,
        n as persons
    from groups
    where area_code = '52' and dimension = 'all'
),
{%- endfor %}

target_coverage as (
    select
        'เป้าหมายปีแรก 5,000–10,000 คน · ' || note_th as note_th,
        'First-year target 5,000 to 10,000 people. ' || note_en as note_en
    from coverage
)

{{ persons_counted("I15", "people_developed", "groups") }}
union all
{{ ratio("I17", "attainment_of_low_target", "low_target", "target_coverage", times=1, decimals=4) }}
union all
{{ ratio("I17", "attainment_of_high_target", "high_target", "target_coverage", times=1, decimals=4) }}
