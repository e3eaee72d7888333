"""Reference registers: สำนักงานจังหวัดลำปาง. Files of a web server (UTF-8 with BOM), each always at the same address.

The population by tambon, age and sex, registered and actual, month by month; a frozen list of children out of school;
the figures that offices have published.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from equity.demo import faults as f
from equity.demo import writing as w
from equity.demo.club import _spared
from equity.demo.people import ABE, REGISTERS, Cast, Person, Row, areas, make_people, stream
from equity.demo.published import Published
from equity.demo.rajabhat import GRADES, Rajabhat, grade_of
from equity.demo.tables import Delivery, Kind, Manner, Table, csv_delivery, plant, table

MANNER = Manner("registers/files", "utf-8-sig")
AGES = range(25)
KINDS = ("ตามทะเบียนบ้าน", "อยู่จริง")
JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)
LIST, LISTED_ON = "OOS-2568-1", date(2025, 5, 31)
LISTED_AGES = range(3, 19)


class Registers:
    """Everything the provincial office publishes, night by night (1 to 7).

    The population is the province's own and does not grow with the scale; the list does.
    """

    def __init__(self, seed: int, scale: float, cast: Cast, abe: Rajabhat) -> None:
        self.seed, self.scale, self.cast, self.abe = seed, scale, cast, abe

    def rng(self, label: str) -> np.random.Generator:
        """Return the random stream of one purpose."""
        return stream(self.seed, "register " + label)

    # --- the population

    @cached_property
    def people(self) -> dict[date, np.ndarray]:
        """How many live there: month → array of tambon × age × sex (male, female) × kind (registered, actual)."""
        rng = self.rng("people")
        size = rng.lognormal(0, 0.35, len(areas()))
        size *= [3.0 if area.amphoe == "เมืองลำปาง" else 1.0 for area in areas()]
        by_age = np.linspace(3600, 7400, len(AGES))  # fewer are born each year
        mean = (size / size.sum())[:, None, None] * by_age[None, :, None] * np.array([0.514, 0.486])
        registered = rng.poisson(mean)
        here = rng.binomial(registered, 0.91) + rng.poisson(mean * 0.05)
        january = np.stack([registered, here], axis=3)
        moved = rng.integers(-1, 2, january.shape) * (rng.random(january.shape) < 0.15)
        return {JANUARY: january, FEBRUARY: np.maximum(january + moved, 0)}

    def _population(self, month: date) -> Table:
        rng = self.rng(f"population {month}")
        cells = [
            (area, age, sex, kind) for area in areas() for age in AGES for sex in range(2) for kind in range(len(KINDS))
        ]
        n = len(cells)
        counts = self.people[month].reshape(-1).tolist()
        longer = (rng.random(n) < 0.3).tolist()
        return table(
            "population_register",
            {
                "ข้อมูล ณ วันที่": [f"{month.day}/{month.month}/{month.year + 543}"] * n,
                "รหัสตำบล": [area.code + ("00" if x else "") for (area, *_), x in zip(cells, longer, strict=True)],
                "ตำบล": [area.tambon for area, *_ in cells],
                "อำเภอ": [area.amphoe for area, *_ in cells],
                "อายุ": [str(age) for _, age, _, _ in cells],
                "เพศ": [("ชาย", "หญิง")[sex] for _, _, sex, _ in cells],
                "ประเภทที่อยู่": [KINDS[kind] for *_, kind in cells],
                "จำนวน": w.numbers(rng, counts, as_text=True),
            },
        )

    def _population_kinds(self, today: date) -> list[Kind]:
        return [
            *f.number("count", "จำนวน", ("-3", "-12")),
            *f.number("age", "อายุ", ("131", "-1", "999")),
            *f.day("as_of", "ข้อมูล ณ วันที่", today),
            f.missing("count", "จำนวน"),
            f.missing("age", "อายุ"),
            f.missing("as_of", "ข้อมูล ณ วันที่"),
            f.words("tambon_code", "tambon_code.missing", "รหัสตำบล", ("", "521009", "520190")),
            f.unknown("sex", "เพศ", ("ไม่แน่ใจ",)),
            f.unknown("residence_kind", "ประเภทที่อยู่", ("ประชากรแฝง", "แรงงานย้ายถิ่น")),
        ]

    @cached_property
    def january(self) -> Table:
        """January as it was first published."""
        made, kinds = self._population(JANUARY), self._population_kinds(date(2026, 3, 2))
        return plant(self.rng("january faults"), made, kinds, share=0.034)

    @cached_property
    def february(self) -> Table:
        """February."""
        made, kinds = self._population(FEBRUARY), self._population_kinds(date(2026, 3, 6))
        return plant(self.rng("february faults"), made, kinds, share=0.034)

    # --- the children out of school

    @cached_property
    def listed(self) -> list[Person]:
        """Who is on the list: youths not yet learning on its day whom the university came to know, and some whom nobody found."""
        rng = self.rng("listed")
        known = []
        for events in self.abe.funnel:
            person = events[0][0]
            learning = [day for _, _, stage, day in events if stage == 6]
            if person.age(LISTED_ON) in LISTED_AGES and not any(day <= LISTED_ON for day in learning):
                known.append(person)
        known = [person for person, u in zip(known, rng.random(len(known)).tolist(), strict=True) if u < 0.75]
        more = max(1, round(150 * self.scale))
        unfound = make_people(self.seed, "listed", more, (5, 18), [(area, 1.0) for area in areas()])
        found = [*known, *(person for person in unfound if person.age(LISTED_ON) in LISTED_AGES)]
        for at, (person, u) in enumerate(zip(found, rng.random(len(found)).tolist(), strict=True)):
            elsewhere = person.ids.get(ABE, "")
            person.ids[REGISTERS] = elsewhere if elsewhere.startswith("G") else person.nid if u < 0.8 else ""
            person.refs[REGISTERS] = f"OOS68{at + 1:04}"
        return found

    @cached_property
    def baseline(self) -> Table:
        """The list as it was first published."""
        rng = self.rng("baseline")
        who = self.listed
        n = len(who)
        never = [p.age(LISTED_ON) < 7 or u < 0.04 for p, u in zip(who, rng.random(n).tolist(), strict=True)]
        births = w.dates(rng, [p.birth for p in who], w.TOWN_BIRTHS)
        last = [
            GRADES[max(0, grade_of(p, 2567) - int(k))] for p, k in zip(who, rng.integers(0, 3, size=n), strict=True)
        ]
        made = table(
            "out_of_school_baseline",
            {
                "บัญชีที่": [LIST] * n,
                "ข้อมูล ณ วันที่": ["31/05/2568"] * n,
                "รหัสเด็ก": [p.refs[REGISTERS] for p in who],
                "เลขประจำตัวประชาชน": w.national_ids(rng, [p.ids[REGISTERS] for p in who], spreadsheet=False),
                "ชื่อ-สกุล": [f"{p.prefix(short=True)}{' '.join(p.name(REGISTERS))}" for p in who],
                "เพศ": ["ชาย" if p.sex == "male" else "หญิง" for p in who],
                "วันเกิด": births,
                "ที่อยู่": [f"{p.house} หมู่ {p.moo} ต.{p.area.tambon} อ.{p.area.amphoe} จ.ลำปาง" for p in who],
                "ไม่เคยเข้าเรียน": ["ใช่" if x else "ไม่ใช่" for x in never],
                "ออกกลางคัน": ["ไม่ใช่" if x else "ใช่" for x in never],
                "ชั้นสุดท้าย": ["" if x else grade for x, grade in zip(never, last, strict=True)],
                "_person": who,
                "_source": [REGISTERS] * n,
                "_dated": [True] * n,
            },
        )
        return plant(self.rng("baseline faults"), made, self._baseline_kinds(), spared=_spared)

    def _baseline_kinds(self) -> list[Kind]:
        def both(_: np.random.Generator, row: Row) -> dict[str, Any]:
            return {"ไม่เคยเข้าเรียน": "ใช่", "ออกกลางคัน": "ใช่"}

        return [
            *f.national_id("เลขประจำตัวประชาชน"),
            *f.birth("วันเกิด"),
            *f.full_name("ชื่อ-สกุล", sexed=True),
            *f.address("ที่อยู่"),
            *f.day("as_of", "ข้อมูล ณ วันที่", date(2026, 3, 2)),
            f.missing("list_ref", "บัญชีที่"),
            f.missing("partner_person_ref", "รหัสเด็ก"),
            f.missing("as_of", "ข้อมูล ณ วันที่"),
            f.unknown("last_grade", "ชั้นสุดท้าย", ("จำไม่ได้", "ชั้นพิเศษ")),
            f.unknown("never_enrolled", "ไม่เคยเข้าเรียน", ("น่าจะไม่เคย",), "boolean.unknown"),
            Kind("left_school", "left_school.against_never_enrolled", both, alone=True),
        ]

    # --- the figures

    @cached_property
    def published(self) -> Published:
        """The published figures."""
        return Published(self.rng("published"), self.people[JANUARY], JANUARY)

    @cached_property
    def final_figures(self) -> Table:
        """The table of published figures without an error of writing in it."""
        return self.published.table()

    @cached_property
    def figures(self) -> Table:
        """The table of published figures as first sent."""
        kinds = [
            *f.day("as_of", "ข้อมูล ณ วันที่", date(2026, 3, 2)),
            f.words("value", "number.not_a_number", "ค่า", ("มาก", "ดูตารางท้าย")),
            f.missing("value", "ค่า"),
            f.missing("measure", "สิ่งที่วัด"),
            f.missing("publication", "แหล่งเผยแพร่"),
            f.missing("partner_record_ref", "รหัสตัวเลข"),
            f.unknown("age_band", "ช่วงอายุ", ("วัยรุ่น", "เด็กโต")),
        ]
        first = self.published.provisional(self.final_figures)
        return plant(self.rng("figure faults"), first, kinds, spared=lambda row: row["_planted"])

    # --- night by night

    def deliveries(self, night: int) -> list[Delivery]:
        """Return what is new at the addresses on the n-th night (1 to 7)."""
        match night:
            case 1:
                return [
                    self._file("population.csv", self.january),
                    self._file("out_of_school.csv", self.baseline),
                    self._file("published_figures.csv", self.figures),
                ]
            case 3:
                return [self._file("population.csv", _mended(self.january))]
            case 5:
                return [self._file("population.csv", self.february)]
            case 6:
                return [
                    self._file("out_of_school.csv", _mended(self.baseline)),
                    self._file("published_figures.csv", self.final_figures),
                ]
            case _:
                return []

    def _file(self, name: str, made: Table) -> Delivery:
        headers = [h for h in made.rows[0] if not h.startswith("_")]
        return csv_delivery(REGISTERS, name, made.lines(), made.record_type, headers, MANNER)


def _mended(made: Table) -> Table:
    """The same table without an error in it."""
    return Table(made.record_type, made.rows)
