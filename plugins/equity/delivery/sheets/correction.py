"""A correction sheet: the sender's columns in the sender's order, wrong cells open to be corrected, all else locked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from equity.delivery.reasons import Reason
from equity.delivery.sheets import choices, passport
from equity.delivery.sheets.styles import (
    LINE,
    LONGEST,
    SYMBOLS,
    Styles,
    height,
    letters,
    lines,
    protect,
    set_up_print,
)
from equity.delivery.to_correct import CORRECT, MARK, REASONS, ROW, TableToCorrect
from equity.records import code_lists, record_type
from equity.sources.spec import ANY_LINE
from equity.thai.text import clean_text

REASONS_WIDE, NOTE_WIDE = 64, 46
TAB = {"critical": "#C0392B", "warning": "#E0A800"}
_THAI = re.compile("[ก-๙]")
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d) 00:00:00")


@dataclass(frozen=True)
class Paper:
    """What all sheets of one workbook share."""

    book: Any
    styles: Styles
    lists: choices.Lists
    reference: str
    who: str
    returnable: bool  # whether the workbook itself can be sent back


def write(paper: Paper, name: str, table: TableToCorrect) -> passport.SheetSent:
    """Add the sheet of one table; returns what it is, for the passport."""
    sheet = paper.book.add_worksheet(name)
    styles = paper.styles
    sheet.set_default_row(LINE)
    rows = table.in_order()
    at = {header: column for column, header in enumerate(table.headers, 1)}
    reasons_at = len(table.headers) + 1
    last = reasons_at + paper.returnable
    day_first = _day_first(table)
    shown = [[_as_shown(value, first) for value, first in zip(values, day_first, strict=True)] for _, values, _ in rows]
    widths = _widths(table.headers, shown)
    sheet.set_column(0, 0, 11)
    for column, width in enumerate(widths, 1):
        sheet.set_column(column, column, width)
    sheet.set_column(reasons_at, reasons_at, REASONS_WIDE)
    if paper.returnable:
        sheet.set_column(last, last, 14)
    _heads(sheet, styles, table, widths, [ROW, *table.headers, REASONS, *([MARK] if paper.returnable else [])])
    digests, markable = [], []
    for row, ((number, _, reasons), cells) in enumerate(zip(rows, shown, strict=True), 1):
        gravest = "critical" if any(r.severity == "critical" for r in reasons) else "warning"
        if isinstance(number, int):
            sheet.write_number(row, 0, number, styles.row_number(gravest))
        else:
            sheet.write_string(row, 0, number, styles.row_number(gravest))
        digests.append(passport.digest(number, cells))
        _cells(sheet, paper, row, cells, _marks(reasons, table, at), reasons, table)
        words = _all_words(reasons, table, table.lines.get(number) if isinstance(number, int) else None)
        sheet.write_string(row, reasons_at, words, styles.reasons)
        need = max(
            lines(words, REASONS_WIDE),
            *(lines(cell, width) for cell, width in zip(cells, widths, strict=True) if cell and len(cell) > 7),
            1,
        )
        sheet.set_row(row, height(need))
        if paper.returnable:
            offered = gravest == "warning"
            sheet.write_blank(row, last, None, styles.mark(offered=offered))
            markable += [row] if offered else []
    end = len(rows)
    for header, choice in choices.of_columns(table.record_type, table.origins, table.spec).items():
        paper.lists.offer(sheet, 1, at[header], end, choice, header.rsplit(" / ", 1)[-1])
    if markable:
        _offer_mark(sheet, paper, last, markable)
    sheet.autofilter(0, 0, end, last)
    sheet.freeze_panes(1, 1)
    sheet.repeat_rows(0)
    set_up_print(sheet, paper.reference, paper.who)
    sheet.print_area(0, 0, end + 1, last)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{end + 1}"})
    sheet.set_tab_color(TAB["critical" if any(r.severity == "critical" for r in table.reasons) else "warning"])
    sheet.set_comments_author("")
    protect(sheet)
    return passport.SheetSent(
        sheet=name, record_type=table.record_type, place=table.place, headers=table.headers, rows="".join(digests),
        reference=table.reference,
    )  # fmt: skip


def _heads(sheet: Any, styles: Styles, table: TableToCorrect, widths: list[int], heads: Sequence[str]) -> None:
    fields = record_type(table.record_type).fields
    feeds = {header: name for name, headers in table.origins.items() if name in fields for header in headers}
    all_widths = [11, *widths, REASONS_WIDE, 14]
    deepest = 1
    for column, (head, width) in enumerate(zip(heads, all_widths, strict=False)):
        shown = head.replace(" / ", " /\n")  # a header of two rows, still the same to who compares headers
        sheet.write_string(0, column, shown, styles.head)
        deepest = max(deepest, lines(shown, width))
        if head in feeds and (not _THAI.search(head) or head == ANY_LINE):
            _comment(sheet, 0, column, f"{fields[feeds[head]].label.th} ({fields[feeds[head]].label.en})")
    sheet.set_row(0, height(deepest) + 6)


def _cells(
    sheet: Any, paper: Paper, row: int, cells: list[str | None], marks: dict[int, list[Reason]],
    reasons: Sequence[Reason], table: TableToCorrect,
) -> None:  # fmt: skip
    whole_row = any(not _columns_of(reason, table) for reason in reasons)
    for column, value in enumerate(cells, 1):
        said = marks.get(column)
        locked = not (paper.returnable and (said or whole_row))
        style = paper.styles.weight(said[0].severity if said else "", locked=locked, text=value or "")
        if value:
            sheet.write_string(row, column, value, style)
        elif said or not locked:
            sheet.write_blank(row, column, None, style)
        if said:
            words = [f"{SYMBOLS[r.severity]} {sentence(r, table)}" for r in said]
            empty = ["(ช่องนี้ว่าง)"] if not value else []
            _comment(sheet, row, column, "\n".join(dict.fromkeys(empty + words)))


def _comment(sheet: Any, row: int, column: int, words: str) -> None:
    size = {"width": 300, "height": 14 + 19 * lines(words, NOTE_WIDE)}
    sheet.write_comment(row, column, words, {**size, "font_size": 10, "font_name": "Tahoma", "color": "#FFFFE1"})


def _offer_mark(sheet: Any, paper: Paper, column: int, rows: list[int]) -> None:
    runs = list(_runs(rows))
    sheet.data_validation(
        runs[0][0], column, runs[0][1], column,
        {
            "validate": "list", "source": [CORRECT], "error_type": "stop",
            "error_title": MARK[:32], "error_message": f"เลือก “{CORRECT}” หรือเว้นว่างไว้",
            "input_title": MARK[:32], "input_message": f"ถ้าข้อมูลแถวนี้ถูกต้องอยู่แล้ว เลือก “{CORRECT}” ระบบจะไม่ถามอีก",
            "other_cells": [[first, column, end, column] for first, end in runs[1:]],
        },
    )  # fmt: skip


def _runs(rows: list[int]) -> Iterator[tuple[int, int]]:
    first = before = rows[0]
    for row in rows[1:]:
        if row != before + 1:
            yield first, before
            first = row
        before = row
    yield first, before


def _widths(headers: Sequence[str], rows: Sequence[Sequence[str | None]]) -> list[int]:
    """Column widths in letters: what most cells need, between 9 and 34."""
    widths = []
    for i, header in enumerate(headers):
        used = sorted(letters(row[i] or "") for row in rows)
        usual = used[int(len(used) * 0.95)] if used else 0
        longest_word = max(letters(part) for part in header.split(" / "))
        widths.append(min(34, max(9, usual + 3, longest_word * 2 // 3 + 4)))
    return widths


def _day_first(table: TableToCorrect) -> list[bool]:
    """For each column whether its date cells are shown day first: all but those that are read month first."""
    fields = table.spec.fields.values() if table.spec else ()
    month_first = {header for column in fields if column.order == "mdy" for header in column.headers()}
    return [header not in month_first for header in table.headers]


def _as_shown(value: str | None, day_first: bool) -> str | None:
    """A cell as its sender sees it: a date cell of Excel as a date, not as the file stores it."""
    if not value:
        return None
    if found := _DAY.fullmatch(value):
        return f"{int(found[3])}/{int(found[2])}/{found[1]}" if day_first else value[:10]
    return value if len(value) <= LONGEST else value[:LONGEST]


def sentence(reason: Reason, table: TableToCorrect) -> str:
    """The reason's sentence; for a word that no code list has, with the words that may stand there."""
    fields = record_type(table.record_type).fields
    field = fields.get(reason.cells[0]) if reason.cells else None
    if reason.code != "code.unknown" or field is None or field.codes is None:
        return reason.th
    allowed = [words.th for words in code_lists()[field.codes].values()]
    return f"{reason.th} คำที่ใช้ได้: {', '.join(allowed[:12])}"


def label(reason: Reason, table: TableToCorrect) -> str:
    """What the sender calls the cell: its header, with the field's Thai label where the header is not Thai."""
    headers = _columns_of(reason, table)
    if not headers:
        return "ทั้งแถว"
    field = record_type(table.record_type).fields.get(reason.cells[0])
    if field is None or (_THAI.search(headers[0]) and headers[0] != ANY_LINE):
        return headers[0]
    return field.label.th if headers[0] == ANY_LINE else f"{field.label.th} ({headers[0]})"


def _all_words(reasons: Sequence[Reason], table: TableToCorrect, line: str | None) -> str:
    ordered = sorted(reasons, key=lambda r: r.severity != "critical")
    said = [f"{SYMBOLS[r.severity]} {label(r, table)}: {sentence(r, table)}" for r in ordered]
    if line is not None:
        said.append(f"บรรทัดที่ส่งมา: {clean_text(line)[:2_000]}")
    return "\n".join(dict.fromkeys(said))


def _columns_of(reason: Reason, table: TableToCorrect) -> tuple[str, ...]:
    return table.origins.get(reason.cells[0], ()) if reason.cells else ()


def _marks(reasons: Sequence[Reason], table: TableToCorrect, at: dict[str, int]) -> dict[int, list[Reason]]:
    """Which columns a row's reasons colour, the gravest first."""
    marks: dict[int, list[Reason]] = {}
    for reason in sorted(reasons, key=lambda r: r.severity != "critical"):
        for cell in reason.cells:
            for header in table.origins.get(cell, ()):
                if header in at:
                    marks.setdefault(at[header], []).append(reason)
    return marks
