"""What the values of a column tell, whatever stands above them."""

from __future__ import annotations

import pyarrow as pa
import pytest
from onboarding_samples import FIRST, LAST, national_id

from equity.onboarding.evidence import Profile, fits, profile
from equity.records import record_types

PARTICIPANT = record_types()["participant"].fields
VALUES: dict[str, list[str]] = {
    "national_id": [national_id(i) for i in range(8)],
    "dashed_id": [f"{n[0]}-{n[1:5]}-{n[5:10]}-{n[10:12]}-{n[12]}" for n in (national_id(i) for i in range(8))],
    "g_code": [f"G6442000000{i:02}" for i in range(8)],
    "phone": [f"081-234-56{i:02}" for i in range(8)],
    "birth_date": [f"{i + 1}/{i + 1}/253{i}" for i in range(8)],
    "thai_date": [f"{i + 1} มกราคม 2567" for i in range(8)],
    "short_date": [f"{i + 1} ม.ค. 67" for i in range(8)],
    "iso_date": [f"2026-01-0{i + 1} 00:00:00" for i in range(8)],
    "serial": [str(45000 + i) for i in range(8)],
    "money": [f"{i + 3},500" for i in range(8)],
    "full_name": [f"นาย{first} {last}" for first, last in zip(FIRST, LAST, strict=True)],
    "first_name": list(FIRST),
    "prefix": ["นาย", "นาง", "น.ส.", "ด.ช.", "ด.ญ.", "นาย", "นาง", "นาย"],
    "tambon": ["พิชัย", "ต.ชมพู", "แจ้ซ้อน", "บ้านแลง", "520101", "พระบาท", "ปงแสนทอง", "กล้วยแพะ"],
    "amphoe": ["เมืองลำปาง", "อ.แม่เมาะ", "เกาะคา", "งาว", "แจ้ห่ม", "วังเหนือ", "เถิน", "แม่ทะ"],
    "province": ["ลำปาง", "จ.ลำพูน", "เชียงใหม่", "ลำปาง", "ลำปาง", "ลำปาง", "ลำปาง", "ลำปาง"],
    "address": [f"{i + 1}/2 ม.{i + 1} ต.พิชัย อ.เมืองลำปาง จ.ลำปาง" for i in range(8)],
    "sex": ["ชาย", "หญิง", "ช", "ญ", "ชาย", "ชาย", "หญิง", "หญิง"],
    "running": [str(i + 1) for i in range(8)],
    "ref": [f"LPG-67-{i:03}" for i in range(8)],
    "words": ["เย็บผ้า", "จักสาน", "ทำขนม", "ช่างไม้", "ทอผ้า", "ค้าขาย", "รับจ้าง", "เลี้ยงไก่"],
}  # fmt: skip


def seen(cells: list[str | None]) -> Profile:
    return profile(pa.array(cells, pa.string()))


SHOWS = {
    "national_id": "national_id", "dashed_id": "national_id", "g_code": "national_id", "phone": "phone", "birth_date": "date", "thai_date": "date",
    "short_date": "date", "iso_date": "date", "serial": "serial", "money": "number", "full_name": "full_name", "first_name": "one_word", "prefix": "prefix",
    "tambon": "tambon", "amphoe": "amphoe", "province": "province", "address": "address", "ref": "ref",
}  # fmt: skip


@pytest.mark.parametrize(("kind", "share"), SHOWS.items())
def test_each_kind_of_value_is_seen(kind: str, share: str) -> None:
    assert getattr(seen(list(VALUES[kind])), share) >= 0.85


# a kind of value → shares that must not be taken in by it
@pytest.mark.parametrize(
    ("kind", "share"),
    [
        ("money", "date"), ("money", "phone"), ("money", "national_id"), ("running", "date"), ("running", "phone"), ("phone", "national_id"),
        ("national_id", "phone"), ("ref", "date"), ("ref", "full_name"), ("first_name", "full_name"), ("words", "tambon"), ("words", "full_name"),
        ("iso_date", "number"), ("thai_date", "full_name"), ("address", "tambon"), ("first_name", "amphoe"),
    ],
)  # fmt: skip
def test_no_kind_passes_for_another(kind: str, share: str) -> None:
    assert getattr(seen(list(VALUES[kind])), share) <= 0.2


def test_births_are_told_from_what_happened_lately() -> None:
    assert seen(list(VALUES["birth_date"])).born == 1 and seen(list(VALUES["birth_date"])).recent == 0
    assert seen(list(VALUES["iso_date"])).born == 0


def test_codes_are_seen_by_list() -> None:
    assert seen(list(VALUES["sex"])).codes["sex"] == 1
    assert seen(["ชาย", "หญิง", "ไม่แน่ใจเลย", "ชาย"]).codes["sex"] == 0.75


def test_several_codes_in_a_cell_count_when_all_are_known() -> None:
    known = seen(["คนพิการ, ผู้สูงอายุ", "คนพิการ"])
    assert known.codes["target_group"] == 1
    assert seen(["คนพิการ, สีฟ้า", "คนพิการ"]).codes["target_group"] == 0.5


def test_running_numbers_may_have_a_gap_and_begin_at_nought_or_one() -> None:
    assert seen([str(i) for i in range(1, 21) if i != 7]).running and seen([str(i) for i in range(20)]).running
    assert not seen(["5", "6", "7", "8"]).running and not seen(["1", "9", "4", "2"]).running


def test_blanks_are_not_filled() -> None:
    column = seen(["-", "", None, "ไม่ระบุ", "n/a", "12", "12"])
    assert (column.filled, column.size, column.distinct, column.unique) == (2, 7, 1, False)
    assert (column.low, column.high) == (12, 12)


def test_an_empty_column_says_nothing() -> None:
    column = seen([None, "-", " "])
    assert column.empty and all(fits(column, name, field) == 0 for name, field in PARTICIPANT.items())


# --- how well values suit a field

SUITS = {
    "national_id": "national_id", "phone": "phone", "birth_date": "birth_date", "thai_date": "joined_on", "money": "baseline_monthly_income",
    "prefix": "name_prefix", "tambon": "tambon_code", "amphoe": "amphoe_code", "sex": "sex",
}  # fmt: skip


@pytest.mark.parametrize(("kind", "field"), SUITS.items())
def test_values_suit_their_own_field(kind: str, field: str) -> None:
    assert fits(seen(list(VALUES[kind])), field, PARTICIPANT[field]) >= 0.4


AGAINST = [
    ("national_id", "phone"), ("national_id", "birth_date"), ("national_id", "baseline_monthly_income"), ("phone", "national_id"), ("money", "birth_date"),
    ("money", "national_id"), ("thai_date", "baseline_monthly_income"), ("thai_date", "national_id"), ("full_name", "national_id"),
    ("full_name", "joined_on"), ("full_name", "baseline_monthly_income"), ("thai_date", "first_name"), ("address", "phone"), ("full_name", "partner_person_ref"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "field"), AGAINST)
def test_values_speak_against_a_field_that_they_cannot_be(kind: str, field: str) -> None:
    assert fits(seen(list(VALUES[kind])), field, PARTICIPANT[field]) < 0


def test_some_broken_values_do_not_hide_a_column_of_ids() -> None:
    cells = [*VALUES["national_id"][:5], "1101700230705", "3.1006E+12", "ไม่ทราบ"]
    assert fits(seen(cells), "national_id", PARTICIPANT["national_id"]) >= 0.4


def test_a_slip_among_many_numbers_says_nothing_of_the_column() -> None:
    years = ["2568"] * 199 + ["2658"]
    seen = profile(pa.array(years))
    assert (seen.low, seen.high, seen.signed) == (2568, 2568, False)
    assert fits(seen, "academic_year", record_types()["school_roster"].fields["academic_year"]) == 0.9
    few = profile(pa.array(["2568"] * 9 + ["2658"]))
    assert few.high == 2658, "of ten it is a tenth"
    assert profile(pa.array(["100"] * 199 + ["-50"])).signed, "a single amount that goes out is enough"
