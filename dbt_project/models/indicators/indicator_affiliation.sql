{{ config(materialized="incremental", unique_key="person_key", post_hook="{{ statistics() }}") }}

select distinct
    person_key,
    'partner' as dimension,
    source as member
from {{ changed_rows_of("dim_partner_person", "changed_by_day") }} as partner_person

union all

select distinct
    participation.person_key,
    'programme' as dimension,
    project.programme as member
from {{ changed_rows_of("fct_participation", "changed_by_day") }} as participation
inner join {{ ref("dim_project") }} as project
    on participation.project_key = project.project_key
where
    {{ is_known("participation") }}
    and participation.joined_on <= {{ as_of() }}
    and project.programme is not null
