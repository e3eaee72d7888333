with months as (
    select
        source,
        date_trunc('month', given_on)::date as month,
        count(*) as hand_outs,
        sum(weight_kg::numeric) as weight_kg,
        count(distinct person_key) as persons,
        count(distinct household_key) as households,
        count(distinct coalesce(household_key, person_key)) as receivers
    from {{ ref("fct_food_bank") }} as hand_out
    where {{ is_known("hand_out") }} and given_on <= {{ as_of() }}
    group by source, date_trunc('month', given_on)::date
)

select
    months.source,
    partner.partner_name_th,
    partner.partner_name_en,
    months.month,
    case when not {{ is_small("months.receivers") }} then months.hand_outs end as hand_outs,
    case when not {{ is_small("months.receivers") }} then months.weight_kg end as weight_kg,
    case when not {{ is_small("months.persons") }} then months.persons end as persons,
    case when not {{ is_small("months.households") }} then months.households end as households,
    {{ is_small("months.receivers") }} or {{ is_small("months.persons") }} or {{ is_small("months.households") }}
        as suppressed
from months
left join {{ ref("dim_partner") }} as partner
    on months.source = partner.source
