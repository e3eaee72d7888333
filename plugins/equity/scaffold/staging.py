"""The staging layer as it follows from the declared record types: models, contracts, the words of the raw sources.

`equity record derive` writes the files after a record type has changed; a test holds them to it.
"""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from equity.records import RecordType, record_types
from equity.settings import PROJECT

STAGING = PROJECT / "dbt_project" / "models" / "staging"
OF_PERSONS = PROJECT / "dbt_project" / "macros" / "record_types.sql"

BEFORE = {
    "record_id": ("bigint", "ลำดับของรุ่นของแถวในคลัง", "Number of this version of the record in raw"),
    "record_key": (
        "uuid",
        "กุญแจของแถวตามที่หน่วยงานอ้าง เหมือนเดิมทุกรุ่น",
        "Key of the record by the partner's own reference, the same in all versions",
    ),
    "source": ("text", "แหล่งข้อมูล", "Partner source"),
    "delivery_id": ("bigint", "การนำส่งที่แถวรุ่นนี้มา", "Delivery that brought this version"),
    "row_no": ("integer", "เลขแถวในการนำส่ง", "Row number within the delivery"),
}
AFTER = {
    "known_from": ("timestamp with time zone", "รู้ตั้งแต่", "Known from"),
    "known_to": (
        "timestamp with time zone",
        "รู้ถึงก่อนเวลานี้ (ว่างคือยังใช้อยู่)",
        "Known until, exclusive; null while it still holds",
    ),
    "is_current": ("boolean", "เป็นรุ่นปัจจุบัน", "Whether this is the current version"),
}
SPECIAL = {
    "national_id_kind": ("ชนิดของเลขประจำตัว (ไม่มีตัวเลข)", "Kind of the national ID, never the number"),
    "birth_date_precision": ("ความละเอียดของวันเกิด", "Precision of the birth date"),
    "partner_person_key": ("รหัสแฝงของบุคคลในหน่วยงานนี้", "Pseudonym of the person within this partner"),
}


def words(declared: RecordType, column: str) -> tuple[str, str]:
    """Thai and English words of one raw column."""
    if column in SPECIAL:
        return SPECIAL[column]
    field = declared.fields.get(column)
    if field is not None:
        unit = f" [{field.unit}]" if field.unit else ""
        codes = f" ({field.codes})" if field.codes else ""
        return field.label.th, f"{field.label.en}{unit}{codes}"
    label = declared.fields[f"{column.removesuffix('_key')}_ref"].label
    return f"รหัสแฝงของ{label.th}", f"Pseudonym: {label.en}"


def columns(declared: RecordType) -> dict[str, tuple[str, str, str]]:
    """All columns of a staging view: name → type, Thai, English."""
    own = {name: (kind, *words(declared, name)) for name, kind in declared.raw_columns().items()}
    return BEFORE | own | AFTER


def model_sql(declared: RecordType) -> str:
    """The model's file."""
    names = "".join(f'    "{name}",\n' for name in declared.raw_columns())
    return f'{{{{ staged("{declared.record_type}", [\n{names}]) }}}}\n'


def contracts_yaml() -> str:
    """The YAML of all staging models and of the raw source."""
    models = []
    for declared in record_types().values():
        models.append(
            {
                "name": f"stg_{declared.record_type}",
                "description": (
                    f"{declared.label.th} ทุกรุ่นที่ไม่ใช่การลบ พร้อมช่วงเวลาที่รู้ / {declared.label.en}: "
                    f"{declared.grain}; every version that is not a deletion, with the time"
                    " during which it was known. Key: record_key, known_from."
                ),
                "columns": [
                    {"name": name, "data_type": kind, "description": f"{th} / {en}"}
                    for name, (kind, th, en) in columns(declared).items()
                ],
            }
        )
    raw = {
        "name": "raw",
        "schema": "raw",
        "description": "แถวที่รับไว้ เพิ่มเท่านั้น ไม่แก้ ไม่ลบ / Accepted rows, append-only.",
        "tables": [
            {
                "name": declared.record_type,
                "description": f"{declared.label.th} / {declared.label.en}: {declared.grain}",
            }
            for declared in record_types().values()
        ],
    }
    head = "# Written by `equity record derive` from plugins/equity/records; a test holds it.\n"
    return head + yaml.safe_dump(
        {"version": 2, "sources": [raw], "models": models}, allow_unicode=True, sort_keys=False, width=118
    )


def of_persons_sql() -> str:
    """The macro that names all record types that mention a person."""
    names = [f'"{name}"' for name, declared in record_types().items() if declared.has_person]
    lines, line = [], ""
    for name in names:
        if len(line) + len(name) > 108:
            lines.append(line.rstrip())
            line = ""
        line += f"{name}, "
    lines.append(line.rstrip())
    listed = "".join(f"        {line}\n" for line in lines)
    return re.sub(
        r"(return\(\[\n).*?(    \]\))",
        lambda found: found[1] + listed + found[2],
        OF_PERSONS.read_text("utf-8"),
        count=1,
        flags=re.S,
    )


def files() -> dict[Path, str]:
    """Every file of dbt's that follows from the declarations, with its content."""
    made = {STAGING / f"stg_{name}.sql": model_sql(declared) for name, declared in record_types().items()}
    return made | {STAGING / "_staging.yml": contracts_yaml(), OF_PERSONS: of_persons_sql()}
