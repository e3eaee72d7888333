{{ config(materialized="incremental", unique_key="person_key") }}

with evidence as (
    select
        person_key,
        source,
        record_key,
        work_status,
        followed_up_on as valid_from,
        known_from,
        known_to
    from {{ changed_rows_of("fct_outcome") }} as outcome
    where work_status is not null
),

slices as (
    {{ knowledge_slices("evidence") }}
),

-- per slice of knowledge and day one word: one that knows before one that does not, then the latest told
seen as (
    select distinct on (slices.person_key, slices.slice_no, evidence.valid_from)
        slices.person_key,
        slices.slice_no,
        evidence.source,
        evidence.work_status,
        evidence.valid_from
    from slices
    inner join evidence
        on slices.person_key = evidence.person_key
        and slices.slice_from >= evidence.known_from
        and (evidence.known_to is null or slices.slice_from < evidence.known_to)
    order by
        slices.person_key asc, slices.slice_no asc, evidence.valid_from asc,
        (evidence.work_status = 'unknown') asc, evidence.known_from desc, evidence.record_key asc
),

marked as (
    select
        *,
        case
            when lag(work_status) over (partition by person_key, slice_no order by valid_from) = work_status then 0
            else 1
        end as is_new
    from seen
),

numbered as (
    select
        *,
        sum(is_new) over (partition by person_key, slice_no order by valid_from) as spell_no
    from marked
),

merged as (
    select
        person_key,
        slice_no,
        work_status,
        min(valid_from) as valid_from,
        array_agg(distinct source order by source) as evidence_sources
    from numbered
    group by person_key, slice_no, spell_no, work_status
),

-- a status holds from the day of the follow-up until a later one says something else
spells as (
    select
        *,
        lead(valid_from) over (partition by person_key, slice_no order by valid_from) as valid_to
    from merged
),

runs as (
    select
        spells.*,
        slices.slice_from,
        slices.slice_to,
        spells.slice_no - row_number() over (
            partition by
                spells.person_key, spells.valid_from, spells.valid_to, spells.work_status, spells.evidence_sources
            order by spells.slice_no
        ) as run_no
    from spells
    inner join slices
        on spells.person_key = slices.person_key and spells.slice_no = slices.slice_no
)

select
    person_key,
    work_status,
    valid_from,
    valid_to,
    evidence_sources,
    min(slice_from) as known_from,
    case when bool_or(slice_to is null) then null else max(slice_to) end as known_to
from runs
group by person_key, work_status, valid_from, valid_to, evidence_sources, run_no
