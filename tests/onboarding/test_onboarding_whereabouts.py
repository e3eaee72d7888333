"""Where a partner's people live: the area of a new spec, and the rows of which only the province is kept."""

from __future__ import annotations

from datetime import date

import pytest
from onboarding_samples import known, recognised

from equity.onboarding.draft import draft
from equity.onboarding.recognise import Recognised
from equity.onboarding.whereabouts import area, elsewhere, named


def people(places: list[tuple[str, str, str]]) -> Recognised:
    tambon, amphoe, province = zip(*places, strict=True)
    columns = {
        "รหัสสมาชิก": [f"M{i:03}" for i in range(len(places))],
        "ชื่อ-สกุล": [f"สมชาย ใจดี{i}" for i in range(len(places))],
        "ตำบล": list(tambon),
        "อำเภอ": list(amphoe),
        "จังหวัด": list(province),
    }
    return recognised(columns, "participant")


HERE = ("แจ้ซ้อน", "เมืองปาน", "ลำปาง")
NEAR = ("เมืองปาน", "เมืองปาน", "ลำปาง")
FAR = ("เวียง", "เมืองเชียงราย", "เชียงราย")


@pytest.mark.parametrize(
    ("places", "found"),
    [
        ([HERE] * 7 + [NEAR] * 3, "521304"),
        ([HERE] * 5 + [NEAR] * 5, "5213"),
        ([HERE] * 5 + [("ห้างฉัตร", "ห้างฉัตร", "ลำปาง")] * 5, "52"),
        ([FAR] * 9 + [HERE], "57"),
    ],
)  # fmt: skip
def test_the_area_is_the_one_that_most_rows_name(places: list[tuple[str, str, str]], found: str) -> None:
    assert area([people(places)]) == found


def test_a_sample_without_places_is_of_the_province() -> None:
    columns = {"รหัสสมาชิก": ["M1", "M2"], "ชื่อ-สกุล": ["สมชาย ใจดี", "สมหญิง ใจงาม"]}
    table = recognised(columns, "participant")
    assert named(table) == {} and area([table]) == "52"


def test_address_lines_name_places_too() -> None:
    columns = {
        "รหัสสมาชิก": ["M1", "M2", "M3"],
        "ชื่อ-สกุล": ["สมชาย ใจดี", "สมหญิง ใจงาม", "สมปอง ใจเย็น"],
        "ที่อยู่": ["12/3 ม.4 ต.แจ้ซ้อน อ.เมืองปาน จ.ลำปาง"] * 2 + ["9 ต.เวียง อ.เมือง จ.เชียงราย"],
    }
    table = recognised(columns, "participant")
    assert named(table) == {"521304": 2, "57": 1} and elsewhere(table) == 1


def test_rows_of_another_province_are_told_of() -> None:
    told = draft(
        [people([FAR] * 9 + [HERE])], known(), source="a_club", name_th="ชมรม", name_en="A club", family="unit",
        area="57", today=date(2026, 3, 2),
    ).doubts  # fmt: skip
    assert any("9 rows name places outside Lampang: of these the province alone is kept" in doubt for doubt in told)
    assert not any("outside Lampang" in doubt for doubt in draft(
        [people([HERE] * 9)], known(), source="a_club", name_th="ชมรม", name_en="A club", family="unit",
        area="52", today=date(2026, 3, 2),
    ).doubts)  # fmt: skip
