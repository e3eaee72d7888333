with latest as (
    select distinct on (person_key)
        person_key,
        source,
        coalesce(risk_flags, '{}') as risk_flags
    from {{ ref("fct_screening") }} as screening
    where {{ is_known("screening") }} and screened_on <= {{ as_of() }}
    order by person_key asc, screened_on desc, known_from desc, record_key asc
),

enrolled as (
    select
        spell.person_key,
        coalesce(cardinality(latest.risk_flags) > 0, false) as counted,
        latest.person_key is not null as is_screened,
        latest.risk_flags,
        latest.source
    from {{ ref("education_spell") }} as spell
    left join latest
        on spell.person_key = latest.person_key
    where
        {{ is_known("spell") }}
        and spell.education_status = 'enrolled_formal'
        and spell.valid_from <= {{ as_of() }}
        and (spell.valid_to is null or spell.valid_to > {{ as_of() }})
),

coverage as (
    select
        'ผู้เรียนเท่าที่หน่วยงานส่งข้อมูล · ยังไม่เคยคัดกรอง '
        || {{ told_count("count(*) filter (where not is_screened)", "th") }} || ' คน' as note_th,
        'Learners whom the partners report; never screened: '
        || {{ told_count("count(*) filter (where not is_screened)", "en") }} || '.' as note_en
    from enrolled
),

by_partner as (
    select
        person_key,
        'partner' as dimension,
        source as member,
        counted
    from enrolled
    where is_screened
),

flagged as (
    select distinct
        enrolled.person_key,
        risk.flag
    from enrolled
    cross join lateral unnest(enrolled.risk_flags) as risk (flag)
),

by_flag as (
    select
        '52' as area_code,
        'risk_flag' as dimension,
        flag as member,
        count(*) as n,
        (select count(*) from enrolled) as d
    from flagged
    group by flag
),

groups as (
    {{ people_groups("enrolled") }}
    union all
    {{ several_groups("by_partner") }}
    union all
    select * from by_flag
)

{{ rate("I11", "at_risk_rate", "groups") }}
