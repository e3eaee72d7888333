"""A page for each partner: how much there is to look at, which kinds, how long it has waited, what was put right.

It thanks and never blames: nothing is red, no partner is held against another, and waiting is not called late. A point
(จุด) is one ticket: a cell, or a row that could not be read. Counts of points say nothing of persons.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from equity.publish import charts
from equity.publish.charts import Bar, Turn
from equity.publish.corrections import Correction, Week
from equity.publish.figures import Figures, Health
from equity.publish.parts import Chart, Table
from equity.publish.words import days_between, number, percent
from equity.thai.dates import THAI_MONTHS_SHORT, thai_date

FOLDER = "partners"
KINDS_DRAWN = 8
OTHERS = "ชนิดอื่น ๆ รวมกัน"
NO_TYPE = "ตารางอื่น"
_SAFE = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Glance:
    """One number of the strip at the top."""

    label: str
    value: str
    unit: str
    tone: str


@dataclass(frozen=True)
class Group:
    """What is to be looked at in one record type: a line for each kind."""

    title: str
    points: str
    lines: Sequence[tuple[str, str, str, str]]


@dataclass(frozen=True)
class PartnerPage:
    """All that the template of one partner's page sets."""

    name: str
    province: str
    as_of: str
    summary: Sequence[str]
    glances: Sequence[Glance]
    kinds: Chart | None
    groups: Sequence[Group]
    ages: Chart | None
    trend: Chart | None
    weeks: Table | None


def page_name(source: str) -> str | None:
    """Where a partner's page lies in the bulletin, as `partners/<source>.html`; None for what is no source's id."""
    return f"{FOLDER}/{source}.html" if _SAFE.fullmatch(source) else None


def pages(figures: Figures) -> dict[str, PartnerPage]:
    """The pages of all partners, by their place in the bulletin."""
    return {name: _page(figures, partner) for partner in figures.health if (name := page_name(partner.source))}


def _page(figures: Figures, partner: Health) -> PartnerPage:
    rows = [row for row in figures.corrections if row.source == partner.source]
    weeks = [week for week in figures.weeks if week.source == partner.source]
    waiting = [row for row in rows if row.open]
    moved = any(week.opened or week.settled or week.open_at_end for week in weeks)
    return PartnerPage(
        name=partner.partner_name_th,
        province=figures.province.area_name_th,
        as_of=thai_date(figures.as_of),
        summary=_summary(rows, weeks),
        glances=_glances(figures, rows, weeks) if waiting or moved else [],
        kinds=_kinds(waiting) if waiting else None,
        groups=_groups(figures, waiting),
        ages=_ages(waiting) if waiting else None,
        trend=_trend(weeks) if moved else None,
        weeks=_table(weeks) if moved else None,
    )


# --- words at the top ------------------------------------------------------------------------------------------------


def _summary(rows: Sequence[Correction], weeks: Sequence[Week]) -> list[str]:
    said = []
    settled = sum(week.settled for week in weeks)
    if settled:
        said.append(f"ขอบคุณที่ช่วยกันดูแลข้อมูล ใน {len(weeks)} สัปดาห์ที่ผ่านมา ท่านทำให้เรียบร้อยแล้ว «{number(settled)} จุด»")
    else:
        said.append("ขอบคุณที่ร่วมส่งข้อมูล ทุกแถวที่ถูกต้องอยู่ในตัวเลขของจังหวัดแล้ว")
    waiting, critical, warned = (sum(getattr(row, name) for row in rows) for name in _OPEN)
    if not waiting:
        said.append("ขณะนี้«ไม่มีจุดใดที่รอให้ช่วยดู» ขอบคุณมาก")
        return said
    if critical and warned:
        said.append(
            f"ยังมี «{number(waiting)} จุด»ที่ขอให้ช่วยดู: {number(critical)} จุดแก้แล้วจึงนำเข้าได้ "
            f"อีก {number(warned)} จุดนำเข้าแล้ว เพียงขอให้ตรวจสอบ"
        )
    elif critical:
        said.append(f"ยังมี «{number(waiting)} จุด»ที่ขอให้ช่วยแก้ เพื่อให้แถวเหล่านั้นนำเข้าได้")
    else:
        said.append(f"ยังมี «{number(waiting)} จุด»ที่ขอให้ช่วยตรวจสอบ ทุกแถวนำเข้าแล้ว")
    label, most = max(_by_kind(rows), key=lambda kind: kind[1])
    if 3 * most >= waiting > most:
        said.append(f"พบมากที่สุดคือ “{label}” แก้ชนิดนี้ชนิดเดียวก็เรียบร้อยไป «{percent(100 * most / waiting)}»")
    return said


_OPEN = ("open", "open_critical", "open_warning")


def _glances(figures: Figures, rows: Sequence[Correction], weeks: Sequence[Week]) -> list[Glance]:
    _, critical, warned = (sum(getattr(row, name) for row in rows) for name in _OPEN)
    settled = sum(week.settled for week in weeks)
    told = [row.oldest_opened_on for row in rows if row.oldest_opened_on]
    found = []
    if settled:
        found.append(Glance(f"เรียบร้อยแล้วใน {len(weeks)} สัปดาห์", number(settled), "จุด", "up"))
    if critical:
        found.append(Glance("ต้องแก้ไข", number(critical), "จุด", "plain"))
    if warned:
        found.append(Glance("ควรตรวจสอบ", number(warned), "จุด", "plain"))
    if told and (days := (figures.as_of - min(told)).days) > 0:
        found.append(Glance("รอมานานที่สุด", number(days), "วัน", "plain"))
    elif not told:
        found.append(Glance("รออยู่", number(0), "จุด", "up"))
    return found


# --- charts and tables -----------------------------------------------------------------------------------------------


def _by_kind(rows: Iterable[Correction]) -> list[tuple[str, int]]:
    """Open points by kind, most first."""
    counted: dict[tuple[int, str], int] = {}
    for row in rows:
        if row.open:
            key = (row.kind_position, row.kind_th)
            counted[key] = counted.get(key, 0) + row.open
    return [(label, points) for (_, label), points in sorted(counted.items(), key=lambda kind: (-kind[1], kind[0]))]


def _kinds(rows: Sequence[Correction]) -> Chart:
    kinds = _by_kind(rows)
    if len(kinds) > KINDS_DRAWN:
        kinds = [*kinds[: KINDS_DRAWN - 1], (OTHERS, sum(points for _, points in kinds[KINDS_DRAWN - 1 :]))]
    return _bars("เรื่องที่พบ", "จำนวนจุดที่รออยู่ มากไปน้อย", kinds)


def _ages(rows: Sequence[Correction]) -> Chart:
    bands = (
        ("ไม่เกิน 7 วัน", "open_to_7_days"),
        ("8–30 วัน", "open_8_to_30_days"),
        ("31–90 วัน", "open_31_to_90_days"),
        ("เกิน 90 วัน", "open_over_90_days"),
    )
    counted = [(label, sum(getattr(row, name) for row in rows)) for label, name in bands]
    return _bars("รอมานานเท่าใด", "จำนวนจุด นับจากวันที่แจ้งครั้งแรก", counted)


def _bars(title: str, sub: str, counted: Sequence[tuple[str, int]]) -> Chart:
    bars = [Bar(label, float(points), f"{number(points)} จุด") for label, points in counted]
    text = " ".join(f"{bar.label} {bar.text}." for bar in bars)
    return Chart(title, sub, charts.bars(bars, title=title, text=text, tone="plain"))


def _groups(figures: Figures, rows: Sequence[Correction]) -> list[Group]:
    """Record types with most points first, and so their kinds."""
    by_type: dict[str, list[Correction]] = {}
    for row in rows:
        by_type.setdefault(row.record_type, []).append(row)
    ordered = sorted(by_type.values(), key=lambda kinds: (-sum(row.open for row in kinds), kinds[0].record_type))
    return [
        Group(
            kinds[0].record_type_th or NO_TYPE,
            f"{number(sum(row.open for row in kinds))} จุด",
            [
                (
                    row.kind_th,
                    number(row.open_critical) if row.open_critical else "",
                    number(row.open_warning) if row.open_warning else "",
                    _age((figures.as_of - row.oldest_opened_on).days) if row.oldest_opened_on else "",
                )
                for row in sorted(kinds, key=lambda row: (-row.open, row.kind_position))
            ],
        )
        for kinds in ordered
    ]


def _age(days: int) -> str:
    return f"{number(days)} วัน" if days > 0 else "แจ้งวันนี้"


def _trend(weeks: Sequence[Week]) -> Chart:
    drawn, said = [], []
    for position, week in enumerate(weeks):
        month = THAI_MONTHS_SHORT[week.week_end.month - 1]
        fresh = not position or weeks[position - 1].week_end.month != week.week_end.month
        drawn.append(Turn(str(week.week_end.day), month if fresh else "", week.settled, week.opened))
        days = days_between(week.week_start, week.week_end)
        said.append(f"{days} เรียบร้อย {number(week.settled)} จุด พบใหม่ {number(week.opened)} จุด.")
    title = f"{len(weeks)} สัปดาห์ล่าสุด"
    sub = "จำนวนจุดในแต่ละสัปดาห์ ใต้แท่งคือวันสุดท้ายของสัปดาห์"
    return Chart(title, sub, charts.turns(drawn, title=title, text=" ".join(said)))


def _table(weeks: Sequence[Week]) -> Table:
    lines = [
        (
            days_between(week.week_start, week.week_end),
            number(week.opened),
            number(week.settled),
            number(week.open_at_end),
        )
        for week in reversed(weeks)
    ]
    return Table("จำนวนจุดในแต่ละสัปดาห์", ("สัปดาห์", "พบใหม่", "เรียบร้อย", "รออยู่เมื่อสิ้นสัปดาห์"), lines)
