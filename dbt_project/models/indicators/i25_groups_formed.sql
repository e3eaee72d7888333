with formed as (
    select
        community_group.group_key,
        community_group.source,
        community_group.kind,
        community_group.amphoe_code,
        community_group.members,
        project.programme,
        coalesce(
            community_group.formed_on >= project.started_on
            and (project.ended_on is null or community_group.formed_on < project.ended_on), false
        ) as is_within
    from {{ ref("fct_community_group") }} as community_group
    left join {{ ref("dim_project") }} as project
        on community_group.project_key = project.project_key
    where {{ is_known("community_group") }} and community_group.formed_on <= {{ as_of() }}
),

counted as (
    select
        breakdown.area_code,
        breakdown.dimension,
        breakdown.member,
        count(*) as n,
        sum(formed.members) as amount,
        sum(formed.members) as persons
    from formed
    cross join
        lateral (
            values
            ('52', 'all', 'all'),
            (formed.amphoe_code, 'all', 'all'),
            ('52', 'group_kind', coalesce(formed.kind, 'unknown')),
            ('52', 'partner', formed.source),
            ('52', 'programme', coalesce(formed.programme, 'unknown'))
        ) as breakdown (area_code, dimension, member)
    where formed.is_within and breakdown.area_code like '52%'
    group by breakdown.area_code, breakdown.dimension, breakdown.member
),

membered as (
    select *
    from counted
    where amount is not null
),

coverage as (
    select
        'กลุ่มที่ก่อตั้งนอกช่วงโครงการหรือไม่ทราบช่วงโครงการ ' || count(*) filter (where not is_within)
        || ' (ไม่นับ) · ไม่แจ้งจำนวนสมาชิก ' || count(*) filter (where is_within and members is null) as note_th,
        'Formed outside the project or project dates not known: ' || count(*) filter (where not is_within)
        || ' (not counted). Without a number of members: '
        || count(*) filter (where is_within and members is null) || '.' as note_en
    from formed
)

{{ things_counted("I25", "groups_formed", "counted") }}
union all
{{ amount("I25", "group_members", "membered") }}
