"""Tickets: every wrong cell that a sender was told of, until a later delivery brings it right.

A ticket is one reason on one cell of one record. It closes by itself: as corrected when the record comes again without
the fault, as withdrawn when a whole list comes without the record, as accepted when the sender says that a doubtful
value is right; that value is then not asked about again. No value is kept, only its keyed hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc

from equity.delivery.checks import Finding
from equity.delivery.hashes import row_hashes
from equity.delivery.register import Delivery
from equity.privacy.keys import Keys
from equity.sources.readers import Block

STRING = pa.string()
Cell = tuple[str, str, str]  # record key (32 hexadecimal digits), field, code


class TicketBook:
    """The tickets of one record type from one source while one delivery of it is loaded."""

    def __init__(
        self, connection: psycopg.Connection, keys: Keys, delivery: Delivery, record_type: str,
        origins: dict[str, tuple[str, ...]], mark: str,
    ) -> None:  # fmt: skip
        """Read what is open and what was accepted; `origins` names the columns of each field, `mark` the sender's own."""
        self._connection, self._keys, self._delivery, self._record_type = connection, keys, delivery, record_type
        self._origins, self._mark = origins, mark
        rows = connection.execute(
            """select record_key, field, code, state, value_hash from ops.ticket
            where source = %s and record_type = %s and state in ('open', 'accepted') and record_key is not null""",
            [delivery.source, record_type],
        ).fetchall()
        self.waiting = {_hex(key) for key, _, _, state, _ in rows if state == "open"}
        self._accepted = {(_hex(k), f, c, _hex(h)) for k, f, c, state, h in rows if state == "accepted"}
        self._found: list[dict[str, pa.Array]] = []
        self._approved: list[tuple[Cell, str]] = []

    def take(self, findings: Sequence[Finding], block: Block, record_keys: pa.Array) -> list[Finding]:
        """Note the findings of a block; gives those that the sender is to be told of."""
        told = []
        marked = self._marked(block)
        for finding in findings:
            if finding.reason.severity == "info":
                told.append(finding)
                continue
            rows = finding.rows
            keys = record_keys.take(pa.array(rows))
            values = self._values(finding, block, rows)
            field, code = finding.reason.cells[0] if finding.reason.cells else "", finding.reason.code
            if finding.reason.severity == "warning" and (self._accepted or marked is not None):
                keep = self._not_settled(keys, field, code, values, marked[rows] if marked is not None else None)
                rows, keys, values = rows[keep], keys.filter(pa.array(keep)), values.filter(pa.array(keep))
                finding = replace(finding, rows=rows)
            if len(rows):
                told.append(finding)
                self._found.append(_columns(finding, keys, values, block))
        return told

    def _marked(self, block: Block) -> np.ndarray | None:
        """Mask of the rows that the sender calls right as they are."""
        if self._mark not in block.columns:
            return None
        filled = pc.fill_null(pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(block.columns[self._mark])), 0), False)
        return filled.to_numpy(zero_copy_only=False)

    def _values(self, finding: Finding, block: Block, rows: np.ndarray) -> pa.Array:
        """Keyed hash of what stands in the cells of a finding."""
        headers = [h for cell in finding.reason.cells for h in self._origins.get(cell, ()) if h in block.columns]
        cells = [block.columns[header].take(pa.array(rows)) for header in headers] or [pa.nulls(len(rows), STRING)]
        return row_hashes(cells, self._keys.pseudonym)

    def _not_settled(
        self, keys: pa.Array, field: str, code: str, values: pa.Array, marked: np.ndarray | None
    ) -> np.ndarray:
        keep = np.ones(len(keys), dtype=bool)
        for i, (key, value) in enumerate(zip(keys.to_pylist(), values.to_pylist(), strict=True)):
            if key is None:
                continue
            settled = (key, field, code, value) in self._accepted
            if not settled and marked is not None and marked[i]:
                self._approved.append(((key, field, code), value))
                settled = True
            keep[i] = not settled
        return keep

    def broken(self, row_numbers: Iterable[int], code: str) -> None:
        """Note rows that could not be cut into columns."""
        numbers = list(row_numbers)
        if numbers:
            size = len(numbers)
            self._found.append({
                "record_key": pa.nulls(size, STRING), "field": pa.array([""] * size), "code": pa.array([code] * size),
                "severity": pa.array(["critical"] * size), "place": pa.array([""] * size),
                "row_no": pa.array(numbers, pa.int32()), "value_hash": pa.nulls(size, STRING),
            })  # fmt: skip

    def finish(self, came: set[str], *, whole: bool) -> None:
        """Close and open tickets.

        Args:
            came: keys of waiting tickets' records that came again in this delivery.
            whole: whether the delivery was the whole list, so that what did not come is gone.

        """
        here = {"source": self._delivery.source, "record_type": self._record_type,
                "delivery": self._delivery.delivery_id, "at": self._delivery.received_at}  # fmt: skip
        cursor = self._connection.cursor()
        cursor.execute(
            """create temporary table found (record_key uuid, field text, code text, severity text, place text,
                row_no integer, value_hash uuid) on commit drop"""
        )
        if self._found:
            names = ("record_key", "field", "code", "severity", "place", "row_no", "value_hash")
            columns = [pa.concat_arrays([part[name] for part in self._found]).to_pylist() for name in names]
            with cursor.copy(f"copy found ({', '.join(names)}) from stdin") as copy:
                for row in zip(*columns, strict=True):
                    copy.write_row(row)
        for (key, field, code), value in self._approved:
            cursor.execute(
                """insert into ops.ticket (source, record_type, record_key, field, code, severity, state, place, row_no,
                    value_hash, opened_by, opened_at, closed_by, closed_at)
                values (%(source)s, %(record_type)s, %(key)s, %(field)s, %(code)s, 'warning', 'accepted', '', 0,
                    %(value)s, %(delivery)s, %(at)s, %(delivery)s, %(at)s)""",
                {**here, "key": key, "field": field, "code": code, "value": value},
            )
        came_again = {**here, "came": list(came)}
        cursor.execute(
            """update ops.ticket set state = 'corrected', closed_by = %(delivery)s, closed_at = %(at)s
            where source = %(source)s and record_type = %(record_type)s and state = 'open'
                and record_key = any(%(came)s::uuid[])
                and not exists (select from found where (found.record_key, found.field, found.code)
                    = (ticket.record_key, ticket.field, ticket.code))""",
            came_again,
        )
        if whole:
            # what has no key cannot be followed: the next whole list either tells of it again or does not
            cursor.execute(
                """update ops.ticket set state = 'withdrawn', closed_by = %(delivery)s, closed_at = %(at)s
                where source = %(source)s and record_type = %(record_type)s and state = 'open'
                    and (record_key is null or record_key <> all(%(came)s::uuid[]))""",
                came_again,
            )
        cursor.execute(
            """insert into ops.ticket (source, record_type, record_key, field, code, severity, place, row_no, value_hash,
                opened_by, opened_at)
            select distinct on (record_key, field, code, case when record_key is null then row_no end)
                %(source)s, %(record_type)s, record_key, field, code, severity, place, row_no, value_hash,
                %(delivery)s::bigint, %(at)s::timestamptz
            from found
            on conflict (source, record_type, record_key, field, code) where state = 'open' and record_key is not null
            do update set row_no = excluded.row_no, place = excluded.place, value_hash = excluded.value_hash,
                severity = excluded.severity""",
            here,
        )
        cursor.execute("drop table found")


def _columns(finding: Finding, keys: pa.Array, values: pa.Array, block: Block) -> dict[str, pa.Array]:
    size, reason = len(finding.rows), finding.reason
    return {
        "record_key": keys, "field": pa.array([reason.cells[0] if reason.cells else ""] * size),
        "code": pa.array([reason.code] * size), "severity": pa.array([reason.severity] * size),
        "place": pa.array([block.place] * size), "row_no": pa.array(block.row_no[finding.rows], pa.int32()),
        "value_hash": values,
    }  # fmt: skip


def _hex(value: object) -> str:
    return str(value).replace("-", "")
