"""Samples for the tests of onboarding: small tables made on the spot, and the corpus with its truth."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import xlsxwriter

from equity.onboarding.layout import Found, find_tables
from equity.onboarding.recognise import Recognised, recognise
from equity.onboarding.vocabulary import Vocabulary, vocabulary
from equity.thai.national_ids import check_digit

CORPUS = Path(__file__).parent / "corpus"
Rows = Sequence[Sequence[object]]


def known() -> Vocabulary:
    """The dictionary alone, without what the demo partners' specs say."""
    return vocabulary(None)


# --- samples made on the spot


def text(rows: Rows, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """Delimited text."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter).writerows(rows)
    return buffer.getvalue().encode(encoding)


def workbook(sheets: dict[str, Rows], merged: Iterable[str] = ()) -> bytes:
    """An .xlsx; of merged cells (`A1:C1`, in every sheet) the first one holds the value."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for area in merged:
            sheet.merge_range(area, "")
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                if cell not in ("", None):
                    sheet.write(i, j, cell)
    book.close()
    return buffer.getvalue()


def tables(data: bytes, name: str = "sample") -> list[Found]:
    """The tables that are found in a sample."""
    return find_tables(name, data, known())


def table(data: bytes, name: str = "sample") -> Found:
    """The only table of a sample."""
    (found,) = tables(data, name)
    return found


def of_columns(columns: dict[str, Sequence[str | None]], path: str = "sample.csv", **more: Any) -> Found:
    """A table as if it had been found."""
    arrays = {header: pa.array(list(cells), pa.string()) for header, cells in columns.items()}
    size = max(map(len, columns.values()))
    return Found(path, "text", arrays, pa.array(range(2, size + 2)).to_numpy(), **more)


def recognised(columns: dict[str, Sequence[str | None]], wanted: str | None = None, **more: Any) -> Recognised:
    """A table as if it had been found, recognised."""
    return recognise(of_columns(columns, **more), known(), wanted)


def national_id(number: int) -> str:
    """A valid one, the same for the same number."""
    first = f"3520{number:08d}"
    return first + check_digit(first)


FIRST = ("สมชาย", "มาลี", "ประเสริฐ", "อรทัย", "วิชัย", "นงลักษณ์", "ธนา", "กมล")
LAST = ("ใจดี", "แก้วมา", "คำมูล", "ปินตา", "วงศ์คำ", "ทาแกง", "สีธิ", "จินะ")
PEOPLE = {
    "รหัสสมาชิก": [f"M-{i:03}" for i in range(8)],
    "เลขประจำตัวประชาชน": [national_id(i) for i in range(8)],
    "ชื่อ-สกุล": [f"{'นาง' if i % 2 else 'นาย'}{FIRST[i]} {LAST[i]}" for i in range(8)],
    "วันเกิด": [f"{i + 1}/0{i + 1}/253{i}" for i in range(8)],
    "โครงการ": ["อาชีพ-67"] * 8,
    "วันที่เข้าร่วม": [f"{i + 1}/6/2567" for i in range(8)],
    "รายได้ต่อเดือนก่อนเข้าร่วม": [f"{i + 3},500" for i in range(8)],
}


def rows_of(columns: dict[str, Sequence[Any]]) -> list[list[Any]]:
    """Header and rows."""
    return [list(columns), *map(list, zip(*columns.values(), strict=True))]


# --- the corpus


@dataclass(frozen=True)
class TrueTable:
    """What a table of the corpus is: its record type, what its columns feed, which of its rows are to be held."""

    source: str
    said: dict[str, Any]

    @property
    def file(self) -> str:
        """The file it stands in."""
        return str(self.said["file"])

    def columns(self) -> dict[str, dict[str, Any]]:
        """Header → {fields, also (may be added), any_of (other right answers), unsure (a human would ask), above}."""
        return {h: c if isinstance(c, dict) else {"fields": c} for h, c in self.said["columns"].items()}

    def right(self, header: str, got: set[str]) -> bool:
        """Whether a column may feed these fields."""
        said = self.columns()[header]
        answers, also = [set(said["fields"]), *map(set, said.get("any_of", []))], set(said.get("also", []))
        if said.get("unsure") and got <= set().union(*answers) | also:
            return True
        return any(answer <= got <= answer | also for answer in answers)


@dataclass(frozen=True)
class TrueSource:
    """One source of the corpus."""

    source: str
    said: dict[str, Any]

    @property
    def tables(self) -> list[TrueTable]:
        """Its tables."""
        return [TrueTable(self.source, table) for table in self.said["tables"]]

    def samples(self) -> dict[str, bytes]:
        """Its files."""
        names = dict.fromkeys(table.file for table in self.tables)
        return {name: (CORPUS / self.source / name).read_bytes() for name in names}


@cache
def truth() -> dict[str, TrueSource]:
    """The corpus: see its README."""
    said = json.loads((CORPUS / "truth.json").read_text("utf-8"))
    return {source: TrueSource(source, entry) for source, entry in said.items()}
