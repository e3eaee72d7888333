select
    source,
    partner_family,
    partner_name_th,
    partner_name_en,
    area_code,
    extract(epoch from promised_every) / 86400 as promised_days
from {{ source("ops", "source") }}
