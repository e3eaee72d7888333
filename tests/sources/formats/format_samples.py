"""One small delivery of every format, with the spec that reads it; and files made by hand that no program would write."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import xlsxwriter
from reader_tables import ods

from equity.delivery.trial import Trial, try_delivery
from equity.sources.spec import Source

DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
XLS = Path(__file__).parent.parent / "readers" / "samples" / "learning_spaces.xls"
SPACE_FIELDS = {"space_ref": "รหัส", "name": "ชื่อ แหล่ง", "kind": ["ประเภท", "ชนิด"], "opened_on": "วันที่เปิด"}
SPACE: dict[str, Any] = {"record_type": "learning_space", "sends": "everything", "fields": SPACE_FIELDS}
PERSON: dict[str, Any] = {
    "record_type": "participant",
    "sends": "everything",
    "fields": {
        "partner_person_ref": "รหัส", "national_id": "เลขบัตร", "phone": "โทร", "birth_date": "วันเกิด", "project_ref": "โครงการ",
        "joined_on": "เข้าร่วม", "baseline_monthly_income": {"header": "รายได้", "-": "zero", "ไม่มี": "unknown"},
        "target_groups": "กลุ่ม",
    },
    "parts": {"full_name": "ชื่อ-สกุล", "address": "ที่อยู่"},
}  # fmt: skip
PERSON_HEADERS = ("รหัส", "เลขบัตร", "ชื่อ-สกุล", "โทร", "วันเกิด", "ที่อยู่", "โครงการ", "เข้าร่วม", "รายได้", "กลุ่ม")
PERSON_ROWS = (
    ("P1", "3100600445635", "นายสมชาย ใจดี", "081-234-5678", "15/03/2540", "12 หมู่ 3 ต.แจ้ซ้อน อ.เมืองปาน จ.ลำปาง", "K1", "1 มิ.ย. 68", "3,500", "elderly"),
    ("P2", "1-1120-34563-56-2", "ด.ญ.มาลี แก้วคำ (นก)", "๐๘๑๒๓๔๕๖๗๙", "29/02/2567", "ต.พิชัย อ.เมือง", "K1", "2025-06-01", "-", "elderly;person_with_disability"),
    ("P3", "", "นาง สายทอง  ศรีวงค์", "0541234567", "2549", "", "K2", "45809", "3,000-5,000", ""),
    ("P3", "", "นาง สายทอง  ศรีวงค์", "0541234567", "2549", "", "K2", "45809", "3,000-5,000", ""),
)  # fmt: skip
SPACE_ROWS = (
    ("S1", "ศาลากลางบ้าน", "hub", "1 ม.ค. ๒๕๖๘"),
    ("S2", 'บ้าน "ครูแดง"', "home", "29/02/2567"),
    ("S3", "x", "?", "-"),
)


class Sample(NamedTuple):
    """A delivery, and who sends it."""

    name: str
    data: bytes
    source: Source


def sender(*tables: Mapping[str, Any], by: str = "folder", **version: Any) -> Source:
    """A partner who sends these tables."""
    return Source.model_validate(
        {
            "source": "a_partner",
            "partner": {"family": "unit", "name": {"th": "ก", "en": "A"}, "area": "52"},
            "fetch": {"by": by, "connection": "c"},
            "versions": [{"since": "2026-01-01", "tables": [dict(table) for table in tables], **version}],
        }
    )


def tried(sample: Sample) -> Trial:
    """The whole of a dry run."""
    return try_delivery(sample.source, sample.name, sample.data, NOON)


def lines(*rows: Sequence[str], delimiter: str = ",") -> str:
    """Rows as delimited text, quoted where that is needed."""

    def cell(value: str) -> str:
        quoted = any(sign in value for sign in (delimiter, '"', "\n"))
        return '"' + value.replace('"', '""') + '"' if quoted else value

    return "".join(delimiter.join(map(cell, row)) + "\r\n" for row in rows)


def book(*sheets: tuple[str, Sequence[Sequence[Any]]], merged: Sequence[str] = ()) -> bytes:
    """A workbook of rows; merged ranges are on its first sheet."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets:
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    for places in merged:
        made.worksheets[0].merge_cells(places)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def shared(rows: Sequence[Sequence[Any]], title: str = "ก") -> bytes:
    """A workbook whose texts stand in a part of their own, as Excel writes them."""
    buffer = io.BytesIO()
    made = xlsxwriter.Workbook(buffer, {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True})
    sheet = made.add_worksheet(title)
    for i, row in enumerate(rows):
        sheet.write_row(i, 0, row)
    made.close()
    return buffer.getvalue()


def repacked(data: bytes, **parts: bytes | None) -> bytes:
    """A zipped workbook with other parts (`__` stands for `/`, `_dot_` for `.`), None leaving one out."""
    said = {name.replace("__", "/").replace("_dot_", "."): content for name, content in parts.items()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in [*old.namelist(), *(name for name in said if name not in old.namelist())]:
            content = said.get(name, old.read(name) if name in old.namelist() else None)
            if content is not None:
                new.writestr(name, content)
    return buffer.getvalue()


SHEET = "xl__worksheets__sheet1_dot_xml"
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def sheet_xml(rows: str, before: str = "", after: str = "") -> bytes:
    """A sheet's part around its rows."""
    return f"<?xml version='1.0'?>{before}<worksheet {_MAIN}><sheetData>{rows}</sheetData>{after}</worksheet>".encode()


def inline(place: str, value: str) -> str:
    """A cell that holds its text itself."""
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


def ods_table(name: str, rows: Sequence[Sequence[str]]) -> str:
    """A table of texts; what is empty in it is a cell without a value, as programs write it."""

    def cell(value: str) -> str:
        if not value:
            return "<table:table-cell/>"
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    written = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    rest = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    return f'<table:table table:name="{name}">{written}{rest}</table:table>'


def webpage(rows: Sequence[Sequence[str]]) -> bytes:
    """A web page with a table."""
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<html><head><meta charset=utf-8></head><body><table border=1>{body}</table></body></html>".encode()


@cache
def samples() -> dict[str, Sample]:
    """A sample of each format, by name."""
    spaces, people = sender(SPACE), sender(PERSON)
    space_rows = (tuple(["รหัส", "ชื่อ แหล่ง", "ประเภท", "วันที่เปิด"]), *SPACE_ROWS)
    person_rows = (PERSON_HEADERS, *PERSON_ROWS)
    items = [dict(zip(PERSON_HEADERS, row, strict=True)) for row in PERSON_ROWS]
    laid_out = sender(
        SPACE
        | {
            "skip": ["subtotals", "signatures"],
            "fill": ["ประเภท"],
            "fields": SPACE_FIELDS | {"opened_on": {"above": "วันที่"}},
        }
    )
    report = (("ทะเบียนแหล่งเรียนรู้",), ("รหัส", "ชื่อ แหล่ง", "ประเภท"), ("วันที่ 1 ม.ค. 2568",), ("S1", "ศาลา", "hub"), ("S2", "บ้าน", ""),
              ("รวม", "2"), ("วันที่ 2 ม.ค. 2568",), ("S4", "วัด", "hub"), (), ("ลงชื่อ", "......"))  # fmt: skip
    two = [
        ["ทะเบียน"],
        ["รหัส", "ก่อน", "", "ประเภท"],
        ["", "ชื่อ แหล่ง", "วันที่เปิด", ""],
        *map(list, [(a, b, d, c) for a, b, c, d in SPACE_ROWS]),
    ]
    two_spec = sender(
        SPACE | {"header": {"rows": 2}, "sheet": ["แผ่น*", "หมู่*"], "every_sheet": True,
                 "fields": SPACE_FIELDS | {"name": "ก่อน / ชื่อ แหล่ง", "opened_on": "ก่อน / วันที่เปิด"}}
    )  # fmt: skip
    api = sender(PERSON | {"path": "/v1/p", "rows": "items"}, by="rest")
    visits = sender(
        {"record_type": "outcome", "sends": "changes", "path": "/v1/p", "rows": "items", "repeat": "visits",
         "fields": {"partner_person_ref": "id", "followed_up_on": "visits.on", "monthly_income": "visits.income"}},
        by="rest",
    )  # fmt: skip
    visited = [
        {"id": "L1", "visits": [{"on": "2025-01-05", "income": 3500}, {"on": "6 ก.พ. 2568", "income": None}]},
        {"id": "L2", "visits": []},
    ]
    text, people_text = lines(*space_rows), lines(*person_rows)
    return {
        "csv": Sample("a.csv", people_text.encode("utf-8-sig"), people),
        "cp874": Sample("a.csv", people_text.encode("cp874"), people),
        "tsv-utf16": Sample("a.txt", lines(*space_rows, delimiter="\t").encode("utf-16"), spaces),
        "pipe": Sample("a.txt", text.replace(",", "|").encode(), spaces),
        "laid-out-csv": Sample("a.csv", lines(*report).encode(), laid_out),
        "xlsx": Sample("a.xlsx", book(("Sheet1", person_rows)), people),
        "xlsx-shared": Sample("a.xlsx", shared(person_rows), people),
        "xlsx-merged": Sample("a.xlsx", book(("แผ่น 1", two), ("หมู่ 2", two), ("สรุป", [["x"]]), merged=["B2:C2", "A2:A3", "D2:D3", "A4:A5"]), two_spec),
        "xls": Sample("a.xls", XLS.read_bytes(), spaces),
        "ods": Sample("a.ods", ods(ods_table("ก", space_rows)), spaces),
        "webpage": Sample("a.xls", webpage(space_rows), spaces),
        "json-pages": Sample("/v1/p", b"\n".join(json.dumps({"items": part}, ensure_ascii=False).encode() for part in (items[:2], items[2:], [])), api),
        "json-document": Sample("/v1/p", json.dumps({"count": 4, "items": items}, indent=1).encode(), api),
        "json-lines": Sample("/v1/p", b"\n".join(json.dumps(item).encode() for item in items), sender(PERSON | {"path": "/v1/p"}, by="rest")),
        "json-repeat": Sample("/v1/p", json.dumps({"items": visited}, ensure_ascii=False).encode(), visits),
    }  # fmt: skip
