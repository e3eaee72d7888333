"""Readers: the bytes of a delivery as tables of text, with the row numbers that the sender sees."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest

from equity.sources import readers
from equity.sources.readers import OpenTable, Unreadable, open_delivery
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


# --- workbooks


def test_titles_empty_rows_and_columns_line_breaks_subtotals_and_signatures() -> None:
    cells = {
        "C3:F3": "ทะเบียนแหล่งเรียนรู้ ตำบลแจ้ซ้อน", "C4": "ประจำปี ๒๕๖๘",
        "C6": "รหัส", "D6": "ชื่อ\n แหล่ง", "E6": "ชนิด", "F6": "วันที่  เปิด",
        "C7": "S1", "D7": "ศาลากลางบ้าน", "E7": "hub", "F7": "1 ม.ค. ๒๕๖๘",
        "C9": "S2", "D9": "บ้านครูแดง", "E9": "home", "F9": datetime(2024, 2, 29),
        "C10": "รวม", "D10": 2,
        "C11": "S3", "D11": "รวมใจ", "E11": "home", "F11": "2/1/2568",
        "D13": "ลงชื่อ ............................ ผู้รายงาน", "D14": "(นางสมศรี ใจดี)", "C15": " ",
    }  # fmt: skip
    sender = source({"header": {"rows": 1, "after": "ทะเบียนแหล่งเรียนรู้"}, "skip": ["subtotals", "signatures"]})
    (table,) = opened(workbook(("รายชื่อ", cells)), "ทะเบียน.xlsx", sender)
    assert table.headers == ["รหัส", "ชื่อ แหล่ง", "ชนิด", "วันที่เปิด"]
    assert table.place == "รายชื่อ"
    assert table.lacking() == [] and table.unknown() == []
    found = rows(table)
    assert found[7] == ["S1", "ศาลากลางบ้าน", "hub", "1 ม.ค. ๒๕๖๘"]
    assert found[9][:3] == ["S2", "บ้านครูแดง", "home"]
    assert (found[9][3] or "").startswith("2024-02-29")
    assert found[11] == ["S3", "รวมใจ", "home", "2/1/2568"]
    assert set(found) == {7, 9, 11}  # 10 is the subtotal, 13 and 14 the signature, 8 and 15 are empty


def test_a_name_in_brackets_below_a_signature_is_no_record() -> None:
    cells = {
        "A1": "รหัส", "B1": "ชื่อ แหล่ง", "C1": "ประเภท", "D1": "วันที่เปิด",
        "A2": "S1", "B2": "ศาลา", "C2": "hub",
        "C4": "ลงชื่อ", "C5": "(นางสมศรี ใจดี)", "C6": "ประธานชมรม", "C7": "วันที่ 2 มีนาคม 2569",
    }  # fmt: skip
    (table,) = opened(workbook(("ก", cells)), "ก.xlsx", source({"skip": ["signatures"]}))
    assert list(rows(table)) == [2]


def test_a_record_that_speaks_of_totals_or_signatures_stays() -> None:
    """Only rows with few cells are taken for subtotals and signature lines."""
    cells = {
        "A1": "รหัส", "B1": "ชื่อ แหล่ง", "C1": "ประเภท", "D1": "วันที่เปิด",
        "A2": "รวมใจ-01", "B2": "ศูนย์รวมใจ (ลงชื่อเข้าใช้)", "C2": "hub", "D2": "2568",
        "A3": "รวม", "B3": "1 แห่ง",
    }  # fmt: skip
    (table,) = opened(workbook(("ก", cells)), "ก.xlsx", source({"skip": ["subtotals", "signatures"]}))
    assert rows(table) == {2: ["รวมใจ-01", "ศูนย์รวมใจ (ลงชื่อเข้าใช้)", "hub", "2568"]}


def test_a_short_record_whose_reference_begins_like_a_subtotal_is_not_lost() -> None:
    cells = {
        "A1": "รหัส", "B1": "ชื่อ แหล่ง", "C1": "ประเภท", "D1": "วันที่เปิด",
        "A2": "รวมใจ-01", "B2": "ศูนย์รวมใจ", "C2": "hub", "A3": "รวม", "B3": "1 แห่ง", "A4": "รวม hub 1 แห่ง", "B4": "1",
    }  # fmt: skip
    (table,) = opened(workbook(("ก", cells)), "ก.xlsx", source({"skip": ["subtotals"]}))
    assert list(rows(table)) == [2]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_declared_header_that_stands_twice_is_held_and_nothing_is_guessed(kind: str) -> None:
    head, row = ["รหัส", "ชื่อ แหล่ง", "ประเภท", "วันที่เปิด", "ชื่อ แหล่ง"], ["S1", "ศาลา", "hub", "", "อีกชื่อ"]
    cells = {
        f"{column}{i}": cell
        for i, line in enumerate((head, row), 1)
        for column, cell in zip("ABCDE", line, strict=True)
    }
    data = workbook(("ก", cells)) if kind == "xlsx" else "\n".join(",".join(line) for line in (head, row)).encode()
    with pytest.raises(Unreadable):
        rows(opened(data, f"ก.{kind}", source())[0])


def test_subtotals_stay_where_the_spec_does_not_skip_them() -> None:
    cells = {"A1": "รหัส", "B1": "ชื่อ แหล่ง", "C1": "ประเภท", "D1": "วันที่เปิด", "A2": "รวม", "B2": "1"}
    (table,) = opened(workbook(("ก", cells)), "ก.xlsx", source())
    assert list(rows(table)) == [2]


def test_a_header_of_two_rows_with_merged_groups() -> None:
    cells = {
        "A1": "รายการ",
        "A2:A3": "รหัส", "B2:B3": "ชื่อ แหล่ง", "C2:D2": "ก่อนเข้าร่วม", "C3": "ประเภท", "D3": "วันที่เปิด", "E2:F2": "อื่น ๆ",
        "E3": "หมายเหตุ", "F3": "แก้ไข",
        "A4": "S1", "B4": "ศาลา", "C4": "hub", "D4": "2567", "E4": "x",
        "A5": "S2", "B5": "บ้าน", "C5": "home", "D5": "2568",
    }  # fmt: skip
    fields = FIELDS | {"opened_on": "ก่อนเข้าร่วม / วันที่เปิด"}
    sender = source({"header": {"rows": 2}, "fields": fields, "ignore": ["อื่น ๆ / หมายเหตุ"]})
    (table,) = opened(workbook(("ก", cells)), "ก.xlsx", sender)
    assert table.headers == ["รหัส", "ชื่อ แหล่ง", "ประเภท", "ก่อนเข้าร่วม / วันที่เปิด", "อื่น ๆ / หมายเหตุ", "อื่น ๆ / แก้ไข"]
    assert table.unknown() == ["อื่น ๆ / แก้ไข"]
    assert rows(table)[4] == ["S1", "ศาลา", "hub", "2567", "x", None]
    assert list(rows(opened(workbook(("ก", cells)), "ก.xlsx", sender)[0])) == [4, 5]


def test_hidden_rows_and_filtered_ones_are_records_like_others() -> None:
    cells = {"A1": "รหัส", "B1": "ชื่อ แหล่ง", "C1": "ประเภท", "D1": "วันที่เปิด"}
    cells |= {f"A{i}": f"S{i}" for i in range(2, 6)}

    def hide(book: Any) -> None:
        sheet = book.worksheets[0]
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["B"].hidden = True
        sheet.auto_filter.ref = "A1:D5"
        sheet.auto_filter.add_filter_column(0, ["S2"])

    (table,) = opened(workbook(("ก", cells), change=hide), "ก.xlsx", source())
    assert list(rows(table)) == [2, 3, 4, 5]


def test_numbers_keep_their_digits_and_formulas_give_their_cached_value() -> None:
    cells = {
        "A1": "รหัส", "B1": "ชื่อ แหล่ง", "C1": "ประเภท", "D1": "วันที่เปิด",
        "A2": 1112034563562, "B2": 3500.5, "C2": True, "D2": "=1+1", "A3": 7, "B3": "0812345678", "C3": 0.1,
    }  # fmt: skip
    (table,) = opened(workbook(("ก", cells)), "ก.xlsx", source())
    assert rows(table) == {2: ["1112034563562", "3500.5", "true", None], 3: ["7", "0812345678", "0.1", None]}


def test_the_declared_sheet_is_found_among_others_and_its_name_may_vary() -> None:
    head = {"A1": "รหัส", "B1": "ชื่อ แหล่ง", "C1": "ประเภท", "D1": "วันที่เปิด", "A2": "S1"}
    data = workbook(("สรุป", {"A1": "สวัสดี"}), ("แหล่งเรียนรู้  ปี 68", head), ("Sheet3", {}))
    (table,) = opened(data, "ก.xlsx", source({"sheet": "แหล่งเรียนรู้*"}))
    assert table.place == "แหล่งเรียนรู้  ปี 68" and list(rows(table)) == [2]


def test_two_tables_in_one_workbook_of_which_one_sheet_is_missing() -> None:
    head = {"A1": "รหัส", "B1": "ชื่อ แหล่ง", "C1": "ประเภท", "D1": "วันที่เปิด", "A2": "S1"}
    outcome = {
        "record_type": "outcome",
        "sheet": "ติดตาม",
        "fields": {"partner_person_ref": "รหัส", "followed_up_on": "วันที่"},
    }
    tables = opened(workbook(("แหล่ง", head)), "ก.xlsx", source({"sheet": "แหล่ง"}, outcome))
    assert [table.spec.record_type for table in tables] == ["learning_space"]


@pytest.mark.parametrize(
    ("sheets", "code", "said"),
    [
        ([("อื่น", {"A1": "รหัส"})], "no_sheet", ["อื่น"]),
        ([("แหล่ง", {})], "header_not_found", ["แหล่ง"]),
        ([("แหล่ง", {"A1": "รายชื่อ", "A2": "นาย ก"})], "header_not_found", ["แหล่ง", "รหัส"]),
    ],
)
def test_a_workbook_without_the_declared_table_is_held_by_name(sheets: Any, code: str, said: list[str]) -> None:
    with pytest.raises(Unreadable) as hold:
        opened(workbook(*sheets), "ก.xlsx", source({"sheet": "แหล่ง*"}))
    assert hold.value.code == code
    assert all(words in str(hold.value.detail) for words in said)
    assert "นาย ก" not in str(hold.value.detail), "a hold never quotes rows"


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


def test_a_header_only_sheet_has_no_rows() -> None:
    cells = {"A1": "รหัส", "B1": "ชื่อ แหล่ง", "C1": "ประเภท", "D1": "วันที่เปิด"}
    (table,) = opened(workbook(("ก", cells)), "ก.xlsx", source())
    assert rows(table) == {} and table.lacking() == []


def test_lacking_and_unknown_columns_are_named() -> None:
    cells = {"A1": "รหัส", "B1": "ประเภท", "C1": "หมู่", "D1": "ลำดับ", "A2": "S1"}
    (table,) = opened(
        workbook(("ก", cells)), "ก.xlsx", source({"ignore": ["ลำดับ"], "parts": {"place": {"tambon": "ตำบล"}}})
    )
    assert table.lacking() == ["name", "opened_on", "place"]
    assert table.unknown() == ["หมู่"]


# --- text files

HEAD = "รหัส,ชื่อ แหล่ง,ประเภท,วันที่เปิด\r\n"
BODY = "S1,“ศาลา”\u00a0กลาง,hub,๑/๑/๒๕๖๘\r\nS2,บ้าน…,home,\r\n"


@pytest.mark.parametrize(
    ("encode", "encoding"),
    [
        (lambda t: t.encode("utf-8"), None),
        (lambda t: t.encode("utf-8-sig"), None),
        (lambda t: t.encode("utf-8-sig"), "utf-8"),
        (lambda t: t.encode("utf-16"), None),
        (lambda t: b"\xfe\xff" + t.encode("utf-16-be"), None),
        (lambda t: t.encode("utf-16-le"), None),
        (lambda t: t.encode("cp874"), None),
        (lambda t: t.encode("cp874"), "cp874"),
    ],
    ids=["utf-8", "mark", "mark pinned", "utf-16", "big end", "no mark", "cp874", "cp874 pinned"],
)
def test_encodings_are_told_apart(encode: Callable[[str], bytes], encoding: str | None) -> None:
    (table,) = opened(encode(HEAD + BODY), "ก.csv", source(encoding=encoding))
    assert table.headers == ["รหัส", "ชื่อ แหล่ง", "ประเภท", "วันที่เปิด"]
    assert rows(table) == {2: ["S1", "“ศาลา”\u00a0กลาง", "hub", "๑/๑/๒๕๖๘"], 3: ["S2", "บ้าน…", "home", None]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp874"])
def test_a_long_file_is_told_apart_by_its_beginning(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "BLOCK_BYTES", 1 << 18)
    body = "".join(f"S{i},ชช{'ช' * (i % 17)},hub,๑/๑/๒๕๖๘\n" for i in range(40_000))
    data = (HEAD + body).encode(encoding)
    assert len(data) > 1 << 20
    (table,) = opened(data, "ก.csv", source())
    found = rows(table)
    assert list(found) == list(range(2, 40_002))
    assert found[40_001][0] == "S39999"


@pytest.mark.parametrize("delimiter", [",", "\t", "|", ";"])
@pytest.mark.parametrize("title", ["", "รายงานแหล่งเรียนรู้, เทศบาล, ประจำปี\n\n"])
def test_delimiters_are_found_by_the_declared_headers(delimiter: str, title: str) -> None:
    text = title + (HEAD + BODY).replace(",", delimiter)
    (table,) = opened(text.encode(), "ก.txt", source())
    first = 4 if title else 2
    assert {number: cells[0] for number, cells in rows(table).items()} == {first: "S1", first + 1: "S2"}


def test_quoted_cells_hold_line_breaks_delimiters_and_quotation_marks() -> None:
    text = HEAD + 'S1,"ศาลา\nกลาง, ""ใหม่""",hub,\nS2,x,home,1/1/2568\n'
    (table,) = opened(text.encode(), "ก.csv", source())
    assert rows(table) == {2: ["S1", 'ศาลา\nกลาง, "ใหม่"', "hub", None], 3: ["S2", "x", "home", "1/1/2568"]}


def test_a_header_with_a_line_break_in_quotes() -> None:
    text = 'รหัส,"ชื่อ\nแหล่ง",ประเภท,วันที่เปิด\nS1,x,hub,\nbroken\nS2,y,home,\n'
    (table,) = opened(text.encode(), "ก.csv", source())
    assert {number: cells[:2] for number, cells in rows(table).items()} == {2: ["S1", "x"], 4: ["S2", "y"]}
    assert table.broken == [(3, "broken")]


def test_empty_lines_count_as_rows_but_are_none() -> None:
    text = HEAD + "S1,x,hub,\r\n\r\n,,,\r\nS2,y,home,\r\n\r\n"
    (table,) = opened(text.encode(), "ก.csv", source())
    assert [(number, cells[0]) for number, cells in rows(table).items()] == [(2, "S1"), (5, "S2")]
    assert table.broken == []


def test_ragged_rows_are_broken_at_their_own_number_and_no_other_row_suffers() -> None:
    text = HEAD + "S1,x,hub,\nS2,y,home\nS3,z,hub,1,extra\nS4,w,home,\n,\n"
    (table,) = opened(text.encode(), "ก.csv", source())
    assert [(number, cells[0]) for number, cells in rows(table).items()] == [(2, "S1"), (5, "S4")]
    assert table.broken == [(3, "S2,y,home"), (4, "S3,z,hub,1,extra"), (6, ",")]


def test_a_comma_at_the_end_of_every_row_is_no_breakage() -> None:
    text = HEAD + "S1,x,hub,,\nS2,y,home,,\nS3,y,home\n"
    (table,) = opened(text.encode(), "ก.csv", source())
    assert [(number, cells[0]) for number, cells in rows(table).items()] == [(2, "S1"), (3, "S2")]
    assert [number for number, _ in table.broken] == [4]


@pytest.mark.parametrize("block", [110, 200, 10_000])
def test_row_numbers_hold_across_blocks_with_broken_rows_between(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "BLOCK_BYTES", block)
    monkeypatch.setattr(readers, "BLOCK_ROWS", 5)
    lines, good, bad = [], {}, []
    for number in range(2, 202):
        if number % 7 == 0 or 90 < number < 99:
            lines.append(f"broken {number}")
            bad.append((number, f"broken {number}"))
        elif number % 11 == 0:
            lines.append("")
        else:
            lines.append(f"S{number},x,hub,")
            good[number] = f"S{number}"
    head = "รหัส,ชื่อ แหล่ง,ประเภท,วันที่เปิด\n"
    (table,) = opened((head + "\n".join(lines) + "\n").encode(), "ก.csv", source())
    blocks = list(table.blocks)
    assert max(len(b) for b in blocks) <= 5
    found = {n: b.columns["รหัส"][i].as_py() for b in blocks for i, n in enumerate(b.row_no.tolist())}
    assert found == good
    assert table.broken == bad


def test_a_block_is_never_longer_than_it_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "BLOCK_ROWS", 3)
    cells = {"A1": "รหัส", "B1": "ชื่อ แหล่ง", "C1": "ประเภท", "D1": "วันที่เปิด"} | {f"A{i}": f"S{i}" for i in range(2, 9)}
    (table,) = opened(workbook(("ก", cells)), "ก.xlsx", source())
    assert [block.row_no.tolist() for block in table.blocks] == [[2, 3, 4], [5, 6, 7], [8]]


def test_header_only_and_header_without_a_last_line_break() -> None:
    for text in (HEAD, HEAD.strip(), HEAD + "\r\n\r\n", "ทะเบียน\n\n" + HEAD):
        (table,) = opened(text.encode(), "ก.csv", source())
        assert rows(table) == {} and table.broken == [] and table.lacking() == []


def test_line_ends_of_old_macs() -> None:
    (table,) = opened((HEAD + BODY).replace("\r\n", "\r").encode(), "ก.csv", source())
    assert [(number, cells[0]) for number, cells in rows(table).items()] == [(2, "S1"), (3, "S2")]


def test_the_first_bad_byte_is_named_under_a_pinned_encoding() -> None:
    good = (HEAD + BODY).encode("cp874")
    with pytest.raises(Unreadable) as hold:
        rows(opened(good + b"S3,\xdb\xdc,hub,\r\n", "ก.csv", source(encoding="cp874"))[0])
    assert hold.value.code == "unknown_encoding"
    assert hold.value.detail["offset"] == len(good) + 3


def test_the_first_bad_byte_is_named_where_no_encoding_fits() -> None:
    good = (HEAD + BODY).encode()
    with pytest.raises(Unreadable) as hold:
        rows(opened(good + b"S3,\xff\xfe,hub,\r\n", "ก.csv", source())[0])
    assert hold.value.code == "unknown_encoding" and hold.value.detail["offset"] == len(good) + 3


def test_a_bad_byte_far_behind_the_beginning_is_found_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "BLOCK_BYTES", 1 << 18)
    good = (HEAD + "".join(f"S{i},{'ก' * 100},hub,\r\n" for i in range(5_000))).encode()
    assert len(good) > 1 << 20
    with pytest.raises(Unreadable) as hold:
        rows(opened(good + b"S3,\xff,hub,\r\n", "ก.csv", source())[0])
    assert hold.value.code == "unknown_encoding" and hold.value.detail["offset"] == len(good) + 3


@pytest.mark.parametrize("text", ['รหัส,"ชื่อ แหล่ง\n' + "x" * 200_000, "a,b,c\n1,2,3\n", "สวัสดี\n"])
def test_a_text_without_the_declared_header_is_refused_not_an_accident(text: str) -> None:
    with pytest.raises(Unreadable) as hold:
        rows(opened(text.encode(), "ก.csv", source())[0])
    assert hold.value.code in ("header_not_found", "unreadable_text")


# --- pulls


def pull(*pages: Any) -> bytes:
    return b"\n".join(page if isinstance(page, bytes) else json.dumps(page).encode() for page in pages)


def api(**changes: Any) -> Source:
    table = {
        "record_type": "enrolment", "sends": "changes", "path": "/v1/e", "rows": "items",
        "fields": {
            "partner_record_ref": "no", "partner_person_ref": "learner.id", "provider": "learner.school.name", "kind": "kind",
            "started_on": "from",
        },
    }  # fmt: skip
    return source(table | changes, by="rest")


def test_nested_paths_lists_missing_keys_and_all_kinds_of_values() -> None:
    first = {
        "no": 1, "learner": {"id": "L1", "school": {"name": "บ้านแลง"}}, "kind": ["a", "b"], "from": None,
        "ok": True, "share": 0.5, "none": [], "extra": {"x": {"y": 1}},
    }  # fmt: skip
    (table,) = opened(pull({"items": [first, {"no": "2"}], "page": 1}, {"items": []}), "/v1/e", api())
    assert table.headers[:5] == ["no", "learner.id", "learner.school.name", "kind", "from"]
    at = {header: i for i, header in enumerate(table.headers)}
    found = rows(table)
    assert [found[1][at[h]] for h in ("no", "learner.id", "learner.school.name", "kind", "from")] == [
        "1", "L1", "บ้านแลง", "a,b", None,
    ]  # fmt: skip
    assert [found[1][at[h]] for h in ("ok", "share", "none", "extra.x.y")] == ["true", "0.5", None, "1"]
    assert found[2] == ["2"] + [None] * (len(table.headers) - 1)
    assert set(table.unknown()) == {"ok", "share", "none", "extra.x.y"}


def test_rows_are_numbered_over_all_pages_of_a_pull(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "BLOCK_ROWS", 4)
    pages = [{"items": [{"no": f"{page}-{i}"} for i in range(3)]} for page in range(3)]
    (table,) = opened(pull(*pages), "/v1/e", api())
    blocks = list(table.blocks)
    assert [block.row_no.tolist() for block in blocks] == [[1, 2, 3, 4], [5, 6, 7, 8], [9]]
    assert blocks[1].columns["no"].to_pylist() == ["1-1", "1-2", "2-0", "2-1"]


def test_a_pull_that_is_a_bare_list() -> None:
    (table,) = opened(pull([{"no": "1"}, {"no": "2"}]), "/v1/e", api(rows=None))
    assert rows(table) == {1: ["1"], 2: ["2"]}


@pytest.mark.parametrize(
    ("data", "code", "page"),
    [
        (pull({"items": []}, b"<html>down</html>"), "unreadable_json", 2),
        (pull({"data": []}), "rows_not_found", 1),
        (pull({"items": {"no": 1}}), "rows_not_found", 1),
        (pull(b'"text"'), "rows_not_found", 1),
    ],
)
def test_a_pull_that_is_no_list_of_items_is_refused(data: bytes, code: str, page: int) -> None:
    with pytest.raises(Unreadable) as hold:
        opened(data, "/v1/e", api())
    assert hold.value.code == code and hold.value.detail["page"] == page


@pytest.mark.parametrize("item", ["text", 5, None, ["a"]])
def test_an_item_that_is_no_object_is_refused(item: Any) -> None:
    with pytest.raises(Unreadable) as hold:
        opened(pull({"items": [{"no": "1"}, item]}), "/v1/e", api())
    assert hold.value.code == "rows_not_found"
