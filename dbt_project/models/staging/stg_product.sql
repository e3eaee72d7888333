{{ staged("product", [
    "partner_record_ref",
    "name",
    "kind",
    "new_or_upgraded",
    "price_before",
    "price_after",
    "monthly_sales",
    "online_channel",
    "market_route",
    "market_stage",
    "group_ref",
    "project_ref",
]) }}
