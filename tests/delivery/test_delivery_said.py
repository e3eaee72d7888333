"""What a partner's cells say of one field: one column or several, values above, money in two columns, words for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from equity.delivery.said import said
from equity.records import Field, record_types
from equity.sources.readers import Block
from equity.sources.spec import Column

TEXT = record_types()["participant"].fields["baseline_occupation"]
DATE = record_types()["participant"].fields["joined_on"]
NUMBER = record_types()["participant"].fields["baseline_monthly_income"]
WHOLE = record_types()["school_roster"].fields["academic_year"]


def told(column: Any, field: Field = TEXT, **cells: Sequence[str | None]) -> list[str | None]:
    size = len(next(iter(cells.values())))
    block = Block({h: pa.array(list(c), pa.string()) for h, c in cells.items()}, np.arange(2, size + 2))
    found = said(Column.model_validate(column), field, block)
    assert len(found) == size
    values: list[str | None] = found.to_pylist()
    return values


# --- one column


def test_nobodys_reference_or_day_is_called_nothing() -> None:
    person, phone = (record_types()["participant"].fields[name] for name in ("partner_person_ref", "phone"))
    for field in (person, phone, DATE):
        assert told("ก", field, ก=["ไม่มี", " ยังไม่มี", "M-1"]) == [None, None, "M-1"]
    assert told("ก", ก=["ไม่มี"]) == ["ไม่มี"], "of a text it may be the answer"
    assert told("ก", NUMBER, ก=["ไม่มี"]) == ["ไม่มี"], "of a number the spec says whether it is zero"
    assert told({"header": "ก", "ไม่มี": "zero"}, NUMBER, ก=["ไม่มี"]) == ["0"]


def test_an_answer_in_the_partners_words() -> None:
    plan = record_types()["outcome"].fields["career_plan"]
    assert told({"header": "ก", "โอเค": True, "โนเค": "no"}, plan, ก=["โอเค", "โนเค", "x"]) == ["yes", "no", "x"]


def test_a_column_is_read_as_it_stands() -> None:
    assert told("ก", ก=["ช่าง", " ค้าขาย ", None]) == ["ช่าง", "ค้าขาย", None]


def test_the_first_spelling_that_is_there_is_read() -> None:
    assert told(["ก", "ข"], ข=["1"]) == ["1"] and told(["ก", "ข"], ก=["0"], ข=["1"]) == ["0"]


def test_a_column_that_is_not_there_says_nothing() -> None:
    assert told("ค", ก=["1", "2"]) == [None, None]


def test_one_value_for_all_rows() -> None:
    assert told({"value": "LPG-1"}, ก=["1", "2"]) == ["LPG-1", "LPG-1"]


@pytest.mark.parametrize("blank", ["-", "–", " - ", "ไม่ระบุ", "n/a", "NULL", ".", "", None])
def test_blanks_say_nothing(blank: str | None) -> None:
    assert told("ก", ก=[blank, "x"]) == [None, "x"]


def test_the_partners_words_for_zero_and_unknown() -> None:
    words = {"header": "ก", "empty": "zero", "-": "zero", "ไม่มี": "zero", "99": "unknown"}
    assert told(words, NUMBER, ก=["-", "ไม่มี", "99", None, "500"]) == ["0", "0", None, "0", "500"]
    assert told({**words, "empty": "unknown"}, NUMBER, ก=["-", "ไม่มี", "99", None]) == ["0", "0", None, None]


def test_many_cells_are_read_as_few_are() -> None:
    """Above a thousand rows a column is worked on by its distinct values."""
    cells = ["ช่าง", "-", None, " ค้าขาย "] * 300
    assert told("ก", ก=cells) == ["ช่าง", None, None, "ค้าขาย"] * 300


# --- several columns


def test_columns_that_make_one_value_together() -> None:
    assert told({"join": ["ก", "ข"]}, ก=["สมชาย", None, "มาลี", None], ข=["ใจดี", "แก้วมา", " ", None]) == [
        "สมชาย ใจดี", "แก้วมา", "มาลี", None,
    ]  # fmt: skip


def test_a_column_that_is_lacking_leaves_the_others_of_a_joined_value() -> None:
    assert told({"join": ["ก", "ไม่ส่งมา"]}, ก=["สมชาย"]) == ["สมชาย"]


def test_what_steps_in_where_a_cell_is_empty() -> None:
    column = {"header": "บัตร", "otherwise": ["ชื่อ", "เกิด"]}
    assert told(column, บัตร=["1", None, "-", None], ชื่อ=["ก", "ข", "ค", None], เกิด=["2530", "2531", None, None]) == [
        "1", "ข 2531", "ค", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "column", [{"join": ["ก", "ข"]}, {"header": "ไม่ส่งมา", "otherwise": ["ก", "ข"]}], ids=["join", "otherwise"]
)
def test_blanks_are_no_part_of_what_columns_say_together(column: dict[str, Any]) -> None:
    """Else all people without a name and a birth date would be one person called `- -`."""
    assert told(column, ก=["สมชาย", "-", "-"], ข=["-", "ไม่ระบุ", "2530"]) == ["สมชาย", None, "2530"]


def test_tick_boxes_are_named_by_the_last_part_of_their_header() -> None:
    boxes = {"ticked": ["กลุ่ม / คนพิการ", "กลุ่ม / ผู้สูงอายุ", "risks/poverty"]}
    marks: dict[str, list[str | None]] = {
        "กลุ่ม / คนพิการ": ["/", None, "✓", "0"], "กลุ่ม / ผู้สูงอายุ": ["x", "-", "ไม่ใช่", None], "risks/poverty": ["1", "false", "TRUE", "no"],
    }  # fmt: skip
    assert told(boxes, **marks) == ["คนพิการ;ผู้สูงอายุ;poverty", None, "คนพิการ;poverty", None]


@pytest.mark.parametrize("mark", ["✗", "✘", "☐", "๐", "N", "No", "ไม่มี", " - ", "0.00"])
def test_marks_that_say_no(mark: str) -> None:
    assert told({"ticked": ["ก"]}, ก=[mark]) == [None]


@pytest.mark.parametrize("mark", ["/", "✓", "✔", "x", "X", "1", "ใช่", "มี", "true", "☑", "๑"])
def test_marks_that_say_yes(mark: str) -> None:
    assert told({"ticked": ["ก"]}, ก=[mark]) == ["ก"]


# --- money

MONEY = {"credit": "ฝาก", "debit": "ถอน"}


@pytest.mark.parametrize(
    ("came", "went", "amount"),
    [
        ("100", None, "100"),
        (None, "50", "-50"),
        ("1,000.50", "-", "1,000.50"),
        ("0.00", "50", "-50"),
        ("0", "0", None),
        (None, None, None),
        ("-", "–", None),
        ("๑๐๐ บาท", None, "100"),
        (None, "-50", "50"),  # a withdrawal that is taken back
        (None, "ห้าสิบ", "-ห้าสิบ"),
        ("100", "50", "100 / 50"),  # both: nobody knows, so it is no number and the row is held
    ],
)
def test_money_in_two_columns(came: str | None, went: str | None, amount: str | None) -> None:
    assert told(MONEY, NUMBER, ฝาก=[came], ถอน=[went]) == [amount]


# --- what stands above


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("5 มกราคม 2567 ณ ศาลากลาง", DATE, "5 มกราคม 2567"),
        ("๕ ม.ค. ๒๕๖๗", DATE, "๕ ม.ค. ๒๕๖๗"),
        ("5/1/67", DATE, "5/1/67"),
        ("2567 ภาคเรียนที่ 1", WHOLE, "2567"),
        ("พ.ศ. 2567.", WHOLE, "2567"),
        ("ไม่มีเลย", WHOLE, "ไม่มีเลย"),
        ("ช่างไม้   ครูผู้สอน นายดำ", TEXT, "ช่างไม้"),
        ("ช่างไม้ (รุ่น 2)", TEXT, "ช่างไม้"),
        ("-", TEXT, None),
        (None, TEXT, None),
    ],
)
def test_the_value_within_a_line(line: str | None, field: Field, value: str | None) -> None:
    assert told({"above": "ก"}, field, ก=[line]) == [value]
