{# One record type as staged: every version of every record that was not a deletion, with [known_from, known_to).
   A version ends when the next version of the same record_key is learned, be that a correction or a deletion. #}
{% macro staged(record_type, columns) %}
select
    record_id,
    record_key,
    source,
    delivery_id,
    row_no,
{%- for column in columns %}
    {{ column }},
{%- endfor %}
    known_from,
    known_to,
    known_to is null as is_current
from (
    select
        *,
        lead(known_from) over (partition by record_key order by record_id) as known_to
    from {{ source("raw", record_type) }}
) as versions
where not is_deleted and (known_to is null or known_to > known_from)
{% endmacro %}
