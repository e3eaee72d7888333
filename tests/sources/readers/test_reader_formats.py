"""What a file is, whatever it is called, and what is no table."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from reader_tables import ods, opened, rows, source, workbook

from equity.sources.readers import OpenTable, Unreadable


@pytest.mark.parametrize("data", [b"", b" \n\t", b"\xef\xbb\xbf", b"\xff\xfe"], ids=["none", "blank", "mark", "mark16"])
def test_a_file_of_nothing_is_empty(data: bytes) -> None:
    with pytest.raises(Unreadable) as hold:
        opened(data, "ก.csv", source())
    assert hold.value.code == "empty_file"


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"PK\x03\x04 cut off", "a.xlsx", "unreadable_workbook"),
        (b"not a workbook", "a.xls", "unreadable_workbook"),
        (b"%PDF-1.7", "a.pdf", "unknown_format"),
    ],
)
def test_what_is_no_table_is_refused(data: bytes, name: str, code: str) -> None:
    with pytest.raises(Unreadable) as hold:
        opened(data, name, source())
    assert hold.value.code == code


def test_a_file_that_no_table_declares() -> None:
    with pytest.raises(Unreadable) as hold:
        opened(b"a,b", "notes.csv", source({"files": "space*"}))
    assert hold.value.code == "not_declared" and hold.value.detail == {"name": "notes.csv"}


# --- the bytes tell what a file is, not its name


def spaces(found: OpenTable) -> list[str | None]:
    return [row[0] for row in rows(found).values()]


HEAD = ["รหัส", "ชื่อ แหล่ง", "ประเภท", "วันที่เปิด"]
TEXT = ",".join(HEAD) + "\nS1,x,hub,\n"
BOOK = workbook(("ก", {"A1": "รหัส", "B1": "ชื่อ แหล่ง", "C1": "ประเภท", "D1": "วันที่เปิด", "A2": "S1"}))
PAGE = "<html><body><table><tr><th>รหัส<th>ชื่อ แหล่ง<th>ประเภท<th>วันที่เปิด<tr><td>S1</table></body></html>".encode()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (BOOK, "a.csv"), (BOOK, "a.xls"), (BOOK, "a"), (TEXT.encode(), "a.xlsx"), (TEXT.encode("utf-16"), "a.xls"),
        (TEXT.replace(",", "\t").encode("cp874"), "a.xls"), (PAGE, "a.xls"), (PAGE, "a.csv"), (b"\xef\xbb\xbf" + PAGE, "a.xls"),
        (b'[{"\xe0\xb8\xa3\xe0\xb8\xab\xe0\xb8\xb1\xe0\xb8\xaa": "S1"}]', "a.csv"),
    ],
    ids=["xlsx as csv", "xlsx as xls", "xlsx as nothing", "csv as xlsx", "utf-16 as xls", "tsv as xls", "page as xls", "page as csv",
         "page with mark", "json as csv"],
)  # fmt: skip
def test_a_wrong_ending_does_not_matter(data: bytes, name: str) -> None:
    (found,) = opened(data, name, source())
    assert spaces(found) == ["S1"]


def test_a_title_in_square_brackets_makes_no_json() -> None:
    (found,) = opened(("[ทะเบียน] แหล่งเรียนรู้\n" + TEXT).encode(), "a.csv", source())
    assert spaces(found) == ["S1"]


def zipped(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("_", "."), content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n...", b"\x89PNG\r\n\x1a\n" + bytes(100), b"\xff\xd8\xff\xe0" + bytes(100), b"GIF89a..", b"\x1f\x8b\x08\x00abc",
        b"MZ\x90\x00\x03" + bytes(300) + b"This program cannot be run", b"\x7fELF" + bytes(60), b"Rar!\x1a\x07", bytes(5000),
        zipped(readme_txt=b"hello"), zipped(a_csv=TEXT.encode()), b"<?xml version='1.0'?><rss/>",
    ],
    ids=["pdf", "png", "jpeg", "gif", "gzip", "exe", "elf", "rar", "zeros", "zip", "zip of csv", "xml"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
def test_what_holds_no_table_is_named(data: bytes, name: str) -> None:
    with pytest.raises(Unreadable) as hold:
        opened(data, name, source())
    assert hold.value.code == "unknown_format" and hold.value.detail == {"name": name}


def test_a_web_page_with_cells_over_rows_and_columns_and_tables_within() -> None:
    page = (
        "<table><tr><td><table><tr><td>เมนู</td></tr></table></td><td>"
        "<table><tr><th>รหัส</th><th>ชื่อ แหล่ง</th><th>ประเภท</th><th>วันที่เปิด</th></tr>"
        "<tr><td rowspan=2>S1</td><td>x<br>y</td><td rowspan=3>hub</td><td>2567</td></tr>"
        "<tr><td>z &amp; w</td></tr><tr><td>S2</td><td colspan=1> </td><td>2568</td></tr></table></td></tr></table>"
    )
    (found,) = opened(page.encode("cp874"), "a.xls", source())
    assert rows(found) == {
        2: ["S1", "x\ny", "hub", "2567"], 3: ["S1", "z & w", "hub", None], 4: ["S2", None, "hub", "2568"],
    }  # fmt: skip


def test_an_old_workbook_with_dates_formulas_and_merged_cells() -> None:
    """A .xls that a program wrote: titles, a cell merged over two rows, a date cell, a formula, numbers."""
    (found,) = opened((Path(__file__).parent / "samples" / "learning_spaces.xls").read_bytes(), "a.xls", source())
    read = rows(found)
    assert list(read) == [5, 6, 7, 8] and found.place == "แหล่งเรียนรู้"
    assert read[5][:3] == ["S1", "ศาลากลางบ้าน", "hub"] and str(read[5][3]).startswith("2024-02-29")
    assert read[6] == ["S1", "ศาลาริมน้ำ", "hub", "1 ม.ค. ๒๕๖๘"]
    assert read[8][:2] == ["3100600445635", "3500.5"]


def test_an_open_document() -> None:
    cell = '<table:table-cell office:value-type="string"{}><text:p>{}</text:p></table:table-cell>'
    head = "".join(cell.format("", header) for header in HEAD)
    covered = "<table:covered-table-cell/>"
    tall = ' table:number-rows-spanned="2" table:number-columns-spanned="1"'
    body = (
        f"<table:table-row><table:table-cell/>{head}</table:table-row>"
        f"<table:table-row><table:table-cell/>{cell.format(tall, 'S1')}{cell.format('', 'x')}</table:table-row>"
        f"<table:table-row><table:table-cell/>{covered}{cell.format('', 'y')}</table:table-row>"
        '<table:table-row table:number-rows-repeated="3"><table:table-cell table:number-columns-repeated="9"/></table:table-row>'
        f"<table:table-row><table:table-cell/>{cell.format('', 'S2')}</table:table-row>"
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    (found,) = opened(ods(f'<table:table table:name="ก &amp; ข">{body}</table:table>'), "a.ods", source())
    assert found.place == "ก & ข"
    assert {n: row[:2] for n, row in rows(found).items()} == {2: ["S1", "x"], 3: ["S1", "y"], 7: ["S2", None]}
