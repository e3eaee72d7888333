"""Which rows are new: each is held against the latest version of its record, as raw has it.

Postgres answers for one block while the next is read and checked. Within a delivery a key may stand twice: the same
content again is a repeat, other content is a later version of the row.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
from psycopg import sql

from equity.delivery.binary import Column
from equity.delivery.digests import first_halves
from equity.delivery.writer import Writer

INCOMING = sql.Identifier("incoming")
Answer = list[tuple[int, Any]]


@dataclass(frozen=True)
class Asked:
    """The rows of one block, and the answer to come; without an answer nothing is known of any of them."""

    record_keys: pa.Array
    row_digests: pa.Array
    person_digests: pa.Array | None
    again: set[int]
    distinct: bool
    answer: Future[Answer] | None

    def people(self, positions: np.ndarray) -> list[bytes | None]:
        """The persons' digests of some rows."""
        if self.person_digests is None:
            return [None] * len(positions)
        return list(self.person_digests.take(pa.array(positions)).to_pylist())


class Known:
    """What raw knows of one source and record type, asked block by block."""

    def __init__(
        self, connection: psycopg.Connection, writer: Writer, raw: sql.Identifier, source: str, *, persons: bool
    ) -> None:
        self.unchanged = self.repeated = 0
        self._writer = writer
        self._blocks = 0
        self._seen = np.array([], dtype=np.uint64)
        query = sql.SQL("select not exists (select from {} where source = %s)").format(raw)
        row = connection.execute(query, [source]).fetchone()
        self.fresh = bool(row and row[0])
        self._person = sql.SQL("known.person_hash" if persons else "null::uuid")
        self._raw = raw
        connection.execute(
            "create temporary table incoming (position integer, record_key uuid, row_hash uuid) on commit drop"
        )

    def again(self, record_keys: pa.Array) -> set[int]:
        """First halves of the keys that stood in an earlier block; the keys are those of an earlier block from now on."""
        distinct = np.unique(first_halves(record_keys))
        again = np.intersect1d(distinct, self._seen, assume_unique=True)
        # both runs are sorted, which the stable sort makes use of
        self._seen = np.sort(np.concatenate([self._seen, np.setdiff1d(distinct, again)]), kind="stable")
        return set(again.tolist())

    def ask(
        self, record_keys: pa.Array, row_digests: pa.Array, person_digests: pa.Array | None, again: set[int]
    ) -> Asked:
        """Ask about the rows of a block; a key that stands again needs that the earlier blocks are written."""
        distinct = len(np.unique(first_halves(record_keys))) == len(record_keys)
        answer = None
        if again or not self.fresh:
            block = sql.Identifier(f"incoming_{self._blocks}")  # a table of its own: no scan of the earlier blocks
            self._blocks += 1
            create = sql.SQL("create temporary table {} () inherits (incoming) on commit drop")
            self._writer.execute(create.format(block))
            self.arrived(record_keys, row_digests, block)
            query = sql.SQL(
                """select incoming.position, {person}
                from {incoming} as incoming
                left join lateral (
                    select * from {raw} as earlier where earlier.record_key = incoming.record_key
                    order by earlier.record_id desc limit 1
                ) as known on true
                where known.row_hash is distinct from incoming.row_hash or known.is_deleted
                order by incoming.position"""
            )
            answer = self._writer.ask(query.format(person=self._person, incoming=block, raw=self._raw))
        return Asked(record_keys, row_digests, person_digests, again, distinct, answer)

    def arrived(
        self, record_keys: pa.Array, row_digests: pa.Array | None = None, into: sql.Identifier = INCOMING
    ) -> None:
        """Note keys that the delivery has: what a snapshot does not have is gone."""
        size = len(record_keys)
        position = pa.array(np.arange(size, dtype=np.int32))
        columns: dict[str, Column] = {"position": ("integer", position), "record_key": ("uuid", record_keys)}
        if row_digests is not None:
            columns["row_hash"] = ("uuid", row_digests)
        self._writer.copy(into, columns, size)

    def choose(self, asked: Asked) -> tuple[np.ndarray, np.ndarray]:
        """Positions of the rows to write, ascending, and for each whether its person is new to the vault."""
        count = len(asked.record_keys)
        if asked.answer is None and asked.distinct:  # the first delivery: everything is new
            told = asked.person_digests is not None
            return np.arange(count), np.full(count, told)
        if asked.answer is None:
            before: dict[int, bytes | None] = dict.fromkeys(range(count))
        else:
            before = {position: known.bytes if known else None for position, known in asked.answer.result()}
        if asked.distinct and not asked.again:
            chosen = np.fromiter(before, dtype=np.int64, count=len(before))
            self.unchanged += count - len(chosen)
            new = [
                person is not None and known != person
                for known, person in zip(before.values(), asked.people(chosen), strict=True)
            ]
            return chosen, np.array(new, dtype=bool)
        chosen = self._without_repeats(asked, before)
        keys = asked.record_keys.take(pa.array(chosen)).to_pylist()
        new = []
        latest: dict[bytes, bytes | None] = {}  # a key that stands twice in the block tells its person once
        for position, key, person in zip(chosen.tolist(), keys, asked.people(chosen), strict=True):
            new.append(person is not None and latest.get(key, before.get(position)) != person)
            latest[key] = person
        return chosen, np.array(new, dtype=bool)

    def _without_repeats(self, asked: Asked, before: dict[int, bytes | None]) -> np.ndarray:
        chosen = []
        latest: dict[bytes, bytes] = {}
        halves = first_halves(asked.record_keys).tolist()
        rows = zip(asked.record_keys.to_pylist(), asked.row_digests.to_pylist(), halves, strict=True)
        for position, (key, digest, half) in enumerate(rows):
            if latest.get(key) == digest:
                self.repeated += 1
            elif key in latest or position in before:
                chosen.append(position)
            elif half in asked.again:
                self.repeated += 1
            else:
                self.unchanged += 1
            latest[key] = digest
        return np.array(chosen, dtype=np.int64)
