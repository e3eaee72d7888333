{{ staged("activity", [
    "activity_ref",
    "project_ref",
    "title",
    "held_on",
    "hours",
    "skill_area",
    "curriculum_ref",
    "trainer_key",
    "space_ref",
    "life_stage",
    "mode",
]) }}
