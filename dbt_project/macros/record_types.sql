{# The record types that speak of a person, as declared: `equity record derive` writes the list. #}
{% macro record_types_of_persons() -%}
    {{ return([
        "attendance", "case_event", "community_trainer", "device_service", "enrolment", "food_bank_distribution",
        "fund_member", "fund_transaction", "learner_screening", "out_of_school_baseline", "outcome", "participant",
        "school_roster",
    ]) }}
{%- endmacro %}
