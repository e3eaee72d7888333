{%- if last_build_stands() -%}
{%- set days -%}
between least(last_build.as_of, {{ as_of() }}) + 1 and greatest(last_build.as_of, {{ as_of() }})
{%- endset -%}
with last_build as (
    select as_of
    from {{ source("ops", "build") }}
    order by built_at desc
    limit 1
),

-- noted as it was and as it is: with two programmes, if that is what changed
moved as (
    select first_key as project_key
    from {{ source("ops", "rebuild") }}
    where relation = '{{ ref("dim_project").identifier }}'
    group by first_key
    having count(*) > 1
),

turned as (
    select history.person_key
    from {{ ref("person_history") }} as history
    cross join last_build
    where
        {{ is_known("history") }}
        and {{ age_on("history.birth_date", as_of()) }}
        is distinct from {{ age_on("history.birth_date", "last_build.as_of") }}
    union all
    -- what was told of a day to come, once it has come
    select screening.person_key
    from {{ ref("fct_screening") }} as screening
    inner join last_build
        on screening.screened_on {{ days }}
    union all
    select participation.person_key
    from {{ ref("fct_participation") }} as participation
    inner join last_build
        on participation.joined_on {{ days }}
    union all
    -- a project of another programme: its participants are that programme's now
    select participation.person_key
    from {{ ref("fct_participation") }} as participation
    inner join moved
        on participation.project_key = moved.project_key
    union all
    -- nobody wrote down the day of the last build: it may have been any
    select person_key from {{ ref("person_history") }}
    where not exists (select from last_build)
)

select person_key from {{ ref("changed_person") }}
union
select person_key from turned
{%- else -%}
-- nothing was built before: all are made anew, and nobody asks who changed
select null::uuid as person_key
where false
{%- endif %}
