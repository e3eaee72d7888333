"""The register of deliveries in `ops`: what was seen, landed, loaded, held, answered. Every step is one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from equity.sources.spec import Source


@dataclass(frozen=True)
class Delivery:
    """One delivery as the register knows it."""

    delivery_id: int
    reference: str
    source: str
    name: str
    sha256: bytes
    landing_path: str
    night: date
    received_at: datetime
    watermark: datetime | None
    state: str
    hold_code: str | None
    hold_detail: dict[str, Any] | None
    answered_at: datetime | None
    taken_up_at: datetime | None = None
    waived: Sequence[dict[str, Any]] = ()
    dated: datetime | None = None

    @property
    def known_from(self) -> datetime:
        """Since when its rows are known: received, or released by a steward and taken up, but after the last epoch."""
        return self.dated or self.taken_up_at or self.received_at


@dataclass(frozen=True)
class Counts:
    """What became of the rows of one table of a delivery; `received` is the sum of the four after it."""

    record_type: str
    received: int
    loaded: int
    unchanged: int
    repeated: int
    quarantined: int
    flagged: int
    deleted: int
    postponed: bool
    snapshot: bool


def added(counts: Sequence[Counts], more: Counts) -> list[Counts]:
    """Counts with those of one more table, which may be of a record type that was there before."""
    kept = list(counts)
    for i, known in enumerate(kept):
        if known.record_type == more.record_type:
            numbers = {
                f.name: getattr(known, f.name) + getattr(more, f.name) for f in fields(Counts) if f.type == "int"
            }
            kept[i] = replace(
                known, **numbers, postponed=known.postponed or more.postponed, snapshot=known.snapshot and more.snapshot
            )
            return kept
    return [*kept, more]


_COLUMNS = """delivery_id, reference, source, name, sha256, landing_path, night, received_at, watermark, state,
    hold_code, hold_detail, answered_at, known_from as dated,
    (select max(taken_up_at) from ops.decision s where s.delivery_id = delivery.delivery_id) as taken_up_at,
    (select coalesce(jsonb_agg(jsonb_build_object('code', s.hold_code, 'detail', s.hold_detail)), '[]') from ops.decision s
        where s.delivery_id = delivery.delivery_id and s.taken_up_at is not null and s.decision = 'released') as waived"""


def fingerprint(data: bytes) -> bytes:
    """What makes a delivery the same delivery: SHA-256 of its bytes."""
    return hashlib.sha256(data).digest()


def register_source(connection: psycopg.Connection, source: Source) -> None:
    """Make the source known, with the words that its spec has today."""
    partner = source.partner
    connection.execute(
        """insert into ops.source (source, partner_family, partner_name_th, partner_name_en, area_code, promised_every)
        values (%s, %s, %s, %s, %s, %s)
        on conflict (source) do update set partner_family = excluded.partner_family,
            partner_name_th = excluded.partner_name_th, partner_name_en = excluded.partner_name_en,
            area_code = excluded.area_code, promised_every = excluded.promised_every""",
        [source.source, partner.family, partner.name.th, partner.name.en, partner.area, source.promised_every],
    )


def seen(connection: psycopg.Connection, source: str) -> set[tuple[str, str]]:
    """Names and stamps of the files that were fetched before."""
    return set(connection.execute("select name, stamp from ops.sighting where source = %s", [source]).fetchall())


def watermarks(connection: psycopg.Connection, source: str) -> dict[str, datetime]:
    """How far each pull has come; moved only when what was pulled is loaded."""
    return dict(connection.execute("select name, reached from ops.watermark where source = %s", [source]).fetchall())


def known(connection: psycopg.Connection, source: str, sha256: bytes) -> int | None:
    """The delivery of these bytes, when they came before."""
    found = connection.execute(
        "select delivery_id from ops.delivery where source = %s and sha256 = %s", [source, sha256]
    )
    row = found.fetchone()
    return row[0] if row else None


def add(
    connection: psycopg.Connection, source: str, name: str, sha256: bytes, size: int, path: str,
    night: date, received_at: datetime, watermark: datetime | None,
) -> int:  # fmt: skip
    """Register bytes that lie in the landing store; returns the delivery's id."""
    row = connection.execute(
        """insert into ops.delivery
            (source, name, sha256, size_bytes, landing_path, night, received_at, watermark, state)
        values (%s, %s, %s, %s, %s, %s, %s, %s, 'landed') returning delivery_id""",
        [source, name, sha256, size, path, night, received_at, watermark],
    ).fetchone()
    assert row is not None  # noqa: S101
    return int(row[0])


def sight(connection: psycopg.Connection, source: str, name: str, stamp: str, night: date, delivery_id: int) -> None:
    """Remember that this file holds that delivery, so that it need not be fetched again."""
    connection.execute(
        "insert into ops.sighting (source, name, stamp, night, delivery_id) values (%s, %s, %s, %s, %s) on conflict do nothing",
        [source, name, stamp, night, delivery_id],
    )


def unfinished(connection: psycopg.Connection, source: str) -> list[Delivery]:
    """Deliveries that still have a step to go, oldest first."""
    cursor = connection.cursor(row_factory=class_row(Delivery))
    query = f"select {_COLUMNS} from ops.delivery where source = %s and answered_at is null order by delivery_id"
    return cursor.execute(query, [source]).fetchall()


def get(connection: psycopg.Connection, delivery_id: int) -> Delivery:
    """One delivery; raises LookupError."""
    cursor = connection.cursor(row_factory=class_row(Delivery))
    found = cursor.execute(f"select {_COLUMNS} from ops.delivery where delivery_id = %s", [delivery_id]).fetchone()
    if found is None:
        raise LookupError(f"there is no delivery {delivery_id}")
    return found


def lock(connection: psycopg.Connection, delivery_id: int) -> str:
    """Keep a delivery to this transaction; returns its state. A second worker waits here and then finds it done."""
    row = connection.execute(
        "select state from ops.delivery where delivery_id = %s for update", [delivery_id]
    ).fetchone()
    if row is None:
        raise LookupError(f"there is no delivery {delivery_id}")
    return str(row[0])


def loaded(
    connection: psycopg.Connection, delivery: Delivery, counts: Sequence[Counts],
    findings: dict[tuple[str, str, str, str], int], notes: dict[str, Any],
) -> None:  # fmt: skip
    """Write the counts and the new state; the caller's transaction holds the rows as well."""
    cursor = connection.cursor()
    cursor.executemany(
        """insert into ops.delivery_table (delivery_id, record_type, rows_received, rows_loaded, rows_unchanged,
            rows_repeated, rows_quarantined, rows_flagged, rows_deleted, deletions_postponed, is_snapshot)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        [
            (delivery.delivery_id, c.record_type, c.received, c.loaded, c.unchanged, c.repeated, c.quarantined,
             c.flagged, c.deleted, c.postponed, c.snapshot)
            for c in counts
        ],
    )  # fmt: skip
    cursor.executemany(
        "insert into ops.delivery_finding (delivery_id, record_type, field, code, severity, cells) values (%s, %s, %s, %s, %s, %s)",
        [(delivery.delivery_id, *key, cells) for key, cells in findings.items()],
    )
    cursor.execute(
        "update ops.delivery set state = 'loaded', loaded_at = now(), known_from = %s, notes = %s where delivery_id = %s",
        [delivery.known_from, Jsonb(notes) if notes else None, delivery.delivery_id],
    )
    if delivery.watermark is not None:
        cursor.execute(
            """insert into ops.watermark (source, name, reached, delivery_id) values (%s, %s, %s, %s)
            on conflict (source, name) do update set reached = excluded.reached, delivery_id = excluded.delivery_id
            where ops.watermark.reached < excluded.reached""",
            [delivery.source, delivery.name, delivery.watermark, delivery.delivery_id],
        )


def held(connection: psycopg.Connection, delivery_id: int, code: str, detail: dict[str, Any], state: str) -> None:
    """Hold or reject a whole delivery, with the reason."""
    connection.execute(
        "update ops.delivery set state = %s, hold_code = %s, hold_detail = %s where delivery_id = %s",
        [state, code, Jsonb(detail), delivery_id],
    )


def answered(connection: psycopg.Connection, delivery_id: int, place: str | None) -> None:
    """The sender has been told (or there was nothing to tell)."""
    connection.execute(
        "update ops.delivery set answered_at = now(), answer_place = %s where delivery_id = %s", [place, delivery_id]
    )


def open_night(connection: psycopg.Connection, source: str, night: date) -> None:
    """A source's turn of the night begins (again)."""
    connection.execute(
        """insert into ops.source_night (source, night) values (%s, %s)
        on conflict (source, night) do update set opened_at = now(), closed_at = null, failure = null""",
        [source, night],
    )


def close_night(connection: psycopg.Connection, source: str, night: date) -> None:
    """A source's turn of the night is over, well or not."""
    connection.execute(
        "update ops.source_night set closed_at = now() where source = %s and night = %s", [source, night]
    )


def note_failure(connection: psycopg.Connection, source: str, night: date, failure: str) -> None:
    """Remember why a source's turn went wrong; `failure` holds no value of a row."""
    connection.execute(
        """insert into ops.source_night (source, night, failure) values (%s, %s, %s)
        on conflict (source, night) do update set failure = excluded.failure""",
        [source, night, failure],
    )


def record_types_of(connection: psycopg.Connection, source: str, night: date) -> list[str]:
    """The record types of which this night brought new rows from a source."""
    rows = connection.execute(
        """select distinct t.record_type from ops.delivery d join ops.delivery_table t using (delivery_id)
        where d.source = %s and d.night = %s and t.rows_loaded + t.rows_deleted > 0 order by 1""",
        [source, night],
    ).fetchall()
    return [row[0] for row in rows]


def counts(connection: psycopg.Connection, delivery_id: int) -> list[Counts]:
    """The counts of a loaded delivery, table by table."""
    cursor = connection.cursor(row_factory=class_row(Counts))
    return cursor.execute(
        """select record_type, rows_received as received, rows_loaded as loaded, rows_unchanged as unchanged,
            rows_repeated as repeated, rows_quarantined as quarantined, rows_flagged as flagged, rows_deleted as deleted,
            deletions_postponed as postponed, is_snapshot as snapshot
        from ops.delivery_table where delivery_id = %s order by record_type""",
        [delivery_id],
    ).fetchall()
