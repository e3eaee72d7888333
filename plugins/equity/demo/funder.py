"""The funder: สำนักบริหารทุน กสศ. (EEF programme office). The register of projects from call to manual; mentors' visits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from equity.demo import faults as f
from equity.demo import writing as w
from equity.demo.club import _days
from equity.demo.names import words
from equity.demo.people import FUNDER, Area, Row, areas, pick, stream
from equity.demo.tables import Delivery, Table, plant, table
from equity.demo.workbook import Sender, Sheet, workbook

OFFICE = Sender(FUNDER, "กองทุนเพื่อความเสมอภาคทางการศึกษา สำนักบริหารทุนพัฒนาอาชีพ", "eef/drop")
LAST_DAY = date(2026, 2, 27)
# S1: in two years 194 projects in 51 provinces of all four regions, for 14,414 people
TWO_YEARS_PROJECTS, TWO_YEARS_PEOPLE = 194, 14_414
TWO_YEARS_PROVINCES = words(
    "เชียงใหม่ ลำพูน ลำปาง อุตรดิตถ์ แพร่ น่าน พะเยา เชียงราย แม่ฮ่องสอน ตาก สุโขทัย พิษณุโลก "
    "เพชรบูรณ์ นครราชสีมา บุรีรัมย์ สุรินทร์ ศรีสะเกษ อุบลราชธานี ยโสธร ชัยภูมิ อำนาจเจริญ บึงกาฬ "
    "หนองบัวลำภู ขอนแก่น อุดรธานี เลย หนองคาย มหาสารคาม ร้อยเอ็ด กาฬสินธุ์ สกลนคร นนทบุรี "
    "พระนครศรีอยุธยา ลพบุรี สระบุรี ชลบุรี จันทบุรี ราชบุรี กาญจนบุรี สุพรรณบุรี นครปฐม "
    "นครศรีธรรมราช กระบี่ สุราษฎร์ธานี ชุมพร สงขลา ตรัง พัทลุง ปัตตานี ยะลา นราธิวาส"
)
STAGES = (
    *("เปิดรับข้อเสนอ", "ยื่นข้อเสนอ", "คัดเลือกข้อเสนอ", "ลงนามสัญญา", "วิเคราะห์ศักยภาพ", "กำลังดำเนินงาน"),
    *("ฝึกอบรมผู้รับทุนแล้ว", "จัดทำแผนอาชีพแล้ว", "พึ่งพาตนเองได้", "ถอดบทเรียนแล้ว", "เผยแพร่คู่มือแล้ว"),
)
STAGE_HEADERS = [
    f"วันที่ถึงขั้น / {under}"
    for under in (
        *("เปิดรับ", "ยื่นข้อเสนอ", "คัดเลือก", "ลงนามสัญญา", "วิเคราะห์ศักยภาพ", "ดำเนินงาน"),
        *("ฝึกอบรม", "แผนอาชีพ", "พึ่งตนเอง", "ถอดบทเรียน", "คู่มือ"),
    )
]
CONTRACT, DELIVERY, TRAINED, RELIANT, LESSONS = (STAGE_HEADERS[at] for at in (3, 5, 6, 8, 9))
GAPS = ((30, 45), (25, 45), (15, 40), (20, 45), (5, 20), (90, 150), (15, 45), (120, 200), (20, 60), (30, 90))
PROJECT_HEADERS = [
    *words("ลำดับ รหัสโครงการ แผนงาน ชื่อโครงการ หน่วยจัดการเรียนรู้ จังหวัด อำเภอ ตำบล พื้นที่ดำเนินงาน ลักษณะชุมชน สัญญาเลขที่"),
    *("งบประมาณ (บาท)", "เบิกจ่ายแล้ว (บาท)", "เป้าหมาย (คน)", "รหัสผู้จัดการ", "รหัสเจ้าหน้าที่", "รหัสพี่เลี้ยง"),
    *words("เริ่ม สิ้นสุด ขั้นตอนปัจจุบัน"),
    *STAGE_HEADERS,
    *("แผนของชุมชน / ธุรกิจ", "แผนของชุมชน / กำลังคน", "แผนของชุมชน / ผู้ประกอบการร่วม", "HEET"),
]
VISIT_HEADERS = [
    *words("ลำดับ รหัสพี่เลี้ยง หน่วยที่เยี่ยม วันที่เยี่ยม รหัสโครงการ วัตถุประสงค์ ขั้นตอนหลักสูตร สิ่งที่พบ ข้อตกลงร่วม"),
]
CURRICULUM = ("ระบุปัญหา", "สำรวจทุนชุมชน", "วิเคราะห์", "ร่วมออกแบบหลักสูตร", "แก้ปัญหาได้")
CRAFTS = ("ทอผ้าย้อมสีธรรมชาติ", "เพาะเห็ด", "แปรรูปสมุนไพร", "เกษตรอินทรีย์", "จักสานไม้ไผ่", "ท่องเที่ยวชุมชน", "ช่างชุมชน")
PURPOSES = ("ติดตามความก้าวหน้า", "ร่วมออกแบบหลักสูตร", "เสริมทักษะทีมหน่วย", "ถอดบทเรียน", "ตรวจเอกสารการเงิน")
FINDINGS = ("ผู้เรียนมาครบ", "ขาดวิทยากรด้านการตลาด", "บัญชีครัวเรือนยังไม่ต่อเนื่อง", "เกิดกลุ่มใหม่ในหมู่บ้าน", "ต้นทุนวัตถุดิบสูง")
ACTIONS = ("นัดติดตามเดือนหน้า", "ส่งคู่มือเพิ่ม", "เชิญวิทยากรชุมชน", "ปรับแผนการตลาด", "")
# what Lampang's own partners run: their names as the office writes them (contract numbers are those of the partners)
LAMPANG = (
    ("CCG-67-0412", "ทุนพัฒนาอาชีพที่ใช้ชุมชนเป็นฐาน", "ทอผ้าและจักสานเพื่อคนพิการ", "กสศ.67-0412", "521304", 2024, 6, 700),
    ("CLG-67-0733", "ทุนส่งเสริมโอกาสการเรียนรู้ที่ใช้ชุมชนเป็นฐาน", "โรงเรียนชีวิตบ้านแจ้ซ้อน", "กสศ.67-0733", "521304", 2024, 7, 400),
    ("CFM-68-0155", "ตัวแบบกองทุนเพื่อพัฒนาอาชีพ", "กองทุนอาชีพไม่ต้องมีผู้ค้ำ", "กสศ.68-0155", "521304", 2025, 5, 300),
    ("CLG-68-0201", "ทุนส่งเสริมโอกาสการเรียนรู้ที่ใช้ชุมชนเป็นฐาน", "ศูนย์กลางการเรียนรู้ลำปางหลวง", "กสศ.68-0201", "520301", 2025, 5, 900),
    ("ABE-62-0052", "โครงการ ABE", "จัดการศึกษาเชิงพื้นที่จังหวัดลำปาง", "กสศ.62-0052", "520117", 2019, 9, 2500),
)  # fmt: skip
LAMPANG_UNITS = {
    "521304": "ชมรมเพื่อเพื่อนผู้พิการตำบลแจ้ซ้อน",
    "520301": "เทศบาลตำบลลำปางหลวง",
    "520117": "มหาวิทยาลัยราชภัฎลำปาง",
}


class ProgrammeOffice:
    """Everything the funder sends, night by night (1 to 7).

    The projects are the same at any scale, so that S1's totals can be counted; the visits grow with it.
    """

    def __init__(self, seed: int, scale: float) -> None:
        self.seed, self.scale = seed, scale

    def n(self, base: float) -> int:
        """Scale a count."""
        return max(1, round(base * self.scale))

    def rng(self, label: str) -> np.random.Generator:
        """Return the random stream of one purpose."""
        return stream(self.seed, "eef " + label)

    # --- projects

    @cached_property
    def facts(self) -> list[Row]:
        """All projects as they are: what, where, for how many, and the day of each stage reached."""
        rng = self.rng("projects")
        facts = []
        provinces = [*TWO_YEARS_PROVINCES, *pick(rng, TWO_YEARS_PROVINCES, TWO_YEARS_PROJECTS)][:TWO_YEARS_PROJECTS]
        people = 30 + rng.multinomial(TWO_YEARS_PEOPLE - 30 * TWO_YEARS_PROJECTS, _even(TWO_YEARS_PROJECTS))
        names = {
            2019: "ทุนพัฒนาอาชีพที่ใช้ชุมชนเป็นฐาน",
            2020: "โครงการพัฒนาทักษะอาชีพสำหรับผู้ที่ขาดแคลนทุนทรัพย์และด้อยโอกาสที่ใช้ชุมชนเป็นฐาน ปี 2563",
        }
        for at, (province, target) in enumerate(zip(provinces, people.tolist(), strict=True)):
            year = 2019 if at < 72 else 2020
            reached = (10, 10, 10, 10, 9, 8, 7)[at % 7]
            facts.append(
                self._project(rng, f"CCG-{year - 1957}-{at + 1:04}", names[year], province, year, reached, target)
            )
        for ref, programme, title, contract, code, year, reached, target in LAMPANG:
            area = next(a for a in areas() if a.code == code)
            made = self._project(rng, ref, programme, "ลำปาง", year, reached, target, area)
            facts.append({**made, "title": title, "contract": contract, "unit": LAMPANG_UNITS[code]})
        for at, province in enumerate(pick(rng, TWO_YEARS_PROVINCES, 22)):  # now on its way: every stage is there
            year = 2024 if at % 11 > 5 else 2025
            ref, programme = f"CLG-{year - 1957}-{at + 801:04}", "ทุนส่งเสริมโอกาสการเรียนรู้ที่ใช้ชุมชนเป็นฐาน"
            facts.append(self._project(rng, ref, programme, province, year, at % 11, 40 + 5 * at))
        return facts

    def _project(
        self,
        rng: np.random.Generator,
        ref: str,
        programme: str,
        province: str,
        year: int,
        reached: int,
        target: int,
        area: Area | None = None,
    ) -> Row:
        craft = CRAFTS[int(rng.integers(len(CRAFTS)))]
        days: list[date | None] = [date(year, 1, 10) + timedelta(days=int(rng.integers(0, 50)))]
        for least, most in GAPS:
            last = next(day for day in reversed(days) if day)
            days.append(last + timedelta(days=int(rng.integers(least, most))))
        days = [day if at <= reached and day and day <= LAST_DAY else None for at, day in enumerate(days)]
        reached = max(at for at, day in enumerate(days) if day)
        if reached > 5 and rng.random() < 0.08:  # a stage may be skipped
            days[4] = None
        homes = areas()
        area = area or (homes[int(rng.integers(len(homes)))] if province == "ลำปาง" else None)
        budget = int(rng.integers(6, 30)) * 50_000
        share = (0, 0, 0, 0.1, 0.3, 0.5, 0.7, 0.8, 0.95, 1, 1)[reached]
        started = days[3] + timedelta(days=10) if days[3] else None
        return {
            "ref": ref,
            "programme": programme,
            "title": f"{craft}เพื่อการมีอาชีพ จังหวัด{province}",
            "unit": f"วิสาหกิจชุมชน{craft} {province}" if rng.random() < 0.6 else f"วิทยาลัยชุมชน{province}",
            "province": province,
            "area": area,
            "places": 1 + int(rng.integers(0, 3)),
            "urban": bool(rng.random() < 0.25),
            "contract": f"กสศ.{ref[4:]}" if days[3] else "",
            "budget": budget if days[2] else None,
            "spent": int(budget * share) if days[3] else None,
            "target": target,
            "days": days,
            "reached": reached,
            "started": started,
            "ended": started + timedelta(days=540) if started else None,
            "mentor": f"M-{int(rng.integers(1, 25)):03}",
            "officer": f"PO-{int(rng.integers(1, 9)):02}",
            "heet": bool(rng.random() < 0.1),
        }

    def _projects(self, label: str, facts: Sequence[Row]) -> Table:
        rng = self.rng("project " + label)
        n = len(facts)
        ticks = {True: "✓", False: ""}
        rural = [not p["urban"] for p in facts]
        stages = {
            header: w.dates(rng, [p["days"][at] for p in facts], w.CLUB_BIRTHS)
            for at, header in enumerate(STAGE_HEADERS)
        }
        homes = [p["area"] for p in facts]
        return table(
            "project",
            {
                "ลำดับ": range(1, n + 1),
                "รหัสโครงการ": [p["ref"] for p in facts],
                "แผนงาน": [p["programme"] for p in facts],
                "ชื่อโครงการ": w.untidy(rng, [p["title"] for p in facts], unicode=True),
                "หน่วยจัดการเรียนรู้": [p["unit"] for p in facts],
                "จังหวัด": [
                    p["province"] if u < 0.8 else f"จ.{p['province']}"
                    for p, u in zip(facts, rng.random(n), strict=True)
                ],
                "อำเภอ": [a.amphoe if a else "" for a in homes],
                "ตำบล": [a.tambon if a else "" for a in homes],
                "พื้นที่ดำเนินงาน": [f"{p['places']} ตำบล" if p["places"] > 1 else "" for p in facts],
                "ลักษณะชุมชน": ["เมือง" if p["urban"] else "ชนบท" for p in facts],
                "สัญญาเลขที่": [p["contract"] for p in facts],
                "งบประมาณ (บาท)": w.numbers(rng, [p["budget"] for p in facts], unit="บาท"),
                "เบิกจ่ายแล้ว (บาท)": w.numbers(rng, [p["spent"] for p in facts], unit="บาท"),
                "เป้าหมาย (คน)": w.numbers(rng, [p["target"] for p in facts]),
                "รหัสผู้จัดการ": [f"PM-{at * 7 % 97 + 1:03}" for at in range(n)],
                "รหัสเจ้าหน้าที่": [p["officer"] for p in facts],
                "รหัสพี่เลี้ยง": [p["mentor"] for p in facts],
                "เริ่ม": w.dates(rng, [p["started"] for p in facts], w.CLUB_BIRTHS),
                "สิ้นสุด": w.dates(rng, [p["ended"] for p in facts], w.CLUB_BIRTHS),
                "ขั้นตอนปัจจุบัน": [STAGES[p["reached"]] for p in facts],
                **stages,
                "แผนของชุมชน / ธุรกิจ": [ticks[r and p["reached"] > 4] for p, r in zip(facts, rural, strict=True)],
                "แผนของชุมชน / กำลังคน": [ticks[r and p["reached"] > 6] for p, r in zip(facts, rural, strict=True)],
                "แผนของชุมชน / ผู้ประกอบการร่วม": [ticks[p["urban"]] for p in facts],
                "HEET": [ticks[p["heet"]] for p in facts],
                "_budget": [p["budget"] for p in facts],
                "_started": [p["started"] for p in facts],
                "_in_delivery": [p["days"][5] if p["days"][6] else None for p in facts],
                "_self_reliant": [p["days"][8] if p["days"][9] else None for p in facts],
            },
        )

    @cached_property
    def register(self) -> Table:
        """The first night's projects."""

        def overdrawn(_: np.random.Generator, row: Row) -> Row | None:
            return {"เบิกจ่ายแล้ว (บาท)": row["_budget"] + 75_000} if row["_budget"] else None

        kinds = [
            *f.day("contract_signed_on", CONTRACT, date(2026, 3, 2)),
            *f.number("budget_baht", "งบประมาณ (บาท)", (-50000, -1)),
            f.missing("project_ref", "รหัสโครงการ"),
            f.missing("title", "ชื่อโครงการ"),
            f.missing("programme", "แผนงาน"),
            f.unknown("programme", "แผนงาน", ("ทุนพิเศษปลายปี", "งบกลาง")),
            f.unknown("community_type", "ลักษณะชุมชน", ("กึ่งเมือง",)),
            f.unknown("grant_stage", "ขั้นตอนปัจจุบัน", ("รอเอกสาร",)),
            f.words("target_people", "number.not_a_number", "เป้าหมาย (คน)", ("ทั้งหมู่บ้าน", "แล้วแต่สมัคร")),
            f.Kind("disbursed_baht", "disbursed_baht.over_budget", overdrawn, alone=True),
            f.before("ended_on", "ended_on.before_started_on", "สิ้นสุด", "_started"),
            f.before("grantees_trained_on", "grantees_trained_on.before_in_delivery_on", TRAINED, "_in_delivery"),
            f.before("lessons_recorded_on", "lessons_recorded_on.before_self_reliant_on", LESSONS, "_self_reliant"),
        ]
        return plant(self.rng("project faults"), self._projects("first", self.facts), kinds, share=0.055)

    @cached_property
    def corrected(self) -> Table:
        """The register as it is a few nights later: all errors mended, some projects a stage on."""
        rng = self.rng("project corrected")
        rows = list(self.register.rows)
        moving = [at for at, p in enumerate(self.facts) if 3 < p["reached"] < 10 and p["ref"][:3] == "CLG"]
        for at in moving[:8]:
            on = self.facts[at]["reached"] + 1
            day = date(2026, 3, int(rng.integers(2, 5)))
            rows[at] = {**rows[at], "ขั้นตอนปัจจุบัน": STAGES[on], STAGE_HEADERS[on]: w.write_date(day, 2)}
        return Table("project", rows)

    # --- visits

    def _visits(self, label: str, n: int, first: date, last: date, taken: set[tuple[Any, ...]]) -> Table:
        rng = self.rng("visit " + label)
        running = [p for p in self.facts if p["contract"] and p["days"][3].year > 2023]
        lampang = [p for p in running if p["province"] == "ลำปาง"]
        n_more = n * 2
        among = [
            (lampang if u < 0.5 else running)[int(k) % len(lampang if u < 0.5 else running)]
            for u, k in zip(rng.random(n_more), rng.integers(0, 1000, size=n_more), strict=True)
        ]
        drawn = zip(among, _days(rng, n_more, first, last), strict=True)
        keyed = {(p["mentor"], p["unit"], day): p for p, day in drawn if day >= p["days"][3]}
        chosen = sorted([k for k in keyed if k not in taken][:n], key=lambda key: (key[2], key[1], key[0]))
        n = len(chosen)
        projects = [keyed[key] for key in chosen]
        steps = [min(4, (day - p["days"][3]).days // 90) for (_, _, day), p in zip(chosen, projects, strict=True)]
        return table(
            "mentor_visit",
            {
                "ลำดับ": range(1, n + 1),
                "รหัสพี่เลี้ยง": [mentor for mentor, _, _ in chosen],
                "หน่วยที่เยี่ยม": [unit for _, unit, _ in chosen],
                "วันที่เยี่ยม": w.dates(rng, [day for _, _, day in chosen], w.CLUB_DATES),
                "รหัสโครงการ": [p["ref"] for p in projects],
                "วัตถุประสงค์": pick(rng, PURPOSES, n),
                "ขั้นตอนหลักสูตร": [CURRICULUM[step] for step in steps],
                "สิ่งที่พบ": pick(rng, FINDINGS, n),
                "ข้อตกลงร่วม": pick(rng, ACTIONS, n),
                "_key": chosen,
            },
        )

    def _visit_kinds(self, today: date) -> list[f.Kind]:
        return [
            *f.day("visited_on", "วันที่เยี่ยม", today),
            f.missing("visited_on", "วันที่เยี่ยม"),
            f.missing("mentor_ref", "รหัสพี่เลี้ยง"),
            f.missing("unit", "หน่วยที่เยี่ยม"),
            f.unknown("curriculum_stage", "ขั้นตอนหลักสูตร", ("คุยกันทั่วไป", "พักไว้ก่อน")),
        ]

    @cached_property
    def visits(self) -> Table:
        """The first night's visits."""
        made = self._visits("first", self.n(260), date(2024, 6, 1), LAST_DAY, set())
        return plant(self.rng("visit faults"), made, self._visit_kinds(date(2026, 3, 2)))

    @cached_property
    def later_visits(self) -> Table:
        """Visits of March, and below them the wrong ones of before, mended."""
        taken = {row["_key"] for row in self.visits.rows}
        made = self._visits("march", self.n(24), date(2026, 3, 1), date(2026, 3, 4), taken)
        plant(self.rng("visit march faults"), made, self._visit_kinds(date(2026, 3, 5)))
        made.rows += [self.visits.rows[at] for at in sorted(self.visits.faults)]
        return made

    # --- night by night

    def deliveries(self, night: int) -> list[Delivery]:
        """Return what the office sends for the n-th night (1 to 7)."""
        match night:
            case 1:
                return [
                    self._register("ทะเบียนคุมโครงการ_2569-02.xlsx", self.register, date(2026, 3, 1)),
                    self._diary("บันทึกพี่เลี้ยง_2569-02.xlsx", self.visits, date(2026, 3, 1)),
                ]
            case 4:
                return [self._diary("บันทึกพี่เลี้ยง_2569-03.xlsx", self.later_visits, date(2026, 3, 4))]
            case 5:
                return [self._register("ทะเบียนคุมโครงการ_2569-02_ปรับปรุง.xlsx", self.corrected, date(2026, 3, 5))]
            case _:
                return []

    def _register(self, name: str, made: Table, day: date) -> Delivery:
        typed = {
            "งบประมาณ (บาท)": "งบประมาณ\n(บาท)",
            "เป้าหมาย (คน)": "เป้าหมาย  (คน)",
            "หน่วยจัดการเรียนรู้": "หน่วยจัดการ\nเรียนรู้",
        }
        sheet = Sheet("โครงการ", "ทะเบียนคุมโครงการ", PROJECT_HEADERS, made, header_rows=2, typed=typed)
        return workbook(name, [sheet], made=day, sender=OFFICE)

    def _diary(self, name: str, made: Table, day: date) -> Delivery:
        sheet = Sheet("เยี่ยมหน่วย", "บันทึกการเยี่ยมหน่วยของพี่เลี้ยง", VISIT_HEADERS, made, "ทุกภูมิภาค", left=1)
        return workbook(name, [sheet], made=day, sender=OFFICE)


def _even(n: int) -> list[float]:
    return [1 / n] * n
