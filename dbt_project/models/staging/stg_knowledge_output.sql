{{ staged("knowledge_output", [
    "kind",
    "title",
    "published_on",
    "scaled_out_to",
    "project_ref",
]) }}
