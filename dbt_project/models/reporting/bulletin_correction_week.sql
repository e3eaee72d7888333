{{ config(materialized="view", post_hook="alter view {{ this }} set (security_barrier = true)") }}

with weeks as (
    select
        week_no,
        {{ as_of() }} - 7 * (8 - week_no) - 6 as week_start,
        {{ as_of() }} - 7 * (8 - week_no) as week_end
    from generate_series(1, 8) as week_no
)

select
    partner.source,
    partner.partner_name_th,
    partner.partner_name_en,
    weeks.week_no,
    weeks.week_start,
    weeks.week_end,
    count(*) filter (where ticket.opened_on >= weeks.week_start) as opened,
    count(*) filter (where ticket.state = 'corrected' and ticket.closed_on <= weeks.week_end) as corrected,
    count(*) filter (where ticket.state = 'accepted' and ticket.closed_on <= weeks.week_end) as accepted,
    count(*) filter (where ticket.state = 'withdrawn' and ticket.closed_on <= weeks.week_end) as withdrawn,
    count(*) filter (where coalesce(ticket.closed_on > weeks.week_end, ticket.ticket_id is not null)) as open_at_end
from {{ ref("dim_partner") }} as partner
cross join weeks
-- what was open for a while in the week, or closed in it
left join {{ ref("fct_ticket") }} as ticket
    on partner.source = ticket.source
    and weeks.week_end >= ticket.opened_on
    and weeks.week_start <= coalesce(ticket.closed_on, 'infinity')
group by
    partner.source, partner.partner_name_th, partner.partner_name_en, weeks.week_no, weeks.week_start, weeks.week_end
