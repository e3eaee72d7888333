"""Normalising a block: the partner's words, eras, parts, codes, and the columns that follow from others."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from equity.delivery.normalise import Normaliser, Rows, origins
from equity.sources.readers import Block
from equity.sources.spec import Table

RECEIVED = date(2026, 3, 2)
MINIMUM = {"partner_person_ref": "ref", "first_name": "name", "project_ref": "project", "joined_on": "joined"}


def block(**columns: list[str | None]) -> Block:
    length = len(next(iter(columns.values())))
    return Block(
        {name: pa.array(values, pa.string()) for name, values in columns.items()},
        np.arange(2, length + 2, dtype=np.int32),
    )


def spec(fields: dict[str, Any], record_type: str = "participant", **more: Any) -> Table:
    base = MINIMUM if record_type == "participant" else {}
    if more.get("parts", {}).get("full_name"):
        base = {name: header for name, header in base.items() if name != "first_name"}
    return Table.model_validate({"record_type": record_type, "sends": "changes", "fields": base | fields, **more})


def normalise(table: Table, **columns: list[str | None]) -> Rows:
    rows = Normaliser(table, RECEIVED)(block(**columns))
    for name in (*rows.columns, *rows.problems, *rows.doubts):
        found = (rows.columns | rows.problems | rows.doubts)[name]
        assert len(found) == len(rows), name
    return rows


def values(rows: Rows, name: str) -> list[Any]:
    return rows.columns[name].to_pylist()


# --- words for zero and unknown


def test_what_a_blank_means_is_the_contracts_word_column_by_column() -> None:
    fields = {
        "baseline_monthly_income": {"header": "income", "-": "zero", "ไม่มี": "zero"},
        "left_on": "left",
    }
    said = ["-", "ไม่มี", "ไม่ระบุ", "n/a", ".", None, "", " – ", "๓,๕๐๐ บาท", "null"]
    rows = normalise(spec(fields), income=said, left=said)
    assert values(rows, "baseline_monthly_income") == [0, 0, None, None, None, None, None, None, 3500, None]
    assert rows.problems["baseline_monthly_income"].null_count == len(said)
    assert values(rows, "left_on")[0] is None and rows.problems["left_on"].to_pylist()[0] is None


def test_an_empty_cell_may_mean_zero() -> None:
    rows = normalise(spec({"baseline_monthly_income": {"header": "i", "empty": "zero"}}), i=[None, "", "  ", "5", "-"])
    assert values(rows, "baseline_monthly_income") == [0, 0, 0, 5, 0]


def test_a_word_may_mean_a_code() -> None:
    rows = normalise(
        spec({"disability_type": {"header": "d", "-": "none"}}), d=["-", "การเห็น", None, "ไม่พิการ", "ตาบอดสี"]
    )
    assert values(rows, "disability_type") == ["none", "seeing", None, "none", None]
    assert rows.problems["disability_type"].to_pylist() == [None, None, None, None, "code.unknown"]


def test_a_value_that_stands_for_every_row() -> None:
    rows = normalise(spec({"project_ref": {"value": "CHS-2567-01"}}), ref=["1", "2"])
    assert values(rows, "project_ref") == ["CHS-2567-01"] * 2


def test_a_column_that_is_not_there_is_empty_and_the_first_spelling_counts() -> None:
    table = spec({"birth_date": ["วันเกิด", "ว/ด/ป"], "phone": "โทร"})
    rows = normalise(table, **{"ว/ด/ป": ["1/2/2540"], "วันเกิด": ["2/2/2540"]})
    assert values(rows, "birth_date") == [date(1997, 2, 2)] and values(rows, "phone") == [None]
    assert values(rows, "first_name") == [None] and rows.problems["first_name"].to_pylist() == [None]


def test_references_are_told_apart_as_text_with_arabic_digits() -> None:
    rows = normalise(spec({}), ref=[" ๐๐๑ ", "001", "1", "A\u200b-1"])
    assert values(rows, "partner_person_ref") == ["001", "001", "1", "A-1"]


def test_a_national_id_that_stands_for_a_person_is_one_however_it_is_written() -> None:
    said = ["5-5259-05380-54-2", "5525905380542", "๕ ๕๒๕๙ ๐๕๓๘๐ ๕๔ ๒", "5-5259-05380-54", "9-5259-05380-54-2"]
    rows = normalise(spec({}), ref=said)
    same = "5525905380542"
    assert values(rows, "partner_person_ref") == [same, same, same, "5-5259-05380-54", "9-5259-05380-54-2"]


# --- eras


@pytest.mark.parametrize(
    ("era", "said", "expected"),
    [
        ("auto", "29/02/2567", date(2024, 2, 29)),
        ("auto", "29/02/2024", date(2024, 2, 29)),
        ("buddhist", "1 มิ.ย. 2568", date(2025, 6, 1)),
        ("auto", "๑ มิถุนายน พ.ศ. ๒๕๖๘", date(2025, 6, 1)),
        ("auto", "2025-06-01 00:00:00", date(2025, 6, 1)),
        ("buddhist", "01/06/68", date(2025, 6, 1)),
        ("christian", "01/06/25", date(2025, 6, 1)),
    ],
)
def test_dates_in_their_era(era: str, said: str, expected: date) -> None:
    rows = normalise(spec({"joined_on": {"header": "joined", "era": era}}), joined=[said])
    assert values(rows, "joined_on") == [expected]
    assert rows.problems["joined_on"].to_pylist() == [None]


def test_impossible_days_are_a_problem_of_the_cell() -> None:
    rows = normalise(spec({}), joined=["29/02/2566", "31/04/2567", "เมื่อวาน", "1/1/2567"])
    assert values(rows, "joined_on") == [None, None, None, date(2024, 1, 1)]
    assert rows.problems["joined_on"].to_pylist() == ["date.impossible", "date.impossible", "date.unreadable", None]


def test_which_days_are_plausible_is_left_to_the_suite() -> None:
    rows = normalise(spec({"birth_date": "born"}), born=["1/1/2599", "1/1/2400"])
    assert values(rows, "birth_date") == [date(2056, 1, 1), date(1857, 1, 1)]
    assert rows.problems["birth_date"].null_count == rows.doubts["birth_date"].null_count == 2


def test_a_date_says_how_exact_it_is() -> None:
    rows = normalise(spec({"birth_date": "born"}), born=["2549", "15/03/2549", None, "00/00/2549"])
    assert values(rows, "birth_date_precision") == ["year", "day", None, "year"]
    assert [day.year if day else None for day in values(rows, "birth_date")] == [2006, 2006, None, 2006]


# --- codes


def test_codes_by_code_label_word_and_the_partners_own_word() -> None:
    table = spec({"sex": "sex"}, codes={"sex": {"ป้อจาย": "male", 8: "male"}})
    said = ["ป้อจาย", "๘", "ช.", "m", "ชาย", "Female", "female", " หญิง ", "แม่ญิง", None]
    rows = normalise(table, sex=said)
    assert values(rows, "sex") == ["male"] * 5 + ["female"] * 3 + [None, None]
    assert rows.problems["sex"].to_pylist() == [None] * 8 + ["code.unknown", None]


def test_a_set_of_codes_is_sorted_and_keeps_what_it_knows() -> None:
    table = spec({"target_groups": "g"}, codes={"target_groups": {"ยากจน": "financially_disadvantaged"}})
    said = ["ผู้สูงอายุ, ยากจน", "ยากจน/ผู้สูงอายุ", "elderly;elderly", "ยากจนและผู้สูงอายุ", "ชาวนา|elderly", "ชาวนา", None, ","]
    rows = normalise(table, g=said)
    both = "{elderly,financially_disadvantaged}"
    assert values(rows, "target_groups")[:6] == [both, both, "{elderly}", both, "{elderly}", None]
    assert values(rows, "target_groups")[6:] == [None, None]
    assert rows.problems["target_groups"].to_pylist() == [None] * 4 + ["code.unknown"] * 2 + [None, None]


def test_a_label_that_holds_a_separator_is_still_one_code() -> None:
    """`สุขภาพหรือความพิการ` and the like may be written out in a set."""
    table = spec(
        {
            "risk_flags": "r",
            "level": "l",
            "academic_year": "y",
            "screened_on": "s",
            "partner_person_ref": "ref",
            "first_name": "n",
        },
        "learner_screening",
    )
    rows = normalise(table, r=["ขาดเรียนบ่อย", "ผลการเรียน, ครอบครัว", "attendance grades"], l=["primary"] * 3)
    assert values(rows, "risk_flags")[:2] == ["{attendance}", "{family,grades}"]


# --- parts


def test_a_full_name_becomes_prefix_first_and_last_name_and_nickname() -> None:
    table = spec({}, parts={"full_name": "ชื่อ-สกุล"})
    said = ["นางสาวสมหญิง ใจดี (หญิง)", "ด.ช.ก้อง  แก้วมา", "สมชาย", "นายดำ ขาว\nนางแดง เขียว", None]
    rows = normalise(table, **{"ชื่อ-สกุล": said})
    assert values(rows, "first_name") == ["สมหญิง", "ก้อง", "สมชาย", None, None]
    assert values(rows, "last_name") == ["ใจดี", "แก้วมา", None, None, None]
    assert values(rows, "nickname")[0] == "หญิง"
    assert values(rows, "name_prefix.sex") == ["female", "male", None, None, None]
    assert rows.problems["first_name"].to_pylist()[3] == "name.two_persons"
    assert rows.doubts["first_name"].to_pylist()[2] == "name.no_last_name"


def test_names_in_columns_of_their_own() -> None:
    table = spec({"name_prefix": "p", "last_name": "l"})
    rows = normalise(
        table, p=["ด.ญ.", "พระ", "xx", None], name=["ก้อย", "สมชาย", "ดำ และ แดง", "แดง"], l=["ก", "ข", "ค", "ง"]
    )
    assert values(rows, "name_prefix.sex")[0] == "female"
    assert values(rows, "first_name")[0] == "ก้อย" and values(rows, "first_name")[3] == "แดง"


def test_sex_follows_from_the_prefix_only_where_it_is_not_said() -> None:
    table = spec({"name_prefix": "p", "sex": "sex"})
    rows = normalise(table, p=["นาย", "นาย", "นาง", None], sex=[None, "หญิง", None, None])
    assert values(rows, "sex") == ["male", "female", "female", None]
    assert values(rows, "name_prefix.sex") == ["male", "male", "female", None]
    alone = normalise(spec({"name_prefix": "p"}), p=["นาย", None])
    assert values(alone, "sex") == ["male", None], "a partner without a column for sex says it by the prefix"


def test_the_birth_of_whom_the_prefix_calls_a_child() -> None:
    table = spec({"name_prefix": "p", "birth_date": "b"})
    rows = normalise(table, p=["ด.ช.", "นาย", "เด็กหญิง", None], b=["1/1/2540", "1/1/2540", None, "1/1/2560"])
    assert values(rows, "name_prefix.child_born") == [date(1997, 1, 1), None, None, None]
    assert rows.columns["name_prefix.child_born"].type == pa.date32()


def test_an_address_in_one_cell_and_in_several() -> None:
    table = spec({}, parts={"address": "ที่อยู่"})
    rows = normalise(table, **{"ที่อยู่": ["12/3 ม.4 ต.แจ้ซ้อน อ.เมืองปาน จ.ลำปาง", "บ้านสามขา", None]})
    assert [values(rows, n)[0] for n in ("house_no", "moo", "tambon_code", "amphoe_code", "province_code")] == [
        "12/3", "4", "521304", "5213", "52",
    ]  # fmt: skip
    assert values(rows, "tambon_code")[2] is None
    several = spec({}, parts={"address": ["บ้านเลขที่", "หมู่", "ตำบล", "อำเภอ"]})
    rows = normalise(several, **{"บ้านเลขที่": ["12/3"], "หมู่": ["ม.4"], "ตำบล": ["ต.แจ้ซ้อน"], "อำเภอ": ["อ.เมืองปาน"]})
    assert [values(rows, n)[0] for n in ("house_no", "moo", "tambon_code", "amphoe_code")] == [
        "12/3",
        "4",
        "521304",
        "5213",
    ]


def test_a_place_from_columns_with_their_roles() -> None:
    table = spec({"house_no": "h"}, parts={"place": {"tambon": "ตำบล", "amphoe": "อำเภอ"}})
    tambons, amphoe = ["แจ้ซ้อน", "แจ้ซ้อน", "521304", "ไม่มีที่นี่"], ["เมืองปาน", None, None, "เมือง"]
    rows = normalise(table, **{"h": ["1"] * 4, "ตำบล": tambons, "อำเภอ": amphoe})
    assert values(rows, "tambon_code")[:3] == ["521304"] * 3
    assert values(rows, "amphoe_code")[:3] == ["5213"] * 3 and values(rows, "amphoe_code")[3] == "5201"
    assert rows.doubts["tambon_code"].to_pylist()[3] == "place.unknown" and rows.problems["tambon_code"].null_count == 4


# --- kinds of values


def test_a_national_id_says_its_kind_and_damage_is_a_problem() -> None:
    said = ["3-1006-00445-63-5", "G644200000001", "0999999999999", "3.1006E+12", "12345", None, "๓๑๐๐๖๐๐๔๔๕๖๓๕"]
    rows = normalise(spec({"national_id": "id"}), id=said)
    assert values(rows, "national_id")[0] == values(rows, "national_id")[6] == "3100600445635"
    assert values(rows, "national_id_kind") == ["citizen", "g_code", "no_status", None, None, None, "citizen"]
    assert rows.problems["national_id"].to_pylist()[3:5] == ["national_id.excel_damage", "national_id.wrong_length"]


def test_phones_whole_numbers_and_answers() -> None:
    rows = normalise(spec({"phone": "p"}), p=["๐๘๑-๒๓๔-๕๖๗๘", "812345678", "12", None])
    assert values(rows, "phone") == ["0812345678", "0812345678", None, None]
    assert rows.doubts["phone"].to_pylist()[1] == "phone.leading_zero_restored"
    table = spec(
        {"partner_person_ref": "ref", "followed_up_on": "on", "career_plan": "plan", "health_score": "score"}, "outcome"
    )
    rows = normalise(table, plan=["ใช่", "ไม่มี", "มี", "?", None], score=["๕", "4.5", "สาม", None, "3.0"])
    assert values(rows, "career_plan") == [True, False, True, None, None]
    assert rows.problems["career_plan"].to_pylist()[3] == "boolean.unknown"
    assert values(rows, "health_score") == [5, None, None, None, 3]
    assert rows.problems["health_score"].to_pylist()[1:3] == ["number.not_whole", "number.not_a_number"]


def test_a_range_of_money_is_read_and_doubted() -> None:
    rows = normalise(spec({"baseline_monthly_income": "i"}), i=["3,000-5,000"])
    assert values(rows, "baseline_monthly_income") == [4000]
    assert rows.doubts["baseline_monthly_income"].to_pylist() == ["number.range"]
    assert rows.problems["baseline_monthly_income"].to_pylist() == [None]


def test_rows_keep_their_numbers_and_a_block_without_rows_stays_empty() -> None:
    table = spec({"birth_date": "b", "sex": "s"}, parts={"full_name": "n", "address": "a"})
    rows = normalise(table, ref=["1", "2", "3"])
    assert rows.row_no.tolist() == [2, 3, 4]
    empty = normalise(table, ref=[], b=[], s=[], n=[], a=[])
    assert len(empty) == 0 and "sex" in empty.columns


def test_every_declared_field_of_a_spec_has_a_column() -> None:
    table = spec({"national_id": "id", "birth_date": "b"}, parts={"full_name": "n", "address": "a"})
    rows = normalise(table, ref=["1"])
    expected = {*table.fields, "name_prefix", "first_name", "last_name", "nickname", "house_no", "moo"}
    expected |= {"tambon_code", "amphoe_code", "province_code", "national_id_kind", "birth_date_precision", "sex"}
    assert set(rows.columns) == expected | {"name_prefix.sex", "name_prefix.child_born"}


# --- where a field was read from


def test_origins_name_the_columns_of_the_file() -> None:
    table = spec(
        {"birth_date": ["วันเกิด", "ว/ด/ป"], "house_no": "บ้านเลขที่"},
        parts={"full_name": ["ชื่อ", "สกุล"], "place": {"tambon": "ตำบล", "amphoe": "อำเภอ"}},
    )
    found = origins(table, ["ref", "ชื่อ", "สกุล", "ว/ด/ป", "ตำบล", "joined"])
    assert found["birth_date"] == ("ว/ด/ป",) and found["partner_person_ref"] == ("ref",)
    assert found["first_name"] == found["last_name"] == ("ชื่อ", "สกุล")
    assert found["tambon_code"] == ("ตำบล",) and found["amphoe_code"] == () and found["house_no"] == ()
    assert found["project_ref"] == ()
