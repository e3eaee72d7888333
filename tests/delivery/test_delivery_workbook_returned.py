"""The workbook comes back: what the officer corrected or marked in it is a delivery like any other, and nothing else of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import openpyxl
import pyarrow as pa
import pytest
from delivery_desk import NOW, PERSON_HEADERS, Desk, DeskMaker, person, table
from openpyxl.worksheet.worksheet import Worksheet
from test_delivery_workbook import SOURCE, delivery, finding
from test_delivery_workbook_features import BORN, PHONE

from equity.delivery.normalise import origins
from equity.delivery.returned import marked, returned, returned_to, untouched
from equity.delivery.to_correct import CORRECT, MARK, REASONS, ROW
from equity.delivery.trial import Trial, try_delivery
from equity.delivery.workbook import TableToCorrect, correction_workbook, workbook_name
from equity.sources.connectors.shared import wanted
from equity.sources.readers import Block, Unreadable, open_delivery
from equity.sources.spec import RETURNED, Source, Table

DAY = date(2026, 3, 2)
Change = Callable[[Worksheet], None]


def source(*tables: dict[str, Any], **changes: Any) -> Source:
    return Source.model_validate({
        "source": "a_club", "partner": {"family": "unit", "name": {"th": "ชมรม", "en": "A club"}, "area": "521304"},
        "fetch": {"by": "folder", "connection": "drop"}, "versions": [{"since": "2026-01-01", "tables": list(tables)}],
    } | changes)  # fmt: skip


def answer(spec: Source, name: str, data: bytes) -> bytes:
    """The correction workbook of one file."""
    trial = try_delivery(spec, name, data, NOW)
    assert trial.hold is None, (trial.hold.code, trial.hold.detail)
    book = trial.workbook()
    assert book is not None
    return book


def changed(book: bytes, change: Change, sheet: int = 1) -> bytes:
    """As an officer's Excel saves it."""
    opened = openpyxl.load_workbook(io.BytesIO(book))
    change(opened.worksheets[sheet])
    out = io.BytesIO()
    opened.save(out)
    return out.getvalue()


def put(row: int, header: str, value: Any) -> Change:
    """Write one cell."""

    def change(sheet: Worksheet) -> None:
        heads = [str(cell.value).replace(" /\n", " / ") for cell in sheet[1]]
        sheet.cell(row, heads.index(header) + 1).value = value

    return change


def sent_back(spec: Source, book: bytes) -> Trial:
    trial = try_delivery(spec, "แก้ไข_ทดลอง_x.xlsx", book, NOW)
    assert trial.hold is None and trial.name_fits, trial.hold and (trial.hold.code, trial.hold.detail)
    return trial


# --- one shape of table after another: what is read from the workbook is what was read from the file

SHEET: dict[str, Any] = {"record_type": "participant", "sends": "everything", "hold_if_rows_fall_below": "60%"}
PERSON: dict[str, Any] = {
    "partner_person_ref": "รหัส",
    "first_name": "ชื่อ",
    "project_ref": {"value": "P-1"},
    "joined_on": "วันที่",
}
SHAPES: dict[str, tuple[dict[str, Any], str, str, str, dict[str, Any]]] = {
    # table, its text, what is corrected (header), how, and what is known then
    "plain": (
        SHEET | {"fields": PERSON | {"sex": "เพศ"}},
        "รหัส,ชื่อ,วันที่,เพศ,อื่นๆ\n1,ก้อย,1/6/2568,ช,x\n2,แดง,31/02/2568,ญ,y\n3,ดำ,1/6/2568,ด,z\n",
        "วันที่", "15/02/2568", {"partner_person_ref": "2", "joined_on": "2025-02-15", "sex": "female"},
    ),
    "two rows of headers, one of them unknown": (
        SHEET | {"header": {"rows": 2}, "fields": PERSON | {"joined_on": "การเข้าร่วม / วันที่"}},
        ",,การเข้าร่วม,,ก่อนหน้า\nรหัส,ชื่อ,วันที่,ที่,อาชีพ\n1,ก้อย,1/6/2568,a,b\n2,แดง,31/02/2568,c,d\n",
        "การเข้าร่วม / วันที่", "15/02/2568", {"partner_person_ref": "2", "joined_on": "2025-02-15"},
    ),
    "two columns of one name": (
        SHEET | {"fields": PERSON | {"last_name": "ชื่อ (2)"}},
        "รหัส,ชื่อ,ชื่อ,วันที่\n1,ก้อย,ใจดี,1/6/2568\n2,แดง,ใจงาม,31/02/2568\n",
        "วันที่", "15/02/2568", {"first_name": "แดง", "last_name": "ใจงาม", "joined_on": "2025-02-15"},
    ),
    "a value above its block": (
        SHEET | {"fields": PERSON | {"joined_on": {"above": "ประจำวันที่"}}},
        "รหัส,ชื่อ,เบอร์\nประจำวันที่ 1 มิ.ย. 2568,,\n1,ก้อย,1\nประจำวันที่ 31 ก.พ. 2568,,\n2,แดง,2\n",
        "ประจำวันที่", "15 ก.พ. 2568", {"partner_person_ref": "2", "joined_on": "2025-02-15"},
    ),
    "any line above its block": (
        SHEET | {"fields": PERSON | {"joined_on": {"above": "*"}}},
        "รหัส,ชื่อ,เบอร์\n1 มิ.ย. 2568,,\n1,ก้อย,1\n31 ก.พ. 2568,,\n2,แดง,2\n",
        "*", "15 ก.พ. 2568", {"partner_person_ref": "2", "joined_on": "2025-02-15"},
    ),
    "columns that are ticked": (
        SHEET | {"fields": PERSON | {"target_groups": {"ticked": ["กลุ่ม / คนพิการ", "กลุ่ม / ผู้สูงอายุ"]}}, "header": {"rows": 2}},
        ",,,กลุ่ม,\nรหัส,ชื่อ,วันที่,คนพิการ,ผู้สูงอายุ\n1,ก้อย,1/6/2568,/,\n2,แดง,31/02/2568,,✓\n",
        "วันที่", "15/02/2568", {"target_groups": ["elderly"], "joined_on": "2025-02-15"},
    ),
    "columns that are joined": (
        SHEET | {"fields": PERSON | {"joined_on": {"join": ["วัน", "เดือน", "ปี"]}}},
        "รหัส,ชื่อ,วัน,เดือน,ปี\n1,ก้อย,1,มิ.ย.,2568\n2,แดง,31,ก.พ.,2568\n",
        "วัน", "15", {"partner_person_ref": "2", "joined_on": "2025-02-15"},
    ),
    "credit and debit": (
        {"record_type": "fund_transaction", "sends": "changes",
         "fields": {"partner_record_ref": "ที่", "partner_person_ref": "รหัส", "fund_ref": {"value": "F"}, "booked_on": "วันที่",
                    "kind": {"ticked": ["ฝาก", "ถอน"]}, "amount_baht": {"credit": "ฝาก", "debit": "ถอน"}},
         "codes": {"kind": {"ฝาก": "saving_in", "ถอน": "saving_out"}}},
        "ที่,รหัส,วันที่,ฝาก,ถอน\n1,P1,1/6/2568,100,\n2,P2,31/02/2568,,50\n",
        "วันที่", "15/02/2568", {"amount_baht": -50, "kind": "saving_out", "booked_on": "2025-02-15"},
    ),
    "cells that are filled down, footers, a title": (
        SHEET | {"header": {"rows": 1, "after": "ทะเบียน"}, "skip": ["subtotals", "signatures"], "fill": ["โครงการ"],
                 "fields": PERSON | {"project_ref": "โครงการ"}},
        "ทะเบียนปี 2568,,,\nโครงการ,รหัส,ชื่อ,วันที่\nA-1,1,ก้อย,1/6/2568\n,2,แดง,31/02/2568\nรวม,2,,\nลงชื่อ ก้อย,,,\n",
        "วันที่", "15/02/2568", {"project_ref": "A-1", "partner_person_ref": "2", "joined_on": "2025-02-15"},
    ),
    "parts": (
        SHEET | {"fields": {k: v for k, v in PERSON.items() if k != "first_name"}, "parts": {"full_name": "ชื่อ-สกุล", "address": "ที่อยู่"}},
        "รหัส,ชื่อ-สกุล,ที่อยู่,วันที่\n1,นายก้อย ใจดี,99 หมู่ 5 ต.แจ้ซ้อน อ.เมืองปาน,1/6/2568\n2,นางแดง ใจงาม,1 ม.2 ต.แจ้ซ้อน อ.เมืองปาน,31/02/2568\n",
        "วันที่", "15/02/2568", {"last_name": "ใจงาม", "house_no": "1", "tambon_code": "521304"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_a_corrected_row_is_read_as_it_would_have_been(shape: str) -> None:
    declared, text, header, right, known = SHAPES[shape]
    spec = source(declared)
    book = answer(spec, "a.csv", text.encode())
    row = next(
        r for r in range(2, 9) if _cell(book, r, header) not in (None, right) and "31" in str(_cell(book, r, header))
    )
    trial = sent_back(spec, changed(book, put(row, header, right)))
    rows = list(trial.rows())
    assert len(rows) == 1 and rows[0]["_status"] == "loaded", rows
    assert {name: rows[0][name] for name in known} == known
    assert trial.tables[0].unknown_columns == [] == trial.tables[0].columns_not_sent


def _cell(book: bytes, row: int, header: str) -> Any:
    sheet = openpyxl.load_workbook(io.BytesIO(book)).worksheets[1]
    heads = [str(cell.value).replace(" /\n", " / ") for cell in sheet[1]]
    return sheet.cell(row, heads.index(header) + 1).value


def test_paths_of_a_json_file_come_back_as_columns() -> None:
    declared = {"record_type": "participant", "rows": "items", "sends": "everything",
                "fields": {"partner_person_ref": "person.id", "first_name": "person.name", "project_ref": "project", "joined_on": "joined"}}  # fmt: skip
    spec = source(declared)
    book = answer(
        spec, "a.json", b'{"items": [{"person": {"id": 1, "name": "A"}, "project": "P", "joined": "2025-02-31"}]}'
    )
    (row,) = sent_back(spec, changed(book, put(2, "joined", "2025-02-15"))).rows()
    assert (row["_status"], row["partner_person_ref"], row["joined_on"]) == ("loaded", "1", "2025-02-15")


def test_several_tables_and_several_sheets_find_their_own() -> None:
    fields = PERSON | {"joined_on": "วันที่"}
    spec = source(
        SHEET | {"sheet": "บ้าน*", "every_sheet": True, "fields": fields},
        {"record_type": "learning_space", "sheet": "แหล่ง", "sends": "changes", "fields": {"space_ref": "รหัส", "name": "ชื่อ", "kind": "ประเภท"}},
    )  # fmt: skip
    file = openpyxl.Workbook()
    file.active.title = "บ้าน ก"
    for title in ("บ้าน ข", "แหล่ง"):
        file.create_sheet(title)
    for sheet in file.worksheets[:2]:
        for line in (["รหัส", "ชื่อ", "วันที่"], [f"{sheet.title}1", "ก้อย", "31/02/2568"]):
            sheet.append(line)
    for line in (["รหัส", "ชื่อ", "ประเภท"], ["S1", "ศาลา", "อะไรนะ"]):
        file["แหล่ง"].append(line)
    out = io.BytesIO()
    file.save(out)
    book = answer(spec, "a.xlsx", out.getvalue())
    assert _cell(book, 3, ROW) == "บ้าน ข / 2"
    book = changed(changed(book, put(3, "วันที่", "15/02/2568")), put(2, "ประเภท", "บ้าน"), sheet=2)
    rows = list(sent_back(spec, book).rows())
    assert [(r["_record_type"], r["_status"]) for r in rows] == [
        ("participant", "loaded"),
        ("learning_space", "loaded"),
    ]
    assert rows[0]["partner_person_ref"] == "บ้าน ข1" and rows[1]["kind"] == "home"


def two_sheets() -> tuple[Source, bytes]:
    fields = PERSON | {"joined_on": "วันที่"}
    spec = source(
        SHEET | {"sheet": "คน", "fields": fields},
        {"record_type": "learning_space", "sheet": "แหล่ง", "sends": "changes", "fields": {"space_ref": "รหัส", "name": "ชื่อ", "kind": "ประเภท"}},
    )  # fmt: skip
    file = openpyxl.Workbook()
    file.active.title = "คน"
    for line in (["รหัส", "ชื่อ", "วันที่"], ["P1", "ก้อย", "31/02/2568"]):
        file["คน"].append(line)
    file.create_sheet("แหล่ง")
    for line in (["รหัส", "ชื่อ", "ประเภท"], ["S1", "ศาลา", "อะไรนะ"]):
        file["แหล่ง"].append(line)
    out = io.BytesIO()
    file.save(out)
    return spec, answer(spec, "a.xlsx", out.getvalue())


def called(name: str) -> Change:
    def change(sheet: Worksheet) -> None:
        sheet.title = name

    return change


def test_a_renamed_sheet_is_found_by_its_headers() -> None:
    spec, book = two_sheets()
    book = changed(changed(book, put(2, "วันที่", "15/02/2568")), called("แก้แล้ว  "))
    assert not untouched(spec, book, DAY)
    assert [(r["_record_type"], r["_status"]) for r in sent_back(spec, book).rows()] == [("participant", "loaded")]


def test_a_renamed_sheet_whose_header_changed_holds_the_workbook() -> None:
    spec, book = two_sheets()

    def change(sheet: Worksheet) -> None:
        called("แก้แล้ว")(sheet)
        sheet.cell(1, 2).value = "รหัสใหม่"

    book = changed(changed(book, put(2, "วันที่", "15/02/2568")), change)
    assert not untouched(spec, book, DAY), "it is a delivery, and its sender is told"
    trial = try_delivery(spec, "แก้ไข_ทดลอง_x.xlsx", book, NOW)
    assert trial.hold is not None and trial.hold.code == "renamed_sheet"
    assert trial.hold.detail == {"sheets": ["คน"], "found": ["แก้แล้ว"]}


def test_a_sheet_that_was_taken_out_or_added_is_no_harm() -> None:
    spec, book = two_sheets()
    opened = openpyxl.load_workbook(io.BytesIO(book))
    del opened["คน"]
    opened.create_sheet("ว่าง")
    out = io.BytesIO()
    opened.save(out)
    (row,) = sent_back(spec, changed(out.getvalue(), put(2, "ประเภท", "บ้าน"))).rows()
    assert (row["_record_type"], row["kind"]) == ("learning_space", "home")


# --- which rows count

PLAIN, TEXT = SHAPES["plain"][0], SHAPES["plain"][1].encode()


def test_only_rows_that_were_touched_count_and_keep_the_number_that_the_sender_sees() -> None:
    spec = source(PLAIN)
    book = answer(spec, "a.csv", TEXT)
    assert list(sent_back(spec, book).rows()) == []
    rows = list(sent_back(spec, changed(book, put(3, "เพศ", "ช"))).rows())
    assert [(r["_row"], r["sex"]) for r in rows] == [(4, "male")]
    again = sent_back(spec, changed(changed(book, put(3, "เพศ", "ช")), put(2, "วันที่", "32/2/2568")))
    assert [(r["_row"], r["_status"]) for r in again.rows()] == [(3, "held"), (4, "loaded")]
    next_book = again.workbook()
    assert _cell(next_book, 2, ROW) == 3, "the same number as in the first workbook"
    heads = [cell.value for cell in openpyxl.load_workbook(io.BytesIO(next_book)).worksheets[1][1]]
    assert heads == [ROW, "รหัส", "ชื่อ", "วันที่", "เพศ", "อื่นๆ", REASONS, MARK]
    (last,) = sent_back(spec, changed(next_book, put(2, "วันที่", "15/2/2568"))).rows()
    assert (last["_row"], last["_status"], last["joined_on"]) == (3, "loaded", "2025-02-15")


def test_many_rows_still_wrong_are_no_change_of_type() -> None:
    spec = source(PLAIN)
    lines = "".join(f"{i},ก,{'ไม่รู้' if i % 2 else '1/6/2568'},ช,x\n" for i in range(40))
    book = answer(spec, "a.csv", b"".join([TEXT.splitlines()[0], b"\n", lines.encode()]))
    for row in range(2, 22):
        book = changed(book, put(row, "วันที่", "จำไม่ได้"))
    trial = sent_back(spec, book)
    assert trial.as_json()["held"] == 20 and trial.state == "loaded"


def test_a_line_that_could_not_be_cut_is_filled_in_or_left_alone() -> None:
    spec = source(PLAIN)
    book = answer(spec, "a.csv", TEXT + b"4,short\n")
    assert list(sent_back(spec, book).rows()) == []
    row = next(r for r in range(2, 9) if _cell(book, r, ROW) == 5)
    for header, value in (("รหัส", "4"), ("ชื่อ", "ขาว"), ("วันที่", "1/6/2568")):
        book = changed(book, put(row, header, value))
    (read,) = sent_back(spec, book).rows()
    assert (read["_row"], read["_status"], read["first_name"]) == (5, "loaded", "ขาว")


def _warned() -> tuple[TableToCorrect, Table]:
    spec = next(t for t in SOURCE.versions[0].tables if t.record_type == "participant")
    headers = ["รหัสสมาชิก", "โทรศัพท์", "วันเกิด"]
    made = TableToCorrect("participant", "ทะเบียน", headers, origins(spec, headers), spec)
    cells = {h: pa.array([f"{h}{i}" for i in range(3)]) for h in headers}
    made.add([finding(PHONE, 0, 1), finding(BORN, 2)], Block(cells, np.array([5, 6, 7])))
    return made, spec


@pytest.mark.parametrize(
    ("said", "counts"), [(CORRECT, True), (" ถูกต้อง ", True), ("ไม่ถูกต้อง", False), ("", False), ("✓", True)]
)
def test_a_marked_row_counts_without_a_change(said: str, counts: bool) -> None:
    made, _ = _warned()
    book = correction_workbook(SOURCE, delivery(), [made])
    book = changed(book, put(3, MARK, said or None))
    back = returned(book)
    assert back is not None and back.untouched(SOURCE.version(DAY)) is not counts
    (opened,) = open_delivery(book, "x.xlsx", back.tables(SOURCE.version(DAY)), SOURCE.version(DAY))
    blocks = list(back.touched(opened))
    assert [b.row_no.tolist() for b in blocks] == ([[6]] if counts else [])
    assert all(marked(block).all() for block in blocks)


# --- whose it is, and what it is not


def test_what_it_says_of_itself() -> None:
    made, spec = _warned()
    book = correction_workbook(SOURCE, delivery(), [made])
    back = returned(book)
    assert (back.reference, back.source) == ("LPG-000012", SOURCE.source)
    (found,) = back.tables(SOURCE.version(DAY))
    assert (found.record_type, found.sheet, found.sends, found.header.rows) == (
        "participant",
        ("ทะเบียน",),
        "changes",
        1,
    )
    assert (
        found.skip == found.fill == ()
        and found.rows is found.path is found.repeat is found.hold_if_rows_fall_below is None
    )
    assert found.fields == spec.fields and found.codes == spec.codes and {ROW, REASONS, MARK} <= set(found.ignore)


def test_all_else_is_no_workbook_of_ours() -> None:
    plain = io.BytesIO()
    openpyxl.Workbook().save(plain)
    named = openpyxl.Workbook()
    named.create_sheet("_equity").append(["{}"])
    odd = io.BytesIO()
    named.save(odd)
    for data in (
        b"",
        b"PK\x03\x04",
        b"PK\x03\x04 _equity",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1_equity",
        b"_equity,1\n",
        plain.getvalue(),
        odd.getvalue(),
    ):
        assert returned(data) is None


def test_another_partners_workbook_is_held_and_not_read() -> None:
    made, _ = _warned()
    book = correction_workbook(SOURCE, delivery(), [made])
    other = source(PLAIN)
    with pytest.raises(Unreadable) as refused:
        returned_to(other, book)
    assert refused.value.code == "foreign_workbook" and not untouched(other, book, DAY)
    trial = try_delivery(other, "แก้ไข_LPG-000012_x.xlsx", book, NOW)
    assert trial.hold.code == "foreign_workbook" and "LPG-000012" in trial.as_json()["reason"]["th"]
    pulled = source({**PLAIN, "path": "/x", "rows": "items"}, fetch={"by": "rest", "connection": "api"})
    assert returned_to(pulled, book) is None, "a pull gives rows, not workbooks"


def test_rows_cut_out_of_a_workbook_are_not_taken_for_a_full_list() -> None:
    spec = source(PLAIN)
    whole = openpyxl.load_workbook(io.BytesIO(answer(spec, "a.csv", TEXT)))
    for name in whole.sheetnames:
        if name[0] == "_" or name == "สรุป":
            del whole[name]
    out = io.BytesIO()
    whole.save(out)
    assert try_delivery(spec, "a.xlsx", out.getvalue(), NOW).hold.code == "torn_workbook"
    lines = [[cell.value or "" for cell in row] for row in whole.worksheets[0].iter_rows()]
    assert try_delivery(spec, "a.csv", table(lines[0], lines[1:]), NOW).hold.code == "torn_workbook"


def test_rules_that_changed_since_leave_out_what_is_not_sent_any_more() -> None:
    book = answer(source(PLAIN), "a.csv", TEXT)
    now = source(
        {
            "record_type": "learning_space",
            "sends": "changes",
            "fields": {"space_ref": "รหัส", "name": "ชื่อ", "kind": "ประเภท"},
        }
    )
    assert returned(book).tables(now.version(DAY)) == []
    assert try_delivery(now, "แก้ไข_LPG-000001_x.xlsx", book, NOW).hold.code == "not_declared"


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        (workbook_name(delivery()), True),
        ("แก้ไข_LPG-000012_x (1).xlsx", True),
        ("สำเนาของ แก้ไข_LPG-000012_x.ods", True),
        ("แก้ไข_LPG-000012_x.xls", True),
        ("~$แก้ไข_LPG-000012_x.xlsx", False),
        ("แก้ไข_ทะเบียน.xlsx", False),
        ("แก้ไข_LPG-000012_x.pdf", False),
    ],
)
def test_connectors_take_it_whatever_names_the_spec_asks_for(name: str, taken: bool) -> None:
    assert wanted(name, "*.csv") is taken and "LPG" in RETURNED


# --- a whole turn, with the warehouse


def test_a_correction_in_the_workbook_is_loaded_and_nothing_is_deleted(desk: Desk) -> None:
    first = desk.send_people(person(1), person(2), person(3, joined_on="31/02/2568"), person(4, phone="12"))
    assert desk.five(first) == (4, 3, 0, 0, 1)
    book = changed(desk.outbox.delivered[first.reference], put(2, "เข้าร่วม", "28/02/2568"))
    second = desk.send(book, workbook_name(first))
    assert second.state == "loaded" and desk.five(second) == (1, 1, 0, 0, 0)
    people = desk.raw()
    assert len(people) == 4 and not any(row["is_deleted"] for row in people)
    assert {row["joined_on"] for row in people} == {date(2025, 6, 1), date(2025, 2, 28)}
    notes = desk.ask("select notes from ops.delivery where source = {source} order by delivery_id")
    assert not (notes[-1]["notes"] or {}).get("tables_not_found"), "the other tables are not missing in it"
    assert second.reference not in desk.outbox.delivered, "all is well: no further workbook"


def test_our_own_answer_in_the_senders_folder_is_no_delivery(desk: Desk) -> None:
    first = desk.send_people(person(1), person(2, joined_on="31/02/2568"))
    book = desk.outbox.delivered[first.reference]
    desk.put(workbook_name(first), book)
    assert desk.discover() == [] and desk.discover() == []
    desk.put(f"copy {workbook_name(first)}", changed(book, lambda sheet: None))
    assert desk.discover() == [], "saved again without a change"
    desk.put(workbook_name(first), changed(book, put(2, "เข้าร่วม", "28/02/2568")))
    (second,) = desk.discover()
    assert desk.five(desk.process(second)) == (1, 1, 0, 0, 0)


def test_the_answer_to_a_held_delivery_is_no_delivery_either(desk: Desk) -> None:
    held = desk.send(b"x,y\n1,2\n", "participant_9.csv")
    assert held.state == "held"
    desk.put(workbook_name(held), desk.outbox.delivered[held.reference])
    assert desk.discover() == []


def test_a_workbook_is_no_snapshot_to_measure_the_next_one_by(make_desk: DeskMaker) -> None:
    from delivery_desk import LEAN

    desk = make_desk(LEAN | {"hold_if_rows_fall_below": "60%"})
    first = desk.send_people(*(person(i) for i in range(1, 11)), person(11, joined_on="31/02/2568"))
    desk.send(changed(desk.outbox.delivered[first.reference], put(2, "เข้าร่วม", "28/02/2568")), workbook_name(first))
    third = desk.send_people(person(1), person(2))
    assert (third.state, third.hold_code) == ("held", "rows_collapsed") and PERSON_HEADERS


def test_a_foreign_workbook_is_held_and_its_sender_told(make_desk: DeskMaker) -> None:
    one, two = make_desk(), make_desk()
    first = one.send_people(person(1, joined_on="31/02/2568"))
    done = two.send(
        changed(one.outbox.delivered[first.reference], put(2, "เข้าร่วม", "28/02/2568")), workbook_name(first)
    )
    assert (done.state, done.hold_code) == ("held", "foreign_workbook") and two.raw() == []
    assert done.reference in two.outbox.delivered
