"""Load: direct identifiers into the vault, the rest into raw, wrong rows into quarantine; all in one transaction.

Python prepares one block (pseudonyms, hashes, encryption) while Postgres takes the last one over COPY. Raw is
append-only: a row is written when its key is new or its content changed. Rows that stand twice are counted as repeated.
"""

from __future__ import annotations

import binascii
import hashlib
import io
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import orjson
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from psycopg import sql

from equity.delivery.checks import Finding
from equity.delivery.normalise import Rows
from equity.delivery.register import Counts, Delivery
from equity.privacy.keys import Keys
from equity.sources.readers import Block
from equity.sources.spec import Table
from equity.thai.columns import by_unique
from equity.thai.national_ids import checksum_ok

STRING = pa.string()
ABSENT = "\x00"  # cannot stand in a text that was cleaned, so no two rows look alike by accident


class Loader:
    """Loads one table of one delivery, block by block. The connection's transaction is the caller's."""

    def __init__(self, connection: psycopg.Connection, keys: Keys, delivery: Delivery, table: Table) -> None:
        self.keys, self.delivery, self.table = keys, delivery, table
        self.declared = table.declared
        self.snapshot = table.sends == "everything"
        self.received = self.loaded = self.unchanged = self.repeated = self.quarantined = self.flagged = 0
        self._unknown_keys = 0
        self._connection = connection
        self._raw = sql.Identifier("raw", self.declared.record_type)
        self._columns = self.declared.raw_columns()
        self._writer = ThreadPoolExecutor(max_workers=1)
        self._pending: list[Future[None]] = []
        self._block = 0
        self._seen = np.array([], dtype=np.uint64)
        query = sql.SQL("select not exists (select from {} where source = %s)").format(self._raw)
        row = connection.execute(query, [delivery.source]).fetchone()
        self._fresh = bool(row and row[0])
        self._waiting = {str(key).replace("-", "") for (key,) in self._open_quarantine()}
        self._corrected: set[str] = set()
        connection.execute(
            "create temporary table incoming (block integer, position integer, record_key uuid, row_hash uuid) on commit drop"
        )

    def _open_quarantine(self) -> Iterable[tuple[Any, ...]]:
        return self._connection.execute(
            """select distinct record_key from quarantine.record
            where source = %s and record_type = %s and record_key is not null and corrected_by is null""",
            [self.delivery.source, self.declared.record_type],
        ).fetchall()

    # --- one block

    def add(self, rows: Rows, findings: list[Finding], block: Block) -> None:
        """Load the good rows of a block and quarantine the others."""
        count = len(rows)
        self.received += count
        critical = np.zeros(count, dtype=bool)
        warned = np.zeros(count, dtype=bool)
        for finding in findings:
            if finding.reason.severity != "info":
                (critical if finding.reason.severity == "critical" else warned)[finding.rows] = True
        self.quarantined += int(critical.sum())
        self.flagged += int((warned & ~critical).sum())
        record_keys = self._record_keys(rows)
        if critical.any():
            self._quarantine(rows, findings, block, critical, record_keys)
        good = np.flatnonzero(~critical)
        if len(good):
            take = pa.array(good)
            columns = {name: column.take(take) for name, column in rows.columns.items()}
            flags = _flags(findings, good, count) if warned.any() else pa.nulls(len(good), STRING)
            self._load(columns, rows.row_no[good], record_keys.take(take), flags)
        if self.snapshot and not self._fresh and critical.any():
            kept = record_keys.filter(pa.array(critical)).drop_null()
            self._incoming(kept, pa.nulls(len(kept), STRING))
        self._block += 1

    def add_broken(self, broken: list[tuple[int, str]], reason: dict[str, Any]) -> None:
        """Quarantine rows that could not be cut into columns."""
        if broken:
            self.received += len(broken)
            self.quarantined += len(broken)
            self._unknown_keys += len(broken)
            payloads = [orjson.dumps({"line": line}) for _, line in broken]
            numbers = [number for number, _ in broken]
            self._copy_quarantine(numbers, [None] * len(broken), payloads, [[reason]] * len(broken))

    def _load(self, columns: dict[str, pa.Array], row_no: np.ndarray, record_keys: pa.Array, flags: pa.Array) -> None:
        values = self._values(columns)
        person_hash = self._person_hash(columns) if self.declared.has_person_block else None
        hashed = [*values.values(), flags] + ([person_hash] if person_hash is not None else [])
        row_hash = _hash(hashed)
        if self._waiting:
            self._corrected |= self._waiting.intersection(record_keys.to_pylist())
        chosen, new_person = self._choose(record_keys, row_hash, person_hash)
        if not len(chosen):
            return
        take = pa.array(chosen)
        size = len(chosen)
        raw: dict[str, pa.Array] = {
            "source": pa.repeat(self.delivery.source, size),
            "delivery_id": pa.repeat(self.delivery.delivery_id, size),
            "row_no": pa.array(row_no[chosen]),
            "record_key": record_keys.take(take),
            "row_hash": row_hash.take(take),
            "known_from": pa.repeat(self.delivery.received_at.isoformat(), size),
            "flags": flags.take(take),
        }
        if person_hash is not None:
            raw["person_hash"] = person_hash.take(take)
        raw |= {name: values[name].take(take) for name in self._columns}
        self._copy(self._raw, raw)
        if person_hash is not None:
            people = take.filter(pa.array(new_person))
            if len(people):
                self._vault({name: column.take(people) for name, column in columns.items()}, values, people)

    def _values(self, columns: dict[str, pa.Array]) -> dict[str, pa.Array]:
        """The columns of the raw table, persons' references as pseudonyms; null where the source has no such column."""
        size = len(next(iter(columns.values())))
        values: dict[str, pa.Array] = {}
        for name in self._columns:
            if name.endswith("_key"):
                given = columns.get(name.removesuffix("_key") + "_ref")
                domain = "household" if name == "household_key" else "person"
                values[name] = (
                    pa.nulls(size, STRING)
                    if given is None
                    else self.keys.pseudonyms(given, f"{domain}:{self.delivery.source}")
                )
            else:
                values[name] = columns.get(name, pa.nulls(size, STRING))
        return values

    def _record_keys(self, rows: Rows) -> pa.Array:
        """Keyed hash of source, record type and key fields; null where a key field is missing."""
        parts = [_text(rows.columns[name]) for name in self.declared.key]
        origin = pa.scalar(f"{self.delivery.source}\x1f{self.declared.record_type}")
        keys = _hash([pa.repeat(origin, len(rows)), *parts], key=self.keys.pseudonym)
        known = np.logical_and.reduce([part.is_valid().to_numpy(zero_copy_only=False) for part in parts])
        return pc.if_else(pa.array(known), keys, pa.scalar(None, STRING))

    def _person_hash(self, columns: dict[str, pa.Array]) -> pa.Array:
        """Keyed hash of all direct identifiers: says that they changed, and nothing else."""
        direct = [_text(columns[name]) for name in self.declared.direct_fields() if name in columns]
        return _hash(direct, key=self.keys.pseudonym)

    # --- which rows are new

    def _choose(
        self, record_keys: pa.Array, row_hash: pa.Array, person_hash: pa.Array | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Positions of the rows to write, and for each whether its person is new to the vault."""
        count = len(record_keys)
        keys, hashes = record_keys.to_pylist(), row_hash.to_pylist()
        short = np.fromiter((int(key[:16], 16) for key in keys), dtype=np.uint64, count=count)
        distinct = np.unique(short)
        again = np.intersect1d(distinct, self._seen, assume_unique=True)  # keys of an earlier block
        self._seen = np.union1d(self._seen, distinct)
        if self._fresh and not len(again):
            before: dict[int, str | None] = dict.fromkeys(range(count))
        else:
            before = self._before(record_keys, row_hash)
        people = person_hash.to_pylist() if person_hash is not None else [None] * count
        if len(distinct) == count and not len(again):  # no key stands twice
            chosen = list(before)
            self.unchanged += count - len(chosen)
        else:
            chosen = self._without_repeats(keys, hashes, before, {int(key) for key in again})
        self.loaded += len(chosen)
        new_person = []
        told: dict[str, str | None] = {}  # a key that stands twice in the block tells its person once
        for position in chosen:
            key, person = keys[position], people[position]
            new_person.append(person is not None and told.get(key, before.get(position)) != person)
            told[key] = person
        return np.array(chosen, dtype=np.int64), np.array(new_person, dtype=bool)

    def _without_repeats(
        self, keys: list[str], hashes: list[str], before: dict[int, str | None], again: set[int]
    ) -> list[int]:
        """Where keys stand twice: the same content again is a repeat, other content is a later version of the row."""
        chosen = []
        latest: dict[str, str] = {}
        for position, (key, digest) in enumerate(zip(keys, hashes, strict=True)):
            if latest.get(key) == digest:
                self.repeated += 1
            elif key in latest or position in before:
                chosen.append(position)
            elif int(key[:16], 16) in again:
                self.repeated += 1
            else:
                self.unchanged += 1
            latest[key] = digest
        return chosen

    def _before(self, record_keys: pa.Array, row_hash: pa.Array) -> dict[int, str | None]:
        """Positions whose row is new or changed against what is known, with the person's hash as known (or None)."""
        self._incoming(record_keys, row_hash)
        person = sql.SQL("known.person_hash" if self.declared.has_person_block else "null::uuid")
        query = sql.SQL(
            """select incoming.position, {person}
            from incoming
            left join lateral (
                select * from {raw} as earlier where earlier.record_key = incoming.record_key
                order by earlier.record_id desc limit 1
            ) as known on true
            where incoming.block = %s and (known.row_hash is distinct from incoming.row_hash or known.is_deleted)"""
        ).format(person=person, raw=self._raw)

        def ask() -> list[tuple[int, Any]]:
            return self._connection.execute(query, [self._block]).fetchall()

        rows = self._writer.submit(ask).result()
        return {position: str(known).replace("-", "") if known else None for position, known in rows}

    def _incoming(self, record_keys: pa.Array, row_hash: pa.Array) -> None:
        size = len(record_keys)
        block = self._block if row_hash.null_count < size else -1
        self._copy(
            sql.Identifier("incoming"),
            {
                "block": pa.repeat(block, size), "position": pa.array(np.arange(size)),
                "record_key": record_keys, "row_hash": row_hash,
            },
        )  # fmt: skip

    # --- writing

    def _vault(self, columns: dict[str, pa.Array], values: dict[str, pa.Array], people: pa.Array) -> None:
        names = [name for name in self.declared.direct_fields() if name in columns]
        payloads = _json_objects({name: columns[name] for name in names})
        person_keys = values["partner_person_key"].take(people)
        contexts = [f"{key}:{self.declared.record_type}".encode() for key in person_keys.to_pylist()]
        size = len(people)
        ids = columns.get("national_id", pa.nulls(size, STRING))
        pseudonyms = self.keys.pseudonyms(ids, "national_id")
        rows = {
            "partner_person_key": person_keys,
            "source": pa.repeat(self.delivery.source, size),
            "record_type": pa.repeat(self.declared.record_type, size),
            "delivery_id": pa.repeat(self.delivery.delivery_id, size),
            "known_from": pa.repeat(self.delivery.received_at.isoformat(), size),
            "key_version": pa.repeat(self.keys.vault_version, size),
            "payload": _bytea(self.keys.encrypt(payloads, contexts)),
            "national_id_pseudonym": pc.if_else(
                pc.is_null(pseudonyms), pa.scalar(None, STRING), pc.binary_join_element_wise("\\x", pseudonyms, "")
            ),
            "national_id_kind": columns.get("national_id_kind", pa.nulls(size, STRING)),
            "national_id_valid": checksum_ok(ids),
        }
        self._copy(sql.Identifier("vault", "person"), rows)

    def _quarantine(
        self, rows: Rows, findings: list[Finding], block: Block, critical: np.ndarray, record_keys: pa.Array
    ) -> None:
        positions = np.flatnonzero(critical)
        reasons: dict[int, list[dict[str, Any]]] = {int(position): [] for position in positions}
        for finding in findings:
            reason = {"code": finding.reason.code, "severity": finding.reason.severity, "cells": finding.reason.cells}
            for position in finding.rows.tolist():
                if position in reasons:
                    reasons[position].append(reason)
        take = pa.array(positions)
        headers = list(block.columns)
        lists = [column.take(take).to_pylist() for column in block.columns.values()]
        payloads = [
            orjson.dumps({h: v for h, v in zip(headers, row, strict=True) if v is not None})
            for row in zip(*lists, strict=True)
        ]
        keys = record_keys.take(take).to_pylist()
        self._unknown_keys += keys.count(None)
        self._copy_quarantine(rows.row_no[positions].tolist(), keys, payloads, [reasons[int(p)] for p in positions])

    def _copy_quarantine(
        self, row_no: list[int], keys: list[str | None], payloads: list[bytes], reasons: list[list[dict[str, Any]]]
    ) -> None:
        contexts = [
            quarantine_context(self.delivery.delivery_id, self.declared.record_type, number) for number in row_no
        ]
        size = len(row_no)
        self._copy(
            sql.Identifier("quarantine", "record"),
            {
                "delivery_id": pa.repeat(self.delivery.delivery_id, size),
                "source": pa.repeat(self.delivery.source, size),
                "record_type": pa.repeat(self.declared.record_type, size),
                "row_no": pa.array(row_no),
                "record_key": pa.array(keys, STRING),
                "key_version": pa.repeat(self.keys.vault_version, size),
                "payload": _bytea(self.keys.encrypt(payloads, contexts)),
                "reasons": pa.array([orjson.dumps(reason).decode() for reason in reasons], STRING),
                "known_from": pa.repeat(self.delivery.received_at.isoformat(), size),
            },
        )

    def _copy(self, target: sql.Identifier, columns: dict[str, pa.Array]) -> None:
        """Send columns by COPY from the writer's thread; at most two blocks wait."""
        table = pa.table(columns)
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        statement = sql.SQL("copy {} ({}) from stdin (format csv)").format(target, names)

        def send() -> None:
            buffer = io.BytesIO()
            pacsv.write_csv(table, buffer, pacsv.WriteOptions(include_header=False, quoting_style="needed"))
            with self._connection.cursor().copy(statement) as copy:
                copy.write(buffer.getbuffer())

        self._pending.append(self._writer.submit(send))
        while len(self._pending) > 2:
            self._pending.pop(0).result()

    # --- the end

    def finish(self) -> Counts:
        """Write deletions and corrections, wait for the last block, and count. Raises what the writer raised."""
        try:
            for future in self._pending:
                future.result()
        finally:
            self._writer.shutdown(wait=True)
        deleted, postponed = 0, False
        if self.snapshot and not self._fresh:
            postponed = self._unknown_keys > 0
            deleted = 0 if postponed else self._delete_absent()
        if self._corrected:
            self._connection.execute(
                """update quarantine.record set corrected_by = %s, corrected_at = now()
                where source = %s and record_type = %s and record_key = any(%s::uuid[]) and corrected_by is null
                and delivery_id < %s""",
                [self.delivery.delivery_id, self.delivery.source, self.declared.record_type, list(self._corrected),
                 self.delivery.delivery_id],
            )  # fmt: skip
        self._connection.execute("drop table incoming")
        return Counts(
            self.declared.record_type, self.received, self.loaded, self.unchanged, self.repeated, self.quarantined,
            self.flagged, deleted, postponed, self.snapshot,
        )  # fmt: skip

    def close(self) -> None:
        """End the writer without more ado (after an error)."""
        self._writer.shutdown(wait=True, cancel_futures=True)

    def _delete_absent(self) -> int:
        """A full snapshot without a row says that the row is gone: that is a record too."""
        statement = sql.SQL(
            """insert into {raw} (source, delivery_id, row_no, record_key, row_hash, known_from, is_deleted {keep})
            select source, %s, 0, record_key, row_hash, %s, true {keep}
            from (select distinct on (record_key) * from {raw} where source = %s order by record_key, record_id desc) as latest
            where not is_deleted and not exists (select from incoming where incoming.record_key = latest.record_key)"""
        )
        keep = sql.SQL(", {}").format(sql.SQL(", ").join(map(sql.Identifier, self._kept_by_tombstones())))
        parameters = [self.delivery.delivery_id, self.delivery.received_at, self.delivery.source]
        return self._connection.execute(statement.format(raw=self._raw, keep=keep), parameters).rowcount

    def _kept_by_tombstones(self) -> list[str]:
        """Whom or what the deleted row was about; the rest of a tombstone is empty."""
        keys = [name.removesuffix("_ref") + "_key" if self.declared.fields[name].type == "person_ref" else name
                for name in self.declared.key]  # fmt: skip
        return keys


def quarantine_context(delivery_id: int, record_type: str, row_no: int) -> bytes:
    """What a quarantined payload is bound to."""
    return f"quarantine:{delivery_id}:{record_type}:{row_no}".encode()


def _twice(short: np.ndarray) -> set[int]:
    values, counts = np.unique(short, return_counts=True)
    return set(values[counts > 1].tolist())


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


def _text(column: pa.Array) -> pa.Array:
    return column if column.type == STRING else column.cast(STRING)


def _hash(columns: list[pa.Array], key: bytes = b"") -> pa.Array:
    """128-bit BLAKE2b over the columns of each row, as 32 hexadecimal digits; the same values give the same hash."""
    joined = pc.binary_join_element_wise(
        *(_text(column) for column in columns), "\x1f", null_handling="replace", null_replacement=ABSENT
    )
    texts = joined.cast(pa.binary()).to_pylist()
    return pa.array([hashlib.blake2b(text, digest_size=16, key=key).hexdigest() for text in texts], STRING)


def _bytea(values: list[bytes]) -> pa.Array:
    """Bytes in Postgres's hexadecimal form, turned over all at once."""
    digits = binascii.hexlify(b"".join(values))
    ends = np.cumsum([0] + [2 * len(value) for value in values], dtype=np.int32)
    texts = pa.StringArray.from_buffers(len(values), pa.py_buffer(ends.tobytes()), pa.py_buffer(digits))
    return pc.binary_join_element_wise("\\x", texts, "")


_ESCAPED = r'[\x00-\x1f"\\]'


def _json_objects(columns: dict[str, pa.Array]) -> list[bytes]:
    """One JSON object a row from text columns, nulls left out: `{"v":1,"first_name":"…"}`; v is the layout's version."""
    parts = []
    for name, column in columns.items():
        text = column
        if pc.any(pc.match_substring_regex(column, _ESCAPED), min_count=0).as_py():
            text = by_unique(
                column, lambda d: pa.array([orjson.dumps(v)[1:-1].decode() for v in d.to_pylist()], STRING)
            )
        parts.append(pc.fill_null(pc.binary_join_element_wise(f',"{name}":"', text, '"', ""), ""))
    objects = pc.binary_join_element_wise('{"v":1', *parts, "}", "")
    return objects.cast(pa.binary()).to_pylist()
