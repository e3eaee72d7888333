{{ staged("community_group", [
    "group_ref",
    "name",
    "kind",
    "formed_on",
    "members",
    "tambon_code",
    "amphoe_code",
    "province_code",
    "project_ref",
]) }}
