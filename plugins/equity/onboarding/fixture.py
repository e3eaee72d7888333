"""A fixture of a new source: the sample's layout with made-up people in it, and the counts that a dry run must give.

Nothing of a person survives: direct identifiers are invented, all other columns are shuffled each by itself, dates are
moved, and text that no field explains is left out.
"""

from __future__ import annotations

import csv
import io
import json
import random
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import xlsxwriter

from equity.delivery.trial import try_delivery
from equity.onboarding.layout import Found
from equity.onboarding.recognise import Mapped, Recognised
from equity.records import Field, RecordType
from equity.settings import BANGKOK
from equity.sources.spec import ANY_LINE, Source
from equity.thai.dates import thai_date
from equity.thai.national_ids import check_digit

ROWS = 12
# nobody is called so: a fixture's people are recognised at sight
MALE = ("สมมุติชัย", "ตัวอย่างพล", "จำลองศักดิ์", "ทดสอบเดช", "ลองวิทย์", "แบบอย่างชัย")
FEMALE = ("สมมุตินุช", "ตัวอย่างพร", "จำลองวดี", "ทดสอบใจ", "ลองมณี", "แบบอย่างฝัน")
LAST = ("ไม่มีจริง", "ใจสมมุติ", "วงศ์ตัวอย่าง", "บุญจำลอง", "ศรีทดสอบ", "แก้วลองดู")
PLAYED = datetime(2026, 3, 2, 12, tzinfo=BANGKOK)


def write_fixture(folder: Path, source: Source, recognised: list[Recognised], data: dict[str, bytes]) -> list[Path]:
    """Write an anonymised sample for each file and `expected.json` with what a dry run says of them."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    expected: dict[str, Any] = {}
    for name in data:
        tables = [table for table in recognised if table.found.path == name]
        if not tables:
            continue
        made = _made(tables)
        file = folder / Path(name).name
        if tables[0].found.format == "json":
            file = file.with_suffix(".json")
        elif tables[0].found.format in ("workbook", "webpage"):
            file = file.with_suffix(".xlsx")
        file.write_bytes(made)
        written.append(file)
        trial = try_delivery(source, name if source.fetch.by == "rest" else file.name, made, PLAYED)
        told = trial.as_json()
        expected[file.name] = {
            "name": told["file"], "state": told["state"],
            "tables": [{k: t[k] for k in ("record_type", "received", "loaded", "held")} for t in told["tables"]],
        }  # fmt: skip
    listed = folder / "expected.json"
    listed.write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return [*written, listed]


def _made(tables: list[Recognised]) -> bytes:
    found = tables[0].found
    if found.format == "json":
        return _json(tables)
    if found.format == "text":
        headers, rows = _rows(tables[0])
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer, delimiter=found.delimiter or ",", lineterminator="\r\n")
        writer.writerows([headers, *rows] if found.header_rows < 2 else [*_two_rows(headers), *rows])
        return buffer.getvalue().encode(found.encoding or "utf-8", "replace")
    return _workbook(tables)


def _workbook(tables: list[Recognised]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True})
    for table in tables:
        sheet = book.add_worksheet((table.found.sheet or "1")[:31])
        headers, rows = _rows(table)
        top = _stacked(headers, table.found.header_rows)
        sheet.write_string(0, 0, table.declared.label.th)
        for i, row in enumerate([[], *top, *rows], 0):
            for j, cell in enumerate(row):
                if cell:
                    sheet.write_string(i, j, cell)
    book.close()
    return buffer.getvalue()


def _stacked(headers: list[str], rows: int) -> list[list[str]]:
    """Headers as `rows` header rows: groups once, what has no group in the first row."""
    if rows < 2:
        return [headers]
    stacked = [["" for _ in headers] for _ in range(rows)]
    before: list[str] = []
    for i, header in enumerate(headers):
        steps = header.split(" / ")[-rows:]
        for depth, step in enumerate(steps):
            if depth == len(steps) - 1 or before[: depth + 1] != steps[: depth + 1]:
                stacked[depth][i] = step
        before = steps
    return stacked


def _two_rows(headers: list[str]) -> list[list[str]]:
    return _stacked(headers, 2)


def _json(tables: list[Recognised]) -> bytes:
    """Items with paths as keys again; repeat groups stand within the first items."""
    plain = next((table for table in tables if not table.found.repeat), None)
    items: list[dict[str, Any]] = []
    if plain:
        headers, rows = _rows(plain)
        items = [_nested(dict(zip(headers, row, strict=True))) for row in rows]
    for table in tables:
        group = table.found.repeat
        if not group:
            continue
        headers, rows = _rows(table)
        inner = [h for h in headers if h.startswith((f"{group}.", f"{group}/"))]
        for i, row in enumerate(rows):
            cells = dict(zip(headers, row, strict=True))
            while len(items) <= i:
                items.append(_nested({h: v for h, v in cells.items() if h not in inner}))
            items[i][group] = [{h.removeprefix(f"{group}."): cells[h] for h in inner}]
    rows_path = tables[0].found.rows
    document: Any = items
    for step in reversed(rows_path.split(".")) if rows_path else ():
        document = {step: document}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _nested(flat: dict[str, str]) -> dict[str, Any]:
    item: dict[str, Any] = {}
    for path, value in flat.items():
        steps = path.split(".") if "/" not in path else [path]
        at = item
        for step in steps[:-1]:
            at = at.setdefault(step, {})
        at[steps[-1]] = value
    return item


def _rows(table: Recognised) -> tuple[list[str], list[list[str]]]:
    """Headers in the sample's order and made-up rows."""
    found, declared = table.found, table.declared
    picked = random.Random(f"{found.path}{found.sheet}")  # noqa: S311 # the same sample gives the same fixture
    count = min(ROWS, len(found.row_no))
    mapped = {column.source: column for column in table.columns}
    headers = [header for header in found.columns if header != ANY_LINE]
    columns = [_column(found, declared, mapped.get(header), header, picked, count) for header in headers]
    return headers, [list(row) for row in zip(*columns, strict=True)]


def _column(
    found: Found, declared: RecordType, column: Mapped | None, header: str, picked: random.Random, count: int
) -> list[str]:
    if column is None or not column.fields:
        return [""] * count
    if column.part == "full_name":
        return [_name(picked, whole=True) for _ in range(count)]
    if column.part == "address":
        return [f"{picked.randint(1, 300)} ม.{picked.randint(1, 12)} ต.พิชัย อ.เมืองลำปาง จ.ลำปาง" for _ in range(count)]
    name = column.fields[0]
    field = declared.fields[name]
    if field.privacy == "direct":
        return [_invented(name, field, i, picked) for i in range(count)]
    cells = [value for value in found.columns[header].slice(0, 400).to_pylist() if value is not None]
    picked.shuffle(cells)
    cells = (cells * (count // max(1, len(cells)) + 1))[:count] if cells else [""] * count
    if field.type == "date":
        return [_moved(cell, picked) for cell in cells]
    if field.type in ("text", "ref") and field.privacy != "none":
        return ["ตัวอย่าง" for _ in cells]
    if field.type in ("text",):
        return [f"{field.label.th} {i % 4 + 1}" for i in range(count)]
    return cells


def _invented(name: str, field: Field, i: int, picked: random.Random) -> str:
    if field.type == "national_id":
        first = "1" + "".join(str(picked.randint(0, 9)) for _ in range(11))
        return first + check_digit(first)
    if field.type == "person_ref":
        return f"X{i + 1:04d}"
    if field.type == "phone":
        return f"08{picked.randint(10_000_000, 99_999_999)}"
    return {"first_name": _name(picked), "last_name": picked.choice(LAST), "name_prefix": "", "nickname": "",
            "house_no": str(picked.randint(1, 300))}.get(name, "")  # fmt: skip


def _name(picked: random.Random, *, whole: bool = False) -> str:
    girl = picked.random() < 0.5
    first = picked.choice(FEMALE if girl else MALE)
    return f"{'นางสาว' if girl else 'นาย'}{first} {picked.choice(LAST)}" if whole else first


def _moved(cell: str, picked: random.Random) -> str:
    """Another day in the same writing: only the day of the month is changed."""
    day = picked.randint(1, 28)
    moved = re.sub(r"^(\s*)[\d๐-๙]{1,2}(?=\s*[/\-. ])", rf"\g<1>{day}", cell, count=1)
    if moved == cell:
        moved = re.sub(r"(\d{4}-\d{2}-)\d{2}", rf"\g<1>{day:02d}", cell, count=1)
    return moved if moved != cell else thai_date(date(2024, 1, 1) + timedelta(days=picked.randint(0, 300)))
