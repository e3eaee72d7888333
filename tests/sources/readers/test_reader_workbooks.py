"""Workbooks: where the table stands in a sheet, and which of its rows are records."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from reader_tables import FIELDS, opened, rows, source, workbook

from equity.sources.readers import Unreadable


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


def test_a_subtotal_that_counts_in_words_is_one() -> None:
    cells = {
        "A1": "รหัส", "B1": "ชื่อ แหล่ง", "C1": "ประเภท", "D1": "วันที่เปิด", "E1": "หมายเหตุ", "F1": "ผู้ดูแล",
        "A2": "S1", "B2": "ศาลา", "C2": "hub",
        "B3": "รวม ม.1", "C3": "ชาย 16 คน", "F3": "รวม 30 คน",
        "B4": "รวมใจ", "C4": "hub", "F4": "ครู 1 คน",
    }  # fmt: skip
    (table,) = opened(workbook(("ก", cells)), "ก.xlsx", source({"skip": ["subtotals"]}))
    assert list(rows(table)) == [2, 4]


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
