{{ config(materialized="incremental", unique_key="person_key") }}

with told as (
    -- an enrolment holds from its start to its end and outranks every other evidence, formal before non-formal
    select
        person_key,
        source,
        'enrolment' as record_type,
        record_key,
        case when kind = 'non_formal' then 'enrolled_non_formal' else 'enrolled_formal' end as status,
        case when kind = 'non_formal' then 'enrolled_non_formal' else 'enrolled_formal' end as schooling,
        case when kind = 'non_formal' then 2 else 1 end as precedence,
        0 as strength,
        started_on as valid_from,
        ended_on as valid_to,
        known_from,
        known_to
    from {{ of_pupils("fct_enrolment") }} as enrolment
    where kind in ('formal', 'vocational', 'non_formal') and (ended_on is null or ended_on > started_on)

    union all

    -- its end says what came after, until other evidence: left early, finished basic education, or out of our sight
    select
        person_key,
        source,
        'enrolment' as record_type,
        record_key,
        after.status,
        after.status as schooling,
        3 as precedence,
        case when after.status = 'unknown' then 5 else 7 end as strength,
        ended_on as valid_from,
        null as valid_to,
        known_from,
        known_to
    from {{ of_pupils("fct_enrolment") }} as enrolment
    cross join
        lateral (
            select
                case
                    when end_reason = 'dropped_out' then 'out_of_school'
                    when
                        end_reason = 'completed'
                        and (
                            level in ('upper_secondary', 'vocational_certificate', 'higher_vocational', 'bachelor')
                            or (level = 'non_formal' and kind = 'non_formal')
                        )
                        and coalesce(grade, '') not in ('M4', 'M5', 'V1', 'V2', 'HV1')
                        then 'completed'
                    else 'unknown'
                end as status
        ) as after
    where kind in ('formal', 'vocational', 'non_formal') and ended_on >= started_on

    union all

    -- informal training and participation in a project are training: no enrolment, shown where there is none
    select
        person_key,
        source,
        'enrolment' as record_type,
        record_key,
        'in_training' as status,
        null as schooling,
        9 as precedence,
        0 as strength,
        started_on as valid_from,
        ended_on as valid_to,
        known_from,
        known_to
    from {{ of_pupils("fct_enrolment") }} as enrolment
    where kind = 'informal_training' and (ended_on is null or ended_on > started_on)

    union all

    select
        person_key,
        source,
        'participant' as record_type,
        record_key,
        'in_training' as status,
        null as schooling,
        9 as precedence,
        0 as strength,
        joined_on as valid_from,
        left_on as valid_to,
        known_from,
        known_to
    from {{ of_pupils("fct_participation") }} as participation
    where left_on is null or left_on > joined_on

    union all

    -- a screening with a grade says enrolled for its academic year: from its day on, until something later is known …
    select
        screening.person_key,
        screening.source,
        'learner_screening' as record_type,
        screening.record_key,
        'enrolled_formal' as status,
        'enrolled_formal' as schooling,
        3 as precedence,
        4 as strength,
        greatest(screening.screened_on, year.begins) as valid_from,
        year.ends as valid_to,
        screening.known_from,
        screening.known_to
    from {{ of_pupils("fct_screening") }} as screening
    cross join
        lateral (
            select
                make_date(screening.academic_year::integer - 543, 5, 16) as begins,
                make_date(screening.academic_year::integer - 542, 5, 16) as ends
        ) as year
    where
        screening.grade is not null
        and screening.level not in ('non_formal', 'informal')
        and screening.academic_year between 2500 and 2600
        and screening.screened_on < year.ends

    union all

    -- … and, where nothing else is known, from the first day of that year
    select
        screening.person_key,
        screening.source,
        'learner_screening' as record_type,
        screening.record_key,
        'enrolled_formal' as status,
        'enrolled_formal' as schooling,
        4 as precedence,
        0 as strength,
        year.begins as valid_from,
        least(year.ends, screening.screened_on) as valid_to,
        screening.known_from,
        screening.known_to
    from {{ of_pupils("fct_screening") }} as screening
    cross join
        lateral (
            select
                make_date(screening.academic_year::integer - 543, 5, 16) as begins,
                make_date(screening.academic_year::integer - 542, 5, 16) as ends
        ) as year
    where
        screening.grade is not null
        and screening.level not in ('non_formal', 'informal')
        and screening.academic_year between 2500 and 2600
        and screening.screened_on > year.begins

    union all

    -- a case is about somebody out of school; back at learning, they are in training until an enrolment says more
    select
        person_key,
        source,
        'case_event' as record_type,
        record_key,
        case when case_stage in ('learning', 'retained') then 'in_training' else 'out_of_school' end as status,
        'out_of_school' as schooling,
        3 as precedence,
        case when case_stage in ('learning', 'retained') then 3 else 2 end as strength,
        event_on as valid_from,
        null as valid_to,
        known_from,
        known_to
    from {{ of_pupils("fct_case_event") }} as case_event

    union all

    -- a frozen list says that a person had never entered school, or had left it, on the day that the list is of
    select
        person_key,
        source,
        'out_of_school_baseline' as record_type,
        record_key,
        listed.status,
        listed.status as schooling,
        3 as precedence,
        1 as strength,
        as_of as valid_from,
        null as valid_to,
        known_from,
        known_to
    from {{ of_pupils("fct_out_of_school_baseline") }} as baseline
    cross join
        lateral (
            select
                case
                    when never_enrolled and not coalesce(left_school, false) then 'never_enrolled'
                    else 'out_of_school'
                end as status
        ) as listed

    union all

    -- who left a project because they died or moved away says nothing of schooling, but a roster need not have them
    select
        person_key,
        source,
        'participant' as record_type,
        record_key,
        null as status,
        null as schooling,
        3 as precedence,
        -1 as strength,
        left_on as valid_from,
        null as valid_to,
        known_from,
        known_to
    from {{ of_pupils("fct_participation") }} as participation
    where exit_reason in ('deceased', 'moved') and left_on is not null
),

-- a roster says who was at school on its day, for the rest of the academic year, until something later speaks …
rostered as (
    select
        roster.person_key,
        roster.source,
        roster.record_key,
        roster.roster_key,
        false as is_absence,
        3 as precedence,
        6 as strength,
        roster.counted_on as valid_from,
        year.ends as valid_to,
        roster.known_from,
        roster.known_to
    from {{ of_pupils("fct_school_roster") }} as roster
    cross join lateral (select make_date(roster.academic_year::integer - 542, 5, 16) as ends) as year

    union all

    -- … and, where nothing else is known, for the days before it: June since the year, the others since 1 November
    select
        roster.person_key,
        roster.source,
        roster.record_key,
        roster.roster_key,
        false as is_absence,
        4 as precedence,
        0 as strength,
        case
            when roster.round = 'june_10' then make_date(roster.academic_year::integer - 543, 5, 16)
            else make_date(roster.academic_year::integer - 543, 11, 1)
        end as valid_from,
        roster.counted_on as valid_to,
        roster.known_from,
        roster.known_to
    from {{ of_pupils("fct_school_roster") }} as roster
    where
        -- spared: an earlier roster of the year speaks of those days already, and louder
        not exists (
            select 1
            from {{ of_pupils("fct_school_roster") }} as earlier
            where
                earlier.person_key = roster.person_key
                and earlier.academic_year = roster.academic_year
                and earlier.counted_on < roster.counted_on
                and earlier.known_from <= roster.known_from
                and coalesce(earlier.known_to, 'infinity') >= coalesce(roster.known_to, 'infinity')
        )

    union all

    -- who is on no roster of a later day that we hold of the same school, and hold whole: whether nothing else has
    -- spoken of them meanwhile is asked below, per slice of knowledge
    select
        roster.person_key,
        roster.source,
        roster.record_key,
        held.roster_key,
        true as is_absence,
        3 as precedence,
        0 as strength,
        held.counted_on as valid_from,
        null::date as valid_to,
        {{ known_range("roster", "held") }}
    from {{ of_pupils("fct_school_roster") }} as roster
    inner join {{ ref("fct_roster_coverage") }} as held
        on roster.source = held.source
        and roster.school = held.school
        and roster.counted_on < held.counted_on
        and {{ known_together("roster", "held") }}
    where
        held.is_whole
        and (
            roster.academic_year = held.academic_year
            or (
                roster.academic_year + 1 = held.academic_year
                and held.round = 'june_10'
                and roster.grade not in ('K3', 'P6', 'M3', 'M6', 'V3', 'HV2')
            )
        )
        -- spared, not decided: on the day itself being on a roster goes before being on none
        and not exists (
            select 1
            from {{ of_pupils("fct_school_roster") }} as present
            where
                present.person_key = roster.person_key
                and present.counted_on = held.counted_on
                and present.known_from <= greatest(roster.known_from, held.known_from)
                and coalesce(present.known_to, 'infinity')
                >= coalesce(least(roster.known_to, held.known_to), 'infinity')
        )
),

evidence as (
    select
        *,
        null as roster_key,
        false as is_absence
    from told

    union all

    select
        person_key,
        source,
        'school_roster' as record_type,
        record_key,
        case when is_absence then 'out_of_school' else 'enrolled_formal' end as status,
        case when is_absence then 'out_of_school' else 'enrolled_formal' end as schooling,
        precedence,
        strength,
        valid_from,
        valid_to,
        known_from,
        known_to,
        roster_key,
        is_absence
    from rostered
    where valid_to is null or valid_to > valid_from
),

slices as (
    {{ knowledge_slices("evidence") }}
),

-- per slice of knowledge: the number of each word, absence bearing that of the word before it
heard as (
    select
        slices.person_key,
        slices.slice_no,
        evidence.source,
        evidence.record_type,
        evidence.record_key,
        evidence.status,
        evidence.schooling,
        evidence.precedence,
        evidence.strength,
        evidence.valid_from,
        evidence.valid_to,
        evidence.known_from,
        evidence.roster_key,
        evidence.is_absence,
        count(*) filter (where not evidence.is_absence) over words as word_no,
        count(*) filter (where evidence.precedence = 3 and evidence.roster_key is not null and not evidence.is_absence)
            over (partition by slices.person_key, slices.slice_no, evidence.valid_from)
            as rosters_of_day,
        coalesce(
            bool_or(evidence.schooling in ('enrolled_formal', 'enrolled_non_formal')) over (
                partition by slices.person_key, slices.slice_no
                order by evidence.valid_from, evidence.strength, evidence.record_key
                rows between unbounded preceding and 1 preceding
            ), false
        ) as was_enrolled
    from slices
    inner join evidence
        on slices.person_key = evidence.person_key
        and slices.slice_from >= evidence.known_from
        and (evidence.known_to is null or slices.slice_from < evidence.known_to)
    window
        words as (
            partition by slices.person_key, slices.slice_no, evidence.precedence
            order by evidence.valid_from, evidence.strength, evidence.known_from, evidence.record_key
        )
),

weighed as (
    select
        person_key,
        slice_no,
        source,
        record_type,
        record_key,
        -- a list that says never does not hold against what is known of earlier schooling
        case when schooling = 'never_enrolled' and was_enrolled then 'out_of_school' else status end as status,
        case when schooling = 'never_enrolled' and was_enrolled then 'out_of_school' else schooling end as schooling,
        precedence,
        strength,
        valid_from,
        valid_to,
        known_from,
        roster_key,
        -- absence counts where the last word is the roster that they stood on, alone of its day
        not is_absence
        or (first_value(record_key) over word = record_key and first_value(rosters_of_day) over word = 1) as counts
    from heard
    window
        word as (
            partition by person_key, slice_no, precedence, word_no
            order by valid_from, strength, known_from, record_key
        )
),

-- a word of precedence 3 holds until the next such word, the rest as long as it says itself
seen as (
    select
        *,
        case
            when precedence = 3
                then
                    least(
                        valid_to,
                        lead(valid_from) over (
                            partition by person_key, slice_no, precedence
                            order by valid_from, strength, known_from, record_key
                        )
                    )
            else valid_to
        end as valid_until
    from weighed
    where counts and status is not null
),

days as (
    select
        person_key,
        slice_no,
        valid_from as day
    from seen
    where valid_until is null or valid_until > valid_from
    union
    select
        person_key,
        slice_no,
        valid_until as day
    from seen
    where valid_until > valid_from
),

stretches as (
    select
        person_key,
        slice_no,
        day as valid_from,
        lead(day) over (partition by person_key, slice_no order by day) as valid_to
    from days
),

-- on every stretch the strongest evidence of schooling, and whether there is training beside it
judged as (
    select
        stretches.person_key,
        stretches.slice_no,
        stretches.valid_from,
        stretches.valid_to,
        {%- set strongest = "order by seen.precedence, seen.valid_from desc, seen.record_key" %}
        (array_agg(seen.schooling {{ strongest }}) filter (where seen.precedence < 9))[1] as schooling,
        (array_agg(seen.status {{ strongest }}) filter (where seen.precedence < 9))[1] as status,
        (array_agg(seen.record_type {{ strongest }}) filter (where seen.precedence < 9))[1] as record_type,
        (array_agg(seen.source {{ strongest }}) filter (where seen.precedence < 9))[1] as source,
        (array_agg(seen.roster_key {{ strongest }}) filter (where seen.precedence < 9))[1] as roster_key,
        (array_agg(seen.record_type {{ strongest }}) filter (where seen.precedence = 9))[1] as training_record_type,
        (array_agg(seen.source {{ strongest }}) filter (where seen.precedence = 9))[1] as training_source
    from stretches
    inner join seen
        on stretches.person_key = seen.person_key
        and stretches.slice_no = seen.slice_no
        and stretches.valid_from >= seen.valid_from
        and (seen.valid_until is null or stretches.valid_from < seen.valid_until)
    group by stretches.person_key, stretches.slice_no, stretches.valid_from, stretches.valid_to
),

stated as (
    select
        person_key,
        slice_no,
        valid_from,
        valid_to,
        coalesce(schooling, 'unknown') as schooling_status,
        case
            when schooling in ('enrolled_formal', 'enrolled_non_formal') then schooling
            when training_source is not null then 'in_training'
            else status
        end as education_status,
        case
            when schooling in ('enrolled_formal', 'enrolled_non_formal') then record_type
            else coalesce(training_record_type, record_type)
        end as record_type,
        case
            when schooling in ('enrolled_formal', 'enrolled_non_formal') then source
            else coalesce(training_source, source)
        end as source,
        roster_key
    from judged
),

-- neighbouring stretches that say the same become one spell …
marked as (
    select
        *,
        case
            when
                lag(valid_to) over stretch = valid_from
                and lag(education_status) over stretch = education_status
                and lag(schooling_status) over stretch = schooling_status
                then 0
            else 1
        end as is_new
    from stated
    window stretch as (partition by person_key, slice_no order by valid_from)
),

numbered as (
    select
        *,
        sum(is_new) over (partition by person_key, slice_no order by valid_from) as spell_no
    from marked
),

spells as (
    select
        person_key,
        slice_no,
        education_status,
        schooling_status,
        min(valid_from) as valid_from,
        case when bool_or(valid_to is null) then null else max(valid_to) end as valid_to,
        array_agg(distinct record_type order by record_type) as evidence_types,
        array_agg(distinct source order by source) as evidence_sources,
        array_agg(distinct roster_key order by roster_key) filter (where roster_key is not null) as evidence_rosters
    from numbered
    group by person_key, slice_no, spell_no, education_status, schooling_status
),

-- … and a spell that the next slice of knowledge repeats goes on being known
runs as (
    select
        spells.*,
        slices.slice_from,
        slices.slice_to,
        spells.slice_no - row_number() over (
            partition by
                spells.person_key, spells.valid_from, spells.valid_to, spells.education_status,
                spells.schooling_status, spells.evidence_types, spells.evidence_sources, spells.evidence_rosters
            order by spells.slice_no
        ) as run_no
    from spells
    inner join slices
        on spells.person_key = slices.person_key and spells.slice_no = slices.slice_no
)

select
    person_key,
    education_status,
    schooling_status,
    valid_from,
    valid_to,
    evidence_types,
    evidence_sources,
    evidence_rosters,
    min(slice_from) as known_from,
    case when bool_or(slice_to is null) then null else max(slice_to) end as known_to
from runs
group by
    person_key, education_status, schooling_status, valid_from, valid_to, evidence_types, evidence_sources,
    evidence_rosters, run_no
