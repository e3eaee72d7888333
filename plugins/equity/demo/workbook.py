"""Excel workbooks as clubs make them: title rows, merged two-row headers, subtotals, signatures, hidden rows."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import xlsxwriter

from equity.demo.people import CLUB, Row
from equity.demo.tables import Delivery, Line, Part, Table
from equity.demo.writing import thai_digits

SUMMARY = (
    "สรุปผลการดำเนินงานประจำเดือน",
    "เดือนนี้สมาชิกมาร่วมกิจกรรมกันคึกคัก มีผู้เข้าร่วมใหม่จากหลายหมู่บ้าน",
    "กลุ่มทอผ้าและกลุ่มเพาะเห็ดเริ่มมีรายได้ประจำ ขอบคุณวิทยากรทุกท่าน",
    "ปัญหาที่พบ: รถรับส่งไม่พอ และบางหมู่บ้านสัญญาณโทรศัพท์ไม่ดี",
)


@dataclass
class Sheet:
    """One sheet: spec headers (`top / bottom` where a top cell spans its columns) and the table under them."""

    name: str
    after: str
    headers: Sequence[str]
    table: Table
    note: str = ""
    header_rows: int = 1
    typed: dict[str, str] = field(default_factory=dict)
    group: Callable[[Row], str] | None = None
    group_label: str = "รวม {group} {n} คน"
    total: str = ""
    left: int = 0
    lines: list[Line] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    subtotals: list[tuple[int, str, int, int]] = field(default_factory=list)
    end: int = 0

    def lay(self, sender: str) -> Part:
        """Give every line its place; numbers are Excel's own (1-based)."""
        self.title = [sender, self.after, *([self.note] if self.note else [])]
        self.lines = self.table.lines()
        self.first = len(self.title) + 1 + self.header_rows + 1
        at, since, group = self.first, self.first, None
        for line in self.lines:
            now = self.group(line.row) if self.group else None
            if group is not None and now != group:
                self.subtotals.append((at, group, since, at - 1))
                at += 1
                since = at
            group = now
            self.numbers.append(at)
            at += 1
        if group is not None:
            self.subtotals.append((at, group, since, at - 1))
            at += 1
        self.end = at
        return Part(self.table.record_type, self.lines, self.numbers)


@dataclass(frozen=True)
class Sender:
    """Who makes workbooks, under which name, and where they are put."""

    source: str
    title: str
    place: str


CHAE_SON = Sender(CLUB, "ชมรมเพื่อเพื่อนผู้พิการตำบลแจ้ซ้อน", "chae_son/drop")


def workbook(
    name: str,
    sheets: Sequence[Sheet],
    *,
    made: date,
    sender: Sender = CHAE_SON,
    summary: bool = False,
    **more: Any,
) -> Delivery:
    """Make a workbook delivery; `made` is written as its creation date, so that bytes repeat."""
    parts = [sheet.lay(sender.title) for sheet in sheets]

    def render() -> bytes:
        target = io.BytesIO()
        book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        book.set_properties({"author": sender.title, "created": datetime(made.year, made.month, made.day, 9, 30)})
        formats = {
            "title": book.add_format({"bold": True, "font_size": 14}),
            "head": book.add_format(
                {"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True}
            ),
            "date": book.add_format({"num_format": "dd/mm/yyyy"}),
            "sum": book.add_format({"bold": True, "bg_color": "#FFF2CC"}),
        }
        for sheet in sheets:
            _write(book.add_worksheet(sheet.name), sheet, formats)
        if summary:
            prose = book.add_worksheet("สรุป")
            for at, text in enumerate(SUMMARY):
                prose.write_string(at * 2, 0, text)
        book.close()
        return target.getvalue()

    return Delivery(sender.source, name, parts, render, sender.place, **more)


def _write(page: Any, sheet: Sheet, formats: dict[str, Any]) -> None:
    left, width = sheet.left, len(sheet.headers)
    for at, text in enumerate(sheet.title):
        page.write_string(at, left, text, formats["title"])
    head = len(sheet.title) + 1
    _write_header(page, sheet, head, formats["head"])
    page.autofilter(head + sheet.header_rows - 1, left, sheet.end - 2, left + width - 1)
    page.freeze_panes(head + sheet.header_rows, 0)
    day, string, plain = formats["date"], page.write_string, page.write_number
    for number, line in zip(sheet.numbers, sheet.lines, strict=True):
        cells = line.cells()
        for column, header in enumerate(sheet.headers, left):
            value = cells[header]
            if isinstance(value, str):
                if value:
                    string(number - 1, column, value)
            elif isinstance(value, date):
                page.write_datetime(number - 1, column, datetime(value.year, value.month, value.day), day)
            elif value is not None:
                plain(number - 1, column, value)
        if number % 397 == 7:
            page.set_row(number - 1, None, None, {"hidden": True})
    total = sheet.headers.index(sheet.total) + left if sheet.total else -1
    for number, group, first, last in sheet.subtotals:
        label = sheet.group_label.format(group=group, n=last - first + 1)
        string(number - 1, left, label if number % 3 else thai_digits(label), formats["sum"])
        if total >= 0:
            _write_sum(page, sheet, (number, total), first, last, style=formats["sum"])
    string(sheet.end - 1, left, "รวมทั้งสิ้น", formats["sum"])
    if total >= 0:
        _write_sum(page, sheet, (sheet.end, total), sheet.first, sheet.end - 1, style=formats["sum"])
    else:
        plain(sheet.end - 1, left + 1, len(sheet.lines), formats["sum"])
    string(sheet.end + 2, left + max(0, width - 4), "ลงชื่อ ........................ ผู้รายงาน")
    string(sheet.end + 4, left + max(0, width - 4), "ลงชื่อ ........................ ผู้ตรวจสอบ")


def _write_sum(page: Any, sheet: Sheet, cell: tuple[int, int], first: int, last: int, *, style: Any) -> None:
    number, column = cell
    letter = chr(ord("A") + column)
    among = zip(sheet.numbers, sheet.lines, strict=True)
    amounts = [line.cells()[sheet.total] for at, line in among if first <= at <= last]
    value = sum(amount for amount in amounts if isinstance(amount, int | float))
    page.write_formula(number - 1, column, f"=SUBTOTAL(9,{letter}{first}:{letter}{last})", style, value)


def _write_header(page: Any, sheet: Sheet, row: int, style: Any) -> None:
    column = sheet.left
    headers = list(sheet.headers)
    while headers:
        text = headers[0]
        top, _, bottom = text.partition(" / ")
        if sheet.header_rows == 1:
            page.write_string(row, column, sheet.typed.get(text, text), style)
        elif not bottom:
            page.merge_range(row, column, row + 1, column, sheet.typed.get(text, text), style)
        else:
            span = [h.partition(" / ")[2] for h in headers if h.partition(" / ")[0] == top and " / " in h]
            page.merge_range(row, column, row, column + len(span) - 1, sheet.typed.get(top, top), style)
            for at, under in enumerate(span):
                page.write_string(row + 1, column + at, sheet.typed.get(under, under), style)
            headers, column = headers[len(span) :], column + len(span)
            continue
        headers, column = headers[1:], column + 1
