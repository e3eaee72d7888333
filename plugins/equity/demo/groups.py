"""What grows out of the work of a club or a centre: community groups, their products, and what was learned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from equity.demo import faults as f
from equity.demo import writing as w
from equity.demo.names import words
from equity.demo.people import Area, pick
from equity.demo.tables import Kind, Table, table

GROUP_HEADERS = ["ลำดับ", "รหัสกลุ่ม", "ชื่อกลุ่ม", "ประเภท", "วันที่ก่อตั้ง", "สมาชิก (คน)", "ตำบล", "อำเภอ", "รหัสโครงการ"]
PRODUCT_HEADERS = [
    *words("ลำดับ รหัสสินค้า ชื่อสินค้า ชนิด ใหม่/ยกระดับ"),
    *("ราคา (บาท) / ก่อน", "ราคา (บาท) / หลัง", "ยอดขายต่อเดือน (บาท)"),
    *words("ขายออนไลน์ที่ ตลาด ขั้นตอนการตลาด รหัสกลุ่ม รหัสโครงการ"),
]
OUTPUT_HEADERS = ["ลำดับ", "ประเภทผลงาน", "ชื่อผลงาน", "เผยแพร่เมื่อ", "ขยายผลไปที่", "รหัสโครงการ"]
STAGES = ("บันทึกผลผลิต", "วิเคราะห์ต้นทุน", "วางแผนการตลาด", "รวมกลุ่ม", "เปิดตลาด")
OUTPUT_KINDS = ("หลักสูตร", "เครื่องมือ", "คู่มือ", "ถอดบทเรียน", "นวัตกรรม")
Rng = np.random.Generator


def groups(
    rng: Rng,
    letter: str,
    n: int,
    where: Sequence[Area],
    crafts: Sequence[str],
    projects: Sequence[str],
    days: tuple[date, date],
    dates: Sequence[float],
) -> Table:
    """Make n groups that were formed between two days."""
    span = (days[1] - days[0]).days + 1
    formed = sorted(days[0] + timedelta(days=d) for d in rng.integers(0, span, size=n).tolist())
    homes, kinds = pick(rng, where, n), pick(rng, ("กลุ่ม", "วิสาหกิจชุมชน", "เครือข่าย"), n, (0.6, 0.3, 0.1))
    members = rng.integers(5, 45, size=n).tolist()
    return table(
        "community_group",
        {
            "ลำดับ": range(1, n + 1),
            "รหัสกลุ่ม": [f"{letter}{at + 1:03}" for at in range(n)],
            "ชื่อกลุ่ม": [f"{k}{c}บ้าน{a.tambon}" for k, c, a in zip(kinds, pick(rng, crafts, n), homes, strict=True)],
            "ประเภท": kinds,
            "วันที่ก่อตั้ง": w.dates(rng, formed, dates),
            "สมาชิก (คน)": w.numbers(rng, members),
            "ตำบล": [a.tambon for a in homes],
            "อำเภอ": [a.amphoe for a in homes],
            "รหัสโครงการ": pick(rng, projects, n),
        },
    )


def group_kinds(today: date) -> list[Kind]:
    """Return the ways in which a group's row is wrong."""
    return [
        *f.day("formed_on", "วันที่ก่อตั้ง", today),
        *f.number("members", "สมาชิก (คน)", (-4, -12)),
        f.missing("group_ref", "รหัสกลุ่ม"),
        f.missing("name", "ชื่อกลุ่ม"),
        f.words("tambon_code", "place.unknown", "ตำบล", ("แจ้ฮ่อมใต้", "ลำปางน้อย")),
    ]


def products(rng: Rng, letter: str, n: int, of: Table, crafts: Sequence[str]) -> Table:
    """Make n products of some groups; one in five was never sold before and has no price before."""
    makers = pick(rng, of.rows, n)
    new = (rng.random(n) < 0.4).tolist()
    before = [None if x else int(p) * 10 for x, p in zip(new, rng.integers(3, 60, size=n), strict=True)]
    after = [(p or 100) + int(d) * 10 for p, d in zip(before, rng.integers(0, 40, size=n), strict=True)]
    sold = (rng.integers(0, 60, size=n) * 250).tolist()
    step = rng.integers(0, len(STAGES), size=n).tolist()
    return table(
        "product",
        {
            "ลำดับ": range(1, n + 1),
            "รหัสสินค้า": [f"{letter}{at + 1:03}" for at in range(n)],
            "ชื่อสินค้า": [f"{c} แบบที่ {at % 7 + 1}" for at, c in enumerate(pick(rng, crafts, n))],
            "ชนิด": pick(rng, ("สินค้า", "บริการ"), n, (0.85, 0.15)),
            "ใหม่/ยกระดับ": ["ใหม่" if x else "ยกระดับ" for x in new],
            "ราคา (บาท) / ก่อน": w.numbers(rng, before, unit="บาท"),
            "ราคา (บาท) / หลัง": w.numbers(rng, after, unit="บาท"),
            "ยอดขายต่อเดือน (บาท)": w.numbers(
                rng, [s if k else None for s, k in zip(sold, step, strict=True)], unit="บาท"
            ),
            "ขายออนไลน์ที่": pick(rng, ("", "เฟซบุ๊กกลุ่ม", "ไลน์", "ตลาดออนไลน์"), n, (0.55, 0.25, 0.1, 0.1)),
            "ตลาด": pick(rng, ("ภายในชุมชน", "ภายนอกชุมชน", "ภายใน, ภายนอก"), n, (0.5, 0.3, 0.2)),
            "ขั้นตอนการตลาด": [STAGES[k] for k in step],
            "รหัสกลุ่ม": [row["รหัสกลุ่ม"] for row in makers],
            "รหัสโครงการ": [row["รหัสโครงการ"] for row in makers],
        },
    )


def product_kinds() -> list[Kind]:
    """Return the ways in which a product's row is wrong."""
    return [
        *f.number("price_before", "ราคา (บาท) / ก่อน", (-20, -5)),
        *f.number("price_after", "ราคา (บาท) / หลัง", (-120, -1)),
        f.words("monthly_sales", "number.not_a_number", "ยอดขายต่อเดือน (บาท)", ("พอขายได้", "แล้วแต่ฤดู")),
        f.missing("partner_record_ref", "รหัสสินค้า"),
        f.missing("name", "ชื่อสินค้า"),
        f.unknown("market_stage", "ขั้นตอนการตลาด", ("ฝากเพื่อนขาย",)),
        f.unknown("new_or_upgraded", "ใหม่/ยกระดับ", ("ทำมานานแล้ว",)),
        f.with_unknown("market_route", "ตลาด", "หน้าบ้าน"),
    ]


def outputs(
    rng: Rng, label: str, n: int, topics: Sequence[str], projects: Sequence[str], days: tuple[date, date]
) -> Table:
    """Make n outputs with titles of their own."""
    span = (days[1] - days[0]).days + 1
    published = sorted(days[0] + timedelta(days=d) for d in rng.integers(0, span, size=n).tolist())
    kinds = pick(rng, OUTPUT_KINDS, n, (0.35, 0.15, 0.2, 0.2, 0.1))
    named = enumerate(zip(kinds, pick(rng, topics, n), strict=True))
    return table(
        "knowledge_output",
        {
            "ลำดับ": range(1, n + 1),
            "ประเภทผลงาน": kinds,
            "ชื่อผลงาน": [f"{kind}{topic} {label} เล่มที่ {at + 1}" for at, (kind, topic) in named],
            "เผยแพร่เมื่อ": w.dates(
                rng, [d if u < 0.9 else None for d, u in zip(published, rng.random(n), strict=True)], w.CLUB_BIRTHS
            ),
            "ขยายผลไปที่": pick(rng, ("", "ตำบลใกล้เคียง", "สกร.อำเภอ", "จังหวัดลำพูน"), n, (0.6, 0.2, 0.1, 0.1)),
            "รหัสโครงการ": pick(rng, projects, n),
        },
    )


def output_kinds(today: date) -> list[Kind]:
    """Return the ways in which an output's row is wrong."""
    return [
        *f.day("published_on", "เผยแพร่เมื่อ", today),
        f.missing("kind", "ประเภทผลงาน"),
        f.missing("title", "ชื่อผลงาน"),
        f.unknown("kind", "ประเภทผลงาน", ("แผ่นพับ", "ป้ายไวนิล")),
    ]
