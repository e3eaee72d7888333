"""Headers that stand in no dictionary are read by their words; what is read so is a proposal and never sure."""

from __future__ import annotations

import pytest
from onboarding_samples import FIRST, LAST, PEOPLE, known, national_id, recognised

from equity.onboarding.concepts import concepts, loosened, pieces
from equity.onboarding.recognise import Recognised
from equity.records import record_types

DAYS = [f"{i + 1}/6/2567" for i in range(8)]
NAMES = [f"{'นาง' if i % 2 else 'นาย'}{FIRST[i]} {LAST[i]}" for i in range(8)]


def feeds(of: Recognised) -> dict[str, list[str]]:
    return {c.source: c.fields for c in of.columns}


def read(header: str, record_type: str) -> str | None:
    """The field of a record type that the words of a header mean most."""
    *groups, leaf = header.split(" / ")
    fields = record_types()[record_type].fields
    found = [r for r in concepts().readings(*pieces(leaf, groups)) if r.record_type in (None, record_type)]
    return next((r.field for r in found if r.field in fields), None)


# a noun with a qualifier, whatever words partners take for them; none of these stands in the dictionary of headers
COMPOSED = [
    ("participant", "ก่อนมาร่วมโครงการ คุณทำมาหากินอะไร", "baseline_occupation"),
    ("outcome", "ทุกวันนี้ทำมาหากินอะไรอยู่", "occupation"),
    ("project", "วันปิดงานโครงการ", "ended_on"),
    ("project", "วันที่เริ่มลงงานโครงการ", "started_on"),
    ("product", "ชาวบ้านเอาไปขายทางเน็ตช่องทางไหน", "online_channel"),
    ("product", "ราคาที่ขายของเดิม", "price_before"),
    ("product", "ราคา (ตอนนี้)", "price_after"),
    ("device_service", "วันที่เอามาส่งให้ซ่อม", "requested_on"),
    ("device_service", "ซ่อมเสร็จส่งมอบคืนวันไหน", "done_on"),
    ("food_bank_distribution", "parcel/what_inside".replace("/", " / "), "items"),
    ("food_bank_distribution", "hhcode", "household_ref"),
    ("enrolment", "startDateOfStudy", "started_on"),
    ("case_event", "ตอนนี้เคสถึงขั้นไหนแล้ว", "case_stage"),
    ("fund_transaction", "ใครเป็นคนค้ำประกันให้", "guarantor"),
    ("mentor_visit", "วันที่พี่เลี้ยงลงไปเยี่ยม", "visited_on"),
    ("fund_member", "ผรท. / เลขทะเบียน", "partner_person_ref"),  # what it needs stands in its group
    # a word that asks, with what it is asked of
    ("food_bank_distribution", "ให้อะไรไปบ้าง", "items"),
    ("mentor_visit", "ไปหาใครมา", "unit"),
    ("mentor_visit", "ไปทำไมกัน", "purpose"),
    ("personnel_training", "อบรมอะไรมา", "course"),
    ("device_service", "เอามาซ่อมอะไร", "device_type"),
    ("knowledge_output", "ใครเอาไปทำตามบ้าง", "scaled_out_to"),
]


@pytest.mark.parametrize(("record_type", "header", "field"), COMPOSED, ids=[h for _, h, _ in COMPOSED])
def test_a_header_is_read_by_its_words(record_type: str, header: str, field: str) -> None:
    assert read(header, record_type) == field


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("ผู้เข้าร่วม", "ผู้เข้ารวม"), ("ซ่อม", "ซอม"), ("โทรศัพท์", "โทรศัพ"), ("สุขภาพ", "ศุขภาพ"), ("เสร็จ", "เสรจ")],
)
def test_misspelled_words_sound_alike(right: str, wrong: str) -> None:
    assert loosened(right) == loosened(wrong)


def test_a_misspelled_header_is_read() -> None:
    assert read("วันที่สงซ่อมเสรจ", "device_service") == "done_on"


@pytest.mark.parametrize(
    ("header", "ideas"),
    [("จนท.ที่ลง", "worker"), ("ว.ด.ป.ที่ออก", "date"), ("ผจก.โครงการ", "manager"), ("3) ชม.ที่เรียน", "hours")],
)
def test_abbreviations_with_dots_are_words(header: str, ideas: str) -> None:
    assert any(ideas in word.ideas for word in concepts().words(header))


@pytest.mark.parametrize("header", ["โรงเรียนราชภัฏ", "ชมพู่", "นครลำปาง"])
def test_an_abbreviation_is_no_piece_of_a_longer_word(header: str) -> None:
    """นร, ชม and นศ stand for themselves only where nothing else is glued to them."""
    assert not any(word.ideas & {"person", "hours"} for word in concepts().words(header))


def test_opposites_are_not_taken_for_a_misspelling_of_each_other() -> None:
    """ปิดโครงการ is one letter away from เปิดโครงการ."""
    best = next(m for m in known().matches("ปิดโครงการ") if m.meaning.record_type in (None, "project"))
    assert best.meaning.name == "ended_on"


def test_a_word_within_a_longer_header_counts_for_less_when_the_whole_says_something_else() -> None:
    found = {m.meaning.name: m.score for m in known().matches("ก่อนมาร่วมโครงการ คุณทำมาหากินอะไร")}
    assert found["baseline_occupation"] > 0.8 and found.get("project_ref", 0) < 0.62


def test_what_is_read_by_its_words_is_never_sure() -> None:
    columns = {
        **{h: c for h, c in PEOPLE.items() if h != "วันที่เข้าร่วม"},
        "ว.ด.ป.ที่มาร่วมกับเราวันแรก": DAYS, "เบอร์มือถือที่น้องผู้ร่วมใช้จริง": [f"08123456{i:02}" for i in range(8)],
    }  # fmt: skip
    found = {c.source: c for c in recognised(columns, "participant").columns}
    assert found["ว.ด.ป.ที่มาร่วมกับเราวันแรก"].fields == ["joined_on"]
    assert not found["ว.ด.ป.ที่มาร่วมกับเราวันแรก"].sure
    assert not found["เบอร์มือถือที่น้องผู้ร่วมใช้จริง"].sure


@pytest.mark.parametrize("header", ["ขายชิ้นละ (เดิม)", "เดิม / ขายชิ้นละ"])
def test_what_stands_beside_a_known_word_may_turn_its_meaning(header: str) -> None:
    """ขายชิ้นละ is the price after; with เดิม over it or in its brackets it must not be taken for that, and be sure."""
    columns = {
        "รหัสผลิตภัณฑ์": [f"P{i}" for i in range(8)], "ชื่อผลิตภัณฑ์": [f"ข้าวแต๋น {i}" for i in range(8)], header: [f"{i + 20}" for i in range(8)],
    }  # fmt: skip
    (column,) = [c for c in recognised(columns, "product").columns if c.source == header]
    assert column.fields == ["price_before"] and not column.sure


# --- values, neighbours, the whole


def test_whole_names_under_a_header_of_first_names_are_whole_names() -> None:
    columns = {**{h: c for h, c in PEOPLE.items() if h != "ชื่อ-สกุล"}, "น้องชื่ออะไร": NAMES}
    found = recognised(columns, "participant")
    assert feeds(found)["น้องชื่ออะไร"] == ["name_prefix", "first_name", "last_name"]


def test_single_words_under_a_header_of_whole_names_are_surnames_beside_first_names() -> None:
    columns = {**{h: c for h, c in PEOPLE.items() if h != "ชื่อ-สกุล"}, "ชื่อตัว": list(FIRST), "ชื่อสกุล": list(LAST)}
    assert feeds(recognised(columns, "participant")) | {"ชื่อตัว": ["first_name"], "ชื่อสกุล": ["last_name"]} == feeds(
        recognised(columns, "participant")
    )


def test_of_two_columns_with_the_same_claim_none_is_sure() -> None:
    """Codes say more than names, and that it is a choice is said."""
    columns = {
        "รหัสตำบล": ["520101", "520102", "520103", "520104"] * 2, "ชื่อตำบล": ["เวียงเหนือ", "หัวเวียง", "สวนดอก", "สบตุ๋ย"] * 2,
        "อายุ": [str(i) for i in range(8)], "เพศ": ["ชาย", "หญิง"] * 4, "จำนวนคน": [str(i + 10) for i in range(8)],
    }  # fmt: skip
    found = recognised(columns, "population_register")
    assert feeds(found)["รหัสตำบล"] == ["tambon_code"] and feeds(found)["ชื่อตำบล"] == []
    assert feeds(found)["อายุ"] == ["age"]


def test_the_word_behind_a_number_says_what_is_counted() -> None:
    """No dictionary knows these headers; what stands behind the values goes with one free field, and against others."""
    columns = {
        "ใบที่": [f"ตป{i:03d}" for i in range(8)], "แจกเมื่อ": DAYS, "บ้านไหน": [f"บ{i}" for i in range(8)],
        "หิ้วไปเท่าไร": [f"{i + 2} กก." for i in range(8)], "แจกไปแล้วกี่": [f"{i + 2} ครั้ง" for i in range(8)],
    }  # fmt: skip
    found = {c.source: c for c in recognised(columns, "food_bank_distribution").columns}
    assert found["หิ้วไปเท่าไร"].fields == ["weight_kg"] and not found["หิ้วไปเท่าไร"].sure
    assert found["แจกไปแล้วกี่"].fields == []


def test_the_only_names_of_a_table_are_proposed_though_they_are_called_somebody_else_s() -> None:
    """A club of mothers has a column ชื่อแม่; beside the child's own name the mother's is nobody's."""
    without = {h: c for h, c in PEOPLE.items() if h != "ชื่อ-สกุล"}
    found = {c.source: c for c in recognised({**without, "ชื่อแม่": NAMES}, "participant").columns}
    assert found["ชื่อแม่"].fields == ["name_prefix", "first_name", "last_name"] and not found["ชื่อแม่"].sure
    assert feeds(recognised({**PEOPLE, "ชื่อแม่": NAMES}, "participant"))["ชื่อแม่"] == []


def test_any_number_of_columns_may_carry_nothing() -> None:
    """The remark beside a running number is not pushed into a field because only one column could be left behind."""
    columns = {"ลำดับ": [str(i + 1) for i in range(8)], **PEOPLE, "หมายเหตุ": ["", "ย้าย"] * 4, "ลายมือชื่อ": [""] * 8}
    found = {c.source: c for c in recognised(columns, "participant").columns}
    assert all(found[h].ignored and not found[h].fields for h in ("ลำดับ", "หมายเหตุ", "ลายมือชื่อ"))


def test_the_brackets_of_a_known_header_are_no_header() -> None:
    """ยอดคงเหลือ (บาท) is a balance; that it is in baht makes it no amount."""
    assert next(iter(known().matches("ยอดคงเหลือ (บาท)"))).meaning.name == "ignore"


def test_a_room_that_holds_grades_is_a_grade() -> None:
    columns = {
        **PEOPLE,
        "ห้องเรียน": ["ป.1/1", "ป.1/2", "ป.2/1", "ป.3/1"] * 2,
        "ปีการศึกษา": ["2567"] * 8,
        "ระดับ": ["ประถม"] * 8,
    }
    assert feeds(recognised(columns, "learner_screening"))["ห้องเรียน"] == ["grade"]


def test_marks_under_words_of_somebody_else_are_boxes_all_the_same() -> None:
    marks = [["✓" if i % k == 0 else None for i in range(8)] for k in (2, 3, 4)]
    columns = {
        **PEOPLE, "ปีการศึกษา": ["2567"] * 8,
        "มาเรียนไม่สม่ำเสมอ": marks[0], "ฐานะทางบ้านลำบาก": marks[1], "พ่อแม่แยกทาง/อยู่กับตายาย": marks[2],
    }  # fmt: skip
    found = recognised(columns, "learner_screening")
    assert {h: f for h, f in feeds(found).items() if f == ["risk_flags"]}.keys() == set(list(columns)[-3:])


def test_names_are_no_reference_of_whom_nothing_asks() -> None:
    """Who came for the parcel is nobody's number, where the record type does not ask for a person."""
    columns = {"เลขที่การแจก": [f"S{i}" for i in range(8)], "วันที่แจก": DAYS, "รายการ": ["ข้าวสาร"] * 8, "ใครมารับ": NAMES}
    assert feeds(recognised(columns, "food_bank_distribution"))["ใครมารับ"] == []


def test_dates_with_full_months_and_era_are_dates() -> None:
    days = [f"{i + 1} กรกฎาคม พ.ศ. 256{i}" for i in range(8)]
    columns = {
        "รหัสบุคลากร": [f"T{i}" for i in range(8)], "หลักสูตรที่อบรม": ["การสอน", "การวัดผล"] * 4, "วันที่สำเร็จการอบรม": days,
    }  # fmt: skip
    assert feeds(recognised(columns, "personnel_training"))["วันที่สำเร็จการอบรม"] == ["completed_on"]


def test_a_header_of_a_star_alone_feeds_nothing_and_disturbs_nothing() -> None:
    columns = {"*": ["✓", None] * 4, **PEOPLE}
    found = {c.source: c for c in recognised(columns).columns}
    assert found["*"].fields == [] and found["*"].ignored and found["*"].part is None
    assert found["วันที่เข้าร่วม"].fields == ["joined_on"]


def test_people_are_not_taken_for_groups_because_their_words_are_composed() -> None:
    columns = {
        "ลำดับ": [str(i + 1) for i in range(8)], "ชื่อ-นามสกุล": NAMES, "ว/ด/ป เกิด": [f"{i + 1}/0{i + 1}/249{i}" for i in range(8)],
        "เลขบัตรประชาชน": [national_id(i) for i in range(8)], "อาชีพเดิม": ["ทำนา", "ค้าขาย"] * 4, "วันที่สมัครเรียน": DAYS,
    }  # fmt: skip
    assert recognised(columns).record_type == "participant"


def test_every_recipe_is_of_a_field_that_there_is() -> None:
    types = record_types()
    for field, record_type, _ in concepts()._recipes:
        if field not in ("full_name", "address"):
            assert any(field in t.fields for name, t in types.items() if record_type in (None, name)), (
                record_type,
                field,
            )


PHONES = [f"08123456{i:02}" for i in range(8)]
OTHERS = {
    "เบอร์โทรวิทยากร": PHONES, "โทรศัพท์ผู้ใหญ่บ้าน": PHONES, "หัวหน้ากลุ่ม / เบอร์โทร": PHONES, "employer_phone": PHONES,
    "ผู้ใหญ่บ้าน / ชื่อ-สกุล": NAMES, "ชื่อเจ้าหน้าที่": NAMES, "เลขประจำตัวประชาชนผู้ค้ำ": [national_id(i) for i in range(8)],
    "เลขผู้เสียภาษี": [national_id(i) for i in range(8)], "ตำบล (นายจ้าง)": ["เวียงเหนือ", "หัวเวียง", "สวนดอก", "สบตุ๋ย"] * 2,
}  # fmt: skip


@pytest.mark.parametrize("header", OTHERS)
def test_what_is_of_other_people_is_never_sure_of_the_person(header: str) -> None:
    """The values fit, and no other column claims the field: still it is somebody else's."""
    columns = {"รหัสสมาชิก": PEOPLE["รหัสสมาชิก"], "โครงการ": PEOPLE["โครงการ"], header: OTHERS[header]}
    (column,) = [c for c in recognised(columns, "participant").columns if c.source == header]
    assert not (column.fields and column.sure)


@pytest.mark.parametrize("header", ["วันที่สอบ", "วันออกบัตร", "วันที่คัดกรอง"])
def test_a_day_that_its_words_explain_is_not_the_one_that_might_be_there(header: str) -> None:
    assert feeds(recognised({**PEOPLE, header: DAYS}, "participant"))[header] == []


def test_one_mark_alone_is_a_box_to_tick_whatever_its_header_reminds_of() -> None:
    marks = [["1" if (row + column) % 3 == 0 else "" for row in range(8)] for column in range(4)]
    headers = ("ตกงานช่วงโควิดที่ผ่านมา", "พี่น้องพิการในบ้าน", "สูงวัยแล้วนะ", "รับจ้างไม่มีประกันสังคม")
    found = recognised(
        {
            "เลขบัตรประชาชน": [national_id(n) for n in range(8)], "ชื่อ-สกุล": NAMES, "โครงการ": ["ช่างไฟ"] * 8,
            "วันที่เข้าร่วม": DAYS, **dict(zip(headers, marks, strict=True)),
        },
        "participant",
    )  # fmt: skip
    assert {header: feeds(found)[header] for header in headers} == dict.fromkeys(headers, ["target_groups"])
    assert not any(column.sure for column in found.columns if column.source in headers)
