{{ config(materialized="incremental", unique_key="record_key") }}

select
    record.record_key,
    bridge.person_key,
    record.source,
    record.delivery_id,
    record.row_no,
    concat_ws('/', record.source, record.school, record.academic_year, record.round) as roster_key,
    record.school,
    record.grade,
    case
        when record.grade like 'K%' then 'early_childhood'
        when record.grade like 'P%' then 'primary'
        when record.grade in ('M1', 'M2', 'M3') then 'lower_secondary'
        when record.grade in ('M4', 'M5', 'M6') then 'upper_secondary'
        when record.grade like 'V%' then 'vocational_certificate'
        when record.grade like 'HV%' then 'higher_vocational'
    end as level,
    record.academic_year,
    record.round,
    -- the day that the round counts on; schools close on 31 March, six weeks before the academic year is over
    case record.round
        when 'june_10' then make_date(record.academic_year::integer - 543, 6, 10)
        when 'nov_10' then make_date(record.academic_year::integer - 543, 11, 10)
        else make_date(record.academic_year::integer - 542, 3, 31)
    end as counted_on,
    {{ known_range("record", "bridge") }}
from {{ changed_versions_of("stg_school_roster") }} as record
inner join {{ ref("bridge_person") }} as bridge
    on record.partner_person_key = bridge.partner_person_key and {{ known_together("record", "bridge") }}
where record.academic_year between 2500 and 2600
