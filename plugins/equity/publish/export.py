"""The Excel download beside the page: every figure that the page may show, in Thai. Nothing in it is ever a formula."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

import xlsxwriter

from equity.publish.figures import Figure, Figures
from equity.publish.words import DIMENSIONS, HIDDEN, UNITS, UNKNOWN, moment, note
from equity.thai.dates import thai_date

NAME = "figures.xlsx"
FONT = "TH Sarabun New"
WITHHELD = "ปกปิด"
_Styles = dict[str, Any]
_HEADS = (
    ("รหัสตัวชี้วัด", 10),
    ("ตัวชี้วัด", 34),
    ("ค่าที่วัด", 34),
    ("พื้นที่", 14),
    ("แบ่งตาม", 16),
    ("กลุ่ม", 34),
    ("ค่า", 14),
    ("หน่วย", 13),
    ("ตัวตั้ง", 11),
    ("ตัวหาร", 11),
    ("ช่วงความเชื่อมั่น 95% ต่ำสุด", 15),
    ("ช่วงความเชื่อมั่น 95% สูงสุด", 15),
    ("สถานะ", 16),
    ("ณ วันที่", 18),
    ("หมายเหตุความครอบคลุม", 60),
    ("รหัสตัวเลข", 60),
)
_HEALTH_HEADS = (
    ("หน่วยงาน", 40),
    ("คืนล่าสุด", 18),
    ("ส่งมา (ครั้ง)", 12),
    ("พักไว้ (ครั้ง)", 12),
    ("แถวที่ได้รับ", 12),
    ("แถวที่บันทึก", 12),
    ("แถวที่เหมือนเดิม", 12),
    ("แถวซ้ำ", 12),
    ("แถวที่รอแก้ไข", 12),
    ("รับไว้ (%)", 12),
    ("จำนวนวันนับจากข้อมูลล่าสุด", 16),
    ("รอบส่งที่ตกลงไว้ (วัน)", 16),
    ("บุคคลที่จับคู่ข้ามหน่วยงานได้ (%)", 18),
)


def workbook(figures: Figures) -> bytes:
    """The workbook's bytes; the same figures give the same bytes."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    )
    title = f"ตัวเลขประกอบรายงานจังหวัด{figures.province.area_name_th}"
    # a fixed time: without it the bytes would differ at every run
    book.set_properties({"title": title, "created": datetime.combine(figures.as_of, time())})
    base = {"font_name": FONT, "font_size": 14, "valign": "top"}
    styles = {
        "plain": book.add_format(base),
        "wrap": book.add_format({**base, "text_wrap": True}),
        "title": book.add_format({**base, "bold": True, "font_size": 20, "font_color": "#1F3A5F"}),
        "head": book.add_format(
            {**base, "bold": True, "bg_color": "#1F3A5F", "font_color": "#FFFFFF", "border": 1, "text_wrap": True}
        ),
        "number": book.add_format({**base, "num_format": "#,##0.##", "align": "right"}),
        "whole": book.add_format({**base, "num_format": "#,##0", "align": "right"}),
        "right": book.add_format({**base, "align": "right"}),
    }
    _about(book.add_worksheet("อ่านก่อนใช้"), styles, figures, title)
    _sheet(book.add_worksheet("ตัวชี้วัด"), styles, _HEADS, [_line(row) for row in figures.rows])
    _sheet(book.add_worksheet("คุณภาพข้อมูล"), styles, _HEALTH_HEADS, [_health_line(row) for row in figures.health])
    book.close()
    return buffer.getvalue()


def _line(row: Figure) -> list[Any]:
    status = WITHHELD if row.suppressed else UNKNOWN if row.value is None and row.numerator is None else ""
    empty = HIDDEN if row.suppressed else None
    return [
        row.indicator_id,
        row.name_th,
        row.measure_th,
        row.area_name_th,
        DIMENSIONS.get(row.dimension, row.dimension),
        row.label,
        empty if row.value is None else row.value,
        "ร้อยละ" if row.unit == "percent" else UNITS.get(row.unit, row.unit),
        empty if row.numerator is None else row.numerator,
        empty if row.denominator is None else row.denominator,
        row.interval_low,
        row.interval_high,
        status or (UNKNOWN if row.value is None else ""),
        thai_date(row.as_of),
        note(row.note_th),
        row.figure_id,
    ]


def _health_line(row: Any) -> list[Any]:
    return [
        row.partner_name_th,
        thai_date(row.night),
        row.deliveries,
        row.deliveries_held,
        row.rows_received,
        row.rows_loaded,
        row.rows_unchanged,
        row.rows_repeated,
        row.rows_quarantined,
        row.accepted_percent,
        row.freshness_days,
        row.promised_days,
        row.identity_match_percent,
    ]


def _sheet(
    sheet: Any, styles: dict[str, Any], heads: Sequence[tuple[str, int]], lines: Sequence[Sequence[Any]]
) -> None:
    sheet.hide_gridlines(2)
    for column, (head, width) in enumerate(heads):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, head, styles["head"])
    for position, line in enumerate(lines, 1):
        for column, cell in enumerate(line):
            if cell is None or cell == "":
                continue
            if isinstance(cell, str):
                sheet.write_string(position, column, cell, styles["right"] if cell == HIDDEN else styles["plain"])
            else:
                sheet.write_number(position, column, float(cell), styles["number" if cell % 1 else "whole"])
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(lines), 1), len(heads) - 1)


def _about(sheet: Any, styles: _Styles, figures: Figures, title: str) -> None:
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 100)
    sheet.write_string(0, 0, title, styles["title"])
    lines = [
        ("ตัวเลข ณ วันที่", thai_date(figures.as_of)),
        ("ตามที่ทราบถึง", moment(figures.known_at) if figures.known_at else HIDDEN),
        (HIDDEN, "ปกปิดเพื่อคุ้มครองข้อมูลส่วนบุคคล เพราะมีคนน้อยกว่า 10 คน หรือเพราะใช้คำนวณย้อนหาจำนวนที่น้อยกว่า 10 คนได้"),
        (UNKNOWN, "ยังไม่มีข้อมูลที่ต้องใช้ ไม่ได้หมายความว่าเป็นศูนย์"),
        ("ช่วงความเชื่อมั่น 95%", "ค่าที่แท้จริงน่าจะอยู่ในช่วงนี้ (วิธีของ Wilson) ช่วงกว้างแปลว่าคนน้อย"),
        ("", ""),
    ]
    for definition in figures.definitions:
        parts = [f"ตัวตั้ง: {definition.numerator_th}"]
        parts += [f"ตัวหาร: {definition.denominator_th}"] if definition.denominator_th else []
        parts += [definition.rule_th] if definition.rule_th else []
        lines.append((f"{definition.indicator_id} {definition.name_th}", "\n".join(parts)))
    for position, (label, words) in enumerate(lines, 2):
        sheet.write_string(position, 0, label, styles["wrap"])
        sheet.write_string(position, 1, words, styles["wrap"])
