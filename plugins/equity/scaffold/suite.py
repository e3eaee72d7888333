"""The checks that follow from a declaration, in the words that all suites use; what only people know is added by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from equity.declarations import read_yaml
from equity.records import Field, RecordType
from equity.records.registry import HERE

READ = {"date", "number", "integer", "boolean", "national_id", "phone", "code", "code_set"}
DOUBTED = {"date", "number", "national_id", "tambon"}
GRAVE = {"date", "number", "integer", "national_id"}
# unit → smallest and largest value
RANGES: dict[str, tuple[int, int | None]] = {"percent": (0, 100), "score_1_5": (1, 5), "year_be": (2540, 2600)}
AT_LEAST_ZERO = (0, None)
Expectation = dict[str, Any]


def expectations(declared: RecordType, order: Iterable[tuple[str, str]] = ()) -> list[Expectation]:
    """All of them; those of the person block are in the block's own suite.

    Args:
        declared: the record type.
        order: pairs of dates of which the first never comes after the second.

    """
    shared = person_fields() if declared.has_person_block else set()
    own = {name: field for name, field in declared.fields.items() if name not in shared}
    found = [e for name, field in own.items() for e in _of_field(name, field, name in declared.key)]
    return found + [_in_order(declared, first, then) for first, then in order]


def as_json(declared: RecordType, checks: list[Expectation]) -> str:
    """A suite's file: an expectation on two lines, so that a difference reads as one."""
    lines = []
    for check in checks:
        said = {key: check[key] for key in ("type", "kwargs", "severity")}
        head, meta = (json.dumps(part, ensure_ascii=False) for part in (said, check["meta"]))
        lines.append(f'  {head[:-1]},\n   "meta": {meta}}}')
    return f'{{\n "name": "{declared.record_type}",\n "expectations": [\n' + ",\n".join(lines) + "\n ]\n}\n"


def _of_field(name: str, field: Field, in_key: bool) -> Iterator[Expectation]:
    th, en = field.label.th, field.label.en
    needed = in_key or field.required
    if needed:
        yield _check(
            "expect_column_values_to_not_be_null", {"column": name}, "critical",
            _words(name, "missing", [name], f"ไม่มี{th} กรุณากรอกให้ครบ", f"{en} is missing; please fill it in."),
        )  # fmt: skip
    if field.type in READ:
        severity = "critical" if needed or field.type in GRAVE else "warning"
        yield _check("expect_column_values_to_be_null", {"column": f"{name}.problem"}, severity, {"cells": [name]})
    if field.type in DOUBTED:
        yield _check("expect_column_values_to_be_null", {"column": f"{name}.doubt"}, "warning", {"cells": [name]})
    if field.type == "date" and field.era_range != "future":
        yield _check(
            "expect_column_dates_to_be_between", {"column": name, "latest": "received"}, "critical",
            _words(name, "in_future", [name], f"{th}อยู่ในอนาคต กรุณาตรวจสอบปีและเดือน",
                   f"{en} lies in the future; please check year and month."),
        )  # fmt: skip
    if field.type in ("number", "integer"):
        yield _in_range(name, field)


def _in_range(name: str, field: Field) -> Expectation:
    low, high = RANGES.get(field.unit or "", AT_LEAST_ZERO)
    th, en = field.label.th, field.label.en
    kwargs: dict[str, Any] = {"column": name, "min_value": low}
    if high is None:
        words = f"{th}ต้องไม่ติดลบ", f"{en} must not be negative."
    else:
        kwargs["max_value"] = high
        words = f"{th}ต้องอยู่ระหว่าง {low} ถึง {high}", f"{en} must be between {low} and {high}."
    return _check(
        "expect_column_values_to_be_between", kwargs, "critical", _words(name, "out_of_range", [name], *words)
    )


def _in_order(declared: RecordType, first: str, then: str) -> Expectation:
    before, after = declared.fields[first].label, declared.fields[then].label
    kwargs = {"column_A": first, "column_B": then, "ignore_row_if": "either_value_is_missing"}
    return _check(
        "expect_column_pair_dates_to_be_in_order", kwargs, "critical",
        _words(then, f"before_{first}", [then, first], f"{after.th}มาก่อน{before.th} กรุณาตรวจสอบทั้งสองช่อง",
               f"{after.en} comes before {before.en}; please check both cells."),
    )  # fmt: skip


def _check(kind: str, kwargs: dict[str, Any], severity: str, meta: dict[str, Any]) -> Expectation:
    return {"type": kind, "kwargs": kwargs, "severity": severity, "meta": meta}


def _words(name: str, what: str, cells: list[str], th: str, en: str) -> dict[str, Any]:
    return {"code": f"{name}.{what}", "cells": cells, "th": th, "en": en}


def person_fields() -> set[str]:
    """The fields of the person block."""
    document: Any = read_yaml(HERE / "blocks" / "person.yml")
    return set(document["fields"])
