{%- if last_build_stands() -%}
{%- set new_deliveries = changed_deliveries() -%}
{%- for record_type in record_types_of_persons() %}
select distinct
    '{{ record_type }}' as record_type,
    record_key
from (
    -- two questions: both in one `or` would be asked of every row
    select record_key
    from {{ source("raw", record_type) }}
    where partner_person_key in (select partner_person_key from {{ ref("changed_person") }})
    union all
    select record_key
    from {{ source("raw", record_type) }}
    where partner_person_key is null and delivery_id in {{ new_deliveries }}
) as touched
{% if not loop.last %}
union all
{% endif %}
{%- endfor %}
{%- else -%}
-- nothing was built before: all are made anew, and nobody asks what changed
select
    null::text as record_type,
    null::uuid as record_key
where false
{%- endif %}
