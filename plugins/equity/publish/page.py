"""What the page says: the figures put into words, charts and tables, ready for the template to set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from equity.publish import charts
from equity.publish.charts import Bar, Range
from equity.publish.figures import Definition, Figures, Health
from equity.publish.partners import page_name
from equity.publish.parts import (
    Card,
    Chart,
    Section,
    bar_chart,
    cards_of,
    drawable,
    missing,
    section,
    stage_card,
    tile_map,
)
from equity.publish.words import HIDDEN, change, moment, number, percent
from equity.thai.dates import thai_date


@dataclass(frozen=True)
class Glance:
    """One number of the strip at the top, and the section it leads to."""

    section: str
    label: str
    value: str
    unit: str
    tone: str


@dataclass(frozen=True)
class Partner:
    """A partner's line in the table of data health."""

    name: str
    received: str
    accepted: str
    waiting: str
    fresh: str
    words: str
    late: bool
    page: str | None


@dataclass(frozen=True)
class Page:
    """All that the template sets."""

    province: str
    as_of: str
    known_at: str
    summary: Sequence[str]
    glances: Sequence[Glance]
    sections: Sequence[Section]
    quality: Sequence[Card]
    partners: Sequence[Partner]
    definitions: Sequence[Definition]


def page(figures: Figures) -> Page:
    """Put the figures into words, charts and tables."""
    makers = (_out_of_school, _at_risk, _funnel, _skills, _income, _fund, _food)
    sections = [section for make in makers if (section := make(figures))]
    return Page(
        province=figures.province.area_name_th,
        as_of=thai_date(figures.as_of),
        known_at=moment(figures.known_at) if figures.known_at else "",
        summary=_summary(figures),
        glances=_glances(figures, {section.id for section in sections}),
        sections=sections,
        quality=cards_of(figures, "identified_rate", "identity_match_rate"),
        partners=[_partner(row, _waiting(figures, row.source)) for row in figures.health],
        definitions=figures.definitions,
    )


# --- sections --------------------------------------------------------------------------------------------------------


def _out_of_school(figures: Figures) -> Section | None:
    cards = cards_of(figures, "out_of_school", "out_of_school_rate", "out_of_school_in_training")
    if not cards:
        return None
    rows = figures.by("out_of_school", "age_band")
    return section(
        figures,
        "oos",
        "เด็กและเยาวชนนอกระบบการศึกษา",
        "ผู้มีอายุ 3–18 ปีที่มีหลักฐานว่าไม่ได้เรียนอยู่ที่ใดเลย การฝึกอบรมตามอัธยาศัยอย่างเดียวไม่นับว่ากำลังเรียน",
        cards,
        drawn=[bar_chart("อยู่นอกระบบ แยกตามช่วงอายุ", "จำนวนคน", rows)],
        mapped=tile_map(
            "อยู่นอกระบบ แยกตามอำเภอ", "จำนวนคน อายุ 3–18 ปี", figures.amphoe, figures.by_amphoe("out_of_school"), "down"
        ),
        tables=["out_of_school", "out_of_school_in_training"],
    )


def _at_risk(figures: Figures) -> Section | None:
    cards = cards_of(figures, "at_risk_rate")
    if not cards:
        return None
    return section(
        figures,
        "risk",
        "ผู้เรียนที่เสี่ยงหลุดจากระบบ",
        "ผู้ที่กำลังเรียนและผลคัดกรองครั้งล่าสุดพบความเสี่ยงอย่างน้อยหนึ่งด้าน คนหนึ่งเสี่ยงได้หลายด้าน ร้อยละแต่ละด้านจึงรวมกันไม่ได้",
        cards,
        drawn=[bar_chart("ความเสี่ยงแต่ละด้าน", "ร้อยละของผู้เรียน (จำนวนคน)", figures.by("at_risk_rate", "risk_flag"))],
        mapped=tile_map(
            "ผู้เรียนที่มีความเสี่ยง แยกตามอำเภอ",
            "ร้อยละของผู้เรียนในอำเภอ",
            figures.amphoe,
            figures.by_amphoe("at_risk_rate"),
            "down",
        ),
        tables=["at_risk_rate"],
    )


def _funnel(figures: Figures) -> Section | None:
    rows = figures.by("reached_stage", "case_stage")
    if not rows:
        return None
    bars = []
    for row in rows:
        count = row.numerator
        share = f" · {percent(row.shown)}" if row.shown is not None else ""
        text = missing(row) if count is None else f"{number(count)} คน{share}"
        bars.append(Bar(row.label, drawable(count), text))
    text = " ".join(f"{bar.label} {bar.text}." for bar in bars)
    listed = figures.by_amphoe("reached_stage", "case_stage", rows[0].member)
    counted = {code: replace(row, unit="persons", value=row.numerator) for code, row in listed.items()}
    drawing = charts.bars(bars, title="จำนวนคนที่ถึงแต่ละขั้นตอน", text=text, tone="up")
    return section(
        figures,
        "care",
        "ค้นหา ช่วยเหลือ ส่งต่อ ดูแล",
        "เด็กและเยาวชนนอกระบบที่มีชื่ออยู่ในรายการ ถึงขั้นตอนใดแล้วบ้าง ร้อยละคือสัดส่วนของคนที่ถึงขั้นก่อนหน้า",
        [card for member in ("helped", "retained") if (card := stage_card(figures, member))],
        drawn=[Chart("ถึงขั้นตอนใดแล้ว", "จำนวนคน · ร้อยละของขั้นก่อนหน้า", drawing)],
        mapped=tile_map(f"{rows[0].label} แยกตามอำเภอ", "จำนวนคนที่เข้าสู่การช่วยเหลือ", figures.amphoe, counted, "plain"),
        tables=["reached_stage"],
    )


def _skills(figures: Figures) -> Section | None:
    cards = cards_of(figures, "people_developed", "completion_rate", "passed_all_areas")
    if not cards:
        return None
    areas = figures.by("passed_in_area", "skill_area")
    groups = [*figures.by("completion_rate", "sex"), *figures.by("completion_rate", "disability")]
    equity = [row for row in groups if row.member != "unknown"]
    return section(
        figures,
        "skills",
        "การพัฒนาทักษะ",
        "ผู้เข้าร่วมการฝึกอบรมในโครงการที่ได้รับทุน นับเป็นคน ไม่นับซ้ำแม้เข้าหลายโครงการหรือหลายหน่วยงาน",
        cards,
        drawn=[
            bar_chart("ผ่านกิจกรรมแต่ละด้านทักษะ", "ร้อยละของผู้เข้าร่วม (จำนวนคน)", areas, full=100),
            bar_chart("สำเร็จการฝึกอบรม แยกตามเพศและความพิการ", "ร้อยละของผู้เข้าร่วม (จำนวนคน)", equity, full=100),
        ],
        tables=["people_developed", "completion_rate", "passed_all_areas", "passed_in_area"],
    )


def _income(figures: Figures) -> Section | None:
    cards = cards_of(figures, "median_change")
    if not cards:
        return None
    card = cards[0]
    groups = [("ทั้งหมด", "all", "all")] + [(row.label, "sex", row.member) for row in figures.by("median_change", "sex")]
    rows = []
    for label, dimension, member in groups:
        parts = [
            figures.one(measure, dimension, member)
            for measure in ("lower_quartile_change", "median_change", "upper_quartile_change")
        ]
        low, middle, high = (part.value if part else None for part in parts)
        if middle is None or low is None or high is None:
            rows.append(Range(label, HIDDEN, None, None, None))
        else:
            text = f"{change(middle)} ({change(low)} ถึง {change(high)})"
            rows.append(Range(label, text, float(low), float(middle), float(high)))
    first = rows[0]
    half = ""
    if first.middle is not None and first.low is not None and first.high is not None:
        half = f"ครึ่งหนึ่งของคนอยู่ระหว่าง {change(first.low)} ถึง {change(first.high)} บาทต่อเดือน"
    pairs, missing = figures.one("pairs"), figures.one("missing")
    of = " · ".join(
        f"{words} {number(row.value)} คน"
        for words, row in (("มีรายได้ทั้งสองครั้ง", pairs), ("ขาดค่าใดค่าหนึ่ง", missing))
        if row and row.value is not None
    )
    card = Card(card.indicator, "ค่ากลางของรายได้ที่เปลี่ยนไป", card.value, card.unit, of, half, "", card.tone, card.known)
    drawing = charts.ranges(
        rows, title="รายได้ที่เปลี่ยนไป", text=" ".join(f"{row.label} ค่ากลาง {row.text} บาทต่อเดือน." for row in rows)
    )
    return section(
        figures,
        "income",
        "รายได้ที่เปลี่ยนไป",
        "รายได้ต่อเดือนเมื่อติดตามครั้งล่าสุด ลบด้วยรายได้ก่อนเข้าร่วม เป็นบวกคือรายได้เพิ่ม",
        [card],
        drawn=[Chart("ค่ากลาง และช่วงของคนครึ่งหนึ่งตรงกลาง", "บาทต่อเดือน · ขีดหนาคือค่ากลาง", drawing)],
        tables=["median_change"],
    )


def _fund(figures: Figures) -> Section | None:
    cards = cards_of(figures, "members", "savings_balance")
    if not cards:
        return None
    return section(
        figures,
        "fund",
        "กองทุนเพื่อพัฒนาอาชีพ",
        "สมาชิกร่วมเป็นเจ้าของและดูแลกองทุน จำนวนสมาชิกและเงินออม ณ สิ้นเดือนล่าสุด",
        cards,
        drawn=[bar_chart("สมาชิก แยกตามกองทุน", "จำนวนคน", figures.by("members", "fund"))],
        tables=["members", "savings_balance"],
    )


def _food(figures: Figures) -> Section | None:
    cards = cards_of(figures, "persons_helped", "weight_given", "households_helped")
    if not cards:
        return None
    return section(
        figures,
        "food",
        "ธนาคารอาหาร (Food Bank)",
        "จำนวนสะสมถึงวันของรายงาน คนหนึ่งนับครั้งเดียว อาหารที่แจกให้ทั้งครัวเรือนนับเป็นน้ำหนัก แต่ไม่นับเป็นคน",
        cards,
        drawn=[bar_chart("คนที่ได้รับอาหาร แยกตามช่วงอายุ", "จำนวนคน", figures.by("persons_helped", "age_band"))],
        tables=["persons_helped"],
    )


# --- words at the top, and the partners ------------------------------------------------------------------------------


def _summary(figures: Figures) -> list[str]:
    said = []
    outside, training = figures.one("out_of_school"), figures.one("out_of_school_in_training")
    if outside and outside.value is not None:
        words = f"พบเด็กและเยาวชนอายุ 3–18 ปีที่อยู่นอกระบบการศึกษา «{number(outside.value)} คน»"
        if training and training.value is not None:
            words += f" ในจำนวนนี้ «{number(training.value)} คน»กำลังฝึกอบรม"
        said.append(words)
    risk = figures.one("at_risk_rate")
    if risk and risk.shown is not None:
        words = f"ผู้เรียนราว «{number(risk.shown)} ใน 100 คน»มีความเสี่ยงหลุดจากระบบอย่างน้อยหนึ่งด้าน"
        flags = [row for row in figures.by("at_risk_rate", "risk_flag") if row.value is not None]
        if flags:
            often = max(flags, key=lambda row: row.value or 0)
            words += f" ด้านที่พบมากคือ{often.label} ({percent(often.shown or 0)})"
        said.append(words)
    stages = {row.member: row for row in figures.by("reached_stage", "case_stage")}
    listed, helped, learning = (stages.get(name) for name in ("listed", "helped", "learning"))
    if listed and helped and listed.numerator is not None and helped.numerator is not None:
        words = f"จากรายชื่อ {number(listed.numerator)} คน ได้รับความช่วยเหลือแล้ว «{number(helped.numerator)} คน»"
        if learning and learning.numerator is not None:
            words += f" และกลับมาเรียนรู้ «{number(learning.numerator)} คน»"
        said.append(words)
    return said


def _glances(figures: Figures, sections: set[str]) -> list[Glance]:
    found = []
    chosen = (
        ("oos", "out_of_school", "อยู่นอกระบบการศึกษา"),
        ("risk", "at_risk_rate", "ผู้เรียนที่มีความเสี่ยง"),
        ("care", "reached_stage", "ได้รับความช่วยเหลือแล้ว"),
        ("skills", "people_developed", "ได้รับการพัฒนาทักษะ"),
        ("income", "median_change", "ค่ากลางรายได้ที่เปลี่ยนไป"),
        ("fund", "members", "สมาชิกกองทุน"),
        ("food", "persons_helped", "ได้รับอาหาร"),
    )
    for place, measure, label in chosen:
        card = (
            stage_card(figures, "helped")
            if measure == "reached_stage"
            else next(iter(cards_of(figures, measure)), None)
        )
        if card and place in sections:
            unit = "บาท/เดือน" if measure == "median_change" and card.known else card.unit
            found.append(Glance(place, label, card.value, unit, card.tone))
    found.append(Glance("quality", "หน่วยงานที่ร่วมส่งข้อมูล", number(len(figures.health)), "แห่ง", "up"))
    return found


def _waiting(figures: Figures, source: str) -> int:
    """How many places of a partner's wait for a correction, from whatever night."""
    return sum(row.open_critical for row in figures.corrections if row.source == source)


def _partner(row: Health, waiting: int) -> Partner:
    days, promised = row.freshness_days, row.promised_days
    if days is None:
        fresh = "ยังไม่มีข้อมูล"
    else:
        fresh = thai_date(row.night - timedelta(days=days), short=True)
        fresh += f" ({number(days)} วันก่อน)" if days else ""
    asked = f" (ตกลงกันไว้ทุก {number(promised)} วัน)" if promised is not None else ""
    if row.is_late:
        words = f"ขอบคุณที่ร่วมส่งข้อมูลมาโดยตลอด ตอนนี้ยังรอชุดใหม่อยู่{asked} พร้อมเมื่อใดส่งได้ทันที"
    elif row.deliveries_held:
        words = "ขอบคุณที่ส่งข้อมูล บางชุดพักไว้ให้ช่วยกันดูก่อน ข้อมูลเดิมยังอยู่ครบ"
    elif waiting:
        words = "ขอบคุณที่ส่งตามกำหนด แถวที่รอแก้ไขส่งแบบตรวจกลับไปแล้ว"
    else:
        words = "ขอบคุณที่ส่งข้อมูลตามกำหนด"
    return Partner(
        name=row.partner_name_th,
        received=f"{number(row.rows_received)} แถว"
        if row.rows_received
        else "พักไว้ก่อน"
        if row.deliveries_held
        else "ไม่มีชุดใหม่",
        accepted=percent(row.accepted_percent) if row.accepted_percent is not None else "ไม่มีให้ตรวจ",
        waiting=f"{number(waiting)} จุด" if waiting else "ไม่มี",
        fresh=fresh,
        words=words,
        late=bool(row.is_late),
        page=page_name(row.source),
    )
