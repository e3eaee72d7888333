"""A small province of synthetic figures, with everything in it that a page must cope with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from equity.publish.corrections import Correction, Week
from equity.publish.figures import Amphoe, Figure, Figures, Health, figures_of

AS_OF = date(2026, 3, 8)
PLACES = {
    "5201": ("เมืองลำปาง", 2, 2),
    "5202": ("แม่เมาะ", 3, 2),
    "5203": ("เกาะคา", 1, 3),
    "5204": ("เสริมงาม", 0, 3),
    "5205": ("งาว", 3, 1),
    "5206": ("แจ้ห่ม", 2, 1),
    "5207": ("วังเหนือ", 2, 0),
    "5208": ("เถิน", 1, 5),
    "5209": ("แม่พริก", 1, 6),
    "5210": ("แม่ทะ", 2, 3),
    "5211": ("สบปราบ", 1, 4),
    "5212": ("ห้างฉัตร", 1, 2),
    "5213": ("เมืองปาน", 1, 1),
}
AMPHOE = [Amphoe(code, name, name, column, row) for code, (name, column, row) in PLACES.items()]
LEAKED = {Decimal(71717), Decimal(72727), Decimal("73.73"), Decimal("74.74"), Decimal("75.75")}
"""Numbers that withheld rows carry here although the warehouse empties them: they may appear nowhere."""

_NAMES = {
    "I01": ("อัตราเด็กและเยาวชนนอกระบบการศึกษา", "down"),
    "I02": ("จำนวนเด็กและเยาวชนนอกระบบการศึกษา", "down"),
    "I11": ("ผู้เรียนที่มีความเสี่ยงหลุดจากระบบ", "down"),
    "I13": ("กรวยการช่วยเหลือเด็กนอกระบบ", "up"),
    "I15": ("จำนวนคนที่ได้รับการพัฒนา", "up"),
    "I18": ("อัตราการสำเร็จการฝึกอบรม", "up"),
    "I19": ("ความครอบคลุมทักษะสามด้าน", "up"),
    "I23": ("รายได้ที่เปลี่ยนไป", "up"),
    "I28": ("สมาชิกกองทุนและเงินออม", "up"),
    "I31": ("การแจกอาหาร (Food Bank)", "up"),
    "I33": ("คุณภาพข้อมูล", "up"),
}
_MEASURES = {
    "out_of_school_rate": ("I01", "อัตราเด็กและเยาวชนนอกระบบ อายุ 3–18 ปี", "percent"),
    "out_of_school": ("I02", "เด็กและเยาวชนนอกระบบ อายุ 3–18 ปี", "persons"),
    "out_of_school_in_training": ("I02", "ในจำนวนนั้น กำลังฝึกอบรม", "persons"),
    "at_risk_rate": ("I11", "ผู้เรียนที่มีความเสี่ยง", "percent"),
    "reached_stage": ("I13", "คนที่ถึงขั้นตอน", "percent"),
    "people_developed": ("I15", "คนที่ได้รับการพัฒนา", "persons"),
    "completion_rate": ("I18", "อัตราการสำเร็จ", "percent"),
    "passed_all_areas": ("I19", "ผ่านครบสามด้าน", "percent"),
    "passed_in_area": ("I19", "ผ่านในด้านนี้", "percent"),
    "median_change": ("I23", "มัธยฐานของรายได้ที่เปลี่ยนไป", "baht_per_month"),
    "lower_quartile_change": ("I23", "ควอร์ไทล์ที่ 1", "baht_per_month"),
    "upper_quartile_change": ("I23", "ควอร์ไทล์ที่ 3", "baht_per_month"),
    "pairs": ("I23", "คนที่มีค่าทั้งสอง", "persons"),
    "missing": ("I23", "คนที่ขาดค่าใดค่าหนึ่ง", "persons"),
    "members": ("I28", "สมาชิก ณ สิ้นเดือน", "persons"),
    "savings_balance": ("I28", "ยอดเงินออมสะสม", "baht"),
    "persons_helped": ("I31", "คนที่ได้รับอาหาร", "persons"),
    "weight_given": ("I31", "น้ำหนักที่แจก", "kg"),
    "households_helped": ("I31", "ครัวเรือนที่ได้รับอาหาร", "households"),
    "identified_rate": ("I33", "บุคคลที่มีเลขประจำตัว", "percent"),
    "identity_match_rate": ("I33", "บุคคลที่จับคู่ข้ามหน่วยงานได้", "percent"),
}


def figure(
    measure: str,
    value: float | None = None,
    *,
    of: int | None = None,
    dimension: str = "all",
    member: str = "all",
    name: str = "ทั้งหมด",
    position: int = 0,
    area: str = "52",
    note: str = "เท่าที่หน่วยงานส่งข้อมูล",
) -> Figure:
    """A figure; with `of` the value is a count of that many, and the rate follows."""
    indicator, measure_th, unit = _MEASURES[measure]
    number = None if value is None else Decimal(str(value))
    counted = number if unit in {"percent", "persons", "households"} else None
    rate = number
    if unit == "percent":
        rate = None if number is None or of is None else round(100 * number / of, 2)
    return Figure(
        indicator_id=indicator,
        name_th=_NAMES[indicator][0],
        measure=measure,
        measure_th=measure_th,
        is_headline=True,
        sort_no=list(_MEASURES).index(measure),
        area_code=area,
        area_name_th=PLACES[area][0] if area in PLACES else "ลำปาง",
        dimension=dimension,
        member=member,
        member_th=name,
        member_position=position,
        unit=unit,
        numerator=counted,
        denominator=None if of is None else Decimal(of),
        value=rate,
        interval_low=None if of is None or rate is None else max(rate - 4, Decimal(0)),
        interval_high=None if of is None or rate is None else min(rate + 4, Decimal(100)),
        suppressed=False,
        good_direction=_NAMES[indicator][1],
        note_th=note,
        as_of=AS_OF,
        figure_id=f"{indicator}.1.{measure}.{area}.{dimension}.{member}.{AS_OF}.20260307T180000000000Z",
    )


def withheld(row: Figure) -> Figure:
    """The row withheld, but with numbers left in it by mistake."""
    numbers = dict(
        zip(("numerator", "denominator", "value", "interval_low", "interval_high"), sorted(LEAKED), strict=True)
    )
    return replace(row, suppressed=True, note_th="ลับ 76767 คน", **numbers)


def rows() -> list[Figure]:
    """Every indicator of the page."""
    ages = [("3-5", "3–5 ปี"), ("6-11", "6–11 ปี"), ("12-14", "12–14 ปี"), ("15-17", "15–17 ปี")]
    flags = [("attendance", "ขาดเรียนบ่อย"), ("poverty", "ความยากจน"), ("pregnancy", "ตั้งครรภ์")]
    stages = ["listed", "surveyed", "found", "planned", "referred", "helped", "learning", "retained"]
    stages_th = ["มีรายชื่อ", "สำรวจแล้ว", "พบตัว", "วางแผนช่วยเหลือ", "ส่งต่อ", "ได้รับความช่วยเหลือ", "กลับมาเรียนรู้", "คงอยู่ 90 วัน"]
    skills = ["ทักษะอาชีพ", "ทักษะการบริหารจัดการในศตวรรษที่ 21", "ทักษะเศรษฐกิจครัวเรือน"]
    sexes = [("male", "ชาย"), ("female", "หญิง")]
    made = [
        figure("out_of_school_rate", 1264, note="ยังไม่มีทะเบียนราษฎรเป็นตัวหาร · ไม่ทราบอายุ 1178 คน"),
        figure("out_of_school", 1264, note="ไม่ทราบอายุ 1178 คน"),
        figure("out_of_school_in_training", 82),
        figure("at_risk_rate", 1089, of=2524),
        figure("people_developed", 273),
        figure("completion_rate", 273, of=650),
        figure("passed_all_areas", 695, of=2589),
        figure("members", 859, note="ณ วันที่ 2026-02-28"),
        figure("savings_balance", 1620000, note="ณ วันที่ 2026-02-28"),
        figure("persons_helped", 1017),
        figure("weight_given", 24609.5),
        figure("households_helped", 755),
        figure("identified_rate", 4817, of=5883),
        figure("identity_match_rate", 408, of=5883),
        figure("pairs", 540),
        figure("missing", 391),
    ]
    for position, (member, name) in enumerate(ages):
        row = figure("out_of_school", 90 + position, dimension="age_band", member=member, name=name, position=position)
        made.append(withheld(row) if position < 2 else row)
        made.append(figure("persons_helped", 20 * (position + 1), dimension="age_band", member=member, name=name))
    for position, (member, name) in enumerate(flags):
        row = figure("at_risk_rate", 240, of=2524, dimension="risk_flag", member=member, name=name, position=position)
        made.append(withheld(row) if member == "pregnancy" else row)
    for position, (member, name) in enumerate(zip(stages, stages_th, strict=True)):
        before = 650 - 50 * position if position else None
        row = figure(
            "reached_stage",
            600 - 50 * position,
            of=before,
            dimension="case_stage",
            member=member,
            name=name,
            position=position,
        )
        made.append(withheld(row) if member in {"surveyed", "found"} else row)
    for position, name in enumerate(skills):
        made.append(
            figure(
                "passed_in_area",
                2100,
                of=2589,
                dimension="skill_area",
                member=str(position),
                name=name,
                position=position,
            )
        )
    for position, (member, name) in enumerate(sexes):
        made.append(
            figure("completion_rate", 124, of=324, dimension="sex", member=member, name=name, position=position)
        )
        for measure, value in (
            ("median_change", -1000),
            ("lower_quartile_change", -5200),
            ("upper_quartile_change", 4600),
        ):
            made.append(figure(measure, value, dimension="sex", member=member, name=name, position=position))
    for measure, value in (("median_change", 0), ("lower_quartile_change", -4300), ("upper_quartile_change", 5125)):
        made.append(figure(measure, value))
    made.append(figure("members", 643, dimension="fund", member="club/ก", name="club/กองทุนแจ้ซ้อน"))
    for position, code in enumerate(PLACES):
        row = figure("out_of_school", 11 + 7 * position, area=code)
        made.append(withheld(row) if position == 4 else row)
        made.append(figure("at_risk_rate", 40 + position, of=100, area=code))
        made.append(
            figure("reached_stage", 20 + position, dimension="case_stage", member="listed", name="มีรายชื่อ", area=code)
        )
    return made


def partner(name: str, **changes: object) -> Health:
    """A partner's latest night."""
    plain = Health(
        source=name,
        partner_name_th=name,
        night=AS_OF,
        deliveries=1,
        deliveries_held=0,
        rows_received=1251,
        rows_loaded=1239,
        rows_unchanged=0,
        rows_repeated=1,
        rows_quarantined=11,
        accepted_percent=Decimal("99.12"),
        freshness_days=0,
        promised_days=Decimal(2),
        is_late=False,
        identity_match_percent=Decimal("8.5"),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def figures() -> Figures:
    """The province, with a partner in time, one that is late and one whose name means mischief."""
    health = [
        partner("ชมรมเพื่อเพื่อนผู้พิการตำบลแจ้ซ้อน", source="club"),
        partner("มหาวิทยาลัยราชภัฏลำปาง คณะครุศาสตร์", source="abe"),
        partner(
            "เทศบาลตำบลลำปางหลวง",
            source="municipality",
            rows_received=0,
            accepted_percent=None,
            rows_quarantined=0,
            freshness_days=5,
            is_late=True,
        ),
        partner('=HYPERLINK("http://evil.example","<script>alert(1)</script>")', source="mischief"),
    ]
    return figures_of(rows(), AMPHOE, health, corrections(), weeks())


KINDS = {
    "missing": (1, "ยังไม่ได้กรอก"),
    "id_check": (3, "เลขประจำตัวไม่ตรงสูตรตรวจสอบ"),
    "date_unreadable": (6, "วันที่อ่านไม่ได้"),
    "date_unsure": (7, "วันที่อ่านได้แต่ไม่แน่ใจ"),
    "date_range": (8, "วันที่ในอนาคตหรือเก่าเกินไป"),
    "number_unusual": (11, "ตัวเลขนอกช่วงที่เป็นไปได้"),
    "word_unknown": (13, "คำที่ไม่อยู่ในแบบที่ตกลงกัน"),
    "disagree": (14, "ข้อมูลในแถวเดียวกันไม่ตรงกัน"),
    "place": (15, "ที่อยู่ไม่พบหรือไม่ตรงกัน"),
    "row_broken": (18, "แถวที่จำนวนช่องไม่ตรงหัวตาราง"),
}


def correction(
    source: str, record_type: str, kind: str, ages: tuple[int, int, int, int], **changes: object
) -> Correction:
    """What waits of one kind, by age; all of it to be corrected unless told."""
    position, kind_th = KINDS[kind]
    types = {"participant": "ผู้เข้าร่วมโครงการ", "attendance": "การเข้าร่วมกิจกรรม", "fund_member": "สมาชิกกองทุน"}
    days = next((days for days, count in zip((200, 45, 20, 3), reversed(ages), strict=True) if count), None)
    plain = Correction(
        source=source,
        record_type=record_type,
        record_type_th=types.get(record_type),
        kind=kind,
        kind_position=position,
        kind_th=kind_th,
        open=sum(ages),
        open_critical=sum(ages),
        open_warning=0,
        corrected=12,
        accepted=1,
        withdrawn=2,
        open_to_7_days=ages[0],
        open_8_to_30_days=ages[1],
        open_31_to_90_days=ages[2],
        open_over_90_days=ages[3],
        oldest_opened_on=None if days is None else AS_OF - timedelta(days=days),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def corrections() -> list[Correction]:
    """A partner with much to look at, one with warnings only, and one whose points are all closed."""
    made = [
        correction("club", "participant", kind, ages)
        for kind, ages in zip(
            KINDS,
            [(120, 318, 12, 4), (7, 24, 9, 1), (3, 9, 0, 0), (0, 5, 0, 0), (1, 4, 0, 0), (0, 3, 0, 0), (2, 0, 0, 0), (0, 2, 0, 0), (1, 0, 0, 0), (1, 0, 0, 0)],
            strict=True,
        )
    ]  # fmt: skip
    made[3] = replace(made[3], open_critical=0, open_warning=5)
    made += [
        correction("club", "attendance", "missing", (1204, 0, 0, 0)),
        correction("club", "fund_member", "place", (0, 0, 0, 0)),
        correction("abe", "participant", "place", (3, 0, 0, 0), open_critical=0, open_warning=3),
        correction("municipality", "participant", "missing", (0, 0, 0, 0)),
    ]
    return made


def weeks() -> list[Week]:
    """Eight weeks of everybody; nothing ever happened at the last."""
    opened = {
        "club": (12345, 0, 230, 1204, 12, 0, 3, 1330),
        "abe": (0, 0, 0, 0, 0, 0, 0, 3),
        "municipality": (0, 0, 40, 0, 0, 0, 0, 0),
    }
    settled = {"club": (0, 1200, 10001, 800, 60, 1050, 12, 418), "municipality": (0, 0, 0, 25, 15, 0, 0, 0)}
    nothing = (0,) * 8
    made = []
    for source in ("club", "abe", "municipality", "mischief"):
        waiting = 0
        for no, (new, done) in enumerate(
            zip(opened.get(source, nothing), settled.get(source, nothing), strict=True), 1
        ):
            end = AS_OF - timedelta(days=7 * (8 - no))
            waiting += new - done
            made.append(Week(source, no, end - timedelta(days=6), end, new, done, 0, 0, max(waiting, 0)))
    return made
