with participating as (
    select
        participation.person_key,
        participation.source,
        project.programme,
        participation.joined_on,
        participation.exit_reason,
        coalesce(participation.left_on, project.ended_on) as left_on
    from {{ ref("fct_participation") }} as participation
    left join {{ ref("dim_project") }} as project
        on participation.project_key = project.project_key
    where {{ is_known("participation") }} and participation.joined_on <= {{ as_of() }}
),

-- an exit is the last leaving, when no other participation is open
left_all as (
    select
        person_key,
        min(joined_on) as joined_on,
        max(left_on) as left_on,
        coalesce(bool_or(exit_reason in ('deceased', 'institutionalised', 'medical')), false) as is_excluded
    from participating
    group by person_key
    having bool_and(coalesce(left_on <= {{ as_of() }}, false))
),

exits as (
    select
        *,
        date_trunc('quarter', left_on)::date as quarter
    from left_all
    where not is_excluded
),

follow_ups as (
    select
        person_key,
        followed_up_on,
        bool_or(work_status in ('employed', 'self_employed')) as is_at_work,
        sum(monthly_income) as income
    from {{ ref("fct_outcome") }} as outcome
    where {{ is_known("outcome") }} and followed_up_on <= {{ as_of() }}
    group by person_key, followed_up_on
),
{%- for quarter in [2, 4] %}

after_{{ quarter }} as (
    select
        exits.person_key,
        count(follow_ups.person_key) > 0 as is_followed,
        coalesce(bool_or(follow_ups.is_at_work), false) as counted,
        (
            array_agg(follow_ups.income order by follow_ups.followed_up_on desc)
            filter (where follow_ups.is_at_work and follow_ups.income > 0)
        )[1] as income
    from exits
    left join follow_ups
        on exits.person_key = follow_ups.person_key
        and follow_ups.followed_up_on >= exits.quarter + interval '{{ quarter * 3 }} months'
        and follow_ups.followed_up_on < exits.quarter + interval '{{ quarter * 3 + 3 }} months'
    where exits.quarter + interval '{{ quarter * 3 + 3 }} months' <= {{ as_of() }}
    group by exits.person_key
),

several_{{ quarter }} as (
    select
        after_{{ quarter }}.person_key,
        breakdown.dimension,
        breakdown.member,
        after_{{ quarter }}.counted
    from after_{{ quarter }}
    inner join participating
        on after_{{ quarter }}.person_key = participating.person_key
    cross join lateral (
        values ('partner', participating.source), ('programme', participating.programme)
    ) as breakdown (dimension, member)
),

groups_{{ quarter }} as (
    {{ people_groups("after_" ~ quarter) }}
    union all
    {{ several_groups("several_" ~ quarter) }}
),

coverage_{{ quarter }} as (
    select
        'ไม่มีการติดตามในไตรมาสนั้นร้อยละ '
        || coalesce(round(100 * count(*) filter (where not is_followed) / nullif(count(*), 0)::numeric, 1)::text, '–')
        || ' (นับว่าไม่มีงาน) · ไม่นับผู้เสียชีวิต' as note_th,
        'Without a follow-up in that quarter: '
        || coalesce(round(100 * count(*) filter (where not is_followed) / nullif(count(*), 0)::numeric, 1)::text, '–')
        || ' % (counted as not at work). The deceased are left out.' as note_en
    from after_{{ quarter }}
),
{%- endfor %}

earning as (
    select
        breakdown.area_code,
        breakdown.dimension,
        breakdown.member,
        percentile_cont(0.5) within group (order by after_2.income) as amount,
        count(*) as persons
    from after_2
    inner join {{ ref("indicator_person") }} as person
        on after_2.person_key = person.person_key
    cross join
        lateral (
            values
            {{ person_breakdowns("person") }}
        ) as breakdown (area_code, dimension, member)
    where after_2.income is not null and breakdown.area_code like '52%' and breakdown.member is not null
    group by breakdown.area_code, breakdown.dimension, breakdown.member
),

earning_coverage as (
    select
        'ผู้มีงานทำที่ไม่ทราบรายได้ '
        || {{ told_count("count(*) filter (where counted and income is null)", "th") }}
        || ' คน'
            as note_th,
        'At work, income not known: '
        || {{ told_count("count(*) filter (where counted and income is null)", "en") }}
        || '.'
            as note_en
    from after_2
),

-- I34: the year after the exit must be over
learners as (
    select
        exits.*,
        (exits.left_on + interval '1 year')::date as year_end
    from exits
    where exits.left_on + interval '1 year' <= {{ as_of() }}
),

credentials as (
    -- a certificate of an activity; a diploma counts with work or further training within the year alone
    select
        learners.person_key,
        true as is_enough
    from learners
    inner join {{ ref("fct_attendance") }} as attendance
        on learners.person_key = attendance.person_key
    inner join {{ ref("fct_activity") }} as activity
        on attendance.activity_key = activity.activity_key
    where
        {{ is_known("attendance") }}
        and {{ is_known("activity") }}
        and btrim(attendance.credential) <> ''
        and activity.held_on between learners.joined_on and learners.year_end
    union
    select
        learners.person_key,
        exists (
            select 1 from follow_ups
            where follow_ups.person_key = learners.person_key and follow_ups.is_at_work
                and follow_ups.followed_up_on > learners.left_on and follow_ups.followed_up_on <= learners.year_end
        )
        or exists (
            select 1 from {{ ref("fct_enrolment") }} as further
            where {{ is_known("further") }} and further.person_key = learners.person_key
                and further.started_on > learners.left_on and further.started_on <= learners.year_end
        ) as is_enough
    from learners
    inner join {{ ref("fct_enrolment") }} as enrolment
        on learners.person_key = enrolment.person_key
    where
        {{ is_known("enrolment") }}
        and enrolment.kind in ('formal', 'vocational', 'non_formal')
        and enrolment.end_reason = 'completed'
        and enrolment.ended_on between learners.joined_on and learners.year_end
),

trained as (
    -- in education or training while they took part: a session attended, or an enrolment of that time
    select learners.person_key
    from learners
    inner join {{ ref("fct_attendance") }} as attendance
        on learners.person_key = attendance.person_key
    inner join {{ ref("fct_activity") }} as activity
        on attendance.activity_key = activity.activity_key
    where
        {{ is_known("attendance") }}
        and {{ is_known("activity") }}
        and activity.held_on between learners.joined_on and learners.left_on
    union
    select learners.person_key
    from learners
    inner join {{ ref("fct_enrolment") }} as enrolment
        on learners.person_key = enrolment.person_key
    where
        {{ is_known("enrolment") }}
        and enrolment.started_on <= learners.left_on
        and coalesce(enrolment.ended_on, 'infinity') > learners.joined_on
),

credentialled as (
    select
        trained.person_key,
        coalesce(bool_or(credentials.is_enough), false) as counted
    from trained
    left join credentials
        on trained.person_key = credentials.person_key
    group by trained.person_key
),

several_credentialled as (
    select
        credentialled.person_key,
        breakdown.dimension,
        breakdown.member,
        credentialled.counted
    from credentialled
    inner join participating
        on credentialled.person_key = participating.person_key
    cross join lateral (
        values ('partner', participating.source), ('programme', participating.programme)
    ) as breakdown (dimension, member)
),

credential_groups as (
    {{ people_groups("credentialled") }}
    union all
    {{ several_groups("several_credentialled") }}
),

credential_coverage as (
    select
        'ผู้ที่ออกครบหนึ่งปีแล้วแต่ไม่มีหลักฐานการฝึกอบรม '
        || {{ told_count("(select count(*) from learners) - (select count(*) from credentialled)", "th") }}
        || ' คน (ไม่นับ)'
            as note_th,
        'Left a year ago without evidence of any training: '
        || {{ told_count("(select count(*) from learners) - (select count(*) from credentialled)", "en") }}
        || ' (not counted).'
            as note_en
)

{{ rate("I21", "at_work_quarter_2", "groups_2", "coverage_2") }}
union all
{{ rate("I21", "at_work_quarter_4", "groups_4", "coverage_4") }}
union all
{{ amount("I22", "median_income_quarter_2", "earning", "earning_coverage") }}
union all
{{ rate("I34", "credential_rate", "credential_groups", "credential_coverage") }}
