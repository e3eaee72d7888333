"""The municipal learning centre: เทศบาลตำบลลำปางหลวง. Windows-874 CSV files on an SFTP server."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from equity.demo import faults as f
from equity.demo import groups as g
from equity.demo import writing as w
from equity.demo.club import _days, _spared
from equity.demo.people import TOWN, Cast, Person, areas, pick, stream
from equity.demo.tables import Delivery, Kind, Line, Manner, Table, corrected, csv_delivery, person_of, plant, table

PROJECTS = ("LL-2568-HUB", "LL-2568-ELD", "LL-2569-KID")
JOBS = ("เกษตรกร", "รับจ้าง", "ค้าขาย", "ว่างงาน", "ข้าราชการบำนาญ", "แม่บ้าน")
SUBJECTS = ("ทำขนมไทย", "สมุนไพรพื้นบ้าน", "คอมพิวเตอร์เบื้องต้น", "ฟ้อนเล็บ", "ตัดเย็บ", "เกษตรอินทรีย์", "บัญชีครัวเรือน")
FOOD = ("ข้าวสาร", "น้ำมันพืช", "ไข่ไก่", "ปลากระป๋อง", "นมผง", "ผักสด", "บะหมี่กึ่งสำเร็จรูป")
LAST_DAY = date(2026, 2, 27)
MANNER = Manner("lampang_luang/sftp/outgoing", "cp874")


class Municipality:
    """Everything the municipality sends, night by night (1 to 7)."""

    def __init__(self, seed: int, scale: float, cast: Cast) -> None:
        self.seed, self.scale, self.cast = seed, scale, cast

    def n(self, base: float) -> int:
        """Scale a count."""
        return max(1, round(base * self.scale))

    def rng(self, label: str) -> np.random.Generator:
        """Return the random stream of one purpose."""
        return stream(self.seed, "town " + label)

    def _address(self, rng: np.random.Generator, people: list[Person]) -> list[str]:
        out = []
        for p, u in zip(people, rng.random(len(people)).tolist(), strict=True):
            if u < 0.75:
                out.append(f"{p.house} หมู่ {p.moo} ต.{p.area.tambon} อ.{p.area.amphoe} จ.ลำปาง")
            elif u < 0.95:
                out.append(f"{p.house} ม.{p.moo} ตำบล{p.area.tambon} อำเภอ{p.area.amphoe} จังหวัดลำปาง")
            else:
                out.append(w.thai_digits(f"{p.house} หมู่ {p.moo} ต.{p.area.tambon} อ.{p.area.amphoe} จ.ลำปาง"))
        return w.untidy(rng, out, unicode=False)

    @cached_property
    def participants(self) -> Table:
        """The first night's register."""
        rng = self.rng("participant")
        who = sorted(self.cast.town, key=lambda p: p.refs[TOWN])
        n = len(who)
        joined = _days(rng, n, date(2025, 1, 6), date(2026, 2, 20))
        left = [
            j + timedelta(days=d) if u < 0.12 and j + timedelta(days=d) < LAST_DAY else None
            for j, u, d in zip(joined, rng.random(n).tolist(), rng.integers(40, 300, size=n).tolist(), strict=True)
        ]
        reason = pick(rng, ("จบหลักสูตร", "ย้าย", "เลิกเรียน", "ตาย"), n, (0.7, 0.1, 0.15, 0.05))
        u = rng.random(n).tolist()
        births = w.dates(rng, [None if x < 0.03 else p.birth for p, x in zip(who, u, strict=True)], w.TOWN_BIRTHS)
        for at, (p, x) in enumerate(zip(who, u, strict=True)):
            if x > 0.98 and p.age() > 30:
                births[at] = f"00/00/{p.birth.year + 543}" if x > 0.99 else str(p.birth.year + 543)
        groups = []
        poor, disabled = (rng.random(n) < 0.35).tolist(), (rng.random(n) < 0.05).tolist()
        for p, x, y in zip(who, poor, disabled, strict=True):
            age = p.age()
            ages = ((6, "เด็กเล็ก"), (12, "ประถมเสี่ยง"), (18, "มัธยมเสี่ยง"), (60, "วัยแรงงาน"), (200, "ผู้สูงวัย"))
            words = [next(word for under, word in ages if age < under)]
            groups.append(", ".join(words + (["ผู้มีรายได้น้อย"] if x else []) + (["พิการ"] if y else [])))
        income = [
            None if p.age() < 18 else "-" if x < 0.1 else a * 500
            for p, x, a in zip(who, rng.random(n).tolist(), rng.integers(2, 40, size=n).tolist(), strict=True)
        ]
        short = (rng.random(n) < 0.5).tolist()
        made = table(
            "participant",
            {
                "รหัสผู้เรียน": [p.refs[TOWN] for p in who],
                "เลขประจำตัวประชาชน": w.national_ids(rng, [p.ids[TOWN] for p in who], spreadsheet=False),
                "คำนำหน้า": [p.prefix(s) for p, s in zip(who, short, strict=True)],
                "ชื่อ": w.untidy(rng, [p.name(TOWN)[0] for p in who], unicode=False),
                "สกุล": [p.name(TOWN)[1] for p in who],
                "ชื่อเล่น": [p.nick if x < 0.5 else "" for p, x in zip(who, rng.random(n).tolist(), strict=True)],
                "เพศ": ["ชาย" if p.sex == "male" else "หญิง" for p in who],
                "วันเดือนปีเกิด": births,
                "เบอร์โทร": w.phones(rng, [p.phone for p in who]),
                "ที่อยู่": self._address(rng, who),
                "รหัสโครงการ": pick(rng, PROJECTS, n, (0.6, 0.2, 0.2)),
                "กลุ่ม": groups,
                "อาชีพ": ["นักเรียน" if p.age() < 18 else j for p, j in zip(who, pick(rng, JOBS, n), strict=True)],
                "รายได้": w.numbers(rng, income, as_text=True),
                "วันที่สมัคร": w.dates(rng, joined, w.TOWN_DATES),
                "วันที่ออก": w.dates(rng, left, w.TOWN_DATES),
                "สาเหตุที่ออก": [r if d else "" for r, d in zip(reason, left, strict=True)],
                "ยินยอม": pick(rng, ("Y", "N", ""), n, (0.92, 0.03, 0.05)),
                "_person": who,
                "_source": [TOWN] * n,
                "_joined": joined,
                "_dated": [x >= 0.03 for x in u],
            },
        )
        return plant(self.rng("participant faults"), made, self._participant_kinds(date(2026, 3, 2)), spared=_spared)

    def _participant_kinds(self, today: date) -> list[Kind]:
        return [
            *f.national_id("เลขประจำตัวประชาชน"),
            *f.birth("วันเดือนปีเกิด"),
            *f.split_name("คำนำหน้า", "ชื่อ"),
            *f.address("ที่อยู่"),
            *f.day("joined_on", "วันที่สมัคร", today),
            *f.number("baseline_monthly_income", "รายได้", ("999999", "-100")),
            f.missing("joined_on", "วันที่สมัคร"),
            f.missing("project_ref", "รหัสโครงการ"),
            f.missing("partner_person_ref", "รหัสผู้เรียน"),
            f.before("left_on", "left_on.before_joined_on", "วันที่ออก", "_joined"),
            f.phone("เบอร์โทร"),
            f.unknown("sex", "เพศ", ("ไม่แน่ใจ",)),
            f.unknown("exit_reason", "สาเหตุที่ออก", ("ติดเกี่ยวข้าว",)),
            f.unknown("consent_status", "ยินยอม", ("รอ",)),
            f.with_unknown("target_groups", "กลุ่ม", "คนรักวัด"),
        ]

    @cached_property
    def spaces(self) -> Table:
        """The learning spaces."""
        rng = self.rng("space")
        n = max(3, self.n(25))
        homes = [a for a in areas() if a.amphoe == "เกาะคา"]
        where = pick(rng, homes, n)
        opened = _days(rng, n, date(2018, 1, 1), date(2025, 12, 20))
        kinds = pick(rng, ("แหล่งเรียนรู้", "บ้าน", "ห้องสมุด"), n, (0.6, 0.3, 0.1))
        kinds[0] = "ศูนย์กลาง"
        made = table(
            "learning_space",
            {
                "รหัสแหล่งเรียนรู้": [f"SP-{at + 1:02}" for at in range(n)],
                "ชื่อแหล่งเรียนรู้": [
                    f"{k}{s}บ้าน{a.tambon}" for k, s, a in zip(kinds, pick(rng, SUBJECTS, n), where, strict=True)
                ],
                "ประเภท": kinds,
                "ตำบล": [a.tambon for a in where],
                "อำเภอ": [a.amphoe for a in where],
                "วันที่เปิด": w.dates(rng, opened, w.TOWN_DATES),
            },
        )
        kinds_wrong = [
            f.unknown("kind", "ประเภท", ("ลานวัด",)),
            f.words("opened_on", "date.impossible", "วันที่เปิด", f.IMPOSSIBLE),
            f.missing("name", "ชื่อแหล่งเรียนรู้"),
        ]
        return plant(self.rng("space faults"), made, kinds_wrong)

    @cached_property
    def trainers(self) -> Table:
        """The community trainers."""
        rng = self.rng("trainer")
        who = self.cast.trainers
        n = len(who)
        short = (rng.random(n) < 0.5).tolist()
        made = table(
            "community_trainer",
            {
                "รหัสวิทยากร": [p.refs["trainer"] for p in who],
                "เลขประจำตัวประชาชน": w.national_ids(rng, [p.ids[TOWN] for p in who], spreadsheet=False),
                "ชื่อ-สกุล": [f"{p.prefix(s)}{' '.join(p.name(TOWN))}" for p, s in zip(who, short, strict=True)],
                "เบอร์โทร": w.phones(rng, [p.phone for p in who]),
                "ที่อยู่": self._address(rng, who),
                "ความเชี่ยวชาญ": pick(rng, SUBJECTS, n),
                "เป็นวิทยากรตั้งแต่": w.dates(rng, _days(rng, n, date(2019, 1, 1), date(2025, 11, 30)), w.TOWN_DATES),
                "รหัสโครงการ": pick(rng, PROJECTS, n),
                "_person": who,
                "_source": [TOWN] * n,
            },
        )
        kinds = [
            *f.national_id("เลขประจำตัวประชาชน")[:4],
            f.missing("topic", "ความเชี่ยวชาญ"),
            f.missing("first_name", "ชื่อ-สกุล"),
            f.phone("เบอร์โทร"),
            f.words("since", "date.unreadable", "เป็นวิทยากรตั้งแต่", f.UNREADABLE),
        ]
        return plant(self.rng("trainer faults"), made, kinds, least=2, spared=_spared)

    @cached_property
    def activities(self) -> Table:
        """The activities."""
        rng = self.rng("activity")
        n = self.n(300)
        held = sorted(_days(rng, n, date(2025, 1, 10), LAST_DAY))
        stages = ("ปฐมวัย", "วัยเรียน", "เยาวชน", "วัยทำงาน", "ผู้สูงอายุ", "ทุกช่วงวัย")
        made = table(
            "activity",
            {
                "รหัสกิจกรรม": [f"K{at + 1:04}" for at in range(n)],
                "รหัสโครงการ": pick(rng, PROJECTS, n),
                "ชื่อกิจกรรม": [f"{s} ครั้งที่ {at % 12 + 1}" for at, s in enumerate(pick(rng, SUBJECTS, n))],
                "วันที่": w.dates(rng, held, w.TOWN_DATES),
                "ชั่วโมง": w.numbers(rng, pick(rng, (2, 3, 6), n), as_text=True),
                "ทักษะ": pick(rng, ("1", "2", "3"), n, (0.5, 0.25, 0.25)),
                "วิทยากร": [p.refs["trainer"] for p in pick(rng, self.cast.trainers, n)],
                "แหล่งเรียนรู้": [r["รหัสแหล่งเรียนรู้"] for r in pick(rng, self.spaces.rows, n)],
                "ช่วงวัย": pick(rng, stages, n),
            },
        )
        kinds = [
            *f.day("held_on", "วันที่", date(2026, 3, 2)),
            *f.number("hours", "ชั่วโมง", ("0", "30", "-2")),
            f.missing("held_on", "วันที่"),
            f.missing("activity_ref", "รหัสกิจกรรม"),
            f.unknown("skill_area", "ทักษะ", ("9", "ดนตรี")),
            f.unknown("life_stage", "ช่วงวัย", ("วัยทอง",)),
        ]
        return plant(self.rng("activity faults"), made, kinds)

    def _attendance(self, label: str, pairs: int, taken: set[tuple[str, str]]) -> Table:
        rng = self.rng("attendance " + label)
        acts, people = [r["รหัสกิจกรรม"] for r in self.activities.rows], [p.refs[TOWN] for p in self.cast.town]
        a, p = rng.integers(len(acts), size=pairs * 2).tolist(), rng.integers(len(people), size=pairs * 2).tolist()
        drawn = dict.fromkeys((people[j], acts[i]) for i, j in zip(a, p, strict=True))
        chosen = sorted([pair for pair in drawn if pair not in taken][:pairs], key=lambda pair: (pair[1], pair[0]))
        n = len(chosen)
        tested = (rng.random(n) < 0.4).tolist()
        pre, gain = rng.integers(20, 70, size=n).tolist(), rng.integers(0, 30, size=n).tolist()
        made = table(
            "attendance",
            {
                "รหัสผู้เรียน": [ref for ref, _ in chosen],
                "รหัสกิจกรรม": [ref for _, ref in chosen],
                "ชั่วโมง": w.numbers(rng, pick(rng, (2, 3, 6), n), as_text=True),
                "ผล": pick(rng, ("ผ่าน", "ไม่ผ่าน", ""), n, (0.85, 0.1, 0.05)),
                "คะแนนก่อนเรียน": w.numbers(
                    rng, [x if t else None for x, t in zip(pre, tested, strict=True)], as_text=True
                ),
                "คะแนนหลังเรียน": w.numbers(
                    rng, [x + g if t else None for x, g, t in zip(pre, gain, tested, strict=True)], as_text=True
                ),
            },
        )
        kinds = [
            *f.number("hours", "ชั่วโมง", ("0", "30", "-2")),
            *f.number("pre_score", "คะแนนก่อนเรียน", ("105", "-5")),
            *f.number("post_score", "คะแนนหลังเรียน", ("120", "-1")),
            f.unknown("passed", "ผล", ("รอผล", "เกือบผ่าน"), "boolean.unknown"),
            f.missing("partner_person_ref", "รหัสผู้เรียน"),
            f.missing("activity_ref", "รหัสกิจกรรม"),
        ]
        return plant(self.rng(f"attendance {label} faults"), made, kinds)

    @cached_property
    def attendance(self) -> Table:
        """The first night's attendance."""
        return self._attendance("first", self.n(5000), set())

    def _food(self, label: str, letter: str, n: int, first: date, last: date, *, words: bool = False) -> Table:
        rng = self.rng("food " + label)
        given = sorted(_days(rng, n, first, last))
        people = pick(rng, [p.refs[TOWN] for p in self.cast.town], n)
        known = (rng.random(n) < 0.7).tolist()
        weight = [x / 2 for x in rng.integers(2, 40, size=n).tolist()]
        items = zip(pick(rng, FOOD, n), pick(rng, FOOD, n), strict=True)
        weights = pick(rng, ("มาก", "น้อย", "ปานกลาง"), n) if words else w.numbers(rng, weight, as_text=True)
        made = table(
            "food_bank_distribution",
            {
                "เลขที่": [f"FB{letter}-{at + 1:05}" for at in range(n)],
                "รหัสผู้รับ": [ref if k else "" for ref, k in zip(people, known, strict=True)],
                "รหัสครัวเรือน": [f"HH-{int(ref[-4:]) % 800:04}" for ref in people],
                "วันที่แจก": w.dates(rng, given, w.TOWN_DATES),
                "น้ำหนัก (กก.)": weights,
                "รายการ": [a if a == b else f"{a}, {b}" for a, b in items],
            },
        )
        if words:
            return made
        kinds = [
            *f.day("given_on", "วันที่แจก", last + timedelta(days=4)),
            *f.number("weight_kg", "น้ำหนัก (กก.)", ("0", "-5", "5000")),
            f.missing("weight_kg", "น้ำหนัก (กก.)"),
            f.missing("given_on", "วันที่แจก"),
            f.missing("partner_record_ref", "เลขที่"),
        ]
        return plant(self.rng(f"food {label} faults"), made, kinds)

    @cached_property
    def groups(self) -> Table:
        """The groups that came out of the learning spaces."""
        homes = [a for a in areas() if a.amphoe == "เกาะคา"]
        span = (date(2024, 1, 10), date(2026, 1, 31))
        made = g.groups(self.rng("group"), "LG-", self.n(40), homes, SUBJECTS, PROJECTS, span, w.TOWN_DATES)
        return plant(self.rng("group faults"), made, g.group_kinds(date(2026, 3, 2)))

    def _file(self, name: str, made: Table, **more: Any) -> Delivery:
        headers = [h for h in made.rows[0] if not h.startswith("_")]
        lines: list[Line] = more.pop("lines", None) or made.lines()
        return csv_delivery(TOWN, name, lines, made.record_type, headers, MANNER, **more)

    def deliveries(self, night: int) -> list[Delivery]:
        """Return what the municipality sends for the n-th night (1 to 7)."""
        match night:
            case 1:
                food = self._food("first", "", self.n(2500), date(2025, 3, 1), LAST_DAY)
                return [
                    self._file("participant_20260302.csv", self.participants),
                    self._file("activity_20260302.csv", self.activities),
                    self._file("attendance_20260302.csv", self.attendance),
                    self._file("learning_space_20260302.csv", self.spaces),
                    self._file("community_trainer_20260302.csv", self.trainers),
                    self._file("food_bank_20260302.csv", food),
                    self._file("community_group_20260302.csv", self.groups),
                ]
            case 2:
                taken = {(r["รหัสผู้เรียน"], r["รหัสกิจกรรม"]) for r in self.attendance.rows}
                food = self._food("second", "2", self.n(60), date(2026, 3, 1), date(2026, 3, 2))
                return [
                    self._file("attendance_20260303.csv", self._attendance("second", self.n(150), taken)),
                    self._file("food_bank_20260303.csv", food),
                ]
            case 3:
                name = "attendance_20260302_resend.csv"
                return [self._file(name, self.attendance, same_as="attendance_20260302.csv")]
            case 4:
                lines = self.participants.lines()
                lines = lines[: round(len(lines) * 0.4)]
                return [self._file("participant_20260305.csv", self.participants, lines=lines, held="rows_collapsed")]
            case 5:
                groups = Table("community_group", self.groups.rows)
                return [self._corrected(), self._file("community_group_20260306.csv", groups)]
            case 6:
                food = self._food("sixth", "6", self.n(50), date(2026, 3, 4), date(2026, 3, 6), words=True)
                return [self._file("food_bank_20260307.csv", food, held="type_changed")]
            case _:
                return []

    def _corrected(self) -> Delivery:
        rng = self.rng("participant corrected")
        first = self.participants
        # rows without a key were the first to be mended: a snapshot with such a row says nothing of deletions
        still = {
            at: faults
            for at, faults in corrected(rng, first.faults).items()
            if not any(fault.field in ("partner_person_ref", "project_ref") for fault in faults)
        }
        quiet = [
            at
            for at, row in enumerate(first.rows)
            if at not in first.faults and at not in first.repeats and not person_of(row).shared
        ]
        picked = [quiet[at] for at in rng.permutation(len(quiet)).tolist()]
        gone = set(picked[:3])
        leaving = [at for at in picked[3:] if first.rows[at]["วันที่ออก"] == ""][: self.n(12)]
        rows = list(first.rows)
        for at in leaving:
            day = date(2026, 3, int(rng.integers(2, 5)))
            rows[at] = {**rows[at], "วันที่ออก": w.write_date(day, 1), "สาเหตุที่ออก": "จบหลักสูตร"}
        kept = [at for at in range(len(rows)) if at not in gone]
        made = Table(
            "participant",
            [rows[at] for at in kept],
            {new: still[at] for new, at in enumerate(kept) if at in still},
        )
        deletions = sorted(first.rows[at]["รหัสผู้เรียน"] for at in gone)
        return self._file("participant_20260306.csv", made, deletions=deletions)
