with listed as (
    select
        list_key,
        source,
        person_key,
        min(as_of) as listed_on,
        coalesce(bool_or(never_enrolled), false) as never_enrolled,
        coalesce(bool_or(left_school), false) as left_school
    from {{ ref("fct_out_of_school_baseline") }} as baseline
    where {{ is_known("baseline") }} and as_of <= {{ as_of() }}
    group by list_key, source, person_key
),

enrolled as (
    select person_key
    from {{ ref("education_spell") }} as spell
    where
        {{ is_known("spell") }}
        and schooling_status in ('enrolled_formal', 'enrolled_non_formal')
        and valid_from <= {{ as_of() }}
        and coalesce(valid_to, 'infinity') > {{ as_of() }}
),

counted as (
    select
        listed.list_key,
        listed.source,
        min(listed.listed_on) as as_of,
        count(*) as persons,
        count(*) filter (where listed.never_enrolled) as persons_never_enrolled,
        count(*) filter (where listed.left_school) as persons_left_school,
        count(enrolled.person_key) as persons_enrolled_now
    from listed
    left join enrolled
        on listed.person_key = enrolled.person_key
    group by listed.list_key, listed.source
),

controlled as (
    {{ withheld(
        "counted",
        [
            "list_key", "source", "as_of", "persons", "persons_never_enrolled", "persons_left_school",
            "persons_enrolled_now",
        ],
        breakdown="list_key", cell="persons",
        smalls=[
            "persons", "persons_never_enrolled", "persons - persons_never_enrolled", "persons_left_school",
            "persons - persons_left_school", "persons_enrolled_now", "persons - persons_enrolled_now",
        ],
        order_by="list_key"
    ) }}
)

select
    list_key,
    source,
    as_of,
    case when not suppressed then persons end as persons,
    case when not suppressed then persons_never_enrolled end as persons_never_enrolled,
    case when not suppressed then persons_left_school end as persons_left_school,
    case when not suppressed then persons_enrolled_now end as persons_enrolled_now,
    suppressed
from controlled
