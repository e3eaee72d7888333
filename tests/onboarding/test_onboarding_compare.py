"""What changed between two deliveries, and what that does to the spec."""

from __future__ import annotations

from typing import Any

import pytest
from onboarding_samples import PEOPLE, national_id, rows_of, text, workbook

from equity.onboarding.compare import Comparison, compare
from equity.sources.spec import Source

SPEC = Source.model_validate(
    {
        "source": "a_club",
        "partner": {"family": "unit", "name": {"th": "ชมรม", "en": "A club"}, "area": "5201"},
        "fetch": {"by": "folder", "connection": "a_drop", "files": "*"},
        "versions": [{"since": "2026-01-01", "tables": [{
            "record_type": "participant", "sends": "everything",
            "fields": {
                "partner_person_ref": "รหัสสมาชิก", "national_id": "เลขประจำตัวประชาชน", "birth_date": "วันเกิด", "project_ref": "โครงการ",
                "joined_on": "วันที่เข้าร่วม", "baseline_monthly_income": "รายได้ต่อเดือนก่อนเข้าร่วม",
            },
            "parts": {"full_name": "ชื่อ-สกุล"},
        }]}],
    }
)  # fmt: skip
OLD = text(rows_of(PEOPLE))


def told(new: bytes, old: bytes = OLD, spec: Source | None = SPEC, **more: Any) -> list[tuple[str, str]]:
    found = compare("old.csv", old, "new.csv", new, spec, more.get("specs", {}))
    return [(change.what, change.spec) for change in found.changes]


def columns(**changes: Any) -> bytes:
    return text(rows_of({**PEOPLE, **changes}))


def renamed(was: str, now: str, cells: list[str] | None = None) -> bytes:
    return text(rows_of({now if h == was else h: (cells or c) if h == was else c for h, c in PEOPLE.items()}))


def without(*headers: str) -> bytes:
    return text(rows_of({h: c for h, c in PEOPLE.items() if h not in headers}))


def test_nothing_changed() -> None:
    assert told(OLD) == []
    assert compare("a", OLD, "b", OLD, SPEC, {}).as_text() == "nothing changed in the layout: the spec reads both"
    assert told(columns(**{"วันที่เข้าร่วม": ["1/7/2567"] * 8})) == [], "other people on other days are no change"


def test_a_new_column_warns() -> None:
    assert told(columns(หมายเหตุ=["ก", "ข"] * 4)) == [
        ("column 'หมายเหตุ' is new", "it only warns (unknown column): add it to fields, or to ignore")
    ]


def test_a_required_column_that_is_gone_holds() -> None:
    ((what, spec),) = told(without("วันที่เข้าร่วม"))
    assert "'วันที่เข้าร่วม'" in what and "gone" in what and "joined_on" in spec and "HELD" in spec


def test_another_column_that_is_gone_leaves_its_field_empty() -> None:
    ((what, spec),) = told(without("รายได้ต่อเดือนก่อนเข้าร่วม"))
    assert "gone" in what and "baseline_monthly_income" in spec and "HELD" not in spec


def test_a_renamed_column_is_a_spelling_more() -> None:
    assert told(renamed("วันเกิด", "วัน/เดือน/ปีเกิด")) == [
        (
            "column 'วันเกิด' seems to be called 'วัน/เดือน/ปีเกิด' now",
            "add the spelling to birth_date: [วันเกิด, วัน/เดือน/ปีเกิด]",
        )
    ]


def test_what_holds_other_values_was_not_renamed() -> None:
    changes = told(renamed("วันเกิด", "วัน/เดือน/ปีเกิด", ["ไม่ทราบแน่", "น่าจะปีมะโรง"] * 4))
    assert ["is new" in what or "gone" in what for what, _ in changes] == [True, True]


def test_a_column_of_another_type_holds() -> None:
    words = ["เย็บผ้า", "จักสาน"] * 4
    ((what, spec),) = told(columns(**{"วันที่เข้าร่วม": words}))
    assert what == "column 'วันที่เข้าร่วม' held date and mostly does not now" and "100% of joined_on cannot be read" in spec
    more = {header: cells * 2 for header, cells in PEOPLE.items()} | {"วันที่เข้าร่วม": words * 2}
    ((what, spec),) = told(text(rows_of(more)), text(rows_of({h: c * 2 for h, c in PEOPLE.items()})))
    assert what == "column 'วันที่เข้าร่วม' held date and mostly does not now" and "HELD as re-typed" in spec


def test_a_changed_order_matters_to_nobody() -> None:
    moved = text(rows_of(dict(reversed(PEOPLE.items()))))
    assert told(moved) == [("columns stand in another order", "nothing: order never matters")]


@pytest.mark.parametrize("rows", [4, 1])
def test_a_snapshot_that_shrank(rows: int) -> None:
    assert (f"8 rows became {rows}", "a snapshot that shrank so far is held (hold_if_rows_fall_below)") in told(
        text(rows_of(PEOPLE)[: rows + 1])
    )


def test_a_snapshot_that_grew_is_no_change() -> None:
    more = {h: [*c, *c] for h, c in PEOPLE.items()} | {"เลขประจำตัวประชาชน": [national_id(i) for i in range(16)]}
    assert told(text(rows_of(more))) == []


def test_encoding_and_delimiter() -> None:
    changes = dict(told(text(rows_of(PEOPLE), ";", "cp874")))
    assert changes == {
        "encoding: 'utf-8' became 'cp874'": "nothing, unless the spec pins encoding",
        "delimiter: ',' became ';'": "nothing, unless the spec pins delimiter",
    }


def test_another_header_block_needs_a_new_version() -> None:
    rows = [
        ["รหัสสมาชิก", "เลขประจำตัวประชาชน", "ชื่อ-สกุล", "วันที่", "", "โครงการ", "รายได้ต่อเดือนก่อนเข้าร่วม"],
        ["", "", "", "วันเกิด", "วันที่เข้าร่วม", "", ""],
        *[[r[0], r[1], r[2], r[3], r[5], r[4], r[6]] for r in rows_of(PEOPLE)[1:]],
    ]
    changes = dict(
        told(workbook({"1": rows}, ["D1:E1", *(f"{c}1:{c}2" for c in "ABCFG")]), workbook({"1": rows_of(PEOPLE)}))
    )
    assert changes["header rows: 1 became 2"] == "set header.rows in a new version"


def test_sheets_that_come_and_go() -> None:
    events = {"รหัสสมาชิก": PEOPLE["รหัสสมาชิก"], "วันที่ติดตาม": PEOPLE["วันที่เข้าร่วม"], "สถานะการทำงาน": ["มีงานทำ"] * 8}
    members, both = workbook({"สมาชิก": rows_of(PEOPLE)}), workbook({"สมาชิก": rows_of(PEOPLE), "ติดตาม": rows_of(events)})
    assert told(both, members) == [
        ("a new sheet, it looks like outcome", "declare a table for it, or nothing if it is not ours")
    ]
    assert [what for what, _ in told(members, both)] == ["the sheet is gone"]


def test_a_delivery_that_cannot_be_read_is_told() -> None:
    ((what, spec),) = told(b"%PDF-1.7")
    assert "PDF" not in spec and spec == "ask the partner to send it again" and what


def test_without_a_spec_the_one_whose_headers_stand_there_is_asked() -> None:
    ((_, spec),) = told(renamed("วันเกิด", "วัน/เดือน/ปีเกิด"), spec=None, specs={"a_club": SPEC})
    assert spec.startswith("add the spelling to birth_date")
    ((_, nobody),) = told(renamed("วันเกิด", "วัน/เดือน/ปีเกิด"), spec=None)
    assert nobody == "nothing: the spec does not read it"


def test_both_ways_of_telling_say_the_same() -> None:
    found: Comparison = compare("old.csv", OLD, "new.csv", columns(หมายเหตุ=["ก"] * 8), SPEC, {})
    assert found.as_json() == {"changes": [{"place": c.place, "what": c.what, "spec": c.spec} for c in found.changes]}
    assert all(change.what in found.as_text() and change.spec in found.as_text() for change in found.changes)
