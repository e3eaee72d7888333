-- somebody is counted once in each of their target groups; a join with the groups goes through here and never fans out
select distinct
    participation.record_key,
    target_group,
    participation.person_key,
    participation.project_key,
    participation.known_from,
    participation.known_to
from {{ ref("fct_participation") }} as participation
cross join lateral unnest(participation.target_groups) as target_group
where target_group is not null
