{{ staged("population_register", [
    "tambon_code",
    "amphoe_code",
    "province_code",
    "age",
    "sex",
    "residence_kind",
    "as_of",
    "count",
]) }}
