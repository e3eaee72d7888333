"""School rosters: สำนักงานศึกษาธิการจังหวัดลำปาง gathers them twice a year, as "Unicode text" out of Excel (UTF-16, tabs).

Pupils whom the university knows are on the rosters of the schools that the university says; some pupils nobody else knows.
One school sends its November list some nights after the others: until then all its pupils are missing from that round.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property

import numpy as np

from equity.demo import faults as f
from equity.demo import writing as w
from equity.demo.club import _spared
from equity.demo.people import ABE, ROSTERS, Cast, Person, areas, make_people, pick, stream
from equity.demo.rajabhat import GRADES, SCHOOLS, Rajabhat, grade_of
from equity.demo.tables import Delivery, Kind, Manner, Table, csv_delivery, plant, table

MANNER = Manner("schools/drop", "utf-16", "\t")
YEAR = 2568
JUNE, NOVEMBER = date(2025, 6, 10), date(2025, 11, 10)
CHOSEN = (0, 3, 5, 11, 14, 17, 25, 30)
LATE = CHOSEN[-1]


class SchoolRosters:
    """Everything the education office sends, night by night (1 to 7)."""

    def __init__(self, seed: int, scale: float, cast: Cast, abe: Rajabhat) -> None:
        self.seed, self.scale, self.cast, self.abe = seed, scale, cast, abe

    def rng(self, label: str) -> np.random.Generator:
        """Return the random stream of one purpose."""
        return stream(self.seed, "roster " + label)

    @cached_property
    def pupils(self) -> list[tuple[Person, int]]:
        """All pupils of the year with their school (its place in SCHOOLS), by school."""
        at_school = {SCHOOLS[at]: at for at in CHOSEN}
        by_ref = {p.refs[ABE]: p for p in self.cast.learners}
        school: dict[str, tuple[Person, int]] = {}
        for row in self.abe.enrolments.rows:
            known = by_ref.get(row["learner_id"])
            if known and row["provider_name"] in at_school and row["_start"] == date(2025, 5, 16):
                school[known.key] = (known, at_school[row["provider_name"]])
        few = max(1, round(45 * self.scale))
        for at in CHOSEN:
            for person in make_people(self.seed, f"pupil-{at}", few, (5, 14), [(a, 1.0) for a in areas()]):
                school[person.key] = (person, at)
        found = sorted(school.values(), key=lambda pair: (pair[1], pair[0].key))
        rng = self.rng("ids")
        for number, ((person, at), u) in enumerate(zip(found, rng.random(len(found)).tolist(), strict=True)):
            elsewhere = person.ids.get(ABE, "")
            person.ids[ROSTERS] = elsewhere if elsewhere.startswith("G") else person.nid if u < 0.96 else ""
            person.refs[ROSTERS] = f"{at + 1:02}-{number + 1:05}"
        return found

    @cached_property
    def rounds(self) -> tuple[list[tuple[Person, int]], list[tuple[Person, int]]]:
        """Who is on the roster of June, who on that of November: some have left in between, some have come."""
        draw = self.rng("rounds").random(len(self.pupils)).tolist()
        known = [ABE in person.refs for person, _ in self.pupils]
        june = [pair for pair, u, k in zip(self.pupils, draw, known, strict=True) if k or u < 0.96]
        november = [pair for pair, u, k in zip(self.pupils, draw, known, strict=True) if u > (0.025 if k else 0.07)]
        return june, november

    def _roster(self, label: str, pupils: list[tuple[Person, int]], said: tuple[str, str]) -> Table:
        rng = self.rng("roster " + label)
        who = [person for person, _ in pupils]
        n = len(who)
        u = rng.random((n, 2)).tolist()
        births = w.dates(rng, [p.birth if x[0] > 0.02 else None for p, x in zip(who, u, strict=True)], w.CLUB_BIRTHS)
        for at, birth in enumerate(births):  # in a text file a spreadsheet's date is text as well
            births[at] = f"{birth:%d/%m}/{birth.year + 543}" if isinstance(birth, date) and birth.year < 2400 else birth
        short = (rng.random(n) < 0.7).tolist()
        return table(
            "school_roster",
            {
                "ปีการศึกษา": [str(YEAR) if x[1] < 0.95 else w.thai_digits(YEAR) for x in u],
                "รอบ": pick(rng, said, n, (0.9, 0.1)),
                "โรงเรียน": [SCHOOLS[at] for _, at in pupils],
                "รหัสนักเรียน": [p.refs[ROSTERS] for p in who],
                "เลขประจำตัวประชาชน": w.national_ids(rng, [p.ids[ROSTERS] for p in who], spreadsheet=False),
                "คำนำหน้า": [p.prefix(s) for p, s in zip(who, short, strict=True)],
                "ชื่อ": w.untidy(rng, [p.name(ROSTERS)[0] for p in who], unicode=True),
                "นามสกุล": [p.name(ROSTERS)[1] for p in who],
                "เพศ": ["ช" if p.sex == "male" else "ญ" for p in who],
                "วันเกิด": births,
                "ชั้น": [GRADES[grade_of(p, YEAR)] for p in who],
                "ตำบล": [p.area.tambon for p in who],
                "อำเภอ": [p.area.amphoe for p in who],
                "_person": who,
                "_source": [ROSTERS] * n,
                "_dated": [x[0] > 0.02 for x in u],
            },
        )

    def _kinds(self) -> list[Kind]:
        return [
            *f.national_id("เลขประจำตัวประชาชน"),
            *f.birth("วันเกิด"),
            *f.split_name("คำนำหน้า", "ชื่อ"),
            *f.place("ตำบล", "อำเภอ"),
            *f.number("academic_year", "ปีการศึกษา", ("2025", "256")),
            f.missing("partner_person_ref", "รหัสนักเรียน"),
            f.missing("school", "โรงเรียน"),
            f.missing("academic_year", "ปีการศึกษา"),
            f.unknown("round", "รอบ", ("กลางเทอม", "รอบเสริม")),
            f.unknown("grade", "ชั้น", ("เตรียมพร้อม", "พิเศษ")),
            f.unknown("sex", "เพศ", ("ไม่แน่ใจ",)),
        ]

    @cached_property
    def june(self) -> Table:
        """The June round of all schools."""
        made = self._roster("june", self.rounds[0], ("10 มิ.ย.", "10 มิถุนายน"))
        return plant(self.rng("june faults"), made, self._kinds(), spared=_spared)

    @cached_property
    def november(self) -> tuple[Table, Table]:
        """The November round: of the schools in time, and of the late one."""
        said = ("10 พ.ย.", "รอบ 10 พฤศจิกายน")
        made = self._roster("november", [pair for pair in self.rounds[1] if pair[1] != LATE], said)
        late = self._roster("november late", [pair for pair in self.rounds[1] if pair[1] == LATE], said)
        for label, roster in (("in time", made), ("late", late)):
            plant(self.rng(f"november {label} faults"), roster, self._kinds(), spared=_spared)
        return made, late

    def mended(self) -> Table:
        """Return the rows of June that were wrong, as the schools correct them."""
        return Table("school_roster", [self.june.rows[at] for at in sorted(self.june.faults)])

    def deliveries(self, night: int) -> list[Delivery]:
        """Return what the education office sends for the n-th night (1 to 7)."""
        match night:
            case 1:
                return [
                    self._file("นักเรียน_2568_มิย.txt", self.june),
                    self._file("นักเรียน_2568_พย.txt", self.november[0]),
                ]
            case 4:
                return [self._file("นักเรียน_2568_พย_ส่งช้า.txt", self.november[1])]
            case 5:
                return [self._file("นักเรียน_2568_มิย_แก้ไข.txt", self.mended())]
            case 6:
                return [self._file("นักเรียน_2568_พย_ส่งซ้ำ.txt", self.november[0], same_as="นักเรียน_2568_พย.txt")]
            case _:
                return []

    def _file(self, name: str, made: Table, same_as: str = "") -> Delivery:
        headers = [h for h in made.rows[0] if not h.startswith("_")]
        return csv_delivery(ROSTERS, name, made.lines(), made.record_type, headers, MANNER, same_as=same_as)
