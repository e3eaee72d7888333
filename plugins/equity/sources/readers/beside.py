"""Other tables on a sheet: below the declared one after blank rows, or beside it after a blank column.

They are not read as its records; where they stand and how many rows they have is told. A table below is one when a row of
words follows a blank row where the columns hold numbers, and the rows under it are of another kind than those above.
"""

from __future__ import annotations

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
    empty = {i for i, holds in zip(nameless, holds_something([rest[i] for i in nameless]), strict=True) if not holds}
    known = {fold(header) for header in (*table.expected_headers(), *table.ignore)}
    groups: list[list[int]] = [[]]
    for i in range(len(grid)):
        if i in empty:
            groups.append([])
        else:
            groups[-1].append(i)
    foreign = [g for g in groups if len(g) > 1 and not any(fold(head.names[i] or "") in known for i in g)]
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


# --- below


def _without_below(grid: list[pa.Array], head: Head, place: str) -> tuple[list[pa.Array], list[Beside]]:
    rest = [column.slice(head.end) for column in grid]
    filled = _filled(rest)
    if filled.all() or not filled.any():
        return grid, []
    begins = np.flatnonzero(filled & ~np.concatenate([[False], filled[:-1]]))
    if len(begins) < 2:
        return grid, []
    cells = np.array([is_like(column, r"\S").to_numpy(zero_copy_only=False) for column in rest])
    digits = np.array([is_like(column, r"[\d๐-๙]").to_numpy(zero_copy_only=False) for column in rest]) & cells
    words = (cells.sum(axis=0) >= 2) & ~digits.any(axis=0)
    ends = np.append(begins[1:], len(filled))
    cut = np.zeros(len(filled), dtype=bool)
    found: list[Beside] = []
    main: _Kind | None = None
    looked, inside = 0, False
    for begin, end in zip(begins[1:].tolist(), ends[1:].tolist(), strict=True):
        near = np.flatnonzero(words[begin : min(begin + TITLES + 1, end)])
        if not inside and (not len(near) or looked == LOOKED_AT):
            continue
        if not inside:
            main = _main(cells[:, :begin], digits[:, :begin], ~cut[:begin] & filled[:begin])
        if main is None:
            continue
        header = begin + int(near[0]) if len(near) else end
        looked += 1
        under = slice(header + 1, end)
        again = _printed_again(rest, head, begin)
        if (
            header + 1 < end and filled[header + 1] and not again and main.denies(cells[:, header])
            and not main.holds(cells[:, under], digits[:, under]) and _is_header(rest, header, cells[:, header])
        ):  # fmt: skip
            column = int(np.flatnonzero(cells[:, header])[0]) + 1
            found.append(Beside(place, head.end + header + 1, column, int(filled[under].sum())))
            inside = True
        elif inside and not again and not main.holds(cells[:, begin:end], digits[:, begin:end]):
            # more of the other table, after a blank row of its own
            found[-1] = replace(found[-1], rows=found[-1].rows + int(filled[begin:end].sum()))
        else:
            inside = False
        cut[begin:end] = inside
    if not found:
        return grid, []
    mask = pa.array(np.concatenate([np.zeros(head.end, dtype=bool), cut]))
    return [pc.if_else(mask, NOTHING, column) for column in grid], found


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


def _printed_again(rest: list[pa.Array], head: Head, row: int) -> bool:
    """Whether the table's own header stands in a row, or in one of those below it."""
    for r in range(row, min(row + TITLES + 1, len(rest[0]))):
        cells = [(name, column[r].as_py()) for name, column in zip(head.names, rest, strict=False)]
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
