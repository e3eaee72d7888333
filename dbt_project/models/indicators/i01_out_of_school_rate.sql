-- no partner sends the population register yet: the numerator is I02, the rate stays null
select
    'I01' as indicator_id,
    'out_of_school_rate' as measure,
    area_code,
    dimension,
    member,
    numerator,
    null::numeric as denominator,
    null::numeric as value,
    null::numeric as interval_low,
    null::numeric as interval_high,
    persons,
    'ยังไม่มีทะเบียนราษฎรเป็นตัวหาร จึงยังคำนวณอัตราไม่ได้ · ' || note_th as note_th,
    'No population register is held as the denominator yet, so there is no rate. ' || note_en as note_en
from {{ ref("i02_out_of_school_number") }}
where measure = 'out_of_school'
