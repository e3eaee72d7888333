"""Tables that stand somewhere in a sheet: where the header is, what its columns are called, which rows are records.

A grid is a list of text columns of one length, as a sheet or a file has them from its first row on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equity.sources.readers.table import STRING, Unreadable
from equity.sources.spec import ANY_LINE, EXAMPLE, Table
from equity.thai import text
from equity.thai.columns import is_like

HEADER_WITHIN = 60
EXAMPLE_ROW = rf"^\s*{re.escape(EXAMPLE)}"
SUBTOTAL = r"^\s*(รวม|ยอดรวม|ผลรวม|ยอดยกมา|ยอดยกไป|ทั้งหมด|(?i:(sub|grand )?total)\b)"
# nothing but such a word, as a total of many columns begins
TOTAL_ALONE = (
    r"^\s*(รวม|ยอดรวม|ผลรวม|ทั้งหมด|(?i:(sub|grand )?totals?))\s*(ทั้งสิ้น|ทั้งหมด|ทุกรายการ|ยอด|เงิน|เป็นเงิน)?\s*[:=]?\s*$"
)
NOTHING_SAID = re.compile(r"\s*[-–—.]+\s*$")
# a number, a unit, or how many of a kind: `116`, `คน`, `ชาย 16 คน`
NUMBER_OR_UNIT = re.compile(
    r"\s*[-(]?[\d๐-๙]"
    r"|\s*([ก-๙A-Za-z.]{1,12}\s*[:=]?\s*[\d๐-๙][\d๐-๙,.]*\s*)?(คน|ราย|บาท|รายการ|ครั้ง|ครัวเรือน|กก|กิโลกรัม|ชั่วโมง|ชม)\.?\s*$"
)
UNIT = re.compile(r"^\s*(คน|ราย|บาท|รายการ|ครั้ง|ครัวเรือน)\s*$")
SIGNED = r"(ลงชื่อ|ผู้รายงาน|ผู้จัดทำ|ผู้ตรวจสอบ|ผู้รับรอง|ผู้บันทึก)"
SIGNATURE = SIGNED[:-1] + r"|\.{5,}|_{5,}|…{3,})"
Grid = Sequence[Sequence[str | None]]


@dataclass(frozen=True)
class Head:
    """A header block: its first row, how many rows it has, and a name for every column (None where there is none)."""

    first: int
    rows: int
    names: list[str | None]

    @property
    def end(self) -> int:
        """The row after the header block."""
        return self.first + self.rows


def fold(header: str) -> str:
    """How headers are compared: a line break or a double space in one is no other header."""
    return "".join(header.split())


def cleaned(rows: Grid) -> list[list[str | None]]:
    """The cells of some rows as clean text, empty ones as None."""
    return [[(text.clean_text(cell) or None) if cell else None for cell in row] for row in rows]


def find_header(grid: list[list[str | None]], table: Table, place: str) -> Head:
    """The declared header block in the first rows of a grid: the place where most of the declared headers stand.

    Raises:
        Unreadable: when none is there, or a declared header stands twice.

    """
    spelled = {fold(header): header for header in (*table.expected_headers(), *table.ignore)}
    begin = 0
    if table.header.after:
        titled = [i for i, row in enumerate(grid) if any(cell and table.header.after in cell for cell in row)]
        begin = titled[0] + 1 if titled else 0
    best: tuple[int, int, list[str | None]] = (0, -1, [])
    for i in range(begin, len(grid) - table.header.rows + 1):
        headers = join_header(grid[i : i + table.header.rows], spelled)
        found = len(set(spelled.values()).intersection(filter(None, headers)))
        if found > best[0]:
            best = (found, i, headers)
    if best[0] < max(1, len(table.column_headers()) // 3):
        raise Unreadable("header_not_found", place=place, wanted=table.expected_headers())
    counted = Counter(filter(None, best[2]))
    twice = [h for h, n in counted.items() if n > 1 and fold(h) in spelled and fold(f"{h} (2)") not in spelled]
    if twice:
        raise Unreadable("double_column", place=place or table.record_type, columns=twice)
    return Head(best[1], table.header.rows, best[2])


def join_header(rows: list[list[str | None]], spelled: dict[str, str]) -> list[str | None]:
    """Column names in the spec's spelling where it knows them; of several rows `top / bottom`, or what is filled."""

    def name(header: str | None) -> str | None:
        return spelled.get(fold(header), header) if header else None

    joined = [name(header) for header in rows[-1]]
    for above_row in reversed(rows[:-1]):
        below_row, joined = joined, []
        group: str | None = None
        for above, below in zip(above_row, below_row, strict=True):
            group = above or group
            if below is None or group is None or above == below:  # merged over both rows
                joined.append(name(below or above))
            else:
                path = f"{group} / {below}"
                joined.append(name(path) if fold(path) in spelled or fold(below) not in spelled else name(below))
    return joined


def told_apart(names: list[str | None], filled: list[bool]) -> list[str | None]:
    """Every column that holds something gets a name of its own.

    A second column of one name is called `name (2)`, and so is one without a name: mostly it stands under a header
    that was merged over several columns. A nameless first column is `(1)`.
    """
    told: list[str | None] = []
    often: Counter[str] = Counter()
    last = ""
    for name, holds in zip(names, filled, strict=True):
        if name is None and not holds:
            told.append(None)
            continue
        last = name or last
        often[last] += 1
        told.append(last if often[last] == 1 and last else f"{last} ({often[last]})".strip())
    return told


def holds_something(columns: Sequence[pa.Array]) -> list[bool]:
    """For each column whether any cell of it is filled."""
    return [bool(pc.any(is_like(column, r"\S"), min_count=0).as_py()) for column in columns]


def records(
    columns: dict[str, pa.Array], table: Table, head: list[list[str | None]]
) -> tuple[dict[str, pa.Array], np.ndarray]:
    """The rows that are records, with the values that stand once over a block in a column of their own.

    Args:
        columns: header → column, below the header block.
        table: what is declared.
        head: the rows above the header block (titles may hold a value that the spec asks for).

    Returns:
        The columns with `above` values added, not yet filtered, and the mask of the rows to keep: not empty, no
        subtotal, no signature, no header printed again, no line that only holds a value for its block.

    """
    size = len(next(iter(columns.values()))) if columns else 0
    if not size:
        return {**columns, **{label: pa.nulls(0, STRING) for label in table.above_labels()}}, np.zeros(0, dtype=bool)
    filled = np.array([is_like(column, r"\S").to_numpy(zero_copy_only=False) for column in columns.values()])
    count = filled.sum(axis=0)
    keep: np.ndarray = count > 0
    nothing = pa.scalar(None, STRING)
    first = pc.coalesce(
        *(pc.if_else(pa.array(mask), c, nothing) for mask, c in zip(filled, columns.values(), strict=True))
    )
    few = count <= max(3, len(columns) // 4)
    if "subtotals" in table.skip:
        keep &= ~_sums(columns, filled, first, few)
    if "signatures" in table.skip:
        signed = is_like(first, SIGNATURE)
        for column in columns.values():
            signed = pc.or_(signed, is_like(column, SIGNED))
        lines = signed.to_numpy(zero_copy_only=False) & few
        # below the line that is signed stand a name in brackets, an office and a date
        keep &= ~((np.convolve(lines, np.ones(6))[: len(lines)] > 0) & few)
    keep &= ~_printed_again(columns, count)
    keep &= ~is_example(first)
    columns = _filled_down(columns, table, keep)
    for label in table.above_labels():
        if label not in columns:
            columns[label], lines = _above(label, columns, first, count, keep, head)
            keep = keep & ~lines
    return columns, keep


def _sums(columns: dict[str, pa.Array], filled: np.ndarray, first: pa.Array, few: np.ndarray) -> np.ndarray:
    """Mask of the rows that add up: a word such as รวม and numbers (`รวม | 116 | คน`), or a count (`ชาย | 15 | คน`)."""
    count = filled.sum(axis=0)
    indented = ~filled[0]  # records begin in the first column
    sums = np.zeros(len(count), dtype=bool)
    named = is_like(first, SUBTOTAL).to_numpy(zero_copy_only=False)
    alone = is_like(first, TOTAL_ALONE).to_numpy(zero_copy_only=False)
    for row in np.flatnonzero(
        (named & (alone | few | (indented & (count * 2 <= len(columns) + 1)))) | (indented & (count == 3))
    ):
        cells = [value for column in columns.values() if (value := column[int(row)].as_py()) and value.strip()]
        # a record whose reference begins with such a word has words in its other cells, a sum has numbers
        numbers = all(NUMBER_OR_UNIT.match(cell) or NOTHING_SAID.match(cell) for cell in cells[1:])
        sums[row] = numbers and (bool(named[row]) or (len(columns) > 6 and bool(UNIT.match(cells[-1]))))
    return sums


def is_example(first: pa.Array) -> np.ndarray:
    """Mask of a template's example rows, by each row's first cell."""
    return is_like(first, EXAMPLE_ROW).to_numpy(zero_copy_only=False)


def _printed_again(columns: dict[str, pa.Array], count: np.ndarray) -> np.ndarray:
    """Mask of the rows in which the header stands again, as at the top of a printed page."""
    same = np.zeros(len(count), dtype=int)
    for header, column in columns.items():
        bottom = header.rsplit(" / ", 1)[-1]
        if len(bottom) > 1:
            same += pc.fill_null(pc.equal(pc.utf8_trim_whitespace(column), bottom), False).to_numpy(
                zero_copy_only=False
            )
    return (same >= 2) & (same * 2 >= count)


def _filled_down(columns: dict[str, pa.Array], table: Table, keep: np.ndarray) -> dict[str, pa.Array]:
    """Columns in which the spec says that an empty cell means the one above it."""
    down = [header for header in table.fill if header in columns]
    if not down:
        return columns
    mask = pa.array(keep)
    filled = dict(columns)
    for header in down:
        blank = pc.if_else(is_like(columns[header], r"\S"), columns[header], pa.scalar(None, STRING))
        kept = pc.fill_null_forward(blank.filter(mask))
        filled[header] = pc.replace_with_mask(columns[header], mask, kept)
    return filled


def _above(
    label: str,
    columns: dict[str, pa.Array],
    first: pa.Array,
    count: np.ndarray,
    keep: np.ndarray,
    head: list[list[str | None]],
) -> tuple[pa.Array, np.ndarray]:
    """The value that stands over each row's block, and the mask of the lines that hold one."""
    start = next((value for row in reversed(head) if (value := _value_in_line(label, row, title=True))), None)
    lines = np.zeros(len(count), dtype=bool)
    values = np.full(len(count), None, dtype=object)
    values[:1] = start
    lone = keep & (count <= 2)
    candidates = lone & (count == 1) if label == ANY_LINE else lone
    for row in np.flatnonzero(candidates):
        cells = text_of_row(columns, int(row))
        value = cells[0] if label == ANY_LINE else _value_in_line(label, cells, title=False)
        if value:
            lines[row], values[row] = True, value
    if lines[:1].any() and start and values[0] is None:
        values[0] = start
    return pc.fill_null_forward(pa.array(values, STRING)), lines


def text_of_row(columns: dict[str, pa.Array], row: int) -> list[str | None]:
    """The filled cells of one row as clean text."""
    cells = (column[row].as_py() for column in columns.values())
    return [text.clean_text(cell) for cell in cells if cell and cell.strip()]


_AFTER_LABEL = re.compile(r"^[\s:：=\-–.]*")


def _value_in_line(label: str, cells: Sequence[str | None], *, title: bool) -> str | None:
    """What follows the label in its cell, or stands in the next filled one; in a title the label may stand anywhere."""
    told = [cell for cell in cells if cell]
    for i, cell in enumerate(told):
        at = cell.find(label)
        if at < 0 or (at > 0 and not title) or label == ANY_LINE:
            continue
        rest = _AFTER_LABEL.sub("", cell[at + len(label) :])
        if rest:
            return rest
        if i + 1 < len(told):
            return told[i + 1]
    return None
