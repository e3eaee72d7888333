"""Dates in every writing that a Thai office uses, and the calendars that hang on them.

Buddhist Era = C.E. + 543. The year is converted before the date is built: 29/02/2567 is a day (2024-02-29), although
the year 2567 C.E. has no such day. A year of four digits tells its own era, so nothing is ever converted twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equity.thai.columns import Parsed, any_true, by_unique, is_like, nulls, parsed_rows, patch, patch_parsed
from equity.thai.text import arabic_digits, clean

Era = Literal["auto", "buddhist", "christian"]
Order = Literal["dmy", "mdy", "ymd"]
Precision = Literal["day", "month", "year"]

BUDDHIST_OFFSET = 543
THAI_MONTHS: tuple[str, ...] = (
    "มกราคม",
    "กุมภาพันธ์",
    "มีนาคม",
    "เมษายน",
    "พฤษภาคม",
    "มิถุนายน",
    "กรกฎาคม",
    "สิงหาคม",
    "กันยายน",
    "ตุลาคม",
    "พฤศจิกายน",
    "ธันวาคม",
)
"""Full month names; index 0 is January."""
THAI_MONTHS_SHORT: tuple[str, ...] = (
    "ม.ค.",
    "ก.พ.",
    "มี.ค.",
    "เม.ย.",
    "พ.ค.",
    "มิ.ย.",
    "ก.ค.",
    "ส.ค.",
    "ก.ย.",
    "ต.ค.",
    "พ.ย.",
    "ธ.ค.",
)
"""Short month names with dots; index 0 is January."""

_BANGKOK = timezone(timedelta(hours=7))
_FIRST_BUDDHIST_YEAR = 2400
_PLAUSIBLE_CE = range(1800, 2201)
# A year of two digits without a range in the contract: B.E. 2443–2585. A constant, so that a replay reads the same.
_TWO_DIGIT_WINDOW = (date(1900, 1, 1), date(2042, 12, 31))
_EXCEL_EPOCH = date(1899, 12, 30)

# --- words -----------------------------------------------------------------------------------------------------------
# Compared after ฏ→ฎ, ศ/ษ→ส and without ์, because months are misspelt exactly there (กรกฏาคม, พฤษจิกายน).
_FOLD = str.maketrans({"ฏ": "ฎ", "ศ": "ส", "ษ": "ส", "์": None})
_STEMS = ("มกรา", "กุมภา", "มีนา", "เมสา", "พรึสภา", "มิถุนา", "กรกฎา", "สิงหา", "กันยา", "ตุลา", "พรึสจิกา", "ธันวา")
_ENDINGS = r"(?:พันธุ|พันธ|พัน|คม|ยน)?"
_INITIALS = ("มค", "กพ", "มีค", "เมย", "พค", "มิย", "กค", "สค", "กย", "ตค", "พย", "ธค")
_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENGLISH_FULL = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_FULL = [stem.replace("พรึ", "พฤ") for stem in _STEMS]


def _short(initials: str) -> str:
    # มีค: the vowel belongs to the first letter
    parts = re.findall(r"เ?[ก-ฮ][ีิ]?", initials)
    return r"\s*\.?\s*".join(parts) + r"\.?"


_MONTH_GROUPS = [
    rf"(?P<m{i + 1}>{_FULL[i]}{_ENDINGS}|{_short(_INITIALS[i])}|{_ENGLISH_FULL[i]}|{_ENGLISH[i]}t?\.?)"
    for i in range(12)
]
_RE_MONTH = re.compile("|".join(sorted(_MONTH_GROUPS, key=lambda g: -len(g))))
_RE_BUDDHIST = re.compile(r"พ\s*\.?\s*ศ\s*\.?(?![ก-ฮ])|พุทธศักราช|\bb\.?\s?e\.?(?![a-z])")
_RE_CHRISTIAN = re.compile(r"ค\s*\.?\s*ศ\s*\.?(?![ก-ฮ])|คริสต์?ศักราช|\ba\.?d\.?(?![a-z])|\bc\.?e\.?(?![a-z])")
_RE_WEEKDAY = re.compile(
    r"^(?:วัน)?(?:(?:อาทิตย์|จันทร์?|อังคาร|พุธ|พฤหัสบดี|พฤหัส|ศุกร์?|เสาร์?)"
    r"|(?:อา|จ|อ|พฤ|พ|ศ|ส)\.(?=\s*(?:ที่)?\s*\d)"
    r"|(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?)[\s,.]*"
)
_RE_LEADING = re.compile(r"^(?:เมื่อ)?(?:วันที่|วัน|ที่|ณ)?[\s:]*(?:ที่)?\s*")
_RE_TIME = re.compile(
    r"(?:[t\s,]\s*|(?<=\d)t)(?:เวลา\s*)?(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*(?:น\.?|am|pm)?"
    r"\s*(z|utc|[+-]\d{2}:?\d{2})?$"
)
_RE_NUMBERS = re.compile(r"^(\d{1,4})(?:\s*[/\-.\\,\s]\s*|\s+)(\d{1,4})(?:(?:\s*[/\-.\\,\s]\s*|\s+)(\d{1,4}))?$")
_RE_DIGITS = re.compile(r"^(\d{1,8})(?:\.(\d*))?$")
_ISO_TIMESTAMP = r"^(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$"
_EXTRAS = {"precision": pa.string()}


@dataclass(frozen=True)
class _Reading:
    """How the contract wants a column read."""

    era: Era
    order: Order
    earliest: date | None
    latest: date | None


_Row = tuple[date | None, str | None, str | None]
_UNREADABLE: _Row = (None, "date.unreadable", None)
_IMPOSSIBLE: _Row = (None, "date.impossible", None)


def parse_dates(
    array: Any,
    *,
    era: Era = "auto",
    order: Order = "dmy",
    earliest: date | None = None,
    latest: date | None = None,
) -> Parsed:
    """Read dates.

    Read are: day/month/year with ``/ - .`` or spaces, ISO dates and timestamps (also with a B.E. year; a timestamp with
    an offset is taken to Bangkok's day), ``yyyymmdd``, ``ddmmyyyy``, Excel serial numbers, Thai and English month names
    full or short with or without dots, ``พ.ศ.`` / ``ค.ศ.``, weekdays, ``วันที่``, Thai digits, a month and a year
    only, a year only. A four-digit year from 2400 up is B.E. and below it C.E., whatever ``era`` says.

    Args:
        array: string column of length *n*.
        era: how two-digit years are meant; ``auto`` lets the range decide, and takes the B.E. reading if both fit.
        order: order of an all-number date whose year does not stand first with four digits.
        earliest: first possible day of the column, C.E.; helps to choose a two-digit year, flags values before it.
        latest: last possible day, likewise.

    Returns:
        ``values`` date32 (a month is its first day, a year its 1 January); extra ``precision`` string ``day``,
        ``month`` or ``year``, null where unread. Fatal problems: ``date.impossible``, ``date.unreadable``; others, of
        which a cell shows the first that applies: ``date.out_of_range``, ``date.ambiguous_year``,
        ``date.day_month_swapped``, ``date.era_contradiction``.

    Raises:
        ValueError: when ``earliest`` is after ``latest`` or an option has an unknown value.

    """
    if era not in ("auto", "buddhist", "christian") or order not in ("dmy", "mdy", "ymd"):
        raise ValueError(f"unknown era {era!r} or order {order!r}")
    if earliest and latest and earliest > latest:
        raise ValueError(f"earliest {earliest} is after latest {latest}")
    reading = _Reading(era, order, earliest, latest)
    return by_unique(array, lambda distinct: _read_column(arabic_digits(clean(distinct)), reading))


def _read_column(column: pa.Array, reading: _Reading) -> Parsed:
    stamps = is_like(column, _ISO_TIMESTAMP)
    if any_true(stamps):  # timestamps are nearly all distinct, their days are not
        column = patch(column, stamps, pc.utf8_slice_codeunits(column.filter(stamps), 0, 10))
    return by_unique(column, lambda distinct: _read_distinct(distinct, reading))


_PLAIN = r"^(?P<day>\d{1,2})[/.\-](?P<month>\d{1,2})[/.\-](?P<year>\d{4})$"
_PLAIN_ISO = r"^(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})$"


def _read_distinct(distinct: pa.Array, reading: _Reading) -> Parsed:
    """Ordinary days by kernels, as `_read_triple` reads them; whatever is odd about a date, `_read` looks at it."""
    whole = Parsed(nulls(distinct, pa.date32()), nulls(distinct), {"precision": nulls(distinct)})
    rest = pa.repeat(True, len(distinct))
    for pattern in (_PLAIN, _PLAIN_ISO) if reading.order == "dmy" else (_PLAIN_ISO,):
        found = pc.extract_regex(distinct, pattern)
        written = pc.is_valid(found)
        found = found.filter(written)
        day, month, year = (
            pc.struct_field(found, part).cast(pa.int32()).to_numpy() for part in ("day", "month", "year")
        )
        common = np.where(year >= _FIRST_BUDDHIST_YEAR, year - BUDDHIST_OFFSET, year)
        first = ((common - 1970) * 12 + month - 1).astype("datetime64[M]").astype("datetime64[D]")
        days = first + (day - 1)
        fine = (
            (month >= 1) & (month <= 12) & (day >= 1) & (days.astype("datetime64[M]") == first.astype("datetime64[M]"))
        )
        fine &= (common >= _PLAUSIBLE_CE.start) & (common < _PLAUSIBLE_CE.stop)
        if reading.earliest:
            fine &= days >= np.datetime64(reading.earliest)
        if reading.latest:
            fine &= days <= np.datetime64(reading.latest)
        plain = patch(written, written, pa.array(fine))
        part = pa.array(days[fine]).cast(pa.date32())
        whole = patch_parsed(whole, plain, Parsed(part, nulls(part), {"precision": pa.repeat("day", len(part))}))
        rest = pc.and_not(rest, plain)
    if any_true(rest):
        texts = distinct.filter(rest).to_pylist()
        whole = patch_parsed(whole, rest, parsed_rows((_read(text, reading) for text in texts), pa.date32(), _EXTRAS))
    return whole


def _read(text: str, reading: _Reading) -> _Row:
    text = text.casefold().strip(" '\"")
    shift = 0
    said: Era | None = None
    if _RE_BUDDHIST.search(text):
        said, text = "buddhist", _RE_BUDDHIST.sub(" ", text)
    elif _RE_CHRISTIAN.search(text):
        said, text = "christian", _RE_CHRISTIAN.sub(" ", text)
    time = _RE_TIME.search(text)
    if time and int(time[1]) < 25 and int(time[2]) < 60 and _enough_left(text[: time.start()]):
        shift = _days_to_bangkok(time)
        text = text[: time.start()]
    text = _RE_WEEKDAY.sub("", text.strip())
    text = _RE_LEADING.sub("", text)
    year_said = "ปี" in text or said is not None
    text = " ".join(text.replace("เดือน", " ").replace("ปี", " ").split()).strip(" ,")
    row = _read_words(text, said, year_said, reading)
    if shift and row[0] is not None:
        return row[0] + timedelta(days=shift), row[1], row[2]
    return row


def _enough_left(text: str) -> bool:
    """Whether what stands before a supposed time can be a date; ``1 12.05.2567`` has no time in it."""
    return bool(re.search(r"\d{4}|\d\D+\d+\D+\d|\d\s*[ก-ฮ]", text))


def _days_to_bangkok(time: re.Match[str]) -> int:
    offset = time[4]
    if not offset:
        return 0
    minutes = 0
    if offset not in ("z", "utc"):
        minutes = (int(offset[1:3]) * 60 + int(offset[-2:])) * (1 if offset[0] == "+" else -1)
    if not -1440 < minutes < 1440 or int(time[1]) > 23:
        return 0
    moment = datetime(2000, 1, 2, int(time[1]), int(time[2]), tzinfo=timezone(timedelta(minutes=minutes)))
    return (moment.astimezone(_BANGKOK).date() - date(2000, 1, 2)).days


def _read_words(text: str, said: Era | None, year_said: bool, reading: _Reading) -> _Row:
    digits = _RE_DIGITS.match(text)
    if digits:
        return _read_digits(digits[1], digits[2], said, year_said, reading)
    numbers = _RE_NUMBERS.match(text)
    if numbers:
        if numbers[3] is None:
            return _read_month_year(numbers[1], numbers[2], said, reading)
        return _read_triple((numbers[1], numbers[2], numbers[3]), said, reading)
    return _read_month_name(text, said, reading)


def _read_month_name(text: str, said: Era | None, reading: _Reading) -> _Row:
    folded = text.translate(_FOLD)
    found = _RE_MONTH.search(folded)
    if not found or found.lastgroup is None:
        return _UNREADABLE
    month = int(found.lastgroup[1:])
    rest = folded[: found.start()] + " / " + folded[found.end() :]
    rest = re.sub(r"(?<=\d)(?:st|nd|rd|th)\b", "", rest)
    if re.search(r"[^\d\s/.,\-]", rest):
        return _UNREADABLE
    before = re.findall(r"\d+", rest.split(" / ", 1)[0])
    after = re.findall(r"\d+", rest.split(" / ", 1)[1])
    parts = before + after
    if len(parts) == 1:
        (only,) = parts
        if len(only) == 4 or (after and len(only) == 2):
            return _settle(only, month, None, said, reading)
        return _UNREADABLE
    if len(parts) != 2:
        return _UNREADABLE
    day, year = parts
    if len(day) == 4:
        day, year = year, day
    if len(day) > 2:
        return _UNREADABLE
    return _settle(year, month, int(day), said, reading)


def _read_digits(whole: str, fraction: str | None, said: Era | None, year_said: bool, reading: _Reading) -> _Row:
    number = int(whole)
    if len(whole) == 4 and not (fraction or "").strip("0"):
        if _year_of(number) is None:
            return _UNREADABLE
        return _settle(whole, None, None, said, reading)
    if len(whole) <= 2 and fraction is None:
        if year_said or reading.era != "auto":
            return _settle(whole, None, None, said, reading) if len(whole) == 2 else _UNREADABLE
        return _UNREADABLE
    if len(whole) in (7, 8) and not (fraction or "").strip("0"):
        return _read_compact(whole, said, reading)
    if len(whole) == 6 and fraction is None:
        return _read_six(whole, said, reading)
    if len(whole) in (5, 6):
        return _read_serial(number, reading) or _UNREADABLE
    return _UNREADABLE


def _read_compact(whole: str, said: Era | None, reading: _Reading) -> _Row:
    if len(whole) == 8:
        row = _settle(whole[:4], int(whole[4:6]), int(whole[6:]), said, reading)
        if row[0] is not None:
            return row
    whole = whole.zfill(8)  # a spreadsheet drops the zero of 01022567
    parts = (whole[2:4], whole[:2]) if reading.order == "mdy" else (whole[:2], whole[2:4])
    other = _settle(whole[4:], int(parts[1]), int(parts[0]), said, reading)
    return other if other[0] is not None else (None, "date.impossible", None)


def _read_six(whole: str, said: Era | None, reading: _Reading) -> _Row:
    """Six digits: a date typed into Excel with a B.E. year (its serial is in the C.E. 24xx–26xx), or ddmmyy."""
    serial = _read_serial(int(whole), reading) if said is None else None
    if reading.order == "ymd":
        typed = _settle(whole[:2], int(whole[2:4]), int(whole[4:]), said, reading)
    else:
        parts = (whole[2:4], whole[:2]) if reading.order == "mdy" else (whole[:2], whole[2:4])
        typed = _settle(whole[4:], int(parts[1]), int(parts[0]), said, reading)
    rows = [row for row in (serial, typed) if row and row[0] is not None and row[2] == "day"]
    fitting = [row for row in rows if row[1] != "date.out_of_range"]
    for candidates in (fitting, rows):
        if len(candidates) == 1:
            return candidates[0]
    return _UNREADABLE


def _read_serial(number: int, reading: _Reading) -> _Row | None:
    if not 1 <= number <= 300_000:
        return None
    day = _EXCEL_EPOCH + timedelta(days=number if number > 60 else number + 1)
    if number >= 100_000 and day.year < _FIRST_BUDDHIST_YEAR:
        return None
    # a year typed as B.E. into a C.E. cell: the day is that of the text, not 543 years of days earlier
    return _settle(f"{day.year:04d}", day.month, day.day, None, reading)


def _read_month_year(first: str, second: str, said: Era | None, reading: _Reading) -> _Row:
    if len(second) == 4 and len(first) <= 2:
        month, year = int(first), second
    elif len(first) == 4 and len(second) <= 2:
        month, year = int(second), first
    else:
        return _UNREADABLE
    if month > 12:
        return _IMPOSSIBLE
    return _settle(year, month or None, None, said, reading)


def _read_triple(parts: tuple[str, str, str], said: Era | None, reading: _Reading) -> _Row:
    first, second, third = parts
    if len(second) > 2:
        return _UNREADABLE
    if len(first) >= 3:
        if len(third) > 2:
            return _UNREADABLE
        year, month, day = first, int(second), int(third)
    elif reading.order == "ymd" and len(third) <= 2:
        year, month, day = first, int(second), int(third)
    elif reading.order == "mdy":
        year, month, day = third, int(first), int(second)
    else:
        year, month, day = third, int(second), int(first)
    if len(year) not in (2, 4):
        return _UNREADABLE
    swapped = 12 < month <= 31 and 1 <= day <= 12
    if swapped:
        month, day = day, month
    known = bool(month and day)  # 15/00/2549: a day without a month says nothing more than the year
    row = _settle(year, month or None, day if known else None, said, reading)
    if swapped and row[0] is not None and row[1] in (None, "date.era_contradiction"):
        return row[0], "date.day_month_swapped", row[2]
    return row


def _year_of(year: int) -> int | None:
    """C.E. year of four digits, whatever its era; null where nobody's record can be of that year."""
    common = year - BUDDHIST_OFFSET if year >= _FIRST_BUDDHIST_YEAR else year
    return common if common in _PLAUSIBLE_CE else None


def _settle(year: str, month: int | None, day: int | None, said: Era | None, reading: _Reading) -> _Row:
    """Choose the year's reading and build the date; ``month`` and ``day`` null mean a coarser precision."""
    precision: Precision = "year" if month is None else "month" if day is None else "day"
    if len(year) == 4:
        common = _year_of(int(year))
        span = _span(common, month, day) if common is not None else None
        if span is None:
            return _IMPOSSIBLE
        buddhist = int(year) >= _FIRST_BUDDHIST_YEAR
        problem = None
        if not _fits(span, reading.earliest, reading.latest):
            problem = "date.out_of_range"
        elif said is not None and buddhist != (said == "buddhist"):
            problem = "date.era_contradiction"
        return span[0], problem, precision
    if len(year) != 2:
        return _UNREADABLE
    return _settle_two_digits(int(year), month, day, said or reading.era, reading)


def _settle_two_digits(year: int, month: int | None, day: int | None, era: Era, reading: _Reading) -> _Row:
    precision: Precision = "year" if month is None else "month" if day is None else "day"
    window = (reading.earliest, reading.latest)
    soft = (reading.earliest or _TWO_DIGIT_WINDOW[0], reading.latest or _TWO_DIGIT_WINDOW[1])
    centuries = {
        "buddhist": (2500 + year - BUDDHIST_OFFSET, 2400 + year - BUDDHIST_OFFSET),
        "christian": (2000 + year, 1900 + year),
    }
    fitting: list[tuple[date, date]] = []
    possible: list[tuple[date, date]] = []
    for name in ("buddhist", "christian"):
        if era not in ("auto", name):
            continue
        spans = [span for common in centuries[name] if (span := _span(common, month, day)) is not None]
        possible += spans[:1]
        fitting += [span for span in spans if _fits(span, *soft)][:1]
    if not possible:
        return _IMPOSSIBLE
    chosen = (fitting or possible)[0]
    if not _fits(chosen, *window):
        return chosen[0], "date.out_of_range", precision
    return chosen[0], "date.ambiguous_year" if len(fitting) > 1 else None, precision


def _span(year: int, month: int | None, day: int | None) -> tuple[date, date] | None:
    """First and last day meant, C.E.; null where the calendar has no such day."""
    try:
        if month is None:
            return date(year, 1, 1), date(year, 12, 31)
        if day is None:
            return date(year, month, 1), (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1))
        return date(year, month, day), date(year, month, day)
    except ValueError:
        return None


def _fits(span: tuple[date, date], earliest: date | None, latest: date | None) -> bool:
    return (earliest is None or span[1] >= earliest) and (latest is None or span[0] <= latest)


# --- calendars -------------------------------------------------------------------------------------------------------


def _parts(days: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Year, month*100 + day, and the null mask of a date column, as int32/bool arrays of length *n*."""
    if isinstance(days, pa.ChunkedArray):
        days = days.combine_chunks()
    days = days.cast(pa.date32())
    absent = np.asarray(days.is_null().to_numpy(zero_copy_only=False))
    filled = pc.fill_null(days, date(2000, 1, 1)).cast(pa.int32()).to_numpy().astype("datetime64[D]")
    month_start = filled.astype("datetime64[M]")
    year = filled.astype("datetime64[Y]").astype(np.int32) + 1970
    month = month_start.astype(np.int32) % 12 + 1
    day = (filled - month_start).astype(np.int32) + 1
    return year, month * 100 + day, day, absent


def last_days(days: pa.Array, precision: pa.Array) -> pa.Array | None:
    """The last day that each date may be: of a month or a year its end; None when all are known to the day.

    Args:
        days: date32 of length *n*, as `parse_dates` gives them.
        precision: string of length *n*: ``day``, ``month`` or ``year``, null where there is no date.

    """
    coarse = pc.fill_null(pc.not_equal(precision, "day"), False)
    if not any_true(coarse):
        return None
    first = days.filter(coarse).to_numpy(zero_copy_only=False)
    months = pc.equal(precision.filter(coarse), "month").to_numpy(zero_copy_only=False)
    after = np.where(
        months,
        (first.astype("datetime64[M]") + 1).astype("datetime64[D]"),
        (first.astype("datetime64[Y]") + 1).astype("datetime64[D]"),
    )
    return patch(days, coarse, pa.array(after - np.timedelta64(1, "D"), pa.date32()))


def academic_year(days: Any) -> pa.Array:
    """Academic year (B.E.) of each day: year N runs from 16 May N to 15 May N+1.

    Args:
        days: date column of length *n*.

    Returns:
        int32 of length *n*, null for null.

    """
    year, month_day, _, absent = _parts(days)
    return pa.array(year + BUDDHIST_OFFSET - (month_day < 516), pa.int32(), mask=absent)


def fiscal_year(days: Any) -> pa.Array:
    """Fiscal year (B.E.) of each day: year N runs from 1 October N-1 to 30 September N.

    Args:
        days: date column of length *n*.

    Returns:
        int32 of length *n*, null for null.

    """
    year, month_day, _, absent = _parts(days)
    return pa.array(year + BUDDHIST_OFFSET + (month_day >= 1001), pa.int32(), mask=absent)


def age_on(birth: Any, day: date) -> pa.Array:
    """Completed years of age on ``day``, to the day; as kindergarten counts at 16 May.

    Args:
        birth: date column of length *n*. Somebody born on 29 February completes a year on 1 March of a common year.
        day: the day asked about, C.E.

    Returns:
        int32 of length *n*, null for null; negative for a birth after ``day``, so that a check can see it.

    """
    year, month_day, _, absent = _parts(birth)
    return pa.array(day.year - year - (month_day > day.month * 100 + day.day), pa.int32(), mask=absent)


def grade_one_intake(birth: Any) -> pa.Array:
    """Academic year (B.E.) in which a child is due in grade 1, which counts by calendar year.

    The intake of 2566 was born from 1 January to 31 December 2559.

    Args:
        birth: date column of length *n*.

    Returns:
        int32 of length *n*, null for null.

    """
    year, _, _, absent = _parts(birth)
    return pa.array(year + BUDDHIST_OFFSET + 7, pa.int32(), mask=absent)


def academic_year_days(year: int) -> tuple[date, date]:
    """First and last day of academic year ``year`` (B.E.): 16 May to 15 May of the next."""
    common = year - BUDDHIST_OFFSET
    return date(common, 5, 16), date(common + 1, 5, 15)


def fiscal_year_days(year: int) -> tuple[date, date]:
    """First and last day of fiscal year ``year`` (B.E.): 1 October of the year before to 30 September."""
    common = year - BUDDHIST_OFFSET
    return date(common - 1, 10, 1), date(common, 9, 30)


def roster_rounds(year: int) -> dict[str, date]:
    """Days of the school roster's rounds in academic year ``year`` (B.E.): ``june_10``, ``nov_10``, ``year_end``."""
    common = year - BUDDHIST_OFFSET
    return {"june_10": date(common, 6, 10), "nov_10": date(common, 11, 10), "year_end": academic_year_days(year)[1]}


def thai_date(day: date, *, short: bool = False) -> str:
    """Write a day for people: ``2 มีนาคม 2569``, or ``2 มี.ค. 2569``."""
    names = THAI_MONTHS_SHORT if short else THAI_MONTHS
    return f"{day.day} {names[day.month - 1]} {day.year + BUDDHIST_OFFSET}"
