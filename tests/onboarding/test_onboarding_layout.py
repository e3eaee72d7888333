"""Where the tables of a sample stand: header blocks, titles, gaps, cover sheets, footers, lines over blocks, JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from onboarding_samples import PEOPLE, national_id, rows_of, table, tables, text, workbook

from equity.onboarding.layout import delimiter_of
from equity.sources.readers import Unreadable
from equity.sources.spec import ANY_LINE

PLAIN = rows_of(PEOPLE)
BLANK = [""] * len(PEOPLE)


def titled(*titles: str) -> list[list[Any]]:
    return [*([title] for title in titles), *PLAIN]


# --- one header row


@pytest.mark.parametrize("above", [[], ["ทะเบียนสมาชิก"], ["ทะเบียนสมาชิก", "ประจำปี 2567", ""]], ids=len)
def test_a_header_below_titles(above: list[str]) -> None:
    found = table(workbook({"Sheet1": titled(*above)}))
    assert (found.header_rows, list(found.columns), found.titles) == (1, list(PEOPLE), [t for t in above if t])
    assert found.row_no.tolist() == [len(above) + 2 + i for i in range(8)], "rows as Excel counts them"
    assert found.columns["รหัสสมาชิก"].to_pylist() == PEOPLE["รหัสสมาชิก"]


def test_header_words_that_nobody_knows_are_a_header_all_the_same() -> None:
    rows = [["กขค", "งจฉ", "ชซฌ"], *([f"{i}", f"{i * 7}", f"{i}/1/2567"] for i in range(1, 9))]
    found = table(text(rows))
    assert (found.header_rows, list(found.columns), len(found.row_no)) == (1, ["กขค", "งจฉ", "ชซฌ"], 8)


def test_rows_of_data_are_no_header() -> None:
    found = table(text([*PLAIN[:1], *PLAIN[1:]]))
    assert found.row_no[0] == 2 and found.header_rows == 1


def test_line_breaks_and_double_spaces_in_a_header() -> None:
    rows = [["รหัสสมาชิก", "ชื่อ\n-สกุล", "วัน  เกิด"], *([f"M{i}", f"นายสมชาย ใจดี{i}", "1/1/2530"] for i in range(5))]
    found = table(workbook({"1": rows}))
    assert [header.replace("\n", "").replace(" ", "") for header in found.columns] == ["รหัสสมาชิก", "ชื่อ-สกุล", "วันเกิด"]


# --- several header rows


def test_two_rows_with_merged_groups() -> None:
    rows = [
        ["ทะเบียน", "", "", "", ""],
        ["ที่", "ผู้เข้าร่วม", "", "ที่อยู่", ""],
        ["", "ชื่อ", "สกุล", "ตำบล", "อำเภอ"],
        *([i, "สมชาย", "ใจดี", "พิชัย", "เมืองลำปาง"] for i in range(1, 6)),
    ]
    found = table(workbook({"1": rows}, ["A1:E1", "A2:A3", "B2:C2", "D2:E2"]))
    assert found.header_rows == 2
    assert list(found.columns) == ["ที่", "ผู้เข้าร่วม / ชื่อ", "ผู้เข้าร่วม / สกุล", "ที่อยู่ / ตำบล", "ที่อยู่ / อำเภอ"]
    assert found.row_no.tolist() == [4, 5, 6, 7, 8]


def test_two_rows_with_gaps_instead_of_merged_cells() -> None:
    rows = [
        ["รหัสสมาชิก", "ชื่อ-สกุล", "ที่อยู่", "", "รายได้", ""],
        ["", "", "ตำบล", "อำเภอ", "ก่อน", "หลัง"],
        *([f"M{i}", f"นายสมชาย ใจดี{i}", "พิชัย", "เมืองลำปาง", 100 * i, 200 * i] for i in range(1, 7)),
    ]
    found = table(text(rows))
    assert found.header_rows == 2
    assert list(found.columns)[2:] == ["ที่อยู่ / ตำบล", "ที่อยู่ / อำเภอ", "รายได้ / ก่อน", "รายได้ / หลัง"]


def test_three_rows_with_merged_groups() -> None:
    rows = [
        ["รหัสสมาชิก", "ผู้เข้าร่วม", "", "", "", "วันเกิด"],
        ["", "ชื่อ", "", "ที่อยู่", "", ""],
        ["", "ชื่อ", "สกุล", "ตำบล", "อำเภอ", ""],
        *([f"M{i}", "สมชาย", "ใจดี", "พิชัย", "เมืองลำปาง", "1/1/2530"] for i in range(1, 6)),
    ]
    found = table(workbook({"1": rows}, ["A1:A3", "B1:E1", "F1:F3", "B2:C2", "D2:E2"]))
    assert found.header_rows == 3 and len(found.row_no) == 5
    assert list(found.columns)[1:5] == [
        f"ผู้เข้าร่วม / {below}" for below in ("ชื่อ", "ชื่อ / สกุล", "ที่อยู่ / ตำบล", "ที่อยู่ / อำเภอ")
    ]


def test_a_title_merged_over_some_columns_is_no_second_header_row() -> None:
    rows = [["ทะเบียนสมาชิก", "", "", "ปี 2567"], *[row[:4] for row in PLAIN]]
    assert table(workbook({"1": rows}, ["A1:C1"])).header_rows == 1


# --- what is no table, and what is no record


def test_cover_sheets_and_notes_are_no_tables() -> None:
    sheets = {"ปก": [["รายงานประจำปี"], ["ชมรมตัวอย่าง"]], "สมาชิก": PLAIN, "หมายเหตุ": [["ข้อมูล ณ วันที่ 1"]]}
    assert [found.sheet for found in tables(workbook(sheets))] == ["สมาชิก"]


def test_every_sheet_with_a_header_is_a_table() -> None:
    found = tables(workbook({"หมู่ 1": PLAIN, "หมู่ 2": titled("หมู่ 2")}))
    assert [(t.sheet, len(t.row_no)) for t in found] == [("หมู่ 1", 8), ("หมู่ 2", 8)]


def test_a_workbook_without_any_table_is_refused() -> None:
    with pytest.raises(Unreadable) as refused:
        tables(workbook({"ปก": [["รายงานประจำปี"], ["ชมรมตัวอย่าง"]]}))
    assert refused.value.code == "header_not_found" and refused.value.detail["place"] == "ปก"


@pytest.mark.parametrize("data", [b"", b" \n\t ", "\ufeff \r\n".encode()], ids=["none", "blanks", "bom"])
def test_an_empty_sample_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        tables(data)
    assert refused.value.code == "empty_file"


def test_subtotals_and_signatures_are_told_and_are_no_rows() -> None:
    footers = [
        ["รวม", "", "", "", "", "", "45,000"],
        BLANK,
        ["ลงชื่อ ...................... ผู้รายงาน"],
        ["(นายสมชาย ใจดี)"],
    ]
    found = table(text([*PLAIN, *footers]))
    assert found.skip == ["subtotals", "signatures"] and len(found.row_no) == 8


# rows below the last record, and whether they are records
FOOTERS = {
    "a sum in the middle": (["", "", "", "รวมทั้งสิ้น", "116", "คน", ""], False),
    "a count of one kind": (["", "", "", "ชาย", "15", "คน", ""], False),
    "a long sum": (["", "", "", "รวมเดือนสิงหาคม", "7,950", "800", "59,700"], False),
    "a reference that begins like a sum": (["รวมใจ-01", national_id(90), "นายสมชาย ใจดี", "1/1/2530", "", "", ""], True),
    "a person of whom little is known": (["", "", "นายสมชาย ใจดี", "", "อาชีพ-67", "", ""], True),
}


@pytest.mark.parametrize("case", FOOTERS)
def test_what_adds_up_is_no_record_and_nothing_else_is_lost(case: str) -> None:
    row, is_record = FOOTERS[case]
    found = table(workbook({"1": [*PLAIN, row, ["รวม", "", "", "", "", "", 1]]}))
    assert len(found.row_no) == 8 + is_record


# --- values over their blocks


def test_lines_over_blocks_are_told_and_become_a_column() -> None:
    rows = [PLAIN[0], ["วันที่ 5 มกราคม 2567"], *PLAIN[1:5], ["วันที่ 12 มกราคม 2567"], *PLAIN[5:]]
    found = table(workbook({"1": rows}))
    assert found.lines == ["วันที่ 5 มกราคม 2567", "วันที่ 12 มกราคม 2567"]
    assert found.above == "วันที่" and len(found.row_no) == 8
    assert found.columns["วันที่"].to_pylist() == ["5 มกราคม 2567"] * 4 + ["12 มกราคม 2567"] * 4


def test_lines_with_nothing_in_common_are_any_line() -> None:
    rows = [PLAIN[0], ["บ้านสันทราย"], *PLAIN[1:5], ["ทุ่งกว๋าว"], *PLAIN[5:]]
    found = table(workbook({"1": rows}))
    assert found.above == ANY_LINE
    assert found.columns[ANY_LINE].to_pylist() == ["บ้านสันทราย"] * 4 + ["ทุ่งกว๋าว"] * 4


def test_a_plain_table_has_no_lines() -> None:
    found = table(workbook({"1": titled("ทะเบียนสมาชิก")}))
    assert found.lines == [] and found.above == "" and list(found.columns) == list(PEOPLE)


# --- text


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp874"])
def test_delimiters_and_encodings(delimiter: str, encoding: str) -> None:
    found = table(text(PLAIN, delimiter, encoding))
    assert found.delimiter == delimiter and list(found.columns) == list(PEOPLE)
    assert found.columns["ชื่อ-สกุล"].to_pylist() == PEOPLE["ชื่อ-สกุล"]
    assert found.encoding == encoding or encoding == "utf-8-sig"


def test_commas_within_cells_do_not_make_a_comma_the_delimiter() -> None:
    assert delimiter_of("ชื่อ;รายได้;หมายเหตุ\nก;3,500,000;a,b,c\nข;4,500,000;d,e,f\n") == ";"


# --- JSON

ITEM = {"id": "a", "person": {"name": "สมชาย", "tambon": None}, "tags": ["x", "y"], "done": True}
ENVELOPES: dict[str, tuple[Any, str | None]] = {
    "a list": ([ITEM, ITEM], None),
    "one item": (ITEM, None),
    "results": ({"count": 2, "next": None, "results": [ITEM, ITEM]}, "results"),
    "nested": ({"ok": True, "data": {"items": [ITEM, ITEM]}}, "data.items"),
    "a name of its own": ({"total": 2, "beneficiaries": [ITEM, ITEM]}, "beneficiaries"),
}


@pytest.mark.parametrize("case", ENVELOPES)
def test_envelopes(case: str) -> None:
    document, path = ENVELOPES[case]
    found = table(json.dumps(document, ensure_ascii=False).encode(), "api.json")
    assert (found.format, found.rows) == ("json", path)
    assert list(found.columns) == ["id", "person.name", "person.tambon", "tags", "done"]
    assert found.columns["tags"][0].as_py() == "x,y" and found.columns["done"][0].as_py() == "true"


def test_json_lines() -> None:
    lines = b"\n".join(json.dumps(ITEM | {"id": str(i)}).encode() for i in range(3))
    found = table(lines, "export.jsonl")
    assert found.columns["id"].to_pylist() == ["0", "1", "2"] and found.rows is None


def test_a_repeat_group_is_a_table_with_its_items_columns() -> None:
    items = [
        {"case": f"C{i}", "visits": [{"on": "2026-01-01", "by": "W1"}, {"on": "2026-01-09", "by": "W2"}]}
        for i in (1, 2)
    ]
    outer, inner = tables(json.dumps({"results": items}).encode(), "kobo.json")
    assert (outer.repeat, len(outer.row_no), inner.repeat, len(inner.row_no)) == (None, 2, "visits", 4)
    assert inner.columns["visits.on"].to_pylist() == ["2026-01-01", "2026-01-09"] * 2
    assert inner.columns["case"].to_pylist() == ["C1", "C1", "C2", "C2"]


def test_what_a_form_tool_attaches_is_no_repeat_group() -> None:
    items = [{"_id": 1, "name": "ก", "_attachments": [{"url": "x"}]}, {"_id": 2, "name": "ข", "_attachments": []}]
    assert [found.repeat for found in tables(json.dumps(items).encode(), "kobo.json")] == [None]
