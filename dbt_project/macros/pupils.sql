{# Who learns at which level on the day: one row per person (person_key, level), of those whom the education spells call
   enrolled. An enrolment of that day speaks before a roster or a screening of its academic year, formal before non-formal,
   later before earlier; a grade says its level, also where the learning is non-formal. #}
{% macro pupils() -%}
    {#- the first word is the smallest number: a million people's words need no sorting; levels by name, as ties go -#}
    {%- set levels = "array['early_childhood', 'higher', 'lower_secondary', 'primary', 'upper_secondary']" -%}
    select
        evidence.person_key,
        ({{ levels }})[
            min(
                evidence.precedence * 10 ^ 8 + ({{ as_of() }} - evidence.told_on) * 10
                + array_position({{ levels }}, evidence.level)
            )::bigint % 10
        ] as level
    from (
        select
            person_key,
            coalesce({{ level_of("grade") }}, {{ stage_of("level") }}) as level,
            case when kind = 'non_formal' then 2 else 1 end as precedence,
            started_on as told_on
        from {{ ref("fct_enrolment") }} as enrolment
        where
            {{ is_known("enrolment") }}
            and kind in ('formal', 'vocational', 'non_formal')
            and started_on <= {{ as_of() }}
            and (ended_on is null or ended_on > {{ as_of() }})
        union all
        select
            person_key,
            {{ level_of("grade") }} as level,
            3 as precedence,
            counted_on as told_on
        from {{ ref("fct_school_roster") }} as roster
        where
            {{ is_known("roster") }} and counted_on <= {{ as_of() }}
            and academic_year = {{ academic_year_of(as_of()) }}
        union all
        select
            person_key,
            coalesce({{ level_of("grade") }}, {{ stage_of("level") }}) as level,
            3 as precedence,
            screened_on as told_on
        from {{ ref("fct_screening") }} as screening
        where
            {{ is_known("screening") }} and screened_on <= {{ as_of() }}
            and academic_year = {{ academic_year_of(as_of()) }}
    ) as evidence
    inner join {{ ref("education_spell") }} as spell
        on evidence.person_key = spell.person_key
        and {{ is_known("spell") }}
        and spell.schooling_status in ('enrolled_formal', 'enrolled_non_formal')
        and spell.valid_from <= {{ as_of() }}
        and (spell.valid_to is null or spell.valid_to > {{ as_of() }})
    where evidence.level is not null
    group by evidence.person_key
{%- endmacro %}

{# The level that a grade belongs to; upper secondary is general or vocational. #}
{% macro level_of(grade) -%}
    case
        when {{ grade }} in ('K1', 'K2', 'K3') then 'early_childhood'
        when {{ grade }} in ('P1', 'P2', 'P3', 'P4', 'P5', 'P6') then 'primary'
        when {{ grade }} in ('M1', 'M2', 'M3') then 'lower_secondary'
        when {{ grade }} in ('M4', 'M5', 'M6', 'V1', 'V2', 'V3') then 'upper_secondary'
        when {{ grade }} in ('HV1', 'HV2') then 'higher'
    end
{%- endmacro %}

{% macro stage_of(level) -%}
    case
        when {{ level }} = 'vocational_certificate' then 'upper_secondary'
        when {{ level }} in ('higher_vocational', 'bachelor') then 'higher'
        when {{ level }} in ('early_childhood', 'primary', 'lower_secondary', 'upper_secondary') then {{ level }}
    end
{%- endmacro %}

{# The levels of basic education and the ages that they are meant for, both included. #}
{% macro level_ages() -%}
    {{ return([
        ("early_childhood", 3, 5), ("primary", 6, 11), ("lower_secondary", 12, 14), ("upper_secondary", 15, 17)
    ]) }}
{%- endmacro %}

{# The academic year (B.E.) of a day: it begins on 16 May. #}
{% macro academic_year_of(day) -%}
    (extract(year from ({{ day }} - interval '4 months 15 days'))::integer + 543)
{%- endmacro %}

{# Who was screened latest with at least one risk, up to the day: one row per person (person_key, source, risk_flags). #}
{% macro latest_screening() -%}
    select distinct on (person_key)
        person_key,
        source,
        coalesce(risk_flags, '{}') as risk_flags
    from {{ ref("fct_screening") }} as screening
    where {{ is_known("screening") }} and screened_on <= {{ as_of() }}
    order by person_key asc, screened_on desc, known_from desc, record_key asc
{%- endmacro %}
