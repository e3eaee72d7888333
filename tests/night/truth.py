"""What the demo's generator planted, held against what the senders were told: the correction workbooks, read back."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import openpyxl

from equity.delivery.normalise import origins
from equity.delivery.problems import PROBLEMS
from equity.delivery.to_correct import OWN
from equity.records import record_type
from equity.settings import EXPECTATIONS
from equity.sources.spec import Source, Table

HATCHED = {"lightUp", "gray0625"}  # what must be corrected, what should be looked at
SYMBOLS = {"✗", "?"}


@dataclass(frozen=True)
class Told:
    """One coloured cell of a workbook: which row of the sender's, under which header, with which sentence."""

    row: int
    header: str
    sentence: str


def sentences(code: str) -> set[str]:
    """The Thai words of a reason code: a reader's problem or any suite's check."""
    words = {PROBLEMS[code].th} if code in PROBLEMS else set()
    for path in [*EXPECTATIONS.glob("*.json"), *EXPECTATIONS.glob("blocks/*.json")]:
        for expectation in json.loads(path.read_text("utf-8"))["expectations"]:
            if expectation["meta"].get("code") == code:
                words.add(expectation["meta"]["th"])
    return words


def told(workbook: Path, tables: list[Table]) -> dict[str, set[Told]]:
    """The coloured cells of a correction workbook by record type; sheets stand in the order of the spec's tables."""
    book = openpyxl.load_workbook(workbook)
    found: dict[str, set[Told]] = defaultdict(set)
    by_place = {
        table.sheet[0].strip("*") if table.sheet else record_type(table.record_type).label.th[:28]: table
        for table in tables
    }
    for sheet in book.worksheets[1:]:
        if sheet.sheet_state != "visible":
            continue
        table = next(table for place, table in by_place.items() if sheet.title.startswith(place[:28]))
        names = {cell.column: " ".join(str(cell.value).split()) for cell in sheet[1] if cell.value not in OWN}
        for row in sheet.iter_rows(min_row=2):
            number = row[0].value
            if not isinstance(number, int | float):
                continue
            found[table.record_type]  # a row that is shown counts even if nothing in it is coloured
            for cell in row:
                if cell.column in names and cell.fill.fill_type in HATCHED:
                    assert cell.comment is not None, f"{sheet.title}!{cell.coordinate} is coloured without a reason"
                    for line in cell.comment.text.split("\n"):
                        if line[:1] in SYMBOLS:
                            found[table.record_type].add(Told(int(number), names[cell.column], line[2:]))
    return found


def compare(source: Source, name: str, day, workbook: Path | None, planted: list[dict]) -> list[str]:
    """Differences between what was planted in one delivery and what its workbook says; empty when they agree."""
    tables = source.tables_for(name, day)
    found = told(workbook, tables) if workbook else {}
    wrong: list[str] = []
    for table in tables:
        mine = [line for line in planted if line["record_type"] == table.record_type]
        cells = found.get(table.record_type, set())
        by_row: dict[int, set[Told]] = defaultdict(set)
        for cell in cells:
            by_row[cell.row].add(cell)
        where = origins(table, table.expected_headers())
        for line in mine:
            headers = {h for column in [table.fields.get(line["field"])] if column for h in column.header} or set(
                where[line["field"]]
            )
            words = tuple(sentences(line["code"]))  # a sentence may go on: which words are allowed
            if not any(cell.header in headers and cell.sentence.startswith(words) for cell in by_row[line["row"]]):
                wrong.append(
                    f"{name}: {table.record_type} row {line['row']}: {line['field']} {line['code']} was not told"
                )
        rows = {line["row"] for line in mine}
        for row in sorted(set(by_row) - rows):
            wrong.append(f"{name}: {table.record_type} row {row} is a good row and was told: {by_row[row]}")
    return wrong
