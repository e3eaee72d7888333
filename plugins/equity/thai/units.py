"""Units that people write beside a number: `45 คน`, `ประมาณ 20 บาท`, `90 นาที`; what they are in the unit that a field declares.

Only what is certain is converted: a minute is a sixtieth of an hour, a thousand baht are a thousand times a baht. A day is
no number of hours and a household no number of persons: those are another unit, and the sender is asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

ONE = Fraction(1)
_TIMES = {"": 1, "สิบ": 10, "ร้อย": 100, "พัน": 1_000, "หมื่น": 10_000, "แสน": 100_000, "ล้าน": 1_000_000}


def _counted(*words: str) -> dict[str, Fraction]:
    """The words of what is counted, alone and in hundreds and thousands (`5 หมื่นบาท`, `2 พันคน`)."""
    return {f"{times}{word}": Fraction(n) for times, n in _TIMES.items() for word in words}


_BAHT = _counted("บาท", "บาทถ้วน", "บ", "thb", "baht", "฿") | {word: Fraction(n) for word, n in _TIMES.items() if word}
_BAHT |= {"สตางค์": Fraction(1, 100)}
_A_MONTH = ("/เดือน", "/ด", "/month", "permonth", "/mo", "/m")
_SHARES = {"%", "เปอร์เซ็นต์", "เปอร์เซนต์", "percent"}
# declared unit → folded word → what one of it is in that unit; a field of any other unit, or of none, takes a number with every word
UNITS: dict[str, dict[str, Fraction]] = {
    "persons": _counted("คน", "ราย", "ท่าน", "รูป", "นาย", "persons", "person", "people", "pax"),
    "baht": _BAHT,
    "baht_per_month": _BAHT | {f"{word}{a}": n for word, n in (_BAHT | {"": ONE}).items() for a in _A_MONTH},
    "hours": dict.fromkeys(("ชั่วโมง", "ชม", "hours", "hour", "hrs", "hr", "h"), ONE)
    | dict.fromkeys(("นาที", "minutes", "minute", "mins", "min"), Fraction(1, 60)),
    "kg": dict.fromkeys(("กิโลกรัม", "กก", "กิโล", "โล", "kg", "kgs", "kilogram", "kilograms"), ONE)
    | dict.fromkeys(("กรัม", "g", "grams"), Fraction(1, 1000)) | {"ขีด": Fraction(1, 10)} | dict.fromkeys(("ตัน", "tons"), Fraction(1000)),
    "years": dict.fromkeys(("ปี", "ขวบ", "years", "year", "yrs", "yr"), ONE),
    "percent": dict.fromkeys((*_SHARES, "คะแนน", "points"), ONE),
    "score_1_5": dict.fromkeys(("คะแนน", "points", "แต้ม", "ดาว"), ONE),
    "year_be": {"พศ": ONE},
}  # fmt: skip
# what is counted besides, and never the unit of a field of ours
_OTHERS = (
    "ครั้ง", "รอบ", "คาบ", "วัน", "สัปดาห์", "อาทิตย์", "เดือน", "ครัวเรือน", "หลังคาเรือน", "ครอบครัว", "หลัง", "กลุ่ม", "แห่ง", "ชิ้น", "อัน", "ชุด", "ถุง",
    "แพ็ค", "แพค", "กล่อง", "ขวด", "ลิตร", "ตัว", "เครื่อง", "โครงการ", "รายการ", "เรื่อง", "หลักสูตร", "รุ่น", "ข้อ", "เมตร", "ไร่", "หมู่บ้าน", "ตำบล",
    "times", "days", "day", "weeks", "week", "months", "month", "households", "pcs",
)  # fmt: skip
_A_WHILE = ("/วัน", "/ปี", "/ชั่วโมง", "/ชม", "/ครั้ง", "/คน", "/ชิ้น")
_KNOWN = {word for words in UNITS.values() for word in words} | {
    *_OTHERS,
    *(f"{word}{each}" for word in ("บาท", "") for each in _A_WHILE),
}
MONEY = ("baht", "baht_per_month")
_ABOUT = r"ประมาณ|โดยประมาณ|ราว|เฉลี่ย|เกือบ|น่าจะ|about|approx\.?|approximately|circa|~|≈|±"
# what stands before the number and is its unit
_FIRST = {"ร้อยละ": "%", "ระดับ": "คะแนน", "ปีการศึกษา": "พศ", "ปีงบประมาณ": "พศ", "พ.ศ.": "พศ", "พ.ศ": "พศ", "ปี": "พศ"}
_RE_ABOUT_BEHIND = re.compile(r"(กว่า|(โดย)?ประมาณ|เศษ)$")
_RE_SAID = re.compile(
    rf"^(?:(?:จำนวน|ทั้งหมด|ทั้งสิ้น|รวม|รวมทั้งสิ้น|(?P<first>{'|'.join(map(re.escape, _FIRST))}))\s*)?(?P<about>(?:(?:{_ABOUT})\s*ๆ?\s*)*)"
    r"(?P<number>[(+-]?\s*\.?\d(?:[\d,.\s–—-]*\d)?\)?)\s*(?P<more>\+|กว่า)?\s*ๆ?\s*\(?\s*(?P<word>[^\d\s()+][^\d()]*)?\)?$",
    re.IGNORECASE,
)  # fmt: skip
_RE_HOURS = re.compile(
    r"^(\d+)\s*(?:ชั่วโมง|ชม\.?|hours?|hrs?\.?|h)\s*(\d+)\s*(?:นาที|minutes?|mins?\.?|m)$", re.IGNORECASE
)
_RE_OF_FIVE = re.compile(r"^(?:ระดับ\s*)?([1-5])\s*(?:/|เต็ม|จาก|of|out of)\s*5$", re.IGNORECASE)
_RE_TERM = re.compile(r"^[123]\s*/\s*(2[45]\d\d)$")


@dataclass(frozen=True)
class Said:
    """A cell taken apart: the number as written, what one of it is in the field's unit, whether it is only about so many."""

    number: str
    factor: Fraction
    about: bool
    other_unit: bool = False


def folded(word: str) -> str:
    """How words of units are compared: without dots, blanks and capitals; `ต่อ` is a stroke."""
    return re.sub(r"[\s.]", "", word).replace("ต่อ", "/").replace("ๆ", "").casefold()


def unit_of(text: str) -> str | None:
    """The word of a known unit that stands behind the number in a cell, folded; None where there is none."""
    match = _RE_SAID.match(text)
    word = _word(match)[0] if match else ""
    return word if word in _KNOWN else None


def units_of(word: str) -> frozenset[str]:
    """The units of :data:`UNITS` that a folded word may be; none of what is counted otherwise (`ครั้ง`)."""
    return frozenset(unit for unit, words in UNITS.items() if word in words)


def said(text: str, unit: str | None) -> Said | None:
    """Take a cell such as `ประมาณ 45 คน` apart for a field of a unit; None where it is nothing of the kind."""
    if unit in ("hours", None) and (both := _RE_HOURS.match(text)):
        return Said(str(int(both[1]) * 60 + int(both[2])), Fraction(1, 60), about=False)
    if unit == "score_1_5" and (of_five := _RE_OF_FIVE.match(text)):
        return Said(of_five[1], ONE, about=False)
    if unit == "year_be" and (term := _RE_TERM.match(text)):
        return Said(term[1], ONE, about=False)
    match = _RE_SAID.match(text)
    if match is None:
        return None
    word, about = _word(match)
    about |= bool(match["about"].strip() or match["more"])
    if not word:
        return Said(match["number"], ONE, about)
    if unit is None and word in _SHARES:  # a share of what?
        return None
    if unit not in UNITS:
        return Said(match["number"], ONE, about) if word in _KNOWN else None
    factor = UNITS.get(unit or "", {}).get(word)
    if factor is None:
        return Said(match["number"], ONE, about, other_unit=True) if word in _KNOWN else None
    return Said(match["number"], factor, about)


def _word(match: re.Match[str]) -> tuple[str, bool]:
    """The folded word of the unit, and whether `กว่า` or `โดยประมาณ` stands behind it."""
    word = folded(match["word"] or "")
    bare = _RE_ABOUT_BEHIND.sub("", word)
    return bare or (_FIRST[match["first"]] if match["first"] else ""), bare != word
