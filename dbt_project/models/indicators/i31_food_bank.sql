with given as (
    select
        person_key,
        household_key,
        source,
        weight_kg
    from {{ ref("fct_food_bank") }} as hand_out
    where {{ is_known("hand_out") }} and given_on <= {{ as_of() }}
),

people as (
    select distinct
        person_key,
        true as counted
    from given
    where person_key is not null
),

several as (
    select
        person_key,
        'partner' as dimension,
        source as member,
        true as counted
    from given
    where person_key is not null
),

weights as (
    select
        '52' as area_code,
        case when grouping(source) = 0 then 'partner' else 'all' end as dimension,
        case when grouping(source) = 0 then source else 'all' end as member,
        sum(weight_kg::numeric) as amount,
        count(distinct coalesce(household_key, person_key)) as persons
    from given
    group by grouping sets ((), (source))
    having count(*) > 0
),

households as (
    select
        '52' as area_code,
        case when grouping(source) = 0 then 'partner' else 'all' end as dimension,
        case when grouping(source) = 0 then source else 'all' end as member,
        count(distinct household_key) as n
    from given
    group by grouping sets ((), (source))
    having count(household_key) > 0
),

coverage as (
    select
        'แจกโดยไม่ระบุตัวบุคคล '
        || count(*) filter (where person_key is null)
        || ' ครั้ง จากทั้งหมด '
        || count(*)
        || ' ครั้ง'
            as note_th,
        'Hand-outs without a person: ' || count(*) filter (where person_key is null) || ' of ' || count(*) || '.'
            as note_en
    from given
),

groups as (
    {{ people_groups("people") }}
    union all
    {{ several_groups("several") }}
)

{{ persons_counted("I31", "persons_helped", "groups") }}
union all
{{ amount("I31", "weight_given", "weights") }}
union all
{{ persons_counted("I31", "households_helped", "households") }}
