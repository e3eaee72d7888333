{{ staged("fund_transaction", [
    "partner_person_key",
    "partner_record_ref",
    "fund_ref",
    "booked_on",
    "kind",
    "amount_baht",
    "due_on",
]) }}
