{#- the rates that parity is told of: model and measure -#}
{%- set rates = [
    ("i01_i02_i05_out_of_school", ["out_of_school_rate", "enrolment_rate"]),
    ("i08_i09_rosters", ["dropout_percent"]),
    ("i10_neet", ["neet_rate"]),
    ("i11_at_risk_learners", ["at_risk_rate"]),
    ("i12_return_to_learning", ["return_rate"]),
    ("i18_completion_rate", ["completion_rate"]),
    ("i21_i22_i34_after_exit", ["at_work_quarter_2", "credential_rate"]),
] -%}
with measured as (
    {%- for model, measures in rates %}
    select
        indicator_id,
        measure,
        area_code,
        dimension,
        member,
        numerator,
        denominator
    from {{ ref(model) }}
    where measure in ('{{ measures | join("', '") }}')
    {% if not loop.last %}
    union all
    {% endif %}
    {%- endfor %}
),

-- the likely disadvantaged first: only those of whom the group is known are on either side
sided as (
    select
        measured.indicator_id,
        measured.measure,
        measured.numerator,
        measured.denominator,
        side.dimension,
        side.is_disadvantaged
    from measured
    cross join
        lateral (
            values
            ('sex', case measured.member when 'female' then true when 'male' then false end),
            (
                'disability',
                case measured.member when 'with_disability' then true when 'without_disability' then false end
            ),
            (
                'national_id_kind',
                case
                    when measured.member in ('no_status', 'non_thai', 'g_code') then true
                    when measured.member = 'citizen' then false
                end
            ),
            ('poverty', case measured.member when 'poor' then true when 'not_poor' then false end)
        ) as side (dimension, is_disadvantaged)
    where
        measured.area_code = '52'
        and measured.dimension = side.dimension
        and side.is_disadvantaged is not null

    union all

    select
        indicator_id,
        measure,
        numerator,
        denominator,
        'capital_amphoe' as dimension,
        area_code <> '5201' as is_disadvantaged
    from measured
    where dimension = 'all' and length(area_code) = 4
),

compared as (
    select
        sided.indicator_id,
        sided.measure,
        sided.dimension,
        {%- for side, is_disadvantaged in [("one", ""), ("other", "not ")] %}
        100 * sum(sided.numerator) filter (where {{ is_disadvantaged }}sided.is_disadvantaged and sided.denominator > 0)
        / nullif(sum(sided.denominator) filter (where {{ is_disadvantaged }}sided.is_disadvantaged), 0) as {{ side }},
        {%- endfor %}
        min(sided.denominator) as persons
    from sided
    group by sided.indicator_id, sided.measure, sided.dimension
),

indexed as (
    select
        *,
        one / nullif(other, 0) as parity
    from compared
),

told as (
    select
        indexed.*,
        definition.good_direction = 'down' as is_reversed,
        {{ adjusted_parity("indexed.parity") }} as adjusted
    from indexed
    left join {{ ref("indicator_definition") }} as definition
        on indexed.indicator_id = definition.indicator_id
)
{%- for measure, value in [
    ("parity_index", "round(parity, 4)"),
    ("parity_index_adjusted", "round(adjusted, 4)"),
    ("parity_reached", "case when adjusted between 0.97 and 1.03 then 1 when adjusted is not null then 0 end"),
] %}

select
    'I07' as indicator_id,
    '{{ measure }}' as measure,
    '52' as area_code,
    dimension,
    measure as member,
    round(one, 4) as numerator,
    round(other, 4) as denominator,
    {{ value }}::numeric as value,
    null::numeric as interval_low,
    null::numeric as interval_high,
    persons::bigint as persons,
    case
        when is_reversed then 'ค่าสูงคือไม่ดี: ดัชนีเกิน 1 แปลว่ากลุ่มที่มักเสียเปรียบแย่กว่า'
        else 'ค่าสูงคือดี: ดัชนีต่ำกว่า 1 แปลว่ากลุ่มที่มักเสียเปรียบแย่กว่า'
    end as note_th,
    case
        when is_reversed then 'High is bad, so the reading is reversed: above 1 the likely disadvantaged are worse off.'
        else 'High is good: below 1 the likely disadvantaged are worse off.'
    end as note_en
from told
{% if not loop.last %}
union all
{%- endif %}
{%- endfor %}
