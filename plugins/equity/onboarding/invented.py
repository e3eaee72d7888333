"""Cells in place of a sample's: the same kind of words, of nobody.

Direct identifiers, references, addresses and free text are invented; the same reference gets the same invented one in all
tables of a fixture, so that what belonged together still does. Amounts that tell of a person get other digits, births
another day and year, other dates another day. Of coded columns only words stay that a code list or the spec knows, that
are very short, or that come again and again. What is quasi or sensitive is shuffled, each column by itself.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import pyarrow as pa

from equity.delivery.said import BLANKS
from equity.onboarding.layout import Found
from equity.records import Field, code_lists, code_words, fold_word
from equity.thai import numbers, places, text
from equity.thai.dates import thai_date
from equity.thai.national_ids import check_digit
from equity.thai.places import Area

# nobody is called so: a fixture's people are recognised at sight
MALE = ("สมมุติชัย", "ตัวอย่างพล", "จำลองศักดิ์", "ทดสอบเดช", "ลองวิทย์", "แบบอย่างชัย")
FEMALE = ("สมมุตินุช", "ตัวอย่างพร", "จำลองวดี", "ทดสอบใจ", "ลองมณี", "แบบอย่างฝัน")
LAST = ("ไม่มีจริง", "ใจสมมุติ", "วงศ์ตัวอย่าง", "บุญจำลอง", "ศรีทดสอบ", "แก้วลองดู", "นามสมมุติ")
NO_PROVINCE = "9999"  # no registrar's office has this number: a national ID with it is nobody's
AMOUNT = re.compile(r"[\s฿(+-]*[\d๐-๙][\d๐-๙,.]*(\s*-\s*[\d๐-๙][\d๐-๙,.]*)?\s*(บาท|%|ชม\.?|ชั่วโมง|กก\.?|คน)?[)\s]*")
PERSON_LIKE = re.compile(
    r"^(นาย|นาง|น\.\s?ส\.|ด\.\s?ช\.|ด\.\s?ญ\.|เด็ก|คุณ|ครู|ลุง|ป้า|พี่|น้อง|mr|mrs|miss|ms)", re.IGNORECASE
)
TRIES = 60
Maker = Callable[[str, int], str]  # from a cell and its row's number


@dataclass(frozen=True)
class Person:
    """Somebody who does not exist."""

    prefix: str
    first: str
    last: str


class Inventor:
    """Invents the cells of one fixture.

    Args:
        sample: everything that stands in the samples, so that nothing invented is the same by chance.
        words: field → the partner's own words for its codes, as the spec has them.

    """

    def __init__(self, sample: Iterable[str], words: dict[str, set[str]]) -> None:
        self._taken = set(sample)
        self._words = words
        self._known: dict[tuple[str, str], str] = {}
        self._counts: Counter[str] = Counter()
        self._picked = random.Random(52)  # noqa: S311 # the same sample gives the same fixture

    def person(self, i: int) -> Person:
        """The i-th of them; after 84 they come again."""
        firsts = [name for pair in zip(MALE, FEMALE, strict=True) for name in pair]
        first = firsts[i % len(firsts)]
        return Person("นาย" if first in MALE else "นางสาว", first, LAST[(i + i // len(firsts)) % len(LAST)])

    def place(self, i: int) -> Area:
        """One of some tambons that the sample does not name."""
        return self._places[i % len(self._places)]

    @cached_property
    def _places(self) -> list[Area]:
        areas = list(places.lampang().areas.values())
        names = Counter(area.tambon_th for area in areas)
        alone = [area for area in areas if names[area.tambon_th] == 1]
        text_of_all = "\n".join(self._taken)
        free = [a for a in alone if a.tambon_th not in text_of_all and a.tambon_code not in text_of_all]
        unnamed = [area for area in free if area.amphoe_th.removeprefix("เมือง") not in text_of_all]
        return (unnamed or free or alone)[:6]

    def cells(self, found: Found, header: str, name: str, field: Field, part: str | None, rows: range) -> list[str]:
        """Cells for one column and some of its rows.

        Args:
            found: the sample's table.
            header: the column.
            name: the field that it feeds (of a part, any).
            field: its declaration.
            part: full_name, address, ticked, credit, debit, or None.
            rows: which rows of the sample; their number also counts the people.

        """
        column = found.columns[header]
        given = [text.clean_text(cell) if (cell := column[i].as_py()) else "" for i in rows]
        if field.privacy in ("quasi", "sensitive") and part not in ("credit", "debit"):
            self._picked.shuffle(given)
        make = self._maker(name, field, part, column)
        return [cell if not cell or cell in BLANKS else make(cell, i) for cell, i in zip(given, rows, strict=True)]

    def value(self, name: str, field: Field, i: int) -> str:
        """A value of a field that stands above its rows."""
        if field.type == "date":
            return thai_date(date(2026, 1, 5) + timedelta(days=7 * i))
        if field.type in ("number", "integer"):
            return "2567" if field.unit == "year_be" else str(10 + i)
        if field.codes:
            return next(iter(code_lists()[field.codes].values())).th
        if field.type in ("tambon", "amphoe", "province"):
            return self._place_of(field.type, "", i)
        return f"ตัวอย่าง{i + 1}" if field.type == "text" else self._reference(name, f"above {i}")

    # --- one cell

    def _maker(self, name: str, field: Field, part: str | None, column: pa.Array) -> Maker:
        if part == "full_name":
            return lambda cell, i: "{0.prefix}{0.first} {0.last}".format(self.person(i))
        if part == "address":
            return lambda cell, i: self._address(i)
        if part == "ticked":
            return lambda cell, i: cell if len(cell) <= 2 or cell.casefold() in ("true", "false") else "/"
        if part in ("credit", "debit") or (field.type in ("number", "integer") and field.privacy != "none"):
            fixed = field.unit in ("score_1_5", "year_be")
            return lambda cell, i: self._amount(cell, other_digits=not fixed)
        if field.type in ("number", "integer"):
            return lambda cell, i: self._amount(cell, other_digits=False)
        if field.type == "date":
            return lambda cell, i: self._date(cell, another_year=field.privacy != "none")
        if field.type in ("tambon", "amphoe", "province"):
            return lambda cell, i: self._place_of(field.type, cell, i)
        if field.type in ("code", "code_set"):
            return self._coded(name, field, column)
        if field.type == "boolean":
            return lambda cell, i: cell if numbers.parse_booleans(pa.array([cell])).values[0].is_valid else "/"
        return lambda cell, i: self._text(name, field, cell, i)

    def _text(self, name: str, field: Field, cell: str, i: int) -> str:
        person = self.person(i)
        of_person = {
            "first_name": person.first, "last_name": person.last, "name_prefix": person.prefix, "nickname": "สมมุติ",
            "guarantor": f"{person.prefix}{person.first} {person.last}",
        }  # fmt: skip
        if name in of_person:
            return of_person[name]
        if name == "moo":
            free = [str(n) for n in range(1, 26) if str(n) not in self._taken]
            return free[i % len(free)] if free else "1"
        if field.type == "text" and name != "house_no":
            return self._once(name, cell, lambda n: f"{field.label.th} {n}")
        return self._reference(field.of or name, cell)

    def _reference(self, kind: str, cell: str) -> str:
        """A reference, a number of a person, a telephone or a house: another one, the same for the same."""
        makers: dict[str, Callable[[int], str]] = {
            "national_id": lambda n: (first := f"1{NO_PROVINCE}{n:07d}") + check_digit(first),
            "phone": lambda n: f"08000{n:05d}",
            "house_no": lambda n: f"{900 + n}/{n}",
        }
        return self._once(kind, cell, makers.get(kind, lambda n: f"X{n:04d}"))

    def _once(self, kind: str, cell: str, make: Callable[[int], str]) -> str:
        if (kind, cell) not in self._known:
            self._counts[kind] += 1
            while make(self._counts[kind]) in self._taken:
                self._counts[kind] += 1
            self._known[kind, cell] = make(self._counts[kind])
        return self._known[kind, cell]

    def _address(self, i: int) -> str:
        at = self.place(i)
        return f"{self._reference('house_no', f'address {i}')} ม.{i % 12 + 1} ต.{at.tambon_th} อ.{at.amphoe_th} จ.ลำปาง"

    def _place_of(self, kind: str, cell: str, i: int) -> str:
        area, coded = self.place(i), bool(re.fullmatch(r"\d+(\.0)?", cell))
        if kind == "tambon":
            return area.tambon_code + ("00" if len(cell) == 8 else "") if coded else area.tambon_th
        if kind == "amphoe":
            return area.amphoe_code if coded else area.amphoe_th
        return "52" if coded else "ลำปาง"

    def _coded(self, name: str, field: Field, column: pa.Array) -> Maker:
        known = code_words(field.codes or "")
        own = {fold_word(word) for word in self._words.get(name, ())}
        often = Counter(text.clean_text(cell) for cell in column.to_pylist() if cell)

        def keeps(cell: str) -> bool:
            parts = [fold_word(part) for part in re.split(r"[,;/|\n+ ]+|และ", cell) if part.strip()]
            spoken = all(part in known or part in own for part in parts) or fold_word(cell) in {*known, *own}
            again = often[cell] >= 3 and len(often) <= 12 and not PERSON_LIKE.match(cell)
            return spoken or len(cell) <= 2 or again

        return lambda cell, i: cell if keeps(cell) else "คำอื่น"

    def _amount(self, cell: str, *, other_digits: bool) -> str:
        if not AMOUNT.fullmatch(cell):
            return "ไม่แน่ใจ"
        if not other_digits or not re.search(r"[1-9๑-๙]", cell):
            return cell
        return self._another(cell, lambda: re.sub(r"[1-9๑-๙]", lambda _: str(self._picked.randint(1, 9)), cell), "7{}")

    def _date(self, cell: str, *, another_year: bool) -> str:
        def moved() -> str:
            other = _another_day(cell, self._picked.randint(1, 28))
            return _another_year(other, self._picked.choice((-2, -1, 1, 2))) if another_year else other

        other = self._another(cell, moved, "")
        if other != cell:
            return other
        return self._another(
            cell, lambda: thai_date(date(2024, 1, 1) + timedelta(days=self._picked.randint(0, 300))), ""
        )

    def _another(self, cell: str, make: Callable[[], str], last: str) -> str:
        """Something made that the sample does not hold; after some tries `last` around the cell."""
        for _ in range(TRIES):
            if (made := make()) not in self._taken and made != cell:
                return made
        return last.format(cell) if last else cell


def _another_day(cell: str, day: int) -> str:
    """The same writing with another day of the month."""
    if re.fullmatch(r"\d{8}", cell):
        year_first = cell[:2] in ("19", "20", "24", "25")
        return f"{cell[:6]}{day:02d}" if year_first else f"{day:02d}{cell[2:]}"
    if re.fullmatch(r"\d{5}(\.0)?", cell):  # a serial of Excel
        return str(int(cell[:5]) + day)
    if re.match(r"\d{4}\s*[-/.]", cell):
        return re.sub(r"^(\d{4}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*)\d{1,2}", rf"\g<1>{day:02d}", cell)
    return re.sub(r"(?<![\d๐-๙])[\d๐-๙]{1,2}(?=\s*[/\-. ก-๙])", str(day), cell, count=1)


def _another_year(cell: str, years: int) -> str:
    if re.fullmatch(r"\d{5}(\.0)?", cell):
        return str(int(cell[:5]) + 365 * years)

    def moved(found: re.Match[str]) -> str:
        return str(int(text.arabic_digits_text(found[0])) + years).zfill(len(found[0]))

    four = r"(?<![\d๐-๙])(?:[12๑๒][\d๐-๙]{3})(?![\d๐-๙])"
    if re.search(four, cell):
        return re.sub(four, moved, cell, count=1)
    if re.fullmatch(r"\d{8}", cell):
        year_first = cell[:2] in ("19", "20", "24", "25")
        year = str(int(cell[:4] if year_first else cell[4:]) + years)
        return year + cell[4:] if year_first else cell[:4] + year
    return re.sub(r"[\d๐-๙]{2}$", moved, cell, count=1)


def everything(tables: Sequence[Found]) -> set[str]:
    """All cells of some tables, and the words that they are made of."""
    cells: set[str] = set()
    for found in tables:
        for column in found.columns.values():
            for cell in column.to_pylist():
                if cell and cell.strip():
                    clean = text.clean_text(cell)
                    cells |= {clean, *clean.split()}
    return cells
