"""dbt run in process against a test's warehouse, and hand-made rows to run it on."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from equity.settings import PROJECT
from equity.warehouse.connect import DATABASE
from equity.warehouse.models import night_arguments, run_dbt
from equity.warehouse.roles import TRANSFORM
from equity.warehouse.server import Server

DBT_PROJECT = PROJECT / "dbt_project"


class Dbt:
    """dbt in process, as the night runs it."""

    def __init__(self, server: Server, work: Path) -> None:
        self.server, self.work = server, work
        self.target = work / "dbt"
        self.built: list[Any] = []  # results of the first build

    def __call__(
        self, *arguments: str, as_of: date = date(2026, 3, 2), known_at: str = "", stands: bool = True, **variables: str
    ) -> list[Any]:
        """Run one dbt command, by default where all relations stand; returns its node results, raises when one failed."""
        more = ("--vars", json.dumps(variables)) if variables else ()
        database = self.server.url(TRANSFORM, DATABASE)
        with pytest.MonkeyPatch.context() as patch:  # what is set is taken back
            patch.setattr(os, "environ", os.environ.copy())
            return run_dbt(
                database, self.work, *arguments, *more, as_of=as_of.isoformat(), known_at=known_at, stands=stands
            )

    def night(self, *, as_of: date = date(2026, 3, 2), **variables: str) -> list[Any]:
        """The build of one night; the first one makes all relations."""
        stands = bool(self.built)
        results = self(*night_arguments(stands=stands), as_of=as_of, stands=stands, **variables)
        self.built = self.built or results
        return results

    def manifest(self) -> dict[str, Any]:
        """What the last command left."""
        return json.loads((self.target / "manifest.json").read_text("utf-8"))


class World:
    """Hand-made rows, put where ingest and the linkage step would put them."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.now = datetime(2026, 3, 1, 18, tzinfo=UTC)

    def clear(self) -> None:
        """Forget everything, figures too."""
        tables = self.connection.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables"
            " where schemaname in ('raw', 'link', 'quarantine')"
            " or (schemaname = 'ops' and tablename not in ('schema_version', 'declared'))"
            " or (schemaname, tablename) = ('reporting', 'figure')"
        ).fetchall()
        self.connection.execute("truncate " + ", ".join(table for (table,) in tables) + " restart identity cascade")

    def source(self, name: str, family: str = "unit") -> None:
        """Register a partner."""
        self.connection.execute(
            "insert into ops.source (source, partner_family, partner_name_th, partner_name_en, promised_every)"
            " values (%s, %s, %s, %s, '31 days')",
            [name, family, f"หน่วยงาน {name}", f"Partner {name}"],
        )

    def delivery(self, source: str, night: date, **counts: int) -> int:
        """A loaded delivery."""
        row = self.connection.execute(
            "insert into ops.delivery"
            " (source, name, sha256, size_bytes, night, received_at, known_from, landing_path, state, loaded_at)"
            " values (%s, 'x', %s, 1, %s, %s, %s, 'x', 'loaded', %s) returning delivery_id",
            # loaded at some other time: what counts as knowledge is since when it is known
            [source, os.urandom(32), night, self.now, self.now, datetime.now(UTC)],
        ).fetchone()
        assert row
        if counts:
            numbers = {"rows_loaded": 0, "rows_unchanged": 0, "rows_repeated": 0, "rows_quarantined": 0} | counts
            self.connection.execute(
                "insert into ops.delivery_table values (%s, 'participant', %s, %s, %s, %s, %s, 0, 0, false, false)",
                [row[0], sum(numbers.values()), *numbers.values()],
            )
        return int(row[0])

    def person(self, person_key: str, *partner_person_keys: str) -> None:
        """A resolved person and who of the partners' persons they are."""
        self.connection.execute("insert into link.person values (%s, %s)", [person_key, self.now])
        for key in partner_person_keys:
            self.connection.execute("insert into link.membership values (%s, %s, %s)", [key, person_key, self.now])

    def epoch(self) -> None:
        """What is known now is final, and may be asked for."""
        self.connection.execute("insert into ops.epoch (known_at) values (%s)", [self.now])

    def record(self, record_type: str, source: str, delivery_id: int, record_key: str, **fields: Any) -> None:
        """One version of a record, learned now."""
        values = {
            "source": source, "delivery_id": delivery_id, "row_no": 1, "record_key": record_key,
            "row_hash": record_key, "known_from": self.now, **fields,
        }  # fmt: skip
        names = ", ".join(values)
        places = ", ".join(["%s"] * len(values))
        self.connection.execute(f"insert into raw.{record_type} ({names}) values ({places})", list(values.values()))
