"""A row of a record type as a partner may write it, and what is then known: the data of its test from file to raw."""

from __future__ import annotations

import json
from typing import Any

from equity.records import Field, RecordType, code_lists
from equity.scaffold.suite import person_fields
from equity.settings import PROJECT

ROWS = PROJECT / "tests" / "delivery" / "record_rows"
PERSON = {"partner_person_ref": "P-1", "first_name": "ก้อย", "last_name": "ใจดี"}
_FIXED: dict[str, tuple[str, Any]] = {
    "text": ("ตัวอย่าง", "ตัวอย่าง"),
    "ref": ("R-1", "R-1"),
    "date": ("5 ก.พ. 2569", "2026-02-05"),
    "boolean": ("ใช่", True),
    "tambon": ("521304", "521304"),
    "amphoe": ("5213", "5213"),
    "province": ("52", "52"),
}
_NUMBERS = {"year_be": ("2568", 2568), "score_1_5": ("๓", 3)}


def row(declared: RecordType) -> str:
    """The file's content: `sent`, by field, and `known`, by column of raw."""
    sent: dict[str, str] = {}
    known: dict[str, Any] = {}
    shared = person_fields() if declared.has_person_block else set()
    for name, field in declared.fields.items():
        if name in PERSON:
            sent[name] = PERSON[name]
        elif field.type == "person_ref":
            sent[name] = "M-1"
        elif name not in shared:
            sent[name], known[name] = _value(field)
    return json.dumps({"sent": sent, "known": known}, ensure_ascii=False, indent=1) + "\n"


def _value(field: Field) -> tuple[str, Any]:
    if field.type in ("code", "code_set"):
        code, words = next(iter(code_lists()[field.codes or ""].items()))
        return words.th, [code] if field.type == "code_set" else code
    if field.type in ("number", "integer"):
        written, number = _NUMBERS.get(field.unit or "", ("๑๒", 12))
        return written, float(number) if field.type == "number" else number
    return _FIXED[field.type]
