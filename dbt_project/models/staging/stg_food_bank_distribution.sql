{{ staged("food_bank_distribution", [
    "partner_record_ref",
    "partner_person_key",
    "household_key",
    "given_on",
    "weight_kg",
    "items",
]) }}
