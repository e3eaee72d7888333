"""Readers: the bytes of a delivery become tables of text, as sent. Types, words and rules come later.

Every reader gives `OpenTable`s: the columns' headers, and blocks of at most `BLOCK_ROWS` rows with their row numbers
as the sender sees them (Excel's row, the record's line in a CSV file counted with its header, the position in a pull).
"""

from __future__ import annotations

import csv
import fnmatch
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fastexcel
import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from equity.sources.spec import Source, Table, Version
from equity.thai import text
from equity.thai.columns import is_like

BLOCK_ROWS = 100_000
BLOCK_BYTES = 24 << 20
HEADER_WITHIN = 60
SUBTOTAL = r"^\s*(รวม|ยอดรวม|ผลรวม|ยอดยกมา|ยอดยกไป|ทั้งหมด|total\b)"
BEGINS_WITH_DIGIT = re.compile(r"\s*[-(]?\d")
SIGNATURE = r"(ลงชื่อ|ผู้รายงาน|ผู้จัดทำ|ผู้ตรวจสอบ|\.{5,}|_{5,})"


class Unreadable(Exception):
    """A delivery, or one table of it, cannot be read at all; `code` is one of `equity.delivery.holds.HOLDS`.

    `detail` says where; it holds names of sheets and headers, never values of rows.
    """

    def __init__(self, code: str, **detail: Any) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Block:
    """Some rows as received: one text column per header, all of one length, and each row's number."""

    columns: dict[str, pa.Array]
    row_no: np.ndarray

    def __len__(self) -> int:
        return len(self.row_no)


@dataclass
class OpenTable:
    """One declared table, found in a delivery. `broken` fills while `blocks` is read: rows that have no columns."""

    spec: Table
    headers: list[str]
    blocks: Iterator[Block]
    place: str = ""
    broken: list[tuple[int, str]] = field(default_factory=list)

    def lacking(self) -> list[str]:
        """Fields whose header is not there, in the spec's order."""
        there = set(self.headers)
        lacking = [n for n, column in self.spec.fields.items() if column.header and not there & set(column.header)]
        for part, roles in self.spec.part_headers().items():
            if not there & set(roles.values()):
                lacking.append(part)
        return lacking

    def unknown(self) -> list[str]:
        """Headers that the spec does not know."""
        known = {*self.spec.expected_headers(), *self.spec.ignore}
        return [header for header in self.headers if header not in known]


def open_delivery(data: bytes, name: str, source: Source, version: Version) -> list[OpenTable]:
    """Find the declared tables in a delivery.

    Args:
        data: the delivery's bytes.
        name: the file's name, or the REST path that was pulled.
        source: who sent it.
        version: the rules of the day it was received.

    Raises:
        Unreadable: when nothing of it can be read.

    """
    if not data[:4096].strip() and not data.strip():  # no copy of a large file
        raise Unreadable("empty_file")
    if source.fetch.by == "rest":
        tables = [table for table in version.tables if table.path == name]
        return [_open_json(data, table) for table in tables]
    tables = [t for t in version.tables if fnmatch.fnmatch(name, t.files or source.fetch.files)]
    if not tables:
        raise Unreadable("not_declared", name=name)
    suffix = Path(name).suffix.lower()
    if suffix in (".xlsx", ".xls", ".xlsm", ".ods"):
        return _open_workbook(data, tables)
    if suffix in (".csv", ".tsv", ".txt"):
        return [_open_csv(data, table, version) for table in tables]
    raise Unreadable("unknown_format", name=name)


# --- workbooks


def _open_workbook(data: bytes, tables: list[Table]) -> list[OpenTable]:
    try:
        workbook = fastexcel.read_excel(data)
    except fastexcel.FastExcelError as error:
        raise Unreadable("unreadable_workbook") from error
    opened = []
    for table in tables:
        sheets = [s for s in workbook.sheet_names if fnmatch.fnmatch(text.clean_text(s), table.sheet or "*")]
        if not sheets:
            continue
        sheet = workbook.load_sheet(sheets[0], header_row=None, dtypes="string", skip_rows=0)
        opened.append(_open_sheet(sheet.to_arrow(), table, sheets[0]))
    if not opened:
        raise Unreadable("no_sheet", sheets=list(workbook.sheet_names), wanted=[t.sheet for t in tables])
    return opened


def _open_sheet(batch: pa.RecordBatch, table: Table, sheet: str) -> OpenTable:
    rows = batch.slice(0, HEADER_WITHIN).to_pylist()
    grid = [[text.clean_text(value) if value else None for value in row.values()] for row in rows]
    first, headers = _find_header(grid, table, sheet)
    start = first + table.header.rows
    used = [(i, header) for i, header in enumerate(headers) if header]
    columns = {header: batch.column(i).slice(start) for i, header in used}
    row_no = np.arange(start, batch.num_rows, dtype=np.int32) + 1
    keep = _rows_of_data(columns, table)
    columns = {header: column.filter(keep) for header, column in columns.items()}
    row_no = row_no[keep.to_numpy(zero_copy_only=False)]
    return OpenTable(table, list(columns), _slices(columns, row_no), sheet)


def _find_header(grid: list[list[str | None]], table: Table, place: str) -> tuple[int, list[str | None]]:
    """The header block's first row and the name of each column (`top / bottom` where a group stands above)."""
    spelled = {_fold(header): header for header in (*table.expected_headers(), *table.ignore)}
    begin = 0
    if table.header.after:
        titled = [i for i, row in enumerate(grid) if any(cell and table.header.after in cell for cell in row)]
        begin = titled[0] + 1 if titled else 0
    best: tuple[int, int, list[str | None]] = (0, -1, [])
    for i in range(begin, len(grid) - table.header.rows + 1):
        headers = _join_header(grid[i : i + table.header.rows], spelled)
        found = len(set(spelled.values()).intersection(headers))
        if found > best[0]:
            best = (found, i, headers)
    if best[0] < max(1, len(table.expected_headers()) // 3):
        raise Unreadable("header_not_found", place=place, wanted=table.expected_headers())
    twice = [
        header for header, count in Counter(filter(None, best[2])).items() if count > 1 and _fold(header) in spelled
    ]
    if twice:
        raise Unreadable("double_column", place=place or table.record_type, columns=twice)
    return best[1], best[2]


def _fold(header: str) -> str:
    """How headers are compared: a line break or a double space in one is no other header."""
    return "".join(header.split())


def _join_header(rows: list[list[str | None]], spelled: dict[str, str]) -> list[str | None]:
    """Column names in the spec's spelling where it knows them; of two rows `top / bottom`, or the one that is filled."""

    def name(header: str | None) -> str | None:
        return spelled.get(_fold(header), header) if header else None

    if len(rows) == 1:
        return [name(header) for header in rows[0]]
    joined: list[str | None] = []
    group: str | None = None
    for above, below in zip(*rows, strict=True):
        group = above or group
        if below is None or group is None:
            joined.append(name(below or above))
        else:
            path = f"{group} / {below}"
            joined.append(name(path) if _fold(path) in spelled or _fold(below) not in spelled else name(below))
    return joined


def _rows_of_data(columns: dict[str, pa.Array], table: Table) -> pa.Array:
    """Mask of the rows that are records: not empty, no subtotal, no signature line."""
    if not columns:
        return pa.array([], pa.bool_())
    filled = {header: is_like(column, r"\S") for header, column in columns.items()}
    count = np.sum([mask.to_numpy(zero_copy_only=False) for mask in filled.values()], axis=0)
    keep = count > 0
    first = pc.coalesce(*(pc.if_else(filled[h], column, pa.scalar(None, pa.string())) for h, column in columns.items()))
    few = count <= max(3, len(columns) // 4)
    if "subtotals" in table.skip:
        for row in np.flatnonzero(is_like(first, SUBTOTAL).to_numpy(zero_copy_only=False) & few):
            cells = [value for column in columns.values() if (value := column[int(row)].as_py()) and value.strip()]
            # a record whose reference begins with such a word has words in its other cells, a sum has numbers
            keep[row] = not all(BEGINS_WITH_DIGIT.match(cell) for cell in cells[1:])
    if "signatures" in table.skip:
        signed = is_like(first, SIGNATURE)
        for column in columns.values():
            signed = pc.or_(signed, is_like(column, r"(ลงชื่อ|ผู้รายงาน|ผู้จัดทำ)"))
        lines = signed.to_numpy(zero_copy_only=False) & few
        # below the line that is signed stand a name in brackets, an office and a date
        keep &= ~((np.convolve(lines, np.ones(6))[: len(lines)] > 0) & few)
    return pa.array(keep)


def _slices(columns: dict[str, pa.Array], row_no: np.ndarray) -> Iterator[Block]:
    for start in range(0, len(row_no), BLOCK_ROWS):
        part = {header: column.slice(start, BLOCK_ROWS) for header, column in columns.items()}
        yield Block(part, row_no[start : start + BLOCK_ROWS])


# --- text files


def _open_csv(data: bytes, table: Table, version: Version) -> OpenTable:
    encoding = version.encoding or _encoding_of(data)
    head = _decode(data[: 256 * 1024], encoding, cut=len(data) > 256 * 1024)
    if not head.strip():
        raise Unreadable("empty_file")
    delimiter = version.delimiter or _delimiter_of(head, table)
    rows, ends = [], []  # records, and the line that each ends on: a quoted cell may hold line breaks
    reader = csv.reader(io.StringIO(head, newline=None), delimiter=delimiter)
    try:
        for row, _ in zip(reader, range(HEADER_WITHIN), strict=False):
            rows.append(row)
            ends.append(reader.line_num)
    except csv.Error as error:
        raise Unreadable("unreadable_text") from error
    width = max(len(row) for row in rows)
    grid = [[text.clean_text(cell) or None for cell in row] + [None] * (width - len(row)) for row in rows]
    first, headers = _find_header(grid, table, "")
    start = first + table.header.rows
    opened = OpenTable(table, [h for h in headers if h], iter(()))
    if len(rows) == start and len(data) <= 256 * 1024:
        return opened
    # as wide as the header; wider where most rows end in empty cells. A single row that is too long makes no column
    width = max(i + 1 for i, header in enumerate(headers) if header)
    lengths = Counter(len(row) for row in rows[start:] if row and not any(row[width:]))
    for usual, often in lengths.most_common(1):
        width = max(width, usual) if often > lengths[width] else width
    names = [header or f"\0{i}" for i, header in enumerate(headers[:width])]
    opened.blocks = _csv_blocks(data, encoding, delimiter, names, start, ends[start - 1], opened)
    return opened


def _csv_blocks(
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
            yield from _slices({n: c.filter(keep) for n, c in columns.items()}, row_no[filled].astype(np.int32))
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        _decode(data, encoding, cut=False)  # names the first bad byte when that is the reason
        raise Unreadable("unreadable_text") from error


def _filled(columns: dict[str, pa.Array], rows: int) -> np.ndarray:
    """Mask of the rows in which any cell holds something; mostly the first column tells."""
    filled = np.zeros(rows, dtype=bool)
    for column in columns.values():
        filled |= is_like(column, r"\S").to_numpy(zero_copy_only=False)
        if filled.all():
            break
    return filled


def _encoding_of(data: bytes) -> str:
    cut = data[: 1 << 20]
    if len(cut) < len(data):
        end = cut.rfind(b"\n") + 1
        cut = cut[: end + (end % 2 if b"\0" in cut else 0)] or cut  # of UTF-16 never half a letter
    try:
        return text.decode(cut)[1]
    except text.DecodeError as error:
        raise Unreadable("unknown_encoding", offset=error.offset, tried=list(error.encodings)) from error


def _decode(data: bytes, encoding: str, *, cut: bool) -> str:
    try:
        return data.decode(encoding, "ignore" if cut else "strict").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Unreadable("unknown_encoding", offset=error.start, tried=[encoding]) from error


def _delimiter_of(head: str, table: Table) -> str:
    """The delimiter that gives the most of the declared headers in one line."""
    wanted = {_fold(header) for header in table.expected_headers()}
    lines = [line.replace('"', "") for line in head.splitlines()[:HEADER_WITHIN]]

    def found(delimiter: str) -> int:
        return max(len(wanted.intersection(map(_fold, line.split(delimiter)))) for line in lines)

    return max((",", "\t", "|", ";"), key=found)


# --- pulls from an API: one page of JSON a line, as landed


def _open_json(data: bytes, table: Table) -> OpenTable:
    headers: dict[str, None] = {}
    items: list[dict[str, str | None]] = []
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        try:
            page = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise Unreadable("unreadable_json", page=number) from error
        rows = page.get(table.rows) if table.rows and isinstance(page, dict) else page
        if not isinstance(rows, list):
            raise Unreadable("rows_not_found", page=number, wanted=table.rows)
        for item in rows:
            if not isinstance(item, dict):
                raise Unreadable("rows_not_found", page=number, wanted=table.rows)
            flat: dict[str, str | None] = {}
            _flatten(item, "", flat)
            headers |= dict.fromkeys(flat)
            items.append(flat)
    columns = {h: pa.array([item.get(h) for item in items], pa.string()) for h in headers}
    row_no = np.arange(1, len(items) + 1, dtype=np.int32)
    return OpenTable(table, list(headers), _slices(columns, row_no), table.path or "")


def _flatten(value: Any, path: str, into: dict[str, str | None]) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _flatten(inner, f"{path}.{key}" if path else str(key), into)
    elif isinstance(value, list):
        into[path] = ",".join(str(part) for part in value) or None
    elif value is None:
        into[path] = None
    elif isinstance(value, bool):
        into[path] = "true" if value else "false"
    else:
        into[path] = str(value)
