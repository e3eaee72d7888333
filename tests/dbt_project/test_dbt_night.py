"""A small night by hand: what comes out, who may see it, and that the same night again changes nothing."""

from __future__ import annotations

import os
from datetime import date, timedelta
from uuid import UUID

import psycopg
import pytest
from dbt_warehouse import DBT_PROJECT, Dbt, World
from test_dbt_systems import SAID

from equity.warehouse.models import BuildError
from equity.warehouse.recompute import show

NIGHT = date(2026, 3, 2)


def key(number: int) -> str:
    return str(UUID(int=number))


def sex(number: int) -> str:
    return "male" if number % 2 else "female"


@pytest.fixture(scope="module")
def filled(world: World, dbt: Dbt) -> World:
    """40 persons, 12 of whom both partners know; 30 have ended their training, 20 of them completed."""
    world.source("club")
    world.source("abe", "abe_university")
    club = world.delivery("club", date(2026, 3, 1), rows_loaded=40, rows_quarantined=10)
    abe = world.delivery("abe", date(2026, 3, 1), rows_loaded=24)
    world.record("project", "club", club, key(9000), project_ref="A", programme="career_fund_model", title="A")
    for n in range(1, 41):
        world.person(key(n), key(100 + n), *([key(200 + n)] if n <= 12 else []))
        world.record(
            "participant", "club", club, key(1000 + n), partner_person_key=key(100 + n), sex=sex(n),
            birth_date=date(2012, 1, 1) if n <= 12 else date(1980, 1, 1), amphoe_code="5213" if n <= 25 else "5203",
            national_id_kind="citizen", disability_type="none", project_ref="A", joined_on=date(2025, 7, 1),
            left_on=date(2026, 1, 1) if n <= 30 else None,
            exit_reason="completed" if n <= 20 else "moved" if n <= 30 else None,
        )  # fmt: skip
    for n in range(1, 13):
        for number, stage in enumerate(("listed", "found")):
            world.record(
                "case_event", "abe", abe, key(2000 + 100 * number + n), partner_person_key=key(200 + n), sex=sex(n),
                case_ref=f"C{n}", case_stage=stage, event_on=date(2025, 6, 1 + number),
            )  # fmt: skip
    held = (
        "insert into quarantine.record"
        " (delivery_id, source, record_type, row_no, key_version, payload, reasons, known_from, corrected_by)"
        " values (%s, 'club', 'participant', %s, 1, '', %s, %s, %s)"
    )
    reasons = '[{"code": "bad_id", "severity": "critical"}, {"code": "bad_date"}, {"code": "x", "severity": "warning"}]'
    for row, corrected in ((1, None), (2, None), (3, abe)):
        world.connection.execute(held, [club, row, reasons, world.now, corrected])
    finding = "insert into ops.delivery_finding values (%s, 'participant', 'phone', 'bad_phone', 'warning', 7)"
    world.connection.execute(finding, [club])
    ticket = (
        "insert into ops.ticket (source, record_type, record_key, field, code, severity, state, place, row_no, opened_by,"
        " opened_at, closed_by, closed_at) values"
        " ('club', 'participant', gen_random_uuid(), 'sex', %s, %s, %s, '', 1, %s, %s, %s, %s)"
    )
    ago = [world.now - timedelta(days=days) for days in (3, 40, 10)]
    world.connection.execute(ticket, ["sex.missing", "critical", "open", club, ago[0], None, None])
    world.connection.execute(ticket, ["sex.missing", "critical", "open", club, ago[1], None, None])
    world.connection.execute(ticket, ["national_id.checksum_other", "warning", "accepted", club, ago[2], club, ago[0]])
    dbt.night(as_of=NIGHT)
    return world


def one(world: World, query: str, *values: object) -> tuple:
    row = world.connection.execute(query, values).fetchone()
    assert row, query
    return row


def test_a_night_counts_persons_and_publishes(filled, dbt):
    query = (
        "select numerator, denominator, value, suppressed from reporting.bulletin_indicator"
        " where indicator_id = %s and is_headline and area_code = '52' and dimension = %s and member = %s"
    )
    assert one(filled, query, "I15", "all", "all") == (20, None, 20, False)
    assert one(filled, query, "I18", "all", "all")[:2] == (20, 30)
    assert one(filled, query, "I18", "programme", "career_fund_model")[:2] == (20, 30)
    assert one(filled, query, "I02", "all", "all") == (12, None, 12, False)
    assert one(filled, query, "I01", "all", "all") == (12, None, None, False)
    assert one(filled, query, "I33", "partner", "club")[:3] == (40, 50, 80)
    # each sex would be 6 of the 12
    assert one(filled, query, "I02", "sex", "male") == (None, None, None, True)
    funnel = "select persons from reporting.case_funnel where area_code = '52' order by stage_no limit 4"
    assert filled.connection.execute(funnel).fetchall() == [(12,), (12,), (12,), (0,)]
    areas = "select count(*), count(tile_column), min(name_th) is not null from reporting.bulletin_area"
    assert one(filled, areas) == (13, 13, True)
    health = "select rows_received, accepted_percent from reporting.bulletin_health where source = 'club'"
    assert one(filled, health) == (50, 80)


def test_statuses_on_any_date_as_known_at_any_time(filled, dbt):
    query = "select sum(persons) from reporting.education_status_as_of(%s, %s) where education_status = %s"
    filled.epoch()
    now = filled.now + timedelta(hours=1)
    assert one(filled, query, date(2025, 6, 15), now, "out_of_school") == (12,)
    assert one(filled, query, date(2025, 8, 1), now, "in_training") == (40,)
    assert one(filled, query, date(2025, 8, 1), filled.now - timedelta(hours=1), "in_training") == (None,)
    assert one(filled, "select sum(persons) from reporting.work_status_as_of(%s, %s)", date(2025, 8, 1), now) == (40,)


def test_who_sees_what(filled, dbt, connect):
    objects = [
        (row[0], row[1])
        for row in filled.connection.execute(
            "select schemaname, tablename from pg_tables union all select schemaname, viewname from pg_views"
        ).fetchall()
        if row[0] in ("staging", "identity", "core", "indicators", "reporting", "raw", "vault", "quarantine", "link")
    ]
    assert len(objects) > 70
    views = ("indicator", "area", "health", "correction", "correction_week")
    public = {("reporting", f"bulletin_{name}") for name in views}
    reading = {("reporting", name) for schema, name in objects if schema == "reporting"}
    for role, allowed in (("equity_public", public), ("equity_reader", reading)):
        with connect(role) as connection:
            for schema, name in objects:
                may = True
                try:
                    connection.execute(f"select * from {schema}.{name} limit 1")
                except psycopg.errors.InsufficientPrivilege:
                    may = False
                assert may == ((schema, name) in allowed), f"{role} {schema}.{name}"


def test_no_person_key_reaches_reporting(dbt, connect):
    with connect("postgres") as connection:
        found = connection.execute(
            "select table_name, column_name from information_schema.columns"
            " where table_schema = 'reporting'"
            " and (data_type = 'uuid' or column_name ~ '(person|staff|household|record)_key')"
        ).fetchall()
    assert found == []


def test_every_example_question_is_answered(filled, dbt: Dbt, connect):
    nodes = [node for node in dbt.manifest()["nodes"].values() if node["schema"] == "reporting"]
    asked = {node["name"]: node["config"]["meta"]["example"] for node in nodes if node["resource_type"] == "model"}
    assert set(asked) == {path.stem for path in (DBT_PROJECT / "models" / "reporting").glob("*.sql")}
    empty = set()
    with connect("equity_reader") as connection:
        for name, example in asked.items():
            assert example["question_th"] and example["question_en"]
            if not connection.execute(example["sql"]).fetchall():
                empty.add(name)
    assert empty - set(SAID) == {"fund_balance_by_month", "activity_summary", "food_bank_by_month"}


def test_corrections_are_counted_for_the_public_by_kind_and_week(filled, connect):
    with connect("equity_public") as connection:
        kinds = connection.execute(
            "select kind_th, open_critical, open_warning, accepted, open_to_7_days, open_31_to_90_days, record_type_th is not null"
            " from reporting.bulletin_correction where source = 'club' order by kind_position"
        ).fetchall()
        weeks = connection.execute(
            "select opened, accepted, open_at_end from reporting.bulletin_correction_week where source = 'club' order by week_no"
        ).fetchall()
        everybody = connection.execute("select count(*) from reporting.bulletin_correction_week").fetchone()
    assert kinds == [("ยังไม่ได้กรอก", 2, 0, 0, 1, 1, True), ("เลขประจำตัวไม่ตรงสูตรตรวจสอบ", 0, 0, 1, 0, 0, True)]
    assert len(weeks) == 8 and everybody == (16,)
    assert [sum(column) for column in zip(*weeks, strict=True)][:2] == [3, 1]
    assert weeks[-1] == (1, 1, 2)


def test_feedback_names_what_is_open(filled, dbt):
    told = "select severity, code, occurrences, oldest_night from reporting.partner_feedback order by code"
    assert filled.connection.execute(told).fetchall() == [
        ("critical", "bad_date", 2, date(2026, 3, 1)),
        ("critical", "bad_id", 2, date(2026, 3, 1)),
        ("warning", "bad_phone", 7, date(2026, 3, 1)),
    ]


def test_calendar(dbt, connect):
    with connect("postgres") as connection:
        rows = connection.execute(
            "select date_day, year_be, academic_year_be, fiscal_year_be, month_name_th from core.dim_date"
            " where date_day in ('2026-05-15', '2026-05-16', '2026-09-30', '2026-10-01') order by 1"
        ).fetchall()
        assert [row[1:] for row in rows] == [
            (2569, 2568, 2569, "พฤษภาคม"), (2569, 2569, 2569, "พฤษภาคม"),
            (2569, 2569, 2569, "กันยายน"), (2569, 2569, 2570, "ตุลาคม"),
        ]  # fmt: skip
        assert connection.execute("select min(year_be), max(year_be), count(*) from core.dim_date").fetchone() == (
            2530, 2585, 20454,
        )  # fmt: skip


RELATIONS = """select nspname || '.' || relname, pg_class.oid from pg_class
    join pg_namespace on pg_namespace.oid = relnamespace
    where nspname in ('staging', 'identity', 'core', 'indicators', 'reporting') and relkind in ('r', 'v')
    union all select proname, pg_proc.oid from pg_proc
    join pg_namespace on pg_namespace.oid = pronamespace where nspname = 'reporting'"""


def there(filled) -> dict[str, int]:
    """Relations and functions by their oids; one view says its day, and is made anew each night."""
    found = dict(filled.connection.execute(RELATIONS).fetchall())
    del found["reporting.bulletin_correction_week"]
    return found


DEVELOPED = (
    "select value from reporting.figure where indicator_id = 'I15' and dimension = 'all' and area_code = '52'"
    " order by known_at, as_of"
)


def test_figures_are_added_never_doubled_never_rewritten(filled, dbt):
    """The night again, a correction in the next, a merge, each step a build; then the first figure as it was known."""
    published = filled.connection.execute("select * from reporting.figure order by figure_id").fetchall()
    assert len(published) > 50
    made = there(filled)
    filled.connection.execute("drop view reporting.bulletin_area")
    dbt.night(as_of=NIGHT)
    # rows go and rows come: of the same models nothing is created but what is missing
    again = there(filled)
    assert len(made) > 150 and made.keys() == again.keys()
    assert {name for name in made if made[name] != again[name]} == {"reporting.bulletin_area"}
    assert filled.connection.execute("select * from reporting.figure order by figure_id").fetchall() == published

    known = filled.now
    filled.now = known + timedelta(days=1)
    later = filled.delivery("club", date(2026, 3, 2), rows_loaded=1)
    filled.record("participant", "club", later, key(1001), partner_person_key=key(101), sex="male", project_ref="A",
                  joined_on=date(2025, 7, 1), left_on=date(2026, 1, 1), exit_reason="dropped_out")  # fmt: skip
    filled.connection.execute(
        "insert into raw.participant (source, delivery_id, row_no, record_key, row_hash, known_from, is_deleted)"
        " values ('club', %s, 2, %s, %s, %s, true)",
        [later, key(1002), key(1002), filled.now],
    )
    dbt.night(as_of=NIGHT)
    assert filled.connection.execute(DEVELOPED).fetchall() == [(20,), (18,)]

    merged_at = filled.now + timedelta(hours=1)
    filled.connection.execute(
        "update link.person set merged_into = %s, merged_at = %s where person_key = %s", [key(1), merged_at, key(40)]
    )
    dbt.night(as_of=NIGHT)
    assert one(filled, "select count(*), max(partner_persons) from core.dim_person") == (39, 3)
    asked = (
        "select count(distinct person_key) from core.fct_participation"
        " where known_from <= %s and coalesce(known_to, 'infinity') > %s"
    )
    assert one(filled, asked, known, known) == (40,)
    assert one(filled, asked, merged_at, merged_at) == (38,)  # one was deleted, two are one

    _the_first_figure_still_comes_out(filled, dbt, known)

    filled.record("outcome", "club", later, key(5000), partner_person_key=key(777), followed_up_on=date(2026, 1, 1))
    with pytest.raises(BuildError, match="every_partner_person_is_resolved"):
        dbt("test", "--select", "every_partner_person_is_resolved", as_of=NIGHT)


def _the_first_figure_still_comes_out(filled, dbt, known):
    """As known then it is the same; as known now it is not, and what was learned since says why."""
    (figure_id,) = one(
        filled, "select figure_id from reporting.figure where indicator_id = 'I15' and dimension = 'all'"
                " and area_code = '52' and value = 20",
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "environ", os.environ.copy())  # what dbt is told by environment is taken back
        shown = show(dbt.server.url("equity_transform", "equity"), dbt.target.parent, figure_id)
    assert shown.holds and shown.again["value"] == 20
    assert shown.now["value"] == 18 and "value" in shown.changed
    assert {(row["record_type"], row["what"], row["records"]) for row in shown.since} >= {
        ("participant", "corrected", 1), ("participant", "deleted", 1), ("person", "merged", 1),
    }  # fmt: skip
    participants = [row for row in shown.deliveries if row["record_type"] == "participant"]
    assert [(row["source"], row["records"]) for row in participants] == [("club", 40)]
    assert "I15" in shown.code and shown.definition["name_en"] == "People developed"
    assert one(filled, "select count(*) from pg_tables where schemaname like 'pg_temp%%'") == (0,)
    with pytest.raises(LookupError, match="no figure 'I99'"):
        show(dbt.server.url("equity_transform", "equity"), dbt.target.parent, "I99")
