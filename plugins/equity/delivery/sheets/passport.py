"""The hidden sheet that says what a correction workbook is, so that it may come back as a delivery.

It holds one JSON document, cut into cells of one column: reference, source, and of each sheet its record type, the
sender's headers in order, and a digest of every row as it was written. Light to import: a night's first look needs it.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ValidationError

SHEET = "_equity"
_CHUNK = 30_000  # letters of a cell: Excel takes 32,767
_SPREADSHEETS = {"xl/workbook.xml": b'"_equity"', "content.xml": b'"_equity"'}  # Excel's own; OpenDocument
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOOKED_AT = 64 << 20
_DIGITS = 12


class SheetSent(BaseModel):
    """One sheet as it was written; `rows` is the digests of its rows, twelve digits each.

    `reference` is the delivery whose rows these are, where a workbook has those of several.
    """

    sheet: str
    record_type: str
    place: str
    headers: list[str]
    rows: str
    reference: str = ""

    def digests(self) -> set[str]:
        """The digest of each row as it was written."""
        return {self.rows[i : i + _DIGITS] for i in range(0, len(self.rows), _DIGITS)}


class Passport(BaseModel):
    """What a correction workbook is."""

    equity: str = "correction"
    reference: str
    source: str
    sheets: list[SheetSent]


def digest(number: object, cells: Iterable[str | None]) -> str:
    """What changes when a cell of a row is changed; blanks at the ends and an Excel number's `.0` are no change."""
    said = [re.sub(r"\.0$", "", str(number)), *cells]
    joined = "\x1f".join(" ".join((cell or "").split()) for cell in said)
    return hashlib.blake2b(joined.encode("utf-8", "surrogatepass"), digest_size=_DIGITS // 2).hexdigest()


def write(book: Any, passport: Passport) -> None:
    """Add the sheet to a workbook, where Excel's menus do not show it."""
    sheet = book.add_worksheet(SHEET)
    sheet.very_hidden()
    text = json.dumps(passport.model_dump(), ensure_ascii=True, separators=(",", ":"))
    for row, start in enumerate(range(0, len(text), _CHUNK)):
        sheet.write_string(row, 0, text[start : start + _CHUNK])


def read(data: bytes) -> Passport | None:
    """The passport of a workbook that we wrote, also after Excel or LibreOffice saved it; None for all else."""
    if not _may_hold_one(data):
        return None
    from equity.sources.readers.table import Unreadable
    from equity.sources.readers.workbooks import Workbook

    try:
        book = Workbook(data)
        columns = book.grid(SHEET) if SHEET in book.sheets else []
        text = "".join(cell or "" for cell in columns[0].to_pylist()) if columns else ""
        found = Passport.model_validate_json(text)
    except (Unreadable, ValidationError, IndexError):
        return None
    return found if found.equity == "correction" else None


def _may_hold_one(data: bytes) -> bool:
    """Whether the file names a sheet like ours at all: a quick look."""
    if data.startswith(_OLE):
        return SHEET.encode() in data or SHEET.encode("utf-16-le") in data
    if not data.startswith(_ZIP):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            for part, mark in _SPREADSHEETS.items():
                if part in names:
                    with archive.open(part) as stream:
                        return mark in stream.read(_LOOKED_AT)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        return False
    return False
