"""Names of organisations: abbreviations opened, one spelling of each word, so that รร.บ้านแม่ถอด is โรงเรียนบ้านแม่ถอด.

Only what is certain is changed. Names that one organisation has besides (a municipality's short name) are its alias table:
the `aliases` of the partners' specs, looked up by `key`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from equity.thai.columns import by_unique
from equity.thai.text import arabic_digits_text, clean_text

STRING = pa.string()
# abbreviation (dots anywhere in it) → name; the longer ones go first. Of three letters and more none begins a Thai word
OPENED: dict[str, str] = {
    "รพสต": "โรงพยาบาลส่งเสริมสุขภาพตำบล", "อบต": "องค์การบริหารส่วนตำบล", "อบจ": "องค์การบริหารส่วนจังหวัด", "มรภ": "มหาวิทยาลัยราชภัฏ",
    "มทร": "มหาวิทยาลัยเทคโนโลยีราชมงคล", "ศพด": "ศูนย์พัฒนาเด็กเล็ก", "สพป": "สำนักงานเขตพื้นที่การศึกษาประถมศึกษา",
    "สพม": "สำนักงานเขตพื้นที่การศึกษามัธยมศึกษา", "ศธจ": "สำนักงานศึกษาธิการจังหวัด", "สสจ": "สำนักงานสาธารณสุขจังหวัด",
    "พมจ": "สำนักงานพัฒนาสังคมและความมั่นคงของมนุษย์จังหวัด", "สสอ": "สำนักงานสาธารณสุขอำเภอ", "กสศ": "กองทุนเพื่อความเสมอภาคทางการศึกษา",
    "วอศ": "วิทยาลัยอาชีวศึกษา", "วษท": "วิทยาลัยเกษตรและเทคโนโลยี", "รร": "โรงเรียน", "รพ": "โรงพยาบาล", "ทต": "เทศบาลตำบล", "ทม": "เทศบาลเมือง",
    "ทน": "เทศบาลนคร", "วท": "วิทยาลัยเทคนิค", "วช": "วิทยาลัยชุมชน", "วก": "วิทยาลัยการอาชีพ", "ม": "มหาวิทยาลัย",
}  # fmt: skip
_AREAS = {"ต": "ตำบล", "อ": "อำเภอ", "จ": "จังหวัด"}
_SAME = {"ราชภัฎ": "ราชภัฏ"}  # words that are often misspelt, and mean nothing else


def _abbreviated(letters: str) -> str:
    spelt = r"\.?\s?".join(letters)
    if len(letters) > 2:
        return spelt + r"(?:\.\s*|\s+|(?=[ก-ฮเ-ไ][ก-๙])|$)(?=[ก-ฮเ-ไ]|$)"
    if len(letters) > 1:
        return spelt + r"(?:\.\s*|\s+)(?=[ก-๙])"
    return spelt + r"\.\s*(?!ต้น|ปลาย)(?=[ก-๙])"  # ม.ต้น and ม.3 are no university


_OPENED = [(re.compile(_abbreviated(letters)), name) for letters, name in OPENED.items()]
_AREA = re.compile(r"(?<![ก-๙.])([ตอจ])\.\s*(?=[ก-ฮเ-ไ][ก-๙])")
_TWICE = re.compile(r"(ตำบล|อำเภอ|จังหวัด)\s*(?:\1|(?<=ตำบล)ต\.|(?<=อำเภอ)อ\.|(?<=จังหวัด)จ\.)\s*")
_OFFICE = r"(?:สำนักงาน\s*)?(?:กศน|สกร|ศกร)\.?\s*"
# the district centres of non-formal education were renamed in 2566: the office is the same
_CENTRE = re.compile(
    rf"^(?:{_OFFICE}|ศูนย์การศึกษานอกระบบและการศึกษาตามอัธยาศัย\s*|ศูนย์ส่งเสริมการเรียนรู้\s*)(?:ระดับ)?\s*(อำเภอ|อ\.|ตำบล|ต\.)\s*(?=[ก-๙])"
)
_PROVINCIAL = re.compile(rf"^(?:{_OFFICE}|สำนักงานส่งเสริมการเรียนรู้\s*)(?:ประจำ|ระดับ)?\s*(?:จังหวัด|จ\.)\s*(?=[ก-๙])")
_SPACE = re.compile(r"(?<=[ก-๙])\s+(?=[ก-๙])(?!ตำบล|อำเภอ|จังหวัด|เขต)")


def full_name(name: str) -> str:
    """One name in full and in one spelling; doing it twice changes nothing."""
    name = arabic_digits_text(clean_text(name))
    for wrong, right in _SAME.items():
        name = name.replace(wrong, right)
    if centre := _CENTRE.match(name):
        area = _AREAS[centre[1][0]] if centre[1].endswith(".") else centre[1]
        name = f"ศูนย์ส่งเสริมการเรียนรู้ระดับ{area}{name[centre.end() :]}"
    elif provincial := _PROVINCIAL.match(name):
        name = f"สำนักงานส่งเสริมการเรียนรู้ประจำจังหวัด{name[provincial.end() :]}"
    else:
        for pattern, opened in _OPENED:
            if found := pattern.match(name):
                name = opened + name[found.end() :]
                break
    name = _TWICE.sub(r"\1", name)
    name = _AREA.sub(lambda found: _AREAS[found[1]], name)
    return _SPACE.sub("", name)


def key(name: str) -> str:
    """What two names of one organisation have in common: the full name without spaces, dots and capitals."""
    return re.sub(r"[\s.\"'“”]", "", full_name(name)).casefold()


def full_names(array: Any, known: Mapping[str, str] | None = None) -> pa.Array:
    """Names in full, null where there is none; `known` gives by `key` the name of an organisation that has several."""
    aliases = known or {}

    def of(name: str) -> str | None:
        full = full_name(name)
        return aliases.get(key(name), full) or None

    return by_unique(array, lambda distinct: pa.array([of(name) for name in distinct.to_pylist()], STRING))
