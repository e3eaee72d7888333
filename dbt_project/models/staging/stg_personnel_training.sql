{{ staged("personnel_training", [
    "staff_key",
    "role",
    "level",
    "course",
    "hours",
    "completed_on",
]) }}
