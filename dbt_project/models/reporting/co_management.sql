select
    visit.source,
    visit.unit,
    day.year_be,
    count(*) as visits,
    count(distinct visit.project_key) as projects_visited,
    count(*) filter (where visit.has_findings) as visits_with_findings,
    count(*) filter (where visit.has_agreed_actions) as visits_with_agreed_actions,
    max(visit.visited_on) as last_visited_on
from {{ ref("fct_mentor_visit") }} as visit
inner join {{ ref("dim_date") }} as day
    on visit.visited_on = day.date_day
where {{ is_known("visit") }} and visit.visited_on <= {{ as_of() }}
group by visit.source, visit.unit, day.year_be
