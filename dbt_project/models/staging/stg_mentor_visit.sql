{{ staged("mentor_visit", [
    "mentor_key",
    "unit",
    "visited_on",
    "project_ref",
    "purpose",
    "curriculum_stage",
    "findings",
    "agreed_actions",
]) }}
