{{ staged("published_figure", [
    "partner_record_ref",
    "publication",
    "table_title",
    "tambon_code",
    "amphoe_code",
    "province_code",
    "age_band",
    "measure",
    "unit",
    "scope",
    "as_of",
    "value",
]) }}
