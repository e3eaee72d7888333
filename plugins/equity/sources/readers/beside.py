"""Other tables on a sheet: below the declared one after blank rows, or beside it after a blank column.

They are not read as its records; where they stand and how many rows they have is told. A table below is one when a row of
words follows a blank row where the columns hold numbers, and the rows under it are of another kind than those above.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equity.sources.readers.grids import SIGNATURE, SUBTOTAL, Head, fold, holds_something
from equity.sources.readers.table import STRING, Beside
from equity.sources.spec import Table
from equity.thai.columns import is_like

TITLES = 3  # rows between a blank one and a header
LOOKED_AT = 50  # places where another table may begin
MOSTLY, FITS = 0.9, 0.6
LONGEST_NAME = 60
NOTHING = pa.scalar(None, STRING)


def alone(grid: list[pa.Array], head: Head, table: Table, place: str) -> tuple[list[pa.Array], Head, list[Beside]]:
    """The grid with nothing but the declared table below its header, and the other tables that were there."""
    grid, head, found = _without_sides(grid, head, table, place)
    kept, more = _without_below(grid, head, place)
    return kept, head, found + more


def may_begin(grid: list[pa.Array], beyond: int) -> np.ndarray:
    """The rows beyond the first ones at which a table may begin: those after a blank row."""
    filled = _filled(grid)
    starts = np.flatnonzero(filled[1:] & ~filled[:-1]) + 1
    near = np.unique((starts[:, None] + np.arange(TITLES + 1)).reshape(-1))
    return near[(near >= beyond) & (near < len(filled))][: LOOKED_AT * (TITLES + 1)]


# --- to the right, or to the left


def _without_sides(
    grid: list[pa.Array], head: Head, table: Table, place: str
) -> tuple[list[pa.Array], Head, list[Beside]]:
    """Without groups of columns that a blank column keeps apart and in which no declared header stands."""
    if all(head.names[:-1]):
        return grid, head, []
    rest = [column.slice(head.end) for column in grid]
    nameless = [i for i, name in enumerate(head.names) if not name]
    empty = [i for i, holds in zip(nameless, holds_something([rest[i] for i in nameless]), strict=True) if not holds]
    foreign = groups_apart(head.names, empty, table)
    if not foreign:
        return grid, head, []
    found, dropped = [], {i for group in foreign for i in group}
    for group in foreign:
        filled = np.flatnonzero(_filled([rest[i] for i in group]))
        named = any(head.names[i] for i in group)
        if len(filled):
            first = head.first if named else head.end + int(filled[0])
            found.append(Beside(place, first + 1, group[0] + 1, len(filled) - (0 if named else 1)))
    keep = [i for i in range(len(grid)) if i not in dropped]
    return [grid[i] for i in keep], replace(head, names=[head.names[i] for i in keep]), found


def groups_apart(names: Sequence[str | None], empty: Collection[int], table: Table) -> list[list[int]]:
    """The groups of columns, kept apart by nameless and empty ones, in which no declared header stands."""
    known = {fold(header) for header in (*table.expected_headers(), *table.ignore)}
    groups: list[list[int]] = [[]]
    for i, name in enumerate(names):
        if not name and i in empty:
            groups.append([])
        else:
            groups[-1].append(i)
    return [g for g in groups if len(g) > 1 and not any(fold(names[i] or "") in known for i in g)]


# --- below


def _without_below(grid: list[pa.Array], head: Head, place: str) -> tuple[list[pa.Array], list[Beside]]:
    rest = [column.slice(head.end) for column in grid]
    below = Below(head.names, place)
    cut = below.cut(rest, np.arange(head.end, head.end + len(rest[0])) + 1)
    if not cut.any():
        return grid, []
    mask = pa.array(np.concatenate([np.zeros(head.end, dtype=bool), cut]))
    return [pc.if_else(mask, NOTHING, column) for column in grid], below.found


class Below:
    """The tables below the declared one, found in the rows under its header as they come, block by block."""

    def __init__(self, names: list[str | None], place: str) -> None:
        self.found: list[Beside] = []
        self._names, self._place = names, place
        self._main: _Kind | None = None
        self._looked, self._inside, self._blank = 0, False, False

    def cut(self, rest: list[pa.Array], numbers: np.ndarray) -> np.ndarray:
        """Mask of the rows that are another table's; `numbers` are the rows' own, as the sender counts them."""
        filled = _filled(rest)
        cut = np.zeros(len(filled), dtype=bool)
        begins = np.flatnonzero(filled & ~np.concatenate([[False], filled[:-1]]))
        after_blank, self._blank = self._blank, bool(len(filled)) and not filled[-1]
        first = 0 if self._inside or after_blank else 1
        if len(begins) <= first:
            return cut
        cells = np.array([is_like(column, r"\S").to_numpy(zero_copy_only=False) for column in rest])
        digits = np.array([is_like(column, r"[\d๐-๙]").to_numpy(zero_copy_only=False) for column in rest]) & cells
        words = (cells.sum(axis=0) >= 2) & ~digits.any(axis=0)
        ends = np.append(begins[1:], len(filled))
        for begin, end in zip(begins[first:].tolist(), ends[first:].tolist(), strict=True):
            near = np.flatnonzero(words[begin : min(begin + TITLES + 1, end)])
            if not self._inside and (not len(near) or self._looked == LOOKED_AT):
                continue
            if not self._inside:
                self._main = _main(cells[:, :begin], digits[:, :begin], ~cut[:begin] & filled[:begin]) or self._main
            if self._main is None:
                continue
            header = begin + int(near[0]) if len(near) else end
            self._looked += 1
            under = slice(header + 1, end)
            again = _printed_again(rest, self._names, begin)
            if (
                (begin or after_blank) and header + 1 < end and filled[header + 1] and not again and self._main.denies(cells[:, header])
                and not self._main.holds(cells[:, under], digits[:, under]) and _is_header(rest, header, cells[:, header])
            ):  # fmt: skip
                column = int(np.flatnonzero(cells[:, header])[0]) + 1
                self.found.append(Beside(self._place, int(numbers[header]), column, int(filled[under].sum())))
                self._inside = True
            elif self._inside and not again and not self._main.holds(cells[:, begin:end], digits[:, begin:end]):
                # more of the other table, after a blank row of its own
                self.found[-1] = replace(self.found[-1], rows=self.found[-1].rows + int(filled[begin:end].sum()))
            else:
                self._inside = False
            cut[begin:end] = self._inside
        return cut


def torn_off(
    broken: list[tuple[int, str]], blank: set[int], delimiter: str
) -> tuple[list[tuple[int, str]], list[Beside]]:
    """Of the rows of a text that have no columns, those that are another table below a blank row, and where it stands.

    A table of another width than the one above has rows of one width: words first, then its own rows.
    """
    left: list[tuple[int, str]] = []
    found: list[Beside] = []
    runs: list[list[tuple[int, str]]] = []
    for row in broken:
        if runs and row[0] == runs[-1][-1][0] + 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    for run in runs:
        widths = [len(cells) for _, line in run for cells in csv.reader([line], delimiter=delimiter)]
        at = next((i for i, width in enumerate(widths[: TITLES + 1]) if width > 1), len(run))
        head = run[at][1] if at < len(run) - 1 else ""
        if head and run[0][0] - 1 in blank and len(set(widths[at:])) == 1 and not re.search(r"[\d๐-๙]", head):
            found.append(Beside("", run[at][0], 1, len(run) - at - 1))
        else:
            left += run
    return left, found


@dataclass(frozen=True)
class _Kind:
    """What the rows of a table are like: the columns that mostly hold numbers, and those that mostly hold words."""

    numbers: np.ndarray
    words: np.ndarray

    def denies(self, cells: np.ndarray) -> bool:
        """Whether a row of words is no row of the table: a word stands where numbers are."""
        return bool((self.numbers & cells).any())

    def holds(self, cells: np.ndarray, digits: np.ndarray) -> bool:
        """Whether most of some rows are like the table's."""
        fine = (digits & self.numbers[:, None]) | (cells & ~digits & self.words[:, None])
        share = fine.sum(axis=0) / max(1, int((self.numbers | self.words).sum()))
        rows = cells.any(axis=0)
        return bool(rows.any()) and float((share[rows] >= FITS).mean()) >= 0.5


def _main(cells: np.ndarray, digits: np.ndarray, rows: np.ndarray) -> _Kind | None:
    """What the rows so far are like; None when too little is known."""
    if rows.sum() < 2:
        return None
    there = cells[:, rows].sum(axis=1)
    share = digits[:, rows].sum(axis=1) / np.maximum(there, 1)
    often = there >= rows.sum() / 2
    numbers, words = often & (share >= MOSTLY), often & (share <= 1 - MOSTLY)
    return _Kind(numbers, words) if numbers.any() else None


def _is_header(rest: list[pa.Array], row: int, cells: np.ndarray) -> bool:
    """Whether a row of words names columns: short words, none twice, no sum and no signature."""
    names = [rest[i][row].as_py().strip() for i in np.flatnonzero(cells).tolist()]
    around = [text for column in rest for text in column.slice(row, 3).to_pylist() if text and text.strip()]
    if _is_any(around, SIGNATURE) or _is_any(names[:1], SUBTOTAL):
        return False
    return len(set(names)) == len(names) and max(map(len, names)) <= LONGEST_NAME


def _is_any(texts: list[str], pattern: str) -> bool:
    """Whether a pattern is in any of some texts."""
    return bool(texts) and bool(pc.any(is_like(pa.array(texts, STRING), pattern), min_count=0).as_py())


def _printed_again(rest: list[pa.Array], names: list[str | None], row: int) -> bool:
    """Whether the table's own header stands in a row, or in one of those below it."""
    for r in range(row, min(row + TITLES + 1, len(rest[0]))):
        cells = [(name, column[r].as_py()) for name, column in zip(names, rest, strict=False)]
        same = sum(fold(name.rsplit(" / ", 1)[-1]) == fold(cell) for name, cell in cells if name and cell)
        if same >= 2 and same * 2 >= sum(bool(cell and cell.strip()) for _, cell in cells):
            return True
    return False


def _filled(columns: list[pa.Array]) -> np.ndarray:
    """Mask of the rows in which any cell holds something; mostly one column tells."""
    filled = np.zeros(len(columns[0]) if columns else 0, dtype=bool)
    for column in columns:
        filled |= is_like(column, r"\S").to_numpy(zero_copy_only=False)
        if filled.all():
            break
    return filled
