"""A partner who sends learning spaces, and files as it might write them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl

from equity.sources.readers import OpenTable, open_delivery
from equity.sources.spec import Source

DAY = date(2026, 3, 2)
FIELDS = {"space_ref": "รหัส", "name": "ชื่อ แหล่ง", "kind": ["ประเภท", "ชนิด"], "opened_on": "วันที่เปิด"}


def source(*tables: dict[str, Any], by: str = "folder", **version: Any) -> Source:
    """A partner who sends learning spaces, unless tables say otherwise."""
    base = {"record_type": "learning_space", "sends": "everything", "fields": FIELDS}
    return Source.model_validate(
        {
            "source": "a_partner",
            "partner": {"family": "unit", "name": {"th": "ก", "en": "A"}, "area": "52"},
            "fetch": {"by": by, "connection": "c"},
            "versions": [{"since": DAY, "tables": [base | table for table in tables] or [base], **version}],
        }
    )


def opened(data: bytes, name: str, sender: Source) -> list[OpenTable]:
    return open_delivery(data, name, sender.tables_of(name, sender.versions[0]), sender.versions[0])


def rows(table: OpenTable) -> dict[int, list[str | None]]:
    """Row number → cells in the order of the headers."""
    found: dict[int, list[str | None]] = {}
    for block in table.blocks:
        for i, number in enumerate(block.row_no.tolist()):
            assert number not in found
            found[number] = [block.columns[header][i].as_py() for header in table.headers]
    return found


def workbook(*sheets: tuple[str, dict[str, Any]], change: Callable[[Any], None] | None = None) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, cells in sheets:
        sheet = book.create_sheet(title)
        for place, value in cells.items():
            if ":" in place:
                sheet[place.split(":")[0]] = value
                sheet.merge_cells(place)
            else:
                sheet[place] = value
    if change:
        change(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


_ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'office:version="1.3"><office:body><office:spreadsheet>{}</office:spreadsheet></office:body></office:document-content>'
)


def ods(tables: str) -> bytes:
    """An OpenDocument spreadsheet around its tables."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        package.writestr("META-INF/manifest.xml", "<manifest/>")
        package.writestr("content.xml", _ODS.format(tables))
    return buffer.getvalue()
