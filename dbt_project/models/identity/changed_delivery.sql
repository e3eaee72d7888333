select delivery_id
from {{ source("ops", "delivery") }}
where state = 'loaded'
{%- if last_build_stands() %}
except
select delivery_id
from {{ source("ops", "built_delivery") }}
{%- endif %}
