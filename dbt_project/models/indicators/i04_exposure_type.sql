with residents as (
    select
        person.person_key,
        person.amphoe_code,
        person.age
    from {{ ref("indicator_person") }} as person
    inner join {{ ref("education_spell") }} as spell
        on person.person_key = spell.person_key
        and {{ is_known("spell") }}
        and spell.schooling_status in ('out_of_school', 'never_enrolled')
        and spell.valid_from <= {{ as_of() }}
        and (spell.valid_to is null or spell.valid_to > {{ as_of() }})
    where person.is_resident and person.age between 3 and 18
),

told as (
    -- once enrolled by any evidence up to the day, or by what an out-of-school list says of the person
    select
        person_key,
        schooling_status <> 'never_enrolled' as is_schooled
    from {{ ref("education_spell") }} as spell
    where
        {{ is_known("spell") }}
        and schooling_status in ('enrolled_formal', 'enrolled_non_formal', 'completed', 'never_enrolled')
        and valid_from <= {{ as_of() }}
    union all
    select
        person_key,
        true as is_schooled
    from {{ ref("fct_enrolment") }} as enrolment
    where {{ is_known("enrolment") }} and kind in ('formal', 'vocational', 'non_formal') and started_on <= {{ as_of() }}
    union all
    select
        person_key,
        true as is_schooled
    from {{ ref("fct_out_of_school_baseline") }} as listed
    where {{ is_known("listed") }} and as_of <= {{ as_of() }} and (left_school or last_grade is not null)
    union all
    select
        person_key,
        false as is_schooled
    from {{ ref("fct_out_of_school_baseline") }} as listed
    where {{ is_known("listed") }} and as_of <= {{ as_of() }} and never_enrolled
),

schooling as (
    select
        person_key,
        bool_or(is_schooled) as is_schooled
    from told
    where person_key in (select residents.person_key from residents)
    group by person_key
),

out_of_school as (
    select
        residents.person_key,
        residents.amphoe_code,
        case
            when schooling.is_schooled then 'left_early'
            when schooling.person_key is null then 'unknown'
            when residents.age < 7 then 'expected_late_entry'
            else 'never_entered'
        end as exposure
    from residents
    left join schooling
        on residents.person_key = schooling.person_key
),

-- every type has a row where anybody is out of school: the shares of an area sum to 100
groups as (
    select
        area.area_code,
        'exposure_type' as dimension,
        type.exposure as member,
        count(*) filter (where out_of_school.exposure = type.exposure) as n,
        count(*) as d
    from out_of_school
    cross join lateral (values ('52'), (out_of_school.amphoe_code)) as area (area_code)
    cross join (values ('never_entered'), ('left_early'), ('expected_late_entry'), ('unknown')) as type (exposure)
    where area.area_code like '52%'
    group by area.area_code, type.exposure
),

coverage as (
    select
        'ไม่ทราบว่าเคยเข้าเรียนหรือไม่ '
        || {{ told_count("count(*) filter (where exposure = 'unknown')", "th") }}
        || ' คน'
            as note_th,
        'Not known whether ever enrolled: '
        || {{ told_count("count(*) filter (where exposure = 'unknown')", "en") }}
        || '.'
            as note_en
    from out_of_school
)

{{ rate("I04", "exposure_share", "groups") }}
