"""How figures are written for people: thousands commas, one decimal of a percent, baht with a sign, Buddhist years."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from equity.settings import BANGKOK
from equity.thai.dates import THAI_MONTHS_SHORT, thai_date

HIDDEN = "–"
"""What stands where a number is withheld."""
UNKNOWN = "ยังคำนวณไม่ได้"
"""What stands where a number cannot be computed yet; never a zero."""

Number = Decimal | int | float

UNITS = {
    "persons": "คน",
    "households": "ครัวเรือน",
    "percent": "%",
    "baht": "บาท",
    "baht_per_month": "บาทต่อเดือน",
    "kg": "กก.",
    "days": "วัน",
    "per_1000": "ต่อพันคน",
    "per_100_members": "ต่อสมาชิก 100 คน",
    "baht_income_per_month": "บาทต่อเดือน",
    "percent_baht": "% ของเงิน",
    "percent_products": "% ของรายการ",
    "projects": "โครงการ",
    "provinces": "จังหวัด",
    "regions": "ภูมิภาค",
    "units": "หน่วยงาน",
    "groups": "กลุ่ม",
    "members": "คน",
    "ratio": "เท่า",
    "flag": "",
}
DIMENSIONS = {
    "all": "ทั้งหมด",
    "sex": "เพศ",
    "age_band": "ช่วงอายุ",
    "disability": "ความพิการ",
    "national_id_kind": "สถานะเลขประจำตัว",
    "residence_kind": "ที่อยู่อาศัย",
    "partner": "หน่วยงาน",
    "programme": "โครงการ",
    "fund": "กองทุน",
    "risk_flag": "ด้านความเสี่ยง",
    "skill_area": "ด้านทักษะ",
    "case_stage": "ขั้นตอน",
    "nationality": "สัญชาติ",
    "poverty": "ความยากจน",
    "sex_age_band": "เพศและช่วงอายุ",
    "exposure_type": "รูปแบบการอยู่นอกระบบ",
    "transition": "ช่วงต่อของระดับ",
    "list": "บัญชีรายชื่อ",
    "province": "จังหวัด",
    "region": "ภูมิภาค",
    "calendar_year": "ปี พ.ศ. ของสัญญา",
    "capital_amphoe": "อำเภอเมืองกับอำเภออื่น",
    "group_kind": "ประเภทกลุ่ม",
    "product_kind": "ประเภทผลิตภัณฑ์",
    "device_service_kind": "ประเภทบริการ",
    "personnel_role": "บทบาท",
    "level": "ระดับ",
}

_ISO_DAY = r"(?P<day>\d{4}-\d{2}-\d{2})"
_LONG = r"(?<![\d.,/-])(?P<number>\d{4,})(?= (?:คน|ครั้ง|แถว|ครัวเรือน|บาท|กก))"
_NOTE = re.compile(f"{_ISO_DAY}|{_LONG}")


def number(value: Number, decimals: int = 0) -> str:
    """Write a number: ``12,345``, ``24,609.5``, ``−300``; halves are rounded up, a minus is a true minus."""
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return f"{rounded:,}".replace("-0", "-0" if rounded else "0", 1).replace("-", "−")


def percent(value: Number) -> str:
    """Write a percentage with one decimal: ``43.1%``."""
    return f"{number(value, 1)}%"


def baht(value: Number) -> str:
    """Write an amount of money: ``1,620,000 บาท``."""
    return f"{number(value)} บาท"


def change(value: Number) -> str:
    """Write a change with its sign: ``+5,125``, ``−4,300``, ``0``."""
    written = number(value)
    return written if written[0] in "−0" else f"+{written}"


def amount(value: Number, unit: str) -> str:
    """Write a value without its unit's word; the sign of a change and the % of a rate belong to the number."""
    if unit == "percent":
        return percent(value)
    if unit == "baht_per_month":
        return change(value)
    return number(value, 1 if unit == "kg" and value % 1 else 0)


def unit_word(unit: str) -> str:
    """The unit's word that stands after a number; none for percent, whose sign belongs to the number."""
    return "" if unit == "percent" else UNITS.get(unit, unit)


def with_unit(value: Number, unit: str) -> str:
    """Write a value with its unit: ``264 คน``, ``43.1%``, ``+5,125 บาทต่อเดือน``."""
    return f"{amount(value, unit)} {unit_word(unit)}".rstrip()


def span(low: Number, high: Number, unit: str) -> str:
    """Write an interval: ``41.2–45.1%``; changes are joined by a word, as a dash beside a minus misreads."""
    if unit == "percent":
        return f"{number(low, 1)}–{percent(high)}"
    return f"{amount(low, unit)} ถึง {amount(high, unit)}"


def note(text: str | None) -> str:
    """Write a coverage note: days in the Buddhist Era, long counts with commas."""

    def _written(found: re.Match[str]) -> str:
        if found["day"]:
            return thai_date(date.fromisoformat(found["day"]))
        return number(int(found["number"]))

    return _NOTE.sub(_written, text or "")


def days_between(start: date, end: date) -> str:
    """Write the days from one to another without their year: ``2–8 มี.ค.``, ``23 ก.พ. – 1 มี.ค.``; a day stays with its month."""
    until = f"{end.day}\u00a0{THAI_MONTHS_SHORT[end.month - 1]}"
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day}–{until}"
    return f"{start.day}\u00a0{THAI_MONTHS_SHORT[start.month - 1]} – {until}"


def moment(at: datetime) -> str:
    """Write a time in Thailand: ``8 มีนาคม 2569 เวลา 01.00 น.``."""
    local = at.astimezone(BANGKOK)
    return f"{thai_date(local.date())} เวลา {local:%H.%M} น."
