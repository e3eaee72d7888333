{{ config(materialized="incremental", unique_key="record_key") }}

-- somebody is counted once in each of their target groups; a join with the groups goes through here and never fans out
select distinct
    participation.record_key,
    target_group,
    participation.person_key,
    participation.project_key,
    participation.known_from,
    participation.known_to
from {{ changed_rows_of("fct_participation", "changed_record") }} as participation
cross join lateral unnest(participation.target_groups) as target_group
where target_group is not null
