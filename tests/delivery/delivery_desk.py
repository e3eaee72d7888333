"""A partner with a drop folder and an outbox, whose deliveries go the whole way through a real warehouse."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from equity.delivery import register
from equity.delivery.discover import discover
from equity.delivery.landing import Place
from equity.delivery.process import process
from equity.delivery.register import Counts, Delivery
from equity.privacy.keys import Keys
from equity.runtime.services import Installation
from equity.sources.connectors import Endpoint, Folder, Offer
from equity.sources.spec import Source
from equity.warehouse.connect import connect
from equity.warehouse.roles import INGEST
from equity.warehouse.server import SUPERUSER

NIGHT = date(2026, 3, 2)
NOW = datetime(2026, 3, 1, 18, tzinfo=UTC)  # 01:00 in Bangkok
PERSON_HEADERS = ["รหัส", "เลขบัตร", "ชื่อ", "สกุล", "โทร", "วันเกิด", "โครงการ", "เข้าร่วม", "รายได้", "กลุ่ม"]
PARTICIPANT: dict[str, Any] = {
    "record_type": "participant",
    "files": "participant*",
    "sends": "everything",
    "fields": {
        "partner_person_ref": "รหัส", "national_id": "เลขบัตร", "first_name": "ชื่อ", "last_name": "สกุล", "phone": "โทร",
        "birth_date": "วันเกิด", "project_ref": "โครงการ", "joined_on": "เข้าร่วม",
        "baseline_monthly_income": {"header": "รายได้", "-": "zero"}, "target_groups": "กลุ่ม",
    },
}  # fmt: skip
# the same file read with fewer columns: fewer checks, and a delivery takes half the time
LEAN: dict[str, Any] = PARTICIPANT | {
    "fields": {
        name: column
        for name, column in PARTICIPANT["fields"].items()
        if name not in ("national_id", "last_name", "birth_date", "target_groups")
    },
    "ignore": ["เลขบัตร", "สกุล", "วันเกิด", "กลุ่ม"],
}
SPACE_HEADERS = ["รหัส", "ชื่อแหล่ง", "ประเภท", "วันที่เปิด"]
SPACE: dict[str, Any] = {
    "record_type": "learning_space",
    "files": "space*",
    "sends": "changes",
    "fields": {"space_ref": "รหัส", "name": "ชื่อแหล่ง", "kind": "ประเภท", "opened_on": "วันที่เปิด"},
}
_numbers = itertools.count(1)


def person(number: int, **changes: Any) -> list[str]:
    """A good row of a participant; the keys of `changes` are canonical fields."""
    row = {
        "ref": f"P-{number:04}", "national_id": "", "first_name": f"ชื่อ{'กขคงจ'[number % 5]}", "last_name": "ใจดี",
        "phone": f"08{number:08}", "birth_date": "15/03/2540", "project_ref": "CHS-01", "joined_on": "1/6/2568",
        "income": "3,500", "groups": "person_with_disability",
    }  # fmt: skip
    assert not set(changes) - set(row)
    return [str(value) for value in (row | changes).values()]


def space(number: int, name: str = "ศาลา", kind: str = "hub", opened_on: str = "") -> list[str]:
    """A row of a learning space."""
    return [f"S-{number:04}", name, kind, opened_on]


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """A CSV file."""
    text = io.StringIO()
    csv.writer(text).writerows([headers, *rows])
    return text.getvalue().encode()


class Outbox:
    """Takes workbooks; may be told to fail."""

    def __init__(self) -> None:
        self.delivered: dict[str, bytes] = {}
        self.fails: Exception | None = None

    def offers(self, since: dict[str, datetime]) -> Iterator[Offer]:
        raise NotImplementedError

    def deliver(self, name: str, workbook: bytes, reference: str) -> str:
        """Keep the workbook."""
        if self.fails:
            raise self.fails
        assert reference in name
        self.delivered[reference] = workbook
        return f"outbox/{name}"


class Pulls:
    """A REST API as the connector gives it: bytes and how far they reach."""

    def __init__(self) -> None:
        self.ready: dict[str, tuple[bytes, datetime | None]] = {}
        self.asked: list[dict[str, datetime]] = []

    def offers(self, since: dict[str, datetime]) -> Iterator[Offer]:
        """Each path once."""
        self.asked.append(dict(since))
        for path, given in self.ready.items():
            yield Offer(path, "", lambda given=given: given)  # type: ignore[misc]

    def deliver(self, name: str, workbook: bytes, reference: str) -> str:
        raise NotImplementedError


class Desk:
    """One source of its own in the warehouse that all tests share."""

    def __init__(self, installation: Installation, folder: Path, *tables: dict[str, Any], by: str = "folder") -> None:
        self.installation = installation
        self.source = Source.model_validate(
            {
                "source": f"desk_{next(_numbers)}",
                "partner": {"family": "unit", "name": {"th": "โต๊ะทดสอบ", "en": "A desk"}, "area": "521304"},
                "fetch": {"by": by, "connection": "drop"},
                "answer": {"by": "folder", "connection": "out"},
                "versions": [{"since": "2026-01-01", "tables": list(tables) or [LEAN, SPACE]}],
            }
        )
        self.drop = folder / "drop"
        self.drop.mkdir(parents=True)
        self.keys = Keys.of(installation.home)
        self.place = Place(installation.url(INGEST), self.keys, str(folder / "landing"))
        self.origin: Any = Folder(self.source, self.source.fetch, Endpoint("drop", extra={"path": str(self.drop)}))
        self.outbox = Outbox()
        self.day = 0

    # --- the partner's side

    def put(self, name: str, data: bytes) -> None:
        """Lay a file into the drop folder."""
        (self.drop / name).write_bytes(data)

    def discover(self) -> list[int]:
        """A night later: what is new is landed."""
        self.day += 1
        when = timedelta(days=self.day)
        return discover(self.place, self.source, self.origin, NIGHT + when, NOW + when)

    def process(self, delivery_id: int) -> Delivery:
        """One delivery to its end."""
        return process(self.place, self.source, delivery_id, self.outbox)

    def send(self, data: bytes, name: str | None = None) -> Delivery:
        """One file, one night: land it and take it to its end."""
        self.put(name or f"participant_{self.day + 1}.csv", data)
        (delivery_id,) = self.discover()
        return self.process(delivery_id)

    def send_people(self, *rows: Sequence[str], name: str | None = None) -> Delivery:
        """A file of participants."""
        return self.send(table(PERSON_HEADERS, rows), name)

    def send_spaces(self, *rows: Sequence[str]) -> Delivery:
        """A file of learning spaces."""
        return self.send(table(SPACE_HEADERS, rows), f"space_{self.day + 1}.csv")

    # --- what the warehouse knows

    def ask(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        """Any question, as the superuser; `{source}` stands for this desk's source."""
        with psycopg.connect(self.installation.url(SUPERUSER), row_factory=dict_row) as connection:
            return connection.execute(
                query.replace("{source}", f"'{self.source.source}'"), parameters or None
            ).fetchall()

    def raw(self, record_type: str = "participant") -> list[dict[str, Any]]:
        """Every version of every record, oldest first."""
        return self.ask(f"select * from raw.{record_type} where source = {{source}} order by record_id")

    def vault(self) -> list[dict[str, Any]]:
        """Every version of every person."""
        return self.ask("select * from vault.person where source = {source} order by vault_id")

    def quarantine(self) -> list[dict[str, Any]]:
        """Every wrong row."""
        return self.ask("select * from quarantine.record where source = {source} order by quarantine_id")

    def counts(self, delivery: Delivery) -> dict[str, Counts]:
        """What became of a delivery's rows, by record type."""
        with connect(self.place.database) as connection:
            return {counts.record_type: counts for counts in register.counts(connection, delivery.delivery_id)}

    def five(self, delivery: Delivery) -> tuple[int, int, int, int, int]:
        """Received, loaded, unchanged, repeated, quarantined of a delivery of one table."""
        (c,) = self.counts(delivery).values()
        return c.received, c.loaded, c.unchanged, c.repeated, c.quarantined


DeskMaker = Callable[..., Desk]
