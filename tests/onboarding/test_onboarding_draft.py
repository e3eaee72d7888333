"""The spec as it is written: valid YAML, every header as it stands, a comment wherever it is unsure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from onboarding_samples import PEOPLE, known, national_id, of_columns, recognised, rows_of, table, workbook

from equity.onboarding.asked import nearest_code
from equity.onboarding.draft import Draft, draft, left_out
from equity.onboarding.recognise import Recognised, recognise
from equity.onboarding.yaml_words import quoted
from equity.sources.spec import Source, Table, read_source

TODAY = date(2026, 3, 2)


def drafted(*recognised_: Recognised, **more: Any) -> Draft:
    given = {"source": "a_club", "name_th": "ชมรม", "name_en": "A club", "family": "unit", "area": "5201"} | more
    return draft(recognised_, known(), today=TODAY, **given)


def read(made: Draft, folder: Path) -> Source:
    path = folder / f"{made.source}.yml"
    path.write_text(made.yaml, "utf-8")
    return read_source(path)


def only_table(made: Draft, folder: Path) -> Table:
    (table_,) = read(made, folder).versions[0].tables
    return table_


def people(wanted: str | None = "participant", **more: Any) -> Recognised:
    return recognised(PEOPLE, wanted, **more)


# --- the whole


def test_the_draft_is_a_valid_spec(tmp_path: Path) -> None:
    source = read(drafted(people()), tmp_path)
    (version,) = source.versions
    (spec,) = version.tables
    assert (source.source, source.partner.area, version.since) == ("a_club", "5201", date(2026, 1, 1))
    assert source.fetch.connection == "a_club_drop" and source.answer is not None
    assert spec.record_type == "participant" and spec.fields["national_id"].header == ("เลขประจำตัวประชาชน",)
    assert spec.part_headers() == {"full_name": {"0": "ชื่อ-สกุล"}}


def test_the_draft_begins_with_the_schema_for_editors() -> None:
    assert drafted(people()).yaml.startswith("# yaml-language-server: $schema=schema.json\n")


def test_registers_are_sent_whole_and_events_line_by_line(tmp_path: Path) -> None:
    register = only_table(drafted(people()), tmp_path)
    assert (register.sends, register.hold_if_rows_fall_below) == ("everything", 0.6)
    events = {"รหัสสมาชิก": PEOPLE["รหัสสมาชิก"], "วันที่ติดตาม": PEOPLE["วันที่เข้าร่วม"], "สถานะการทำงาน": ["มีงานทำ"] * 8}
    event = only_table(drafted(recognised(events, "outcome")), tmp_path)
    assert (event.sends, event.hold_if_rows_fall_below) == ("changes", None)


def test_the_family_is_what_the_name_says_else_a_guess() -> None:
    sure = drafted(people(), family="reference").yaml
    assert "  family: reference\n" in sure
    for name, family in (
        ("เทศบาลตำบลเกาะคา", "municipal_centre"),
        ("มหาวิทยาลัยราชภัฏ", "abe_university"),
        ("ชมรม", "unit"),
    ):
        assert f"  family: {family}  # one of " in drafted(people(), family=None, name_th=name).yaml


# --- what it is not sure of


def test_words_that_no_reader_knows_are_asked_with_the_line_to_write(tmp_path: Path) -> None:
    told = {
        "รหัสสมาชิก": PEOPLE["รหัสสมาชิก"],
        "วันที่ติดตาม": PEOPLE["วันที่เข้าร่วม"],
        "เงินออมต่อเดือน": ["ไม่มี", "500", "ไม่มี", "300", "800", "900", "200", "100"],
        "จดทะเบียนพาณิชย์": ["ขึ้นแล้วจ้า", "ยังไม่จด"] * 4,
    }
    made = drafted(recognised(told, "outcome"))
    assert "write {header: เงินออมต่อเดือน, ไม่มี: zero}, or unknown where that is meant" in made.yaml
    assert "write {header: จดทะเบียนพาณิชย์, ขึ้นแล้วจ้า: yes}, or no where that is meant" in made.yaml
    assert sum("words that are not read" in doubt for doubt in made.doubts) == 2
    answered = re.sub(
        r"^(\s*\w+): \S+  # words that are not read: write (\{.*?\}),.*$", r"\1: \2", made.yaml, flags=re.M
    )
    (tmp_path / "a_club.yml").write_text(answered, "utf-8")
    (table_,) = read_source(tmp_path / "a_club.yml").versions[0].tables
    assert table_.fields["monthly_savings"].words == {"ไม่มี": "zero"}
    assert table_.fields["business_registered"].words == {"ขึ้นแล้วจ้า": "yes"}


def test_the_words_of_codes_are_answered_by_taking_their_marks_away(tmp_path: Path) -> None:
    told = {"รหัสสมาชิก": PEOPLE["รหัสสมาชิก"], "วันที่ติดตาม": PEOPLE["วันที่เข้าร่วม"], "สถานะการทำงาน": ["มีงานทำ", "ช่วยเตี่ย"] * 4}
    made = drafted(recognised(told, "outcome"))
    assert read(made, tmp_path).versions, "with all of them left as they are it is a spec, too"
    (tmp_path / "a_club.yml").write_text(re.sub(r"# (ช่วยเตี่ย): \?", r"\1: employed", made.yaml), "utf-8")
    (table_,) = read_source(tmp_path / "a_club.yml").versions[0].tables
    assert table_.codes == {"work_status": {"ช่วยเตี่ย": "employed"}}


def test_a_column_a_day_is_not_read_and_said_so() -> None:
    days = {f"{day} ม.ค. 68": ["/", ""] * 4 for day in range(6, 11)}
    made = drafted(recognised({"รหัสสมาชิก": PEOPLE["รหัสสมาชิก"], "ชื่อ-สกุล": PEOPLE["ชื่อ-สกุล"], **days}))
    assert any("5 columns are dates (6 ม.ค. 68 …): a column a day is not read" in doubt for doubt in made.doubts)


def test_a_small_table_that_nobody_is_sure_of_is_left_out_also_where_none_is_sure() -> None:
    lessons = {"รหัส": [f"E{i}" for i in range(80)], "วิชา": ["งานไม้", "ตัดเย็บ"] * 40}
    many = recognised(lessons, None, sheet="ทะเบียน")
    few = recognised({"รหัส": ["1", "2", "3"], "สาเหตุ": ["ย้าย", "ลาออก", "อื่น"]}, None, sheet="รหัส")
    for table_ in (many, few):
        table_.sure = False
    assert list(left_out([many, few])) == [1]


def test_every_unsure_column_has_a_comment_and_is_told(tmp_path: Path) -> None:
    found = recognised(
        {**PEOPLE, "เบอรโทรศัพ": [f"08123456{i:02}" for i in range(8)], "อาชีพเดิมก่อนนี้": ["ค้าขาย", "รับจ้าง"] * 4},
        "participant",
    )
    made = drafted(found)
    unsure = [c.source for c in found.columns if c.fields and not c.sure]
    assert unsure, "a case with something unsure"
    for header in unsure:
        (line,) = [line for line in made.yaml.splitlines() if header in line]
        assert "# NOT SURE" in line
        assert any(header in doubt for doubt in made.doubts)
    for mapped in found.columns:
        if mapped.fields and mapped.sure:
            lines = [line for line in made.yaml.splitlines() if mapped.source in line]
            assert lines and not any("NOT SURE" in line for line in lines), mapped.source


def test_a_guessed_record_type_is_told() -> None:
    found = recognised({"ชื่อ": ["ก", "ข", "ค"], "วันที่": ["1/1/2567", "2/1/2567", "3/1/2567"]})
    made = drafted(found)
    assert f"# NOT SURE: it may also be {found.runners_up[0]}" in made.yaml
    assert any("is a guess" in doubt for doubt in made.doubts)


def test_a_column_without_a_field_is_listed_with_the_reason(tmp_path: Path) -> None:
    made = drafted(recognised({**PEOPLE, "สีที่ชอบ": ["แดง", "เขียว"] * 4}, "participant"))
    assert "- สีที่ชอบ  # not used: " in made.yaml
    assert "สีที่ชอบ" in only_table(made, tmp_path).ignore


def test_what_is_left_out_without_being_sure_is_to_be_looked_at() -> None:
    table_ = recognised({**PEOPLE, "สีที่ชอบ": ["แดง", "เขียว"] * 4}, "participant")
    (column,) = (c for c in table_.columns if c.source == "สีที่ชอบ")
    column.ignored, column.sure, column.reason = True, False, "it contains 'สี'"
    made = drafted(table_)
    assert "- สีที่ชอบ  # not used: it contains 'สี'" in made.yaml
    assert any(doubt.endswith("not used, as far as can be told: สีที่ชอบ") for doubt in made.doubts)


def test_words_that_are_no_code_yet_are_asked_for(tmp_path: Path) -> None:
    made = drafted(recognised({**PEOPLE, "เพศ": ["ชาย", "ชช", "ญญ", "ชช", "ญญ", "หญิง", "ชช", "ญญ"]}, "participant"))
    asked = [line.strip() for line in made.yaml.splitlines()[1:] if line.strip().startswith("# ")]
    assert [line.partition(":")[0] for line in asked] == ["# ชช", "# ญญ"]
    assert sum("which code is" in doubt for doubt in made.doubts) == 2
    assert only_table(made, tmp_path).codes["sex"] == {}
    # what the comment asks for: take the braces and the # away, say the code
    answered = re.sub(r"# ชช: .*", "ชช: male", re.sub(r"# ญญ: .*", "ญญ: female", made.yaml)).replace("sex: {}", "sex:")
    assert only_table(Draft(made.source, answered, []), tmp_path).codes["sex"] == {"ชช": "male", "ญญ": "female"}


# --- quoting

ODD = [
    "รายได้: ต่อเดือน", "a: b", "#", "ข้อ # 3", "a #b", '"ชื่อ"', "it's", "ชื่อ\nสกุล", "ชื่อ\r\n(ตัวบรรจง)", " ชื่อ", "ชื่อ ", "ไม่", "No", "yes", "on", "Null", "~", "12", "1.5",
    "2567", "0x1F", "1e3", "2026-01-01", "- ชื่อ", "? ชื่อ", "& ชื่อ", "*", "!x", "%", "@x", "`x`", "{a}", "[a]", "a, b", "ก|ข", ">x", "ชื่อ:", ":", "=", "<<", "ที่\tอยู่", "ก\\ข", "ชื่อ\u00a0สกุล",
    "นํ้าหนัก", "\u200bชื่อ", "😀", "...", "---", "true", "y", ".inf", "1_000", "12:30",
]  # fmt: skip


@pytest.mark.parametrize("header", ODD, ids=repr)
def test_odd_headers_are_read_back_as_they_are(header: str) -> None:
    word = quoted(header)
    assert yaml.safe_load(f"{word}: 1") == {header: 1}, "as a key"
    assert yaml.safe_load(f"x: {word}  # a comment") == {"x": header}, "as a value"
    assert yaml.safe_load(f"x: [{word}, {{header: {word}, k: 1}}]") == {"x": [header, {"header": header, "k": 1}]}, (
        "within"
    )
    assert yaml.safe_load(f"- {word}") == [header]


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc", "Co", "Cn")), min_size=1, max_size=12))
def test_any_header_is_read_back_as_it_is(header: str) -> None:
    assert yaml.safe_load(f"x: [{quoted(header)}, {{k: {quoted(header)}}}]") == {"x": [header, {"k": header}]}


def test_words_that_need_no_quotes_have_none() -> None:
    assert [quoted(word) for word in ("รหัสสมาชิก", "ชื่อ-สกุล", "ที่อยู่ / ตำบล", "first_name", "รายได้ (บาท)")] == [
        "รหัสสมาชิก", "ชื่อ-สกุล", "ที่อยู่ / ตำบล", "first_name", "รายได้ (บาท)",
    ]  # fmt: skip


@pytest.mark.parametrize("header", [h for h in ODD if h != "*"], ids=repr)
def test_a_whole_spec_with_an_odd_header_is_valid(header: str, tmp_path: Path) -> None:
    found = of_columns({**PEOPLE, header: ["ก", "ข"] * 4})
    spec = only_table(drafted(recognise(found, known(), "participant")), tmp_path)
    assert header in (*spec.ignore, *spec.expected_headers())


def test_odd_names_of_partners(tmp_path: Path) -> None:
    name = 'ชมรม "ฮัก": ลำปาง #1'
    assert read(drafted(people(), name_th=name, name_en=name), tmp_path).partner.name.th == name


# --- dates, codes, what comes from elsewhere


def joined(tmp_path: Path, cells: Sequence[str]) -> Any:
    columns = {**PEOPLE, "วันที่เข้าร่วม": cells}
    return only_table(drafted(recognised(columns, "participant")), tmp_path).fields["joined_on"]


def test_two_digit_years_say_their_era(tmp_path: Path) -> None:
    assert joined(tmp_path, [f"{i + 1}/6/67" for i in range(8)]).era == "buddhist"
    assert joined(tmp_path, [f"{i + 1}/6/24" for i in range(8)]).era == "christian"


def test_whole_years_need_no_era(tmp_path: Path) -> None:
    assert joined(tmp_path, PEOPLE["วันที่เข้าร่วม"]).era == "auto"


def test_american_order_is_said(tmp_path: Path) -> None:
    assert joined(tmp_path, [f"6/{i + 12}/2024" for i in range(8)]).order == "mdy"
    assert joined(tmp_path, [f"{i + 12}/6/2024" for i in range(8)]).order == "dmy"
    assert joined(tmp_path, [f"6/{i + 1}/2024" for i in range(8)]).order == "dmy", "nothing speaks for it"


def without(*headers: str) -> dict[str, Sequence[str | None]]:
    return {h: c for h, c in PEOPLE.items() if h not in headers}


def test_people_without_a_number_are_told_apart_by_their_national_id(tmp_path: Path) -> None:
    spec = only_table(drafted(recognised(without("รหัสสมาชิก"), "participant")), tmp_path)
    assert spec.fields["partner_person_ref"].header == ("เลขประจำตัวประชาชน",)


def test_where_some_ids_are_missing_name_and_birth_step_in(tmp_path: Path) -> None:
    some = [national_id(i) if i % 2 else None for i in range(8)]
    made = drafted(recognised({**without("รหัสสมาชิก"), "เลขประจำตัวประชาชน": some}, "participant"))
    ref = only_table(made, tmp_path).fields["partner_person_ref"]
    assert (ref.header, ref.otherwise) == (("เลขประจำตัวประชาชน",), ("ชื่อ-สกุล", "วันเกิด"))


def test_without_any_number_name_and_birth_are_joined_and_that_is_doubted(tmp_path: Path) -> None:
    made = drafted(recognised(without("รหัสสมาชิก", "เลขประจำตัวประชาชน"), "participant"))
    assert only_table(made, tmp_path).fields["partner_person_ref"].join == ("ชื่อ-สกุล", "วันเกิด")
    (line,) = [line for line in made.yaml.splitlines() if "partner_person_ref" in line]
    assert "NOT SURE" in line and any("partner_person_ref" in doubt for doubt in made.doubts)


def test_a_value_in_the_title_is_read_from_there(tmp_path: Path) -> None:
    columns = {
        "รหัสนักเรียน": [f"{i:05}" for i in range(8)], "ชื่อ-สกุล": PEOPLE["ชื่อ-สกุล"], "โรงเรียน": ["วัดบ้านตัวอย่าง"] * 8, "ชั้น": ["ม.1"] * 8,
        "รอบข้อมูล": ["10 มิ.ย."] * 8,
    }  # fmt: skip
    found = table(workbook({"1": [["รายชื่อนักเรียน ปีการศึกษา 2567"], *rows_of(columns)]}))
    spec = only_table(drafted(recognise(found, known(), "school_roster")), tmp_path)
    assert spec.fields["academic_year"].above == "ปีการศึกษา"


def test_money_in_two_columns_is_written_as_one_field(tmp_path: Path) -> None:
    columns = {
        "วันที่": [f"{i + 1}/1/2567" for i in range(8)], "เลขที่เอกสาร": [f"R{i}" for i in range(8)], "เลขสมาชิก": [f"ส{i:03}" for i in range(8)],
        "ฝาก": ["100", None] * 4, "ถอน": [None, "50"] * 4,
    }  # fmt: skip
    spec = only_table(drafted(recognised(columns, "fund_transaction", titles=["สมุดบัญชีกองทุน"])), tmp_path)
    amount = spec.fields["amount_baht"]
    assert (amount.credit, amount.debit) == ("ฝาก", "ถอน")
    assert spec.fields["kind"].ticked == ("ฝาก", "ถอน")


def test_a_ledger_that_says_the_kind_and_has_two_columns_of_money_is_asked_for_its_words(tmp_path: Path) -> None:
    columns = {
        "วันที่": [f"{i + 1}/1/2567" for i in range(8)], "เลขที่เอกสาร": [f"R{i}" for i in range(8)],
        "เลขสมาชิก": [f"ส{i:03}" for i in range(8)], "รายการ": ["รับบริจาค", "ให้กู้ยืม"] * 4,
        "รับ (บาท)": ["100", None] * 4, "จ่าย (บาท)": [None, "50"] * 4,
    }  # fmt: skip
    made = drafted(recognised(columns, "fund_transaction", titles=["สมุดบัญชีกองทุน"]))
    spec = only_table(made, tmp_path)
    assert spec.fields["kind"].header == ("รายการ",) and spec.codes["kind"] == {}
    assert [doubt for doubt in made.doubts if "which code" in doubt] == ["sample.csv: kind: which code is 'ให้กู้ยืม'?"]


def test_a_label_and_its_value_in_one_word_of_the_title(tmp_path: Path) -> None:
    columns = {
        "รหัสนักเรียน": [f"{i:05}" for i in range(8)], "ชื่อ-สกุล": PEOPLE["ชื่อ-สกุล"], "ชั้น": ["ม.1"] * 8, "ปีการศึกษา": ["2567"] * 8,
    }  # fmt: skip
    found = table(workbook({"1": [["บัญชีรายชื่อนักเรียน โรงเรียนงาวเหนือพิทยา"], *rows_of(columns)]}))
    made = drafted(recognise(found, known(), "school_roster"))
    spec = only_table(made, tmp_path)
    assert spec.fields["school"].above == "โรงเรียน"


def test_tick_boxes_are_written_as_one_field(tmp_path: Path) -> None:
    boxes = {"คนพิการ": ["/", None] * 4, "ผู้สูงอายุ": [None, "/"] * 4}
    spec = only_table(drafted(recognised({**PEOPLE, **boxes}, "participant")), tmp_path)
    assert set(spec.fields["target_groups"].ticked) == set(boxes)


def test_places_are_one_part(tmp_path: Path) -> None:
    columns = {**PEOPLE, "ตำบล": ["พิชัย", "ชมพู"] * 4, "อำเภอ": ["เมืองลำปาง"] * 8}
    spec = only_table(drafted(recognised(columns, "participant")), tmp_path)
    assert spec.parts["place"] == {"tambon": "ตำบล", "amphoe": "อำเภอ"}


# --- files and sheets


def test_one_sample_says_only_how_names_end(tmp_path: Path) -> None:
    assert read(drafted(people(path="รายชื่อ มค67.csv")), tmp_path).fetch.pattern == "*.csv"


def test_files_of_several_months_are_one_table(tmp_path: Path) -> None:
    made = drafted(people(path="สมาชิก 2567-01.csv"), people(path="สมาชิก 2567-02.csv"))
    source = read(made, tmp_path)
    assert source.fetch.pattern == "สมาชิก*.csv" and len(source.versions[0].tables) == 1


def test_files_of_different_kinds_have_tables_with_patterns_of_their_own(tmp_path: Path) -> None:
    events = {"รหัสสมาชิก": PEOPLE["รหัสสมาชิก"], "วันที่ติดตาม": PEOPLE["วันที่เข้าร่วม"], "สถานะการทำงาน": ["มีงานทำ"] * 8}
    made = drafted(people(path="members_2567.csv"), recognised(events, "outcome", path="followup_2567.csv"))
    source = read(made, tmp_path)
    assert {t.record_type: t.files for t in source.versions[0].tables} == {
        "participant": "members*.csv",
        "outcome": "followup*.csv",
    }
    assert [t.record_type for t in source.tables_for("members_2568.csv", TODAY)] == ["participant"]


def test_sheets_of_one_kind_are_one_table(tmp_path: Path) -> None:
    made = drafted(people(sheet="หมู่ 1"), people(sheet="หมู่ 2"), people(sheet="หมู่ 12"))
    spec = only_table(made, tmp_path)
    assert spec.every_sheet and spec.sheet == ("หมู่*",)


def test_sheets_of_two_kinds_are_told_apart(tmp_path: Path) -> None:
    events = {"รหัสสมาชิก": PEOPLE["รหัสสมาชิก"], "วันที่ติดตาม": PEOPLE["วันที่เข้าร่วม"], "สถานะการทำงาน": ["มีงานทำ"] * 8}
    made = drafted(people(sheet="สมาชิก 2567"), recognised(events, "outcome", sheet="ติดตาม 2567"))
    assert {t.record_type: t.sheet for t in read(made, tmp_path).versions[0].tables} == {
        "participant": ("สมาชิก*",), "outcome": ("ติดตาม*",),
    }  # fmt: skip


def test_one_sheet_alone_may_be_called_anything(tmp_path: Path) -> None:
    assert only_table(drafted(people(sheet="Sheet1")), tmp_path).sheet == ()


def test_header_rows_delimiter_and_encoding_are_said_where_they_are_not_plain(tmp_path: Path) -> None:
    found = people(encoding="cp874", delimiter=";", header_rows=2)
    version = read(drafted(found), tmp_path).versions[0]
    assert (version.encoding, version.delimiter, version.tables[0].header.rows) == ("cp874", ";", 2)
    plain = read(drafted(people(encoding="utf-8", delimiter=",", header_rows=1)), tmp_path).versions[0]
    assert (plain.encoding, plain.delimiter, plain.tables[0].header.rows) == (None, None, 1)


def test_an_api_is_pulled(tmp_path: Path) -> None:
    made = drafted(people(path="/v1/people", rows="data.items"), fetch={"by": "rest", "path": "/v1/people"})
    source = read(made, tmp_path)
    (spec,) = source.versions[0].tables
    assert (source.fetch.by, spec.path, spec.rows) == ("rest", "/v1/people", "data.items")


# --- what stays out of a spec, and what it asks


def club(sheets: dict[str, list[list[object]]]) -> list[Recognised]:
    from onboarding_samples import tables

    return [recognise(found, known()) for found in tables(workbook(sheets), "club.xlsx")]


@pytest.mark.parametrize("names", [("นายสมชาย ใจดี", "นางมาลี แก้วมา"), ("สมชาย ใจดี", "มาลี แก้วมา"), ("ครูแดง", "ป้าแก้ว")])
def test_sheets_named_after_persons_do_not_get_into_the_spec(names: tuple[str, str], tmp_path: Path) -> None:
    spec_of = drafted(*club({name: rows_of(PEOPLE) for name in names}))
    assert not any(word in spec_of.yaml for name in names for word in name.split())
    spec = only_table(spec_of, tmp_path)
    assert spec.every_sheet and spec.sheet == ("*",)


def test_sheets_named_after_places_stay_as_they_are(tmp_path: Path) -> None:
    spec = only_table(drafted(*club({name: rows_of(PEOPLE) for name in ("ตำบล แจ้ห่ม", "ตำบล บ้านสา")})), tmp_path)
    assert spec.sheet == ("ตำบล*",)


def test_a_small_table_that_is_a_guess_is_left_out_beside_a_sure_one(tmp_path: Path) -> None:
    found = club(
        {"สมาชิก": rows_of(PEOPLE), "สรุป": [["ตำบล", "จำนวน", "ยอด"], ["แจ้ซ้อน", "5", "20"], ["เมืองปาน", "3", "9"]]}
    )
    assert len(found) == 2 and not found[1].sure
    made = drafted(*found)
    assert only_table(made, tmp_path).record_type == "participant"
    assert "# left out: the sheet สรุป" in made.yaml and any("left out" in doubt for doubt in made.doubts)


def test_a_guess_alone_is_not_left_out(tmp_path: Path) -> None:
    found = club({"สรุป": [["ตำบล", "จำนวน", "ยอด"], ["แจ้ซ้อน", "5", "20"], ["เมืองปาน", "3", "9"]]})
    assert only_table(drafted(*found), tmp_path).record_type == found[0].record_type


def test_a_missing_code_says_the_line_that_answers_it() -> None:
    columns = {"รหัสแหล่งเรียนรู้": ["S1", "S2", "S3"], "ชื่อแหล่งเรียนรู้": ["ห้องสมุด", "ศาลา", "ลานวัด"]}
    line = next(x for x in drafted(recognised(columns, "learning_space")).yaml.splitlines() if "MISSING" in x)
    (answer,) = re.findall(r"`(kind: \{value: \w+\})`", line)
    assert yaml.safe_load(answer)["kind"]["value"] in line.partition("(one of ")[2]
    assert "`kind: <header of its column>`" in line


CASES: dict[str, Sequence[str | None]] = {
    "HN": [f"{n}" for n in (5512, 5513, 5512, 5517)], "เลขบัตรประชาชน": [national_id(n) for n in (1, 2, 1, 3)],
    "ชื่อ": ["สมชาย", "มาลี", "สมชาย", "อรทัย"], "วันที่ติดตาม": ["1/2/2569", "2/2/2569", "9/2/2569", "9/2/2569"],
    "ขั้นตอน": ["พบตัว", "ส่งต่อ", "พบตัว", "ส่งต่อ"], "เจ้าหน้าที่": ["N1", "N2", "N1", "N1"],
}  # fmt: skip


def test_a_case_without_a_number_takes_one_that_nothing_else_asks_for_and_never_first_a_national_id(
    tmp_path: Path,
) -> None:
    """A reference stands in clear: the only unique number, else the partner's own number of the person."""
    own = drafted(recognised({**CASES, "REFERNO": [f"RF{n:05}" for n in range(4)]}, "case_event"))
    assert "case_ref: REFERNO  # NOT SURE" in own.yaml
    assert only_table(own, tmp_path).ignore == ()
    assert "case_ref: HN  # NOT SURE" in drafted(recognised(CASES, "case_event")).yaml


def test_of_a_group_with_a_name_and_a_number_the_number_is_the_reference() -> None:
    columns: dict[str, Sequence[str | None]] = {
        "sessionId": ["S1", "S2", "S3", "S4"], "title": ["จักสาน", "ทำขนม", "จักสาน", "ทอผ้า"],
        "date": ["2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05"], "trainer.id": ["T1", "T2", "T1", "T1"],
        "trainer.name": ["มะลิ", "บุญมี", "มะลิ", "มะลิ"],
    }  # fmt: skip
    found = recognised(columns, "activity")
    assert [c.source for c in found.feeding("trainer_ref")] == ["trainer.id"] and not found.feeding("trainer_ref")[
        0
    ].sure


def test_a_word_is_never_offered_the_code_of_its_opposite() -> None:
    assert nearest_code("ไม่พบตัว", "case_stage") != nearest_code("พบตัว", "case_stage")
    for word in ("ไม่พบตัว", "สมัคร สกร. แล้ว", "อยู่ระหว่างติดตาม"):
        assert nearest_code(word, "case_stage") is None
    assert nearest_code("ฝากเงินออม", "fund_transaction_kind") in (None, "saving_in")


def test_no_answer_is_offered_that_makes_one_person_of_all(tmp_path: Path) -> None:
    """A column of national ids is offered for the person's reference; without one nothing is said that is the same for all."""
    columns: dict[str, list[str | None]] = {
        "เลขที่ใบแจ้ง": [f"R-{i:03}" for i in range(8)], "เลขบัตร ปชช.": [national_id(i) for i in range(8)],
        "วันที่แจ้ง": [f"{i + 1}/1/2567" for i in range(8)], "บริการ": ["ซ่อม", "ยืม"] * 4,
    }  # fmt: skip
    made = drafted(recognised(columns, "device_service"))
    line = next(line for line in made.yaml.splitlines() if "partner_person_ref" in line)
    assert "เลขบัตร ปชช." in line
    without_ids = drafted(recognised({h: c for h, c in columns.items() if "ปชช" not in h}, "device_service"))
    line = next(line for line in without_ids.yaml.splitlines() if "partner_person_ref" in line)
    assert "{value:" not in line and "join" in line
