"""What every reader gives: tables of text as sent, in blocks, with the row numbers that the sender sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equity.sources.spec import Table

if TYPE_CHECKING:
    from equity.sources.readers.lines import Lines

STRING = pa.string()
BLOCK_ROWS = 100_000
COLUMNS = 1_000
CELL = 1 << 20  # bytes of one cell; Excel's own hold at most 32,767 letters


class Unreadable(Exception):
    """A delivery, or one table of it, cannot be read at all; `code` is one of `equity.delivery.holds.HOLDS`.

    `detail` says where; it holds names of sheets and headers, never values of rows.
    """

    def __init__(self, code: str, **detail: Any) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Beside:
    """A table that was not read: its sheet, the row of its header, its first column (counted from 1), and how many rows it has."""

    place: str
    row: int
    column: int
    rows: int


@dataclass(frozen=True)
class Block:
    """Some rows as received: one text column per header, all of one length, and each row's number.

    `place` is the sheet that they stand in ("" where a file has none); `pages` says of each row of a
    pull of several pages its page and its item's position on it. `texts` is a digest of each row where a list is held
    against the last one, else it is empty. `answers` is the reference of the delivery whose numbers the rows have, of a
    correction workbook that came back.
    """

    columns: dict[str, pa.Array]
    row_no: np.ndarray
    place: str = ""
    pages: np.ndarray | None = None
    texts: pa.Array = field(default_factory=lambda: pa.array([], pa.binary(16)))
    answers: str = ""

    def __len__(self) -> int:
        return len(self.row_no)


@dataclass
class OpenTable:
    """One declared table, found in a delivery. `broken` fills while `blocks` is read: rows that have no columns.

    `beside` is what else stands on its sheets and was not read.
    `rows` counts what was cut into columns, `lines` gives the same as lines of bytes, where a text has them.
    `left_out` has how many cells of each column are filled in rows that need not be read: they stand as they stood.
    """

    spec: Table
    headers: list[str]
    blocks: Iterator[Block]
    place: str = ""
    broken: list[tuple[int, str]] = field(default_factory=list)
    header_row: int = 0
    beside: list[Beside] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    lines: Callable[[], Lines | None] = lambda: None

    def lacking(self) -> list[str]:
        """Fields none of whose headers is there, in the spec's order."""
        there = set(self.headers)
        lacking = [
            n for n, column in self.spec.fields.items() if column.headers() and not there & set(column.headers())
        ]
        for part, roles in self.spec.part_headers().items():
            if not there & set(roles.values()):
                lacking.append(part)
        return lacking

    def unknown(self) -> list[str]:
        """Headers that the spec does not know."""
        known = {*self.spec.expected_headers(), *self.spec.ignore}
        return [header for header in self.headers if header not in known]


def slices(columns: dict[str, pa.Array], row_no: np.ndarray, place: str = "") -> Iterator[Block]:
    """Cut columns into blocks; raises Unreadable for a cell as long as a file."""
    for start in range(0, len(row_no), BLOCK_ROWS):
        part = {header: column.slice(start, BLOCK_ROWS) for header, column in columns.items()}
        yield checked(Block(part, row_no[start : start + BLOCK_ROWS], place))


def checked(block: Block) -> Block:
    """The block, when no cell of it is longer than a cell may be; else raises Unreadable."""
    for header, column in block.columns.items():
        if column.nbytes <= CELL:
            continue
        lengths = pc.binary_length(column)
        if (pc.max(lengths).as_py() or 0) > CELL:
            row = int(block.row_no[pc.index(pc.greater(lengths, CELL), True).as_py()])
            raise Unreadable("cell_too_long", place=block.place, row=row, columns=[header], limit=CELL >> 10)
    return block


def too_many_columns(place: str, found: int) -> Unreadable:
    """The hold of a table that is wider than any record type."""
    return Unreadable("too_many_columns", place=place, columns_found=found, limit=COLUMNS)
