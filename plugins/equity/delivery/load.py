"""Load: direct identifiers into the vault, the rest into raw, wrong rows into quarantine; all in one transaction.

Python prepares one block (pseudonyms, digests, encryption) while Postgres takes the last one over COPY. Raw is
append-only: a row is written when its key is new or its content changed. Rows that stand twice are counted as repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from equity.delivery.binary import Column
from equity.delivery.digests import ABSENT, digests
from equity.delivery.known import Asked, Known
from equity.delivery.normalise import Rows
from equity.delivery.reasons import Finding, Reason
from equity.delivery.record_keys import record_keys
from equity.delivery.register import Counts, Delivery
from equity.delivery.tickets import TicketBook
from equity.delivery.unchanged import Unchanged
from equity.delivery.writer import Writer
from equity.privacy.keys import DIGEST, Keys, hexadecimal
from equity.records import RecordType
from equity.sources.readers import Block
from equity.sources.spec import Table
from equity.thai.columns import by_unique, letters_of
from equity.thai.national_ids import checksum_ok

STRING = pa.string()


@dataclass(frozen=True)
class Waiting:
    """The good rows of a block, until it is known which of them are new."""

    columns: dict[str, pa.Array]
    row_no: np.ndarray
    flags: pa.Array
    asked: Asked


class Loader:
    """Loads one table of one delivery, block by block. The connection's transaction is the caller's."""

    def __init__(
        self, connection: psycopg.Connection, keys: Keys, delivery: Delivery, table: Table,
        origins: dict[str, tuple[str, ...]] | None = None, unchanged: Unchanged | None = None,
    ) -> None:  # fmt: skip
        self.keys, self.delivery, self.table = keys, delivery, table
        self.declared = table.declared
        self.snapshot = table.sends == "everything"
        self._read = self.loaded = self.quarantined = self.flagged = 0
        self._unchanged = unchanged
        self._unknown_keys = 0
        self._connection = connection
        self._raw = sql.Identifier("raw", self.declared.record_type)
        self._columns = self.declared.raw_columns()
        self._told_by_person = _told_by_person(self.declared, origins or {})
        self._writer = Writer(connection)
        self._known = Known(
            connection, self._writer, self._raw, delivery.source, persons=self.declared.has_person_block
        )
        self._tickets = TicketBook(connection, self._writer, keys, delivery, self.declared.record_type, origins or {})
        self._waiting: Waiting | None = None
        self._open = {key for (key,) in self._open_quarantine()}
        self._corrected: set[bytes] = set()

    def _open_quarantine(self) -> Iterable[tuple[Any, ...]]:
        return self._connection.execute(
            """select distinct uuid_send(record_key) from quarantine.record
            where source = %s and record_type = %s and record_key is not null and corrected_by is null""",
            [self.delivery.source, self.declared.record_type],
        ).fetchall()

    @property
    def received(self) -> int:
        """Rows so far, with those that need not be read."""
        again = self._unchanged
        return self._read + (again.unchanged + again.repeated if again else 0)

    @property
    def by_last_list(self) -> bool:
        """Whether this list is held against the last one, row by row of text."""
        return self._unchanged is not None and self._unchanged.last is not None

    # --- one block

    def add(self, rows: Rows, findings: list[Finding], block: Block) -> list[Finding]:
        """Load the good rows of a block and quarantine the others; gives the findings that the sender is to be told of."""
        count = len(rows)
        self._read += count
        critical = np.zeros(count, dtype=bool)
        warned = np.zeros(count, dtype=bool)
        for finding in findings:
            if finding.reason.severity != "info":
                (critical if finding.reason.severity == "critical" else warned)[finding.rows] = True
        self.quarantined += int(critical.sum())
        record_keys = self._record_keys(rows)
        if critical.any():
            self._quarantine(rows, findings, block, critical, record_keys)
        good = np.flatnonzero(~critical)
        if len(good):
            flags = _flags(findings, good, count) if warned.any() else pa.nulls(len(good), STRING)
            self._load(_rows_of(rows.columns, good), rows.row_no[good], _rows_of({"": record_keys}, good)[""], flags)
        if self._unchanged is not None:
            self._unchanged.note(block, record_keys, ~(critical | warned))
        if self.snapshot and not self._known.fresh and not self.by_last_list and critical.any():
            self._known.arrived(record_keys.filter(pa.array(critical)).drop_null())
        told = self._tickets.take(rows, findings, block, record_keys)
        asked = np.zeros(count, dtype=bool)  # of the warnings those that were not called right before
        for finding in told:
            if finding.reason.severity == "warning":
                asked[finding.rows] = True
        self.flagged += int((asked & ~critical).sum())
        return told

    def add_broken(self, broken: list[tuple[int, str]], why: Reason) -> None:
        """Quarantine rows that could not be cut into columns."""
        if broken:
            reason = {"code": why.code, "severity": why.severity, "cells": why.cells}
            self._tickets.broken(broken, why)
            self._read += len(broken)
            self.quarantined += len(broken)
            self._unknown_keys += len(broken)
            payloads = [orjson.dumps({"line": line}) for _, line in broken]
            numbers = [number for number, _ in broken]
            self._copy_quarantine(
                numbers, pa.nulls(len(broken), DIGEST), payloads, [orjson.dumps([reason])] * len(broken)
            )

    def _load(self, columns: dict[str, pa.Array], row_no: np.ndarray, record_keys: pa.Array, flags: pa.Array) -> None:
        person_digests = self._person_digests(columns) if self.declared.has_person_block else None
        row_digests = self._row_digests(columns, flags, person_digests)
        if self._open:
            self._corrected |= self._open.intersection(record_keys.to_pylist())
        again = self._known.again(record_keys)
        if again:  # they are held against what the last block wrote
            self._settle()
        asked = self._known.ask(record_keys, row_digests, person_digests, again)
        self._settle()
        self._waiting = Waiting(columns, row_no, flags, asked)
        if asked.answer is None:
            self._settle()

    def _settle(self) -> None:
        """Write the rows of the block that waits for an answer."""
        if self._waiting is None:
            return
        waiting, self._waiting = self._waiting, None
        asked = waiting.asked
        chosen, new_person = self._known.choose(asked)
        size = len(chosen)
        self.loaded += size
        if not size:
            return
        columns = _rows_of(waiting.columns, chosen)
        values = self._values(columns, size)
        own = {"record_key": asked.record_keys, "row_hash": asked.row_digests}
        if asked.person_digests is not None:
            own["person_hash"] = asked.person_digests
        content: dict[str, Column] = {name: ("uuid", column) for name, column in _rows_of(own, chosen).items()}
        content |= {name: (self._columns[name], column) for name, column in values.items()}
        content["row_no"] = ("integer", pa.array(waiting.row_no[chosen]))
        content["flags"] = ("jsonb", _rows_of({"": waiting.flags}, chosen)[""])
        self._writer.copy(self._raw, self._of_delivery() | content, size)
        people = np.flatnonzero(new_person)
        if len(people):
            self._vault(_rows_of(columns, people), _rows_of(values, people)["partner_person_key"])

    def _values(self, columns: dict[str, pa.Array], size: int) -> dict[str, pa.Array]:
        """The columns of the raw table, persons' references as pseudonyms; null where the source has no such column."""
        values: dict[str, pa.Array] = {}
        for name in self._columns:
            given = columns.get(_said(name))
            if given is None:
                values[name] = pa.nulls(size, STRING)
            elif name.endswith("_key"):
                domain = "household" if name == "household_key" else "person"
                values[name] = self.keys.pseudonym_digests(given, f"{domain}:{self.delivery.source}")
            elif name in self._told_by_person:
                domain = self.declared.fields[name].of or name
                values[name] = self.keys.pseudonyms(given, f"{domain}:{self.delivery.source}")
            else:
                values[name] = given
        return values

    # --- digests

    def _row_digests(self, columns: dict[str, pa.Array], flags: pa.Array, person_digests: pa.Array | None) -> pa.Array:
        """Says that anything of a row changed: what raw holds (of references the text itself), flags, the person."""
        content = [columns.get(_said(name), ABSENT) for name in self._columns]
        person = [] if person_digests is None else [person_digests]
        return digests([*content, flags, *person], self.keys.pseudonym)

    def _record_keys(self, rows: Rows) -> pa.Array:
        return record_keys(rows, self.declared, self.delivery.source, self.keys.pseudonym)

    def _person_digests(self, columns: dict[str, pa.Array]) -> pa.Array:
        """Keyed digest of all direct identifiers: says that they changed, and nothing else."""
        direct = [columns[name] for name in self.declared.direct_fields() if name in columns]
        return digests(direct, self.keys.pseudonym)

    # --- writing

    def _vault(self, columns: dict[str, pa.Array], person_keys: pa.Array) -> None:
        payloads = _json_objects({name: columns[name] for name in self.declared.direct_fields() if name in columns})
        contexts = pc.binary_join_element_wise(hexadecimal(person_keys), self.declared.record_type, ":")
        sealed = self.keys.encrypt(payloads, contexts.cast(pa.binary()).to_pylist())
        size = len(person_keys)
        ids = columns.get("national_id", pa.nulls(size, STRING))
        content: dict[str, Column] = {
            "partner_person_key": ("uuid", person_keys),
            "record_type": ("text", pa.scalar(self.declared.record_type)),
            "key_version": ("smallint", pa.scalar(self.keys.vault_version)),
            "payload": ("bytea", pa.array(sealed, pa.binary())),
            "national_id_pseudonym": ("bytea", self.keys.pseudonym_digests(ids, "national_id")),
            "national_id_kind": ("text", columns.get("national_id_kind", pa.nulls(size, STRING))),
            "national_id_valid": ("boolean", checksum_ok(ids)),
        }
        self._writer.copy(sql.Identifier("vault", "person"), self._of_delivery() | content, size)

    def _of_delivery(self) -> dict[str, Column]:
        """What every row says of the delivery that brought it."""
        return {
            "source": ("text", pa.scalar(self.delivery.source)),
            "delivery_id": ("bigint", pa.scalar(self.delivery.delivery_id)),
            "known_from": ("timestamptz", pa.scalar(self.delivery.known_from, pa.timestamp("us", "UTC"))),
        }

    def _quarantine(
        self, rows: Rows, findings: list[Finding], block: Block, critical: np.ndarray, record_keys: pa.Array
    ) -> None:
        positions = np.flatnonzero(critical)
        why: dict[int, tuple[int, ...]] = {int(position): () for position in positions}
        for number, finding in enumerate(findings):
            for position in finding.rows[critical[finding.rows]].tolist():
                why[position] += (number,)
        told = [
            {"code": reason.code, "severity": reason.severity, "cells": reason.cells}
            for reason in (finding.reason for finding in findings)
        ]
        worded = {numbers: orjson.dumps([told[number] for number in numbers]) for numbers in set(why.values())}
        take = pa.array(positions)
        payloads = _json_objects({header: column.take(take) for header, column in block.columns.items()}, "{")
        keys = record_keys.take(take)
        self._unknown_keys += keys.null_count
        self._copy_quarantine(rows.row_no[positions].tolist(), keys, payloads, [worded[why[int(p)]] for p in positions])

    def _copy_quarantine(self, row_no: list[int], keys: pa.Array, payloads: list[bytes], reasons: list[bytes]) -> None:
        contexts = [
            quarantine_context(self.delivery.delivery_id, self.declared.record_type, number) for number in row_no
        ]
        content: dict[str, Column] = {
            "record_type": ("text", pa.scalar(self.declared.record_type)),
            "row_no": ("integer", pa.array(row_no)),
            "record_key": ("uuid", keys),
            "key_version": ("smallint", pa.scalar(self.keys.vault_version)),
            "payload": ("bytea", pa.array(self.keys.encrypt(payloads, contexts), pa.binary())),
            "reasons": ("jsonb", pa.array(reasons, pa.binary())),
        }
        self._writer.copy(sql.Identifier("quarantine", "record"), self._of_delivery() | content, len(row_no))

    # --- the end

    def finish(self) -> Counts:
        """Write deletions and corrections, wait for the last block, and count.

        Raises:
            ReadWhole: when the list cannot be held against the last one. And what the writer raised.

        """
        self._settle()
        self._writer.finish()
        deleted, postponed = 0, False
        gone = self._unchanged.gone() if self._unchanged else None
        if self.snapshot and not self._known.fresh:
            postponed = self._unknown_keys > 0
            deleted = 0 if postponed else self._delete_absent(gone)
        if self._corrected:
            self._connection.execute(
                """update quarantine.record set corrected_by = %s, corrected_at = %s
                where source = %s and record_type = %s and record_key = any(%s::uuid[]) and corrected_by is null
                and delivery_id < %s""",
                [self.delivery.delivery_id, self.delivery.known_from, self.delivery.source, self.declared.record_type,
                 [key.hex() for key in self._corrected], self.delivery.delivery_id],
            )  # fmt: skip
        self._tickets.finish(whole=self.snapshot and not postponed, keyless=self.snapshot)
        self._connection.execute("drop table incoming cascade")
        again = self._unchanged
        return Counts(
            self.declared.record_type, self.received, self.loaded,
            self._known.unchanged + (again.unchanged if again else 0),
            self._known.repeated + (again.repeated if again else 0),
            self.quarantined, self.flagged, deleted, postponed, self.snapshot,
        )  # fmt: skip

    def close(self) -> None:
        """End the writer without more ado (after an error)."""
        self._writer.close()

    def _delete_absent(self, gone: pa.Array | None) -> int:
        """A full snapshot without a row says that the row is gone: that is a record too; `gone` are its keys, if known."""
        parameters: list[Any] = [self.delivery.delivery_id, self.delivery.known_from, self.delivery.source]
        if gone is not None:
            among, absent = sql.SQL("and record_key = any(%s::uuid[])"), sql.SQL("")
            parameters.append(hexadecimal(gone).to_pylist())
        else:
            among = sql.SQL("")
            absent = sql.SQL("and not exists (select from incoming where incoming.record_key = latest.record_key)")
        statement = sql.SQL(
            """insert into {raw} (source, delivery_id, row_no, record_key, row_hash, known_from, is_deleted {keep})
            select source, %s, 0, record_key, row_hash, %s, true {keep}
            from (
                select distinct on (record_key) * from {raw} where source = %s {among} order by record_key, record_id desc
            ) as latest
            where not is_deleted {absent}"""
        )
        keep = sql.SQL(", {}").format(sql.SQL(", ").join(map(sql.Identifier, self._kept_by_tombstones())))
        query = statement.format(raw=self._raw, keep=keep, among=among, absent=absent)
        return self._connection.execute(query, parameters).rowcount

    def _kept_by_tombstones(self) -> list[str]:
        """Whom or what the deleted row was about; the rest of a tombstone is empty."""
        keys = [name.removesuffix("_ref") + "_key" if self.declared.fields[name].type == "person_ref" else name
                for name in self.declared.key]  # fmt: skip
        return keys


def quarantine_context(delivery_id: int, record_type: str, row_no: int) -> bytes:
    """What a quarantined payload is bound to."""
    return f"quarantine:{delivery_id}:{record_type}:{row_no}".encode()


def _told_by_person(declared: RecordType, origins: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The references that are made of what identifies a person (a case known by a national ID): raw keeps a pseudonym."""
    direct = {header for name in declared.direct_fields() for header in origins.get(name, ())}
    return {
        n for n, field in declared.fields.items() if field.type == "ref" and direct.intersection(origins.get(n, ()))
    }


def _said(column: str) -> str:
    """The field that a column of raw is made of: persons and households are named by a reference."""
    return column.removesuffix("_key") + "_ref" if column.endswith("_key") else column


def _rows_of(columns: dict[str, pa.Array], positions: np.ndarray) -> dict[str, pa.Array]:
    """Some rows of some columns, by ascending positions; all of them without a copy."""
    if all(len(column) == len(positions) for column in columns.values()):
        return columns
    take = pa.array(positions)
    return {name: column.take(take) for name, column in columns.items()}


def _flags(findings: list[Finding], good: np.ndarray, count: int) -> pa.Array:
    """For each loaded row the warnings on its cells: `{"phone": ["phone.unreadable"]}`."""
    flags: dict[int, dict[str, list[str]]] = {}
    for finding in findings:
        if finding.reason.severity == "warning":
            for position in finding.rows.tolist():
                flags.setdefault(position, {}).setdefault(finding.reason.cells[0], []).append(finding.reason.code)
    whole = np.full(count, None, dtype=object)
    for position, cells in flags.items():
        whole[position] = orjson.dumps(cells, option=orjson.OPT_SORT_KEYS).decode()
    return pa.array(whole[good], STRING)


def _json_objects(columns: dict[str, pa.Array], begin: str = '{"v":1') -> list[bytes]:
    """One JSON object a row from text columns, nulls left out: `{"v":1,"first_name":"…"}`; v is the layout's version."""
    parts: list[Any] = [begin]
    for name, column in columns.items():
        before, text = f',"{orjson.dumps(name)[1:-1].decode()}":"', column
        letters = letters_of(column)
        if ((letters < 0x20) | (letters == 0x22) | (letters == 0x5C)).any():  # control characters, quotes, backslashes
            text = by_unique(
                column, lambda d: pa.array([orjson.dumps(v)[1:-1].decode() for v in d.to_pylist()], STRING)
            )
        if text.null_count:
            parts.append(pc.fill_null(pc.binary_join_element_wise(before, text, '"', ""), ""))
        else:
            parts += [before, text, '"']
    objects = pc.binary_join_element_wise(*parts, "}", "")
    if begin == "{":  # the first one that is not null has a comma before it
        objects = pc.if_else(pc.starts_with(objects, "{,"), pc.utf8_replace_slice(objects, 1, 2, ""), objects)
    written: list[bytes] = objects.cast(pa.binary()).to_pylist()
    return written
