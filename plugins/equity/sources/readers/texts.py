"""Delimited text (.csv, .tsv, .txt): any encoding and delimiter; a quoted cell may hold line breaks."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from equity.sources.readers.grids import HEADER_WITHIN, cleaned, find_header, fold, told_apart
from equity.sources.readers.table import STRING, Block, OpenTable, Unreadable, slices
from equity.sources.readers.workbooks import COLUMNS, open_grid
from equity.sources.spec import Table, Version
from equity.thai import text
from equity.thai.columns import is_like

BLOCK_BYTES = 24 << 20
HEAD_BYTES = 256 * 1024
DELIMITERS = (",", "\t", "|", ";")
LAID_OUT = 64 << 20  # a file laid out like a sheet (titles between the rows, values above blocks) is no bulk export
csv.field_size_limit(1 << 24)


def open_text(data: bytes, table: Table, version: Version) -> OpenTable:
    """The declared table of a delimited text; raises Unreadable."""
    encoding = version.encoding or encoding_of(data)
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
    # as wide as the header; wider where most rows end in empty cells. A single row that is too long makes no column
    named = max(i + 1 for i, header in enumerate(found.names) if header)
    lengths = Counter(len(row) for row in rows[found.end :] if row and not any(row[named:]))
    for usual, often in lengths.most_common(1):
        named = max(named, usual) if often > lengths[named] else named
    columns = zip(*([*row, *[""] * named][:named] for row in rows[found.end :]), strict=True)
    holds = [any(cell.strip() for cell in column) for column in columns] or [False] * named
    names = told_apart(found.names[:named], holds)
    opened = OpenTable(table, [name for name in names if name], iter(()))
    if len(rows) == found.end and len(data) <= HEAD_BYTES:
        return opened
    unnamed = [name or f"\0{i}" for i, name in enumerate(names)]
    opened.blocks = _blocks(data, encoding, delimiter, unnamed, found.end, ends[found.end - 1], opened)
    return opened


def text_grid(content: str, delimiter: str, rows: int | None = None) -> list[pa.Array]:
    """All cells (or those of the first rows) as text columns, short rows filled up; raises Unreadable."""
    reader = csv.reader(io.StringIO(content, newline=None), delimiter=delimiter)
    try:
        cells = [row for row, _ in zip(reader, range(rows), strict=False)] if rows else list(reader)
    except csv.Error as error:
        raise Unreadable("unreadable_text") from error
    width = max((len(row) for row in cells), default=0)
    _refuse_wide(width)
    padded = [row + [""] * (width - len(row)) for row in cells]
    return [pa.array([cell or None for cell in column], STRING) for column in zip(*padded, strict=True)]


def _refuse_wide(width: int) -> None:
    if width > COLUMNS:
        raise Unreadable("too_many_columns", place="", columns_found=width, limit=COLUMNS)


def _blocks(
    data: bytes, encoding: str, delimiter: str, names: list[str], skip: int, skip_lines: int, opened: OpenTable
) -> Iterator[Block]:
    position = skip

    def keep_broken(row: Any) -> str:
        opened.broken.append(((row.number or 0) - skip_lines + skip, row.text))
        return "skip"

    try:
        reader = pacsv.open_csv(
            pa.BufferReader(data),
            read_options=pacsv.ReadOptions(
                encoding=encoding, column_names=names, skip_rows=skip_lines, block_size=BLOCK_BYTES, use_threads=False
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=keep_broken
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""],
                quoted_strings_can_be_null=True,
            ),
        )  # fmt: skip
        for batch in reader:
            # the parser reads ahead: it may have met broken rows of the next block already
            broken = np.array([number for number, _ in opened.broken if number > position], dtype=np.int64)
            row_no = np.arange(1, batch.num_rows + len(broken) + 1) + position
            row_no = np.setdiff1d(row_no, broken)[: batch.num_rows]
            position = int(row_no[-1]) if len(row_no) else position
            columns = {n: batch.column(i) for i, n in enumerate(names) if not n.startswith("\0")}
            filled = _filled(columns, batch.num_rows)
            keep = pa.array(filled)
            yield from slices({n: c.filter(keep) for n, c in columns.items()}, row_no[filled].astype(np.int32))
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        decoded(data, encoding, cut=False)  # names the first bad byte when that is the reason
        raise Unreadable("unreadable_text") from error


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


def decoded(data: bytes, encoding: str, *, cut: bool) -> str:
    """The text; of a piece that may end within a letter say `cut`. Raises Unreadable naming the first bad byte."""
    try:
        return data.decode(encoding, "ignore" if cut else "strict").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Unreadable("unknown_encoding", offset=error.start, tried=[encoding]) from error
    except LookupError as error:
        raise Unreadable("unknown_encoding", offset=0, tried=[encoding]) from error


def _delimiter_of(head: str, table: Table) -> str:
    """The delimiter that gives the most of the declared headers in one line."""
    wanted = {fold(header) for header in table.expected_headers()}
    lines = [line.replace('"', "") for line in head.splitlines()[:HEADER_WITHIN]]

    def found(delimiter: str) -> int:
        return max(len(wanted.intersection(map(fold, line.split(delimiter)))) for line in lines)

    return max(DELIMITERS, key=found)
