"""Names of persons: the prefix glued to them, what it says of sex and age, and a key to compare spellings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from equity.thai.columns import (
    STRING,
    Parsed,
    any_true,
    by_unique,
    is_like,
    nulls,
    parsed_rows,
    patch,
    patch_parsed,
    text_by_unique,
)
from equity.thai.text import NEEDS_MENDING, clean, clean_text


@dataclass(frozen=True)
class Prefix:
    """One form of address.

    Attributes:
        name: canonical writing.
        sex: ``male``, ``female``, or null where the prefix does not tell.
        child: True under 15 years, False from 15 up, null where the prefix does not tell.
        spaced: True when it is a prefix only with a space behind it, since names begin with the same letters.

    """

    name: str
    sex: str | None = None
    child: bool | None = None
    spaced: bool = False


# canonical | other writings | sex | child
_COMMON = """
เด็กชาย|ด.ช. เด็กชาย ดช. master|male|child
เด็กหญิง|ด.ญ. เด็กหญิง ดญ.|female|child
นาย|นาย mr. mister|male|adult
นาง|นาง mrs.|female|adult
นางสาว|น.ส. นางสาว นส. น.สาว miss ms.|female|adult
พระ|พระ พระภิกษุ|male|
พระครู|พระครู|male|adult
พระมหา|พระมหา|male|adult
พระอธิการ|พระอธิการ|male|adult
พระสมุห์|พระสมุห์|male|adult
พระปลัด|พระปลัด|male|adult
พระใบฎีกา|พระใบฎีกา|male|adult
พระอาจารย์|พระอาจารย์|male|adult
สามเณร|สามเณร ส.ณ.|male|
แม่ชี|แม่ชี|female|
ดร.|ดร. ด็อกเตอร์ dr.||adult
ศ.|ศ. ศาสตราจารย์ prof.||adult
รศ.|รศ. รองศาสตราจารย์||adult
ผศ.|ผศ. ผู้ช่วยศาสตราจารย์||adult
ศ.ดร.|ศ.ดร. ศาสตราจารย์ดร.||adult
รศ.ดร.|รศ.ดร. รองศาสตราจารย์ดร.||adult
ผศ.ดร.|ผศ.ดร. ผู้ช่วยศาสตราจารย์ดร.||adult
อาจารย์|อาจารย์ อ. อจ.||adult
นายแพทย์|นพ. น.พ. นายแพทย์|male|adult
แพทย์หญิง|พญ. พ.ญ. แพทย์หญิง|female|adult
ทันตแพทย์|ทพ. ท.พ. ทันตแพทย์||adult
ทันตแพทย์หญิง|ทพ.ญ. ทพญ. ทันตแพทย์หญิง|female|adult
เภสัชกร|ภก. เภสัชกร|male|adult
เภสัชกรหญิง|ภญ. ภกญ. เภสัชกรหญิง|female|adult
นายสัตวแพทย์|น.สพ. นสพ. นายสัตวแพทย์|male|adult
สัตวแพทย์หญิง|สพ.ญ. สพญ. สัตวแพทย์หญิง|female|adult
หม่อมราชวงศ์|ม.ร.ว. มรว. หม่อมราชวงศ์||
หม่อมหลวง|ม.ล. มล. หม่อมหลวง||
คุณหญิง|คุณหญิง|female|adult
ท่านผู้หญิง|ท่านผู้หญิง|female|adult
"""
_SPACED = {"คุณ": Prefix("คุณ", spaced=True), "ครู": Prefix("ครู", None, False, True)}
_RANKS = """
พลเอก|พล.อ.
พลโท|พล.ท.
พลตรี|พล.ต.
พันเอก|พ.อ.
พันโท|พ.ท.
พันตรี|พ.ต.
ร้อยเอก|ร.อ.
ร้อยโท|ร.ท.
ร้อยตรี|ร.ต.
จ่าสิบเอก|จ.ส.อ.
จ่าสิบโท|จ.ส.ท.
จ่าสิบตรี|จ.ส.ต.
สิบเอก|ส.อ.
สิบโท|ส.ท.
สิบตรี|ส.ต.
พลทหาร|พลฯ
พลเรือเอก|พล.ร.อ.
พลเรือโท|พล.ร.ท.
พลเรือตรี|พล.ร.ต.
นาวาเอก|น.อ.
นาวาโท|น.ท.
นาวาตรี|น.ต.
เรือเอก|
เรือโท|
เรือตรี|
พันจ่าเอก|พ.จ.อ.
พันจ่าโท|พ.จ.ท.
พันจ่าตรี|พ.จ.ต.
จ่าเอก|จ.อ.
จ่าโท|จ.ท.
จ่าตรี|จ.ต.
พลอากาศเอก|พล.อ.อ.
พลอากาศโท|พล.อ.ท.
พลอากาศตรี|พล.อ.ต.
นาวาอากาศเอก|
นาวาอากาศโท|
นาวาอากาศตรี|
เรืออากาศเอก|
เรืออากาศโท|
เรืออากาศตรี|
พันจ่าอากาศเอก|พ.อ.อ.
พันจ่าอากาศโท|พ.อ.ท.
พันจ่าอากาศตรี|พ.อ.ต.
จ่าอากาศเอก|
จ่าอากาศโท|
จ่าอากาศตรี|
พลตำรวจเอก|พล.ต.อ.
พลตำรวจโท|พล.ต.ท.
พลตำรวจตรี|พล.ต.ต.
พันตำรวจเอก|พ.ต.อ.
พันตำรวจโท|พ.ต.ท.
พันตำรวจตรี|พ.ต.ต.
ร้อยตำรวจเอก|ร.ต.อ.
ร้อยตำรวจโท|ร.ต.ท.
ร้อยตำรวจตรี|ร.ต.ต.
ดาบตำรวจ|ด.ต.
จ่าสิบตำรวจ|
สิบตำรวจเอก|ส.ต.อ.
สิบตำรวจโท|ส.ต.ท.
สิบตำรวจตรี|ส.ต.ต.
นายกองเอก|ก.อ.
นายหมวดเอก|ม.อ.
นายหมู่เอก|
"""


def _table() -> dict[str, Prefix]:
    """Writing (lower case) → prefix."""
    table: dict[str, Prefix] = dict(_SPACED)
    for line in _COMMON.strip().splitlines():
        name, writings, sex, age = line.split("|")
        child = {"child": True, "adult": False, "": None}[age]
        for writing in (name, *writings.split()):
            table[writing] = Prefix(name, sex or None, child)
    for line in _RANKS.strip().splitlines():
        name, short = line.split("|")
        for writing in filter(None, (name, short)):
            # a woman of rank carries หญิง; without it the rank is weak evidence, so it says nothing of sex
            for before in ("", "ว่าที่"):
                table[before + writing] = Prefix(before + name, None, False)
                table[before + writing + "หญิง"] = Prefix(before + name + "หญิง", "female", False)
    return table


def _key(writing: str) -> str:
    return re.sub(r"[.\s]", "", writing).casefold()


_BY_WRITING = _table()
_BY_KEY = {_key(writing): prefix for writing, prefix in _BY_WRITING.items()}
# in a column of prefixes nothing but a prefix is expected
_BY_KEY |= {"ช": _BY_WRITING["เด็กชาย"], "ญ": _BY_WRITING["เด็กหญิง"], "เณร": _BY_WRITING["สามเณร"]}

# ด.ช. may lose dots and gain spaces
_PATTERN_OF = {
    writing: "".join(r"\s*\.?\s*" if letter == "." else re.escape(letter) for letter in writing).replace(
        "ว่าที่", r"ว่าที่\s*"
    )
    for writing in _BY_WRITING
}


@dataclass(frozen=True)
class _Form:
    pattern: re.Pattern[str]
    prefix: Prefix
    abbreviated: bool


def _forms() -> dict[str, list[_Form]]:
    """First letter → forms, longest first."""
    by_letter: dict[str, list[_Form]] = {}
    for writing in sorted(_BY_WRITING, key=lambda w: (-len(_key(w)), w)):
        form = _Form(
            re.compile(_PATTERN_OF[writing], re.IGNORECASE),
            _BY_WRITING[writing],
            "." in writing or writing.isascii(),
        )
        for first in {writing[0], writing[0].upper()}:
            by_letter.setdefault(first, []).append(form)
    return by_letter


_FORMS = _forms()
_CONSONANT = re.compile("[ก-ฮ]")
_NAME_START = re.compile("[ก-ฮเ-ไA-Za-z]")
_SHORT_GLUED = ("ดช", "ดญ")  # no Thai name begins so, and forms are full of ดชสมชาย
_SEX_WORDS = ("เด็กชาย", "เด็กหญิง", "นาย", "นาง", "นางสาว")


def _strip_prefix(text: str) -> tuple[Prefix, str] | None:
    """Take one prefix off; longest first, and only where a plausible name is left."""
    # ร.ต.อรทัย is ร.ต. and อรทัย, not ร.ต.อ and รทัย: a last dot may be missing only where nothing else fits
    forms = _FORMS.get(text[:1], ())
    common = [form for form in forms if form.prefix.name in _SEX_WORDS]  # น.สพลอย is น.ส. and พลอย, no veterinarian
    return _strip_form(text, forms, whole=True) or _strip_form(text, [*common, *forms], whole=False)


def _strip_form(text: str, forms: Sequence[_Form], *, whole: bool) -> tuple[Prefix, str] | None:
    for form in forms:
        match = form.pattern.match(text)
        if not match or (form.abbreviated and whole and match[0].rstrip() == match[0] and match[0][-1] != "."):
            continue
        taken, rest = match[0], text[match.end() :]
        spaced = taken[-1].isspace() or rest[:1].isspace()
        rest = rest.strip()
        if not rest or not _NAME_START.match(rest):
            continue
        if form.abbreviated:
            plausible = spaced or "." in taken or taken in _SHORT_GLUED
        elif form.prefix.spaced:
            plausible = spaced
        else:
            plausible = spaced or len(_CONSONANT.findall(rest.split(" ", 1)[0])) >= 2
        if plausible:
            return form.prefix, rest
    return None


def parse_prefixes(array: Any) -> Parsed:
    """Read a column of name prefixes.

    Args:
        array: string column of length *n*, such as ``ด.ช.``, ``น.ส.``, ``ว่าที่ ร.ต.หญิง``.

    Returns:
        ``values``: canonical prefix, or the cleaned text where it is not known; extras ``sex`` (``male`` / ``female`` /
        null) and ``child`` (boolean; True says under 15, False 15 or older, null nothing). Problem:
        ``name.unknown_prefix``. Prefixes change at 15, so they say what was so on the day of the record.

    """
    return by_unique(
        array,
        lambda distinct: parsed_rows(
            (_read_prefix(text) for text in distinct.to_pylist()), STRING, {"sex": STRING, "child": pa.bool_()}
        ),
    )


def _read_prefix(raw: str) -> tuple[str | None, str | None, str | None, bool | None]:
    text = clean_text(raw)
    if not text:
        return None, None, None, None
    prefix = _BY_KEY.get(_key(text))
    if prefix is None:
        return text, "name.unknown_prefix", None, None
    return prefix.name, None, prefix.sex, prefix.child


_NAME_EXTRAS = {
    "name_prefix": STRING,
    "last_name": STRING,
    "nickname": STRING,
    "sex": STRING,
    "child": pa.bool_(),
}
_NameRow = tuple[str | None, str | None, str | None, str | None, str | None, str | None, bool | None]
_RE_BRACKETS = re.compile(r"[(\[（{]\s*([^)\]）}]*)\s*[)\]）}]?")
_RE_NICKNAME_WORD = re.compile(r"^\s*(?:ชื่อเล่น|น้อง|เล่น)\s*[:.]?\s*")
_RE_NICKNAME_TAIL = re.compile(r"\s+(?:ชื่อเล่น)\s*[:.]?\s*(\S+)\s*$|\s*[\"“']([^\"”']+)[\"”']\s*$")
_RE_FORMER = re.compile(r"เดิม|นามสกุล|สกุล")
_RE_ROW_NUMBER = re.compile(r"^[\d๐-๙]+\s*[.)]\s*")
_RE_AND = re.compile(r"[,/&;+]|\s+และ\s+(?=\S+\s)|\s+กับ\s+(?=\S+\s)")
_RE_LINES = re.compile(r"[\r\n\u2028\u2029\x0b\x0c]+")


def split_full_names(array: Any) -> Parsed:
    """Take full names apart.

    Args:
        array: string column of length *n*, such as ``ด.ช.สมชาย ใจดี (ต้น)``; not cleaned, since a line break tells two
            persons apart.

    Returns:
        ``values``: first name; extras ``name_prefix`` (canonical), ``last_name`` (may hold spaces: ``ณ ลำปาง``),
        ``nickname``, ``sex`` (from the prefix) and ``child`` (as :func:`parse_prefixes`). Problems:
        ``name.two_persons`` and ``name.unreadable`` (fatal, all null), ``name.no_last_name``.

    """
    return by_unique(array, _read_distinct_names)


# Most cells are «prefix, first name, last name» in plain Thai letters; a regex kernel reads those. RE2 tries the longer
# prefix first and gives it back where no plausible name (two consonants) is left, as _strip_prefix does.
_LETTERS = "[ก-ฮะ-ฺเ-๎]"
_PLAIN_PREFIXES = ("เด็กชาย", "เด็กหญิง", "นางสาว", "นาย", "นาง", "ด.ช.", "ด.ญ.", "น.ส.")


def _plain_pattern() -> tuple[str, str]:
    """Patterns of plain names with a common prefix, and of names that no prefix can begin."""
    words = "|".join(re.escape(word) for word in _PLAIN_PREFIXES)
    first = f"[เ-ไ]?[ก-ฮ][ะ-ฺเ-๎]*[ก-ฮ]{_LETTERS}*"
    other = {writing for writing in _BY_WRITING if writing not in _PLAIN_PREFIXES and "." not in writing}
    starts = {writing for writing in other if not writing.isascii()} | set(_SHORT_GLUED)
    dotless = {_key(writing) for writing in _BY_WRITING if "." in writing and not writing.isascii()}
    barred = (
        "^(?:" + "|".join(map(re.escape, sorted(starts))) + "|(?:" + "|".join(sorted(map(re.escape, dotless))) + ") )"
    )
    barred += f"|^(?:{words}) [^ ]+$"  # a prefix and one word: no นาง called สาว
    return f"^(?P<written>{words})? ?(?P<first>{first}) (?P<last>[ก-ฮเ-ไ]{_LETTERS}*)$", barred


_PLAIN, _BARRED = _plain_pattern()


def _read_distinct_names(distinct: pa.Array) -> Parsed:
    found = pc.extract_regex(distinct, _PLAIN)
    plain = pc.and_(pc.is_valid(found), pc.invert(is_like(distinct, f"{_BARRED}|{NEEDS_MENDING}")))
    unwritten = pc.equal(pc.fill_null(pc.struct_field(found, "written"), ""), "")
    plain = pc.and_not(plain, pc.and_(unwritten, is_like(distinct, f"^(?:{'|'.join(_PLAIN_PREFIXES[:5])})")))
    rest = pc.invert(plain)
    slow = parsed_rows((_read_name(text) for text in distinct.filter(rest).to_pylist()), STRING, _NAME_EXTRAS)
    if not any_true(plain):
        return slow
    part = found.filter(plain)
    written, first, last = (pc.struct_field(part, name) for name in ("written", "first", "last"))
    prefix = parse_prefixes(written)
    fast = Parsed(
        first,
        nulls(first),
        {
            "name_prefix": prefix.values,
            "last_name": last,
            "nickname": nulls(first),
            "sex": prefix.extras["sex"],
            "child": prefix.extras["child"],
        },
    )
    blank = Parsed(
        nulls(distinct), nulls(distinct), {name: nulls(distinct, kind) for name, kind in _NAME_EXTRAS.items()}
    )
    return patch_parsed(patch_parsed(blank, plain, fast), rest, slow)


def _fatal(problem: str | None) -> _NameRow:
    return None, problem, None, None, None, None, None


def _read_name(raw: str) -> _NameRow:
    if not raw.isprintable():
        lines = [line for line in map(clean_text, _RE_LINES.split(raw)) if line]
        if len(lines) > 1 and _lines_are_persons(lines):
            return _fatal("name.two_persons")
        raw = " ".join(lines)
    text = clean_text(raw)
    if not text:
        return _fatal(None)
    text, nickname = _take_nickname(text)
    text = _RE_ROW_NUMBER.sub("", text).strip(" .-")
    if _RE_AND.search(text):
        return _fatal("name.two_persons")
    prefix, sex, child = None, None, None
    taken = _strip_prefix(text)
    if taken:
        first, text = taken
        prefix, sex, child = first.name, first.sex, first.child
        second = _strip_prefix(text)  # นาย ดร.สมชาย, ดร. นาง สมศรี
        if second and re.match(r"\S*\.|\S+\s+\S+\s", text) and not text.startswith("พระ"):
            sex, child, text = sex or second[0].sex, child if child is not None else second[0].child, second[1]
    words = text.split()
    if not words or not any(letter.isalpha() for letter in text) or _key(text) in _BY_KEY:
        return _fatal("name.unreadable")
    if len(words) >= 3 and any(_starts_another(words, i) for i in range(1, len(words))):
        return _fatal("name.two_persons")
    last = " ".join(words[1:]) or None
    return words[0], None if last else "name.no_last_name", prefix, last, nickname, sex, child


def _take_nickname(text: str) -> tuple[str, str | None]:
    nickname = None
    for match in _RE_BRACKETS.finditer(text):
        inside = match[1].strip()
        if inside and nickname is None and not _RE_FORMER.search(inside):
            nickname = _RE_NICKNAME_WORD.sub("", inside).strip() or None
    text = " ".join(_RE_BRACKETS.sub(" ", text).split())
    tail = _RE_NICKNAME_TAIL.search(text)
    if tail:
        nickname = nickname or tail[1] or tail[2]
        text = text[: tail.start()]
    return text, nickname


def _lines_are_persons(lines: list[str]) -> bool:
    """Two lines are two persons unless a name was merely wrapped: first name above, last name or nickname below."""
    bare = [_RE_BRACKETS.sub("", line).strip() for line in lines]
    bare = [line for line in bare if line]
    if len(bare) == 2 and " " not in bare[1] and _strip_prefix(bare[1]) is None:
        above = _strip_prefix(bare[0])
        return " " in (above[1] if above else bare[0])
    if len(bare) == 2 and _key(bare[0]) in _BY_KEY:  # the prefix on a line of its own
        return False
    return len(bare) > 1


def _starts_another(words: list[str], index: int) -> bool:
    """Whether a new person begins at this word: a prefix standing alone, or glued with one more word to come."""
    prefix = _BY_KEY.get(_key(words[index]))
    if prefix is not None and prefix.name in _SEX_WORDS and index + 1 < len(words):
        return True
    if index < 2:
        return False
    taken = _strip_prefix(words[index])
    return taken is not None and taken[0].name in _SEX_WORDS and (index + 1 < len(words) or "." in words[index])


# --- comparing -------------------------------------------------------------------------------------------------------

_KEY_FOLDS = (
    ("[ก-ฮ][ิุู]?์", ""),
    (r"[็่้๊๋ํฺ์ๆฯ \t\r\n\.\-–—'’\"“”()\[\]{},/_:;\x{a0}\x{200b}-\x{200d}\x{feff}]+", ""),
    ("ฏ", "ฎ"),
    ("[ศษ]", "ส"),
    ("ณ", "น"),
    ("ำ", "ัม"),
)
_KEY_LETTERS = [chr(code) for code in (*range(0x0E01, 0x0E2F), *range(0x0E30, 0x0E3A), *range(0x0E40, 0x0E46))]
_HAS_DOUBLED = "|".join(re.escape(letter * 2) for letter in (*_KEY_LETTERS, *"abcdefghijklmnopqrstuvwxyz0123456789"))
_RE_DOUBLED = re.compile(r"([ก-ฮะ-ฺเ-ๅa-z0-9])\1+")


def name_key(array: Any) -> pa.Array:
    """Give a skeleton under which spellings of one name coincide; for comparing, never for showing.

    ฏ=ฎ, ศ=ษ=ส, ณ=น, ำ=ั+ม; the letter silenced by ์ goes with it; tone marks, ็, ๆ, spaces and punctuation go; a doubled
    letter counts once; Latin letters are lower-cased. พงศ์, พงษ์ and พง coincide.

    Args:
        array: string column of length *n*.

    Returns:
        ``pa.string()`` of length *n*; null for null and where nothing is left.

    """
    column = pc.utf8_lower(clean(array))
    for pattern, replacement in _KEY_FOLDS:
        column = pc.replace_substring_regex(column, pattern, replacement)
    doubled = is_like(column, _HAS_DOUBLED)
    if any_true(doubled):
        part = text_by_unique(column.filter(doubled), lambda text: _RE_DOUBLED.sub(r"\1", text))
        column = patch(column, doubled, part)
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, STRING), column)


def name_key_text(text: str) -> str | None:
    """Give the key of one name as :func:`name_key` does."""
    key: str | None = name_key(pa.array([text], STRING))[0].as_py()
    return key
