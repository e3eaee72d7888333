"""A fixture of a new source: the sample's layout with made-up people in it, and the counts that a dry run must give.

Nothing of a person survives (see `invented`). What no field is read from stays empty; titles, file names and names of
sheets are those that the spec asks for, with nothing of the sample in what varies.
`tests/sources/test_fixtures.py` holds every fixture of the house to its counts.
"""

from __future__ import annotations

import csv
import fnmatch
import io
import json
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import xlsxwriter

from equity.delivery.trial import Trial, try_delivery
from equity.onboarding.invented import Inventor, everything
from equity.onboarding.recognise import Recognised
from equity.records import Field
from equity.settings import BANGKOK, PROJECT
from equity.sources.readers.grids import fold
from equity.sources.spec import ANY_LINE, Source, Table
from equity.thai import text

ROWS = 12
FIXTURES = PROJECT / "tests" / "sources" / "fixtures"
EXPECTED = "expected.json"
COUNTS = ("received", "loaded", "held", "repeated", "superseded")
Grid = list[list[str]]


def folder_of(specs: Path, source: str) -> Path:
    """Where the fixture of a source is: among the tests for specs of the house, else beside the specs."""
    here = specs.resolve().is_relative_to(PROJECT)
    return (FIXTURES if here else specs / "fixtures") / source


def write_fixture(folder: Path, source: Source, recognised: list[Recognised], names: list[str]) -> list[Path]:
    """Write an anonymised sample for each file and what a dry run says of them; returns the paths.

    Args:
        folder: where to; files of an earlier fixture that are not written again are deleted.
        source: the spec.
        recognised: all tables of the samples.
        names: the samples' names, or the paths that were pulled.

    """
    folder.mkdir(parents=True, exist_ok=True)
    day = datetime.now(BANGKOK).date()
    inventor = Inventor(everything([table.found for table in recognised]), _words(source, day))
    files: dict[str, str] = {}
    for number, name in enumerate(dict.fromkeys(names), 1):
        tables = [_Made(table, _declared(source, table, day)) for table in recognised if table.found.path == name]
        if tables:
            file = _file_name(source, tables, name, number)
            (folder / file).write_bytes(_written(tables, inventor))
            files[file] = name if source.fetch.pulled else file
    for old in _listed(folder):
        if old not in files:
            (folder / old).unlink(missing_ok=True)
    _list(folder, source, files, day)
    return [*(folder / file for file in files), folder / EXPECTED]


def replay(folder: Path, source: Source) -> dict[str, Any]:
    """What the spec as it is now makes of a fixture, in the shape of `expected.json`."""
    listed = _listed(folder)
    return {file: _told(source, folder / file, said["name"], said["received_on"]) for file, said in listed.items()}


def expect(folder: Path, source: Source) -> tuple[dict[str, Any], dict[str, Any]]:
    """Take what the spec makes of a fixture now as what its test expects; returns what was expected, and what is."""
    before = _listed(folder)
    now = replay(folder, source)
    _write(folder, now)
    return before, now


def _list(folder: Path, source: Source, files: dict[str, str], day: date) -> None:
    _write(folder, {file: _told(source, folder / file, name, day.isoformat()) for file, name in files.items()})


def _write(folder: Path, told: dict[str, Any]) -> None:
    (folder / EXPECTED).write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _listed(folder: Path) -> dict[str, Any]:
    path = folder / EXPECTED
    listed: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return listed


def _told(source: Source, file: Path, name: str, received_on: str) -> dict[str, Any]:
    noon = datetime.combine(date.fromisoformat(received_on), time(12), BANGKOK)
    trial: Trial = try_delivery(source, name, file.read_bytes(), noon)
    told = trial.as_json()
    return {
        "name": name, "received_on": received_on, "state": told["state"],
        **({"reason": told["reason"]["code"]} if told["reason"] else {}),
        "tables": [{key: table[key] for key in ("record_type", *COUNTS)} for table in told["tables"]],
    }  # fmt: skip


# --- what the spec says of a sample's table


class _Made(NamedTuple):
    """A table of the sample, and what the spec declares for it."""

    table: Recognised
    declared: Table | None


def _declared(source: Source, table: Recognised, day: date) -> Table | None:
    """The spec's table that reads this one: of its record type, with most of its headers; None when none does."""
    mine = {fold(header) for header in table.found.columns}
    own = [t for t in source.version(day).tables if t.record_type == table.record_type]
    return max(own, key=lambda t: len(mine & {fold(h) for h in t.expected_headers()}), default=None)


def _words(source: Source, day: date) -> dict[str, set[str]]:
    words: dict[str, set[str]] = {}
    for table in source.version(day).tables:
        for name, said in table.codes.items():
            words.setdefault(name, set()).update(said)
    return words


def _file_name(source: Source, tables: list[_Made], name: str, number: int) -> str:
    """A name that the spec asks for; what varies in it says nothing of the sample's."""
    if source.fetch.pulled:
        return f"{Path(name).name or 'pull'}.json"
    pattern = next((made.declared.files for made in tables if made.declared and made.declared.files), None)
    pattern = pattern or source.fetch.pattern
    return _filled_in(pattern, f"sample_{number}" if pattern.startswith("*") else f"_{number}")


def _sheet_name(made: _Made, number: int, taken: set[str]) -> str:
    sheet, patterns = made.table.found.sheet or "", made.declared.sheet if made.declared else ()
    pattern = next((p for p in patterns if fnmatch.fnmatch(text.clean_text(sheet), p)), "Sheet*")
    name = _filled_in(pattern, str(number))[:31]
    return name if name not in taken else f"{name[:27]} {number}"


def _filled_in(pattern: str, word: str) -> str:
    return pattern.replace("*", word, 1).replace("*", "").replace("?", "1")


# --- files


def _written(tables: list[_Made], inventor: Inventor) -> bytes:
    found = tables[0].table.found
    if found.format == "json":
        return _json(tables, inventor)
    if found.format == "text":
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer, delimiter=found.delimiter or ",", lineterminator="\r\n")
        writer.writerows(row or [""] for row in _grid(tables[0], inventor, titled=False))
        return buffer.getvalue().encode(found.encoding or "utf-8", "replace")
    return _workbook(tables, inventor)


def _workbook(tables: list[_Made], inventor: Inventor) -> bytes:
    buffer = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    book = xlsxwriter.Workbook(buffer, plain)
    book.set_properties({"created": datetime(2026, 1, 1)})  # the same sample gives the same bytes
    taken: set[str] = set()
    for number, made in enumerate(tables, 1):
        name = _sheet_name(made, number, taken)
        taken.add(name)
        sheet = book.add_worksheet(name)
        for i, row in enumerate(_grid(made, inventor, titled=True)):
            for j, cell in enumerate(row):
                if cell:
                    sheet.write_string(i, j, cell)
    book.close()
    return buffer.getvalue()


def _grid(made: _Made, inventor: Inventor, *, titled: bool) -> Grid:
    """All rows of a sheet: a title, what stands above, the header block, the records with the lines over their blocks."""
    table, declared = made.table, made.declared
    headers, rows = _rows(made, inventor)
    titles = [[table.declared.label.th]] if titled else []
    if declared and declared.header.after:
        titles.append([declared.header.after])
    over = {c.source: c.fields[0] for c in table.columns if c.part == "above" and c.fields}
    for name, column in (declared.fields if declared else {}).items():
        if column.above and column.above not in over:
            titles.append([_line(column.above, name, table, inventor, 0)])
    body: Grid = []
    blocks = [rows[: len(rows) // 2], rows[len(rows) // 2 :]] if over else [rows]
    for i, block in enumerate(blocks):
        body += [[_line(label, name, table, inventor, i)] for label, name in over.items()] if block else []
        body += block
    return [*titles, *_stacked(headers, table.found.header_rows), *body]


def _line(label: str, name: str, table: Recognised, inventor: Inventor, i: int) -> str:
    value = inventor.value(name, table.declared.fields[name], i)
    return value if label == ANY_LINE else f"{label} {value}"


def _stacked(headers: list[str], rows: int) -> Grid:
    """Headers as `rows` header rows: groups once, what has no group in the first row."""
    if rows < 2:
        return [headers]
    stacked = [["" for _ in headers] for _ in range(rows)]
    before: list[str] = []
    for i, header in enumerate(headers):
        steps = header.split(" / ")
        steps = [*steps[: rows - 1], " / ".join(steps[rows - 1 :])] if len(steps) > rows else steps
        for depth, step in enumerate(steps):
            if depth == len(steps) - 1 or before[: depth + 1] != steps[: depth + 1]:
                stacked[depth][i] = step
        before = steps
    return stacked


def _json(tables: list[_Made], inventor: Inventor) -> bytes:
    """Items with paths as keys again; repeat groups stand within the first items."""
    plain = next((made for made in tables if not made.table.found.repeat), None)
    items: list[dict[str, Any]] = []
    if plain:
        headers, rows = _rows(plain, inventor)
        items = [_nested(dict(zip(headers, row, strict=True))) for row in rows]
    for made in tables:
        group = made.table.found.repeat
        if not group:
            continue
        headers, rows = _rows(made, inventor)
        inner = [h for h in headers if h.startswith((f"{group}.", f"{group}/"))]
        for i, row in enumerate(rows):
            cells = dict(zip(headers, row, strict=True))
            while len(items) <= i:
                items.append({})
            items[i] |= _nested({h: v for h, v in cells.items() if h not in inner and v})
            items[i][group] = [{h.removeprefix(f"{group}."): cells[h] for h in inner}]
    rows_path = tables[0].table.found.rows
    document: Any = items
    for step in reversed(rows_path.split(".")) if rows_path else ():
        document = {step: document}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _nested(flat: dict[str, str]) -> dict[str, Any]:
    item: dict[str, Any] = {}
    for path, value in flat.items():
        steps = path.split(".") if "/" not in path else [path]
        at: Any = item
        for step in steps[:-1]:
            if not isinstance(at.get(step), dict):  # here and there an object is just null
                at[step] = {}
            at = at[step]
        if not isinstance(at.get(steps[-1]), dict):
            at[steps[-1]] = value
    return item


def _rows(made: _Made, inventor: Inventor) -> tuple[list[str], Grid]:
    """Headers in the sample's order and made-up rows."""
    found = made.table.found
    rows = range(min(ROWS, len(found.row_no)))
    read = _read(made)
    headers = [header for header in found.columns if header != found.above]
    columns = []
    for header in headers:
        if header in read:
            name, field, part = read[header]
            columns.append(inventor.cells(found, header, name, field, part, rows))
        else:
            columns.append([""] * len(rows))
    return headers, [list(row) for row in zip(*columns, strict=True)]


def _read(made: _Made) -> dict[str, tuple[str, Field, str | None]]:
    """The columns that anything is read from, with a field that each feeds and the part it plays."""
    fields, there, declared = made.table.declared.fields, made.table.found.columns, made.declared
    said: dict[str, list[tuple[str, str | None]]] = {}  # a column may feed several fields
    for name, column in (declared.fields if declared else {}).items():
        for header in column.headers():
            said.setdefault(header, []).append((name, None))
    for part, roles in (declared.part_headers() if declared else {}).items():
        for role, header in roles.items():
            name = f"{role}_code" if part == "place" else "house_no" if part == "address" else "first_name"
            said.setdefault(header, []).append((name, None if part == "place" else part))
    # what was recognised knows more of a column, where the spec says the same of it or is not there to be asked
    for mapped in made.table.columns:
        if mapped.fields and mapped.part != "above":
            names = {name for name, _ in said.get(mapped.source, ())}
            if declared is None or names & set(mapped.fields) or (names and mapped.part is not None):
                said[mapped.source] = [(mapped.fields[0], mapped.part)]
    firsts = {header: found[0] for header, found in said.items() if header in there and found[0][0] in fields}
    return {header: (name, fields[name], part) for header, (name, part) in firsts.items()}
