"""Rows that a whole list brings again letter for letter are neither normalised nor checked a second time.

What a source's last list held is kept in the landing store: of each row a keyed digest of its text, the key of its record,
which cells were filled, and whether there was nothing to say of it. Where every row is one line of a text and every column
is read, the text is the line's bytes, and a line that stood in the last list is not even parsed.

A list is read whole when anything else could matter: another spec, other code or checks, other columns, a new month (checks
know today's date), or a delivery of the same records in between.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc

from equity.delivery import landing
from equity.delivery.digests import ABSENT, digests, digests_of, first_halves, second_halves
from equity.delivery.register import Delivery
from equity.privacy.keys import DIGEST, Keys
from equity.settings import BANGKOK, EXPECTATIONS
from equity.sources.readers import Block, OpenTable
from equity.sources.readers.lines import Lines, Part, is_by_line
from equity.sources.readers.table import BLOCK_ROWS
from equity.sources.spec import Source

NOTHING = pa.array([], DIGEST)
COLUMNS = 64  # that a number's bits can tell of
TOGETHER = 8 << 20


class ReadWhole(Exception):
    """A record stands in a row as it was and in another row too: which is the later one needs both to be read."""


@dataclass(frozen=True)
class List:
    """The rows of one whole list: digest of the text, record key (null when unreadable), nothing to say of it, filled cells.

    Of `filled` each bit is a column, in the order of the headers.
    """

    texts: pa.Array = field(default_factory=lambda: NOTHING)
    keys: pa.Array = field(default_factory=lambda: NOTHING)
    quiet: np.ndarray = field(default_factory=lambda: np.array([], dtype=bool))
    filled: np.ndarray = field(default_factory=lambda: np.array([], dtype=np.uint64))


class Unchanged:
    """Takes out of a list's blocks what stood in the last list, and gathers what the next one is held against."""

    def __init__(
        self, last: List | None, headers: list[str], key: bytes, opened: OpenTable, lines: Lines | None
    ) -> None:
        self.last = last
        self.lines = lines
        self.by_line = lines is not None
        self._opened = opened
        self.unchanged = self.repeated = 0
        self.filled: Counter[str] = Counter()
        self.headers, self._key = headers, key
        self._noted: list[List] = []
        if last is not None:
            quiet = np.flatnonzero(last.quiet)
            self._order = quiet[np.argsort(first_halves(last.texts)[quiet])]
            self._first, self._second = first_halves(last.texts)[self._order], second_halves(last.texts)[self._order]
            self._came = np.zeros(len(last.texts), dtype=bool)

    def without(self, blocks: Iterator[Block]) -> Iterator[Block]:
        """The blocks without the rows that are as they were, brought together so that none is small but the last."""
        if self.lines is not None:
            yield from self._first_by_line(blocks, self.lines) if self.last is None else self._by_line(self.lines)
            return
        waiting: list[Block] = []
        for given in blocks:
            told = digests([given.columns.get(header, ABSENT) for header in self.headers], self._key)
            block = replace(given, texts=told)
            if self.last is None:
                yield block
                continue
            left = self._left(block)
            if waiting and (sum(map(len, waiting)) + len(left) > BLOCK_ROWS or _shape(waiting[0]) != _shape(left)):
                yield _together(waiting)
                waiting = []
            if len(left):
                waiting.append(left)
        if waiting:
            yield _together(waiting)

    def _first_by_line(self, blocks: Iterator[Block], lines: Lines) -> Iterator[Block]:
        """The blocks as they are; in the end it is known whether each line is a row."""
        texts = _Texts(lines.first)
        pieces = (digests_of(piece, self._key) for piece in lines.pieces())
        for block in blocks:
            while texts.end <= int(block.row_no[-1]) and (more := next(pieces, None)) is not None:
                texts.add(more)
            self.by_line &= texts.end > int(block.row_no[-1])
            yield replace(block, texts=texts.of(block.row_no)) if self.by_line else block
        for more in pieces:
            texts.add(more)
        self.by_line &= texts.end - lines.first == self._opened.rows + len(self._opened.broken)

    def _by_line(self, lines: Lines) -> Iterator[Block]:
        texts = _Texts(lines.first)
        for block in lines.read(self._lines_left(lines, texts)):
            yield replace(block, texts=texts.of(block.row_no))

    def _lines_left(self, lines: Lines, texts: _Texts) -> Iterator[Part]:
        """The lines that did not stand in the last list, some megabytes at a time; raises ReadWhole."""
        waiting: list[bytes] = []
        numbers: list[np.ndarray] = []
        size = 0
        for piece in lines.pieces():
            number = texts.end
            texts.add(digests_of(piece, self._key))
            left = np.flatnonzero(~self._stood(texts.last))
            fresh = [piece[at] for at in left.tolist()]
            waiting += fresh
            numbers.append(left + number)
            size += sum(map(len, fresh))
            if size > TOGETHER:
                yield _part(waiting, numbers, lines.delimiter)
                waiting, numbers, size = [], [], 0
        if waiting:
            yield _part(waiting, numbers, lines.delimiter)

    def _left(self, block: Block) -> Block:
        there = self._stood(block.texts)
        return _filtered(block, ~there) if there.any() else block

    def _stood(self, texts: pa.Array) -> np.ndarray:
        """Mask of the rows that stood in the last list with nothing to say of them; they are counted."""
        assert self.last is not None  # noqa: S101
        there, at = self._found(texts)
        if there.any():
            stood = at[there]
            positions = np.unique(stood)
            fresh = positions[~self._came[positions]]
            self._came[fresh] = True
            self.unchanged += len(fresh)
            self.repeated += len(stood) - len(fresh)
            bits = self.last.filled[stood]
            for i, header in enumerate(self.headers):
                self.filled[header] += int(np.count_nonzero(bits & np.uint64(1 << i)))
        return there

    def _found(self, texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
        """For each text, whether it stood in the last list with nothing to say of it, and in which row."""
        if not len(self._first):
            return np.zeros(len(texts), dtype=bool), np.zeros(len(texts), dtype=np.int64)
        halves = first_halves(texts)
        at = np.minimum(np.searchsorted(self._first, halves), len(self._first) - 1)
        return (self._first[at] == halves) & (self._second[at] == second_halves(texts)), self._order[at]

    def note(self, block: Block, keys: pa.Array, quiet: np.ndarray) -> None:
        """Remember rows that were read."""
        filled = np.zeros(len(block), dtype=np.uint64)
        for i, header in enumerate(self.headers):
            if (column := block.columns.get(header)) is not None:
                filled |= column.is_valid().to_numpy(zero_copy_only=False).astype(np.uint64) << np.uint64(i)
        self._noted.append(List(block.texts, keys, quiet, filled))

    def gone(self) -> pa.Array | None:
        """Keys of records that stood in the last list and not in this one, None without a last list; raises ReadWhole."""
        if self.last is None:
            return None
        read = _joined([part.keys for part in self._noted]).drop_null()
        # a record that stands in a row which came stood in that row alone
        missing = self.last.keys.filter(pa.array(~self._came)).drop_null().unique()
        others = read.filter(pc.invert(pc.is_in(read, value_set=missing)))
        if len(others) and pc.any(pc.is_in(others, value_set=self.last.keys.filter(pa.array(self._came)))).as_py():
            raise ReadWhole
        return missing.filter(pc.invert(pc.is_in(missing, value_set=read)))

    def this_list(self) -> List:
        """What the next list is held against; a record that stands in two rows is always read."""
        keys, texts = _joined([part.keys for part in self._noted]), _joined([part.texts for part in self._noted])
        quiet = np.concatenate([np.array([], dtype=bool), *(part.quiet for part in self._noted)])
        quiet = quiet & _once(keys) & _once(texts)
        filled = np.concatenate([np.array([], dtype=np.uint64), *(part.filled for part in self._noted)])
        if self.last is None:
            return List(texts, keys, quiet, filled)
        came = pa.array(self._came)
        return List(
            _joined([texts, self.last.texts.filter(came)]), _joined([keys, self.last.keys.filter(came)]),
            np.concatenate([quiet, np.ones(int(self._came.sum()), dtype=bool)]),
            np.concatenate([filled, self.last.filled[self._came]]),
        )  # fmt: skip


def _part(lines: list[bytes], numbers: list[np.ndarray], delimiter: str) -> Part:
    text = b"\n".join([*lines, b""])
    if not is_by_line(text, delimiter):  # in it a row could swallow lines that are not here
        raise ReadWhole
    return Part(text, 0, np.concatenate(numbers))


class _Texts:
    """Digests of lines by the numbers of their rows."""

    def __init__(self, first: int) -> None:
        self._first = self.end = first
        self._parts: list[pa.Array] = []

    @property
    def last(self) -> pa.Array:
        return self._parts[-1]

    def add(self, more: pa.Array) -> None:
        self._parts.append(more)
        self.end += len(more)

    def of(self, row_no: np.ndarray) -> pa.Array:
        if len(self._parts) > 1:
            self._parts = [pa.concat_arrays(self._parts)]
        return self._parts[0].take(pa.array(row_no - self._first))


def unchanged_in(
    connection: psycopg.Connection, root: str, keys: Keys, source: Source, delivery: Delivery, opened: OpenTable
) -> Unchanged | None:
    """What tells rows that are as they were; None where a delivery is no whole list."""
    if opened.spec.sends != "everything":
        return None
    known = set(opened.spec.expected_headers())
    headers = sorted(header for header in opened.headers if header in known)
    if len(headers) > COLUMNS:
        return None
    kept = landing.kept(root, _path(source, opened), keys.landing)
    reader = pa.ipc.open_stream(kept) if kept else None
    told = (reader.schema.metadata or {}) if reader else {}
    by_cells = told.get(b"by") == b"cells" or len(headers) < len(opened.headers)
    lines = None if by_cells else opened.lines()
    found = connection.execute(
        """select max(d.delivery_id) from ops.delivery d join ops.delivery_table t using (delivery_id)
        where d.source = %s and t.record_type = %s and d.state = 'loaded'""",
        [source.source, opened.spec.record_type],
    ).fetchone()
    last = None
    if reader and found and found[0] is not None:
        last = _last(reader, _rules(source, delivery, opened, headers, lines, found[0]))
    return Unchanged(last, headers, keys.pseudonym, opened, lines)


def forget(root: str, source: Source) -> None:
    """Have the next list read whole."""
    landing.drop(root, f"{source.source}/last")


def keep(
    root: str, keys: Keys, source: Source, delivery: Delivery, opened: OpenTable, unchanged: Unchanged
) -> None:  # fmt: skip
    """Keep what the next list is held against, once this one is loaded."""
    told = {"by": "lines" if unchanged.by_line else "cells"}
    this = List()
    if unchanged.by_line or unchanged.lines is None:  # else the next list is read whole, and told by its cells
        this = unchanged.this_list()
        told["rules"] = _rules(source, delivery, opened, unchanged.headers, unchanged.lines, delivery.delivery_id)
    columns = {"text": this.texts, "key": this.keys, "quiet": pa.array(this.quiet), "filled": pa.array(this.filled)}
    table = pa.table(columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema.with_metadata(told)) as writer:
        writer.write_table(table)
    landing.keep(root, _path(source, opened), sink.getvalue().to_pybytes(), keys.landing)


def _last(reader: pa.ipc.RecordBatchStreamReader, rules: str) -> List | None:
    if (reader.schema.metadata or {}).get(b"rules") != rules.encode():
        return None
    table = reader.read_all().combine_chunks()
    quiet = table["quiet"].to_numpy()
    return List(_joined(table["text"].chunks), _joined(table["key"].chunks), quiet, table["filled"].to_numpy())


def _path(source: Source, opened: OpenTable) -> str:
    return f"{source.source}/last/{opened.spec.record_type}.arrow"


def _rules(
    source: Source, delivery: Delivery, opened: OpenTable, headers: list[str], lines: Lines | None, delivery_id: int
) -> str:
    """All that a row's reading depends on besides its text, as a fingerprint."""
    day = delivery.received_at.astimezone(BANGKOK).date()
    told = [f"{delivery_id}", f"{day:%Y-%m}", opened.spec.record_type, source.model_dump_json(), *headers]
    told += [lines.told] if lines else []
    return hashlib.sha256("\x1f".join(told).encode() + _code()).hexdigest()


@cache
def _code() -> bytes:
    """Fingerprint of the code and the checks."""
    package = Path(__file__).parent.parent
    rooms = [package / room for room in ("delivery", "records", "sources", "thai")]
    files = [file for room in [*rooms, EXPECTATIONS] for file in sorted(room.rglob("*")) if file.suffix in _READ]
    return hashlib.sha256(b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files)).digest()


_READ = {".py", ".yml", ".json", ".csv"}


def _once(column: pa.Array) -> np.ndarray:
    """Mask of the values that stand once; of nulls none."""
    if not len(column):
        return np.array([], dtype=bool)
    codes = column.dictionary_encode().indices
    numbers = pc.fill_null(codes, -1).to_numpy(zero_copy_only=False)
    times = np.bincount(numbers[numbers >= 0], minlength=1)
    return np.where(numbers >= 0, times[numbers] == 1, False)


def _shape(block: Block) -> tuple[str, bool, list[str]]:
    return block.place, block.pages is not None, list(block.columns)


def _filtered(block: Block, mask: np.ndarray) -> Block:
    kept = pa.array(mask)
    return replace(
        block, columns={header: column.filter(kept) for header, column in block.columns.items()},
        row_no=block.row_no[mask], pages=None if block.pages is None else block.pages[mask],
        texts=block.texts.filter(kept),
    )  # fmt: skip


def _together(blocks: list[Block]) -> Block:
    if len(blocks) == 1:
        return blocks[0]
    first = blocks[0]
    pages = (
        None if first.pages is None else np.concatenate([block.pages for block in blocks if block.pages is not None])
    )
    return replace(
        first, columns={header: pa.concat_arrays([b.columns[header] for b in blocks]) for header in first.columns},
        row_no=np.concatenate([block.row_no for block in blocks]), pages=pages,
        texts=_joined([block.texts for block in blocks]),
    )  # fmt: skip


def _joined(parts: list[pa.Array]) -> pa.Array:
    return pa.concat_arrays(parts) if parts else NOTHING
