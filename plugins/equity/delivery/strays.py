"""Strays: rows without a readable key, known again by where they stand and by what else they hold.

A stray's tickets wait like all others. In a later delivery it is the row that nothing was wrong with the same fields of
(a keyed digest of them is kept, no value), the row of a returned workbook that answers it, or, of whole lists, the row at
the same place. What came with its key since is that record's: what was wrong is corrected, or is that record's ticket.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from equity.delivery.binary import Column
from equity.delivery.digests import ABSENT, digests
from equity.delivery.normalise import Rows
from equity.delivery.reasons import Finding
from equity.delivery.register import Delivery
from equity.delivery.writer import Writer
from equity.privacy.keys import DIGEST
from equity.records import RecordType
from equity.sources.readers import Block

STRING = pa.string()
PATTERNS = 8  # sets of faulty fields by which rows are looked for; each costs a digest of every row that is read
ANYBODY = (
    "?"  # before the fields: what is left (an activity, a date) may be said of many, it tells only within a whole list
)
TELLING = ("text", "phone", "national_id")  # kinds of fields that say who or what a row is about
WHOLE_LINE = "*"  # in the place of fields: the digest is of a line that could not be cut into columns


@dataclass(frozen=True)
class Traits:
    """By what the rows of a block can be known again, null for those that have a key: digest, and the fields not in it."""

    row_hash: pa.Array
    without: pa.Array

    def take(self, rows: np.ndarray) -> Traits:
        """Those of some rows."""
        positions = pa.array(rows)
        return Traits(self.row_hash.take(positions), self.without.take(positions))

    @classmethod
    def none(cls, size: int) -> Traits:
        """Of rows that all have a key."""
        return cls(pa.nulls(size, DIGEST), pa.nulls(size, STRING))


class Strays:
    """The strays of one record type from one source, while one delivery of it is loaded."""

    def __init__(
        self, connection: psycopg.Connection, writer: Writer, key: bytes, delivery: Delivery, declared: RecordType,
        origins: Mapping[str, tuple[str, ...]],
    ) -> None:  # fmt: skip
        """Read which strays have open tickets."""
        self._connection, self._writer, self._key = connection, writer, key
        self._delivery, self._declared = delivery, declared
        self._fields = list(declared.fields)
        self._telling = [f for f, d in declared.fields.items() if d.type in TELLING and f not in declared.key]
        self._beside = _beside(self._fields, origins)
        rows = connection.execute(
            """select distinct row_hash, row_without, place, row_no, coalesce(seen_in, opened_by) from ops.ticket
            where source = %s and record_type = %s and state = 'open' and record_key is null
                and coalesce(seen_in, opened_by) <> %s""",
            [delivery.source, declared.record_type, delivery.delivery_id],
        ).fetchall()
        hashes: dict[str, set[bytes]] = {}
        self._at: dict[str, set[int]] = {}
        self._in: dict[int, set[int]] = {}
        for row_hash, without, place, row_no, seen_in in rows:
            if row_hash is not None and without != WHOLE_LINE:
                hashes.setdefault(without, set()).add(row_hash.bytes)
            self._at.setdefault(place, set()).add(row_no)
            self._in.setdefault(seen_in, set()).add(row_no)
        often = sorted(hashes, key=lambda without: -len(hashes[without]))[:PATTERNS]
        self._looked_for = {without: pa.array(sorted(hashes[without]), DIGEST) for without in often}
        self.waiting = bool(rows)
        self._answered: dict[str, int | None] = {"": None}
        connection.execute(
            """create temporary table ticket_seen (row_hash uuid, record_key uuid, place text, row_no integer,
                answers bigint) on commit drop"""
        )

    # --- one block

    def take(self, rows: Rows, findings: Sequence[Finding], block: Block, record_keys: pa.Array) -> Traits:
        """Look for the strays that wait among the rows of a block; gives by what those of the block can be known again."""
        if self.waiting and len(rows):
            self._look(rows, block, record_keys)
        positions = np.flatnonzero(record_keys.is_null().to_numpy(zero_copy_only=False))
        if not len(positions):
            return Traits.none(len(rows))
        faulty = self._faulty(rows, findings, positions)
        patterns, of_row = np.unique(faulty, axis=0, return_inverse=True)
        hashes = np.full(len(rows), None, dtype=object)
        words = np.full(len(rows), None, dtype=object)
        for number, pattern in enumerate(patterns):
            chosen = positions[of_row.reshape(-1) == number]
            without = ",".join(field for field, left_out in zip(self._fields, pattern, strict=True) if left_out)
            told = np.zeros(len(rows), dtype=bool)
            for field in set(self._telling).intersection(rows.columns).difference(without.split(",")):
                told |= rows.columns[field].is_valid().to_numpy(zero_copy_only=False)
            for said, some in ((without, chosen[told[chosen]]), (ANYBODY + without, chosen[~told[chosen]])):
                hashes[some] = self._digests(rows, said, pa.array(some)).to_pylist()
                words[some] = said
        return Traits(pa.array(hashes, DIGEST), pa.array(words, STRING))

    def lines(self, numbers: np.ndarray, lines: Sequence[str]) -> Traits:
        """The same for lines that could not be cut into columns."""
        size = len(numbers)
        hashes = digests([pa.scalar(self._declared.record_type), pa.array(lines, STRING)], self._key)
        if self.waiting:
            self._see(hashes, pa.nulls(size, DIGEST), "", numbers, None)
        return Traits(hashes, pa.repeat(pa.scalar(WHOLE_LINE, STRING), size))

    def _look(self, rows: Rows, block: Block, record_keys: pa.Array) -> None:
        answers = self._answers(block.answers)
        numbers = self._in.get(answers, set()) if answers is not None else self._at.get(block.place, set())
        there = np.flatnonzero(np.isin(block.row_no, np.array(sorted(numbers), dtype=np.int64)))
        if len(there):
            keys = record_keys.take(pa.array(there))
            self._see(pa.nulls(len(there), DIGEST), keys, block.place, block.row_no[there], answers)
        for without, wanted in self._looked_for.items():
            hashes = self._digests(rows, without)
            found = np.flatnonzero(pc.is_in(hashes, value_set=wanted).to_numpy(zero_copy_only=False))
            if len(found):
                take = pa.array(found)
                self._see(hashes.take(take), record_keys.take(take), block.place, block.row_no[found], answers)

    def _answers(self, reference: str) -> int | None:
        """The delivery in whose file the rows have their numbers, when it is another one."""
        if reference not in self._answered:
            row = self._connection.execute(
                "select delivery_id from ops.delivery where reference = %s and source = %s",
                [reference, self._delivery.source],
            ).fetchone()
            self._answered[reference] = row[0] if row else None
        return self._answered[reference]

    def _see(self, hashes: pa.Array, keys: pa.Array, place: str, row_no: np.ndarray, answers: int | None) -> None:
        content: dict[str, Column] = {
            "row_hash": ("uuid", hashes), "record_key": ("uuid", keys), "place": ("text", pa.scalar(place)),
            "row_no": ("integer", pa.array(row_no, pa.int32())), "answers": ("bigint", pa.scalar(answers, pa.int64())),
        }  # fmt: skip
        self._writer.copy(sql.Identifier("ticket_seen"), content, len(row_no))

    def _digests(self, rows: Rows, without: str, chosen: pa.Array | None = None) -> pa.Array:
        left_out = set(without.removeprefix(ANYBODY).split(","))
        columns = []
        for field in self._fields:
            column = rows.columns.get(field)
            if column is None or field in left_out:
                columns.append(ABSENT)
            else:
                columns.append(column if chosen is None else column.take(chosen))
        said = [pa.scalar(self._declared.record_type), pa.scalar(without)]
        if all(isinstance(column, pa.Scalar) for column in columns):  # nothing of such a row was readable
            columns.append(pa.repeat(ABSENT, len(rows) if chosen is None else len(chosen)))
        return digests([*said, *columns], self._key)

    def _faulty(self, rows: Rows, findings: Sequence[Finding], positions: np.ndarray) -> np.ndarray:
        """Of the rows at some positions, row by row, the fields that are not to be trusted."""
        at = {field: number for number, field in enumerate(self._fields)}
        faulty = np.zeros((len(positions), len(self._fields)), dtype=bool)
        for finding in findings:
            hit = np.flatnonzero(np.isin(positions, finding.rows))
            if len(hit) and finding.reason.severity != "info":
                for cell in finding.reason.cells:
                    for field in self._beside.get(cell, ()):
                        faulty[hit, at[field]] = True
        for name in self._declared.key:
            empty = rows.columns[name].take(pa.array(positions)).is_null().to_numpy(zero_copy_only=False)
            faulty[empty, at[name]] = True
        return faulty

    # --- the end

    def finish(self, *, whole: bool) -> None:
        """Take along the tickets of the strays that were found again and close those of the corrected; all is written.

        Args:
            whole: whether the delivery was the whole list, so that a stray which did not come is gone.

        """
        if self.waiting:
            about = {
                "source": self._delivery.source, "record_type": self._declared.record_type, "whole": whole,
                "delivery": self._delivery.delivery_id, "at": self._delivery.known_from,
            }  # fmt: skip
            raw = sql.Identifier("raw", self._declared.record_type)
            for statement in (_STRAYS, _CAME, *_PAIRS, *_APPLIED):
                query = sql.SQL(statement).format(raw=raw, of_pair=sql.SQL(_OF_PAIR), fault=sql.SQL(_FAULT))
                self._connection.execute(query, about)
            self._connection.execute("drop table stray, ticket_came, stray_pair")
        self._connection.execute("drop table ticket_seen")


def _beside(fields: Sequence[str], origins: Mapping[str, tuple[str, ...]]) -> dict[str, set[str]]:
    """For each field those that were read from one of its columns: a name cut in two is corrected in one cell."""
    return {
        field: {field, *(other for other in fields if set(origins.get(other, ())) & set(origins.get(field, ())))}
        for field in fields
    }


# the rows whose tickets wait
_STRAYS = """
create temporary table stray on commit drop as
select coalesce(seen_in, opened_by) as seen_in, place, row_no, max(row_hash::text)::uuid as row_hash,
    %(whole)s or coalesce(max(row_without) not like '?%%', true) as is_known
from ops.ticket
where source = %(source)s and record_type = %(record_type)s and state = 'open' and record_key is null
    and coalesce(seen_in, opened_by) <> %(delivery)s
group by 1, 2, 3
"""
# the rows of this delivery that one of them may be: 0 has no key still, 1 is new to us, 2 was there before
_CAME = """
create temporary table ticket_came on commit drop as
select *,
    case
        when record_key is null then 0
        when exists (
            select from {raw} as r where r.record_key = seen.record_key and r.delivery_id = %(delivery)s
        ) then 1
        when exists (
            select from quarantine.record as q where q.record_key = seen.record_key and q.delivery_id = %(delivery)s
                and q.corrected_by is null
        ) and not exists (select from {raw} as r where r.record_key = seen.record_key) and not exists (
            select from quarantine.record as q where q.record_key = seen.record_key and q.delivery_id <> %(delivery)s
                and q.corrected_by is null
        ) then 1
        else 2
    end as kind
from ticket_seen as seen
"""
_FREE = """not exists (select from stray_pair as p where (p.seen_in, p.place, p.row_no) = (s.seen_in, s.place, s.row_no))
    and not exists (select from stray_pair as p where (p.now_place, p.now_row_no) = (c.place, c.row_no))"""
_PAIRS = (
    """create temporary table stray_pair (seen_in bigint, place text, row_no integer, now_place text, now_row_no integer,
        record_key uuid) on commit drop""",
    # a returned workbook says which row of which file it answers; a number may stand on several sheets of that file
    """insert into stray_pair
    select distinct on (s.seen_in, s.row_no) s.seen_in, s.place, s.row_no, c.place, c.row_no, c.record_key
    from stray as s join ticket_came as c on c.answers = s.seen_in and c.row_no = s.row_no
    where c.row_hash is null and not exists (
        select from stray as other where (other.seen_in, other.row_no) = (s.seen_in, s.row_no) and other.place <> s.place)
    order by s.seen_in, s.row_no, c.place""",
    # the same in what nothing was wrong with; of rows that are alike the first is the first. A row that was there before
    # may be another one that is alike, unless a whole list has no other
    """insert into stray_pair
    select distinct on (now_place, now_row_no) seen_in, place, row_no, now_place, now_row_no, record_key
    from (
        select s.*, row_number() over (partition by s.row_hash order by s.seen_in, s.place, s.row_no) as nth
        from stray as s
        where is_known and not exists (select from stray_pair as p where (p.seen_in, p.place, p.row_no) = (s.seen_in, s.place, s.row_no))
    ) as s
    join (
        select place as now_place, row_no as now_row_no, row_hash, record_key,
            row_number() over (partition by row_hash order by kind, place, row_no) as nth
        from (select c.*, count(*) over (partition by c.row_hash) as alike from ticket_came as c
            where c.row_hash is not null
                and not exists (select from stray_pair as p where (p.now_place, p.now_row_no) = (c.place, c.row_no))) as c
        where kind < 2 or (alike = 1 and %(whole)s)
    ) as c using (row_hash, nth)
    order by now_place, now_row_no, seen_in""",
    # in the next whole list a row that stands where it stood is the same one, unless it was known before
    f"""insert into stray_pair
    select distinct on (c.place, c.row_no) s.seen_in, s.place, s.row_no, c.place, c.row_no, c.record_key
    from stray as s join ticket_came as c on (c.place, c.row_no) = (s.place, s.row_no)
    where %(whole)s and c.answers is null and c.kind < 2 and {_FREE}
    order by c.place, c.row_no, s.seen_in desc""",
)
_OF_PAIR = """ticket.source = %(source)s and ticket.record_type = %(record_type)s and ticket.state = 'open'
    and ticket.record_key is null and coalesce(ticket.seen_in, ticket.opened_by) = p.seen_in
    and (ticket.place, ticket.row_no) = (p.place, p.row_no)"""
_FAULT = """select from ticket_found as found where (found.field, found.code) = (ticket.field, ticket.code)"""
_APPLIED = (
    # it has its key: what is wrong still is that record's ticket from now on, unless that has one of its own
    """update ops.ticket as given set record_key = chosen.record_key
    from (
        select distinct on (p.record_key, ticket.field, ticket.code) ticket.ticket_id, p.record_key
        from ops.ticket as ticket join stray_pair as p on {of_pair}
        where p.record_key is not null and exists ({fault} and found.record_key = p.record_key)
            and not exists (select from ops.ticket as own where own.source = %(source)s
                and own.record_type = %(record_type)s and own.state = 'open' and own.record_key = p.record_key
                and (own.field, own.code) = (ticket.field, ticket.code))
        order by p.record_key, ticket.field, ticket.code, ticket.opened_at
    ) as chosen
    where given.ticket_id = chosen.ticket_id""",
    """update ops.ticket as ticket set state = 'corrected', closed_by = %(delivery)s, closed_at = %(at)s
    from stray_pair as p
    where {of_pair} and (p.record_key is not null
        or not exists ({fault} and found.record_key is null and (found.place, found.row_no) = (p.now_place, p.now_row_no)))""",
    """update ops.ticket as ticket set seen_in = %(delivery)s, place = p.now_place, row_no = p.now_row_no,
        row_hash = now.row_hash, row_without = now.row_without
    from stray_pair as p join (
        select distinct on (place, row_no) * from ticket_found where record_key is null order by place, row_no
    ) as now on (now.place, now.row_no) = (p.now_place, p.now_row_no)
    where {of_pair} and p.record_key is null""",
    """update ops.ticket as ticket set state = 'withdrawn', closed_by = %(delivery)s, closed_at = %(at)s
    from stray as p where {of_pair} and %(whole)s""",
    # the row held then waits no longer: it came with its key, or was held again and that row waits in its place. A number
    # that stood on several sheets is left alone
    """update quarantine.record as held set corrected_by = %(delivery)s, corrected_at = %(at)s
    from stray_pair as p
    where held.source = %(source)s and held.record_type = %(record_type)s and held.record_key is null
        and (held.delivery_id, held.row_no) = (p.seen_in, p.row_no) and held.corrected_by is null and not exists (
            select from quarantine.record as other
            where other.delivery_id = held.delivery_id and other.row_no = held.row_no and other.record_key is null
                and other.source = held.source and other.record_type = held.record_type
                and other.quarantine_id <> held.quarantine_id)""",
)
