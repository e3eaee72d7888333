"""What the correction workbook can do in Excel and LibreOffice: lists, locks, marks, print set-up, and that it is quick."""

from __future__ import annotations

import io
import re
import time
import zipfile
from typing import Any
from xml.etree import ElementTree

import numpy as np
import openpyxl
import pyarrow as pa
import pytest
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from test_delivery_workbook import BAD_DATE, SOURCE, delivery, finding, visible

from equity.delivery.normalise import origins
from equity.delivery.reasons import Reason
from equity.delivery.sheets.styles import LOOKS, letters, lines
from equity.delivery.to_correct import CORRECT, MARK, REASONS, ROW
from equity.delivery.workbook import TableToCorrect, correction_workbook
from equity.settings import SPECS
from equity.sources.readers import Block
from equity.sources.spec import Column, Source, read_sources

SPEC = next(t for t in SOURCE.versions[0].tables if t.record_type == "participant")
HEADERS = ["รหัสสมาชิก", "ชื่อ-สกุล", "เพศ", "วันเกิด", "โทรศัพท์", "กลุ่มเป้าหมาย", "ตำบล", "อำเภอ", "ก่อนเข้าร่วม / อาชีพ", "หมายเหตุ"]
PHONE = Reason("phone.unreadable", "warning", ("phone",), "เบอร์โทรศัพท์ไม่ครบ", "Too short.")
BORN = Reason("date.impossible", "critical", ("birth_date",), "วันที่นี้ไม่มีจริง", "No such day.")
WHOLE = Reason("row.odd", "warning", ("nowhere",), "แถวนี้แปลก", "An odd row.")


def made(rows: int = 4, *findings: Any, spec: Any = SPEC, headers: list[str] = HEADERS) -> TableToCorrect:
    table = TableToCorrect(spec.record_type, "ทะเบียน", headers, origins(spec, headers), spec)
    cells = {header: pa.array([f"{header} {row}" for row in range(rows)], pa.string()) for header in headers}
    table.add(
        list(findings) or [finding(BORN, 0, 2), finding(PHONE, 0, 1), finding(WHOLE, 3)],
        Block(cells, np.arange(5, 5 + rows)),
    )
    return table


def opened(*tables: TableToCorrect, source: Source = SOURCE, **changes: Any) -> Workbook:
    data = correction_workbook(source, delivery(**changes), tables)
    assert data is not None
    return openpyxl.load_workbook(io.BytesIO(data))


def at(sheet: Worksheet, header: str) -> str:
    heads = [str(cell.value).replace(" /\n", " / ") for cell in sheet[1]]
    return get_column_letter(heads.index(header) + 1)


def open_cells(sheet: Worksheet) -> set[str]:
    return {cell.coordinate for row in sheet.iter_rows() for cell in row if not cell.protection.locked}


def rules(sheet: Worksheet) -> dict[str, Any]:
    return {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}


def choices(book: Workbook, rule: Any) -> list[Any]:
    if rule.formula1.startswith('"'):
        return rule.formula1.strip('"').split(",")
    first, last = re.fullmatch(r"=?_lists!\$A\$(\d+):\$A\$(\d+)", rule.formula1).groups()
    return [book["_lists"][f"A{row}"].value for row in range(int(first), int(last) + 1)]


def test_all_is_locked_but_the_cells_to_correct_and_the_mark() -> None:
    sheet = opened(made())["ทะเบียน"]
    born, phone, mark = at(sheet, "วันเกิด"), at(sheet, "โทรศัพท์"), at(sheet, MARK)
    whole = {f"{get_column_letter(i)}5" for i in range(2, len(HEADERS) + 2)}
    assert open_cells(sheet) == {f"{born}2", f"{phone}2", f"{phone}3", f"{mark}3", f"{born}4", f"{mark}5"} | whole
    lock = sheet.protection
    assert lock.sheet and not lock.password
    # in the file's words false is what is allowed
    assert (
        not lock.autoFilter and not lock.formatColumns and not lock.selectLockedCells and not lock.selectUnlockedCells
    )
    assert lock.deleteRows and lock.insertRows and lock.formatCells


def test_only_a_row_of_mere_warnings_can_be_marked_as_right() -> None:
    book = opened(made())
    sheet = book["ทะเบียน"]
    mark = at(sheet, MARK)
    (rule,) = (r for place, r in rules(sheet).items() if mark in place)
    assert {str(area) for area in rule.sqref.ranges} == {f"{mark}3", f"{mark}5"}
    assert choices(book, rule) == [CORRECT] and rule.errorStyle in (None, "stop")


def test_coded_columns_offer_the_partners_words_and_ours() -> None:
    book = opened(made())
    sheet = book["ทะเบียน"]
    found = {place: choices(book, rule) for place, rule in rules(sheet).items()}
    sex, groups = (found[f"{at(sheet, header)}2:{at(sheet, header)}5"] for header in ("เพศ", "กลุ่มเป้าหมาย"))
    assert sex == ["ช", "ญ", "ชาย", "หญิง"]
    assert groups[:2] == ["คนพิการ", "ว่างงาน"] and "ผู้สูงอายุ" in groups and len(groups) == len(set(groups))
    amphoe = found[f"{at(sheet, 'อำเภอ')}2:{at(sheet, 'อำเภอ')}5"]
    assert len(amphoe) == 13 and "เมืองปาน" in amphoe
    by_place = rules(sheet)
    assert not by_place[f"{at(sheet, 'กลุ่มเป้าหมาย')}2:{at(sheet, 'กลุ่มเป้าหมาย')}5"].showErrorMessage, (
        "several words are allowed"
    )
    assert by_place[f"{at(sheet, 'เพศ')}2:{at(sheet, 'เพศ')}5"].errorStyle == "warning", "asked about, not refused"
    assert {s.title: s.sheet_state for s in book.worksheets if s.title[0] == "_"} == {
        "_lists": "veryHidden", "_equity": "veryHidden",
    }  # fmt: skip
    assert book["_lists"].max_column == book["_equity"].max_column == 1, "one column is no table to anybody"


def test_ticked_and_joined_columns_have_no_list() -> None:
    fields = SPEC.fields | {"target_groups": Column(ticked=("กลุ่ม / พิการ", "กลุ่ม / ยากจน")), "sex": Column(join=("เพศ",))}
    spec = SPEC.model_copy(update={"fields": fields})
    sheet = opened(made(spec=spec, headers=["รหัสสมาชิก", "เพศ", "กลุ่ม / พิการ", "กลุ่ม / ยากจน", "โทรศัพท์", "วันเกิด"]))[
        "ทะเบียน"
    ]
    assert all(at(sheet, MARK) in place for place in rules(sheet))


def test_it_is_frozen_filtered_and_set_up_for_print() -> None:
    book = opened(made())
    sheet = book["ทะเบียน"]
    assert sheet.freeze_panes == "B2" and sheet.auto_filter.ref == f"A1:{at(sheet, MARK)}5"
    assert sheet.page_setup.orientation == "landscape" and sheet.page_setup.paperSize == 9
    assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight == 0
    assert sheet.print_title_rows == "$1:$1"
    tabs = {s.title: s.sheet_properties.tabColor for s in book.worksheets if s.title in visible(book)}
    assert all(tabs.values()) and len({colour.rgb for colour in tabs.values()}) == 2
    assert book.active.title == "สรุป"


def test_rows_are_high_enough_for_their_longest_text() -> None:
    long = Reason("x", "warning", ("phone",), "โปรดตรวจสอบกับเจ้าของเบอร์อีกครั้งหนึ่ง " * 8, "Long.")
    sheet = opened(made(1, finding(long, 0)))["ทะเบียน"]
    words = sheet[f"{at(sheet, REASONS)}2"].value
    assert sheet.row_dimensions[2].height >= 19 * lines(words, 64) > 19 * 4
    assert letters("ที่นี่") == 2 and lines("ก" * 90, 52) == 2 and lines("", 10) == 1


def test_the_two_weights_differ_in_grey_too() -> None:
    sheet = opened(made())["ทะเบียน"]
    critical, warning = sheet[f"{at(sheet, 'วันเกิด')}2"], sheet[f"{at(sheet, 'โทรศัพท์')}3"]
    assert critical.fill.fill_type != warning.fill.fill_type, "strokes and dots"
    assert critical.border.left.style == "thick" and warning.border.left.style == "dashed"
    assert sheet["A2"].number_format.startswith('"✗') and sheet["A3"].number_format.startswith('"?')
    assert len(LOOKS) == 2


def test_what_the_partner_wrote_is_kept_as_text() -> None:
    table = made(1, finding(PHONE, 0))
    table.rows[0][1][:3] = ["0012", "=1+1", "1-5204-00012-34-5"]
    sheet = opened(table)["ทะเบียน"]
    cells = [sheet[f"{letter}2"] for letter in "BCD"]
    assert [cell.value for cell in cells] == ["0012", "=1+1", "1-5204-00012-34-5"]
    assert {cell.number_format for cell in cells} == {"@"} and {cell.data_type for cell in cells} == {"s"}
    assert sheet[f"{at(sheet, 'โทรศัพท์')}2"].number_format == "@"


def test_a_date_read_month_first_is_not_turned_round() -> None:
    fields = SPEC.fields | {"birth_date": Column(header=("วันเกิด",), order="mdy")}
    table = made(1, finding(PHONE, 0), spec=SPEC.model_copy(update={"fields": fields}))
    table.rows[0][1][3] = table.rows[0][1][9] = "2024-03-04 00:00:00"
    sheet = opened(table)["ทะเบียน"]
    assert (sheet["E2"].value, sheet["K2"].value) == ("2024-03-04", "4/3/2024")


def test_paths_of_json_say_in_thai_what_they_are() -> None:
    rajabhat = read_sources(SPECS)["lampang_rajabhat_abe"]
    spec = next(t for t in rajabhat.versions[0].tables if t.record_type == "learner_screening")
    headers = ["learner.id", "learner.birth_date", "learner.guardian_phone"]
    table = made(1, finding(BORN, 0), spec=spec, headers=headers)
    book = opened(table, source=rajabhat)
    sheet = book["ทะเบียน"]
    assert [cell.value for cell in sheet[1]] == [ROW, *headers, REASONS], "what is pulled from an API cannot come back"
    assert (
        sheet["C1"].comment.text.startswith("วันเกิด") and sheet["E2"].value == "✗ วันเกิด (learner.birth_date): วันที่นี้ไม่มีจริง"
    )
    assert not open_cells(sheet)
    told = "\n".join(str(cell) for row in book["สรุป"].iter_rows(values_only=True) for cell in row if cell)
    assert "ไฟล์นี้ใช้อ่านเท่านั้น" in told and MARK not in told


def test_rows_of_several_sheets_say_which_sheet() -> None:
    table = TableToCorrect("participant", "บ้าน ก, บ้าน ข", ["โทรศัพท์"], {"phone": ("โทรศัพท์",)}, SPEC)
    for place in ("บ้าน ก", "บ้าน ข"):
        table.add([finding(PHONE, 0)], Block({"โทรศัพท์": pa.array(["1"])}, np.array([7]), place))
    sheet = opened(table)["บ้าน ก, บ้าน ข"]
    assert [sheet["A2"].value, sheet["A3"].value] == ["บ้าน ก / 7", "บ้าน ข / 7"]


def test_no_text_is_longer_than_excel_takes() -> None:
    header = "หัวตารางที่ยาวมาก " * 30
    table = TableToCorrect("participant", "ท", [header, "โทรศัพท์"], {"sex": (header,), "phone": ("โทรศัพท์",)})
    table.add([finding(PHONE, 0)], Block({header: pa.array(["ช"]), "โทรศัพท์": pa.array(["1"])}, np.array([2])))
    for rule in rules(opened(table)["ท"]).values():
        assert len(rule.promptTitle) <= 32 and len(rule.prompt) <= 255 and len(rule.errorTitle or "") <= 32


def test_its_parts_are_well_formed_and_hold_no_formula_and_no_link() -> None:
    table = made()
    table.rows[0][1][1] = '=HYPERLINK("http://x")\x07'
    data = correction_workbook(SOURCE, delivery(), [table])
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        names = parts.namelist()
        for name in names:
            if name.endswith((".xml", ".rels", ".vml")):
                root = ElementTree.fromstring(parts.read(name))
                assert not [e for e in root.iter() if e.tag.endswith("}f") or e.tag.endswith("}hyperlink")], name
        assert not [name for name in names if "external" in name.lower() or "vba" in name.lower()]


@pytest.mark.parametrize("rows", [2_000])
def test_a_full_sheet_is_written_quickly(rows: int) -> None:
    table = made(rows, finding(BORN, *range(0, rows, 2)), finding(PHONE, *range(1, rows, 2)))
    best = min(_seconds(table) for _ in range(3))
    assert best < 1.5, "2,000 rows"


def _seconds(table: TableToCorrect) -> float:
    start = time.perf_counter()
    correction_workbook(SOURCE, delivery(), [table])
    return time.perf_counter() - start


def test_what_is_only_wrong_in_the_whole_row_names_no_cell() -> None:
    made_ = TableToCorrect("participant", "ท", ["รหัสสมาชิก"], {"joined_on": ()}, SPEC)
    made_.add([finding(BAD_DATE, 0)], Block({"รหัสสมาชิก": pa.array(["1"])}, np.array([2])))
    sheet = opened(made_)["ท"]
    assert sheet["C2"].value.startswith("✗ ทั้งแถว") and not sheet["B2"].protection.locked
