{{ config(materialized="incremental", incremental_strategy="append", on_schema_change="fail", full_refresh=false) }}

select
    figure_id,
    indicator_id,
    version,
    measure,
    area_code,
    dimension,
    member,
    as_of,
    known_at,
    unit,
    numerator,
    denominator,
    value,
    interval_low,
    interval_high,
    suppressed,
    note_th,
    note_en
from {{ ref("indicator") }} as fresh
{% if is_incremental() %}
where not exists (
        select 1 from {{ this }} as published
        where published.figure_id = fresh.figure_id
    )
{% endif %}
