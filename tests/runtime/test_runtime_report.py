"""The night's summary: promises are watched, a wrong spec is named, and nothing is expected of a source that is gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest

from equity.runtime.report import NightReport, night_report
from equity.runtime.services import Installation
from equity.warehouse.roles import OWNER

NIGHT = date(2026, 3, 8)


@pytest.fixture
def register(warehouse: Installation) -> Iterator[psycopg.Connection]:
    """The register in a transaction that is rolled back."""
    with psycopg.connect(warehouse.url(OWNER)) as connection:
        yield connection
        connection.rollback()


def add(connection: psycopg.Connection, source: str, promise: str | None, *, came: date | None, turn: date) -> None:
    connection.execute(
        """insert into ops.source (source, partner_family, partner_name_th, partner_name_en, promised_every)
        values (%s, 'unit', 'ชมรม', 'Club', %s)""",
        [source, promise],
    )
    connection.execute("insert into ops.source_night (source, night) values (%s, %s)", [source, turn])
    if came:
        connection.execute(
            """insert into ops.delivery (source, name, sha256, size_bytes, landing_path, night, received_at, state)
            values (%s, 'a.xlsx', '\\x00', 1, 'x', %s, now(), 'landed')""",
            [source, came],
        )


def told(connection: psycopg.Connection, **said: object) -> NightReport:
    return night_report(connection, NIGHT, Path("nowhere"), **said)  # type: ignore[arg-type]


def test_a_source_is_late_on_the_day_after_its_promise(register: psycopg.Connection) -> None:
    month = NIGHT - timedelta(days=31)
    add(register, "in_time", "31 days", came=month, turn=month)
    add(register, "too_late", "31 days", came=month - timedelta(days=1), turn=month)
    add(register, "never_came", "7 days", came=None, turn=NIGHT - timedelta(days=8))
    add(register, "is_new", "7 days", came=None, turn=NIGHT)
    add(register, "hourly", "12 hours", came=NIGHT - timedelta(days=1), turn=month)
    add(register, "no_promise", None, came=None, turn=month)
    report = told(register)
    assert {name for name, source in report.sources.items() if source.late} == {"too_late", "never_came", "hourly"}
    text = report.as_text()
    assert "late      too_late: nothing came since 2026-02-04; the partner promised to send every 31 days" in text
    assert "late      never_came: nothing has come yet; the partner promised to send every 7 days" in text
    assert "late      hourly: nothing came since 2026-03-07; the partner promised to send every 12 hours" in text
    source = json.loads(json.dumps(report.as_json()))["sources"]["too_late"]
    assert (source["late"], source["last_delivery"], source["promised_days"]) == (True, "2026-02-04", 31)


def test_nothing_is_expected_of_a_source_without_a_spec(register: psycopg.Connection) -> None:
    add(register, "was_here", "1 day", came=date(2026, 1, 1), turn=date(2026, 1, 1))
    assert told(register).sources["was_here"].late
    assert not told(register, declared={"others"}).sources["was_here"].late


def test_a_wrong_spec_is_named_though_nothing_of_it_is_registered(register: psycopg.Connection) -> None:
    report = told(register, declared=set(), wrong={"brand_new": "brand_new.yml: fetch.by: say one of …\nand: that"})
    words = "brand_new.yml: fetch.by: say one of … (and 1 more: `equity source check brand_new`)"
    assert f"failed    brand_new: {words}\n" in report.as_text()
    assert report.as_json()["sources"]["brand_new"]["failure"] == words
