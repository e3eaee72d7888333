{# Bounds of the Wilson 95 % interval of n of d, in percent; null where there is no denominator. #}
{% macro wilson(n, d, side) -%}
    {%- set z = "1.959963984540054" -%}
    100 * greatest(0, least(1, (
        {{ n }} / nullif({{ d }}, 0)::numeric + {{ z }} ^ 2 / (2 * nullif({{ d }}, 0))
        {{ "-" if side == "low" else "+" }} {{ z }} * sqrt(
            greatest(0, {{ n }} * ({{ d }} - {{ n }}) / nullif({{ d }}, 0)::numeric ^ 3)
            + {{ z }} ^ 2 / (4 * nullif({{ d }}, 0)::numeric ^ 2)
        )
    ) / (1 + {{ z }} ^ 2 / nullif({{ d }}, 0))))
{%- endmacro %}

{# Groups of persons: the province, its amphoe and tambon, each default disaggregation by itself, sex by age band and sex by
   amphoe. `people` has one row per person (person_key, counted): n counts those counted, d all of them. Equal persons are
   counted together first, so that what follows does not grow with their number. Several counts of the same people are one
   reading of them: `parts` names each, with a condition on `people` for its d and another for its n, and the groups have a
   column `part`. #}
{% macro people_groups(people, age_band="age_band", residence=false, parts=none) -%}
    {%- set counted = "part" if parts else "alike" -%}
    select
        {%- if parts %}
        part.part,
        {%- endif %}
        breakdown.area_code,
        breakdown.dimension,
        breakdown.member,
        sum({{ counted }}.n)::bigint as n,
        sum({{ counted }}.d)::bigint as d
    from (
        select
            person.amphoe_code,
            person.tambon_code,
            person.sex,
            person.{{ age_band }} as age_band,
            person.national_id_kind,
            person.nationality,
            person.disability,
            person.poverty,
            person.residence_kind,
            {%- if parts %}
            {%- for part, among, counted in parts %}
            count(*) filter (where {{ among }} and {{ counted }}) as n_{{ part }},
            count(*) filter (where {{ among }}) as d_{{ part }}{{ "," if not loop.last }}
            {%- endfor %}
            {%- else %}
            count(*) filter (where people.counted) as n,
            count(*) as d
            {%- endif %}
        from {{ people }} as people
        inner join {{ ref("indicator_person") }} as person
            on people.person_key = person.person_key
        group by
            person.amphoe_code, person.tambon_code, person.sex, person.{{ age_band }}, person.national_id_kind,
            person.nationality, person.disability, person.poverty, person.residence_kind
    ) as alike
    {%- if parts %}
    cross join lateral (
        values
        {%- for part, _, _ in parts %}
        ('{{ part }}', alike.n_{{ part }}, alike.d_{{ part }}){{ "," if not loop.last }}
        {%- endfor %}
    ) as part (part, n, d)
    {%- endif %}
    cross join lateral (
        values
        {{ person_breakdowns("alike", residence=residence) }}
    ) as breakdown (area_code, dimension, member)
    where breakdown.area_code like '52%' and breakdown.member is not null{{ " and part.d > 0" if parts }}
    group by {{ "part.part, " if parts }}breakdown.area_code, breakdown.dimension, breakdown.member
{%- endmacro %}

{# The groups of one part of `people_groups(…, parts=…)`. #}
{% macro groups_of(part, groups) -%}
    select
        area_code,
        dimension,
        member,
        n,
        d
    from {{ groups }}
    where part = '{{ part }}'
{%- endmacro %}

{# The breakdowns that a person is in, as rows (area_code, dimension, member). #}
{% macro person_breakdowns(person, residence=false) -%}
        ('52', 'all', 'all'),
        ({{ person }}.amphoe_code, 'all', 'all'),
        ({{ person }}.tambon_code, 'all', 'all'),
        ('52', 'sex', {{ person }}.sex),
        ('52', 'age_band', {{ person }}.age_band),
        ('52', 'national_id_kind', {{ person }}.national_id_kind),
        ('52', 'nationality', {{ person }}.nationality),
        ('52', 'disability', {{ person }}.disability),
        ('52', 'poverty', {{ person }}.poverty),
        {%- if residence %}
        ('52', 'residence_kind', {{ person }}.residence_kind),
        ({{ person }}.amphoe_code, 'residence_kind', {{ person }}.residence_kind),
        {%- endif %}
        ('52', 'sex_age_band', {{ person }}.sex || '/' || {{ person }}.age_band),
        ({{ person }}.amphoe_code, 'sex', {{ person }}.sex)
{%- endmacro %}

{# Groups where a person may be in several (partners, programmes): rows (person_key, dimension, member, counted). #}
{% macro several_groups(people) -%}
    select
        '52' as area_code,
        once.dimension,
        once.member,
        count(*) filter (where once.counted) as n,
        count(*) as d
    from (
        select
            dimension,
            coalesce(member, 'unknown') as member,
            person_key,
            coalesce(bool_or(counted), false) as counted
        from {{ people }}
        where person_key is not null
        group by dimension, coalesce(member, 'unknown'), person_key
    ) as once
    group by once.dimension, once.member
{%- endmacro %}

{# The partners that know a person, and the programmes that a person has joined: rows as people_groups gives them. #}
{% macro affiliated_groups(people) -%}
    select
        '52' as area_code,
        affiliation.dimension,
        affiliation.member,
        count(*) filter (where people.counted) as n,
        count(*) as d
    from {{ people }} as people
    inner join {{ ref("indicator_affiliation") }} as affiliation
        on people.person_key = affiliation.person_key
    group by affiliation.dimension, affiliation.member
{%- endmacro %}

{# The latest population register up to the day, of each kind of residence one: one partner's, as two would count twice. #}
{% macro registers() -%}
    select distinct on (residence_kind)
        residence_kind,
        source,
        as_of
    from {{ ref("fct_population") }} as population
    where {{ is_known("population") }} and province_code = '52' and as_of <= {{ as_of() }}
    order by residence_kind asc, as_of desc, source asc
{%- endmacro %}

{# Population of an age range from `registers`, in the groups that a register knows. All is the population by registered
   address; the dimension residence_kind has both series. #}
{% macro population_groups(first_age, last_age, registers="registers") -%}
    select
        breakdown.area_code,
        breakdown.dimension,
        breakdown.member,
        sum(register.persons)::bigint as d
    from (
        select
            population.tambon_code,
            population.amphoe_code,
            population.sex,
            {{ school_age_band("population.age") }} as age_band,
            population.residence_kind,
            population.persons
        from {{ ref("fct_population") }} as population
        inner join {{ registers }} as held
            on population.source = held.source
            and population.as_of = held.as_of
            and population.residence_kind = held.residence_kind
        where {{ is_known("population") }} and population.province_code = '52'
            and population.age between {{ first_age }} and {{ last_age }}
    ) as register
    cross join lateral (
        values
        ('registered', '52', 'all', 'all'),
        ('registered', register.amphoe_code, 'all', 'all'),
        ('registered', register.tambon_code, 'all', 'all'),
        ('registered', '52', 'sex', register.sex),
        ('registered', '52', 'age_band', register.age_band),
        ('registered', '52', 'sex_age_band', register.sex || '/' || register.age_band),
        ('registered', register.amphoe_code, 'sex', register.sex),
        (register.residence_kind, '52', 'residence_kind', register.residence_kind),
        (register.residence_kind, register.amphoe_code, 'residence_kind', register.residence_kind)
    ) as breakdown (residence_kind, area_code, dimension, member)
    where register.residence_kind = breakdown.residence_kind
    group by breakdown.area_code, breakdown.dimension, breakdown.member
{%- endmacro %}

{# What the coverage note says of the register. #}
{% macro register_note(language, registers="registers") -%}
    {%- set said = {
        "th": ["ตัวหารจากทะเบียนราษฎร ณ วันที่ ", "ยังไม่มีทะเบียนราษฎรเป็นตัวหาร จึงยังคำนวณอัตราไม่ได้"],
        "en": [
            "Denominator from the population register of ",
            "No population register is held as the denominator yet, so there is no rate",
        ],
    }[language] -%}
    coalesce(
        '{{ said[0] }}'
        || (select to_char(max(as_of), 'YYYY-MM-DD') from {{ registers }} where residence_kind = 'registered'),
        '{{ said[1] }}'
    )
{%- endmacro %}

{# Whether somebody is at work by the latest evidence (ILO: family workers are). #}
{% macro is_at_work(work_status) -%}
    {{ work_status }} in ('employed', 'self_employed', 'family_work')
{%- endmacro %}

{# Rows of one measure from groups: what each kind below has in common. The rest are expressions over `groups`. #}
{% macro measured(
    indicator_id, measure, groups, coverage, numerator, denominator, value, persons,
    low="null::numeric", high="null::numeric"
) -%}
    select
        '{{ indicator_id }}' as indicator_id,
        '{{ measure }}' as measure,
        groups.area_code,
        groups.dimension,
        groups.member,
        {{ numerator }} as numerator,
        {{ denominator }} as denominator,
        {{ value }} as value,
        {{ low }} as interval_low,
        {{ high }} as interval_high,
        {{ persons }} as persons,
        coverage.note_th,
        coverage.note_en
    from {{ groups }} as groups
    cross join {{ coverage }} as coverage
{%- endmacro %}

{# A rate in percent from groups (area_code, dimension, member, n, d), with its interval and the coverage note. Where n is no
   part of d (`is_share` false) there is no interval; `times` other than 100 is another unit. #}
{% macro rate(indicator_id, measure, groups, coverage="coverage", is_share=true, times=100) -%}
    {%- set bounds = [] -%}
    {%- for side in ["low", "high"] -%}
        {%- set unit = " * " ~ times ~ " / 100" if times != 100 else "" -%}
        {%- do bounds.append(
            "round(" ~ wilson("groups.n", "groups.d", side) ~ unit ~ ", 2)" if is_share else "null::numeric"
        ) -%}
    {%- endfor -%}
    {{ measured(
        indicator_id, measure, groups, coverage, "groups.n::numeric", "groups.d::numeric",
        "round(" ~ times ~ " * groups.n / nullif(groups.d, 0)::numeric, 2)",
        "coalesce(groups.d, groups.n)::bigint", bounds[0], bounds[1]
    ) }}
{%- endmacro %}

{# A count of persons from groups (area_code, dimension, member, n). #}
{% macro persons_counted(indicator_id, measure, groups, coverage="coverage") -%}
    {{ measured(
        indicator_id, measure, groups, coverage, "groups.n::numeric", "null::numeric", "groups.n::numeric",
        "groups.n::bigint"
    ) }}
{%- endmacro %}

{# An amount (baht, kg, days) that rests on a number of persons: groups (area_code, dimension, member, amount, persons). #}
{% macro amount(indicator_id, measure, groups, coverage="coverage") -%}
    {{ measured(
        indicator_id, measure, groups, coverage, "null::numeric", "null::numeric", "groups.amount::numeric",
        "groups.persons::bigint"
    ) }}
{%- endmacro %}

{# A share that does not count persons (baht of baht, events per members): groups (area_code, dimension, member, n, d,
   persons) rest on a number of persons, and have no interval. #}
{% macro ratio(indicator_id, measure, groups, coverage="coverage", times=100, decimals=2) -%}
    {{ measured(
        indicator_id, measure, groups, coverage, "groups.n::numeric", "groups.d::numeric",
        "round(" ~ times ~ " * groups.n::numeric / nullif(groups.d, 0)::numeric, " ~ decimals ~ ")",
        "groups.persons::bigint"
    ) }}
{%- endmacro %}

{# A count of other things than persons (projects, groups): groups (area_code, dimension, member, n). #}
{% macro things_counted(indicator_id, measure, groups, coverage="coverage") -%}
    {{ measured(
        indicator_id, measure, groups, coverage, "groups.n::numeric", "null::numeric", "groups.n::numeric",
        "null::bigint"
    ) }}
{%- endmacro %}

{# The age bands of basic education, 3 to 18: the last year has a band of its own. #}
{% macro school_age_band(age) -%}
    case when {{ age }} = 18 then '18' else {{ age_band(age) }} end
{%- endmacro %}

{# A number of persons within a coverage note: small ones are not told there either. #}
{% macro told_count(n, language) -%}
    case
        when {{ n }} between 1 and {{ (var("minimum_cell") | int) - 1 }}
            then '{{ "น้อยกว่า" if language == "th" else "fewer than" }} {{ var("minimum_cell") }}'
        else ({{ n }})::text
    end
{%- endmacro %}

{# The parity index adjusted to be symmetric about 1 (SDG 4.5.1): 0.80 stays, 1.25 is 1.20, 2 is 1.5. #}
{% macro adjusted_parity(parity) -%}
    case when {{ parity }} > 1 then 2 - 1 / {{ parity }} else {{ parity }} end
{%- endmacro %}
