{%- if last_build_stands() -%}
select person_key from {{ ref("changed_person") }}
union
-- a school of which other rosters are held says something else of everybody who was on one of them
select pupil.person_key
from {{ source("ops", "rebuild") }} as school
inner join {{ ref("fct_school_roster") }} as pupil
    on school.first_key = pupil.source and school.second_key = pupil.school
where school.relation = '{{ ref("fct_roster_coverage").identifier }}'
{%- else -%}
-- nothing was built before: all are made anew, and nobody asks who changed
select null::uuid as person_key
where false
{%- endif %}
