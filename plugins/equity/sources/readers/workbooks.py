"""Workbooks (.xlsx, .xlsm, .xls, .ods): cached values as text; macros and formulas are never run."""

from __future__ import annotations

import fnmatch
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

import fastexcel
import numpy as np
import pyarrow as pa

from equity.sources.readers import beside, compound, packages
from equity.sources.readers.compound import OLE
from equity.sources.readers.grids import HEADER_WITHIN, Head, cleaned, find_header, holds_something, records, told_apart
from equity.sources.readers.packages import MEMORY, ZIP, Reach
from equity.sources.readers.table import COLUMNS, STRING, Block, OpenTable, Unreadable, slices, too_many_columns
from equity.sources.spec import Table
from equity.thai import text
from equity.thai.columns import is_like

__all__ = ["OLE", "ZIP", "Workbook", "below", "open_grid", "open_workbook"]
CELLS = 12_000_000  # that a sheet may span: all rows of Excel in 11 columns
READ_WITHIN = 600.0  # seconds; the largest workbook that is let in takes a minute
T = TypeVar("T")


class Workbook:
    """An opened workbook; raises Unreadable when it is damaged, locked or larger than anybody's records."""

    def __init__(self, data: bytes) -> None:
        self._taken = 0
        by_order: list[Reach] = []
        self._reach: dict[str, Reach] = {}
        if data.startswith(OLE):
            by_order = compound.reaches(data)
        elif data.startswith(ZIP):
            self._reach = packages.reaches(data)
        else:
            raise Unreadable("unreadable_workbook")
        at_once = bool(by_order) or packages.is_document(data)
        if at_once:  # the reader unfolds all sheets of such a workbook when it opens it
            for sheet, reach in [*self._reach.items(), *(("", reach) for reach in by_order)]:
                self._take(sheet, reach)
        self._book = _guarded(lambda: fastexcel.read_excel(data))
        self.sheets: list[str] = list(self._book.sheet_names)
        if len(self.sheets) == len(by_order):
            self._reach = dict(zip(self.sheets, by_order, strict=True))
        self._counted = at_once

    def _take(self, sheet: str, reach: Reach) -> None:
        """Refuse what would take more memory than there is for a workbook."""
        if reach.spanned > CELLS:
            raise Unreadable("too_many_cells", place=_shown(sheet), cells=reach.spanned, limit=CELLS)
        self._taken += reach.memory
        if self._taken > MEMORY:
            raise Unreadable("too_large", megabytes=self._taken >> 20, limit=MEMORY >> 20)

    def grid(self, sheet: str) -> list[pa.Array]:
        """A sheet's columns as text, from its first row on; what is merged over several rows stands in each of them."""
        reach = self._reach.get(sheet)
        if reach is None:
            raise Unreadable("unreadable_workbook")
        if not self._counted:
            self._take(sheet, reach)
        batch = _guarded(lambda: self._book.load_sheet_eager(sheet, header_row=None, dtypes="string", skip_rows=0))
        if batch.num_columns > COLUMNS:
            raise too_many_columns(_shown(sheet), batch.num_columns)
        return _filled_down([column.cast(STRING) for column in batch.columns], reach)

    def merged(self, sheet: str) -> list[tuple[int, int, int, int]]:
        """Merged ranges of a sheet as (top, left, bottom, right), counted from 0 within its grid."""
        reach = self._reach.get(sheet, Reach())
        return [(top, left - reach.left, bottom, right - reach.left) for top, left, bottom, right in reach.merged]

    def matching(self, table: Table) -> list[str]:
        """The sheets whose names the spec asks for."""
        patterns = table.sheet or ("*",)
        return [s for s in self.sheets if any(fnmatch.fnmatch(text.clean_text(s), pattern) for pattern in patterns)]


def _shown(sheet: str) -> str:
    """A sheet's name as it can be told: of a damaged workbook it may hold anything."""
    return sheet if sheet.isprintable() else text.clean_text(sheet)


def _guarded(read: Callable[[], T]) -> T:
    """What the reader gives; its errors, its panics and its endless turns on damaged files as Unreadable.

    No signal ends a reader that turns in a circle outside Python; it is left to turn in a thread that ends with the task.
    """
    given: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            given.append(read())
        except BaseException as error:  # noqa: BLE001 - told in the thread that waits
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(READ_WITHIN)
    if given:
        return given[0]
    error = failed[0] if failed else None
    # a panic is no Exception, and its class has no name that could be imported
    if error is None or isinstance(error, fastexcel.FastExcelError) or type(error).__module__ == "pyo3_runtime":
        raise Unreadable("unreadable_workbook") from (error if isinstance(error, Exception) else None)
    raise error


def _filled_down(columns: list[pa.Array], reach: Reach) -> list[pa.Array]:
    """The grid with the value of each cell that is merged over several rows in every one that holds something else."""
    down: dict[int, list[tuple[int, int]]] = {}
    for top, left, bottom, _ in reach.merged:
        if bottom > top and 0 <= left - reach.left < len(columns):
            down.setdefault(left - reach.left, []).append((top, bottom))
    if not down or not len(columns[0]):
        return columns
    size = len(columns[0])
    holds = np.zeros(size, dtype=bool)
    for column in columns:
        holds |= is_like(column, r"\S").to_numpy(zero_copy_only=False)
    filled = list(columns)
    for at, ranges in down.items():
        source, end = np.arange(size), -1
        for top, bottom in sorted(ranges):
            if top > end and top < size:  # merged ranges never overlap
                source[top : bottom + 1] = top
                end = bottom
        source = np.where(holds, source, np.arange(size))
        filled[at] = columns[at].take(pa.array(source))
    return filled


def open_workbook(data: bytes, tables: list[Table]) -> list[OpenTable]:
    """The declared tables of a workbook; raises Unreadable."""
    book = Workbook(data)
    opened: list[OpenTable] = []
    read: dict[int, set[tuple[str, int]]] = {}
    for table in tables:
        parts = _parts(book, table)
        if parts:
            opened.append(parts[0] if len(parts) == 1 else _joined(table, parts))
            read[len(opened) - 1] = {(part.place, part.header_row) for part in parts}
    for i, each in enumerate(opened):  # what is another declared table was read
        others = set().union(*(rows for j, rows in read.items() if j != i))
        each.beside = [other for other in each.beside if (other.place, other.row) not in others]
    if not opened:
        wanted = [pattern for table in tables for pattern in table.sheet or ("*",)]
        raise Unreadable("no_sheet", sheets=[_shown(sheet) for sheet in book.sheets], wanted=wanted)
    return opened


def _parts(book: Workbook, table: Table) -> list[OpenTable]:
    """The sheets of one table: the first that has its header, or every one that has where the spec says so."""
    parts: list[OpenTable] = []
    refused: list[Unreadable] = []
    for sheet in book.matching(table):
        try:
            parts.append(open_grid(book.grid(sheet), table, _shown(sheet)))
        except Unreadable as error:  # a cover sheet, or one that lost its header
            if error.code in ("too_large", "too_many_cells"):
                raise
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

    others = [other for part in parts for other in part.beside]
    return OpenTable(table, headers, blocks(), ", ".join(part.place for part in parts), beside=others)


def open_grid(grid: list[pa.Array], table: Table, place: str) -> OpenTable:
    """One declared table in a grid of text columns."""
    rows = len(grid[0]) if grid else 0
    if not rows:
        raise Unreadable("header_not_found", place=place, wanted=table.expected_headers())
    # across merged rows a title is one cell: what stands in its rows below is the same title again
    begin = cleaned(list(zip(*(column.slice(0, HEADER_WITHIN).to_pylist() for column in grid), strict=True)))
    head = _found(grid, begin, table, place)
    grid, head, others = beside.alone(grid, head, table, place)
    columns, row_no = below(grid, head, table, begin)
    opened = OpenTable(table, list(columns), slices(columns, row_no, place), place)
    opened.header_row, opened.beside = head.first + 1, others
    return opened


def _found(grid: list[pa.Array], begin: list[list[str | None]], table: Table, place: str) -> Head:
    """The declared header in the first rows, or further down after a blank row: of a table below another."""
    try:
        return find_header(begin, table, place)
    except Unreadable as error:
        if error.code != "header_not_found":
            raise
        for row in beside.may_begin(grid, HEADER_WITHIN - table.header.rows + 1).tolist():
            rows = cleaned(list(zip(*(c.slice(row, table.header.rows).to_pylist() for c in grid), strict=True)))
            if len(rows) == table.header.rows:
                try:
                    head = find_header(rows, table, place)
                except Unreadable:
                    continue
                return replace(head, first=row)
        raise


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
