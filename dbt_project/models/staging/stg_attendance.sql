{{ staged("attendance", [
    "partner_person_key",
    "activity_ref",
    "hours",
    "passed",
    "pre_score",
    "post_score",
    "credential",
]) }}
