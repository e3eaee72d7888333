{{ staged("enrolment", [
    "partner_person_key",
    "partner_record_ref",
    "provider",
    "kind",
    "level",
    "grade",
    "started_on",
    "ended_on",
    "end_reason",
]) }}
