{{ staged("device_service", [
    "partner_person_key",
    "partner_record_ref",
    "device_type",
    "service_kind",
    "requested_on",
    "done_on",
    "cost_baht",
]) }}
