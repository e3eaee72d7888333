"""Which record type a table is and what its columns feed: single cases, and the corpus with its truth."""

from __future__ import annotations

import re
from typing import Any

import pytest
from onboarding_samples import PEOPLE, TrueTable, known, national_id, recognised, rows_of, table, truth, workbook

from equity.onboarding.recognise import Mapped, Recognised, recognise, unfilled
from equity.sources.spec import ANY_LINE

TABLES = [pytest.param(t, id=f"{t.source}-{t.said.get('sheet') or t.file}") for s in truth().values() for t in s.tables]


def squeezed(header: str) -> str:
    return re.sub(r"\s+", "", header)


def column(of: Recognised, header: str) -> Mapped:
    (found,) = [c for c in of.columns if squeezed(c.source) == squeezed(header)]
    return found


def feeds(of: Recognised) -> dict[str, list[str]]:
    return {c.source: c.fields for c in of.columns}


# --- the corpus


def made_of(corpus: dict[str, Any], true: TrueTable) -> Recognised:
    (found,) = [
        r for r in corpus[true.source].new.recognised
        if r.found.path == true.file and r.found.sheet == true.said.get("sheet") and r.found.repeat == true.said.get("repeat")
    ]  # fmt: skip
    return found


def got(of: Recognised, true: TrueTable, header: str) -> tuple[set[str], bool]:
    """What a column of the truth was found to feed, and whether that was called sure."""
    said = true.columns()[header]
    mine = [c for c in of.columns if squeezed(c.source) == squeezed(header)]
    if said.get("above"):
        mine = mine or [c for c in of.columns if c.part == "above"]
    if not mine and not said["fields"]:
        return set(), False  # a key that no item has a value for
    assert len(mine) == 1, f"{true.source}: {header} is told {len(mine)} times"
    return set(mine[0].fields), mine[0].sure


@pytest.mark.parametrize("true", TABLES)
def test_layout_and_record_type_are_right(corpus: dict[str, Any], true: TrueTable) -> None:
    found = made_of(corpus, true)
    assert found.record_type == true.said["record_type"]
    told = {
        "header_rows": found.found.header_rows,
        "encoding": found.found.encoding,
        "delimiter": found.found.delimiter,
    }
    for key, value in told.items():
        if key in true.said:
            assert value == str(true.said[key]).removesuffix("-sig") or value == true.said[key], key


@pytest.mark.parametrize("true", TABLES)
def test_no_wrong_mapping_is_called_sure(corpus: dict[str, Any], true: TrueTable) -> None:
    found = made_of(corpus, true)
    wrong = {}
    for header in true.columns():
        fields, sure = got(found, true, header)
        if sure and fields and not true.right(header, fields):
            wrong[header] = fields
    assert not wrong


def test_nineteen_of_twenty_columns_that_feed_a_field_are_right(corpus: dict[str, Any]) -> None:
    feeding, wrong, sure = 0, [], 0
    for source in truth().values():
        for true in source.tables:
            found = made_of(corpus, true)
            for header, said in true.columns().items():
                if said["fields"] and not said.get("unsure"):
                    fields, is_sure = got(found, true, header)
                    feeding += 1
                    sure += is_sure
                    if not true.right(header, fields):
                        wrong.append((true.source, header, fields))
    assert feeding > 180
    assert len(wrong) <= 0.05 * feeding, wrong
    assert sure >= 0.8 * feeding, "what is always unsure helps nobody"


def test_every_reason_is_a_sentence_without_values(corpus: dict[str, Any]) -> None:
    for made in corpus.values():
        for found in made.new.recognised:
            for mapped in found.columns:
                assert mapped.reason.strip()
                direct = set(mapped.fields) & set(found.declared.direct_fields())
                cells = found.found.columns[mapped.source].to_pylist() if direct else []
                said = mapped.reason.replace(repr(mapped.source), "")
                assert not any(cell in said for cell in cells if cell and len(cell) > 5), mapped.reason


# --- sure, and not


def test_known_words_with_fitting_values_are_sure() -> None:
    found = recognised(PEOPLE)
    assert found.record_type == "participant"
    assert {c.source for c in found.columns if not c.sure} <= {"โครงการ"}
    assert feeds(found)["ชื่อ-สกุล"] == ["name_prefix", "first_name", "last_name"]


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("เลขประจำตัวประชาชน", [f"{i}5/6/2567" for i in range(1, 3)] * 4),
        ("วันเกิด", ["นายสมชาย ใจดี", "นางมาลี แก้วมา"] * 4),
        ("รายได้ต่อเดือนก่อนเข้าร่วม", [national_id(i) for i in range(8)]),
        ("เบอร์โทร", ["เย็บผ้า", "จักสาน"] * 4),
    ],
)
def test_known_words_over_values_that_speak_against_them_are_never_sure(header: str, cells: list[str]) -> None:
    found = recognised({**PEOPLE, header: cells}, "participant")
    assert not column(found, header).sure or not column(found, header).fields


def test_values_alone_make_a_column_of_ids_known() -> None:
    columns = {
        **{h: c for h, c in PEOPLE.items() if h != "เลขประจำตัวประชาชน"},
        "pid": [national_id(i) for i in range(8)],
    }
    found = column(recognised(columns, "participant"), "pid")
    assert found.fields == ["national_id"] and "13-digit" in found.reason


def test_what_is_unknown_stays_unknown_and_says_so() -> None:
    found = column(recognised({**PEOPLE, "สีที่ชอบ": ["แดง", "เขียว"] * 4}), "สีที่ชอบ")
    assert (found.fields, found.sure, found.ignored) == ([], False, False) and "no field" in found.reason


def test_an_empty_column_with_a_known_header_is_kept_for_when_it_is_filled() -> None:
    found = column(recognised({**PEOPLE, "เบอร์โทร": [None] * 8}, "participant"), "เบอร์โทร")
    assert found.fields == ["phone"] and "no values yet" in found.reason


def test_running_numbers_are_ignored_whatever_they_are_called() -> None:
    numbers = [str(i + 1) for i in range(8)]
    found = recognised({"ที่": numbers, **PEOPLE}, "participant")
    assert column(found, "ที่").ignored and not column(found, "ที่").fields


def test_the_guardians_columns_do_not_feed_the_childs_fields() -> None:
    others = {
        "ชื่อผู้ปกครอง": ["นายมานะ ใจดี", "นางปราณี สีธิ"] * 4,
        "เลขบัตรประชาชนผู้ปกครอง": [national_id(50 + i) for i in range(8)],
        "อาชีพผู้ปกครอง": ["ค้าขาย", "รับจ้าง"] * 4,
    }
    found = recognised({**PEOPLE, **others}, "participant")
    assert {header: column(found, header).fields for header in others} == dict.fromkeys(others, [])
    assert column(found, "เลขประจำตัวประชาชน").fields == ["national_id"]


def test_no_field_is_fed_by_two_columns() -> None:
    found = recognised(
        {**PEOPLE, "เลขบัตรประชาชน": PEOPLE["เลขประจำตัวประชาชน"], "วันเดือนปีเกิด": PEOPLE["วันเกิด"]}, "participant"
    )
    fed = [name for c in found.columns if c.part is None for name in c.fields]
    assert len(fed) == len(set(fed))


def test_the_record_type_may_be_said() -> None:
    assert recognised(PEOPLE, "fund_member").record_type == "fund_member"


def test_a_title_decides_between_types_with_the_same_columns() -> None:
    columns = {h: PEOPLE[h] for h in ("รหัสสมาชิก", "ชื่อ-สกุล")} | {"วันที่": PEOPLE["วันที่เข้าร่วม"]}
    members = recognised(columns, titles=["ทะเบียนสมาชิกกองทุนสวัสดิการชุมชน"])
    food = recognised(columns, titles=["ทะเบียนการแจกจ่ายอาหาร ธนาคารอาหาร"])
    assert (members.record_type, food.record_type) == ("fund_member", "food_bank_distribution")


def test_a_type_that_is_a_guess_says_so_and_names_others() -> None:
    found = recognised({"ชื่อ": ["ก", "ข", "ค"], "วันที่": ["1/1/2567", "2/1/2567", "3/1/2567"]})
    assert not found.sure and len(found.runners_up) == 2 and found.record_type not in found.runners_up


# --- several columns, one field; one column, several fields


def test_tick_boxes_that_are_named_for_codes_make_one_field() -> None:
    boxes = {"คนพิการ": ["/", None] * 4, "ผู้สูงอายุ": [None, "/"] * 4, "เด็กนอกระบบ": ["/", "/"] * 4}
    found = recognised({**PEOPLE, **boxes}, "participant")
    ticked = [c for c in found.columns if c.part == "ticked"]
    assert {c.source for c in ticked} >= {"คนพิการ", "ผู้สูงอายุ"} and all(c.fields == ["target_groups"] for c in ticked)


def test_money_in_two_columns_is_one_amount() -> None:
    columns = {
        "วันที่": [f"{i + 1}/1/2567" for i in range(8)], "เลขสมาชิก": [f"ส{i:03}" for i in range(8)],
        "ฝาก": ["100", None] * 4, "ถอน": [None, "50"] * 4, "คงเหลือ": ["100", "50"] * 4,
    }  # fmt: skip
    found = recognised(columns, "fund_transaction", titles=["สมุดบัญชีกองทุน"])
    assert {c.source: c.part for c in found.columns if c.part} == {"ฝาก": "credit", "ถอน": "debit"}
    assert not column(found, "คงเหลือ").fields


def test_an_address_feeds_only_the_pieces_that_it_has() -> None:
    whole = [f"{i + 1} ม.{i + 1} ต.พิชัย อ.เมืองลำปาง จ.ลำปาง" for i in range(8)]
    short = [f"ต.พิชัย อ.เมืองลำปาง {'' if i else ''}".strip() for i in range(8)]
    assert column(recognised({**PEOPLE, "ที่อยู่": whole}, "participant"), "ที่อยู่").fields == [
        "house_no", "moo", "tambon_code", "amphoe_code", "province_code",
    ]  # fmt: skip
    assert column(recognised({**PEOPLE, "ที่อยู่": short}, "participant"), "ที่อยู่").fields == ["tambon_code", "amphoe_code"]


def test_nicknames_in_names_are_seen() -> None:
    names = [f"{name} (น้องเอ)" for name in PEOPLE["ชื่อ-สกุล"]]
    assert column(recognised({**PEOPLE, "ชื่อ-สกุล": names}, "participant"), "ชื่อ-สกุล").fields[-1] == "nickname"


def test_a_date_over_each_block_feeds_the_date_that_is_lacking() -> None:
    columns = {
        "เลขที่ใบเบิก": [f"FB{i}" for i in range(8)], "รหัสครัวเรือน": [f"HH{i}" for i in range(8)], "รายการสิ่งของ": ["ข้าวสาร", "นมผง"] * 4,
    }  # fmt: skip
    rows = rows_of(columns)
    blocks = [rows[0], ["ประจำวันที่ 5 มกราคม 2567"], *rows[1:5], ["ประจำวันที่ 9 มกราคม 2567"], *rows[5:]]
    found = recognise(table(workbook({"1": [["ทะเบียนการแจกจ่ายอาหาร"], *blocks]})), known())
    (above,) = [c for c in found.columns if c.part == "above"]
    assert (found.record_type, above.source, above.fields) == ("food_bank_distribution", "ประจำวันที่", ["given_on"])
    assert ANY_LINE not in feeds(found)


# --- what is lacking


def test_what_no_column_feeds_is_told() -> None:
    assert unfilled(recognised(PEOPLE, "participant")) == {}
    without = {h: c for h, c in PEOPLE.items() if h not in ("รหัสสมาชิก", "วันที่เข้าร่วม")}
    assert list(unfilled(recognised(without, "participant"))) == ["partner_person_ref", "joined_on"]


def test_the_group_of_a_forms_question_is_no_part_of_the_question() -> None:
    """Of a form's export every header begins with its group: `อาชีพและรายได้/อาชีพหลัก` asks for the occupation alone."""
    columns: dict[str, list[str | None]] = {
        "ทั่วไป/รหัสผู้เข้าร่วม": [f"P-{i:03}" for i in range(8)], "ทั่วไป/วันที่ติดตาม": [f"{i + 1}/3/2569" for i in range(8)],
        "อาชีพและรายได้/ปัจจุบันทำงานหรือไม่": ["ว่างงาน", "ทำอาชีพอิสระ"] * 4, "อาชีพและรายได้/อาชีพหลัก": ["ทำนา", "ค้าขาย"] * 4,
        "อาชีพและรายได้/รายได้เฉลี่ย/เดือน (บาท)": ["4500", "6000"] * 4, "คุณภาพชีวิต/สุขภาพ (1-5)": ["3", "4"] * 4,
        "คุณภาพชีวิต/ได้ช่วยเหลือคนอื่นในชุมชน": ["ใช่", "ไม่ใช่"] * 4,
    }  # fmt: skip
    found = recognised(columns, "outcome")
    fields = [name for names in feeds(found).values() for name in names]
    assert fields == [
        "partner_person_ref", "followed_up_on", "work_status", "occupation", "monthly_income", "health_score", "gives_to_others",
    ]  # fmt: skip


def test_a_disability_is_never_guessed_by_values_alone() -> None:
    """`ปกติ` is said of a membership, too: it would have told of each member that there is no disability."""
    found = recognised({**PEOPLE, "สถานภาพ": ["ปกติ"] * 7 + ["ลาออก"]}, "participant")
    assert "disability_type" not in column(found, "สถานภาพ").fields
    told = recognised({**PEOPLE, "ประเภทความพิการ": ["ปกติ"] * 4 + ["ทางการเห็น"] * 4}, "participant")
    assert column(told, "ประเภทความพิการ").fields == ["disability_type"]


def test_a_surname_column_called_name_and_surname_is_one_beside_a_first_name() -> None:
    first, last = ["สมชาย", "มาลี", "อรทัย", "วิชัย"] * 2, ["ใจดี", "แก้วมา", "คำมูล", "ปินตา"] * 2
    columns = {"รหัสสมาชิก": PEOPLE["รหัสสมาชิก"], "ข้อมูลสมาชิก / ชื่อตัว": first, "ข้อมูลสมาชิก / ชื่อสกุล": last}
    address = {"ที่อยู่ตามทะเบียนบ้าน / เลขที่": [f"{n}/1" for n in range(8)], "ที่อยู่ตามทะเบียนบ้าน / ต.": ["พิชัย"] * 8}
    said = {c.source: (c.fields, c.sure) for c in recognised(columns | address, "participant").columns}
    assert said["ข้อมูลสมาชิก / ชื่อสกุล"] == (["last_name"], True)
    assert said["รหัสสมาชิก"] == (["partner_person_ref"], True)
    assert said["ที่อยู่ตามทะเบียนบ้าน / เลขที่"][0] == ["house_no"]
