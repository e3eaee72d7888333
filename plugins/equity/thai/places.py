"""Places: names and codes of tambon, amphoe and province, and address lines taken apart.

Codes are those of TIS 1099 (Department of Provincial Administration): 2 digits province, 4 amphoe, 6 tambon
(often stored with ``00`` behind), 8 with the moo. Nothing is guessed: a name that fits several tambon is
flagged and left null.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from equity.thai.columns import STRING, Parsed, any_true, as_strings, by_unique, is_like, nulls, parsed_rows, patch
from equity.thai.names import name_key
from equity.thai.provinces import ALIASES, PROVINCES
from equity.thai.text import arabic_digits, arabic_digits_text, clean, clean_text

LAMPANG_AREAS = Path(__file__).parent / "data" / "lampang_areas.csv"
_COLUMNS = ("tambon_code", "tambon_th", "tambon_en", "amphoe_code", "amphoe_th", "amphoe_en")
_FIRST_REGISTRAR = 60  # registrars' offices are numbered from 99 downwards; the province with most amphoe has 50
_EXTRAS = {"amphoe_code": STRING, "province_code": STRING, "moo": STRING}
_SEPARATOR = "\x1f"

_RE_TAMBON_WORD = re.compile(
    r"^(?:ตำบล|แขวง|ต\.|tambon\s|t\.|subdistrict\s)\s*|\s+(?:sub-?district|tambon)$", re.IGNORECASE
)
_RE_AMPHOE_WORD = re.compile(
    r"^(?:กิ่งอำเภอ|กิ่ง\s?อ\.|อำเภอ|เขต|อ\.|amphoe\s|amphur\s|district\s|a\.)\s*|\s+(?:district|amphoe|amphur)$",
    re.IGNORECASE,
)
_RE_PROVINCE_WORD = re.compile(r"^(?:จังหวัด|จ\.|changwat\s|province\s)\s*|\s+(?:province|changwat)$", re.IGNORECASE)
_RE_CODE = re.compile(r"^(\d{1,8})(?:\.0+)?$")
_RE_SEVERAL_PARTS = re.compile(r"อำเภอ|อ\.|จังหวัด|จ\.|ต\.|ตำบล")


@dataclass(frozen=True)
class Area:
    """One tambon with its amphoe.

    Attributes:
        tambon_code: 6 digits.
        tambon_th: Thai name without ``ตำบล``.
        tambon_en: English name.
        amphoe_code: 4 digits.
        amphoe_th: Thai name without ``อำเภอ``.
        amphoe_en: English name.

    """

    tambon_code: str
    tambon_th: str
    tambon_en: str
    amphoe_code: str
    amphoe_th: str
    amphoe_en: str


_Row = tuple[str | None, str | None, str | None, str | None, str | None]


@dataclass(frozen=True)
class _Given:
    """What one of the three cells says: some candidates by name, or one by code; unknown when neither."""

    tambons: frozenset[str] = frozenset()
    amphoe: str | None = None
    province: str | None = None
    moo: str | None = None
    problem: str | None = None


_NOTHING = _Given()
_UNKNOWN = _Given(problem="place.unknown")


class Gazetteer:
    """The areas of one or more provinces, looked up by code or by name in any spelling.

    Attributes:
        areas: tambon code (6 digits) → :class:`Area`.
        amphoe: amphoe code (4 digits) → Thai name.
        provinces: the province codes (2 digits) that the gazetteer covers.

    """

    def __init__(self, areas: Mapping[str, Area]) -> None:
        self.areas = dict(areas)
        self.amphoe = {area.amphoe_code: area.amphoe_th for area in self.areas.values()}
        self.provinces = frozenset(code[:2] for code in self.areas)
        self._tambon_names: dict[str, set[str]] = {}
        self._amphoe_names: dict[str, set[str]] = {}
        of_tambon, of_amphoe = [], []
        for area in self.areas.values():
            of_tambon += [(name, area.tambon_code) for name in (area.tambon_th, area.tambon_en)]
            of_amphoe += [(name, area.amphoe_code) for name in (area.amphoe_th, area.amphoe_en)]
        for code in self.amphoe:
            if code.endswith("01"):  # the amphoe of the capital is just called เมือง in its province
                of_amphoe += [(name, code) for name in ("เมือง", "mueang", "muang")]
        for named, codes in ((of_tambon, self._tambon_names), (of_amphoe, self._amphoe_names)):
            for key, (_, code) in zip(_keys(name for name, _ in named), named, strict=True):
                codes.setdefault(key, set()).add(code)

    @classmethod
    def from_csv(cls, path: str | Path) -> Gazetteer:
        """Read a UTF-8 file with the columns tambon_code, tambon_th, tambon_en, amphoe_code, amphoe_th, amphoe_en.

        Raises:
            OSError: when the file cannot be opened.
            ValueError: when a column is missing, or a code is malformed, repeated or outside its amphoe.

        """
        areas: dict[str, Area] = {}
        with Path(path).open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise ValueError(f"{path}: no column {', '.join(missing)}")
            for row in reader:
                area = Area(*(clean_text(row[name] or "") for name in _COLUMNS))
                code = area.tambon_code
                if not re.fullmatch(r"\d{6}", code) or area.amphoe_code != code[:4] or code in areas:
                    raise ValueError(f"{path}, line {reader.line_num}: tambon code {code!r} is malformed or repeated")
                areas[code] = area
        return cls(areas)

    def resolve(self, tambon: Any = None, amphoe: Any = None, province: Any = None) -> Parsed:
        """Find the codes of places.

        Each column holds names with or without ``ต.`` ``อำเภอ`` ``จ.`` and the like, or codes; a tambon cell may hold
        the whole ``ต.… อ.… จ.…``. Without a province the gazetteer's own is meant.

        Args:
            tambon: string column of length *n*, or None when the sender has no such column.
            amphoe: likewise.
            province: likewise.

        Returns:
            ``values``: tambon code (6 digits); extras ``amphoe_code`` (4), ``province_code`` (2) and ``moo`` (from
            codes of 8 digits). Of places outside the gazetteer's provinces only ``province_code`` is given, without a
            problem. No problem is fatal: ``place.unknown``, ``place.ambiguous``, ``place.contradiction``,
            ``place.registrar_office``.

        Raises:
            ValueError: when no column is given or their lengths differ.

        """
        given = [as_strings(column) for column in (tambon, amphoe, province) if column is not None]
        if not given or len({len(column) for column in given}) != 1:
            raise ValueError("give one to three columns of equal length")
        blank = pa.scalar("")
        columns = [
            blank if column is None else pc.fill_null(as_strings(column), "") for column in (tambon, amphoe, province)
        ]
        joined = pc.binary_join_element_wise(*columns, _SEPARATOR)
        if not isinstance(joined, pa.Array):
            joined = pa.array([joined.as_py()], STRING)
        return by_unique(
            joined,
            lambda distinct: parsed_rows(
                (self._resolve_joined(text) for text in distinct.to_pylist()), STRING, _EXTRAS
            ),
        )

    # --- one place ---------------------------------------------------------------------------------------------------

    def _resolve_joined(self, joined: str) -> _Row:
        tambon, amphoe, province = (arabic_digits_text(clean_text(cell)) for cell in joined.split(_SEPARATOR)[:3])
        if tambon and len(_RE_SEVERAL_PARTS.findall(tambon)) > 1:
            parts = _split_address(tambon)
            tambon = parts["tambon"] or ("" if parts["amphoe"] or parts["province"] else tambon)
            amphoe, province = amphoe or parts["amphoe"] or "", province or parts["province"] or ""
        if not (tambon or amphoe or province):
            return None, None, None, None, None
        of_province = self._read_province(province)
        of_amphoe = self._read_amphoe(amphoe, of_province.province)
        of_tambon = self._read_tambon(tambon, of_amphoe.amphoe, of_province.province or of_amphoe.province)
        return self._agree(of_tambon, of_amphoe, of_province)

    def _agree(self, tambon: _Given, amphoe: _Given, province: _Given) -> _Row:
        moo = tambon.moo
        stated = {given.province for given in (tambon, amphoe, province) if given.province}
        best = province.province or amphoe.province or tambon.province
        if len(stated) > 1:
            kept = amphoe.amphoe if amphoe.amphoe and amphoe.amphoe[:2] == best else None
            return None, "place.contradiction", kept, best, None
        if best is not None and best not in self.provinces:
            problem = "place.registrar_office" if "place.registrar_office" in (tambon.problem, amphoe.problem) else None
            return None, problem, None, best, None
        problems = [given.problem for given in (province, amphoe, tambon) if given.problem]
        if province.problem:  # a province that nobody knows: its places are not ours to resolve
            return None, province.problem, None, None, None
        home = best or (next(iter(self.provinces)) if len(self.provinces) == 1 else None)
        if amphoe.problem:
            return None, amphoe.problem, None, home if amphoe.problem == "place.registrar_office" else best, None
        candidates = tambon.tambons
        if tambon.problem or not candidates:
            code = amphoe.amphoe or tambon.amphoe
            if amphoe.amphoe and tambon.amphoe and amphoe.amphoe != tambon.amphoe:
                return None, "place.contradiction", amphoe.amphoe, home, None
            known = code[:2] if code else home if tambon.problem == "place.registrar_office" else best
            return None, problems[0] if problems else None, code, known, None
        if amphoe.amphoe:
            inside = {code for code in candidates if code.startswith(amphoe.amphoe)}
            if not inside:
                return None, "place.contradiction", amphoe.amphoe, amphoe.amphoe[:2], None
            candidates = frozenset(inside)
        if len(candidates) > 1:
            amphoes = {code[:4] for code in candidates}
            provinces = {code[:2] for code in candidates}
            return (
                None,
                "place.ambiguous",
                amphoes.pop() if len(amphoes) == 1 else None,
                provinces.pop() if len(provinces) == 1 else None,
                None,
            )
        (code,) = candidates
        return code, None, code[:4], code[:2], moo

    def _read_province(self, text: str) -> _Given:
        text = _RE_PROVINCE_WORD.sub("", text).strip()
        if not text:
            return _NOTHING
        code = _RE_CODE.match(text)
        if code:
            digits = code[1]
            if len(digits) in (4, 6, 8) and set(digits[2:]) == {"0"}:
                digits = digits[:2]
            return _Given(province=digits) if digits in PROVINCES else _UNKNOWN
        found = _province_names().get(_key(text))
        return _Given(province=found) if found else _UNKNOWN

    def _read_amphoe(self, text: str, province: str | None) -> _Given:
        text = _RE_AMPHOE_WORD.sub("", text).strip()
        if not text:
            return _NOTHING
        code = _RE_CODE.match(text)
        if code:
            digits = code[1]
            if len(digits) <= 2:  # the part behind the province
                parent = province or (next(iter(self.provinces)) if len(self.provinces) == 1 else None)
                if parent is None:
                    return _UNKNOWN
                digits = parent + digits.zfill(2)
            return self._by_code(digits)
        if province is not None and province not in self.provinces:
            return _Given(province=province)
        codes = {found for found in self._amphoe_names.get(_key(text), ()) if province in (None, found[:2])}
        if len(codes) == 1:
            (found,) = codes
            return _Given(amphoe=found, province=found[:2])
        if codes:
            return _Given(problem="place.ambiguous")
        capital = re.match(r"^(?:เมือง|mueang |muang )\s*(.+)$", text, re.IGNORECASE)
        elsewhere = _province_names().get(_key(capital[1])) if capital else None
        return _Given(province=elsewhere) if elsewhere else _UNKNOWN

    def _read_tambon(self, text: str, amphoe: str | None, province: str | None) -> _Given:
        text = _RE_TAMBON_WORD.sub("", text).strip()
        if not text:
            return _NOTHING
        code = _RE_CODE.match(text)
        if code:
            digits = code[1]
            if len(digits) <= 2:  # the part behind the amphoe
                if amphoe is None:
                    return _UNKNOWN
                digits = amphoe + digits.zfill(2)
            return self._by_code(digits)
        if province is not None and province not in self.provinces:
            return _Given(province=province)
        codes = frozenset(c for c in self._tambon_names.get(_key(text), ()) if province in (None, c[:2]))
        return _Given(tambons=codes) if codes else _UNKNOWN

    def _by_code(self, digits: str) -> _Given:
        """Read a code of 4, 6 or 8 digits; trailing ``00`` says that the lower part is not given."""
        province = digits[:2]
        if len(digits) not in (2, 4, 6, 8) or province not in PROVINCES:
            return _UNKNOWN
        amphoe, tambon, moo = digits[:4], digits[:6], digits[6:8]
        if digits[2:].strip("0") == "":
            return _Given(province=province)
        if int(digits[2:4]) >= _FIRST_REGISTRAR:
            return _Given(province=province, problem="place.registrar_office")
        if province not in self.provinces:
            return _Given(province=province)
        if amphoe not in self.amphoe:
            return _Given(province=province, problem="place.unknown")
        if digits[4:].strip("0") == "":
            return _Given(amphoe=amphoe, province=province)
        if tambon not in self.areas:
            return _Given(amphoe=amphoe, province=province, problem="place.unknown")
        return _Given(frozenset((tambon,)), amphoe, province, moo.lstrip("0") or None)


def _keys(names: Iterable[str]) -> list[str]:
    return [key or "" for key in name_key(pa.array(names, STRING)).to_pylist()]


@lru_cache(maxsize=4096)  # the same few names come with every block, and each key costs half a millisecond
def _key(name: str) -> str:
    return _keys([name])[0]


@lru_cache(maxsize=1)
def _province_names() -> dict[str, str]:
    named = [(name, code) for code, both in PROVINCES.items() for name in both] + list(ALIASES.items())
    return dict(zip(_keys(name for name, _ in named), (code for _, code in named), strict=True))


@lru_cache(maxsize=1)
def lampang() -> Gazetteer:
    """Give Lampang's 13 amphoe and 100 tambon, read once."""
    return Gazetteer.from_csv(LAMPANG_AREAS)


# --- address lines ---------------------------------------------------------------------------------------------------

_STOP = r"(?=[\s,]|อำเภอ|อ\.|จังหวัด|จ\.|ตำบล|ต\.|$)"
_RE_HOUSE = re.compile(r"^(?:บ้านเลขที่|เลขที่|ที่อยู่)?\s*(\d+(?:\s?/\s?\d+)*(?:-\d+(?:/\d+)?)?)(?![\d.])")
_RE_HOUSE_LATER = re.compile(r"(?:บ้านเลขที่|เลขที่)\s*(\d+(?:\s?/\s?\d+)*)")
_RE_MOO = re.compile(r"(?:หมู่ที่|หมู่|(?<![ก-๎])ม\.|moo\.?)\s*(\d{1,2})(?!\d)", re.IGNORECASE)
_RE_TAMBON = re.compile(rf"(?:ตำบล|แขวง|(?<![ก-๎])ต\.)\s*([^\s,]+?){_STOP}")
_RE_AMPHOE = re.compile(rf"(?:กิ่งอำเภอ|อำเภอ|(?<![\w.])เขต|อ\.)\s*([^\s,]+?){_STOP}")
_RE_PROVINCE = re.compile(r"(?:จังหวัด|จ\.)\s*([^\s,\d]+)")
_RE_STREET = re.compile(r"(?:ถนน|ถ\.|ซอย|ซ\.|ตรอก|หมู่บ้าน|อาคาร)\s*\S+(?:\s+\d+)?")
_RE_POSTCODE = re.compile(r"(?<!\d)\d{5}(?!\d)")
_ADDRESS_PARTS = ("house_no", "moo", "tambon", "amphoe", "province")


def split_addresses(array: Any) -> dict[str, pa.Array]:
    """Take address lines apart.

    Marked parts (``ต.`` ``อำเภอ`` ``จังหวัด`` ``แขวง`` ``เขต``) are found anywhere; without marks the last
    words count as tambon, amphoe and province when the very last names a province.

    Args:
        array: string column of length *n*, such as ``12/3 ม.4 ต.แจ้ซ้อน อ.เมืองปาน จ.ลำปาง 52240``.

    Returns:
        Arrays of length *n*: ``house_no``, ``moo``, ``tambon``, ``amphoe``, ``province``, texts without their
        marks, null where absent. :meth:`Gazetteer.resolve` takes the last three.

    """
    return by_unique(arabic_digits(clean(array)), _split_distinct)


# The common line with every part marked, which a regex kernel reads; all others go through _split_address.
_WORD = "[ก-ฮเ-ไ][ก-ฮะ-ฺเ-๎]*"
_PLAIN = (
    r"^(?:(?:บ้านเลขที่|เลขที่) ?)?(?P<house_no>\d+(?:/\d+)*) (?:หมู่ที่|หมู่|ม\.) ?(?P<moo>\d{1,2})"
    rf" (?:ตำบล|แขวง|ต\.) ?(?P<tambon>{_WORD}) (?:อำเภอ|เขต|อ\.) ?(?P<amphoe>{_WORD})"
    rf" (?:จังหวัด|จ\.) ?(?P<province>{_WORD})(?: \d{{5}})?$"
)
_MARK_INSIDE = "[ก-๎](?:ตำบล|อำเภอ|จังหวัด)"  # a part glued to the one before


def _split_distinct(distinct: pa.Array) -> dict[str, pa.Array]:
    found = pc.extract_regex(distinct, _PLAIN)
    plain = pc.and_not(pc.is_valid(found), is_like(distinct, _MARK_INSIDE))
    rest = pc.invert(plain)
    rows = [_split_address(text) for text in distinct.filter(rest).to_pylist()]
    slow = {part: pa.array([row[part] for row in rows], STRING) for part in _ADDRESS_PARTS}
    if not any_true(plain):
        return slow
    part_found = found.filter(plain)
    return {
        part: patch(patch(nulls(distinct), plain, pc.struct_field(part_found, part)), rest, slow[part])
        for part in _ADDRESS_PARTS
    }


def _split_address(text: str) -> dict[str, str | None]:
    parts: dict[str, str | None] = dict.fromkeys(_ADDRESS_PARTS)
    text = " ".join(_RE_POSTCODE.sub(" ", text).split()) if not _RE_CODE.match(text) else text
    rest = text
    for part, pattern in (("moo", _RE_MOO), ("tambon", _RE_TAMBON), ("amphoe", _RE_AMPHOE), ("province", _RE_PROVINCE)):
        match = pattern.search(rest)
        if match:
            parts[part] = match[1].strip(" ,.")
            rest = rest[: match.start()] + " , " + rest[match.end() :]
    house = _RE_HOUSE.match(rest) or _RE_HOUSE_LATER.search(rest)
    if house:
        parts["house_no"] = re.sub(r"\s", "", house[1])
        rest = rest[: house.start()] + " " + rest[house.end() :]
    words = [word for word in re.split(r"[\s,]+", _RE_STREET.sub(" ", rest)) if re.match(r"[ก-ฮเ-ไA-Za-z]", word)]
    if words and parts["province"] is None and _key(words[-1]) in _province_names():
        parts["province"] = words.pop()
        if words and parts["amphoe"] is None:
            parts["amphoe"] = words.pop()
            if words and parts["tambon"] is None:
                parts["tambon"] = words.pop()
    elif words and parts["province"] is not None and parts["amphoe"] is None and parts["tambon"] is None:
        parts["amphoe"] = words.pop()
        if words:
            parts["tambon"] = words.pop()
    return parts
