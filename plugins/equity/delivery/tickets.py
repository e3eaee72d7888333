"""Tickets: every wrong cell that a sender was told of, until a later delivery brings it right.

A ticket is one reason on one cell of one record. It closes by itself: as corrected when the record comes again without
the fault, as withdrawn when a whole list comes without the record, as accepted when the sender says that a doubtful
value is right; that value is then not asked about again. No value is kept, only its keyed digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import psycopg
import pyarrow as pa
from psycopg import sql

from equity.delivery.binary import Column
from equity.delivery.checks import Finding, Reason
from equity.delivery.digests import digests
from equity.delivery.register import Delivery
from equity.delivery.returned import marked
from equity.delivery.writer import Writer
from equity.privacy.keys import DIGEST, Keys
from equity.sources.readers import Block

STRING = pa.string()
TYPES = {
    "record_key": "uuid", "field": "text", "code": "text", "severity": "text", "place": "text", "row_no": "integer",
    "value_hash": "uuid", "is_right": "boolean",
}  # fmt: skip


class TicketBook:
    """The tickets of one record type from one source, while one delivery of it is loaded."""

    def __init__(
        self, connection: psycopg.Connection, writer: Writer, keys: Keys, delivery: Delivery, record_type: str,
        origins: dict[str, tuple[str, ...]],
    ) -> None:  # fmt: skip
        """Read what is open and what was accepted; `origins` names the columns that each field was read from."""
        self._connection, self._writer, self._keys = connection, writer, keys
        self._delivery, self._record_type, self._origins = delivery, record_type, origins
        rows = connection.execute(
            """select record_key, field, code, state, value_hash from ops.ticket
            where source = %s and record_type = %s and state in ('open', 'accepted') and record_key is not null""",
            [delivery.source, record_type],
        ).fetchall()
        self._waiting = {key.bytes for key, _, _, state, _ in rows if state == "open"}
        self._accepted = {(k.bytes, f, c, h.bytes if h else None) for k, f, c, state, h in rows if state == "accepted"}
        self._came: set[bytes] = set()
        connection.execute(
            """create temporary table ticket_found (record_key uuid, field text, code text, severity text, place text,
                row_no integer, value_hash uuid, is_right boolean) on commit drop"""
        )

    def take(self, findings: Sequence[Finding], block: Block, record_keys: pa.Array) -> list[Finding]:
        """Note the findings of a block; gives those that the sender is to be told of."""
        if self._waiting:
            self._came |= self._waiting.intersection(record_keys.to_pylist())
        right_by_hand = marked(block)
        told: list[Finding] = []
        for finding in findings:
            if finding.reason.severity == "info" or not len(finding.rows):
                told.append(finding)
                continue
            keys = record_keys.take(pa.array(finding.rows))
            values = self._values(finding, block)
            right = self._called_right(finding, keys, values, right_by_hand)
            self._note(finding.reason, keys, values, block.row_no[finding.rows], block.place, right)
            told.append(replace(finding, rows=finding.rows[~right]) if right.any() else finding)
        return [finding for finding in told if len(finding.rows)]

    def broken(self, row_numbers: Iterable[int], reason: Reason) -> None:
        """Note rows that could not be cut into columns."""
        numbers = np.array(list(row_numbers), dtype=np.int32)
        if size := len(numbers):
            nothing = pa.nulls(size, DIGEST)
            self._note(reason, nothing, nothing, numbers, "", np.zeros(size, dtype=bool))

    def _note(
        self, reason: Reason, keys: pa.Array, values: pa.Array, row_no: np.ndarray, place: str, right: np.ndarray
    ) -> None:
        size = len(row_no)
        columns = {
            "record_key": keys, "field": _same(reason.cells[0] if reason.cells else "", size),
            "code": _same(reason.code, size), "severity": _same(reason.severity, size), "place": _same(place, size),
            "row_no": pa.array(row_no, pa.int32()), "value_hash": values, "is_right": pa.array(right),
        }  # fmt: skip
        content: dict[str, Column] = {name: (TYPES[name], column) for name, column in columns.items()}
        self._writer.copy(sql.Identifier("ticket_found"), content, size)

    def _values(self, finding: Finding, block: Block) -> pa.Array:
        """Keyed digest of what stands in the cells of a finding, row by row of it."""
        take = pa.array(finding.rows)
        headers = [h for cell in finding.reason.cells for h in self._origins.get(cell, ()) if h in block.columns]
        cells = [block.columns[header].take(take) for header in headers] or [pa.nulls(len(take), STRING)]
        return digests([pa.scalar(self._record_type), *cells], self._keys.pseudonym)

    def _called_right(self, finding: Finding, keys: pa.Array, values: pa.Array, by_hand: np.ndarray) -> np.ndarray:
        """Mask of the doubtful values that the sender calls right, now or before."""
        right = np.zeros(len(finding.rows), dtype=bool)
        if finding.reason.severity != "warning":
            return right
        right |= by_hand[finding.rows] & keys.is_valid().to_numpy(zero_copy_only=False)
        if self._accepted:
            cell = (finding.reason.cells[0] if finding.reason.cells else "", finding.reason.code)
            pairs = zip(keys.to_pylist(), values.to_pylist(), strict=True)
            right |= np.fromiter(((k, *cell, v) in self._accepted for k, v in pairs), dtype=bool, count=len(right))
        return right

    def finish(self, *, whole: bool, keyless: bool) -> None:
        """Close and open tickets; the writer has written all.

        Args:
            whole: whether the delivery was the whole list, so that a record which did not come is gone.
            keyless: whether it was the whole list with rows that nobody can know again.

        """
        here = {
            "source": self._delivery.source, "record_type": self._record_type, "came": [key.hex() for key in self._came],
            "delivery": self._delivery.delivery_id, "at": self._delivery.received_at,
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
            closing["withdrawn"] = "record_key <> all(%(came)s::uuid[])"
        for state, where in closing.items():
            self._connection.execute(
                sql.SQL(close).format(state=sql.Literal(state), where=sql.SQL(where)),
                here,
            )
        if whole or keyless:  # what has no key cannot be followed: the next whole list tells of it again, or does not
            self._connection.execute(
                sql.SQL(close).format(state=sql.Literal("withdrawn"), where=sql.SQL("record_key is null")), here
            )
        self._connection.execute(
            """insert into ops.ticket (source, record_type, record_key, field, code, severity, state, place, row_no,
                value_hash, opened_by, opened_at, closed_by, closed_at)
            select distinct on (record_key, field, code) %(source)s, %(record_type)s, record_key, field, code, severity,
                'accepted', place, row_no, value_hash, %(delivery)s::bigint, %(at)s::timestamptz, %(delivery)s::bigint,
                %(at)s::timestamptz
            from ticket_found as found
            where is_right and not exists (
                select from ops.ticket where source = %(source)s and record_type = %(record_type)s and state = 'accepted'
                    and {same} and ticket.value_hash = found.value_hash)""".replace("{same}", same),
            here,
        )
        self._connection.execute(
            """insert into ops.ticket (source, record_type, record_key, field, code, severity, place, row_no, value_hash,
                opened_by, opened_at)
            select distinct on (record_key, field, code, case when record_key is null then row_no end)
                %(source)s, %(record_type)s, record_key, field, code, severity, place, row_no, value_hash,
                %(delivery)s::bigint, %(at)s::timestamptz
            from ticket_found where not is_right
            on conflict (source, record_type, record_key, field, code) where state = 'open' and record_key is not null
            do update set row_no = excluded.row_no, place = excluded.place, value_hash = excluded.value_hash,
                severity = excluded.severity""",
            here,
        )
        self._connection.execute("drop table ticket_found")


def _same(word: str, size: int) -> pa.Array:
    return pa.repeat(pa.scalar(word, STRING), size)
