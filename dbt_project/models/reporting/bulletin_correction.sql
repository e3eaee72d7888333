{{ config(materialized="view", post_hook="alter view {{ this }} set (security_barrier = true)") }}

with counted as (
    select
        source,
        record_type,
        kind,
        count(*) filter (where state = 'open') as open,
        count(*) filter (where state = 'open' and severity = 'critical') as open_critical,
        count(*) filter (where state = 'open' and severity = 'warning') as open_warning,
        count(*) filter (where state = 'corrected') as corrected,
        count(*) filter (where state = 'accepted') as accepted,
        count(*) filter (where state = 'withdrawn') as withdrawn,
        count(*) filter (where state = 'open' and age_days <= 7) as open_to_7_days,
        count(*) filter (where state = 'open' and age_days between 8 and 30) as open_8_to_30_days,
        count(*) filter (where state = 'open' and age_days between 31 and 90) as open_31_to_90_days,
        count(*) filter (where state = 'open' and age_days > 90) as open_over_90_days,
        min(opened_on) filter (where state = 'open') as oldest_opened_on
    from {{ ref("fct_ticket") }}
    group by source, record_type, kind
)

select
    counted.source,
    partner.partner_name_th,
    partner.partner_name_en,
    counted.record_type,
    words.label_th as record_type_th,
    words.label_en as record_type_en,
    counted.kind,
    kinds.position as kind_position,
    kinds.label_th as kind_th,
    kinds.label_en as kind_en,
    counted.open,
    counted.open_critical,
    counted.open_warning,
    counted.corrected,
    counted.accepted,
    counted.withdrawn,
    counted.open_to_7_days,
    counted.open_8_to_30_days,
    counted.open_31_to_90_days,
    counted.open_over_90_days,
    counted.oldest_opened_on
from counted
inner join {{ ref("ticket_kind") }} as kinds
    on counted.kind = kinds.kind
left join {{ ref("dim_partner") }} as partner
    on counted.source = partner.source
left join {{ ref("dim_code") }} as words
    on words.code_list = 'record_type' and counted.record_type = words.code
