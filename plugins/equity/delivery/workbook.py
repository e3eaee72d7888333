"""The correction workbook: only the rows to correct, in the sender's own columns and order.

Every wrong cell is coloured and says its reason in Thai; a summary sheet and a reference number go before. Nothing in it
is ever a formula.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa
import xlsxwriter

from equity.delivery.checks import Finding, Reason
from equity.delivery.holds import sentence
from equity.delivery.register import Counts, Delivery
from equity.records import code_lists, record_type
from equity.settings import BANGKOK
from equity.sources.readers import Block
from equity.sources.spec import Source
from equity.thai.dates import thai_date

ROWS_SHOWN = 2_000  # more than anybody corrects at a time
FONT = "TH Sarabun New"
COLOURS = {"critical": "#F4B6AE", "warning": "#FFE699"}
WEIGHTS = {"critical": "ต้องแก้ไข", "warning": "ควรตรวจสอบ"}
MEANINGS = {
    "critical": "สีแดง: แถวนี้ยังไม่ได้นำเข้า จนกว่าจะแก้ไขและส่งใหม่",
    "warning": "สีเหลือง: แถวนี้นำเข้าแล้ว แต่ขอให้ตรวจสอบช่องที่ระบายสี",
}
LINE = 21  # points that a line of 14-point Thai needs, marks above and below included


@dataclass
class TableToCorrect:
    """What is to be corrected in one table of a delivery, gathered block by block."""

    record_type: str
    place: str
    headers: list[str]
    origins: dict[str, tuple[str, ...]]
    rows: list[tuple[int, list[str | None], list[Reason]]] = field(default_factory=list)
    reasons: Counter[Reason] = field(default_factory=Counter)
    left_out: int = 0

    def add(self, findings: Sequence[Finding], block: Block) -> None:
        """Take up the rows of a block that have a finding."""
        by_row: dict[int, list[Reason]] = {}
        for finding in findings:
            if finding.reason.severity == "info":
                continue  # counted, not told
            self.reasons[finding.reason] += len(finding.rows)
            for position in finding.rows.tolist():
                by_row.setdefault(position, []).append(finding.reason)
        chosen = sorted(by_row)
        room = max(0, ROWS_SHOWN - len(self.rows))
        self.left_out += max(0, len(chosen) - room)
        chosen = chosen[:room]
        if chosen:
            take = pa.array(np.array(chosen))
            lists = [
                block.columns[h].take(take).to_pylist() if h in block.columns else [None] * len(chosen)
                for h in self.headers
            ]
            for i, position in enumerate(chosen):
                self.rows.append((int(block.row_no[position]), [column[i] for column in lists], by_row[position]))

    def add_broken(self, broken: list[tuple[int, str]], reason: Reason) -> None:
        """Take up lines that could not be cut into columns."""
        if broken:
            self.reasons[reason] += len(broken)
            room = max(0, ROWS_SHOWN - len(self.rows))
            self.left_out += max(0, len(broken) - room)
            for number, line in broken[:room]:
                self.rows.append((number, [line] + [None] * (len(self.headers) - 1), [reason]))


def workbook_name(delivery: Delivery) -> str:
    """The file's name in the partner's outbox: reference number, and what it answers."""
    answered = re.sub(r'[\s/\\:*?"<>|]+', "_", PurePosixPath(delivery.name).stem).strip("_")
    return f"แก้ไข_{delivery.reference}_{answered}.xlsx"


def correction_workbook(
    source: Source, delivery: Delivery, tables: Sequence[TableToCorrect], counts: Sequence[Counts] = ()
) -> bytes | None:
    """The workbook's bytes, or None when there is nothing to say. A held delivery's says why it is held."""
    tables = [table for table in tables if table.rows]
    if not tables and delivery.hold_code is None:
        return None
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True})
    book.set_properties({"title": delivery.reference, "created": delivery.received_at.replace(tzinfo=None)})
    styles = _Styles(book)
    _summary(book, styles, source, delivery, tables, counts)
    taken: set[str] = {"สรุป"}
    for table in tables:
        _sheet(book, styles, table, delivery, taken)
    book.close()
    return buffer.getvalue()


class _Styles:
    def __init__(self, book: Any) -> None:
        base = {"font_name": FONT, "font_size": 14, "valign": "top"}
        self.plain = book.add_format({**base, "text_wrap": True})
        self.row_no = book.add_format({**base, "align": "center", "border": 1, "font_color": "#1F3A5F"})
        self.wrap = book.add_format({**base, "text_wrap": True})
        self.title = book.add_format({**base, "bold": True, "font_size": 20, "font_color": "#1F3A5F"})
        self.head = book.add_format(
            {
                **base,
                "bold": True,
                "bg_color": "#1F3A5F",
                "font_color": "#FFFFFF",
                "border": 1,
                "text_wrap": True,
                "align": "center",
            }
        )
        self.number = book.add_format({**base, "num_format": "#,##0", "align": "right"})
        self.strong = book.add_format({**base, "bold": True})
        self.wrong = {
            weight: book.add_format(
                {**base, "text_wrap": True, "bg_color": colour, "border": 2 if weight == "critical" else 4}
            )
            for weight, colour in COLOURS.items()
        }


def _summary(
    book: Any,
    styles: _Styles,
    source: Source,
    delivery: Delivery,
    tables: Sequence[TableToCorrect],
    counts: Sequence[Counts],
) -> None:
    sheet = book.add_worksheet("สรุป")
    sheet.hide_gridlines(2)
    sheet.set_default_row(LINE)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 60)
    sheet.set_column(2, 7, 14)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_row(0, 30)
    sheet.write_string(0, 0, "ผลการตรวจข้อมูล", styles.title)
    received: datetime = delivery.received_at.astimezone(BANGKOK)
    facts = [
        ("เลขที่อ้างอิง", delivery.reference),
        ("ผู้ส่ง", source.partner.name.th),
        ("ไฟล์", delivery.name),
        ("ได้รับเมื่อ", thai_date(received.date())),
    ]
    row = 2
    for label, value in facts:
        sheet.write_string(row, 0, label, styles.strong)
        sheet.write_string(row, 1, value, styles.wrap)
        row += 1
    row += 1
    if delivery.hold_code:
        sheet.write_string(row, 0, "ยังไม่ได้นำเข้าข้อมูล", styles.strong)
        sheet.write_string(row, 1, sentence(delivery.hold_code, delivery.hold_detail), styles.wrap)
        sheet.write_string(row + 2, 0, "ข้อมูลเดิมของท่านยังอยู่ครบ ไม่มีสิ่งใดสูญหาย", styles.plain)
        return
    words = (
        "ขอบคุณที่ส่งข้อมูล แถวที่ถูกต้องนำเข้าแล้ว เหลือเฉพาะแถวในแผ่นงานถัดไปที่ขอให้ช่วยดู "
        "กรุณาแก้ในไฟล์ต้นฉบับของท่าน (ไม่ใช่ไฟล์นี้) แล้วส่งไฟล์ต้นฉบับมาใหม่ แถวที่ส่งซ้ำจะไม่ถูกนับสองครั้ง"
    )
    sheet.merge_range(row, 0, row, 7, words, styles.wrap)
    sheet.set_row(row, 2 * LINE)
    row += 1
    for weight, meaning in MEANINGS.items():
        sheet.write_string(row, 0, WEIGHTS[weight], styles.wrong[weight])
        sheet.merge_range(row, 1, row, 7, meaning, styles.wrap)
        row += 1
    row += 1
    heads = ("ตาราง", "", "ได้รับ", "นำเข้า", "เหมือนเดิม", "ซ้ำ", "ต้องแก้ไข", "ควรตรวจสอบ")
    for column, head in enumerate(heads):
        sheet.write_string(row, column, head, styles.head)
    for count in counts:
        row += 1
        sheet.write_string(row, 0, record_type(count.record_type).label.th, styles.plain)
        numbers = (count.received, count.loaded, count.unchanged, count.repeated, count.quarantined, count.flagged)
        for column, number in enumerate(numbers, 2):
            sheet.write_number(row, column, number, styles.number)
    row += 2
    for column, head in enumerate(("แผ่นงาน / ช่อง", "สิ่งที่พบและวิธีแก้", "จำนวน", "ระดับ")):
        sheet.write_string(row, column, head, styles.head)
    for table in tables:
        place = table.place or record_type(table.record_type).label.th
        for reason, cells in table.reasons.most_common():
            row += 1
            sheet.write_string(row, 0, f"{place} / {_label(reason, table)}", styles.wrap)
            sheet.write_string(row, 1, _words(reason, table), styles.wrap)
            sheet.write_number(row, 2, cells, styles.number)
            sheet.write_string(
                row, 3, WEIGHTS.get(reason.severity, ""), styles.wrong.get(reason.severity, styles.plain)
            )
            sheet.set_row(
                row,
                LINE
                * max(1, -(-len(_words(reason, table)) // 55), -(-len(f"{place} / {_label(reason, table)}") // 34)),
            )


def _sheet(book: Any, styles: _Styles, table: TableToCorrect, delivery: Delivery, taken: set[str]) -> None:
    name = _sheet_name(table.place or record_type(table.record_type).label.th, taken)
    sheet = book.add_worksheet(name)
    headers = [header.split(" / ") for header in table.headers]
    depth = max(len(parts) for parts in headers)
    sheet.set_default_row(LINE)
    sheet.set_column(0, 0, 8)
    last = len(headers) + 1
    widths = _widths(table, headers)
    for column, width in enumerate(widths, 1):
        sheet.set_column(column, column, width)
    sheet.set_column(last, last, 70)
    _heads(sheet, styles, headers, depth, last)
    for row in range(depth):
        sheet.set_row(row, 2 * LINE)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, depth - 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{depth + len(table.rows)}"})
    sheet.freeze_panes(depth, 1)
    at = {header: i + 1 for i, header in enumerate(table.headers)}
    for row, (number, values, reasons) in enumerate(sorted(table.rows, key=lambda r: r[0]), depth):
        sheet.write_number(row, 0, number, styles.row_no)
        marks = _marks(reasons, table, at)
        for column, value in enumerate(values, 1):
            style = styles.wrong[marks[column][0].severity] if column in marks else styles.plain
            if value is None and column in marks:
                sheet.write_string(row, column, "(ว่าง)", style)
            elif value is not None:
                sheet.write_string(row, column, _as_shown(value), style)
            if column in marks:
                comment = "\n".join(dict.fromkeys(_words(reason, table) for reason in marks[column]))
                sheet.write_comment(row, column, comment, {"x_scale": 2.2, "y_scale": 1.1, "font_size": 11})
        words = "\n".join(dict.fromkeys(f"{_label(reason, table)}: {_words(reason, table)}" for reason in reasons))
        sheet.write_string(row, last, words, styles.wrap)
        cells = (-(-len(value) // width) for value, width in zip(values, widths, strict=True) if value)
        reason_lines = sum(-(-len(line) // 60) for line in words.split("\n"))
        sheet.set_row(row, min(409, LINE * max(1, reason_lines, *cells)))  # Excel takes no higher row
    end = depth + len(table.rows)
    sheet.autofilter(depth - 1, 0, end - 1, last)
    if table.left_out:
        sheet.write_string(
            end + 1, 1, f"มีอีก {table.left_out:,} แถวที่ไม่ได้แสดง แก้แถวเหล่านี้ก่อน แล้วจะส่งส่วนที่เหลือให้", styles.strong
        )
    sheet.set_header(f"&R{delivery.reference}")


def _heads(sheet: Any, styles: _Styles, headers: list[list[str]], depth: int, last: int) -> None:
    for column, text in ((0, "แถวที่"), (last, "สิ่งที่ต้องแก้ไข")):
        if depth > 1:
            sheet.merge_range(0, column, depth - 1, column, text, styles.head)
        else:
            sheet.write_string(0, column, text, styles.head)
    column = 1
    while column <= len(headers):
        parts = headers[column - 1]
        if len(parts) == 1:
            if depth > 1:
                sheet.merge_range(0, column, depth - 1, column, parts[0], styles.head)
            else:
                sheet.write_string(0, column, parts[0], styles.head)
            column += 1
            continue
        end = column
        while end < len(headers) and len(headers[end]) > 1 and headers[end][0] == parts[0]:
            end += 1
        if end > column:
            sheet.merge_range(0, column, 0, end, parts[0], styles.head)
        else:
            sheet.write_string(0, column, parts[0], styles.head)
        for below in range(column, end + 1):
            sheet.write_string(1, below, headers[below - 1][1], styles.head)
        column = end + 1


def _widths(table: TableToCorrect, headers: list[list[str]]) -> list[int]:
    """Column widths in characters: what most cells need, between 8 and 34."""
    widths = []
    for i, header in enumerate(headers):
        lengths = sorted(len(values[i] or "") for _, values, _ in table.rows)
        usual = lengths[int(len(lengths) * 0.95)] if lengths else 0
        widths.append(min(34, max(8, usual + 2, len(header[-1]) * 2 // 3 + 3)))
    return widths


def _as_shown(value: str) -> str:
    """A date cell of Excel as its sender sees it, not as the file stores it."""
    found = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d) 00:00:00", value)
    return f"{int(found[3])}/{int(found[2])}/{found[1]}" if found else value


def _words(reason: Reason, table: TableToCorrect) -> str:
    """The reason's sentence; for a word that no code list has, with the words that may stand there."""
    fields = record_type(table.record_type).fields
    field = fields.get(reason.cells[0]) if reason.cells else None
    if reason.code != "code.unknown" or field is None or field.codes is None:
        return reason.th
    allowed = [words.th for words in code_lists()[field.codes].values()]
    return f"{reason.th} คำที่ใช้ได้: {', '.join(allowed[:12])}"


def _marks(reasons: list[Reason], table: TableToCorrect, at: dict[str, int]) -> dict[int, list[Reason]]:
    """Which columns a row's reasons colour, the gravest first."""
    marks: dict[int, list[Reason]] = {}
    for reason in sorted(reasons, key=lambda r: r.severity != "critical"):
        for cell in reason.cells:
            for header in table.origins.get(cell, ()):
                marks.setdefault(at[header], []).append(reason)
    return marks


def _label(reason: Reason, table: TableToCorrect) -> str:
    headers = table.origins.get(reason.cells[0], ()) if reason.cells else ()
    return headers[0] if headers else "ทั้งแถว"


def _sheet_name(wanted: str, taken: set[str]) -> str:
    base = "".join(c for c in wanted if c not in "[]:*?/\\'")[:28].strip() or "ตาราง"
    name, number = base, 1
    while name.casefold() in taken:
        number += 1
        name = f"{base} {number}"
    taken.add(name.casefold())
    return name
