"""Where the tables of a sample stand: encoding, delimiter, sheets, header block, footers, values above their blocks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from equity.onboarding.vocabulary import Vocabulary
from equity.sources.readers import Unreadable, format_of
from equity.sources.readers.grids import (
    HEADER_WITHIN,
    SIGNATURE,
    SUBTOTAL,
    TOTAL_ALONE,
    Head,
    cleaned,
    fold,
    join_header,
)
from equity.sources.readers.items import flat_rows
from equity.sources.readers.jsons import documents
from equity.sources.readers.texts import DELIMITERS, decoded, encoding_of, text_grid
from equity.sources.readers.webpages import webpage_grid
from equity.sources.readers.workbooks import Workbook, below
from equity.sources.spec import ANY_LINE, Header, Table
from equity.thai import text

STRING = pa.string()
LOOKED_AT = 5_000  # rows of a sample: enough to know a column, little enough to be quick
DATA_LIKE = re.compile(
    r"^[\s(+-]*[\d๐-๙][\d๐-๙,./:\s-]*%?$|\d{9,}|^\d{1,2}\s*[ก-๙.]+\s*\d{2,4}$|@|^(นาย|นาง|นางสาว|น\.ส\.|ด\.ช\.|ด\.ญ\.)\s*[ก-๙]{2,}\s+[ก-๙]+"
)
LABELLED = re.compile(r"^\s*([^:：]{2,40}?)\s*[:：]\s*(\S.*)$")


@dataclass
class Found:
    """One table of a sample.

    columns: header → cells as sent, records only; row_no: their rows as the sender counts them; titles: the texts above
    the header; lines: texts that stand alone over a block of rows, above: the label that they begin with (`*` for none);
    skip: footers that were seen.
    """

    path: str
    format: str
    columns: dict[str, pa.Array]
    row_no: np.ndarray
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_rows: int = 0
    titles: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    skip: list[str] = field(default_factory=list)
    rows: str | None = None
    repeat: str | None = None
    above: str = ""

    @property
    def place(self) -> str:
        """The file, and the sheet where there are several."""
        return self.path + (f" [{self.sheet}]" if self.sheet else "")

    @property
    def words(self) -> str:
        """All that names the table: file, sheet, titles."""
        return "  ".join([Path(self.path).stem, self.sheet or "", *self.titles])


def find_tables(path: str, data: bytes, known: Vocabulary) -> list[Found]:
    """The tables of one sample.

    Raises:
        Unreadable: when the file holds nothing that can be read as a table.

    """
    if not data.strip():
        raise Unreadable("empty_file")
    kind = format_of(data, path)
    if kind == "workbook":
        return list(_of_workbook(path, data, known))
    if kind == "json":
        return list(_of_json(path, data))
    if kind == "webpage":
        found = _of_grid(path, webpage_grid(data), known, [])
        if found:
            found.encoding = encoding_of(data)
        return [found] if found else []
    encoding = encoding_of(data)
    whole = decoded(data, encoding, cut=False)
    if not whole.strip():
        raise Unreadable("empty_file")
    delimiter = delimiter_of(whole)
    found = _of_grid(path, text_grid(whole, delimiter, LOOKED_AT), known, [])
    if not found:
        raise Unreadable("header_not_found", place=Path(path).name, wanted=[])
    found.format, found.encoding, found.delimiter = "text", encoding, delimiter
    return [found]


def delimiter_of(content: str) -> str:
    """The delimiter under which most lines have the same number of cells, and many."""
    head = "\n".join(content.splitlines()[:200])

    def regular(delimiter: str) -> float:
        try:
            grid = text_grid(head, delimiter)
        except Unreadable:
            return 0
        rows = list(zip(*(column.to_pylist() for column in grid), strict=True))
        widths = Counter(max((i + 1 for i, cell in enumerate(row) if cell), default=0) for row in rows)
        widths.pop(0, None)
        many = sum(count for width, count in widths.items() if width > 1)
        return many * min(float(np.log2(max(widths, default=1))), 4) / max(1, sum(widths.values()))

    return max(DELIMITERS, key=regular)


def _of_workbook(path: str, data: bytes, known: Vocabulary) -> Iterator[Found]:
    book = Workbook(data)
    seen = False
    for sheet in book.sheets:
        grid = [column.slice(0, LOOKED_AT) for column in book.grid(sheet)]
        found = _of_grid(path, grid, known, book.merged(sheet)) if grid else None
        if found:
            seen = True
            found.format, found.sheet = "workbook", sheet
            yield found
    if not seen:
        raise Unreadable("header_not_found", place=", ".join(book.sheets), wanted=[])


def _of_grid(
    path: str, grid: list[pa.Array], known: Vocabulary, merged: list[tuple[int, int, int, int]]
) -> Found | None:
    """The table in a grid, or None where there is none (a cover sheet, a chart, notes)."""
    if len(grid) < 2 or not len(grid[0]):
        return None
    begin = cleaned(list(zip(*(column.slice(0, HEADER_WITHIN).to_pylist() for column in grid), strict=True)))
    head = header_block(begin, known, merged)
    if head is None:
        return None
    titles = list(dict.fromkeys(cell for row in begin[: head.first] for cell in row if cell))
    # a first look without rules tells which rules the table needs
    plain = _table([], [])
    columns, row_no = below(grid, head, plain, begin)
    if not len(row_no):
        return None
    skip = _footers(columns)
    label, lines = _lone_lines(columns)
    if label == ANY_LINE and ANY_LINE in columns:
        label, lines = "", []  # a column is headed so, and a spec could not tell the two apart
    columns, row_no = below(grid, head, _table(skip, [label] if lines else []), begin)
    return Found(
        path, "", columns, row_no, None, None, None, head.rows, titles, lines, skip, above=label if lines else ""
    )


def _table(skip: list[str], above: list[str]) -> Table:
    """A table without a record type, to read a grid by its layout alone."""
    from equity.sources.spec import Column

    fields = {f"line{i}": Column(above=label) for i, label in enumerate(above)}
    return Table.model_construct(
        record_type="", fields=fields, parts={}, skip=tuple(skip), fill=(), header=Header(), ignore=(), sheet=()
    )


def header_block(
    begin: list[list[str | None]], known: Vocabulary, merged: list[tuple[int, int, int, int]]
) -> Head | None:
    """The block of rows that most looks like a header: words, mostly known ones, over columns that hold data."""
    best: tuple[float, Head] | None = None
    for first in range(len(begin)):
        for rows in (1, 2, 3):
            end = first + rows
            if end >= len(begin):
                continue
            fits = _may_be_header(begin[first:end], [_Merged(*found) for found in merged], first)
            if fits is None:
                continue
            names = join_header(begin[first:end], {})
            score = _likeness(names, begin[end : end + 12], known) + fits - 0.01 * first
            if best is None or score > best[0]:
                best = (score, Head(first, rows, names))
    return best[1] if best and best[0] > 1.2 else None


class _Merged(NamedTuple):
    top: int
    left: int
    bottom: int
    right: int


def _may_be_header(rows: list[list[str | None]], merged: list[_Merged], first: int) -> float | None:
    """Whether some rows can be one header block (None when not), and how much their shape speaks for it.

    Of several rows the upper ones name groups: cells merged across, or with gaps beside them that the row below fills.
    """
    last = first + len(rows) - 1
    if sum(cell is not None for cell in rows[0]) < 2:
        return None
    down = [m for m in merged if m.left == m.right and m.bottom > m.top]
    if any(m.top < first <= m.bottom or m.top <= last < m.bottom for m in down if m.left < len(rows[0])):
        return None  # cuts through a cell that is merged downwards
    if len(rows) == 1:
        return 0.0
    shape = 0.0
    for depth, (above, below_) in enumerate(pairwise(rows)):
        if not any(below_) or any(cell and DATA_LIKE.search(cell) for cell in below_):
            return None
        gap_after = [_reaches_over(above, below_, i) for i in range(len(above))]
        groups = [i for i, cell in enumerate(above) if cell and gap_after[i]]
        single = [i for i, cell in enumerate(above) if cell and not gap_after[i]]
        across = [m for m in merged if m.top == first + depth and m.right > m.left]
        # where no group stands above, the second row is empty or says the same again (merged over both rows)
        other = [i for i in single if below_[i] and below_[i] != above[i] and not any(m.left == i for m in across)]
        if not groups or len(groups) + len(single) < 2 or len(other) > 0.34 * max(1, len(single)):
            return None
        told = len(groups) + len(single)
        merged_groups = sum(any(m.left == i for m in across) for i in groups)
        if merged_groups and (told >= 3 or told * 4 >= len(above)):
            shape += 0.6
        elif not merged and told >= 3 and told * 4 >= len(above):
            shape += 0.4
        else:
            shape -= 0.4
    return shape


def _reaches_over(above: list[str | None], below_: list[str | None], i: int) -> bool:
    """Whether nothing stands beside a cell until the next one, but something below that gap."""
    end = next((j for j in range(i + 1, len(above)) if above[j] is not None), len(above))
    return any(cell is not None for cell in below_[i + 1 : end])


def _likeness(names: list[str | None], data: list[list[str | None]], known: Vocabulary) -> float:
    """How much names look like a header over the rows of data below them."""
    rows = [row for row in data if any(row)]
    if not rows:
        return -1.0
    holds = [sum(bool(row[i]) for row in rows) for i in range(len(names))]
    score, told = 0.0, 0
    for name, filled in zip(names, holds, strict=True):
        if name is None:
            score -= 0.35 if filled else 0
            continue
        told += 1
        if DATA_LIKE.search(name) or LABELLED.match(name):
            score -= 1.2
        elif known.knows(name):
            score += 1.6
        elif any(cell == name for row in rows for cell in row):
            score -= 0.6  # what also stands among the values is a value
        else:
            score += 0.45 if len(name) <= 90 else 0.1
    usual = float(np.median([sum(cell is not None for cell in row) for row in rows]))
    return score - 0.5 * max(0.0, usual - told)


def _footers(columns: dict[str, pa.Array]) -> list[str]:
    """Which footers the rows hold: subtotals, signatures."""
    few = max(3, len(columns) // 4)
    found = set()
    for row in zip(*(column.to_pylist() for column in columns.values()), strict=True):
        cells = [cell for cell in row if cell and cell.strip()]
        if not cells or (len(cells) > few and not re.search(TOTAL_ALONE, text.clean_text(cells[0]))):
            continue
        if re.search(SUBTOTAL, text.clean_text(cells[0])):
            found.add("subtotals")
        elif any(re.search(SIGNATURE, cell) for cell in cells):
            found.add("signatures")
    return sorted(found, reverse=True)


def _lone_lines(columns: dict[str, pa.Array]) -> tuple[str, list[str]]:
    """Texts that stand over a block of rows, with the label that they begin with (`*` where there is none).

    A date, a village, a group: alone in its row, or beside a label that is the same each time.
    """
    rows = list(zip(*(column.to_pylist() for column in columns.values()), strict=True))
    filled = [[text.clean_text(cell) for cell in row if cell and cell.strip()] for row in rows]
    usual = float(np.median([len(cells) for cells in filled])) if filled else 0
    if usual < 3:
        return "", []
    lines, labels = [], []
    for cells, following in pairwise(filled):
        told = 1 <= len(cells) <= 2 and len(following) >= usual / 2
        if told and not re.search(SUBTOTAL, cells[0]) and not any(re.search(SIGNATURE, cell) for cell in cells):
            lines.append(" ".join(cells))
            labels.append(cells[0] if len(cells) == 2 else "")
    if not lines:
        return "", []
    if labels[0] and len(set(labels)) == 1 and len(lines) > 1 and not re.search(r"[\d๐-๙]", labels[0]):
        return labels[0].strip(" :："), lines
    alone = [line for line, label in zip(lines, labels, strict=True) if not label]
    label = common_label(alone)
    return (label if len(label) >= 2 else ANY_LINE), alone


def common_label(lines: list[str]) -> str:
    """The words that all lines begin with, without what varies."""
    if not lines:
        return ""
    first = lines[0]
    length = next(
        (i for i in range(len(first)) if any(len(line) <= i or line[i] != first[i] for line in lines)), len(first)
    )
    if len(set(lines)) == 1:
        found = re.match(r"^([^\d๐-๙:：]+)", first)
        length = len(found[1]) if found else length
    return re.sub(r"[\d๐-๙].*$", "", first[:length]).strip(" :：-–.")


# --- JSON


def _of_json(path: str, data: bytes) -> Iterator[Found]:
    read = list(documents(data))
    rows_path = next((p for _, document in read[:3] for p in _lists_in(document)), None)
    lists = [_at(document, rows_path) for _, document in read]
    items = [
        item for found in lists for item in (found if isinstance(found, list) else [found]) if isinstance(item, dict)
    ]
    if not items:
        raise Unreadable("rows_not_found", page=1, wanted=rows_path or "")
    repeats = Counter(name for item in items[:200] for name in _groups_in(item))
    yield _flat(path, items, rows_path, None, set(repeats))
    for name in repeats:
        yield _flat(path, items, rows_path, name, set(repeats))


def _flat(path: str, items: list[dict[str, Any]], rows_path: str | None, repeat: str | None, groups: set[str]) -> Found:
    flat: list[dict[str, str | None]] = []
    for item in items[:LOOKED_AT]:
        bare = {key: value for key, value in item.items() if key not in groups or key == repeat}
        flat += flat_rows(bare, repeat)
    headers = dict.fromkeys(header for row in flat for header in row)
    columns = {header: pa.array([row.get(header) for row in flat], STRING) for header in headers}
    return Found(
        path, "json", columns, np.arange(1, len(flat) + 1), encoding="utf-8", rows=rows_path or None, repeat=repeat
    )


def _lists_in(document: Any, path: str = "") -> Iterator[str]:
    """Paths of the lists of objects in a document, the outermost and longest first."""
    if isinstance(document, list):
        if document and isinstance(document[0], dict):
            yield path
        return
    if isinstance(document, dict):
        lists = [(k, v) for k, v in document.items() if isinstance(v, list) and v and isinstance(v[0], dict)]
        plain = [v for v in document.values() if not isinstance(v, list | dict)]
        envelope = {"results", "items", "data", "rows", "records", "value", "list", "result", "content", "features"}
        for key, found in sorted(lists, key=lambda pair: (pair[0] not in envelope, -len(pair[1]))):
            # an item with a repeat group of its own is not an envelope around a list of items
            if key in envelope or (len(plain) <= 6 and len(found) > 1):
                yield f"{path}.{key}" if path else key
        for key, inner in document.items():
            if isinstance(inner, dict):
                yield from _lists_in(inner, f"{path}.{key}" if path else key)


def _at(document: Any, path: str | None) -> Any:
    for step in path.split(".") if path else ():
        document = document.get(step) if isinstance(document, dict) else None
    return document


def _groups_in(item: dict[str, Any]) -> Iterator[str]:
    for key, value in item.items():
        if isinstance(value, list) and value and isinstance(value[0], dict) and not key.startswith("_"):
            yield key


def same_layout(one: Found, other: Found) -> bool:
    """Whether two tables have the same headers (up to spaces), as sheets by village or files by month have."""
    return {fold(h) for h in one.columns} == {fold(h) for h in other.columns}
