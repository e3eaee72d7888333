with days as (
    select day::date as date_day
    from generate_series('1987-01-01'::date, '2042-12-31'::date, interval '1 day') as day
),

parts as (
    select
        date_day,
        extract(year from date_day)::integer as year_ce,
        extract(month from date_day)::integer as month_no,
        extract(day from date_day)::integer as day_no
    from days
)

select
    date_day,
    year_ce,
    year_ce + 543 as year_be,
    extract(quarter from date_day)::integer as quarter_no,
    month_no,
    day_no,
    extract(isodow from date_day)::integer as weekday_no,
    (array[
        'มกราคม', 'กุมภาพันธ์', 'มีนาคม', 'เมษายน', 'พฤษภาคม', 'มิถุนายน',
        'กรกฎาคม', 'สิงหาคม', 'กันยายน', 'ตุลาคม', 'พฤศจิกายน', 'ธันวาคม'
    ])[month_no] as month_name_th,
    (array[
        'ม.ค.', 'ก.พ.', 'มี.ค.', 'เม.ย.', 'พ.ค.', 'มิ.ย.',
        'ก.ค.', 'ส.ค.', 'ก.ย.', 'ต.ค.', 'พ.ย.', 'ธ.ค.'
    ])[month_no] as month_short_th,
    date_trunc('month', date_day)::date as month_start,
    (date_trunc('month', date_day) + interval '1 month - 1 day')::date as month_end,
    -- the academic year begins on 16 May, the fiscal year on 1 October and is named after the year in which it ends
    year_ce + 543 - case when (month_no, day_no) < (5, 16) then 1 else 0 end as academic_year_be,
    year_ce + 543 + case when month_no >= 10 then 1 else 0 end as fiscal_year_be
from parts
