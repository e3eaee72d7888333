"""The correction workbook as the sender opens it: own columns in own order, coloured cells, Thai reasons, nothing that acts."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import Any

import numpy as np
import openpyxl
import pyarrow as pa
import pytest
from delivery_desk import NOW, PERSON_HEADERS, Desk, person, table
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from equity.delivery import to_correct as to_correct_module
from equity.delivery.problems import PROBLEMS
from equity.delivery.reasons import Finding, Reason
from equity.delivery.register import Counts, Delivery
from equity.delivery.sheets.styles import LOOKS
from equity.delivery.to_correct import MARK, REASONS, ROW
from equity.delivery.workbook import TableToCorrect, correction_workbook, workbook_name
from equity.settings import SPECS
from equity.sources.readers import Block
from equity.sources.spec import read_sources

BAD_DATE = Reason("date.unreadable", "critical", ("joined_on",), "อ่านวันที่ไม่ได้", "The date cannot be read.")
NAME = Reason("name_prefix.against_sex", "warning", ("name_prefix", "sex"), "คำนำหน้ากับเพศไม่ตรงกัน", "They do not agree.")
ID_LOST = Reason(
    "partner_person_ref.missing", "critical", ("partner_person_ref",), "ไม่มีรหัส", "The reference is missing."
)
ABSENT = Reason("phone.unreadable", "warning", ("phone",), "เบอร์ผิด", "Wrong.")
INFO = Reason("note", "info", ("joined_on",), "ทราบ", "Known.")
SOURCE = read_sources(SPECS)["chae_son_club"]


def delivery(**changes: Any) -> Delivery:
    given: dict[str, Any] = {
        "delivery_id": 12, "reference": "LPG-000012", "source": SOURCE.source, "name": "ทะเบียน ก.พ. 69.xlsx", "sha256": b"",
        "landing_path": "", "night": date(2026, 3, 2), "received_at": NOW, "watermark": None, "state": "loaded",
        "hold_code": None, "hold_detail": None, "answered_at": None,
    }  # fmt: skip
    return Delivery(**given | changes)


def block(first: int = 5, **columns: list[str | None]) -> Block:
    length = len(next(iter(columns.values())))
    return Block(
        {h: pa.array(v, pa.string()) for h, v in columns.items()}, np.arange(first, first + length, dtype=np.int32)
    )


def to_correct(headers: list[str], place: str = "ทะเบียน", **origins: tuple[str, ...]) -> TableToCorrect:
    return TableToCorrect("participant", place, headers, origins)


def finding(reason: Reason, *positions: int) -> Finding:
    return Finding(reason, np.array(positions))


def written(tables: list[TableToCorrect], counts: tuple[Counts, ...] = (), **changes: Any) -> Workbook:
    data = correction_workbook(SOURCE, delivery(**changes), tables, counts)
    assert data is not None
    return openpyxl.load_workbook(io.BytesIO(data))


def grid(sheet: Worksheet) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def visible(book: Workbook) -> list[str]:
    return [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]


def colour(sheet: Worksheet, place: str) -> str | None:
    fill = sheet[place].fill
    back = f"#{fill.bgColor.rgb[-6:]}" if fill.fill_type in ("lightUp", "gray0625") else None
    return next((weight for weight, look in LOOKS.items() if look[0] == back), None)


def standard() -> TableToCorrect:
    made = to_correct(["รหัส", "ชื่อ-สกุล", "เพศ", "วันที่เข้าร่วม"], joined_on=("วันที่เข้าร่วม",), sex=("เพศ",),
                      name_prefix=("ชื่อ-สกุล",), partner_person_ref=("รหัส",), phone=())  # fmt: skip
    rows = block(**{
        "รหัส": ["1", "2", None, "4"], "ชื่อ-สกุล": ["นาย ก", "นาง ข", "นาย ค", "นาย ง"], "เพศ": ["ชาย", "ชาย", "ชาย", "หญิง"],
        "วันที่เข้าร่วม": ["1/1/2568", "เมื่อวาน", "?", "2/1/2568"],
    })  # fmt: skip
    made.add([finding(BAD_DATE, 1, 2), finding(NAME, 1, 3), finding(ID_LOST, 2)], rows)
    return made


def test_only_the_rows_to_correct_in_the_senders_columns_and_order() -> None:
    book = written([standard()])
    assert visible(book) == ["สรุป", "ทะเบียน"]
    head, *rows = grid(book["ทะเบียน"])
    assert head == [ROW, "รหัส", "ชื่อ-สกุล", "เพศ", "วันที่เข้าร่วม", REASONS, MARK]
    assert [row[:5] for row in rows] == [
        [6, "2", "นาง ข", "ชาย", "เมื่อวาน"], [7, None, "นาย ค", "ชาย", "?"], [8, "4", "นาย ง", "หญิง", "2/1/2568"],
    ]  # fmt: skip
    assert rows[0][5] == "✗ วันที่เข้าร่วม: อ่านวันที่ไม่ได้\n? ชื่อ-สกุล: คำนำหน้ากับเพศไม่ตรงกัน"


def test_wrong_cells_are_coloured_by_weight_and_say_their_reason_in_thai() -> None:
    sheet = written([standard()])["ทะเบียน"]
    coloured = {
        cell.coordinate: colour(sheet, cell.coordinate)
        for row in sheet["A2:E4"]
        for cell in row
        if colour(sheet, cell.coordinate)
    }
    critical, warning = "critical", "warning"
    assert coloured == {
        "E2": critical, "C2": warning, "D2": warning, "B3": critical, "E3": critical, "C4": warning, "D4": warning,
    }  # fmt: skip
    comments = {cell.coordinate: cell.comment.text for row in sheet["A2:E4"] for cell in row if cell.comment}
    assert set(comments) == set(coloured)
    assert comments["E2"] == "✗ อ่านวันที่ไม่ได้" and comments["D4"] == "? คำนำหน้ากับเพศไม่ตรงกัน"
    assert comments["B3"] == "(ช่องนี้ว่าง)\n✗ ไม่มีรหัส", "an empty cell that is wrong says so, and stays empty"


def test_two_reasons_on_one_cell_the_gravest_colours_it_and_both_are_said() -> None:
    made = to_correct(["ก", "ข"], joined_on=("ก",), name_prefix=("ก",), sex=("ข",))
    made.add([finding(NAME, 0), finding(BAD_DATE, 0)], block(**{"ก": ["x"], "ข": ["y"]}))
    sheet = written([made])["ทะเบียน"]
    assert colour(sheet, "B2") == "critical" and colour(sheet, "C2") == "warning"
    assert sheet["B2"].comment.text == "✗ อ่านวันที่ไม่ได้\n? คำนำหน้ากับเพศไม่ตรงกัน"


def test_the_summary_says_reference_sender_day_counts_and_reasons() -> None:
    counts = Counts("participant", 120, 90, 20, 3, 7, 5, 0, False, True)
    summary = written([standard()], (counts,))["สรุป"]
    words = grid(summary)
    flat = [value for row in words for value in row if value is not None]
    assert words[0][0] == "ผลการตรวจข้อมูล"
    assert ["เลขที่อ้างอิง", "LPG-000012"] in [row[:2] for row in words]
    assert SOURCE.partner.name.th in flat and "ทะเบียน ก.พ. 69.xlsx" in flat
    assert any("2 มีนาคม 2569" in str(value) for value in flat), "the day in Bangkok, where it is tomorrow already"
    assert ["ผู้เข้าร่วมโครงการ", None, 120, 90, 20, 3, 7, 5] in words
    reasons = {row[1]: (row[0], row[2], row[3]) for row in words if row[3] in ("✗ ต้องแก้ไข", "? ควรตรวจสอบ")}
    assert reasons == {
        "อ่านวันที่ไม่ได้": ("ทะเบียน / วันที่เข้าร่วม", 2, "✗ ต้องแก้ไข"),
        "คำนำหน้ากับเพศไม่ตรงกัน": ("ทะเบียน / ชื่อ-สกุล", 2, "? ควรตรวจสอบ"),
        "ไม่มีรหัส": ("ทะเบียน / รหัส", 1, "✗ ต้องแก้ไข"),
    }
    legend = {row[0]: colour(summary, f"A{i}") for i, row in enumerate(words, 1) if row[0] and str(row[0])[0] in "✗?"}
    assert legend == {"✗ ต้องแก้ไข": "critical", "? ควรตรวจสอบ": "warning"}
    told = "\n".join(str(value) for value in flat)
    assert "ขอบคุณที่ส่งข้อมูล ได้รับครบ 120 แถว เรียบร้อยแล้ว 113 แถว" in told
    assert "วางไฟล์นี้ในโฟลเดอร์ที่ท่านใช้ส่งข้อมูล" in told and MARK in told and "แจ้งเพียงเลขที่อ้างอิง LPG-000012" in told


def test_the_reference_is_in_the_name_the_properties_and_the_printed_header() -> None:
    book = written([standard()])
    assert workbook_name(delivery()) == "แก้ไข_LPG-000012_ทะเบียน_ก.พ._69.xlsx"
    assert workbook_name(delivery(name="/v1/case-events")) == "แก้ไข_LPG-000012_case-events.xlsx"
    assert "/" not in workbook_name(delivery(name="../../etc/passwd"))
    assert book.properties.title == "LPG-000012"
    assert workbook_name(delivery(name="แก้ไข_LPG-000009_ทะเบียน.xlsx")) == "แก้ไข_LPG-000012_ทะเบียน.xlsx"
    for sheet in book.worksheets[:2]:
        assert sheet.oddHeader.right.text == "LPG-000012"
        assert "LPG-000012" in sheet.oddFooter.center.text and "&P" in sheet.oddFooter.right.text


EVIL = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    '=HYPERLINK("http://x")',
    "http://x.example",
    "mailto:a@b",
    "'x",
    "\t=1",
]


@pytest.mark.parametrize("text", EVIL)
def test_nothing_in_it_is_ever_a_formula_or_a_link(text: str) -> None:
    made = to_correct(["ก", text], joined_on=(text,))
    made.add([finding(BAD_DATE, 0)], block(**{"ก": [text], text: [text]}))
    made.add_broken([(9, text)], Reason("row.broken", "critical", (), text, text))
    data = correction_workbook(SOURCE, delivery(name=text), [made], ())
    assert data is not None
    book = openpyxl.load_workbook(io.BytesIO(data))
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f" and cell.hyperlink is None, cell.coordinate
    assert grid(book["ทะเบียน"])[1][1:3] == [text, text]
    acts = text.lstrip("'\t")[0] in "=+-@"
    assert book["ทะเบียน"]["B2"].quotePrefix == acts, "typed again it would be a formula: marked as text"
    assert book["ทะเบียน"]["B2"].number_format == "@"
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        for name in parts.namelist():
            if name.startswith("xl/worksheets/sheet"):
                assert b"<f>" not in parts.read(name) and b"<hyperlink" not in parts.read(name)


def test_a_header_of_two_rows_is_one_cell_that_still_reads_as_the_same_header() -> None:
    headers = ["รหัส", "ก่อนเข้าร่วม / อาชีพ", "ก่อนเข้าร่วม / รายได้", "หลัง / รายได้", "หมายเหตุ"]
    made = to_correct(headers, joined_on=("ก่อนเข้าร่วม / รายได้",))
    made.add([finding(BAD_DATE, 0)], block(**{header: [str(i)] for i, header in enumerate(headers)}))
    sheet = written([made])["ทะเบียน"]
    shown = [str(cell).replace(" /\n", " / ") for cell in grid(sheet)[0]]
    assert shown == [ROW, *headers, REASONS, MARK]
    assert grid(sheet)[1][:6] == [5, "0", "1", "2", "3", "4"] and colour(sheet, "D2") == "critical"


def test_no_more_rows_than_can_be_worked_on_and_the_rest_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(to_correct_module, "ROWS_SHOWN", 3)
    made = to_correct(["ก"], joined_on=("ก",))
    made.add([finding(BAD_DATE, 0, 1)], block(5, **{"ก": ["a", "b"]}))
    made.add([finding(BAD_DATE, 0, 1, 2)], block(7, **{"ก": ["c", "d", "e"]}))
    made.add_broken([(20, "x"), (21, "y")], Reason("row.broken", "critical", (), "แถวเสีย", "Broken."))
    book = written([made])
    rows = grid(book["ทะเบียน"])
    assert [row[:2] for row in rows[1:4]] == [[5, "a"], [6, "b"], [7, "c"]]
    assert len(rows) == 4, "what stands below would come back as a row"
    flat = [value for row in grid(book["สรุป"]) for value in row]
    assert any("4 แถวที่ไม่ได้แสดง" in str(value) for value in flat), "two of the block, two broken ones"
    assert flat[flat.index("อ่านวันที่ไม่ได้") + 1] == 5, "the summary counts all"


def test_broken_lines_stand_in_their_place_among_the_rows() -> None:
    made = to_correct(["ก", "ข"], joined_on=("ข",))
    made.add([finding(BAD_DATE, 0, 2)], block(5, **{"ก": ["a", "b", "c"], "ข": ["?", "1", "?"]}))
    words = PROBLEMS["row.broken"]
    made.add_broken([(6, "x,y,z")], Reason("row.broken", "critical", (), words.th, words.en))
    rows = grid(written([made])["ทะเบียน"])
    assert [row[0] for row in rows[1:]] == [5, 6, 7]
    assert rows[2][1:3] == [None, None], "empty, to be filled in"
    assert rows[2][3] == f"✗ ทั้งแถว: {words.th}\nบรรทัดที่ส่งมา: x,y,z"


def test_a_reason_whose_column_was_not_sent_speaks_of_the_whole_row() -> None:
    made = to_correct(["ก"], phone=())
    made.add([finding(ABSENT, 0)], block(**{"ก": ["a"]}))
    rows = grid(written([made])["ทะเบียน"])
    assert rows[1][2] == "? ทั้งแถว: เบอร์ผิด"


def test_what_is_only_counted_is_not_told() -> None:
    made = to_correct(["ก"], joined_on=("ก",))
    made.add([finding(INFO, 0)], block(**{"ก": ["a"]}))
    assert correction_workbook(SOURCE, delivery(), [made], ()) is None
    made.add([finding(BAD_DATE, 0), finding(INFO, 0)], block(6, **{"ก": ["b"]}))
    assert [row[0] for row in grid(written([made])["ทะเบียน"])[1:]] == [6]


def test_nothing_to_say_is_no_workbook() -> None:
    assert correction_workbook(SOURCE, delivery(), [], ()) is None
    assert correction_workbook(SOURCE, delivery(), [to_correct(["ก"])], ()) is None


def test_a_held_delivery_says_why_and_that_nothing_is_lost() -> None:
    book = written([], state="held", hold_code="missing_column", hold_detail={"place": "ทะเบียน", "columns": ["ก", "ข"]})
    assert visible(book) == ["สรุป"]
    words = "\n".join(str(value) for row in grid(book["สรุป"]) for value in row if value)
    assert "ไม่มีคอลัมน์ที่จำเป็น: ก, ข (ใน ทะเบียน)" in words and "ไม่มีสิ่งใดสูญหาย" in words


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        (["ทะเบียน", "ทะเบียน"], ["สรุป", "ทะเบียน", "ทะเบียน 2"]),
        (["สรุป"], ["สรุป", "สรุป 2"]),
        (["ก[1]/ข:*?\\"], ["สรุป", "ก1ข"]),
        (["ย" * 40], ["สรุป", "ย" * 31]),
        (["", "Data", "data"], ["สรุป", "ผู้เข้าร่วมโครงการ", "Data", "data 2"]),
    ],
)
def test_sheets_have_names_that_excel_takes(places: list[str], expected: list[str]) -> None:
    tables = []
    for place in places:
        made = to_correct(["ก"], place, joined_on=("ก",))
        made.add([finding(BAD_DATE, 0)], block(**{"ก": ["a"]}))
        tables.append(made)
    assert visible(written(tables)) == expected


def test_a_date_cell_is_shown_as_a_date_and_a_long_cell_is_cut_not_lost() -> None:
    made = to_correct(["ก", "ข"], joined_on=("ก",))
    made.add([finding(BAD_DATE, 0)], block(**{"ก": ["2024-02-29 00:00:00"], "ข": ["ย" * 40_000]}))
    made.add_broken([(9, "x," * 30_000)], Reason("row.broken", "critical", (), "แถวเสีย", "Broken."))
    sheet = written([made])["ทะเบียน"]
    assert sheet["B2"].value == "29/2/2024"
    assert str(sheet["C2"].value).startswith("ย" * 1_000) and "x," * 1_000 in str(sheet["D3"].value)
    assert max(dimension.height or 0 for dimension in sheet.row_dimensions.values()) <= 409, "Excel takes no higher row"


def test_a_word_that_no_list_has_is_answered_with_the_words_that_may_stand_there() -> None:
    words = PROBLEMS["code.unknown"]
    made = to_correct(["เพศ"], sex=("เพศ",))
    made.add([finding(Reason("code.unknown", "critical", ("sex",), words.th, words.en), 0)], block(**{"เพศ": ["ด"]}))
    assert "ชาย, หญิง" in written([made])["ทะเบียน"]["B2"].comment.text


def test_the_same_delivery_gives_the_same_bytes() -> None:
    one, two = (correction_workbook(SOURCE, delivery(), [standard()], ()) for _ in range(2))
    assert one == two


def test_a_real_delivery_is_answered_in_its_own_layout(desk: Desk) -> None:
    rows = [
        person(1), person(2, joined_on="31/02/2568", income="=1+1"), person(3, phone="12"), person(4, project_ref="", income="-5"),
    ]  # fmt: skip
    done = desk.send(table(PERSON_HEADERS, rows) + b"P-0009,short\r\n")
    book = openpyxl.load_workbook(io.BytesIO(desk.outbox.delivered[done.reference]))
    sheet = book["ผู้เข้าร่วมโครงการ"]
    head, *body = grid(sheet)
    assert head[1:-2] == PERSON_HEADERS
    assert [row[0] for row in body] == [3, 4, 5, 6]
    sent = [[value or None for value in row] for row in rows]
    assert [row[1:-2] for row in body[:3]] == sent[1:4]
    assert not any(body[3][1:-2]) and body[3][-2].endswith("P-0009,short")
    at = {header: openpyxl.utils.get_column_letter(i) for i, header in enumerate(head, 1)}
    assert colour(sheet, f"{at['เข้าร่วม']}2") == colour(sheet, f"{at['รายได้']}2") == "critical"
    assert colour(sheet, f"{at['โทร']}3") == "warning" and colour(sheet, f"{at['โทร']}2") is None
    assert colour(sheet, f"{at['โครงการ']}4") == "critical"
    assert colour(sheet, f"{at['รายได้']}4") == "warning"
    assert sheet[f"{at['เข้าร่วม']}2"].comment.text == f"✗ {PROBLEMS['date.impossible'].th}"
    summary = [value for row in grid(book["สรุป"]) for value in row]
    assert done.reference in summary and "ผู้เข้าร่วมโครงการ" in summary
    at_counts = summary.index("ผู้เข้าร่วมโครงการ")
    assert summary[at_counts + 2 : at_counts + 8] == [5, 2, 0, 0, 3, 1]
    assert datetime.fromisoformat(str(book.properties.created)) is not None
