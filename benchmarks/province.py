"""A synthetic province of any size, put straight into raw and link: set by set in SQL, the same rows for the same size.

Of every five persons two are learners of a club (training, a fund, follow-ups), two are children known to the university
(screenings, cases, enrolments), and one in seven is known to both. Every child is on the rosters of a school. What came
is spread over the deliveries of eight nights; every tenth record was corrected since, every hundredth taken back.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import psycopg
from psycopg import sql

NIGHTS = [date(2025, 8, 3) + timedelta(days=26 * number) for number in range(8)]
NEXT = date(2026, 3, 2)
SOURCES = {"club": "unit", "abe": "abe_university", "office": "reference"}
BLOCK = (
    "national_id_kind, sex, birth_date, birth_date_precision, nationality, tambon_code, amphoe_code, province_code,"
    " residence_kind, disability_type, consent_status"
)

# record type → source, how many for how many of whom, its own columns
# `p` is a person: number, club_key, abe_key, office_key, their block; `k` counts from 1; `pick` draws one of a list
RECORDS: dict[str, tuple[str, str, str, dict[str, str]]] = {
    "participant": ("club", "p.is_club", "1", {
        "project_ref": "'P' || (p.number % 40)",
        "target_groups": "(array['{working_age}', '{financially_disadvantaged,informal_worker}', '{}'])[1 + p.number % 3]::text[]",
        "baseline_occupation": "'เกษตรกร'", "baseline_monthly_income": "1000 + p.number % 9000",
        "joined_on": "date '2024-06-01' + (p.number % 500)",
        "left_on": "case when p.number % 4 = 0 then date '2025-11-01' + (p.number % 100) end",
        "exit_reason": "case when p.number % 4 = 0 then case when p.number % 20 = 0 then 'moved' else 'completed' end end",
    }),
    "attendance": ("club", "p.is_club", "6", {
        "activity_ref": "'A' || ((p.number * 7 + k * 31) % 500)", "hours": "1 + k % 6", "passed": "p.number % 9 > 0",
        "pre_score": "(p.number + k) % 60", "post_score": "20 + (p.number * k) % 80",
    }),
    "outcome": ("club", "p.is_club", "2", {
        "followed_up_on": "date '2025-03-01' + (p.number % 90) + 150 * k",
        "work_status": "(array['employed', 'self_employed', 'unemployed', 'unknown'])[1 + (p.number * 3 + k) % 4]",
        "monthly_income": "2000 + (p.number * 13 + k) % 9000", "monthly_savings": "p.number % 900",
        "health_score": "1 + p.number % 5", "quality_of_life_score": "1 + p.number % 5",
    }),
    "fund_member": ("club", "p.is_club and p.number % 8 = 0", "1", {
        "fund_ref": "'F' || (p.number % 20)", "joined_on": "date '2024-09-01' + (p.number % 200)",
    }),
    "fund_transaction": ("club", "p.is_club and p.number % 8 = 0", "12", {
        "partner_record_ref": "p.number || '-' || k", "fund_ref": "'F' || (p.number % 20)",
        "booked_on": "date '2025-01-15' + 30 * k", "kind": "case when k = 7 then 'saving_out' when k = 9 then 'fee' else 'saving_in' end",
        "amount_baht": "100 + 50 * (p.number % 5)",
    }),
    "device_service": ("club", "p.is_club and p.number % 50 = 1", "1", {
        "partner_record_ref": "'D' || p.number", "device_type": "'wheelchair'", "service_kind": "'repaired'",
        "requested_on": "date '2025-05-01' + (p.number % 200)", "done_on": "date '2025-06-01' + (p.number % 200)", "cost_baht": "500",
    }),
    "food_bank_distribution": (
        "club",
        "p.is_club and p.number % 10 = 3",
        "2",
        {
            "partner_record_ref": "'B' || p.number || '-' || k",
            "given_on": "date '2025-04-01' + (p.number % 200)",
            "weight_kg": "2 + p.number % 9",
            "items": "'ข้าวสาร'",
        },
    ),
    "community_trainer": (
        "club",
        "p.is_club and p.number % 60 = 7",
        "1",
        {"topic": "'จักสาน'", "since": "date '2024-10-01' + (p.number % 300)", "project_ref": "'P' || (p.number % 40)"},
    ),
    "learner_screening": ("abe", "p.is_abe", "1", {
        "school": "'S' || (p.number % 400)", "level": "p.level", "grade": "p.grade", "academic_year": "2568",
        "risk_flags": "(array['{poverty}', '{attendance,grades}', '{}'])[1 + p.number % 3]::text[]",
        "screened_on": "date '2025-07-01' + (p.number % 150)",
    }),
    "enrolment": ("abe", "p.is_abe and p.number % 2 = 0", "1", {
        "partner_record_ref": "'E' || p.number", "provider": "'S' || (p.number % 400)",
        "kind": "(array['formal', 'non_formal', 'informal_training'])[1 + p.number % 3]", "level": "p.level", "grade": "p.grade",
        "started_on": "date '2025-05-16' + (p.number % 60)",
        "ended_on": "case when p.number % 5 = 0 then date '2025-12-01' + (p.number % 80) end",
        "end_reason": "case when p.number % 5 = 0 then case when p.number % 10 = 0 then 'dropped_out' else 'completed' end end",
    }),
    "case_event": ("abe", "p.is_abe and p.number % 6 = 0", "4", {
        "case_ref": "'C' || p.number", "case_stage": "(array['listed', 'found', 'helped', 'learning'])[k]",
        "event_on": "date '2025-08-01' + (p.number % 60) + 25 * k", "service": "'counselling'", "out_of_school_reason": "'poverty'",
    }),
    "out_of_school_baseline": ("office", "p.is_child and p.number % 9 = 0", "1", {
        "list_ref": "'2568'", "as_of": "date '2025-06-30'", "never_enrolled": "p.number % 3 = 0", "left_school": "p.number % 3 > 0",
    }),
    "school_roster": ("office", "p.is_child and p.number % 9 > 0", "3", {
        "school": "'S' || (p.number % (400 * greatest(1, :persons / 100000)))", "grade": "p.grade",
        "academic_year": "case when k = 1 then 2567 else 2568 end", "round": "(array['year_end', 'june_10', 'nov_10'])[k]",
    }),
}  # fmt: skip
WITH_BLOCK = (
    "community_trainer",
    "participant",
    "fund_member",
    "learner_screening",
    "case_event",
    "out_of_school_baseline",
    "school_roster",
)

PEOPLE = """
create temporary table people as
select
    n as number, n % 5 < 2 or n % 7 = 0 as is_club, n % 5 > 2 or n % 7 = 0 as is_abe, n % 5 > 1 as is_child,
    md5('club:' || n)::uuid as club_key, md5('abe:' || n)::uuid as abe_key, md5('office:' || n)::uuid as office_key,
    (array['citizen', 'citizen', 'citizen', 'g_code', 'no_status'])[1 + n % 5] as national_id_kind,
    case when n % 2 = 0 then 'female' else 'male' end as sex,
    case when n % 5 > 1 then date '2008-01-01' + n % 4000 else date '1950-01-01' + n % 18000 end as birth_date,
    'day' as birth_date_precision, 'ไทย' as nationality, area.tambon_code, left(area.tambon_code, 4) as amphoe_code,
    '52' as province_code, case when n % 3 = 0 then 'actual' else 'registered' end as residence_kind,
    case when n % 30 = 0 then 'moving' else 'none' end as disability_type, 'given' as consent_status,
    (array['primary', 'primary', 'lower_secondary', 'upper_secondary'])[1 + n / 5 % 4] as level,
    (array['P3', 'P6', 'M2', 'M5'])[1 + n / 5 % 4] as grade
from generate_series(%(first)s::int, %(last)s::int) as n
inner join (
    select area_code as tambon_code, row_number() over (order by area_code) as position, count(*) over () as many
    from reference.area where area_level = 'tambon'
) as area on area.position = 1 + n %% area.many
"""

ALONE = """
insert into raw.project (source, delivery_id, row_no, record_key, row_hash, known_from, project_ref, programme, title,
    unit, province_code, started_on, contract_signed_on)
select 'club', %(delivery)s, n, md5('project:' || n)::uuid, md5('1')::uuid, %(at)s, 'P' || n,
    (array['career_fund_model', 'area_based_education'])[1 + n %% 2], 'โครงการ ' || n, 'U' || n %% 5, '52', '2024-06-01', '2024-05-01'
from generate_series(0, 39) as n;
insert into raw.activity (source, delivery_id, row_no, record_key, row_hash, known_from, activity_ref, project_ref, title,
    held_on, hours, skill_area, mode)
select 'club', %(delivery)s, n, md5('activity:' || n)::uuid, md5('1')::uuid, %(at)s, 'A' || n, 'P' || n %% 40, 'อบรม ' || n,
    date '2024-07-01' + n, 3, (array['occupational', 'management_21c', 'household_economics'])[1 + n %% 3], 'upskill'
from generate_series(0, 499) as n;
insert into raw.population_register (source, delivery_id, row_no, record_key, row_hash, known_from, tambon_code,
    amphoe_code, province_code, age, sex, residence_kind, as_of, count)
select 'office', %(delivery)s, 1, md5(concat_ws(':', area_code, age, sex))::uuid, md5('1')::uuid, %(at)s, area_code,
    parent_code, '52', age, sex, 'registered', '2025-12-31', %(persons)s / 20000 + 1
from reference.area, generate_series(0, 99) as age, unnest(array['male', 'female']) as sex where area_level = 'tambon';
"""


def fill(connection: psycopg.Connection, persons: int) -> None:
    """The province as it stands after eight nights."""
    _sources(connection)
    deliveries = [_deliveries(connection, night) for night in NIGHTS]
    first = {"delivery": deliveries[0]["club"][0], "at": deliveries[0]["club"][1], "persons": persons}
    for statement in ALONE.split(";")[:-1]:
        connection.execute(statement, first)
    _people(connection, 1, persons)
    for record_type in RECORDS:
        _first_versions(connection, record_type, persons, deliveries)
        _corrections(connection, record_type, deliveries[1:], share=0.1)
        _corrections(connection, record_type, deliveries[-1:], share=0.01, deleted=True)
    _analyze(connection)


def next_night(connection: psycopg.Connection, persons: int, share: float) -> None:
    """One more night: half of `share` of the persons are new, of the other half something was corrected."""
    deliveries = [_deliveries(connection, NEXT)]
    more = max(1, round(persons * share / 2))
    _people(connection, persons + 1, persons + more)
    for record_type in RECORDS:
        _corrections(connection, record_type, deliveries, of_persons=share / 2)
        _first_versions(connection, record_type, persons, deliveries)
    _analyze(connection)


Deliveries = dict[str, tuple[int, datetime]]


def _sources(connection: psycopg.Connection) -> None:
    connection.cursor().executemany(
        "insert into ops.source (source, partner_family, partner_name_th, partner_name_en, promised_every)"
        " values (%s, %s, %s, %s, '31 days')",
        [(name, family, f"หน่วยงาน {name}", f"Partner {name}") for name, family in SOURCES.items()],
    )


def _deliveries(connection: psycopg.Connection, night: date) -> Deliveries:
    """One loaded delivery of each source."""
    made: Deliveries = {}
    for number, source in enumerate(SOURCES):
        at = datetime(night.year, night.month, night.day, tzinfo=UTC) + timedelta(minutes=number)
        row = connection.execute(
            """insert into ops.delivery (source, name, sha256, size_bytes, night, received_at, known_from, landing_path, state,
                loaded_at)
            values (%s, %s, sha256(%s), 1, %s, %s, %s, 'x', 'loaded', %s) returning delivery_id""",
            [source, str(night), f"{source}{night}".encode(), night, at, at, at],
        ).fetchone()
        assert row
        made[source] = (row[0], at)
    return made


def _people(connection: psycopg.Connection, first: int, last: int) -> None:
    """Persons, and who of the partners' persons they are, since the first record of any of them may be known."""
    connection.execute("drop table if exists people")
    made = PEOPLE.replace("%(first)s", str(first)).replace("%(last)s", str(last)).replace("%%", "%")
    connection.execute(made.encode())
    connection.execute("analyze people")
    at = datetime(2025, 1, 1, tzinfo=UTC)
    connection.execute("insert into link.person select md5('person:' || number)::uuid, %s from people", [at])
    for source, who in (("club", "is_club"), ("abe", "is_abe"), ("office", "is_child")):
        statement = sql.SQL(
            "insert into link.membership select {key}, md5('person:' || number)::uuid, %s from people where {who}"
        )
        connection.execute(statement.format(key=sql.Identifier(f"{source}_key"), who=sql.Identifier(who)), [at])


def _first_versions(connection: psycopg.Connection, record_type: str, persons: int, nights: list[Deliveries]) -> None:
    source, who, times, own = RECORDS[record_type]
    block = BLOCK if record_type in WITH_BLOCK else ""
    columns = ", ".join(filter(None, ["partner_person_key", block, *own]))
    values = ", ".join(
        filter(None, [f"p.{source}_key", *(f"p.{name}" for name in block.split(", ") if name), *own.values()])
    ).replace(":persons", str(persons))
    connection.execute(
        f"""insert into raw.{record_type} (source, delivery_id, row_no, record_key, row_hash, known_from, {columns})
        select '{source}', d.delivery_id, p.number, md5(concat_ws(':', '{record_type}', p.number, k))::uuid, md5('1')::uuid,
            d.known_from, {values}
        from people as p cross join generate_series(1, {times}) as k
        inner join ({_listed(nights, source)}) as d on d.nth = (p.number * 7 + k) % {len(nights)}
        where {who} order by d.nth""".encode()
    )


def _corrections(
    connection: psycopg.Connection, record_type: str, nights: list[Deliveries], *, share: float = 0, of_persons: float = 0,
    deleted: bool = False,
) -> None:  # fmt: skip
    """Later versions of a share of the records, or of all records of a share of the persons."""
    source, _, _, own = RECORDS[record_type]
    columns = ", ".join(["partner_person_key", *([BLOCK] if record_type in WITH_BLOCK else []), *own])
    drawn, part = ("partner_person_key", of_persons) if of_persons else ("record_key", share)
    chosen = (
        f"('x' || left(md5({drawn}::text || '{deleted}{len(nights)}'), 7))::bit(28)::int % 100000 < {part * 100000}"
    )
    connection.execute(
        f"""insert into raw.{record_type} (source, delivery_id, row_no, record_key, row_hash, known_from, is_deleted, {columns})
        select latest.source, d.delivery_id, latest.row_no, latest.record_key, md5(d.delivery_id::text)::uuid, d.known_from,
            {deleted}, {columns}
        from (select distinct on (record_key) * from raw.{record_type} where {chosen} order by record_key, record_id desc)
            as latest
        inner join lateral (
            select * from ({_listed(nights, source)}) as later where later.known_from > latest.known_from
            order by md5(latest.record_key::text || later.nth) limit 1
        ) as d on true
        where not latest.is_deleted""".encode()
    )


def _listed(nights: list[Deliveries], source: str) -> str:
    rows = ", ".join(
        f"({nth}, {night[source][0]}, timestamptz '{night[source][1].isoformat()}')" for nth, night in enumerate(nights)
    )
    return f"select * from (values {rows}) as listed (nth, delivery_id, known_from)"


def _analyze(connection: psycopg.Connection) -> None:
    for record_type in RECORDS:
        connection.execute(f"analyze raw.{record_type}".encode())
    connection.execute("analyze link.membership")
    connection.execute("analyze link.person")
