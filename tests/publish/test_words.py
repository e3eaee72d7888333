from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from equity.publish import words


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (0, 0, "0"),
        (999, 0, "999"),
        (1620000, 0, "1,620,000"),
        (Decimal("24609.5"), 1, "24,609.5"),
        (Decimal("2.5"), 0, "3"),
        (Decimal("0.05"), 1, "0.1"),
        (-4300, 0, "−4,300"),
        (Decimal("-0.4"), 0, "0"),
        (Decimal("-0.5"), 0, "−1"),
        (0.1 + 0.2, 1, "0.3"),
    ],
)
def test_a_number_has_commas_rounds_halves_up_and_a_true_minus(value, decimals, written):
    assert words.number(value, decimals) == written


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (264, "persons", "264 คน"),
        (1017, "households", "1,017 ครัวเรือน"),
        (Decimal("43.146"), "percent", "43.1%"),
        (Decimal(100), "percent", "100.0%"),
        (0, "percent", "0.0%"),
        (1620000, "baht", "1,620,000 บาท"),
        (5125, "baht_per_month", "+5,125 บาทต่อเดือน"),
        (-4300, "baht_per_month", "−4,300 บาทต่อเดือน"),
        (0, "baht_per_month", "0 บาทต่อเดือน"),
        (Decimal("24609.5"), "kg", "24,609.5 กก."),
        (Decimal(24609), "kg", "24,609 กก."),
    ],
)
def test_a_value_is_written_in_its_unit(value, unit, written):
    assert words.with_unit(value, unit) == written


def test_money_is_written_in_baht():
    assert words.baht(1620000) == "1,620,000 บาท"


def test_an_interval_of_a_rate_has_one_sign_and_one_of_changes_a_word():
    assert words.span(Decimal("41.23"), Decimal("45.09"), "percent") == "41.2–45.1%"
    assert words.span(-4300, 5125, "baht_per_month") == "−4,300 ถึง +5,125"


def test_a_note_is_in_the_buddhist_era_with_commas_and_leaves_years_alone():
    assert words.note("ณ วันที่ 2026-02-28") == "ณ วันที่ 28 กุมภาพันธ์ 2569"
    assert words.note("724 ครั้ง จากทั้งหมด 2445 ครั้ง ปี 2569") == "724 ครั้ง จากทั้งหมด 2,445 ครั้ง ปี 2569"
    assert words.note(None) == ""


def test_a_moment_is_thailands():
    assert words.moment(datetime(2026, 3, 7, 18, tzinfo=UTC)) == "8 มีนาคม 2569 เวลา 01.00 น."
