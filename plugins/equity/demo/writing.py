"""How partners write what they know: dates, numbers, national IDs and phones in the manners that really arrive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import numpy as np

from equity.demo.names import words

THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
FULL = words("มกราคม กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม")
SHORT = words("ม.ค. ก.พ. มี.ค. เม.ย. พ.ค. มิ.ย. ก.ค. ส.ค. ก.ย. ต.ค. พ.ย. ธ.ค.")

# Weights of the date styles below, by who writes.
CLUB_DATES = (0.34, 0.22, 0.12, 0.05, 0.06, 0.03, 0.02, 0.06, 0.08, 0.02, 0.0)
CLUB_BIRTHS = (0.36, 0.24, 0.12, 0.05, 0.06, 0.0, 0.02, 0.06, 0.07, 0.02, 0.0)
TOWN_DATES = (0.08, 0.66, 0.18, 0.02, 0.0, 0.04, 0.0, 0.0, 0.0, 0.02, 0.0)
TOWN_BIRTHS = (0.08, 0.70, 0.18, 0.02, 0.0, 0.0, 0.0, 0.0, 0.0, 0.02, 0.0)
API_DATES = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.92, 0.0, 0.08)


def thai_digits(text: object) -> str:
    """Return the text with ๐–๙ for 0–9."""
    return str(text).translate(THAI_DIGITS)


def write_date(day: date, style: int) -> str | date:
    """Write a C.E. date in one of eleven styles; 7 and 8 stay dates (a B.E.-typed and a C.E. spreadsheet date)."""
    d, m, y = day.day, day.month, day.year + 543
    match style:
        case 0:
            return f"{d}/{m}/{y}"
        case 2:
            return f"{d} {SHORT[m - 1]} {y}"
        case 3:
            return thai_digits(f"{d} {SHORT[m - 1]} {y}")
        case 4:
            return f"{d} {FULL[m - 1]} {y}"
        case 5:
            return f"{d:02}-{m:02}-{y % 100:02}"
        case 6:
            return f"{d} {FULL[m - 1]} พ.ศ. {y}"
        case 7 if (m, d) != (2, 29):
            return date(y, m, d)
        case 8:
            return day
        case 9:
            return f"{d}.{m}.{y}"
        case 10:
            return f"{y}-{m:02}-{d:02}"
        case _:
            return f"{d:02}/{m:02}/{y}"


def dates(rng: np.random.Generator, days: Sequence[date | None], weights: Sequence[float]) -> list[Any]:
    """Write a column of dates, each in a style drawn by the weights; None is an empty cell."""
    styles = rng.choice(len(weights), len(days), p=np.array(weights) / sum(weights)).tolist()
    return ["" if day is None else write_date(day, style) for day, style in zip(days, styles, strict=True)]


def iso(values: Iterable[Any]) -> list[Any]:
    """Turn the dates of a column into ISO strings, as JSON carries them."""
    return [value.isoformat() if isinstance(value, date) else value for value in values]


def numbers(rng: np.random.Generator, values: Sequence[Any], *, unit: str = "", as_text: bool = False) -> list[Any]:
    """Write a column of numbers: mostly plain, some with commas, Thai digits or a unit; None is an empty cell."""
    out: list[Any] = []
    for value, style in zip(values, rng.random(len(values)).tolist(), strict=True):
        if value is None or isinstance(value, str):
            out.append(value or "")
        elif style < 0.06:
            out.append(f"{value:,}")
        elif style < 0.10:
            out.append(thai_digits(value))
        elif style < 0.13 and unit:
            out.append(f"{value:,} {unit}")
        else:
            out.append(str(value) if as_text or style < 0.18 else value)
    return out


def national_ids(rng: np.random.Generator, ids: Sequence[str], *, spreadsheet: bool) -> list[Any]:
    """Write national IDs: plain, with dashes, in Thai digits, or (spreadsheets) as a number; G-codes as they are."""
    out: list[Any] = []
    for nid, style in zip(ids, rng.random(len(ids)).tolist(), strict=True):
        if len(nid) != 13:
            out.append(nid)
        elif style < 0.25:
            out.append(f"{nid[0]}-{nid[1:5]}-{nid[5:10]}-{nid[10:12]}-{nid[12]}")
        elif style < 0.30:
            out.append(thai_digits(nid))
        elif style < 0.42 and spreadsheet and nid[0] != "0":
            out.append(int(nid))
        else:
            out.append(nid)
    return out


def phones(rng: np.random.Generator, digits: Sequence[str]) -> list[str]:
    """Write phone numbers: plain, with dashes or spaces, in Thai digits."""
    out = []
    for phone, style in zip(digits, rng.random(len(digits)).tolist(), strict=True):
        if not phone or style < 0.5:
            out.append(phone)
        elif style < 0.85:
            out.append(f"{phone[:3]}-{phone[3:6]}-{phone[6:]}")
        elif style < 0.95:
            out.append(f"{phone[:3]} {phone[3:]}")
        else:
            out.append(thai_digits(phone))
    return out


def untidy(rng: np.random.Generator, texts: Sequence[str], *, unicode: bool) -> list[str]:
    """Write one text in a hundred as careless typing does: split ำ, doubled เ for แ, invisible and odd spaces."""
    out = list(texts)
    for at in np.flatnonzero(rng.random(len(out)) < 0.012).tolist():
        text = out[at]
        out[at] = text.replace("ำ", "ํา").replace("แ", "เเ")
        if out[at] == text and text:
            out[at] = text.replace(" ", "\u00a0") + "\u200b" if unicode else text.replace(" ", "  ") + " "
    return out
