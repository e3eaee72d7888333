{{ staged("learning_space", [
    "space_ref",
    "name",
    "kind",
    "tambon_code",
    "amphoe_code",
    "opened_on",
]) }}
