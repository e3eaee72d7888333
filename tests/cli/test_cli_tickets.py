"""`equity ticket list` counts, by source, record type, code, state and age; it names no row."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from typer.testing import CliRunner

from equity.cli import app
from equity.runtime.services import Installation
from equity.warehouse.server import SUPERUSER

NOW = datetime(2026, 3, 7, 18, tzinfo=UTC)  # 8 March, 01:00 in Bangkok


def equity(*arguments: str, code: int = 0) -> str:
    ended = CliRunner().invoke(app, list(arguments))
    assert ended.exit_code == code, ended.output
    return ended.output


@pytest.fixture(scope="module")
def delivery(warehouse: Installation) -> int:
    """A source with a delivery that opened tickets of every age and closed some."""
    with psycopg.connect(warehouse.url(SUPERUSER)) as connection:
        connection.execute(
            "insert into ops.source (source, partner_family, partner_name_th, partner_name_en) values ('told', 'unit', 'ก', 'A')"
        )
        connection.execute("insert into ops.source_night (source, night) values ('told', '2999-03-08')")
        row = connection.execute(
            """insert into ops.delivery (source, name, sha256, size_bytes, landing_path, night, received_at, known_from, state, loaded_at)
            values ('told', 'x', 'x', 1, 'x', '2026-03-08', %s, %s, 'loaded', now()) returning delivery_id""",
            [NOW, NOW],
        ).fetchone()
        assert row
        latest = datetime(2999, 3, 7, 18, tzinfo=UTC)
        for days, code, severity, closed, state in (
            (0, "sex.missing", "critical", None, "open"),
            (7, "sex.missing", "critical", None, "open"),
            (8, "sex.missing", "critical", None, "open"),
            (30, "sex.missing", "critical", None, "open"),
            (31, "place.unknown", "warning", None, "open"),
            (91, "place.unknown", "warning", None, "open"),
            (20, "place.unknown", "warning", 12, "accepted"),
            (20, "sex.missing", "critical", 20, "corrected"),
        ):
            connection.execute(
                """insert into ops.ticket (source, record_type, record_key, field, code, severity, state, place, row_no,
                    opened_by, opened_at, closed_by, closed_at)
                values ('told', 'participant', gen_random_uuid(), 'sex', %s, %s, %s, '', 4711, %s, %s, %s, %s)""",
                [code, severity, state, row[0], latest - timedelta(days=days),
                 None if closed is None else row[0], None if closed is None else latest - timedelta(days=closed)],
            )  # fmt: skip
        return int(row[0])


@pytest.fixture(autouse=True)
def here(warehouse: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EQUITY_HOME", str(warehouse.home.path))


def test_open_ones_by_age(delivery: int) -> None:
    told = json.loads(equity("ticket", "list", "--source", "told", "--json"))
    assert [(row["code"], row["age_days"], row["tickets"]) for row in told] == [
        ("sex.missing", "0-7", 2), ("sex.missing", "8-30", 2), ("place.unknown", "31-90", 1), ("place.unknown", "91+", 1),
    ]  # fmt: skip
    assert set(told[0]) == {"source", "record_type", "code", "severity", "state", "age_days", "tickets"}


def test_closed_ones_by_how_long_they_took(delivery: int) -> None:
    told = json.loads(equity("ticket", "list", "--source", "told", "--state", "all", "--json"))
    assert sum(row["tickets"] for row in told) == 8
    assert {(row["state"], row["age_days"]) for row in told if row["state"] != "open"} == {
        ("accepted", "8-30"), ("corrected", "0-7"),
    }  # fmt: skip
    assert json.loads(equity("ticket", "list", "--source", "told", "--state", "withdrawn", "--json")) == []


def test_as_a_table_for_people(delivery: int) -> None:
    told = equity("ticket", "list", "--source", "told")
    assert "sex.missing" in told and "4711" not in told
    assert equity("ticket", "list", "--source", "told", "--state", "withdrawn") == "no withdrawn tickets\n"


def test_what_is_not_there_is_said(delivery: int) -> None:
    assert "there are: " in equity("ticket", "list", "--source", "nobody", code=1)
    assert "open, corrected" in equity("ticket", "list", "--state", "lost", code=1)


def test_a_delivery_names_its_tickets(delivery: int) -> None:
    shown = json.loads(equity("delivery", "show", str(delivery), "--json"))
    assert shown["tickets"][0] == {
        "record_type": "participant", "code": "sex.missing", "severity": "critical", "opened": 5, "still_open": 4,
        "corrected": 1, "accepted": 0, "withdrawn": 0,
    }  # fmt: skip
    assert "tickets" in equity("delivery", "show", str(delivery))
