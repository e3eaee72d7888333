"""What may stand in a field, said for people: an example, the form it takes, and how a cell is set up for it."""

from __future__ import annotations

from dataclasses import dataclass

from equity.records import Field, RecordType, code_lists
from equity.records import record_type as of_type
from equity.thai.places import lampang

# invented, and plain to see as such
EXAMPLES = {
    "national_id": "1234567890121", "name_prefix": "นางสาว", "first_name": "ตัวอย่าง", "last_name": "ใจดี", "nickname": "ก้อย",
    "nationality": "ไทย", "house_no": "99/1", "moo": "5", "consent_purpose": "ติดตามผลการเรียนรู้", "guarantor": "",
    "school": "โรงเรียนบ้านตัวอย่าง", "provider": "วิทยาลัยชุมชนตัวอย่าง", "name": "กลุ่มทอผ้าบ้านตัวอย่าง", "unit": "ชมรมตัวอย่าง",
    "sex": "หญิง", "disability_type": "ไม่พิการ", "referred_to_partner": "เทศบาลตัวอย่าง", "never_enrolled": "ไม่ใช่",
    "baseline_occupation": "รับจ้างทั่วไป", "occupation": "ค้าขาย", "items": "ข้าวสาร 5 กก. ไข่ 30 ฟอง", "topic": "ทอผ้า", "course": "การดูแลผู้เรียน",
    "title": "ทอผ้าย้อมคราม", "device_type": "รถเข็น", "credential": "วุฒิบัตรทอผ้า", "contract_no": "67-0001", "areas": "แจ้ซ้อน, ทุ่งกว๋าว",
    "publication": "สำนักงานศึกษาธิการจังหวัด", "table_title": "การเข้าถึงการศึกษา", "measure": "อัตราการเข้าเรียน", "scope": "ทุกสังกัด",
    "funder": "กองทุนตัวอย่าง", "purpose": "ติดตามความก้าวหน้า", "findings": "กลุ่มรวมตัวได้ดี", "agreed_actions": "นัดครั้งต่อไปเดือนหน้า",
    "scaled_out_to": "ต.ทุ่งกว๋าว", "online_channel": "เพจของกลุ่ม",
}  # fmt: skip
_NUMBERS = {
    "hours": "6", "baht": "3500", "baht_per_month": "3500", "percent": "80", "year_be": "2568", "persons": "25",
    "years": "12", "score_1_5": "4", "kg": "5.5",
}  # fmt: skip
_UNITS = {
    "hours": "ชั่วโมง", "baht": "บาท", "baht_per_month": "บาทต่อเดือน", "percent": "0 ถึง 100", "year_be": "ปี พ.ศ.", "persons": "คน",
    "years": "ปี", "score_1_5": "1 ถึง 5", "kg": "กิโลกรัม",
}  # fmt: skip
_SAMPLE_TAMBON = "521304"
_FORMS = {
    "date": "วัน/เดือน/ปี พ.ศ.", "boolean": "ใช่ หรือ ไม่ใช่", "national_id": "เลข 13 หลัก หรือรหัส G", "phone": "เลข 9 หรือ 10 หลัก",
    "tambon": "ชื่อตำบล", "amphoe": "ชื่ออำเภอ", "province": "ชื่อจังหวัด", "code": "เลือกจากรายการ",
    "code_set": "เลือกจากรายการ หลายคำคั่นด้วย ;", "person_ref": "รหัสที่หน่วยงานของท่านใช้ ไม่ซ้ำกับคนอื่น", "ref": "รหัสที่ท่านใช้",
}  # fmt: skip
_RULES = {
    "date": "A day; Buddhist or Christian era, typed as text.", "boolean": "Yes or no.", "number": "A number.",
    "national_id": "13 digits with a valid check digit, or a G-code; typed as text.", "phone": "9 or 10 digits; typed as text.",
    "integer": "A whole number.", "code": "One word of the list.", "code_set": "Words of the list, separated by ;",
    "tambon": "Name or code of a tambon.", "amphoe": "Name or code of an amphoe.", "province": "Name or code of a province.",
    "person_ref": "Your own number of the person: the same person always has the same one.", "ref": "Your own number.",
    "text": "Any text.",
}  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """How a field is asked for: an example, the form in Thai, the rule in English; `number` where a cell may count."""

    example: str
    form: str
    rule: str
    number: bool


def shape(name: str, field: Field, record_type: RecordType) -> Shape:
    """What is said of one field of a template."""
    number = field.type in ("number", "integer")
    form = _FORMS.get(field.type, "ข้อความ")
    if number:
        form = "ตัวเลข" + (f" ({_UNITS[field.unit]})" if field.unit in _UNITS else "")
    if record_type.key == (name,) and field.type == "ref":
        form = "รหัสที่ท่านใช้ แต่ละแถวไม่ซ้ำกัน"
    elif field.of:
        form = f"รหัสเดียวกับในข้อมูล{of_type(field.of).label.th}"
    if name == "guarantor":
        form = "เว้นว่าง: กองทุนไม่ใช้ผู้ค้ำประกัน"
    rule = _RULES[field.type] + (f" Unit: {field.unit}." if field.unit else "")
    return Shape(example(name, field), form, rule, number)


def example(name: str, field: Field) -> str:
    """An invented value that the field takes."""
    if name in EXAMPLES:
        return EXAMPLES[name]
    if field.codes:
        labels = [words.th for words in code_lists()[field.codes].values()]
        return "; ".join(labels[:2]) if field.type == "code_set" else labels[0]
    area = lampang().areas[_SAMPLE_TAMBON]
    said = {
        "tambon": area.tambon_th, "amphoe": area.amphoe_th, "province": "ลำปาง", "boolean": "ใช่", "phone": "0810000000",
        "person_ref": "P-0001", "ref": f"{name.removesuffix('_ref').replace('_', '-').upper()[:8]}-001",
    }  # fmt: skip
    if field.type == "date":
        return {"past_century": "15/03/2550", "future": "31/12/2570"}.get(field.era_range, "1/6/2568")
    if field.type in ("number", "integer"):
        return _NUMBERS.get(field.unit or "", "10")
    return said.get(field.type, field.label.th)
