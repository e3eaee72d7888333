with trained as (
    select
        staff_key,
        source,
        role,
        level
    from {{ ref("fct_personnel_training") }} as training
    where {{ is_known("training") }} and completed_on <= {{ as_of() }}
),

groups as (
    select
        '52' as area_code,
        breakdown.dimension,
        breakdown.member,
        count(distinct trained.staff_key) as n
    from trained
    cross join
        lateral (
            values
            ('all', 'all'),
            ('partner', trained.source),
            ('personnel_role', coalesce(trained.role, 'unknown')),
            ('level', coalesce(trained.level, 'unknown'))
        ) as breakdown (dimension, member)
    group by breakdown.dimension, breakdown.member
),

coverage as (
    select
        'บุคลากรที่หลายหน่วยงานรายงานนับแยกกัน เพราะไม่จับคู่ตัวตนของบุคลากร' as note_th,
        'Staff whom several partners report are counted for each: the identity of staff is not resolved.' as note_en
)

{{ persons_counted("I32", "staff_trained", "groups") }}
