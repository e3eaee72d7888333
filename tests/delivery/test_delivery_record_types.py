"""One row of each record type that no demo partner sends, as it may be written, from file to raw."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from delivery_desk import Desk, DeskMaker, table

from equity.records import record_type

PERSON = {"partner_person_ref": "P-1", "first_name": "ก้อย", "last_name": "ใจดี", "sex": "ญ", "birth_date": "1 ม.ค. 2555"}
PERSON_READ = {"sex": "female", "birth_date": date(2012, 1, 1), "birth_date_precision": "day"}
# record type → what is sent, and what is then known
ROWS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "community_group": (
        {"group_ref": "G-1", "name": "กลุ่มทอผ้าบ้านใหม่", "kind": "กลุ่มวิสาหกิจชุมชน", "formed_on": "10/6/2566", "members": "๒๕",
         "tambon_code": "แจ้ซ้อน", "amphoe_code": "เมืองปาน", "province_code": "ลำปาง", "project_ref": "CHS-01"},
        {"kind": "community_enterprise", "formed_on": date(2023, 6, 10), "members": 25, "tambon_code": "521304"},
    ),
    "product": (
        {"partner_record_ref": "PR-1", "name": "ผ้าทอย้อมคราม", "kind": "สินค้า", "new_or_upgraded": "ต่อยอด", "price_before": "1,200 บาท",
         "price_after": "1,500", "monthly_sales": "", "online_channel": "เพจของกลุ่ม", "market_route": "ในชุมชนและนอกชุมชน",
         "market_stage": "วิเคราะห์ต้นทุนแล้ว", "group_ref": "G-1", "project_ref": ""},
        {"kind": "product", "new_or_upgraded": "upgraded", "price_before": 1200.0, "monthly_sales": None,
         "market_route": ["external", "internal"], "market_stage": "cost_analysed"},
    ),
    "mentor_visit": (
        {"mentor_ref": "M-1", "unit": "ชมรมแจ้ซ้อน", "visited_on": "5 ก.พ. 2569", "purpose": "ติดตาม", "curriculum_stage": "ระบุปัญหา",
         "findings": "ตลาดยังแคบ", "agreed_actions": ""},
        {"unit": "ชมรมแจ้ซ้อน", "visited_on": date(2026, 2, 5), "curriculum_stage": "problem_identified", "agreed_actions": None},
    ),
    "knowledge_output": (
        {"kind": "คู่มือ", "title": "คู่มือทอผ้า", "published_on": "2568", "scaled_out_to": "ต.ทุ่งกว๋าว"},
        {"kind": "manual", "published_on": date(2025, 1, 1)},
    ),
    "out_of_school_baseline": (
        PERSON | {"list_ref": "L-2568", "as_of": "1/10/2568", "never_enrolled": "ไม่ใช่", "left_school": "ใช่", "last_grade": "ม.๒"},
        PERSON_READ | {"as_of": date(2025, 10, 1), "never_enrolled": False, "left_school": True, "last_grade": "M2"},
    ),
    "population_register": (
        {"tambon_code": "521304", "age": "12", "sex": "1", "residence_kind": "ตามทะเบียน", "as_of": "31/12/2568", "count": "1,041"},
        {"tambon_code": "521304", "amphoe_code": "5213", "age": 12, "sex": "male", "residence_kind": "registered", "count": 1041},
    ),
    "school_roster": (
        PERSON | {"school": "โรงเรียนบ้านใหม่", "grade": "ประถมศึกษาปีที่ 6", "academic_year": "2568", "round": "10 พ.ย."},
        PERSON_READ | {"grade": "P6", "academic_year": 2568, "round": "nov_10"},
    ),
    "published_figure": (
        {"partner_record_ref": "F-1", "publication": "สำนักงานศึกษาธิการจังหวัดลำปาง", "table_title": "การเข้าถึงการศึกษา", "province_code": "ลำปาง",
         "age_band": "15-17", "measure": "อัตราการเข้าเรียน", "unit": "ร้อยละ", "scope": "ทุกสังกัด", "as_of": "10/6/2564", "value": "89.13"},
        {"province_code": "52", "age_band": "15-17", "as_of": date(2021, 6, 10), "value": 89.13},
    ),
    "project": (
        {"project_ref": "CHS-09", "programme": "ทุนพัฒนาอาชีพที่ใช้ชุมชนเป็นฐาน", "title": "ทอผ้า", "unit": "ชมรมแจ้ซ้อน", "mentor_ref": "M-1",
         "areas": "แจ้ซ้อน, ทุ่งกว๋าว", "call_opened_on": "1/2/2567", "proposal_submitted_on": "1/3/2567", "in_delivery_on": "1/6/2567",
         "manual_published_on": "1/2/2569", "business_plan": "มี", "grant_stage": "ถอดบทเรียน"},
        {"programme": "community_career_grant", "unit": "ชมรมแจ้ซ้อน", "in_delivery_on": date(2024, 6, 1), "business_plan": True,
         "grant_stage": "lessons_recorded"},
    ),
}  # fmt: skip


def made_by_the_scaffold() -> dict[str, tuple[dict[str, str], dict[str, Any]]]:
    """The rows that `equity record new` wrote beside this file, one file for each record type."""
    found = {}
    for path in sorted((Path(__file__).parent / "record_rows").glob("*.json")):
        row, fields = json.loads(path.read_text("utf-8")), record_type(path.stem).fields
        dates = {name: date.fromisoformat(v) for name, v in row["known"].items() if fields[name].type == "date"}
        found[path.stem] = (row["sent"], row["known"] | dates)
    return found


ROWS |= made_by_the_scaffold()


def sends(name: str, fields: dict[str, str]) -> dict[str, Any]:
    """The table of a spec whose headers are the fields' own labels."""
    declared = record_type(name).fields
    return {
        "record_type": name, "files": f"{name}*", "sends": "changes", "fields": {field: declared[field].label.th for field in fields},
    }  # fmt: skip


def send(desk: Desk, name: str, *rows: dict[str, str]) -> tuple[int, int, int, int, int]:
    """Received, loaded, unchanged, repeated, quarantined of one file."""
    declared = record_type(name).fields
    headers = [declared[field].label.th for field in rows[0]]
    delivery = desk.send(table(headers, [list(row.values()) for row in rows]), f"{name}_{desk.day + 1}.csv")
    assert delivery.state == "loaded", delivery
    return desk.five(delivery)


@pytest.mark.parametrize("name", ROWS)
def test_a_row_comes_through_and_stands_once(make_desk: DeskMaker, name: str) -> None:
    sent, known = ROWS[name]
    desk = make_desk(sends(name, sent))
    assert send(desk, name, sent) == (1, 1, 0, 0, 0)
    (row,) = desk.raw(name)
    assert {field: row[field] for field in known} == known
    assert len(desk.vault()) == record_type(name).has_person_block
    assert not set(record_type(name).direct_fields()) & set(row)
    again = dict.fromkeys(sent, "") | {field: sent[field] for field in record_type(name).key}
    assert send(desk, name, sent, again)[1:3] in ((0, 1), (1, 1)), "the same key is the same record"
    assert len({row["record_key"] for row in desk.raw(name)}) == 1


FEW = [name for name in ROWS if name != "project"]


@pytest.mark.parametrize("name", FEW)
def test_what_the_grain_needs_is_enough(make_desk: DeskMaker, name: str) -> None:
    """A partner who knows no more than the required fields is heard."""
    sent = {field: said for field, said in ROWS[name][0].items() if record_type(name).fields[field].required}
    desk = make_desk(sends(name, sent))
    assert send(desk, name, sent) == (1, 1, 0, 0, 0)


def test_contradictions_are_told_and_impossible_values_held(make_desk: DeskMaker) -> None:
    desk = make_desk(
        *(sends(name, ROWS[name][0]) for name in ("out_of_school_baseline", "population_register", "project"))
    )

    def found(name: str, **changes: str) -> set[tuple[str, str]]:
        send(desk, name, ROWS[name][0] | changes)
        rows = desk.ask(
            "select code, severity from ops.delivery_finding where delivery_id = (select max(delivery_id) from ops.delivery where source = {source})"
        )
        return {(row["code"], row["severity"]) for row in rows}

    assert found("out_of_school_baseline", never_enrolled="ใช่") == {("left_school.against_never_enrolled", "warning")}
    assert found("population_register", age="131", count="-1") == {
        ("age.out_of_range", "critical"),
        ("count.out_of_range", "critical"),
    }
    assert found("project", proposal_submitted_on="1/1/2567") == {
        ("proposal_submitted_on.before_call_opened_on", "warning")
    }
