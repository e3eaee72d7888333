"""What the values of a column tell about its meaning, whatever its header says."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equity.delivery.said import BLANKS
from equity.records import Field, code_lists, code_words, fold_word
from equity.thai import dates, names, national_ids, numbers, phones, places, text, units
from equity.thai.names import name_key, name_key_text

STRING = pa.string()
LOOKED_AT = 2_000
DATE_LIKE = re.compile(  # what is to be read as a date besides: a bare year or a number is none
    r"\d{1,4}\s*[-/. ]\s*\d{1,2}\s*[-/. ]\s*\d{2,4}|\d{4}-\d{2}-\d{2}|\d [A-Za-z]{3,9}\.?,? \d{2,4}|[A-Za-z]{3,9}\.? \d{1,2},? \d{4}"
    r"|\d\s*[ก-๙.][ก-๙.\s]*\d{2,4}|(?:ม\.?ค|ก\.?พ|มี\.?ค|เม\.?ย|พ\.?ค|มิ\.?ย|ก\.?ค|ส\.?ค|ก\.?ย|ต\.?ค|พ\.?ย|ธ\.?ค)\.?\s*\d{2,4}"
    r"|(?:มกรา|กุมภา|มีนา|เมษา|พฤษภา|มิถุนา|กรกฎา|สิงหา|กันยา|ตุลา|พฤศจิกา|ธันวา)[ก-๙]*[ก-๙.\s]*\d{2,4}"
    r"|^(?:19|20|2[45])\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$"
)
SLIPS = 0.02  # of a column's numbers so many may be slips of the pen, and say nothing of what the column is
THAI_WORD = re.compile(r"[ก-ฮเ-ไ][ก-๎]{1,24}")
ADDRESS_LIKE = re.compile(r"หมู่|(?<![ก-๙])ม\.\s*\d|ตำบล|(?<![ก-๙])ต\.|อำเภอ|(?<![ก-๙])อ\.|ถนน|ซอย")
HOUSE_LIKE = re.compile(r"\d{1,4}(/\d{1,4})?([-,]\d+)?")
REF_LIKE = re.compile(r"(?=.*\d)[A-Za-zก-๙]{0,8}[-_/. ]?[A-Za-z]{0,4}[-_/.]?\d[\w./-]*")
NAME_SHAPE = re.compile(r"[ก-๎.\s()A-Za-z'-]{3,60}")
EARLY, LATE = date(1900, 1, 1), date(2100, 1, 1)


@dataclass(frozen=True)
class Profile:
    """Shares (0 to 1) of a column's filled cells that read as this or that.

    codes: code list → share of cells whose words all mean a code of it; known: the words that do, to their codes.
    unit: the word of a unit that stands behind the numbers of most cells (`คน`, `กก`), "" where none does.
    low, high: smallest and largest number but for slips; signed: whether any is below zero.
    born: share of dates that may be birth dates of living people of 2 and more.
    """

    filled: int
    size: int
    distinct: int
    longest: int = 0
    national_id: float = 0
    phone: float = 0
    date: float = 0
    born: float = 0
    recent: float = 0
    serial: float = 0
    number: float = 0
    integer: float = 0
    boolean: float = 0
    prefix: float = 0
    full_name: float = 0
    with_prefix: float = 0
    with_nickname: float = 0
    one_word: float = 0
    tambon: float = 0
    amphoe: float = 0
    province: float = 0
    address: float = 0
    house: float = 0
    ref: float = 0
    running: bool = False
    low: float | None = None
    high: float | None = None
    signed: bool = False
    unit: str = ""
    codes: dict[str, float] = field(default_factory=dict)
    examples: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nobody ever filled the column."""
        return self.filled == 0

    @property
    def unique(self) -> bool:
        """Whether no filled cell repeats another."""
        return self.filled > 1 and self.distinct == self.filled


def said_cells(column: pa.Array) -> pa.Array:
    """What is said in a column: clean, without empty cells and what stands for nothing."""
    cells = text.clean(column)
    return cells.filter(pc.invert(pc.is_in(cells, value_set=pa.array(list(BLANKS))))).drop_null()


def profile(column: pa.Array) -> Profile:
    """Look at the first cells of a column as sent."""
    cells = said_cells(column.slice(0, LOOKED_AT))
    cells = cells.filter(pc.greater(pc.utf8_length(cells), 0))
    count = len(cells)
    if not count:
        return Profile(0, len(column), 0)
    plain = text.arabic_digits(cells)
    words = plain.to_pylist()
    ids = national_ids.parse_national_ids(cells)
    looks_like_id = pc.match_substring_regex(
        pc.replace_substring_regex(plain, r"[\s-]", ""), r"^(\d{13}(\.0)?|[Gg]\d{12,13})$"
    )
    telephone = phones.parse_phones(cells)
    looks_like_phone = pc.match_substring_regex(
        pc.replace_substring_regex(plain, r"[\s().-]", ""), r"^(\+?66|0)[1-9]\d{7,8}$|^[689]\d{8}$"
    )
    when = dates.parse_dates(cells, earliest=EARLY, latest=LATE)
    like_date = np.array([bool(DATE_LIKE.search(word)) for word in words])
    read_date = when.values.is_valid().to_numpy(zero_copy_only=False)
    amount = numbers.parse_numbers(cells)
    whole = numbers.parse_integers(cells)
    as_numbers = np.sort(amount.values.drop_null().to_numpy(zero_copy_only=False))
    slips = int(SLIPS * len(as_numbers))
    days = when.values.filter(pa.array(like_date & read_date)).to_numpy(zero_copy_only=False).astype("datetime64[D]")
    today = np.datetime64(date.today())
    ages = (today - days).astype(int) / 365.25 if len(days) else np.zeros(0)
    whole_names = names.split_full_names(plain)
    shaped = np.array([bool(NAME_SHAPE.fullmatch(word)) for word in words])
    two = whole_names.extras["last_name"].is_valid().to_numpy(zero_copy_only=False) & shaped
    alone = names.parse_prefixes(cells)
    return Profile(
        filled=count, size=len(column), distinct=len(set(words)), longest=max(map(len, words)),
        national_id=_share(pc.and_(looks_like_id, pc.is_valid(ids.values))),
        phone=_share(pc.and_(looks_like_phone, pc.is_valid(telephone.values))),
        date=float((like_date & read_date).mean()),
        born=float(((ages > 2) & (ages < 110)).mean()) if len(ages) else 0.0,
        recent=float((ages < 15).mean()) if len(ages) else 0.0,
        serial=float(np.mean([bool(re.fullmatch(r"[1-6]\d{4}(\.0)?", word)) for word in words])),
        number=_share(pc.is_valid(amount.values)), integer=_share(pc.is_valid(whole.values)),
        boolean=_share(pc.is_valid(numbers.parse_booleans(cells).values)),
        prefix=_share(pc.and_(pc.is_valid(alone.values), pc.is_null(alone.problems))),
        full_name=float(np.mean(two)), with_prefix=_share(pc.is_valid(whole_names.extras["name_prefix"])),
        with_nickname=_share(pc.is_valid(whole_names.extras["nickname"])),
        one_word=float(np.mean([bool(THAI_WORD.fullmatch(word)) for word in words])),
        tambon=_in_names(words, _tambon_names(), r"^(ตำบล|แขวง|ต\.)\s*", 6),
        amphoe=_in_names(words, _amphoe_names(), r"^(กิ่งอำเภอ|อำเภอ|เขต|อ\.)\s*", 4),
        province=_in_names(words, _province_names(), r"^(จังหวัด|จ\.)\s*", 2),
        address=float(np.mean([len(ADDRESS_LIKE.findall(word)) >= 2 for word in words])),
        house=float(np.mean([bool(HOUSE_LIKE.fullmatch(word)) for word in words])),
        ref=float(np.mean([bool(REF_LIKE.fullmatch(word)) for word in words])),
        running=_running(words), low=float(as_numbers[slips]) if len(as_numbers) else None,
        high=float(as_numbers[-1 - slips]) if len(as_numbers) else None, signed=bool(len(as_numbers) and as_numbers[0] < 0),
        unit=_unit(words), codes=_codes(words),
        examples=tuple(dict.fromkeys(words))[:60],
    )  # fmt: skip


def _share(mask: pa.Array) -> float:
    return float(pc.mean(pc.fill_null(mask, False).cast(pa.float64())).as_py() or 0)


def _unit(words: list[str]) -> str:
    """The word of a unit that most cells end in, whether each of them has one or not."""
    if not any(re.search(r"\d\s*[^\d\s]", word) for word in words[:50]):
        return ""
    often = Counter(units.unit_of(word) or "" for word in words)
    word, cells = often.most_common(1)[0]
    return word if cells > 0.5 * len(words) else ""


def _running(words: list[str]) -> bool:
    """Whether the cells count 1, 2, 3 … (here and there one may be missing)."""
    found = [int(word) for word in words if word.isdigit() and len(word) < 7 and (word == "0" or word[0] != "0")]
    if len(found) < max(3, 0.9 * len(words)):
        return False
    steps = np.diff(found)
    return found[0] in (0, 1) and bool((steps == 1).mean() > 0.85)


def _in_names(words: list[str], known: frozenset[str], prefix: str, digits: int) -> float:
    often = Counter(re.sub(prefix, "", word) for word in words)
    code = re.compile(rf"52\d{{{digits - 2}}}(00)?")
    keys = name_key(pa.array(list(often), STRING)).to_pylist()
    hits = sum(n for key, (word, n) in zip(keys, often.items(), strict=True) if key in known or code.fullmatch(word))
    return hits / len(words)


@cache
def _tambon_names() -> frozenset[str]:
    return frozenset(
        name_key_text(n) or "" for a in places.lampang().areas.values() for n in (a.tambon_th, a.tambon_en)
    )


@cache
def _amphoe_names() -> frozenset[str]:
    areas = places.lampang().areas.values()
    return frozenset(name_key_text(n) or "" for a in areas for n in (a.amphoe_th, a.amphoe_en)) | {
        name_key_text("เมือง") or ""
    }


@cache
def _province_names() -> frozenset[str]:
    from equity.thai.provinces import PROVINCES

    return frozenset(name_key_text(name) or "" for both in PROVINCES.values() for name in both)


def _codes(words: list[str]) -> dict[str, float]:
    often = Counter(words)
    whole = {word: fold_word(word) for word in often}
    spoken = {word: {fold_word(part) for part in _several(word)} for word in often}
    found: dict[str, float] = {}
    for code_list in code_lists():
        known = code_words(code_list).keys()
        hits = sum(count for word, count in often.items() if whole[word] in known or spoken[word] <= known)
        if hits:
            found[code_list] = hits / len(words)
    return found


def _several(word: str) -> list[str]:
    parts = [part for part in re.split(r"[,;/|\n+]|และ", word) if part.strip()]
    return parts if len(parts) > 1 else [word]


def fits(seen: Profile, name: str, declared: Field) -> float:
    """How well a column's values suit a field: 1 they can hardly be else, 0 they say nothing, -1 they speak against it."""
    if seen.empty:
        return 0.0
    kind = declared.type
    if kind == "national_id":
        return 1.0 if seen.national_id > 0.6 else 0.4 if seen.national_id > 0.25 else -1.0
    if seen.national_id > 0.6 and kind not in ("person_ref", "ref", "text"):
        return -1.0
    if kind == "phone":
        return 1.0 if seen.phone > 0.7 and seen.national_id < 0.2 else 0.3 if seen.phone > 0.3 else -0.9
    if kind == "date":
        return _fits_date(seen, name, declared)
    if kind in ("number", "integer"):
        return _fits_number(seen, name, declared)
    if kind == "boolean":
        return 0.7 if seen.boolean > 0.8 else 0.1 if seen.boolean > 0.4 else -0.7
    if kind in ("code", "code_set"):
        share = seen.codes.get(declared.codes or "", 0.0)
        if share > 0.75:
            return 0.9
        if share > 0.35:
            return 0.5
        if max(seen.codes.values(), default=0.0) > 0.75 and share < 0.1 and seen.distinct > 1:
            return -0.9  # words of another list
        wordy = (
            seen.distinct <= max(12, seen.filled // 3)
            and seen.longest < 80
            and seen.date < 0.3
            and seen.national_id < 0.3
        )
        return 0.0 if wordy and (seen.number < 0.5 or seen.distinct <= 12) else -0.5
    if kind in ("tambon", "amphoe", "province"):
        share = {"tambon": seen.tambon, "amphoe": seen.amphoe, "province": seen.province}[kind]
        if share > 0.9 and seen.number > 0.9:
            return 1.0  # a code says more than a name, which several places may have
        return 0.85 if share > 0.6 else 0.3 if share > 0.25 else -0.4 if seen.number < 0.5 and seen.date < 0.2 else -1.0
    return _fits_text(seen, name, declared)


def _fits_date(seen: Profile, name: str, declared: Field) -> float:
    share = max(seen.date, seen.serial if seen.number > 0.8 else 0)
    years = seen.integer > 0.8 and seen.low is not None and seen.high is not None and (
        2400 <= seen.low <= seen.high <= 2600 or 1900 <= seen.low <= seen.high <= 2100
    )  # fmt: skip
    if share < 0.4:
        return 0.2 if years else -1.0
    if name == "birth_date":
        return 0.8 if seen.born > 0.8 else -0.2
    return 0.6 if declared.era_range != "past_century" else 0.2


def _fits_number(seen: Profile, name: str, declared: Field) -> float:
    if seen.number < 0.5 or seen.date > 0.5:
        return -1.0
    if seen.unit and declared.unit in units.UNITS:
        return 0.8 if declared.unit in units.units_of(seen.unit) else -1.0
    low, high = seen.low or 0, seen.high or 0
    if declared.unit == "year_be":
        return 0.9 if low >= 2480 and high <= 2620 else 0.4 if low >= 1990 and high <= 2100 else -0.8
    if declared.unit == "score_1_5":
        return 0.5 if low >= 0 and high <= 5 else -0.6
    if declared.unit == "hours":
        return 0.4 if 0 < high <= 800 else -0.4
    if seen.national_id > 0.5 or seen.phone > 0.7:
        return -1.0
    return 0.4


def _fits_text(seen: Profile, name: str, declared: Field) -> float:
    kind = declared.type
    if name in ("first_name", "last_name", "nickname"):
        if seen.number > 0.3 or seen.date > 0.3 or seen.national_id > 0.3:
            return -1.0
        if name in ("last_name", "nickname") and seen.with_prefix > 0.5:
            return -0.8  # whole names
        if name == "first_name" and seen.full_name > 0.6 and (seen.with_prefix > 0.3 or seen.one_word < 0.1):
            return -0.8  # whole names too
        if name == "nickname":
            return 0.3 if seen.one_word > 0.6 else 0.0
        return 0.4 if seen.one_word > 0.6 else 0.1
    if name == "name_prefix":
        return 1.0 if seen.prefix > 0.7 else 0.2 if seen.prefix > 0.3 else -0.8
    if name == "house_no":
        return 0.5 if seen.house > 0.6 else -0.3
    if name == "moo":
        return 0.4 if seen.integer > 0.6 and (seen.high or 0) <= 40 else -0.1
    if declared.names and seen.ref > 0.8 and seen.unique:
        return -0.8  # a number of its own for every row names no organisation
    if kind in ("ref", "person_ref"):
        if seen.date > 0.6:
            return -0.8
        if kind == "person_ref" and seen.full_name > 0.5:
            # a name is no number; it does for a trainer, or where nothing else tells who it is
            return -0.9 if name == "partner_person_ref" and not declared.required else -0.2
        return 0.4 if seen.ref > 0.6 and seen.longest <= 30 else 0.0
    if seen.date > 0.7 or seen.national_id > 0.6 or seen.phone > 0.8:
        return -0.8
    return 0.1 if seen.number < 0.5 else -0.2
