"""Numbers and yes/no answers as people type them."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from equity.thai import units
from equity.thai.columns import Parsed, any_true, by_unique, is_like, nulls, parsed_rows, patch_parsed
from equity.thai.text import arabic_digits, clean

_PLAIN_FLOAT = r"^-?\d{1,15}(\.\d{1,15})?$"
_PLAIN_INT = r"^-?\d{1,18}$"
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|[1-9]\d{0,2}(?: \d{3})+|\d+)?(?:\.\d*)?(?:[eE][+-]?\d{1,3})?"
_CURRENCY = r"(?:บาทถ้วน|บาท|฿|บ\.|thb|baht)"
_RE_CURRENCY = re.compile(_CURRENCY, re.IGNORECASE)
_RE_TAIL = re.compile(rf"\s*(?:{_CURRENCY}\.?|\.-|\.–|,-)+\s*$", re.IGNORECASE)
_RE_HEAD = re.compile(r"^(?:฿|thb)\s*", re.IGNORECASE)
_RE_NUMBER = re.compile(rf"^([+-]?)\s*({_NUMBER})$")
_RE_RANGE = re.compile(rf"^({_NUMBER})\s*{_CURRENCY}?\s*(?:-|~|\.\.+|ถึง|to)\s*({_NUMBER})$", re.IGNORECASE)
_DASHES = str.maketrans({"−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "﹣": "-", "－": "-", "，": ","})
_Read = tuple[float | None, str | None, float | None, float | None]
_NO_NUMBER: _Read = (None, "number.not_a_number", None, None)
_RANGE_EXTRAS = {"low": pa.float64(), "high": pa.float64()}


def parse_numbers(array: Any, unit: str | None = None) -> Parsed:
    """Read numbers.

    Thai digits, thousands commas, ``บาท`` / ``฿`` / ``บ.`` / ``.-`` endings, scientific notation and a negative in
    parentheses are read. A range gives its midpoint with ``number.range``. Words for zero or unknown (``-``, ``ไม่มี``)
    are the contract's business and must be replaced before: here they are ``number.not_a_number``. A number with the word
    of its unit (``45 คน``) is that number, in the unit of the field where that is certain (``90 นาที`` are 1.5 hours).

    Args:
        array: string column of length *n*.
        unit: the unit that the field declares, mostly a key of :data:`equity.thai.units.UNITS`; None takes words of any unit.

    Returns:
        ``values`` float64 in the unit of the column; extras ``low`` and ``high`` (float64), the ends of a range and
        null otherwise. Problems: ``number.not_a_number``, ``number.other_unit``, ``number.range``, ``number.about``.

    """
    column = clean(array)
    plain = is_like(column, _PLAIN_FLOAT)
    readable = pc.if_else(plain, column, pa.scalar(None, pa.string()))
    whole = Parsed(
        readable.cast(pa.float64()), nulls(column), {k: nulls(column, kind) for k, kind in _RANGE_EXTRAS.items()}
    )
    rest = pc.and_(pc.invert(plain), pc.is_valid(column))
    if not any_true(rest):
        return whole
    return patch_parsed(whole, rest, _by_unique(column.filter(rest), unit))


def _by_unique(column: pa.Array, unit: str | None) -> Parsed:
    def parsed(distinct: pa.Array) -> Parsed:
        return parsed_rows((_read_with_unit(text, unit) for text in distinct.to_pylist()), pa.float64(), _RANGE_EXTRAS)

    return by_unique(arabic_digits(column), parsed)


def _read_with_unit(text: str, unit: str | None) -> _Read:
    text = text.translate(_DASHES).lstrip("'").strip()
    read = _read_number(text)
    if read[0] is not None and (unit not in units.UNITS or unit in units.MONEY or not _RE_CURRENCY.search(text)):
        return read
    said = units.said(text, unit)
    if said is None:
        return _NO_NUMBER
    value, problem, low, high = _read_number(said.number)
    if value is None:
        return _NO_NUMBER
    if said.other_unit:
        return None, "number.other_unit", None, None
    value, low, high = (_times(end, said.factor) for end in (value, low, high))
    return value, problem or ("number.about" if said.about else None), low, high


def _times(value: float | None, factor: Fraction) -> float | None:
    """Exactly, so that 1.1 ล้าน is 1,100,000 and nothing behind it."""
    return value if value is None or factor == 1 else float(Fraction(repr(value)) * factor)


def _read_number(text: str) -> _Read:
    negative = text.startswith("(") and text.endswith(")")
    if negative:
        text = text[1:-1].strip()
    text = _RE_HEAD.sub("", _RE_TAIL.sub("", text)).strip()
    match = _RE_NUMBER.match(text)
    if match:
        value = _to_float(match.group(2))
        if value is None or (negative and match.group(1)):
            return _NO_NUMBER
        return (-value if negative or match.group(1) == "-" else value), None, None, None
    match = _RE_RANGE.match(text)
    if match and not negative:
        ends = [_to_float(match.group(1)), _to_float(match.group(2))]
        if ends[0] is not None and ends[1] is not None:
            low, high = min(ends[0], ends[1]), max(ends[0], ends[1])
            return low + (high - low) / 2, "number.range", low, high
    return _NO_NUMBER


def _to_float(text: str) -> float | None:
    text = text.replace(",", "").replace(" ", "")
    if not re.search(r"^\.?\d", text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def parse_integers(array: Any, unit: str | None = None) -> Parsed:
    """Read whole numbers.

    As :func:`parse_numbers`; ``3.0`` is 3, ``3.5`` is ``number.not_whole``, and so is a range with no whole midpoint.

    Args:
        array: string column of length *n*.
        unit: as for :func:`parse_numbers`.

    Returns:
        ``values`` int64; extras ``low`` and ``high`` (float64). Problems: those of :func:`parse_numbers`,
        ``number.not_whole``, ``number.too_large`` (beyond 64 bits).

    """
    column = clean(array)
    plain = is_like(column, _PLAIN_INT)
    readable = pc.if_else(plain, column, pa.scalar(None, pa.string()))
    whole = Parsed(
        readable.cast(pa.int64()), nulls(column), {k: nulls(column, kind) for k, kind in _RANGE_EXTRAS.items()}
    )
    rest = pc.and_(pc.invert(plain), pc.is_valid(column))
    if not any_true(rest):
        return whole

    def parsed(distinct: pa.Array) -> Parsed:
        return parsed_rows((_read_integer(text, unit) for text in distinct.to_pylist()), pa.int64(), _RANGE_EXTRAS)

    return patch_parsed(whole, rest, by_unique(arabic_digits(column.filter(rest)), parsed))


def _read_integer(text: str, unit: str | None) -> tuple[int | None, str | None, float | None, float | None]:
    if re.fullmatch(r"[+-]?\d{1,3}(?:,\d{3})+|[+-]?\d+", text):  # past 2**53 a float would lose digits
        exact = int(text.replace(",", ""))
        return (exact, None, None, None) if -(2**63) <= exact < 2**63 else (None, "number.too_large", None, None)
    value, problem, low, high = _read_with_unit(text, unit)
    if value is None:
        return None, problem, None, None
    if not value.is_integer():
        return None, "number.not_whole", low, high
    if not -(2.0**63) <= value < 2.0**63:
        return None, "number.too_large", low, high
    return int(value), problem, low, high


# a stroke is how a paper form is ticked in Thailand; a crossed box (☒) can mean either, so it is not read
_TRUE_WORDS = [
    "ใช่",
    "ใช่ครับ",
    "ใช่ค่ะ",
    "ผ่าน",
    "ผ่านแล้ว",
    "มี",
    "มีแล้ว",
    "ถูก",
    "ถูกต้อง",
    "จริง",
    "เป็น",
    "เคย",
    "ได้",
    "เข้าร่วม",
    "มา",
    "ยินยอม",
    "ตกลง",
    "จด",
    "ทำ",
    "แล้ว",
    "เสร็จ",
    "เรียบร้อย",
    "true",
    "t",
    "yes",
    "y",
    "1",
    "1.0",
    "on",
    "pass",
    "passed",
    "✓",
    "✔",
    "☑",
    "✅",
    "√",
    "/",
]
_FALSE_WORDS = [
    "ไม่ใช่",
    "ไม่",
    "ไม่ผ่าน",
    "ไม่มี",
    "ไม่ถูก",
    "ไม่ถูกต้อง",
    "ผิด",
    "เท็จ",
    "ไม่จริง",
    "ไม่เป็น",
    "ไม่เคย",
    "ไม่ได้",
    "ไม่เข้าร่วม",
    "ไม่มา",
    "ไม่ยินยอม",
    "ไม่ตกลง",
    "ไม่จด",
    "ไม่ทำ",
    "ยัง",
    "false",
    "f",
    "no",
    "n",
    "0",
    "0.0",
    "off",
    "fail",
    "failed",
    "x",
    "✗",
    "✘",
    "☐",
    "❌",
    "×",
    "✖",
]
_DONE_OR_NOT = re.compile(
    r"(?P<not>ยังไม่)(?!ทราบ|ระบุ|แน่|รู้|ตัดสิน|กำหนด|ชัด|มีข้อมูล)[ก-๙]+$|(?!.*(?:ไม่|มิ|เลิก|เพิกถอน|ระงับ|หมด|ขาด|พ้น|ปิด|ลาออก|เสีย))[ก-๙]+แล้ว$"
)
_BOOLEANS = dict.fromkeys(_TRUE_WORDS, True) | dict.fromkeys(_FALSE_WORDS, False)


def parse_booleans(array: Any) -> Parsed:
    """Read yes/no answers: Thai and English words, 1/0 and ticks (``✓ /`` yes, ``✗ x`` no).

    ``ยังไม่…`` (not yet) is no whatever follows; ``…แล้ว`` (done) is yes unless it tells of an end (``ยกเลิกแล้ว``).

    Args:
        array: string column of length *n*.

    Returns:
        ``values`` boolean. Problem: ``boolean.unknown``.

    """
    return by_unique(arabic_digits(clean(array)), _parse_distinct_booleans)


def _parse_distinct_booleans(distinct: pa.Array) -> Parsed:
    rows = []
    for text in distinct.to_pylist():
        word = text.replace("\ufe0f", "").replace(" ", "").rstrip(".").casefold()
        answer = _BOOLEANS.get(word)
        if answer is None and (said := _DONE_OR_NOT.match(word)):
            answer = said["not"] is None
        rows.append((answer, "boolean.unknown" if answer is None else None))
    return parsed_rows(rows, pa.bool_(), {})
