"""The unit: ชมรมเพื่อเพื่อนผู้พิการตำบลแจ้ซ้อน. Excel workbooks in a folder, made as such clubs make them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from equity.demo import faults as f
from equity.demo import groups as g
from equity.demo import writing as w
from equity.demo.names import words
from equity.demo.people import CLUB, Cast, Person, Row, areas, give_ids, make_people, pick, stream
from equity.demo.tables import Delivery, Fault, Kind, Table, columns, corrected, person_of, plant, table
from equity.demo.workbook import Sheet, workbook

PROJECTS = ("CHS-2567-01", "CHS-2567-02", "CHS-2568-01")
FUNDS = ("กองทุนแจ้ซ้อน", "กองทุนออมสุข")
JOBS = ("ทำนา", "ทำไร่", "รับจ้างทั่วไป", "ค้าขาย", "ทอผ้า", "เลี้ยงสัตว์", "ว่างงาน", "แม่บ้าน", "จักสาน", "เพาะเห็ด")
DISABILITY = ("การเคลื่อนไหว", "ทางการเห็น", "ทางการได้ยิน", "สติปัญญา", "จิตใจ", "ออทิสติก", "การเรียนรู้")
TOPICS = ("ทอผ้าพื้นเมือง", "เพาะเห็ดฟาง", "แปรรูปกล้วย", "บัญชีครัวเรือน", "ขายของออนไลน์", "ซ่อมรถเข็น", "ทำปุ๋ยหมัก", "งานไม้ไผ่")
CRAFTS = ("ทอผ้า", "จักสาน", "เพาะเห็ด", "แปรรูปกล้วย", "น้ำพริก", "ไม้ไผ่", "ซ่อมรถเข็น", "ปุ๋ยหมัก")
DEVICES = ("รถเข็น", "ไม้เท้า", "ไม้ค้ำยัน", "ขาเทียม", "เครื่องช่วยฟัง", "เตียงปรับระดับ", "สามล้อโยก")
LAST_DAY = date(2026, 2, 27)

PROJECT_HEADERS = [
    *words("ลำดับ รหัสโครงการ ทุน ชื่อโครงการ ลักษณะพื้นที่ สัญญาเลขที่ ลงนามเมื่อ เริ่ม สิ้นสุด ขั้นตอนปัจจุบัน"),
    *("งบประมาณ (บาท)", "เบิกจ่ายแล้ว (บาท)", "เป้าหมาย (คน)"),
]
PARTICIPANT_HEADERS = [
    *words("ลำดับ รหัสสมาชิก เลขประจำตัวประชาชน ชื่อ-สกุล เพศ วันเกิด โทรศัพท์ บ้านเลขที่ หมู่ที่ ตำบล อำเภอ"),
    *words("ประเภทความพิการ รหัสโครงการ กลุ่มเป้าหมาย"),
    "ก่อนเข้าร่วม / อาชีพ",
    "ก่อนเข้าร่วม / รายได้ต่อเดือน",
    *words("วันที่เข้าร่วม วันที่ออก เหตุที่ออก ความยินยอม หมายเหตุ"),
]
MEMBER_HEADERS = [
    *("ที่", "รหัสสมาชิก", "เลขบัตรประชาชน", "ชื่อ นามสกุล", "วันเกิด"),
    *("ที่อยู่", "กองทุน", "วันที่สมัคร", "วันที่พ้นสภาพ", "ตำแหน่ง"),
]
ACTIVITY_HEADERS = words("ลำดับ รหัสกิจกรรม รหัสโครงการ ชื่อกิจกรรม วันที่จัด จำนวนชั่วโมง ด้าน รหัสวิทยากร รูปแบบ")
ATTENDANCE_HEADERS = [
    *("ลำดับ", "รหัสสมาชิก", "รหัสกิจกรรม", "ชั่วโมง", "ผลการประเมิน", "คะแนน / ก่อน", "คะแนน / หลัง", "วุฒิบัตร"),
]
OUTCOME_HEADERS = [
    *("ลำดับ", "รหัสสมาชิก", "วันที่ติดตาม", "สถานะการทำงาน", "อาชีพปัจจุบัน", "รายได้ต่อเดือน", "เงินออมต่อเดือน"),
    *("จดทะเบียน", "แผนอาชีพ", "คะแนน (1-5) / สุขภาพ", "คะแนน (1-5) / คุณภาพชีวิต", "คะแนน (1-5) / ความสุข"),
    *("คะแนน (1-5) / ภูมิใจ", "หาได้/ให้ได้"),
]
LEDGER_HEADERS = [
    *("เลขที่", "วัน เดือน ปี", "รหัสสมาชิก", "กองทุน", "รายการ", "จำนวนเงิน (บาท)", "ครบกำหนด", "ผู้ค้ำ", "หมายเหตุ"),
]
DEVICE_HEADERS = [
    *("ลำดับ", "เลขที่ใบงาน", "รหัสสมาชิก", "อุปกรณ์", "ซ่อม/จัดหา", "วันที่แจ้ง", "วันที่เสร็จ", "ค่าใช้จ่าย (บาท)"),
]


def _days(rng: np.random.Generator, n: int, first: date, last: date) -> list[date]:
    return [first + timedelta(days=d) for d in rng.integers(0, (last - first).days + 1, size=n).tolist()]


def _spared(row: Row) -> bool:
    p = person_of(row)
    return p.shared or any(nid.startswith("G") for nid in p.ids.values())


class Club:
    """Everything the club sends, night by night (1 to 7)."""

    def __init__(self, seed: int, scale: float, cast: Cast) -> None:
        self.seed, self.scale, self.cast = seed, scale, cast
        self.members = self._draw_members()

    def n(self, base: float) -> int:
        """Scale a count."""
        return max(1, round(base * self.scale))

    def rng(self, label: str) -> np.random.Generator:
        """Return the random stream of one purpose."""
        return stream(self.seed, "club " + label)

    # --- the people's two registers

    def _draw_members(self) -> list[Person]:
        rng = self.rng("members")
        among = [self.cast.club[i] for i in rng.permutation(len(self.cast.club)).tolist()]
        return sorted([*among[: self.n(800)], *self.cast.fund_only], key=lambda p: p.refs[CLUB])

    def _participants(self, label: str, people: list[Person], first: date, last: date) -> Table:
        rng = self.rng("participant " + label)
        codes = [a.code for a in areas()]
        order = {p.key: (codes.index(p.area.code), p.refs[CLUB]) for p in people}
        people = sorted(people, key=lambda p: order[p.key])
        twice = set(rng.permutation(len(people))[: round(len(people) * 0.033)].tolist())
        rows = [(p, k) for at, p in enumerate(people) for k in range(2 if at in twice else 1)]
        who = [p for p, _ in rows]
        n = len(who)
        main = rng.choice(3, n, p=[0.5, 0.3, 0.2]).tolist()
        project = [PROJECTS[(m + 1) % 3 if k else m] for m, (_, k) in zip(main, rows, strict=True)]
        for at in range(1, n):  # a person's second row is of another project
            if who[at] is who[at - 1] and project[at] == project[at - 1]:
                project[at] = PROJECTS[(PROJECTS.index(project[at]) + 1) % 3]
        joined = _days(rng, n, first, last)
        gone = (rng.random(n) < 0.22).tolist()
        left = [
            min(j + timedelta(days=d), LAST_DAY) if g and j + timedelta(days=30) < LAST_DAY else None
            for j, g, d in zip(joined, gone, rng.integers(30, 400, size=n).tolist(), strict=True)
        ]
        reasons = pick(rng, ("จบโครงการ", "ย้ายที่อยู่", "ลาออก", "ตาย"), n, (0.75, 0.1, 0.12, 0.03))
        disabled = (rng.random(n) < 0.4).tolist()
        disability = pick(rng, DISABILITY, n, (0.5, 0.1, 0.12, 0.1, 0.1, 0.04, 0.04))
        poor = pick(rng, ("ยากจน", "ว่างงาน", "แรงงานนอกระบบ", ""), n)
        joint = pick(rng, (", ", ",", "/"), n, (0.8, 0.15, 0.05))
        groups = []
        for p, d, extra, glue in zip(who, disabled, poor, joint, strict=True):
            group = ["คนพิการ"] if d else []
            group += [extra] if extra else []
            group += ["ผู้สูงอายุ"] if p.age() >= 60 else ["เยาวชนนอกระบบ"] if p.age() < 20 else []
            groups.append(glue.join(group))
        births, dated = self._births(rng, who)
        income = rng.choice([1, 2, 3], n, p=[0.05, 0.08, 0.87]).tolist()
        amount = (np.clip(rng.normal(38, 11, size=n), 8, 120).astype(int) * 100).tolist()
        short = (rng.random(n) < 0.5).tolist()
        glue = pick(rng, ("", " "), n, (0.7, 0.3))
        names = [f"{p.prefix(s)}{g}{' '.join(p.name(CLUB))}" for p, s, g in zip(who, short, glue, strict=True)]
        made = table(
            "participant",
            {
                "ลำดับ": range(1, n + 1),
                "รหัสสมาชิก": [p.refs[CLUB] for p in who],
                "เลขประจำตัวประชาชน": w.national_ids(rng, [p.ids[CLUB] for p in who], spreadsheet=True),
                "ชื่อ-สกุล": w.untidy(rng, names, unicode=True),
                "เพศ": [
                    ("ช" if p.sex == "male" else "ญ") if u < 0.8 else ("ชาย" if p.sex == "male" else "หญิง")
                    for p, u in zip(who, rng.random(n).tolist(), strict=True)
                ],
                "วันเกิด": births,
                "โทรศัพท์": w.phones(rng, [p.phone for p in who]),
                "บ้านเลขที่": [p.house for p in who],
                "หมู่ที่": [
                    int(p.moo) if u < 0.9 else w.thai_digits(p.moo) for p, u in zip(who, rng.random(n), strict=True)
                ],
                "ตำบล": w.untidy(rng, [p.area.tambon for p in who], unicode=True),
                "อำเภอ": [
                    p.area.amphoe if u < 0.85 else f"อ.{p.area.amphoe}" for p, u in zip(who, rng.random(n), strict=True)
                ],
                "ประเภทความพิการ": [t if d else "-" for t, d in zip(disability, disabled, strict=True)],
                "รหัสโครงการ": project,
                "กลุ่มเป้าหมาย": groups,
                "ก่อนเข้าร่วม / อาชีพ": pick(rng, JOBS, n),
                "ก่อนเข้าร่วม / รายได้ต่อเดือน": w.numbers(
                    rng,
                    ["" if i == 1 else "-" if i == 2 else a for i, a in zip(income, amount, strict=True)],
                    unit="บาท",
                ),
                "วันที่เข้าร่วม": w.dates(rng, joined, w.CLUB_DATES),
                "วันที่ออก": w.dates(rng, left, w.CLUB_DATES),
                "เหตุที่ออก": [r if d else "" for r, d in zip(reasons, left, strict=True)],
                "ความยินยอม": pick(rng, ("ยินยอมแล้ว", "ไม่ให้", ""), n, (0.9, 0.03, 0.07)),
                "หมายเหตุ": pick(rng, ("", "รอเอกสาร", "มากับลูก", "นัดเยี่ยมบ้าน"), n, (0.9, 0.04, 0.03, 0.03)),
                "_person": who,
                "_source": [CLUB] * n,
                "_joined": joined,
                "_dated": dated,
            },
        )
        return made

    def _births(self, rng: np.random.Generator, who: list[Person]) -> tuple[list[Any], list[bool]]:
        u = rng.random(len(who)).tolist()
        days = [None if x < 0.03 else p.birth for p, x in zip(who, u, strict=True)]
        cells = w.dates(rng, days, w.CLUB_BIRTHS)
        for at, (p, x) in enumerate(zip(who, u, strict=True)):
            if x > 0.975 and p.age() > 30:
                cells[at] = str(p.birth.year + 543) if x > 0.985 else f"00/00/{p.birth.year + 543}"
        return cells, [day is not None for day in days]

    def _participant_kinds(self, today: date) -> list[Kind]:
        return [
            *f.national_id("เลขประจำตัวประชาชน"),
            *f.birth("วันเกิด"),
            *f.full_name("ชื่อ-สกุล", sexed=True),
            *f.place("ตำบล", "อำเภอ"),
            *f.day("joined_on", "วันที่เข้าร่วม", today),
            *f.number("baseline_monthly_income", "ก่อนเข้าร่วม / รายได้ต่อเดือน", (450000, -500, 1200000)),
            f.missing("joined_on", "วันที่เข้าร่วม"),
            f.missing("project_ref", "รหัสโครงการ"),
            f.missing("partner_person_ref", "รหัสสมาชิก"),
            f.before("left_on", "left_on.before_joined_on", "วันที่ออก", "_joined"),
            f.phone("โทรศัพท์"),
            f.unknown("sex", "เพศ", ("ไม่แน่ใจ",)),
            f.unknown("disability_type", "ประเภทความพิการ", ("ปวดหลัง", "เดินช้า")),
            f.unknown("exit_reason", "เหตุที่ออก", ("ติดธุระ", "ไม่ว่างแล้ว")),
            f.unknown("consent_status", "ความยินยอม", ("รอถามก่อน",)),
            f.with_unknown("target_groups", "กลุ่มเป้าหมาย", "คนใจดี"),
        ]

    def _fund_members(self, label: str, people: list[Person], first: date, last: date) -> Table:
        rng = self.rng("fund_member " + label)
        n = len(people)
        joined = _days(rng, n, first, last)
        left = [
            j + timedelta(days=60) if u < 0.04 and j + timedelta(days=60) < LAST_DAY else None
            for j, u in zip(joined, rng.random(n).tolist(), strict=True)
        ]
        births, dated = self._births(rng, people)
        roles = ["สมาชิก"] * n
        if label == "first":
            for at, role in enumerate(("ประธาน", "รองประธาน", "เหรัญญิก", "เลขานุการ", "กรรมการ", "กรรมการ", "กรรมการ")):
                if at < n:
                    roles[at] = role
        short = (rng.random(n) < 0.6).tolist()
        tidy = rng.random(n).tolist()
        lines = []
        for p, u in zip(people, tidy, strict=True):
            if u < 0.7:
                lines.append(f"{p.house} หมู่ {p.moo} ต.{p.area.tambon} อ.{p.area.amphoe} จ.ลำปาง")
            elif u < 0.9:
                lines.append(f"บ้านเลขที่ {p.house} หมู่ที่ {p.moo} ตำบล{p.area.tambon} อำเภอ{p.area.amphoe} จังหวัดลำปาง")
            else:
                lines.append(w.thai_digits(f"{p.house} ม.{p.moo} ต.{p.area.tambon} อ.{p.area.amphoe}"))
        names = [f"{p.prefix(s)}{' '.join(p.name(CLUB))}" for p, s in zip(people, short, strict=True)]
        return table(
            "fund_member",
            {
                "ที่": range(1, n + 1),
                "รหัสสมาชิก": [p.refs[CLUB] for p in people],
                "เลขบัตรประชาชน": w.national_ids(rng, [p.ids[CLUB] for p in people], spreadsheet=True),
                "ชื่อ นามสกุล": w.untidy(rng, names, unicode=True),
                "วันเกิด": births,
                "ที่อยู่": lines,
                "กองทุน": [FUNDS[0] if at % 4 else FUNDS[1] for at in range(n)],
                "วันที่สมัคร": w.dates(rng, joined, w.CLUB_DATES),
                "วันที่พ้นสภาพ": w.dates(rng, left, w.CLUB_DATES),
                "ตำแหน่ง": roles,
                "_person": people,
                "_source": [CLUB] * n,
                "_joined": joined,
                "_dated": dated,
            },
        )

    def _member_kinds(self, today: date) -> list[Kind]:
        return [
            *f.national_id("เลขบัตรประชาชน"),
            *f.birth("วันเกิด"),
            *f.full_name("ชื่อ นามสกุล", sexed=False),
            *f.address("ที่อยู่"),
            *f.day("joined_on", "วันที่สมัคร", today),
            f.missing("joined_on", "วันที่สมัคร"),
            f.missing("fund_ref", "กองทุน"),
            f.missing("partner_person_ref", "รหัสสมาชิก"),
            f.before("left_on", "left_on.before_joined_on", "วันที่พ้นสภาพ", "_joined"),
            f.unknown("committee_role", "ตำแหน่ง", ("ที่ปรึกษากิตติมศักดิ์", "คนขับรถ")),
        ]

    @cached_property
    def register(self) -> tuple[Table, Table, Table]:
        """The first night's project, participant and fund_member."""
        rng = self.rng("register faults")
        spent = (812000, 455000, 960000)
        projects = columns(
            "project",
            **dict(
                zip(
                    PROJECT_HEADERS,
                    (
                        range(1, 4),
                        PROJECTS,
                        ("ทุนพัฒนาอาชีพที่ใช้ชุมชนเป็นฐาน", "ทุนส่งเสริมโอกาสการเรียนรู้ฯ", "ตัวแบบกองทุนเพื่อพัฒนาอาชีพ"),
                        ("ทอผ้าและจักสานเพื่อคนพิการ", "โรงเรียนชีวิตบ้านแจ้ซ้อน", "กองทุนอาชีพไม่ต้องมีผู้ค้ำ"),
                        ("ชนบท", "ชนบท", "ชนบท"),
                        ("กสศ.67-0412", "กสศ.67-0733", "กสศ.68-0155"),
                        ("15 พ.ค. 2567", "1/7/2567", date(2025, 4, 21)),
                        ("1 มิ.ย. 2567", "15/7/2567", date(2025, 5, 1)),
                        ("30 พ.ย. 2569", "31/12/2568", "30/04/2570"),
                        ("กำลังดำเนินงาน", "จัดทำแผนอาชีพแล้ว", "กำลังดำเนินงาน"),
                        (1250000, "900,000", 1480000),
                        (spent[0], w.thai_digits(spent[1]), spent[2]),
                        (700, "๔๐๐", 300),
                    ),
                    strict=True,
                )
            ),
        )
        over = {"เบิกจ่ายแล้ว (บาท)": 1980000}
        projects.faults = {2: (Fault("disbursed_baht", "disbursed_baht.over_budget", over),)}
        people = self._participants("first", self.cast.club, date(2024, 6, 1), date(2026, 2, 15))
        members = self._fund_members("first", self.members, date(2023, 1, 5), date(2024, 9, 25))
        today = date(2026, 3, 2)
        plant(rng, people, self._participant_kinds(today), spared=_spared)
        plant(rng, members, self._member_kinds(today), spared=_spared)
        return projects, people, members

    @cached_property
    def made(self) -> tuple[Table, Table]:
        """The first night's community_group and product."""
        rng, today = self.rng("groups"), date(2026, 3, 2)
        home = [a for a in areas() if a.amphoe == "เมืองปาน"]
        span = (date(2024, 7, 1), date(2026, 1, 31))
        groups = g.groups(rng, "G-", self.n(45), home, CRAFTS, PROJECTS, span, w.CLUB_DATES)
        goods = g.products(rng, "P-", self.n(120), groups, CRAFTS)
        plant(self.rng("group faults"), groups, g.group_kinds(today))
        plant(self.rng("product faults"), goods, g.product_kinds())
        return groups, goods

    def _register_sheets(self, tables: tuple[Table, Table, Table], made: tuple[Table, Table], note: str) -> list[Sheet]:
        projects, people, members = tables
        typed = {
            "เลขประจำตัวประชาชน": "เลขประจำตัว\nประชาชน",
            "ประเภทความพิการ": "ประเภท\nความพิการ",
            "รายได้ต่อเดือน": "รายได้\nต่อเดือน",
            "ชื่อ นามสกุล": "ชื่อ  นามสกุล",
            "งบประมาณ (บาท)": "งบประมาณ\n(บาท)",
            "เบิกจ่ายแล้ว (บาท)": "เบิกจ่ายแล้ว  (บาท)",
        }
        if "แก้ไข" in note:
            typed["วันเกิด"] = "วัน/เดือน/ปีเกิด"
        member_typed = {k: v for k, v in typed.items() if k != "วันเกิด"}
        return [
            Sheet("โครงการ", "โครงการที่ได้รับทุน", PROJECT_HEADERS, projects, typed=typed),
            Sheet(
                "ทะเบียนผู้เข้าร่วม",
                "ทะเบียนผู้เข้าร่วมโครงการ",
                PARTICIPANT_HEADERS,
                people,
                note,
                header_rows=2,
                typed=typed,
                group=lambda row: "ตำบล" + person_of(row).area.tambon,
            ),
            Sheet("สมาชิกกองทุน", "ทะเบียนสมาชิกกองทุน", MEMBER_HEADERS, members, typed=member_typed, left=1),
            Sheet("กลุ่มอาชีพ", "ทะเบียนกลุ่มและวิสาหกิจชุมชน", g.GROUP_HEADERS, made[0], typed={"สมาชิก (คน)": "สมาชิก\n(คน)"}),
            Sheet("สินค้าและบริการ", "สินค้าและบริการของกลุ่ม", g.PRODUCT_HEADERS, made[1], header_rows=2),
        ]

    # --- what is done

    def _activities(self, label: str, letter: str, n: int, first: date, last: date) -> Table:
        rng = self.rng("activity " + label)
        held = sorted(_days(rng, n, first, last))
        refs = [f"ACT-{letter}{at + 1:04}" for at in range(n)]
        return table(
            "activity",
            {
                "ลำดับ": range(1, n + 1),
                "รหัสกิจกรรม": refs,
                "รหัสโครงการ": pick(rng, PROJECTS, n, (0.5, 0.3, 0.2)),
                "ชื่อกิจกรรม": [f"{t} รุ่นที่ {at % 9 + 1}" for at, t in enumerate(pick(rng, TOPICS, n))],
                "วันที่จัด": w.dates(rng, held, w.CLUB_DATES),
                "จำนวนชั่วโมง": w.numbers(rng, pick(rng, (3, 6, 12, 1.5), n, (0.4, 0.45, 0.1, 0.05))),
                "ด้าน": pick(rng, ("อาชีพ", "บริหารจัดการ", "เศรษฐกิจครัวเรือน"), n, (0.6, 0.2, 0.2)),
                "รหัสวิทยากร": [f"TR-{i:02}" for i in rng.integers(1, 25, size=n).tolist()],
                "รูปแบบ": pick(rng, ("ปรับทักษะ", "ยกระดับ", "รายบุคคล"), n, (0.5, 0.4, 0.1)),
            },
        )

    def _attendance(self, label: str, activities: list[str], pairs: int, taken: set[tuple[str, str]]) -> Table:
        rng = self.rng("attendance " + label)
        people = [p.refs[CLUB] for p in self.cast.club]
        a, p = rng.integers(len(activities), size=pairs * 2), rng.integers(len(people), size=pairs * 2)
        drawn = dict.fromkeys((people[j], activities[i]) for i, j in zip(a.tolist(), p.tolist(), strict=True))
        chosen = sorted([pair for pair in drawn if pair not in taken][:pairs], key=lambda pair: (pair[1], pair[0]))
        n = len(chosen)
        tested = (rng.random(n) < 0.55).tolist()
        pre = rng.integers(10, 70, size=n).tolist()
        post = [min(100, x + d) for x, d in zip(pre, rng.integers(-5, 40, size=n).tolist(), strict=True)]
        passed = pick(rng, ("ผ่าน", "ไม่ผ่าน", "-"), n, (0.82, 0.08, 0.1))
        return table(
            "attendance",
            {
                "ลำดับ": range(1, n + 1),
                "รหัสสมาชิก": [ref for ref, _ in chosen],
                "รหัสกิจกรรม": [ref for _, ref in chosen],
                "ชั่วโมง": w.numbers(rng, pick(rng, (3, 6, 2, 12), n, (0.4, 0.45, 0.1, 0.05))),
                "ผลการประเมิน": passed,
                "คะแนน / ก่อน": w.numbers(rng, [x if t else None for x, t in zip(pre, tested, strict=True)]),
                "คะแนน / หลัง": w.numbers(rng, [x if t else None for x, t in zip(post, tested, strict=True)]),
                "วุฒิบัตร": ["มี" if x == "ผ่าน" and u < 0.3 else "" for x, u in zip(passed, rng.random(n), strict=True)],
            },
        )

    def _outcomes(self, label: str, n: int, days: Sequence[date], taken: set[tuple[str, date]]) -> Table:
        rng = self.rng("outcome " + label)
        people = [p.refs[CLUB] for p in self.cast.club]
        who, when = rng.integers(len(people), size=2 * n).tolist(), rng.integers(len(days), size=2 * n).tolist()
        drawn = dict.fromkeys((people[i], days[j]) for i, j in zip(who, when, strict=True))
        chosen = [pair for pair in drawn if pair not in taken][:n]
        n = len(chosen)
        kinds = ("ลูกจ้าง", "รับจ้าง", "ค้าขาย", "อาชีพอิสระ", "ช่วยที่บ้าน", "ว่างงาน")
        work = pick(rng, kinds, n, (0.2, 0.25, 0.2, 0.2, 0.08, 0.07))
        income = (np.clip(rng.normal(56, 13, size=n), 10, 160).astype(int) * 100).tolist()
        idle = ("ว่างงาน", "ช่วยที่บ้าน")
        savings = (rng.integers(0, 20, size=n) * 50).tolist()
        scores: dict[str, list[Any]] = {
            header: w.numbers(rng, pick(rng, (1, 2, 3, 4, 5), n, (0.05, 0.1, 0.3, 0.35, 0.2)))
            for header in OUTCOME_HEADERS
            if header.startswith("คะแนน")
        }
        empty = pick(rng, ("", "-", "ไม่มี"), n)
        blank = (rng.random(n) < 0.06).tolist()
        return table(
            "outcome",
            {
                "ลำดับ": range(1, n + 1),
                "รหัสสมาชิก": [ref for ref, _ in chosen],
                "วันที่ติดตาม": w.dates(rng, [day for _, day in chosen], w.CLUB_DATES),
                "สถานะการทำงาน": work,
                "อาชีพปัจจุบัน": ["" if s in idle else j for s, j in zip(work, pick(rng, JOBS[:6], n), strict=True)],
                "รายได้ต่อเดือน": w.numbers(
                    rng,
                    [e if s in idle else "" if b else i for s, i, e, b in zip(work, income, empty, blank, strict=True)],
                    unit="บาท",
                ),
                "เงินออมต่อเดือน": w.numbers(rng, [s or e for s, e in zip(savings, empty, strict=True)], unit="บาท"),
                "จดทะเบียน": pick(rng, ("ใช่", "ไม่ใช่", ""), n, (0.1, 0.8, 0.1)),
                "แผนอาชีพ": pick(rng, ("มีแล้ว", "ยังไม่มี"), n),
                **scores,
                "หาได้/ให้ได้": pick(rng, ("ได้", "ไม่ได้", ""), n, (0.5, 0.3, 0.2)),
                "_key": chosen,
            },
        )

    def _doing_kinds(self, today: date) -> tuple[list[Kind], list[Kind], list[Kind]]:
        activity = [
            *f.day("held_on", "วันที่จัด", today),
            *f.number("hours", "จำนวนชั่วโมง", (0, 48, -3)),
            f.missing("held_on", "วันที่จัด"),
            f.missing("activity_ref", "รหัสกิจกรรม"),
            f.unknown("skill_area", "ด้าน", ("ดนตรี", "กีฬา")),
            f.unknown("mode", "รูปแบบ", ("ออนไลน์",)),
        ]
        attendance = [
            *f.number("hours", "ชั่วโมง", (0, 30, -2, 72)),
            *f.number("pre_score", "คะแนน / ก่อน", (105, -5, 250)),
            *f.number("post_score", "คะแนน / หลัง", (120, -1, 999)),
            f.unknown("passed", "ผลการประเมิน", ("รอผล", "เกือบผ่าน"), "boolean.unknown"),
            f.missing("partner_person_ref", "รหัสสมาชิก"),
            f.missing("activity_ref", "รหัสกิจกรรม"),
        ]
        outcome = [
            *f.day("followed_up_on", "วันที่ติดตาม", today),
            f.missing("followed_up_on", "วันที่ติดตาม"),
            f.missing("partner_person_ref", "รหัสสมาชิก"),
            f.words("monthly_income", "number.not_a_number", "รายได้ต่อเดือน", ("พออยู่ได้", "แล้วแต่ฝน")),
            f.words("monthly_savings", "number.not_a_number", "เงินออมต่อเดือน", ("นิดหน่อย",)),
            f.unknown("work_status", "สถานะการทำงาน", ("ทำบ้างหยุดบ้าง",)),
            f.unknown("business_registered", "จดทะเบียน", ("กำลังจด",), "boolean.unknown"),
            f.unknown("career_plan", "แผนอาชีพ", ("กำลังคิด",), "boolean.unknown"),
            f.unknown("gives_to_others", "หาได้/ให้ได้", ("บางครั้ง",), "boolean.unknown"),
        ]
        for field, header in (
            ("health_score", "คะแนน (1-5) / สุขภาพ"),
            ("quality_of_life_score", "คะแนน (1-5) / คุณภาพชีวิต"),
            ("happiness_score", "คะแนน (1-5) / ความสุข"),
            ("pride_score", "คะแนน (1-5) / ภูมิใจ"),
        ):
            outcome.append(f.words(field, f"{field}.out_of_range", header, (0, 6, 9, -1)))
        return activity, attendance, outcome

    @cached_property
    def doing(self) -> tuple[Table, Table, Table]:
        """The first night's activity, attendance and outcome."""
        rng = self.rng("doing faults")
        first, last = date(2024, 6, 15), date(2026, 2, 26)
        activities = self._activities("first", "", self.n(400), first, last)
        attendance = self._attendance("first", [r["รหัสกิจกรรม"] for r in activities.rows], self.n(7000), set())
        days = [date(2025, m, d) for m in (3, 6, 9, 12) for d in (5, 12, 19)]
        outcomes = self._outcomes("first", self.n(1800), days, set())
        for made, kinds in zip((activities, attendance, outcomes), self._doing_kinds(date(2026, 3, 2)), strict=True):
            plant(rng, made, kinds)
        return activities, attendance, outcomes

    def _outputs(self, label: str, n: int, first: date, last: date) -> Table:
        made = g.outputs(self.rng("output " + label), label, n, TOPICS, PROJECTS, (first, last))
        return plant(self.rng(f"output {label} faults"), made, g.output_kinds(last + timedelta(days=4)))

    def _doing_sheets(self, tables: tuple[Table, Table, Table], outputs: Table, month: str) -> list[Sheet]:
        activities, attendance, outcomes = tables
        typed = {
            "จำนวนชั่วโมง": "จำนวน\nชั่วโมง",
            "สถานะการทำงาน": "สถานะ\nการทำงาน",
            "คะแนน (1-5)": "คะแนน\n(1-5)",
            "ผลการประเมิน": "ผล\nการประเมิน",
        }
        return [
            Sheet("กิจกรรม", "รายการกิจกรรม", ACTIVITY_HEADERS, activities, month, typed=typed),
            Sheet("การเข้าร่วม", "บันทึกการเข้าร่วมกิจกรรม", ATTENDANCE_HEADERS, attendance, header_rows=2, typed=typed),
            Sheet("ติดตามผล", "แบบติดตามผลลัพธ์", OUTCOME_HEADERS, outcomes, month, header_rows=2, typed=typed),
            Sheet("ผลงานความรู้", "ทะเบียนผลงานความรู้", g.OUTPUT_HEADERS, outputs, month),
        ]

    # --- the fund

    @cached_property
    def books(self) -> tuple[list[Row], list[Row]]:
        """The fund's whole ledger and device services in order of days, as notes; January 2569 among them."""
        rng = self.rng("books")
        n = self.n(8500)
        months = [(y, m) for y in (2024, 2025, 2026) for m in range(1, 13)]
        months = months[months.index((2024, 10)) : months.index((2026, 2)) + 1]
        refs = [p.refs[CLUB] for p in self.members]
        fund = {ref: FUNDS[0] if at % 4 else FUNDS[1] for at, ref in enumerate(refs)}
        days = sorted(
            date(months[i][0], months[i][1], d)
            for i, d in zip(
                rng.integers(len(months), size=n).tolist(), rng.integers(1, 27, size=n).tolist(), strict=True
            )
        )
        kinds = ("ฝาก", "ถอน", "สวัสดิการ", "ยืม", "คืน", "ค่าธรรมเนียม", "บริจาค")
        drawn = pick(rng, kinds, n, (0.68, 0.08, 0.05, 0.05, 0.08, 0.03, 0.03))
        who = rng.integers(len(refs), size=n).tolist()
        size = rng.integers(1, 11, size=n).tolist()
        saved: dict[str, int] = {}
        owed: dict[str, int] = {}
        ledger: list[Row] = []
        for at in range(n):
            ref, kind, amount, due = refs[who[at]], drawn[at], size[at] * 50, None
            january = (days[at].year, days[at].month) == (2026, 1)
            # January's page comes late: what it holds may not be missed by the lines that follow
            if kind == "ถอน":
                amount = saved.get(ref, 0) // 200 * 50
                if amount <= 0 or january:
                    kind, amount = "ฝาก", size[at] * 50
            elif kind == "คืน":
                amount = min(owed.get(ref, 0), size[at] * 100)
                if amount <= 0 or january:
                    kind, amount = "ฝาก", size[at] * 50
            elif kind == "ยืม":
                if owed.get(ref, 0) or january:
                    kind = "ฝาก"
                else:
                    amount, due = size[at] * 500, days[at] + timedelta(days=180)
            elif kind == "สวัสดิการ":
                amount = size[at] * 100
            if not january:
                saved[ref] = saved.get(ref, 0) + {"ฝาก": amount, "ถอน": -amount}.get(kind, 0)
                owed[ref] = owed.get(ref, 0) + {"ยืม": amount, "คืน": -amount}.get(kind, 0)
            ledger.append({"ref": ref, "fund": fund[ref], "day": days[at], "kind": kind, "amount": amount, "due": due})
        k = self.n(950)
        asked = sorted(_days(rng, k, date(2024, 7, 1), date(2026, 2, 20)))
        wait = rng.integers(1, 45, size=k).tolist()
        services: list[Row] = [
            {"ref": refs[i], "asked": day, "done": done if (done := day + timedelta(days=d)) < LAST_DAY else None}
            for i, day, d in zip(rng.integers(len(refs), size=k).tolist(), asked, wait, strict=True)
        ]
        return ledger, services

    @cached_property
    def has_withdrawn(self) -> frozenset[str]:
        """Members whose savings must not lose a deposit."""
        return frozenset(row["ref"] for row in self.books[0] if row["kind"] == "ถอน")

    def _fund_tables(self, label: str, *, january: bool, today: date) -> tuple[Table, Table]:
        rng = self.rng("fund " + label)
        ledger, services = self.books
        lines = (
            [r for r in ledger if (r["day"].year, r["day"].month) == (2026, 1)]
            if january
            else [r for r in ledger if (r["day"].year, r["day"].month) != (2026, 1)]
        )
        jobs = [r for r in services if ((r["asked"].year, r["asked"].month) == (2026, 1)) == january]
        n, k = len(lines), len(jobs)
        none = pick(rng, ("-", "ไม่มี", ""), n)
        transactions = table(
            "fund_transaction",
            {
                "เลขที่": [f"{'ม' if january else 'บ'}{at + 1:05}" for at in range(n)],
                "วัน เดือน ปี": w.dates(rng, [r["day"] for r in lines], w.CLUB_DATES),
                "รหัสสมาชิก": [r["ref"] for r in lines],
                "กองทุน": [r["fund"] for r in lines],
                "รายการ": [r["kind"] for r in lines],
                "จำนวนเงิน (บาท)": w.numbers(rng, [r["amount"] for r in lines], unit="บาท"),
                "ครบกำหนด": w.dates(rng, [r["due"] for r in lines], w.CLUB_DATES),
                "ผู้ค้ำ": none,
                "หมายเหตุ": pick(rng, ("", "เงินสด", "โอน"), n, (0.7, 0.2, 0.1)),
                "_note": lines,
            },
        )
        guarantors = [f"นาย{' '.join(p.name(CLUB))}" for p in self.cast.club[6:] if p.sex == "male"][:20]
        plant(
            rng,
            transactions,
            [
                *f.day("booked_on", "วัน เดือน ปี", today),
                *f.number("amount_baht", "จำนวนเงิน (บาท)", (0, -200, -50), "amount_baht.not_positive"),
                f.missing("booked_on", "วัน เดือน ปี"),
                f.missing("amount_baht", "จำนวนเงิน (บาท)"),
                f.missing("partner_person_ref", "รหัสสมาชิก"),
                f.missing("fund_ref", "กองทุน"),
                f.missing("partner_record_ref", "เลขที่"),
                f.unknown("kind", "รายการ", ("โอนผิด", "ปรับยอด")),
                f.words("guarantor", "guarantor.present", "ผู้ค้ำ", guarantors or ("นายสมชัย ใจดี",)),
            ],
            # a held deposit or repayment would let the loaded balance run below zero
            spared=lambda row: (
                row["_note"]["kind"] in ("ยืม", "คืน")
                or (row["_note"]["kind"] == "ฝาก" and row["_note"]["ref"] in self.has_withdrawn)
            ),
        )
        cost = [
            None if u < 0.2 else int(c) * 50 for u, c in zip(rng.random(k), rng.integers(1, 60, size=k), strict=True)
        ]
        devices = table(
            "device_service",
            {
                "ลำดับ": range(1, k + 1),
                "เลขที่ใบงาน": [f"{'JM' if january else 'J'}{at + 1:04}" for at in range(k)],
                "รหัสสมาชิก": [r["ref"] for r in jobs],
                "อุปกรณ์": pick(rng, DEVICES, k, (0.35, 0.15, 0.15, 0.1, 0.1, 0.05, 0.1)),
                "ซ่อม/จัดหา": pick(rng, ("ซ่อม", "จัดหา"), k, (0.7, 0.3)),
                "วันที่แจ้ง": w.dates(rng, [r["asked"] for r in jobs], w.CLUB_DATES),
                "วันที่เสร็จ": w.dates(rng, [r["done"] for r in jobs], w.CLUB_DATES),
                "ค่าใช้จ่าย (บาท)": w.numbers(rng, cost, unit="บาท"),
                "_asked": [r["asked"] for r in jobs],
            },
        )
        plant(
            rng,
            devices,
            [
                *f.day("requested_on", "วันที่แจ้ง", today),
                f.missing("requested_on", "วันที่แจ้ง"),
                f.missing("device_type", "อุปกรณ์"),
                f.missing("partner_person_ref", "รหัสสมาชิก"),
                f.before("done_on", "done_on.before_requested_on", "วันที่เสร็จ", "_asked"),
                f.unknown("service_kind", "ซ่อม/จัดหา", ("ให้ยืม", "สอบถาม")),
                f.words("cost_baht", "number.not_a_number", "ค่าใช้จ่าย (บาท)", ("ฟรีทุกอย่าง", "แล้วแต่ศรัทธา")),
            ],
        )
        return transactions, devices

    def _fund_sheets(self, tables: tuple[Table, Table]) -> list[Sheet]:
        def month(row: Row) -> str:
            day: date = row["_note"]["day"]
            return f"เดือน{w.FULL[day.month - 1]} {day.year + 543}"

        typed = {"จำนวนเงิน (บาท)": "จำนวนเงิน\n(บาท)", "วัน เดือน ปี": "วัน  เดือน  ปี", "ค่าใช้จ่าย (บาท)": "ค่าใช้จ่าย\n(บาท)"}
        return [
            Sheet(
                "รายการเงิน",
                "บัญชีกองทุน",
                LEDGER_HEADERS,
                tables[0],
                "ทุกรายการไม่ต้องมีผู้ค้ำประกัน",
                typed=typed,
                group=month,
                group_label="รวม{group} {n} รายการ",
                total="จำนวนเงิน (บาท)",
            ),
            Sheet("ศูนย์ซ่อมสร้าง", "ศูนย์ซ่อมสร้าง", DEVICE_HEADERS, tables[1], typed=typed),
        ]

    # --- night by night

    def deliveries(self, night: int) -> list[Delivery]:
        """Return what the club sends for the n-th night (1 to 7)."""
        match night:
            case 1:
                made = date(2026, 3, 1)
                register = self._register_sheets(self.register, self.made, "ข้อมูล ณ วันที่ ๒๘ กุมภาพันธ์ ๒๕๖๙")
                outputs = self._outputs("2568", self.n(60), date(2024, 10, 1), date(2026, 2, 26))
                doing = self._doing_sheets(self.doing, outputs, "ประจำเดือน กุมภาพันธ์ 2569")
                fund = self._fund_sheets(self._fund_tables("first", january=False, today=date(2026, 3, 2)))
                return [
                    workbook("ทะเบียนสมาชิก_2569-02.xlsx", register, made=made, summary=True),
                    workbook("กิจกรรมและผลลัพธ์_2569-02.xlsx", doing, made=made),
                    workbook("บัญชีกองทุน_2569-02.xlsx", fund, made=made),
                ]
            case 3:
                mended = (Table("community_group", self.made[0].rows), Table("product", self._dearer()))
                sheets = self._register_sheets(self._corrected_register(), mended, "ฉบับแก้ไข ณ วันที่ 3 มีนาคม 2569")
                return [workbook("ทะเบียนสมาชิก_2569-02_แก้ไข.xlsx", sheets, made=date(2026, 3, 3))]
            case 5:
                sheets = self._fund_sheets(self._fund_tables("january", january=True, today=date(2026, 3, 6)))
                return [workbook("บัญชีกองทุน_2569-01.xlsx", sheets, made=date(2026, 3, 5))]
            case 7:
                outputs = self._outputs("2569", self.n(6), date(2026, 3, 1), date(2026, 3, 4))
                sheets = self._doing_sheets(self._march(), outputs, "ประจำเดือน มีนาคม 2569")
                return [workbook("กิจกรรมและผลลัพธ์_2569-03.xlsx", sheets, made=date(2026, 3, 7))]
            case _:
                return []

    def _dearer(self) -> list[Row]:
        """The products some nights later: all errors mended, every tenth sold at another price."""
        price = "ราคา (บาท) / หลัง"
        rows = self.made[1].rows
        return [{**row, price: 990} if at % 10 == 4 else row for at, row in enumerate(rows)]

    def _corrected_register(self) -> tuple[Table, Table, Table]:
        projects, people, members = self.register
        rng = self.rng("register corrected")
        home = [(p.area, 1.0) for p in self.cast.club[:5]]
        new = make_people(self.seed, "club-new", self.n(8), (18, 60), home)
        give_ids(rng, new, CLUB, 0.8)
        for at, person in enumerate(new):
            person.refs[CLUB] = f"CS-26{at + 1:05}"
        added = self._participants("new", new, date(2026, 2, 16), date(2026, 2, 27)).rows
        joined = self._fund_members("new", new[:3], date(2026, 2, 16), date(2026, 2, 27)).rows
        start = len(people.rows)
        for at, row in enumerate(added):
            row["ลำดับ"] = start + at + 1
        # new members stand at the end, so that every earlier row keeps its index
        return (
            Table("project", projects.rows),
            Table("participant", people.rows + added, corrected(rng, people.faults)),
            Table("fund_member", members.rows + joined, corrected(rng, members.faults)),
        )

    def _march(self) -> tuple[Table, Table, Table]:
        rng = self.rng("march faults")
        _, attendance, outcomes = self.doing
        first, last = date(2026, 3, 1), date(2026, 3, 6)
        new = self._activities("march", "M", self.n(10), first, last)
        taken = {(r["รหัสสมาชิก"], r["รหัสกิจกรรม"]) for r in attendance.rows}
        came = self._attendance("march", [r["รหัสกิจกรรม"] for r in new.rows], self.n(180), taken)
        days = [first + timedelta(days=d) for d in range(5)]
        followed = self._outcomes("march", self.n(60), days, {r["_key"] for r in outcomes.rows})
        for made, kinds in zip((new, came, followed), self._doing_kinds(date(2026, 3, 8)), strict=True):
            plant(rng, made, kinds)
        return new, came, followed
