"""Numbers with the word of their unit: every case of the paper, and any number with any word."""

from __future__ import annotations

from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equity.records import record_types
from equity.thai.numbers import parse_integers, parse_numbers
from equity.thai.units import UNITS

ABOUT, OTHER, NONE = "number.about", "number.other_unit", "number.not_a_number"
CELLS = {
    "persons": {
        "45 คน": 45, "45คน": 45, "๔๕ ราย": 45, "1,200 คน": 1200, "2 พันคน": 2000, "จำนวน 12 คน": 12, "12 (คน)": 12, "20-30 คน": (25, "number.range"),
        "ประมาณ 20": (20, ABOUT), "ราวๆ 20 คน": (20, ABOUT), "20 กว่าคน": (20, ABOUT), "20 คนกว่า": (20, ABOUT), "20+": (20, ABOUT),
        "3 ครั้ง": OTHER, "5 ครัวเรือน": OTHER, "50 บาท": OTHER, "ร้อยละ 20": OTHER, "45 คน ชาย 20": NONE, "สิบคน": NONE, "2.5 คน": "number.not_whole",
    },
    "baht": {
        "12,500 บาท": 12500, "12,500.-": 12500, "5 หมื่น": 50000, "1.1 ล้านบาท": 1100000, "50 สตางค์": 0.5, "(500) บาท": -500, "-500 บาท": -500,
        "ประมาณ 3,000-5,000": (4000, "number.range"), "300 บาท/วัน": OTHER, "500 คน": OTHER, "500 บาท/เดือน": OTHER,
    },
    "baht_per_month": {"9,000 บาทต่อเดือน": 9000, "9000 / เดือน": 9000, "5 พันต่อเดือน": 5000, "300 บาทต่อวัน": OTHER},
    "hours": {"6 ชม.": 6, "90 นาที": 1.5, "1 ชม. 30 นาที": 1.5, "6 hrs": 6, "2 วัน": OTHER, "50 บาท": OTHER},
    "kg": {"12 กก.": 12, "2 โล": 2, "5 ขีด": 0.5, "250 กรัม": 0.25, "3 ถุง": OTHER},
    "score_1_5": {"4/5": 4, "ระดับ 4": 4, "4 เต็ม 5": 4, "4 คะแนน": 4},
    "year_be": {"ปีการศึกษา 2568": 2568, "1/2568": 2568, "พ.ศ. 2568": 2568},
    "percent": {"80%": 80, "ร้อยละ 80": 80, "80 คน": OTHER},
    "years": {"5 ขวบ": 5, "6 เดือน": OTHER},
    "as_printed": {"91.63%": 91.63, "45 คน": 45, "5 กล้วย": NONE},
}  # fmt: skip
EVERY = [(unit, cell, meant) for unit, cells in CELLS.items() for cell, meant in cells.items()]


@pytest.mark.parametrize(("unit", "cell", "meant"), EVERY)
def test_a_number_with_its_unit_is_that_number(unit: str, cell: str, meant: object) -> None:
    value, problem = meant if isinstance(meant, tuple) else (None, meant) if isinstance(meant, str) else (meant, None)
    read = (parse_integers if unit == "persons" else parse_numbers)(pa.array([cell]), unit)
    assert (read.values.to_pylist(), read.problems.to_pylist()) == ([value], [problem])


@given(
    st.sampled_from([(unit, word, factor) for unit, words in UNITS.items() for word, factor in words.items()]),
    st.integers(0, 9_999_999), st.integers(0, 99), st.sampled_from(["", " ", "  "]), st.sampled_from(["", "ประมาณ ", "ราว "]),
)  # fmt: skip
def test_any_number_with_any_word_of_its_unit(
    known: tuple[str, str, Fraction], whole: int, hundredths: int, between: str, about: str
) -> None:
    """Exactly so many of the field's unit, however it is written; what is only about so many is doubted, never lost."""
    unit, word, factor = known
    number = f"{whole:,}.{hundredths:02d}"
    read = parse_numbers(pa.array([f"{about}{number}{between}{word}"]), unit)
    assert read.values.to_pylist() == [float((whole + Fraction(hundredths, 100)) * factor)]
    assert read.problems.to_pylist() == [ABOUT if about else None]


@given(st.integers(0, 10**6), st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(UNITS)))
def test_another_unit_is_never_taken_for_the_field_s(number: int, unit: str, other: str) -> None:
    cells = [f"{number} {word}" for word in UNITS[other].keys() - UNITS[unit].keys()]
    read = parse_numbers(pa.array(cells, pa.string()), unit)
    assert read.values.null_count == len(cells) and set(read.problems.to_pylist()) <= {OTHER}


def test_every_unit_of_a_record_type_is_known() -> None:
    declared = {field.unit for kind in record_types().values() for field in kind.fields.values() if field.unit}
    assert declared - {"as_printed"} <= UNITS.keys()
