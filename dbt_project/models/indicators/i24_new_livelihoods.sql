with joined as (
    select
        participation.person_key,
        participation.source,
        project.programme,
        participation.joined_on,
        participation.baseline_occupation,
        participation.known_from,
        participation.record_key
    from {{ ref("fct_participation") }} as participation
    left join {{ ref("dim_project") }} as project
        on participation.project_key = project.project_key
    where {{ is_known("participation") }} and participation.joined_on <= {{ as_of() }}
),

baseline as (
    -- the first participation that tells an occupation
    select distinct on (person_key)
        person_key,
        lower(btrim(baseline_occupation)) as occupation,
        min(joined_on) over (partition by person_key) as first_joined_on
    from joined
    order by
        person_key asc, (nullif(btrim(baseline_occupation), '') is null) asc, joined_on asc, known_from desc,
        record_key asc
),

people as (
    select
        baseline.person_key,
        count(outcome.record_key) > 0 as is_followed,
        coalesce(
            bool_or(
                outcome.business_registered
                or (nullif(lower(btrim(outcome.occupation)), '') <> nullif(baseline.occupation, ''))
            ), false
        ) as counted,
        coalesce(bool_or(outcome.business_registered), false) as has_registered
    from baseline
    left join {{ ref("fct_outcome") }} as outcome
        on baseline.person_key = outcome.person_key
        and {{ is_known("outcome") }}
        and baseline.first_joined_on < outcome.followed_up_on
        and outcome.followed_up_on <= {{ as_of() }}
    group by baseline.person_key
),

several as (
    select
        joined.person_key,
        breakdown.dimension,
        breakdown.member,
        people.counted
    from joined
    inner join people
        on joined.person_key = people.person_key
    cross join lateral (
        values ('partner', joined.source), ('programme', joined.programme)
    ) as breakdown (dimension, member)
),

counted as (
    {{ people_groups("people", parts=[
        ("livelihood", "true", "people.counted"),
        ("business", "true", "people.has_registered"),
    ]) }}
),

groups as (
    {{ groups_of("livelihood", "counted") }}
    union all
    {{ several_groups("several") }}
),

entrepreneur_groups as (
    {{ groups_of("business", "counted") }}
),

coverage as (
    select
        'ยังไม่เคยติดตามผล ' || {{ told_count("count(*) filter (where not is_followed)", "th") }}
        || ' คน (นับว่ายังไม่มีอาชีพใหม่)' as note_th,
        'Never followed up: ' || {{ told_count("count(*) filter (where not is_followed)", "en") }}
        || ' (counted as without a new livelihood).' as note_en
    from people
)

{{ rate("I24", "new_livelihood_rate", "groups") }}
union all
{{ rate("I24", "business_registered_rate", "entrepreneur_groups") }}
