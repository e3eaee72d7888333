"""The ways in which a cell goes wrong (thai-data.md), as makers of wrongly written cells.

A maker takes the random stream and the clean row and returns {header: wrong cell}, or None where the row does not lend
itself to that error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np

from equity.demo.names import FEMALE, LAST, MALE
from equity.demo.people import Row, areas, check_digit, is_valid_id
from equity.demo.tables import Kind, person_of

Rng = np.random.Generator


def pick(rng: Rng, items: Sequence[Any]) -> Any:
    """Return one of the items."""
    return items[int(rng.integers(len(items)))]


def words(field: str, code: str, header: str, choices: Sequence[Any], *, filled: bool = False) -> Kind:
    """Say that the cell holds one of the given wrong values (`filled`: only where it holds something now)."""

    def make(rng: Rng, row: Row) -> dict[str, Any] | None:
        return None if filled and row[header] in ("", None) else {header: pick(rng, choices)}

    return Kind(field, code, make)


def missing(field: str, header: str, empty: Sequence[Any] = ("",)) -> Kind:
    """Say that a required cell is empty."""
    return words(field, f"{field}.missing", header, empty)


def unknown(field: str, header: str, choices: Sequence[Any], code: str = "code.unknown") -> Kind:
    """Say that the cell holds a word that no map knows."""
    return words(field, code, header, choices)


def national_id(header: str, *, outside: bool = True) -> list[Kind]:
    """Return the ways in which a national ID is wrong."""

    def damage(rng: Rng, row: Row) -> dict[str, Any] | None:
        nid = person_of(row).nid
        return {header: f"{nid[0]}.{nid[1:5]}E+12"} if nid[0] != "0" else None

    def length(rng: Rng, row: Row) -> dict[str, Any]:
        nid = person_of(row).nid
        cut = nid[:6] + nid[7:]
        return {header: pick(rng, (nid + "4", nid[:11], nid[:10] if is_valid_id("0" + cut) else cut))}

    def nine(rng: Rng, row: Row) -> dict[str, Any]:
        twelve = "9" + person_of(row).nid[1:12]
        return {header: twelve + str(check_digit([int(c) for c in twelve]))}

    def checksum(first: str) -> Callable[[Rng, Row], dict[str, Any]]:
        def make(rng: Rng, row: Row) -> dict[str, Any]:
            twelve = pick(rng, first) + person_of(row).nid[1:12]
            right = check_digit([int(c) for c in twelve])
            return {header: twelve + str((right + int(rng.integers(1, 10))) % 10)}

        return make

    kinds = [
        Kind("national_id", "national_id.excel_damage", damage),
        Kind("national_id", "national_id.wrong_length", length),
        Kind("national_id", "national_id.first_digit_9", nine),
        Kind("national_id", "national_id.checksum", checksum("123458")),
        Kind("national_id", "national_id.checksum", checksum("13")),
    ]
    return [*kinds, Kind("national_id", "national_id.checksum_other", checksum("067"))] if outside else kinds


IMPOSSIBLE = ("29/02/2566", "31/04/2567", "31/06/2568", "30/02/2567", "31/11/2567", "31 ก.ย. 2567")
IMPOSSIBLE_BIRTH = ("29/02/2546", "31/04/2531", "30/02/2543", "31/06/2525")
UNREADABLE = ("จำไม่ได้", "หลังสงกรานต์", "วันพระใหญ่", "เมื่อปีกลาย")


def day(field: str, header: str, today: date, *, api: bool = False, future: bool = True) -> list[Kind]:
    """Return the ways in which a date of an event is wrong."""
    impossible = ("2023-02-29", "2024-04-31", "2568-02-30", "2025-06-31") if api else IMPOSSIBLE

    def ahead(rng: Rng, row: Row) -> dict[str, Any]:
        when = today + timedelta(days=int(rng.integers(40, 700)))
        return {header: when.isoformat() if api else f"{when.day:02}/{when.month:02}/{when.year + 543}"}

    kinds = [words(field, "date.impossible", header, impossible), words(field, "date.unreadable", header, UNREADABLE)]
    return [*kinds, Kind(field, f"{field}.in_future", ahead)] if future else kinds


def birth(header: str, *, api: bool = False) -> list[Kind]:
    """Return the ways in which a birth date is wrong."""
    impossible = ("2003-02-29", "1988-04-31", "2543-02-30") if api else IMPOSSIBLE_BIRTH
    absurd = ("2032-05-12", "1899-01-03", "2575-08-09") if api else ("12/05/2575", "14/05/2440", "03/01/2442")
    return [
        words("birth_date", "date.impossible", header, impossible),
        words("birth_date", "date.unreadable", header, ("ปีฉลู", "จำไม่ได้")),
        words("birth_date", "birth_date.out_of_range", header, absurd),
    ]


def before(field: str, code: str, header: str, start: str, *, api: bool = False) -> Kind:
    """Say that something ended before it began; `start` is the note (`_x`) with the day of its beginning."""

    def make(rng: Rng, row: Row) -> dict[str, Any] | None:
        if row[start] is None:
            return None
        when = row[start] - timedelta(days=int(rng.integers(20, 300)))
        return {header: when.isoformat() if api else f"{when.day:02}/{when.month:02}/{when.year + 543}"}

    return Kind(field, code, make, alone=True)


def phone(header: str) -> Kind:
    """Say that a phone number cannot be read."""
    return words("phone", "phone.unreadable", header, ("08123", "ฝากบอกผู้ใหญ่บ้าน", "0-8x-xxx-1234", "081-23-4"))


def place(tambon: str, amphoe: str) -> list[Kind]:
    """Return the ways in which tambon and amphoe in two cells are wrong."""

    def contradiction(rng: Rng, row: Row) -> dict[str, Any]:
        here = person_of(row).area
        return {tambon: here.tambon, amphoe: pick(rng, _other_amphoe(here.tambon))}

    return [
        words("tambon_code", "place.unknown", tambon, ("แจ้ฮ่อมใต้", "ลำปางน้อย", "บ้านเหนือฟ้า")),
        Kind("tambon_code", "place.contradiction", contradiction, alone=True),
    ]


def _other_amphoe(tambon: str) -> list[str]:
    has = {a.amphoe for a in areas() if a.tambon == tambon}
    return sorted({a.amphoe for a in areas()} - has)


def address(header: str) -> list[Kind]:
    """Return the ways in which an address on one line is wrong."""

    def contradiction(rng: Rng, row: Row) -> dict[str, Any]:
        p = person_of(row)
        amphoe = pick(rng, _other_amphoe(p.area.tambon))
        return {header: f"{p.house} หมู่ {p.moo} ต.{p.area.tambon} อ.{amphoe} จ.ลำปาง"}

    def nowhere(rng: Rng, row: Row) -> dict[str, Any]:
        p = person_of(row)
        tambon = pick(rng, ("แจ้ฮ่อมใต้", "ลำปางน้อย", "บ้านเหนือฟ้า"))
        return {header: f"{p.house} หมู่ {p.moo} ต.{tambon} อ.{p.area.amphoe} จ.ลำปาง"}

    return [
        Kind("tambon_code", "place.unknown", nowhere),
        Kind("tambon_code", "place.contradiction", contradiction, alone=True),
    ]


def full_name(header: str, *, sexed: bool) -> list[Kind]:
    """Return the ways in which a name with its title in one cell is wrong."""

    def two(rng: Rng, row: Row) -> dict[str, Any]:
        last = pick(rng, LAST)
        joint = pick(rng, (" และ ", "/", " กับ "))
        return {header: f"นาย{pick(rng, MALE)} {last}{joint}นาง{pick(rng, FEMALE)} {last}"}

    def titled(right: bool) -> Callable[[Rng, Row], dict[str, Any] | None]:
        def make(rng: Rng, row: Row) -> dict[str, Any] | None:
            p = person_of(row)
            if not (row.get("_dated", True) and p.age() >= 17):
                return None
            first, last = p.name(row["_source"])
            male = p.sex == "male"
            title = pick(rng, ("ด.ช.", "เด็กชาย") if male else ("ด.ญ.", "เด็กหญิง"))
            return {header: f"{title if right else ('นางสาว' if male else 'นาย')}{first} {last}"}

        return make

    kinds = [
        missing("first_name", header),
        Kind("first_name", "name.two_persons", two, alone=True),
        Kind("name_prefix", "name_prefix.child_title", titled(True), alone=True),
    ]
    return [*kinds, Kind("name_prefix", "name_prefix.against_sex", titled(False), alone=True)] if sexed else kinds


def split_name(prefix: str, first: str, empty: Sequence[Any] = ("",)) -> list[Kind]:
    """Return the ways in which title and first name in two cells are wrong."""

    def two(rng: Rng, row: Row) -> dict[str, Any]:
        return {first: pick(rng, MALE) + pick(rng, ("/", " / ", ", ")) + pick(rng, FEMALE)}

    def child(rng: Rng, row: Row) -> dict[str, Any] | None:
        p = person_of(row)
        if not (row.get("_dated", True) and p.age() >= 16):
            return None
        return {prefix: pick(rng, ("ด.ช.", "เด็กชาย") if p.sex == "male" else ("ด.ญ.", "เด็กหญิง"))}

    def against(rng: Rng, row: Row) -> dict[str, Any]:
        p = person_of(row)
        if p.age() < 15:
            return {prefix: "เด็กหญิง" if p.sex == "male" else "เด็กชาย"}
        return {prefix: "นางสาว" if p.sex == "male" else "นาย"}

    return [
        missing("first_name", first, empty),
        Kind("first_name", "name.two_persons", two, alone=True),
        Kind("name_prefix", "name_prefix.child_title", child, alone=True),
        Kind("name_prefix", "name_prefix.against_sex", against, alone=True),
    ]


def number(field: str, header: str, out: Sequence[Any], code: str = "") -> list[Kind]:
    """Return the ways in which a number is wrong: a word, or out of its range."""
    return [
        words(field, "number.not_a_number", header, ("ไม่แน่นอน", "แล้วแต่", "หลายอัน")),
        words(field, code or f"{field}.out_of_range", header, out),
    ]


def with_unknown(field: str, header: str, word: str) -> Kind:
    """Say that one word of a set of words is in no map."""

    def make(rng: Rng, row: Row) -> dict[str, Any]:
        now = row[header]
        if isinstance(now, list):
            return {header: [*now, word]}
        return {header: f"{now}, {word}" if now else word}

    return Kind(field, "code.unknown", make)
