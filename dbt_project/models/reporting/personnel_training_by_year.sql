with trained as (
    select
        day.fiscal_year_be,
        coalesce(training.role, 'unknown') as role,
        count(distinct training.staff_key) as staff,
        count(distinct training.course) as courses,
        sum(training.hours::numeric) as hours
    from {{ ref("fct_personnel_training") }} as training
    inner join {{ ref("dim_date") }} as day
        on training.completed_on = day.date_day
    where {{ is_known("training") }} and training.completed_on <= {{ as_of() }}
    group by day.fiscal_year_be, coalesce(training.role, 'unknown')
),

controlled as (
    {{ withheld(
        "trained", ["fiscal_year_be", "role", "staff", "courses", "hours"], breakdown="fiscal_year_be", cell="staff",
        smalls=["staff"], order_by="role"
    ) }}
)

select
    controlled.fiscal_year_be,
    controlled.role,
    coalesce(code.label_th, 'ไม่ทราบ') as role_th,
    coalesce(code.label_en, 'Unknown') as role_en,
    case when not controlled.suppressed then controlled.staff end as staff,
    controlled.courses,
    case when not controlled.suppressed then controlled.hours end as hours,
    controlled.suppressed
from controlled
left join {{ ref("dim_code") }} as code
    on code.code_list = 'personnel_role' and controlled.role = code.code
