"""Tables in a web page: what older systems export and call .xls."""

from __future__ import annotations

from html.parser import HTMLParser

import pyarrow as pa

from equity.sources.readers.table import STRING, OpenTable, Unreadable
from equity.sources.readers.texts import decoded, encoding_of
from equity.sources.readers.workbooks import COLUMNS, open_grid
from equity.sources.spec import Table


def open_webpage(data: bytes, table: Table) -> OpenTable:
    """The declared table, from the page's longest table; raises Unreadable."""
    return open_grid(webpage_grid(data), table, "")


def webpage_grid(data: bytes) -> list[pa.Array]:
    """The cells of the page's longest table as text columns; raises Unreadable when it has none."""
    page = _Tables()
    page.feed(decoded(data, encoding_of(data), cut=False))
    rows = max(page.tables, key=len, default=[])
    width = max((len(row) for row in rows), default=0)
    if not width:
        raise Unreadable("unknown_format", name="")
    if width > COLUMNS:
        raise Unreadable("too_many_columns", place="", columns_found=width, limit=COLUMNS)
    padded = [row + [None] * (width - len(row)) for row in rows]
    return [pa.array(column, STRING) for column in zip(*padded, strict=True)]


class _Tables(HTMLParser):
    """Gathers rows of cells; a cell over several columns leaves the others empty, as in a workbook."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str | None]]] = []
        self._cell: list[str] | None = None
        self._span = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self._close_cell()
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables and self.tables[-1]:
            self._close_cell()
            span = dict(attrs).get("colspan") or "1"
            self._cell, self._span = [], min(int(span), COLUMNS) if span.isdigit() else 1
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._close_cell()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _close_cell(self) -> None:
        if self._cell is not None:
            self.tables[-1][-1].append("".join(self._cell).strip() or None)
            self.tables[-1][-1].extend([None] * (self._span - 1))
            self._cell = None
