{%- set indicators = [
    "i01_out_of_school_rate", "i02_out_of_school_number", "i11_at_risk_learners", "i13_case_funnel",
    "i15_people_developed", "i18_completion_rate", "i19_skill_area_coverage", "i23_income_change",
    "i28_fund_members_and_savings", "i31_food_bank", "i33_data_health",
] -%}
with measured as (
    {%- for indicator in indicators %}
    select
        indicator_id,
        measure,
        area_code,
        dimension,
        member,
        numerator,
        denominator,
        value,
        interval_low,
        interval_high,
        persons,
        note_th,
        note_en
    from {{ ref(indicator) }}
    {% if not loop.last %}
    union all
    {% endif %}
    {%- endfor %}
),

-- the moment up to which anything was learned, however far known_at may lie in the future
learned as (
    select
        least(
            {{ known_at() }},
            greatest(
                (
                    select max(received_at) from {{ ref("fct_delivery") }}
                    where state = 'loaded' and received_at <= {{ known_at() }}
                ),
                (
                    select max(known_from) from {{ ref("person_history") }}
                    where known_from <= {{ known_at() }}
                )
            )
        ) as known_at
)

select
    measured.indicator_id,
    definition.version,
    measured.measure,
    measured.area_code,
    measured.dimension,
    measured.member,
    measured.numerator,
    measured.denominator,
    measured.value,
    measured.interval_low,
    measured.interval_high,
    words.unit,
    measured.persons,
    measured.note_th,
    measured.note_en,
    {{ as_of() }} as as_of,
    learned.known_at
from measured
left join {{ ref("indicator_definition") }} as definition
    on measured.indicator_id = definition.indicator_id
left join {{ ref("indicator_measure") }} as words
    on measured.indicator_id = words.indicator_id and measured.measure = words.measure
cross join learned
