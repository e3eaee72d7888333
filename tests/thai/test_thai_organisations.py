"""Two spellings of one organisation are one name, and what is no abbreviation is left alone."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equity.thai.organisations import OPENED, full_name, full_names, key

ONE = {
    "โรงเรียนบ้านแม่ถอด": ["รร.บ้านแม่ถอด", "ร.ร.บ้านแม่ถอด", "รร บ้านแม่ถอด", "โรงเรียน บ้านแม่ถอด", " โรงเรียนบ้าน  แม่ถอด"],
    "องค์การบริหารส่วนตำบลแจ้ซ้อน": ["อบต.แจ้ซ้อน", "อบต. แจ้ซ้อน", "อ.บ.ต.แจ้ซ้อน", "อบตแจ้ซ้อน", "อบต.ต.แจ้ซ้อน", "องค์การบริหารส่วนตำบล แจ้ซ้อน"],
    "มหาวิทยาลัยราชภัฏลำปาง": ["ม.ราชภัฏลำปาง", "ม. ราชภัฎลำปาง", "มรภ.ลำปาง", "มหาวิทยาลัยราชภัฎลำปาง"],
    "ศูนย์ส่งเสริมการเรียนรู้ระดับอำเภอเถิน": [
        "กศน.อำเภอเถิน", "กศน. อ.เถิน", "สกร.อำเภอเถิน", "สกร.ระดับอำเภอเถิน", "ศกร.อ.เถิน", "ศูนย์การศึกษานอกระบบและการศึกษาตามอัธยาศัยอำเภอเถิน",
    ],
    "สำนักงานศึกษาธิการจังหวัดลำปาง": ["ศธจ.ลำปาง", "ศธจ.จ.ลำปาง"],
    "สำนักงานเขตพื้นที่การศึกษาประถมศึกษาลำปาง เขต 1": ["สพป.ลำปาง เขต ๑", "สพป. ลำปาง  เขต 1"],
    "โรงเรียนบ้านแหง อำเภองาว จังหวัดลำปาง": ["รร.บ้านแหง อ.งาว จ.ลำปาง", "โรงเรียนบ้านแหง อำเภองาว จ. ลำปาง"],
    "โรงพยาบาลส่งเสริมสุขภาพตำบลบ้านแหง": ["รพ.สต.บ้านแหง", "รพ.สต. บ้านแหง"],
}  # fmt: skip


@pytest.mark.parametrize(("full", "spelt"), [(full, one) for full, all_of in ONE.items() for one in (full, *all_of)])
def test_every_spelling_is_the_full_name(full: str, spelt: str) -> None:
    assert full_name(spelt) == full


@pytest.mark.parametrize(
    "name", ["ม.3", "ม.ต้น", "วัดพระธาตุ", "มรภูมิ", "มูลนิธิฮักลำปาง", "EEF", "กศน.", "สกร.อำเภอ", "รรบ้าน", "อ.ต.ก. 2"]
)
def test_what_is_no_abbreviation_of_an_organisation_is_left_alone(name: str) -> None:
    assert full_name(name) == name


@given(
    st.one_of(
        st.text("กขมรอบตวทสพศธจ. ้าเ1ฎ", max_size=20),
        st.sampled_from([f"{a}.{p}" for a in OPENED for p in ("", "เถิน", "ต.แม่ถอด อ.เถิน")]),
    )
)
def test_a_full_name_stays_as_it_is(name: str) -> None:
    assert full_name(full_name(name)) == full_name(name) and key(full_name(name)) == key(name)


def test_other_names_are_looked_up_by_any_spelling_and_nothing_stays_nothing() -> None:
    known = {key("เทศบาลลำปางหลวง"): "เทศบาลตำบลลำปางหลวง"}
    sent = pa.array(["เทศบาล ลำปางหลวง", "ทต.ลำปางหลวง", None, " "])
    assert full_names(sent, known).to_pylist() == ["เทศบาลตำบลลำปางหลวง", "เทศบาลตำบลลำปางหลวง", None, None]
