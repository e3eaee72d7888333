{%- set indicators = [
    "i01_i02_i05_out_of_school", "i03_i06_by_level", "i04_exposure_type", "i07_parity", "i08_i09_rosters", "i10_neet",
    "i11_at_risk_learners", "i12_return_to_learning", "i13_case_funnel", "i14_time_to_service",
    "i15_i17_people_developed", "i16_projects", "i18_completion_rate", "i19_skill_area_coverage", "i20_skill_gain",
    "i21_i22_i34_after_exit", "i23_income_change", "i24_new_livelihoods", "i25_groups_formed",
    "i26_products_upgraded", "i27_community_trainers", "i28_fund_members_and_savings", "i29_advances",
    "i30_welfare_and_devices", "i31_food_bank", "i32_personnel_trained", "i33_data_health",
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
                    select max(known_from) from {{ ref("fct_delivery") }}
                    where state = 'loaded' and known_from <= {{ known_at() }}
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
