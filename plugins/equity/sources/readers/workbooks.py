"""Workbooks (.xlsx, .xlsm, .xls, .ods): cached values as text; macros and formulas are never run."""

from __future__ import annotations

import fnmatch
import io
import re
import zipfile
from collections.abc import Iterator
from posixpath import join, normpath
from xml.etree import ElementTree

import fastexcel
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equity.sources.readers.grids import HEADER_WITHIN, Head, cleaned, find_header, holds_something, records, told_apart
from equity.sources.readers.table import STRING, Block, OpenTable, Unreadable, slices
from equity.sources.spec import Table
from equity.thai import text

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
COLUMNS = 1_000
UNPACKED = 1 << 30
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINKS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


class Workbook:
    """An opened workbook; raises Unreadable when it is damaged, locked or larger than anybody's records."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        if data.startswith(OLE) and "EncryptedPackage".encode("utf-16-le") in data:
            raise Unreadable("password_protected")
        if data.startswith(ZIP):
            _refuse_bombs(data)
        try:
            self._book = fastexcel.read_excel(data)
        except fastexcel.FastExcelError as error:
            raise Unreadable("unreadable_workbook") from error
        self.sheets: list[str] = list(self._book.sheet_names)
        self._merged = _merged_ranges(data) if data.startswith(ZIP) else {}

    def grid(self, sheet: str) -> list[pa.Array]:
        """A sheet's columns as text, from its first row on; what is merged over several rows stands in each of them."""
        try:
            batch = self._book.load_sheet(sheet, header_row=None, dtypes="string", skip_rows=0).to_arrow()
        except fastexcel.FastExcelError as error:
            raise Unreadable("unreadable_workbook") from error
        if batch.num_columns > COLUMNS:
            raise Unreadable("too_many_columns", place=sheet, columns_found=batch.num_columns, limit=COLUMNS)
        columns = [column.cast(STRING) for column in batch.columns]
        for top, left, bottom, right in self._merged.get(sheet, ()):
            if bottom > top and left == right and left < len(columns) and top < batch.num_rows:
                size = min(bottom, batch.num_rows - 1) - top + 1
                within = np.zeros(batch.num_rows, dtype=bool)
                within[top : top + size] = True
                value = columns[left][top].as_py()
                columns[left] = pc.replace_with_mask(columns[left], pa.array(within), pa.array([value] * size, STRING))
        return columns

    def merged(self, sheet: str) -> list[tuple[int, int, int, int]]:
        """Merged ranges of a sheet as (top, left, bottom, right), counted from 0."""
        return self._merged.get(sheet, [])

    def matching(self, table: Table) -> list[str]:
        """The sheets whose names the spec asks for."""
        patterns = table.sheet or ("*",)
        return [s for s in self.sheets if any(fnmatch.fnmatch(text.clean_text(s), pattern) for pattern in patterns)]


def open_workbook(data: bytes, tables: list[Table]) -> list[OpenTable]:
    """The declared tables of a workbook; raises Unreadable."""
    book = Workbook(data)
    opened = []
    for table in tables:
        parts = _parts(book, table)
        if parts:
            opened.append(parts[0] if len(parts) == 1 else _joined(table, parts))
    if not opened:
        wanted = [pattern for table in tables for pattern in table.sheet or ("*",)]
        raise Unreadable("no_sheet", sheets=book.sheets, wanted=wanted)
    return opened


def _parts(book: Workbook, table: Table) -> list[OpenTable]:
    """The sheets of one table: the first that has its header, or every one that has where the spec says so."""
    parts: list[OpenTable] = []
    refused: list[Unreadable] = []
    for sheet in book.matching(table):
        try:
            parts.append(open_grid(book.grid(sheet), table, sheet))
        except Unreadable as error:  # a cover sheet, or one that lost its header
            refused.append(error)
            continue
        if not table.every_sheet:
            break
    if refused and not parts:
        raise refused[0]
    return parts


def _joined(table: Table, parts: list[OpenTable]) -> OpenTable:
    headers = list(dict.fromkeys(header for part in parts for header in part.headers))

    def blocks() -> Iterator[Block]:
        for part in parts:
            yield from part.blocks

    return OpenTable(table, headers, blocks(), ", ".join(part.place for part in parts))


def open_grid(grid: list[pa.Array], table: Table, place: str) -> OpenTable:
    """One declared table in a grid of text columns."""
    rows = len(grid[0]) if grid else 0
    if not rows:
        raise Unreadable("header_not_found", place=place, wanted=table.expected_headers())
    # across merged rows a title is one cell: what stands in its rows below is the same title again
    begin = cleaned(list(zip(*(column.slice(0, HEADER_WITHIN).to_pylist() for column in grid), strict=True)))
    head = find_header(begin, table, place)
    columns, row_no = below(grid, head, table, begin)
    return OpenTable(table, list(columns), slices(columns, row_no, place), place)


def below(
    grid: list[pa.Array], head: Head, table: Table, begin: list[list[str | None]]
) -> tuple[dict[str, pa.Array], np.ndarray]:
    """The records below a header block: header → column, and their row numbers as the sender counts them."""
    size = len(grid[0])
    rest = [column.slice(head.end) for column in grid]
    names = told_apart(head.names, holds_something(rest))
    columns = {name: rest[i] for i, name in enumerate(names) if name}
    columns, keep = records(columns, table, begin[: head.first])
    mask = pa.array(keep)
    row_no = np.arange(head.end, size, dtype=np.int32)[keep] + 1
    return {name: column.filter(mask) for name, column in columns.items()}, row_no


def _refuse_bombs(data: bytes) -> None:
    """A workbook of a few kilobytes that unpacks to gigabytes is no workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise Unreadable("unreadable_workbook") from error
    if size > UNPACKED:
        raise Unreadable("too_large", megabytes=size >> 20, limit=UNPACKED >> 20)


def _merged_ranges(data: bytes) -> dict[str, list[tuple[int, int, int, int]]]:
    """Sheet → merged ranges, read from the package's own parts; none where they cannot be read."""
    found: dict[str, list[tuple[int, int, int, int]]] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
            return found
        try:
            links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 # expat refuses entity bombs
            targets = {link.get("Id"): link.get("Target", "") for link in links}
            book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
        except ElementTree.ParseError:
            return found
        for sheet in book.iter(f"{_MAIN}sheet"):
            target = targets.get(sheet.get(f"{_LINKS}id"), "")
            part = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
            if part in names:
                ranges = _ranges(archive.read(part))
                if ranges:
                    found[sheet.get("name", "")] = ranges
    return found


_RANGE = re.compile(rb'<(?:\w+:)?mergeCell ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')


def _ranges(part: bytes) -> list[tuple[int, int, int, int]]:
    at = part.rfind(b"</sheetData>")
    if at < 0:
        at = part.rfind(b"sheetData>")
    cut = part[max(at, 0) :]
    return [(int(m[2]) - 1, _column(m[1]), int(m[4]) - 1, _column(m[3])) for m in _RANGE.finditer(cut)]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
