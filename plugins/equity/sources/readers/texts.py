"""Delimited text (.csv, .tsv, .txt): any encoding and delimiter; a quoted cell may hold line breaks."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from equity.sources.readers import beside
from equity.sources.readers.grids import HEADER_WITHIN, cleaned, find_header, fold, is_example, told_apart
from equity.sources.readers.lines import Lines, Part, after_line, may_be_by_line
from equity.sources.readers.table import (
    CELL,
    COLUMNS,
    STRING,
    Beside,
    Block,
    OpenTable,
    Unreadable,
    slices,
    too_many_columns,
)
from equity.sources.readers.workbooks import open_grid
from equity.sources.spec import Table, Version
from equity.thai import text
from equity.thai.columns import any_true, is_like, letters_of

BLOCK_BYTES = 24 << 20
RECODED = 3 << 20  # Arrow reads 32 blocks ahead: those that are made of another encoding take memory of their own
HEAD_BYTES = 256 * 1024
PIECE = 1 << 20
GATHERED = 10_000
DELIMITERS = (",", "\t", "|", ";")
BROKEN_LINES = 100_000  # more of them, and the delimiter or the quoting is not what was agreed
SWALLOWED = 50  # line breaks within one cell or one row that is no row: a quotation mark was never closed
LONGEST_HEADER = 2_000
CELLS = 16_000_000
LAID_OUT = 64 << 20  # a file laid out like a sheet (titles between the rows, values above blocks) is no bulk export
csv.field_size_limit(1 << 24)
BYTE_ORDER_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def open_text(data: bytes, table: Table, version: Version) -> OpenTable:
    """The declared table of a delimited text; raises Unreadable."""
    encoding = pinned(version.encoding, data) if version.encoding else encoding_of(data)
    head = decoded(data[:HEAD_BYTES], encoding, cut=len(data) > HEAD_BYTES)
    if not head.strip():
        raise Unreadable("empty_file")
    delimiter = version.delimiter or _delimiter_of(head, table)
    if table.skip or table.fill or table.above_labels():
        if len(data) > LAID_OUT:
            raise Unreadable("too_large", megabytes=len(data) >> 20, limit=LAID_OUT >> 20)
        return open_grid(text_grid(decoded(data, encoding, cut=False), delimiter), table, "")
    rows, ends = [], []  # records, and the line that each ends on
    reader = csv.reader(io.StringIO(head, newline=None), delimiter=delimiter)
    try:
        for row, _ in zip(reader, range(HEADER_WITHIN), strict=False):
            rows.append(row)
            ends.append(reader.line_num)
    except csv.Error as error:
        raise Unreadable("unreadable_text") from error
    width = max(len(row) for row in rows)
    _refuse_wide(width)
    found = find_header(cleaned([row + [None] * (width - len(row)) for row in rows]), table, "")
    if any(name and len(name) > LONGEST_HEADER for name in found.names):
        raise Unreadable("unclosed_quote", row=found.first + 1)
    # as wide as the header; wider where most rows end in empty cells. A single row that is too long makes no column
    named = max(i + 1 for i, header in enumerate(found.names) if header)
    lengths = Counter(len(row) for row in rows[found.end :] if row and not any(row[named:]))
    for usual, often in lengths.most_common(1):
        named = max(named, usual) if often > lengths[named] else named
    columns = zip(*([*row, *[""] * named][:named] for row in rows[found.end :]), strict=True)
    holds = [any(cell.strip() for cell in column) for column in columns] or [False] * named
    names, others = _own_columns(told_apart(found.names[:named], holds), holds, table)
    opened = OpenTable(table, [name for name in names if name], iter(()))
    opened.header_row = found.first + 1
    if len(rows) == found.end and len(data) <= HEAD_BYTES:
        return opened
    unnamed = [name or f"\0{i}" for i, name in enumerate(names)]
    skip = ends[found.end - 1]

    def read(parts: Iterable[Part]) -> Iterator[Block]:
        return _blocks(data, parts, encoding, delimiter, unnamed, others, opened)

    def lines() -> Lines | None:
        begin = after_line(data, skip)
        if begin < 0 or others or not may_be_by_line(data, encoding, delimiter):
            return None
        told = "\x1f".join([encoding, delimiter, *unnamed])
        return Lines(memoryview(data)[begin:], found.end + 1, delimiter, told, read)

    opened.blocks, opened.lines = read([Part(data, skip, found.end)]), lines
    return opened


def _own_columns(names: list[str | None], holds: list[bool], table: Table) -> tuple[list[str | None], list[list[int]]]:
    """The names of the declared table's columns, and the groups of columns that are another table's beside it."""
    others = beside.groups_apart(names, [i for i, some in enumerate(holds) if not some], table)
    foreign = {i for group in others for i in group}
    return [None if i in foreign else name for i, name in enumerate(names)], others


def text_grid(content: str, delimiter: str, rows: int | None = None) -> list[pa.Array]:
    """All cells (or those of the first rows) as text columns, short rows filled up; raises Unreadable."""
    reader = csv.reader(io.StringIO(content, newline=None), delimiter=delimiter)
    chunks: list[list[pa.Array]] = []
    sizes: list[int] = []
    width = cells = 0
    try:
        while chunk := list(itertools.islice(reader, min(GATHERED, rows or GATHERED))):
            width = max(width, *(len(row) for row in chunk))
            _refuse_wide(width)
            columns = zip(*(row + [""] * (width - len(row)) for row in chunk), strict=True)
            chunks.append([pa.array([cell or None for cell in column], STRING) for column in columns])
            sizes.append(len(chunk))
            if rows and sum(sizes) >= rows:
                break
            cells += len(chunk) * width
            if cells > CELLS:
                raise Unreadable("too_many_cells", place="", cells=cells, limit=CELLS)
    except csv.Error as error:
        raise Unreadable("unreadable_text") from error
    return [
        pa.concat_arrays([c[i] if i < len(c) else pa.nulls(n, STRING) for c, n in zip(chunks, sizes, strict=True)])
        for i in range(width)
    ]


def _refuse_wide(width: int) -> None:
    if width > COLUMNS:
        raise too_many_columns("", width)


def _blocks(
    data: bytes, parts: Iterable[Part], encoding: str, delimiter: str, names: list[str], others: list[list[int]],
    opened: OpenTable,
) -> Iterator[Block]:  # fmt: skip
    below = beside.Below([None if name.startswith("\0") else name for name in names], "")
    blank: set[int] = set()  # rows above one that has no columns
    rows_of = [0] * len(others)
    number = 0
    try:
        for batch, row_no in _batches(parts, encoding, delimiter, names, opened.broken):
            number = int(row_no[-1]) if len(row_no) else number
            opened.rows += len(row_no)
            columns = {n: batch.column(i) for i, n in enumerate(names) if not n.startswith("\0")}
            _refuse_swallowed(columns, row_no, delimiter, opened.broken)
            for i, group in enumerate(others):
                rows_of[i] += int(_filled({str(n): batch.column(n) for n in group}, batch.num_rows).sum())
            filled = _filled(columns, batch.num_rows)
            blank.update(row_no[~filled].tolist() if opened.broken else ())
            filled &= ~below.cut([batch.column(i) for i in range(len(names))], row_no)
            filled &= ~is_example(batch.column(0))
            if not filled.all():
                keep = pa.array(filled)
                columns = {n: c.filter(keep) for n, c in columns.items()}
            yield from slices(columns, row_no[filled].astype(np.int32))
        _refuse_swallowed({}, np.zeros(0), delimiter, opened.broken)
        opened.broken[:], torn = beside.torn_off(opened.broken, blank, delimiter)
        aside = [Beside("", opened.header_row, g[0] + 1, n) for g, n in zip(others, rows_of, strict=True) if n]
        opened.beside += sorted([*aside, *below.found, *torn], key=lambda other: other.row)
    except (pa.ArrowInvalid, UnicodeError) as error:
        if len(opened.broken) > BROKEN_LINES:
            raise Unreadable("lines_broken", rows=BROKEN_LINES, row=opened.broken[0][0]) from error
        refuse_bad_bytes(data, encoding)  # when that is the reason
        if "straddling" in str(error):  # a row as long as a block
            raise Unreadable("cell_too_long", place="", row=number + 1, columns=[], limit=CELL >> 10) from error
        raise Unreadable("unreadable_text") from error


def _batches(
    parts: Iterable[Part], encoding: str, delimiter: str, names: list[str], torn: list[tuple[int, str]]
) -> Iterator[tuple[pa.RecordBatch, np.ndarray]]:
    """Rows as text columns, and their numbers; `torn` fills with numbers and texts of the rows that have no columns."""
    as_it_is = codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii")  # a mark at the beginning is skipped
    for part in parts:
        position = 0
        met: list[int] = []

        def keep_torn(row: Any, part: Part = part, met: list[int] = met) -> str:
            met.append((row.number or 0) - part.skip)
            torn.append((part.number(met[-1]), row.text))
            return "skip" if len(torn) <= BROKEN_LINES else "error"

        reader = pacsv.open_csv(
            pa.BufferReader(part.data),
            read_options=pacsv.ReadOptions(
                encoding="utf8" if as_it_is else encoding, column_names=names, skip_rows=part.skip, use_threads=False,
                block_size=BLOCK_BYTES if as_it_is else RECODED,
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=keep_torn
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""],
                quoted_strings_can_be_null=True,
            ),
        )  # fmt: skip
        waiting: list[tuple[pa.RecordBatch, np.ndarray]] = []
        for batch in reader:
            # the parser reads ahead: it may have met broken rows of the next block already
            broken = np.array([at for at in met if at > position], dtype=np.int64)
            rows = np.arange(1, batch.num_rows + len(broken) + 1) + position
            if len(broken):
                rows = np.setdiff1d(rows, broken)[: batch.num_rows]
            position = int(rows[-1]) if len(rows) else position
            waiting.append((batch, part.numbers_of(rows)))
            if as_it_is or sum(given.nbytes for given, _ in waiting) > BLOCK_BYTES:
                yield _as_one(waiting)
                waiting = []
        if waiting:
            yield _as_one(waiting)


def _as_one(given: list[tuple[pa.RecordBatch, np.ndarray]]) -> tuple[pa.RecordBatch, np.ndarray]:
    """Batches and their rows' numbers as one."""
    if len(given) == 1:
        return given[0]
    return pa.concat_batches([batch for batch, _ in given]), np.concatenate([numbers for _, numbers in given])


def _refuse_swallowed(
    columns: dict[str, pa.Array], row_no: np.ndarray, delimiter: str, broken: list[tuple[int, str]]
) -> None:
    """A quotation mark that was never closed makes one cell of many rows: they would be lost without a word."""
    for row, line in broken:
        if line.count("\n") > SWALLOWED:
            raise Unreadable("unclosed_quote", row=row)
    cells = max(2, len(columns) - 1)
    for column in columns.values():
        if not (letters_of(column) == ord("\n")).any():
            continue
        # a line within a cell that has as many delimiters as a row is a row
        looks = is_like(column, rf"\n(?:[^\n]*?{re.escape(delimiter)}){{{min(cells, 900)}}}")
        if any_true(looks):
            raise Unreadable("unclosed_quote", row=int(row_no[pc.index(looks, True).as_py()]))


def _filled(columns: dict[str, pa.Array], rows: int) -> np.ndarray:
    """Mask of the rows in which any cell holds something; mostly the first column tells."""
    filled = np.zeros(rows, dtype=bool)
    for column in columns.values():
        filled |= is_like(column, r"\S").to_numpy(zero_copy_only=False)
        if filled.all():
            break
    return filled


def encoding_of(data: bytes) -> str:
    """The encoding of a text by its first megabyte; raises Unreadable naming the first bad byte."""
    cut = data[: 1 << 20]
    if len(cut) < len(data):
        end = cut.rfind(b"\n") + 1
        cut = cut[: end + (end % 2 if b"\0" in cut else 0)] or cut  # of UTF-16 never half a letter
    try:
        return text.decode(cut)[1]
    except text.DecodeError as error:
        raise Unreadable("unknown_encoding", offset=error.offset, tried=list(error.encodings)) from error


def pinned(encoding: str, data: bytes) -> str:
    """The codec for the encoding that a spec names: TIS-620 is read as its superset cp874; raises Unreadable.

    What is UTF-8 beyond doubt is read as that: a sender whose file could not be read is asked to save it so.
    """
    try:
        codecs.lookup(encoding)
        if data.startswith(BYTE_ORDER_MARKS) or (not data[:HEAD_BYTES].isascii() and _is_utf8(data[:HEAD_BYTES])):
            return encoding_of(data)
        return text.decode(data[:4], encoding)[1]
    except text.DecodeError:  # four bytes may end within a letter
        return text.decode(b"", encoding)[1]
    except LookupError as error:
        raise Unreadable("unknown_encoding", offset=0, tried=[encoding]) from error


def _is_utf8(start: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return True


def decoded(data: bytes, encoding: str, *, cut: bool) -> str:
    """The text; of a piece that may end within a letter say `cut`. Raises Unreadable naming the first bad byte."""
    try:
        return data.decode(encoding, "ignore" if cut else "strict").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Unreadable("unknown_encoding", offset=error.start, tried=[encoding]) from error


def refuse_bad_bytes(data: bytes, encoding: str) -> None:
    """Raise Unreadable naming the first byte that is no text; the text itself is not kept."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(data), PIECE):
        waiting = len(decoder.getstate()[0])
        try:
            decoder.decode(data[start : start + PIECE], final=start + PIECE >= len(data))
        except UnicodeDecodeError as error:
            raise Unreadable("unknown_encoding", offset=start - waiting + error.start, tried=[encoding]) from error


def _delimiter_of(head: str, table: Table) -> str:
    """The delimiter that gives the most of the declared headers in one line."""
    wanted = {fold(header) for header in table.expected_headers()}
    lines = [line.replace('"', "") for line in head.splitlines()[:HEADER_WITHIN]]

    def found(delimiter: str) -> int:
        return max(len(wanted.intersection(map(fold, line.split(delimiter)))) for line in lines)

    return max(DELIMITERS, key=found)
