"""Tickets: every wrong cell that a sender was told of, until a later delivery brings it right.

A ticket is one reason on one cell of one record. It closes by itself: as corrected when the record comes again without
the fault, as withdrawn when a whole list comes without the record, as accepted when the sender says that a doubtful
value is right; that value is then not asked about again. No value is kept, only its keyed digest. Rows without a readable
key are known again in ways of their own (`equity.delivery.strays`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import psycopg
import pyarrow as pa
from psycopg import sql

from equity.delivery.binary import Column
from equity.delivery.digests import digests
from equity.delivery.normalise import Rows, origins
from equity.delivery.reasons import Finding, Reason
from equity.delivery.record_keys import record_keys
from equity.delivery.register import Delivery
from equity.delivery.returned import marked
from equity.delivery.strays import Strays, Traits
from equity.delivery.writer import Writer
from equity.privacy.keys import DIGEST, Keys
from equity.records import record_type as declared_type
from equity.sources.readers import Block, OpenTable

if TYPE_CHECKING:
    from equity.delivery.examine import Sink

STRING = pa.string()
TYPES = {
    "record_key": "uuid", "field": "text", "code": "text", "severity": "text", "place": "text", "row_no": "integer",
    "value_hash": "uuid", "is_right": "boolean", "row_hash": "uuid", "row_without": "text",
}  # fmt: skip


class Accepted:
    """The doubtful values of one record type that a source calls right, up to one delivery."""

    def __init__(
        self, connection: psycopg.Connection, keys: Keys, delivery: Delivery, record_type: str,
        origins: dict[str, tuple[str, ...]],
    ) -> None:  # fmt: skip
        """Read what was accepted; `origins` names the columns that each field was read from."""
        self._keys, self._record_type, self._origins = keys, record_type, origins
        rows = connection.execute(
            """select record_key, field, code, value_hash from ops.ticket
            where source = %s and record_type = %s and state = 'accepted' and record_key is not null and closed_by <= %s""",
            [delivery.source, record_type, delivery.delivery_id],
        ).fetchall()
        self._accepted = {(k.bytes, f, c, h.bytes if h else None) for k, f, c, h in rows}

    def values(self, finding: Finding, block: Block) -> pa.Array:
        """Keyed digest of what stands in the cells of a finding, row by row of it."""
        take = pa.array(finding.rows)
        headers = [h for cell in finding.reason.cells for h in self._origins.get(cell, ()) if h in block.columns]
        cells = [block.columns[header].take(take) for header in headers] or [pa.nulls(len(take), STRING)]
        return digests([pa.scalar(self._record_type), *cells], self._keys.pseudonym)

    def before(self, finding: Finding, keys: pa.Array, values: pa.Array) -> np.ndarray:
        """Mask of a finding's rows whose value was called right."""
        if finding.reason.severity != "warning" or not self._accepted:
            return np.zeros(len(finding.rows), dtype=bool)
        cell = (finding.reason.cells[0] if finding.reason.cells else "", finding.reason.code)
        pairs = zip(keys.to_pylist(), values.to_pylist(), strict=True)
        return np.fromiter(((k, *cell, v) in self._accepted for k, v in pairs), dtype=bool, count=len(finding.rows))


def still_asked(connection: psycopg.Connection, keys: Keys, delivery: Delivery) -> Callable[[OpenTable], Sink]:
    """For a delivery that is loaded: what its sender is to be told of, as while it was loaded."""

    def sink_for(opened: OpenTable) -> Sink:
        declared = opened.spec.declared
        accepted = Accepted(connection, keys, delivery, declared.record_type, origins(opened.spec, opened.headers))

        def told(rows: Rows, findings: list[Finding], block: Block) -> list[Finding]:
            record = record_keys(rows, declared, delivery.source, keys.pseudonym)
            kept = []
            for finding in findings:
                right = accepted.before(finding, record.take(pa.array(finding.rows)), accepted.values(finding, block))
                kept.append(replace(finding, rows=finding.rows[~right]) if right.any() else finding)
            return [finding for finding in kept if len(finding.rows)]

        return told

    return sink_for


class TicketBook:
    """The tickets of one record type from one source, while one delivery of it is loaded."""

    def __init__(
        self, connection: psycopg.Connection, writer: Writer, keys: Keys, delivery: Delivery, record_type: str,
        origins: dict[str, tuple[str, ...]],
    ) -> None:  # fmt: skip
        """Read what is open and what was accepted; `origins` names the columns that each field was read from."""
        self._connection, self._writer = connection, writer
        self._delivery, self._record_type = delivery, record_type
        rows = connection.execute(
            """select distinct uuid_send(record_key) from ops.ticket
            where source = %s and record_type = %s and state = 'open' and record_key is not null""",
            [delivery.source, record_type],
        ).fetchall()
        self._waiting = {key for (key,) in rows}
        self._accepted = Accepted(connection, keys, delivery, record_type, origins)
        self._came: set[bytes] = set()
        connection.execute(
            """create temporary table ticket_found (record_key uuid, field text, code text, severity text, place text,
                row_no integer, value_hash uuid, is_right boolean, row_hash uuid, row_without text) on commit drop"""
        )
        self._strays = Strays(connection, writer, keys.pseudonym, delivery, declared_type(record_type), origins)

    def take(self, rows: Rows, findings: Sequence[Finding], block: Block, record_keys: pa.Array) -> list[Finding]:
        """Note the findings of a block; gives those that the sender is to be told of."""
        if self._waiting:
            self._came |= self._waiting.intersection(record_keys.to_pylist())
        by_hand = marked(block)
        traits = self._strays.take(rows, findings, block, record_keys)
        told: list[Finding] = []
        for finding in findings:
            if finding.reason.severity == "info" or not len(finding.rows):
                told.append(finding)
                continue
            keys = record_keys.take(pa.array(finding.rows))
            values = self._accepted.values(finding, block)
            right = self._accepted.before(finding, keys, values)
            if finding.reason.severity == "warning":
                right |= by_hand[finding.rows] & keys.is_valid().to_numpy(zero_copy_only=False)
            strays = traits.take(finding.rows)
            self._note(finding.reason, keys, values, block.row_no[finding.rows], block.place, right, strays)
            told.append(replace(finding, rows=finding.rows[~right]) if right.any() else finding)
        return [finding for finding in told if len(finding.rows)]

    def broken(self, lines: Sequence[tuple[int, str]], reason: Reason) -> None:
        """Note lines that could not be cut into columns, each with its row number."""
        if size := len(lines):
            numbers = np.array([number for number, _ in lines], dtype=np.int32)
            traits = self._strays.lines(numbers, [line for _, line in lines])
            nothing = pa.nulls(size, DIGEST)
            self._note(reason, nothing, nothing, numbers, "", np.zeros(size, dtype=bool), traits)

    def _note(
        self, reason: Reason, keys: pa.Array, values: pa.Array, row_no: np.ndarray, place: str, right: np.ndarray,
        strays: Traits,
    ) -> None:  # fmt: skip
        size = len(row_no)
        columns = {
            "record_key": keys, "field": _same(reason.cells[0] if reason.cells else "", size),
            "code": _same(reason.code, size), "severity": _same(reason.severity, size), "place": _same(place, size),
            "row_no": pa.array(row_no, pa.int32()), "value_hash": values, "is_right": pa.array(right),
            "row_hash": strays.row_hash, "row_without": strays.without,
        }  # fmt: skip
        content: dict[str, Column] = {name: (TYPES[name], column) for name, column in columns.items()}
        self._writer.copy(sql.Identifier("ticket_found"), content, size)

    def finish(self, *, whole: bool, keyless: bool) -> None:
        """Close and open tickets; the writer has written all.

        Args:
            whole: whether the delivery was the whole list, so that a record which did not come is gone.
            keyless: whether it was the whole list, though with rows that may be any record.

        """
        here = {
            "source": self._delivery.source, "record_type": self._record_type, "came": [key.hex() for key in self._came],
            "delivery": self._delivery.delivery_id, "at": self._delivery.known_from,
        }  # fmt: skip
        close = """update ops.ticket set state = {state}, closed_by = %(delivery)s, closed_at = %(at)s
            where source = %(source)s and record_type = %(record_type)s and state = 'open' and ({where})"""
        same = """(found.record_key, found.field, found.code) = (ticket.record_key, ticket.field, ticket.code)"""
        closing = {
            "accepted": f"exists (select from ticket_found as found where {same} and found.is_right)",
            "corrected": f"""record_key = any(%(came)s::uuid[])
                and not exists (select from ticket_found as found where {same})""",
        }
        if whole:
            closing["withdrawn"] = "record_key is not null and record_key <> all(%(came)s::uuid[])"
        for state, where in closing.items():
            self._connection.execute(
                sql.SQL(close).format(state=sql.Literal(state), where=sql.SQL(where)),
                here,
            )
        self._strays.finish(whole=whole or keyless)
        self._connection.execute(
            """insert into ops.ticket (source, record_type, record_key, field, code, severity, state, place, row_no,
                value_hash, opened_by, seen_in, opened_at, closed_by, closed_at)
            select distinct on (record_key, field, code) %(source)s, %(record_type)s, record_key, field, code, severity,
                'accepted', place, row_no, value_hash, %(delivery)s::bigint, %(delivery)s::bigint, %(at)s::timestamptz,
                %(delivery)s::bigint, %(at)s::timestamptz
            from ticket_found as found
            where is_right and not exists (
                select from ops.ticket where source = %(source)s and record_type = %(record_type)s and state = 'accepted'
                    and {same} and ticket.value_hash = found.value_hash)""".replace("{same}", same),
            here,
        )
        self._connection.execute(
            """insert into ops.ticket (source, record_type, record_key, field, code, severity, place, row_no, value_hash,
                row_hash, row_without, opened_by, seen_in, opened_at)
            select distinct on (record_key, field, code, case when record_key is null then row_no end,
                    case when record_key is null then place end)
                %(source)s, %(record_type)s, record_key, field, code, severity, place, row_no, value_hash,
                row_hash, row_without, %(delivery)s::bigint, %(delivery)s::bigint, %(at)s::timestamptz
            from ticket_found as found
            where not is_right and not (record_key is null and exists (
                select from ops.ticket where source = %(source)s and record_type = %(record_type)s and state = 'open'
                    and ticket.record_key is null and seen_in = %(delivery)s
                    and (ticket.place, ticket.row_no) = (found.place, found.row_no)
                    and (ticket.field, ticket.code) = (found.field, found.code)))
            on conflict (source, record_type, record_key, field, code) where state = 'open' and record_key is not null
            do update set row_no = excluded.row_no, place = excluded.place, value_hash = excluded.value_hash,
                severity = excluded.severity, seen_in = excluded.seen_in""",
            here,
        )
        self._connection.execute("drop table ticket_found")


def _same(word: str, size: int) -> pa.Array:
    return pa.repeat(pa.scalar(word, STRING), size)
