{{ config(post_hook="analyze {{ this }}") }}

select distinct
    person_key,
    'partner' as dimension,
    source as member
from {{ ref("dim_partner_person") }}

union all

select distinct
    participation.person_key,
    'programme' as dimension,
    project.programme as member
from {{ ref("fct_participation") }} as participation
inner join {{ ref("dim_project") }} as project
    on participation.project_key = project.project_key
where
    {{ is_known("participation") }}
    and participation.joined_on <= {{ as_of() }}
    and project.programme is not null
