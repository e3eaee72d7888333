"""Tables in a web page: what older systems export and call .xls."""

from __future__ import annotations

from html.parser import HTMLParser

import pyarrow as pa

from equity.sources.readers.table import COLUMNS, STRING, OpenTable, Unreadable, too_many_columns
from equity.sources.readers.texts import decoded, encoding_of
from equity.sources.readers.workbooks import open_grid
from equity.sources.spec import Table

LARGEST_PAGE = 32 << 20
CELLS = 4_000_000


def open_webpage(data: bytes, table: Table, name: str = "") -> OpenTable:
    """The declared table, from the longest table of the page that has its header; raises Unreadable."""
    refused: list[Unreadable] = []
    for grid in _grids(data, name):
        try:
            return open_grid(grid, table, "")
        except Unreadable as error:  # a table for the layout of the page, or one of another record type
            refused.append(error)
    raise refused[0]


def webpage_grid(data: bytes) -> list[pa.Array]:
    """The cells of the page's longest table as text columns; raises Unreadable when it has none."""
    return _grids(data, "")[0]


def _grids(data: bytes, name: str) -> list[list[pa.Array]]:
    """The tables of a page as columns, the longest first."""
    if len(data) > LARGEST_PAGE:
        raise Unreadable("too_large", megabytes=len(data) >> 20, limit=LARGEST_PAGE >> 20)
    page = _Tables()
    try:
        page.feed(decoded(data, encoding_of(data), cut=False))
        page.close()
    except AssertionError as error:  # the parser's word for a declaration that is none
        raise Unreadable("unreadable_text") from error
    tables = sorted((table for table in page.tables if any(table)), key=len, reverse=True)
    if not tables:
        raise Unreadable("unknown_format", name=name)
    grids = []
    for rows in tables:
        width = max(len(row) for row in rows)
        padded = [row + [None] * (width - len(row)) for row in rows]
        grids.append([pa.array(column, STRING) for column in zip(*padded, strict=True)])
    return grids


class _Tables(HTMLParser):
    """Gathers rows of cells; a cell over several columns leaves the others empty, one over several rows stands in each.

    A table within a cell is a table of its own.
    """

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str | None]]] = []
        self._open: list[_Open] = []
        self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._open.append(_Open())
            self.tables.append(self._open[-1].rows)
        elif not self._open:
            return
        elif tag == "tr":
            self._close_cell()
            self._open[-1].begin_row()
        elif tag in ("td", "th") and self._open[-1].rows:
            self._close_cell()
            said = dict(attrs)
            self._open[-1].begin_cell(_number(said.get("colspan"), COLUMNS), _number(said.get("rowspan"), 100_000))
        elif tag == "br":
            self.handle_data("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._close_cell()
        if tag == "table" and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1].cell is not None:
            self._open[-1].cell.append(data)

    def _close_cell(self) -> None:
        if self._open and self._open[-1].cell is not None:
            self._cells += self._open[-1].end_cell()
            if self._cells > CELLS:
                raise Unreadable("too_many_cells", place="", cells=self._cells, limit=CELLS)


class _Open:
    """A table that is being read."""

    def __init__(self) -> None:
        self.rows: list[list[str | None]] = []
        self.cell: list[str] | None = None
        self._span = (1, 1)
        self._coming: dict[int, tuple[int, str | None]] = {}  # column → rows that a cell above still reaches, its text
        self._reached: dict[int, tuple[int, str | None]] = {}

    def begin_row(self) -> None:
        for column, (rows, value) in self._reached.items():  # of a row that ended before it came to them
            if rows > 1:
                self._coming.setdefault(column, (rows - 1, value))
        self._reached, self._coming = self._coming, {}
        self.rows.append([])

    def begin_cell(self, wide: int, down: int) -> None:
        self._from_above()
        self.cell, self._span = [], (wide, down)

    def end_cell(self) -> int:
        """Take up the cell; returns how many it made."""
        row, (wide, down) = self.rows[-1], self._span
        value = "".join(self.cell or ()).strip() or None
        for i in range(wide):
            if down > 1:
                self._coming[len(row)] = down - 1, value if i == 0 else None
            row.append(value if i == 0 else None)
        self.cell = None
        self._from_above()
        if len(row) > COLUMNS:
            raise too_many_columns("", len(row))
        return wide

    def _from_above(self) -> None:
        row = self.rows[-1]
        while (found := self._reached.pop(len(row), None)) is not None:
            rows, value = found
            if rows > 1:
                self._coming[len(row)] = rows - 1, value
            row.append(value)


def _number(said: str | None, most: int) -> int:
    return max(1, min(int(said), most)) if said and said.isdecimal() and len(said) < 9 else 1
