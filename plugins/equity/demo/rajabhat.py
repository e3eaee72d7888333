"""The ABE university: มหาวิทยาลัยราชภัฏลำปาง. Records behind a REST API, with the untidiness of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np
import orjson

from equity.demo import faults as f
from equity.demo import writing as w
from equity.demo.club import _days, _spared
from equity.demo.names import words
from equity.demo.people import ABE, Cast, Person, Row, areas, g_code, make_people, pick, stream
from equity.demo.tables import Delivery, Kind, Line, Part, Table, plant, table

BANGKOK = timezone(timedelta(hours=7))
PATHS = {
    "learner_screening": "/v1/screenings",
    "case_event": "/v1/case-events",
    "enrolment": "/v1/enrolments",
    "personnel_training": "/v1/personnel-trainings",
}
ABSENT = object()  # a key that the item does not have
GRADES = [*(f"อ.{i}" for i in (1, 2, 3)), *(f"ป.{i}" for i in range(1, 7)), *(f"ม.{i}" for i in range(1, 7))]
RISKS = ("absent", "low_grades", "poor", "behavior", "family_problem", "sick", "pregnant")
STAGES = ("LISTED", "SURVEYED", "FOUND", "PLANNED", "REFERRED", "HELPED", "LEARNING", "RETAINED")
PLACES = words("แจ้ห่ม ทุ่งผึ้ง สบปราบ แม่ทะ ห้างฉัตร เกาะคา เสริมงาม งาว วังเหนือ เถิน แม่พริก เมืองปาน")
SCHOOLS = [f"โรงเรียน{kind}{place}" for kind in ("บ้าน", "วัด", "ชุมชน") for place in PLACES]
COURSES = (
    "การจัดการเรียนรู้เชิงรุก",
    "การดูแลช่วยเหลือนักเรียน",
    "พัฒนาการเด็กปฐมวัย",
    "การอ่านออกเขียนได้",
    "จิตวิทยาวัยรุ่น",
    "การสอนเด็กพิเศษ",
)


def level_of(grade: int) -> str:
    """Return the university's word for the level of a grade (0 = อ.1 … 14 = ม.6)."""
    return "ปฐมวัย" if grade < 3 else "ประถม" if grade < 9 else "ม.ต้น" if grade < 12 else "ม.ปลาย"


def grade_of(person: Person, academic_year: int) -> int:
    """Return the grade by year of birth (grade 1 of B.E. 2568 was born in 2018), within อ.1 and ม.6."""
    return min(14, max(0, academic_year - 2568 + 2021 - person.birth.year))


def nested(row: Row, cells: Row) -> dict[str, Any]:
    """Turn {"learner.address.tambon": x} into nested objects; notes and absent keys are left out."""
    item: dict[str, Any] = {}
    for path in row:
        value = cells[path]
        if path[0] == "_" or value is ABSENT:
            continue
        at = item
        *above, last = path.split(".")
        for key in above:
            at = at.setdefault(key, {})
        at[last] = value
    return item


class Rajabhat:
    """Everything the university's API gives, night by night (1 to 7)."""

    def __init__(self, seed: int, scale: float, cast: Cast) -> None:
        self.seed, self.scale, self.cast = seed, scale, cast

    def n(self, base: float) -> int:
        """Scale a count."""
        return max(1, round(base * self.scale))

    def rng(self, label: str) -> np.random.Generator:
        """Return the random stream of one purpose."""
        return stream(self.seed, "abe " + label)

    # --- columns that several record types share

    def _stamp(self, made: Table, letter: str, night: int, start: int) -> Table:
        """Give the rows their id and updated_at: years back on the first night, yesterday's hours later on."""
        rng = self.rng(f"stamp {letter} {night}")
        n = len(made.rows)
        if night == 1:
            first, span = datetime(2025, 6, 1, 8, tzinfo=BANGKOK), 272 * 86400
        else:
            first, span = datetime(2026, 3, night, 8, tzinfo=BANGKOK), 9 * 3600
        seconds = np.sort(rng.integers(0, span, size=n)).tolist()
        for at, (row, s) in enumerate(zip(made.rows, seconds, strict=True)):
            row["id"] = f"{letter}{start + at:06}"
            row["updated_at"] = (first + timedelta(seconds=s)).isoformat()
        return made

    def _person(self, rng: np.random.Generator, under: str, who: Sequence[Person]) -> dict[str, list[Any]]:
        n = len(who)
        u = rng.random((n, 4)).tolist()
        births = w.iso(w.dates(rng, [p.birth for p in who], w.API_DATES))
        away = [x[0] < 0.006 and not p.shared for p, x in zip(who, u, strict=True)]
        outside = pick(rng, ("เชียงใหม่", "ลำพูน", "แพร่"), n)
        empty = [None if x[1] < 0.5 else "" if x[1] < 0.75 else ABSENT for x in u]
        short = (rng.random(n) < 0.3).tolist()
        return {
            f"{under}.id": [p.refs[ABE] for p in who],
            f"{under}.citizen_id": [p.ids[ABE] or e for p, e in zip(who, empty, strict=True)],
            f"{under}.title": [p.prefix(s) for p, s in zip(who, short, strict=True)],
            f"{under}.first_name": [p.name(ABE)[0] for p in who],
            f"{under}.last_name": [p.name(ABE)[1] for p in who],
            f"{under}.nickname": [p.nick if x[2] < 0.6 else e for p, x, e in zip(who, u, empty, strict=True)],
            f"{under}.gender": ["M" if p.sex == "male" else "F" for p in who],
            f"{under}.birth_date": [b if x[3] > 0.03 else None for b, x in zip(births, u, strict=True)],
            f"{under}.address.moo": [
                None if a else int(p.moo) if x[2] < 0.5 else p.moo for p, a, x in zip(who, away, u, strict=True)
            ],
            f"{under}.address.tambon": [None if a else p.area.tambon for p, a in zip(who, away, strict=True)],
            f"{under}.address.amphoe": [
                None if a else "เมือง" if p.area.amphoe == "เมืองลำปาง" and x[1] < 0.3 else p.area.amphoe
                for p, a, x in zip(who, away, u, strict=True)
            ],
            f"{under}.address.province": [o if a else "ลำปาง" for o, a in zip(outside, away, strict=True)],
            "_person": list(who),
            "_source": [ABE] * n,
            "_dated": [x[3] > 0.03 for x in u],
            "_away": away,
        }

    def _person_kinds(self, under: str) -> list[Kind]:
        return [
            *f.national_id(f"{under}.citizen_id"),
            *f.birth(f"{under}.birth_date", api=True),
            *f.split_name(f"{under}.title", f"{under}.first_name", (None, "")),
            *f.place(f"{under}.address.tambon", f"{under}.address.amphoe"),
            f.missing("partner_person_ref", f"{under}.id", (None, "")),
            f.unknown("sex", f"{under}.gender", ("X", "ไม่แน่ใจ")),
        ]

    @staticmethod
    def _kept(row: Row) -> bool:
        return _spared(row) or row["_away"]

    # --- record types

    def _screenings(self, label: str, who: list[Person], years: list[int], days: list[date]) -> Table:
        rng = self.rng("screening " + label)
        n = len(who)
        grades = [grade_of(p, y) for p, y in zip(who, years, strict=True)]
        person = self._person(rng, "learner", who)
        flags = []
        risk = rng.random((n, len(RISKS))).tolist()
        share = (0.09, 0.1, 0.18, 0.05, 0.07, 0.04, 0.02)
        for p, u in zip(who, risk, strict=True):
            found = [r for r, x, s in zip(RISKS, u, share, strict=True) if x < s]
            if p.sex == "male" or p.age() < 13:
                found = [r for r in found if r != "pregnant"]
            flags.append(found)
        disability = pick(
            rng, ("none", "learning", "intellectual", "seeing", "moving", None), n, (0.9, 0.03, 0.02, 0.01, 0.01, 0.03)
        )
        return table(
            "learner_screening",
            {
                "id": [""] * n,
                "updated_at": [""] * n,
                **person,
                "learner.guardian_phone": [p or None for p in w.phones(rng, [p.phone for p in who])],
                "learner.address.house_no": [None if a else p.house for p, a in zip(who, person["_away"], strict=True)],
                "learner.disability": disability,
                "school_name": pick(rng, SCHOOLS, n),
                "level": [level_of(g) for g in grades],
                "grade": [GRADES[g] for g in grades],
                "academic_year": [y if u < 0.8 else str(y) for y, u in zip(years, rng.random(n).tolist(), strict=True)],
                "risks": flags,
                "screened_at": w.iso(w.dates(rng, days, w.API_DATES)),
                "_day": days,
            },
        )

    def _screening_kinds(self, today: date) -> list[Kind]:
        return [
            *self._person_kinds("learner"),
            *f.day("screened_on", "screened_at", today, api=True),
            *f.number("academic_year", "academic_year", (2469, "3569", 0)),
            f.missing("screened_on", "screened_at", (None, "")),
            f.missing("academic_year", "academic_year", (None, "")),
            f.missing("level", "level", (None, "")),
            f.unknown("level", "level", ("เตรียม", "รอจัดชั้น")),
            f.unknown("grade", "grade", ("ชั้นพิเศษ",)),
            f.unknown("disability_type", "learner.disability", ("clumsy",)),
            f.with_unknown("risk_flags", "risks", "lazy"),
            f.phone("learner.guardian_phone"),
        ]

    @cached_property
    def screenings(self) -> Table:
        """The first night's screenings."""
        rng = self.rng("screening who")
        who = list(self.cast.learners)
        again = [who[i] for i in rng.permutation(len(who)).tolist() if who[i].age() >= 6][: self.n(400)]
        days = _days(rng, len(who), date(2025, 6, 10), date(2026, 2, 20))
        before = _days(rng, len(again), date(2024, 6, 10), date(2025, 2, 20))
        order = rng.permutation(len(who) + len(again)).tolist()
        all_who, all_days = who + again, days + before
        years = [2568] * len(who) + [2567] * len(again)
        made = self._screenings(
            "first", [all_who[i] for i in order], [years[i] for i in order], [all_days[i] for i in order]
        )
        self._stamp(made, "S", 1, 1)
        return plant(self.rng("screening faults"), made, self._screening_kinds(date(2026, 3, 2)), spared=self._kept)

    def _cases(self, label: str, events: list[tuple[Person, str, int, date]]) -> Table:
        rng = self.rng("case " + label)
        n = len(events)
        reasons = ("poverty", "work", "family", "pregnancy", "health", "behaviour", "migration", "not_interested")
        why = pick(rng, reasons, n, (0.35, 0.2, 0.12, 0.05, 0.05, 0.08, 0.05, 0.1))
        why = [
            "work" if r == "pregnancy" and p.sex == "male" else r for r, (p, _, _, _) in zip(why, events, strict=True)
        ]
        help_ = pick(rng, ("scholarship", "counselling", "vocational_training", "documents", "return_to_school"), n)
        partner = pick(rng, ("chae_son_club", "lampang_luang_municipality", "dole_lampang", "muang_hospital"), n)
        made = table(
            "case_event",
            {
                "id": [""] * n,
                "updated_at": [""] * n,
                **self._person(rng, "person", [p for p, _, _, _ in events]),
                "case_no": [case for _, case, _, _ in events],
                "stage": [STAGES[s] for _, _, s, _ in events],
                "event_date": w.iso(w.dates(rng, [day for _, _, _, day in events], w.API_DATES)),
                "worker_id": [f"W{i:02}" for i in rng.integers(1, 31, size=n).tolist()],
                "referred_to": [x if s == 4 else ABSENT for x, (_, _, s, _) in zip(partner, events, strict=True)],
                "service": [x if s == 5 else None for x, (_, _, s, _) in zip(help_, events, strict=True)],
                "reason": [x if s >= 1 else None for x, (_, _, s, _) in zip(why, events, strict=True)],
                "_event": events,
            },
        )
        return made

    def _case_kinds(self, today: date) -> list[Kind]:
        return [
            *self._person_kinds("person"),
            *f.day("event_on", "event_date", today, api=True),
            f.missing("event_on", "event_date", (None, "")),
            f.missing("case_ref", "case_no", (None, "")),
            f.missing("case_stage", "stage", (None, "")),
            f.unknown("case_stage", "stage", ("PENDING", "CLOSED")),
            f.unknown("service", "service", ("something_nice",)),
            f.unknown("out_of_school_reason", "reason", ("bored_a_lot",)),
        ]

    @cached_property
    def funnel(self) -> list[list[tuple[Person, str, int, date]]]:
        """The events of each out-of-school youth, in order of stages and days."""
        rng = self.rng("funnel")
        n = len(self.cast.youths)
        share = (0.985, 0.95, 0.93, 0.81, 0.905, 0.79, 0.67)
        gaps = ((5, 20), (5, 20), (5, 15), (5, 20), (5, 25), (10, 40), (90, 120))
        listed = _days(rng, n, date(2024, 6, 1), date(2025, 5, 20))
        on = rng.random((n, 7)).tolist()
        out = []
        for at, person in enumerate(self.cast.youths):
            day, case = listed[at], f"C{at + 1:05}"
            events = [(person, case, 0, day)]
            for stage in range(7):
                if on[at][stage] >= share[stage]:
                    break
                day += timedelta(days=int(rng.integers(*gaps[stage])))
                events.append((person, case, stage + 1, day))
            out.append(events)
        return out

    @cached_property
    def cases(self) -> Table:
        """The first night's case events."""
        events = sorted((e for case in self.funnel for e in case), key=lambda e: (e[3], e[1], e[2]))
        made = self._stamp(self._cases("first", events), "E", 1, 1)
        return plant(self.rng("case faults"), made, self._case_kinds(date(2026, 3, 2)), spared=self._kept)

    def _enrolments(self, label: str, spells: list[dict[str, Any]], start: int) -> Table:
        rng = self.rng("enrolment " + label)
        n = len(spells)
        missing = pick(rng, (None, "", ABSENT), n)
        return table(
            "enrolment",
            {
                "id": [""] * n,
                "updated_at": [""] * n,
                "enrolment_no": [f"ENR{start + at:06}" for at in range(n)],
                "learner_id": [s["ref"] for s in spells],
                "provider_name": [s["provider"] for s in spells],
                "type": [s["type"] for s in spells],
                "level": [s["level"] for s in spells],
                "grade": [s["grade"] for s in spells],
                "start_date": w.iso(w.dates(rng, [s["start"] for s in spells], w.API_DATES)),
                "end_date": [
                    day or m
                    for day, m in zip(
                        w.iso(w.dates(rng, [s["end"] for s in spells], w.API_DATES)), missing, strict=True
                    )
                ],
                "end_reason": [s["reason"] or m for s, m in zip(spells, missing, strict=True)],
                "_start": [s["start"] for s in spells],
            },
        )

    def _enrolment_kinds(self, today: date) -> list[Kind]:
        return [
            *f.day("started_on", "start_date", today, api=True),
            f.missing("started_on", "start_date", (None, "")),
            f.missing("partner_person_ref", "learner_id", (None, "")),
            f.missing("partner_record_ref", "enrolment_no", (None, "")),
            f.missing("provider", "provider_name", (None, "")),
            f.before("ended_on", "ended_on.before_started_on", "end_date", "_start", api=True),
            f.words("ended_on", "date.impossible", "end_date", ("2025-02-29", "2568-09-31")),
            f.unknown("kind", "type", ("online", "อื่นๆ")),
            f.unknown("level", "level", ("เตรียม",)),
            f.unknown("grade", "grade", ("ชั้นพิเศษ",)),
            f.unknown("end_reason", "end_reason", ("ghosted",)),
        ]

    @cached_property
    def enrolments(self) -> Table:
        """The first night's enrolments."""
        rng = self.rng("spells")
        spells: list[dict[str, Any]] = []
        dropped = {p.key: case[0][3] for case in self.funnel for p in (case[0][0],)}

        def formal(p: Person, start: date, end: date | None, reason: str | None) -> dict[str, Any]:
            grade = grade_of(p, start.year + 543)
            trade = grade >= 12 and rng.random() < 0.35
            return {
                "ref": p.refs[ABE],
                "provider": "วิทยาลัยเทคนิคลำปาง" if trade else SCHOOLS[int(rng.integers(len(SCHOOLS)))],
                "type": "vocational" if trade else "formal",
                "level": "ปวช." if trade else level_of(grade),
                "grade": f"ปวช.{grade - 11}" if trade else GRADES[grade],
                "start": start,
                "end": end,
                "reason": reason,
            }

        for p in self.cast.learners:
            if p.key in dropped:
                spells.append(formal(p, date(2023, 5, 16), dropped[p.key] - timedelta(days=40), "dropout"))
            elif rng.random() < 0.04:
                spells.append(
                    formal(p, date(2024, 5, 16), date(2025, 3, 31), "transfer" if rng.random() < 0.5 else "moved")
                )
            elif rng.random() < 0.03 and p.age() >= 15:
                spells.append(formal(p, date(2024, 5, 16), date(2025, 3, 31), "graduated"))
            else:
                spells.append(formal(p, date(2025, 5, 16), None, None))
        for case in self.funnel:
            p = case[0][0]
            if not p.key.startswith("learner") and rng.random() < 0.55:
                spells.append(formal(p, date(2023, 5, 16), case[0][3] - timedelta(days=60), "dropout"))
            for _, _, stage, day in case:
                if stage == 6:
                    short = rng.random() < 0.3
                    over = short and rng.random() < 0.6 and day + timedelta(days=60) < date(2026, 2, 20)
                    spells.append(
                        {
                            "ref": p.refs[ABE],
                            "provider": "ศูนย์ฝึกอาชีพราชภัฏลำปาง" if short else f"สกร.อำเภอ{p.area.amphoe}",
                            "type": "short_course" if short else "nfe",
                            "level": None if short else "สกร.",
                            "grade": None,
                            "start": day,
                            "end": day + timedelta(days=60) if over else None,
                            "reason": "graduated" if over else None,
                        }
                    )
        order = rng.permutation(len(spells)).tolist()
        made = self._stamp(self._enrolments("first", [spells[i] for i in order], 1), "N", 1, 1)
        return plant(self.rng("enrolment faults"), made, self._enrolment_kinds(date(2026, 3, 2)))

    def _trainings(self, label: str, n: int, first: date, last: date) -> Table:
        rng = self.rng("training " + label)
        staff = rng.integers(1, self.n(300) + 1, size=n * 2).tolist()
        courses, days = pick(rng, COURSES, n * 2), _days(rng, n * 2, first, last)
        keys = list(dict.fromkeys(zip(staff, courses, days, strict=True)))[:n]
        n = len(keys)
        roles = ("ครู", "ผู้บริหาร", "ครูพี่เลี้ยง", "อาสาสมัคร", "เจ้าหน้าที่ อปท.")
        return table(
            "personnel_training",
            {
                "id": [""] * n,
                "updated_at": [""] * n,
                "staff_id": [f"P{s:04}" for s, _, _ in keys],
                "role": [roles[s * 7 % 11 % 5] for s, _, _ in keys],
                "level": pick(rng, ("ปฐมวัย", "ประถม", "ม.ต้น", "ม.ปลาย"), n),
                "course_name": [c for _, c, _ in keys],
                "hours": [
                    h if u < 0.7 else str(h) for h, u in zip(pick(rng, (6, 12, 18, 30), n), rng.random(n), strict=True)
                ],
                "completed_at": w.iso(w.dates(rng, [d for _, _, d in keys], w.API_DATES)),
            },
        )

    def _training_kinds(self, today: date) -> list[Kind]:
        return [
            *f.day("completed_on", "completed_at", today, api=True),
            *f.number("hours", "hours", (0, -6, 900, "1200")),
            f.missing("completed_on", "completed_at", (None, "")),
            f.missing("staff_ref", "staff_id", (None, "")),
            f.missing("course", "course_name", (None, "")),
            f.unknown("role", "role", ("ภารโรง", "แม่ครัว")),
            f.unknown("level", "level", ("เตรียม",)),
        ]

    @cached_property
    def trainings(self) -> Table:
        """The first night's trainings."""
        made = self._trainings("first", self.n(700), date(2024, 5, 20), date(2026, 2, 20))
        self._stamp(made, "T", 1, 1)
        return plant(self.rng("training faults"), made, self._training_kinds(date(2026, 3, 2)))

    # --- later nights: records changed, corrected or new

    @cached_property
    def _first(self) -> dict[str, Table]:
        return {t.record_type: t for t in (self.screenings, self.cases, self.enrolments, self.trainings)}

    @cached_property
    def _fate(self) -> dict[int, dict[str, list[int]]]:
        """Which rows of the first night change on which night; no row changes twice."""
        rng = self.rng("fate")
        fate: dict[int, dict[str, list[int]]] = {night: {} for night in range(2, 8)}
        share = {"learner_screening": 22, "case_event": 12, "enrolment": 20, "personnel_training": 6}
        for record_type, made in self._first.items():
            wrong = list(made.faults)
            fate[3][record_type] = sorted(at for at in wrong if rng.random() < 0.8)
            quiet = [at for at in range(len(made.rows)) if at not in made.faults and at not in made.repeats]
            if record_type == "learner_screening":
                quiet = [at for at in quiet if not str(made.rows[at]["learner.citizen_id"]).startswith("G")]
            if record_type == "enrolment":
                quiet = [
                    at
                    for at in quiet
                    if not isinstance(made.rows[at]["end_reason"], str) or not made.rows[at]["end_reason"]
                ]
            order = iter([quiet[i] for i in rng.permutation(len(quiet)).tolist()])
            for night, part in ((2, 1.0), (4, 0.5), (6, 0.4), (7, 0.25)):
                fate[night][record_type] = sorted(islice(order, self.n(share[record_type] * part)))
        coded = [
            at
            for at, row in enumerate(self.screenings.rows)
            if str(row["learner.citizen_id"]).startswith("G") and at not in self.screenings.repeats
        ]
        shared = [at for at in coded if self.screenings.rows[at]["_person"].shared]
        rest = [at for at in coded if at not in shared][: self.n(6)]
        fate[2]["learner_screening"] += [*shared[::2], *rest[::2]]
        fate[4]["learner_screening"] += [*shared[1::2], *rest[1::2]]
        return fate

    def _changed(self, record_type: str, row: Row, rng: np.random.Generator, night: int) -> Row:
        new = dict(row)
        match record_type:
            case "learner_screening":
                if str(row["learner.citizen_id"]).startswith("G"):
                    new["learner.citizen_id"] = row["_person"].nid
                else:
                    new["risks"] = [] if row["risks"] else [RISKS[int(rng.integers(5))]]
            case "case_event":
                new["worker_id"] = f"W{int(rng.integers(31, 40))}"
            case "enrolment":
                new["end_date"] = date(2026, 2, 20 + night % 7).isoformat()
                new["end_reason"] = ("transfer", "dropout", "moved")[int(rng.integers(3))]
            case _:
                new["hours"] = 24
        return new

    def _new(self, night: int) -> dict[str, Table]:
        """Make the records that are new on a later night."""
        rng = self.rng(f"new {night}")
        part = {2: 1.0, 4: 0.6, 6: 0.5, 7: 0.3}.get(night, 0.0)
        if not part:
            return {}
        today = date(2026, 3, night)  # the working day before the night
        people = make_people(self.seed, f"abe-new-{night}", self.n(12 * part), (6, 16), [(a, 1.0) for a in areas()])
        for at, p in enumerate(people):
            p.refs[ABE] = f"L9{night}{at:05}"
            p.ids[ABE] = p.nid if at % 7 else g_code(rng) if at % 2 else ""
        k = len(people)
        screened = self._screenings(f"new {night}", people, [2568] * k, [today - timedelta(days=1)] * k)
        youths = self.cast.youths
        turn = (2, 4, 6, 7).index(night)  # each night moves other cases on
        pick = self.rng("moved on").permutation(len(youths)).tolist()[turn::4]
        events: list[tuple[Person, str, int, date]] = []
        for at in pick[: self.n(10 * part)]:
            done = {stage for _, _, stage, _ in self.funnel[at]}
            stage = max(done) + 1
            if stage < 8:
                events.append((youths[at], self.funnel[at][0][1], stage, today))
        spells = [
            {
                "ref": p.refs[ABE],
                "provider": SCHOOLS[int(rng.integers(len(SCHOOLS)))],
                "type": "formal",
                "level": level_of(grade_of(p, 2568)),
                "grade": GRADES[grade_of(p, 2568)],
                "start": today - timedelta(days=2),
                "end": None,
                "reason": None,
            }
            for p in people
        ]
        trained = self._trainings(f"new {night}", self.n(6 * part), today - timedelta(days=1), today)
        base = night * 10_000_000
        made = {
            "learner_screening": self._stamp(screened, "S", night, base),
            "enrolment": self._stamp(self._enrolments(f"new {night}", spells, base), "N", night, base),
            "personnel_training": self._stamp(trained, "T", night, base),
        }
        if events:
            made["case_event"] = self._stamp(self._cases(f"new {night}", events), "E", night, base)
        kinds = {
            "learner_screening": self._screening_kinds(today),
            "case_event": self._case_kinds(today),
            "enrolment": self._enrolment_kinds(today),
            "personnel_training": self._training_kinds(today),
        }
        for record_type, new in made.items():
            spared = self._kept if record_type in ("learner_screening", "case_event") else None
            least = 1 if record_type in ("learner_screening", "enrolment") and len(new.rows) > 2 else 0
            plant(self.rng(f"new {night} {record_type} faults"), new, kinds[record_type], spared=spared, least=least)
        return made

    def deliveries(self, night: int) -> list[Delivery]:
        """Return the REST pulls of the n-th night (1 to 7), one for each path, empty ones too."""
        if night == 1:
            tables = self._first
            lines = {t: made.lines() for t, made in tables.items()}
        else:
            rng = self.rng(f"night {night}")
            new = self._new(night)
            lines = {}
            for record_type, first in self._first.items():
                chosen = self._fate[night].get(record_type, [])
                again = []
                for at in chosen:
                    row = dict(first.rows[at])
                    again.append(row if night == 3 else self._changed(record_type, row, rng, night))
                moved = Table(record_type, again)
                stamps = [row["id"] for row in again]
                self._stamp(moved, "x", night, 1)
                for row, number in zip(again, stamps, strict=True):
                    row["id"] = number
                lines[record_type] = moved.lines() + (new[record_type].lines() if record_type in new else [])
        return [self._delivery(t, night, lines[t]) for t in PATHS]

    def _delivery(self, record_type: str, night: int, lines: list[Line]) -> Delivery:
        lines = sorted(lines, key=lambda line: (line.row["updated_at"], line.row["id"]))
        path = PATHS[record_type]

        def render() -> bytes:
            return orjson.dumps([nested(line.row, line.cells()) for line in lines])

        part = Part(record_type, lines, list(range(1, len(lines) + 1)))
        return Delivery(ABE, path, [part], render, f"api/records/{path.rsplit('/', 1)[1]}")
