with listed as (
    -- a list stays as it stood: who was taken off it later is still on it, as the person they were last known to be
    select distinct on (record_key)
        person_key,
        list_key,
        as_of
    from {{ ref("fct_out_of_school_baseline") }}
    where known_from <= {{ known_at() }} and as_of <= {{ as_of() }}
    order by record_key asc, known_from desc
),

members as (
    select distinct
        person_key,
        list_key,
        min(as_of) over (partition by list_key) as listed_on
    from listed
),

learning as (
    select
        person_key,
        max(started_on) as started_on
    from (
        select
            person_key,
            started_on
        from {{ ref("fct_enrolment") }} as enrolment
        where
            {{ is_known("enrolment") }}
            and kind in ('formal', 'vocational', 'non_formal')
            and started_on <= {{ as_of() }}
        union all
        select
            person_key,
            counted_on as started_on
        from {{ ref("fct_school_roster") }} as roster
        where {{ is_known("roster") }} and counted_on <= {{ as_of() }}
    ) as told
    group by person_key
),

-- who began to learn after the list was made
returned as (
    select
        members.person_key,
        members.list_key,
        members.listed_on,
        coalesce(learning.started_on > members.listed_on, false) as counted
    from members
    left join learning
        on members.person_key = learning.person_key
),

latest as (
    select max(list_key) as list_key
    from returned
    where listed_on = (select max(listed_on) from returned)
),

people as (
    select
        returned.person_key,
        returned.counted
    from returned
    inner join latest
        on returned.list_key = latest.list_key
),

lists as (
    select
        person_key,
        'list' as dimension,
        list_key as member,
        counted
    from returned
),

coverage as (
    select
        coalesce(
            'บัญชีล่าสุด ' || min(returned.list_key) || ' ณ วันที่ ' || to_char(min(returned.listed_on), 'YYYY-MM-DD'),
            'ยังไม่มีบัญชีรายชื่อ'
        )
            as note_th,
        coalesce(
            'Latest list ' || min(returned.list_key) || ' of ' || to_char(min(returned.listed_on), 'YYYY-MM-DD'),
            'No list is held'
        )
            as note_en
    from latest
    left join returned
        on latest.list_key = returned.list_key
),

groups as (
    {{ people_groups("people", age_band="school_age_band") }}
    union all
    {{ affiliated_groups("people") }}
    union all
    {{ several_groups("lists") }}
)

{{ rate("I12", "return_rate", "groups") }}
