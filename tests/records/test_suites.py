"""Suites: one for every record type, naming only what exists, with words for people on all that may fail."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from equity.delivery.checks import Suite
from equity.delivery.normalise import Rows
from equity.delivery.problems import PROBLEMS
from equity.records import code_lists, record_type, record_types
from equity.settings import EXPECTATIONS, SPECS
from equity.sources.spec import PARTS, read_sources

DERIVED = {"amount_baht.moved", "name_prefix.sex", "name_prefix.child_born", "national_id_kind", "birth_date_precision"}
TYPED = {"date", "number", "integer", "boolean", "national_id", "code"}
# what a reader of this type can find doubtful
DOUBTING = {"date", "number", "national_id"}


def own(name: str) -> list[dict[str, Any]]:
    document = json.loads((EXPECTATIONS / f"{name}.json").read_text("utf-8"))
    assert document["name"] == name
    return list(document["expectations"])


def suite(name: str) -> list[dict[str, Any]]:
    """All expectations that hold for a record type, those of the person block too."""
    shared = json.loads((EXPECTATIONS / "blocks" / "person.json").read_text("utf-8"))["expectations"]
    return (list(shared) if record_type(name).has_person_block else []) + own(name)


def columns_of(expectation: dict[str, Any]) -> list[str]:
    kwargs = expectation["kwargs"]
    return [kwargs[key] for key in ("column", "column_A", "column_B") if key in kwargs]


def asked(name: str, column: str, kind: str) -> list[str]:
    """Severities of the expectations of one kind on one column."""
    return [e["severity"] for e in suite(name) if e["type"] == kind and e["kwargs"].get("column") == column]


NAMES = sorted(record_types())


def test_there_is_a_suite_for_every_type_and_no_other_file() -> None:
    assert sorted(path.stem for path in EXPECTATIONS.glob("*.json")) == NAMES
    assert [path.name for path in (EXPECTATIONS / "blocks").glob("*.json")] == ["person.json"]
    sources = set(read_sources(SPECS))
    assert {path.stem for path in (EXPECTATIONS / "sources").glob("*.json")} <= sources


@pytest.mark.parametrize("name", NAMES)
def test_every_column_named_is_a_field_or_follows_from_one(name: str) -> None:
    fields = record_type(name).fields
    known = {*fields, *DERIVED, *(f"{f}.{kind}" for f in fields for kind in ("problem", "doubt"))}
    for expectation in suite(name):
        assert columns_of(expectation), expectation
        assert set(columns_of(expectation)) <= known, expectation
        assert set(expectation["meta"]["cells"]) <= set(fields), expectation
        assert expectation["meta"]["cells"], expectation


@pytest.mark.parametrize("name", NAMES)
def test_everything_that_may_fail_has_thai_and_english_words_and_a_code(name: str) -> None:
    for expectation in suite(name):
        assert expectation["severity"] in ("critical", "warning", "info")
        meta = expectation["meta"]
        column = expectation["kwargs"].get("column", "")
        if column.endswith((".problem", ".doubt")):
            assert not {"code", "th", "en"} & set(meta), "the words of a cell's problem are the problem's own"
            continue
        assert any("\u0e00" <= letter <= "\u0e7f" for letter in meta["th"]), expectation
        assert meta["en"].isascii() and meta["en"].endswith("."), expectation
        cell, _, what = meta["code"].partition(".")
        assert cell in meta["cells"] and what, expectation


def test_the_words_of_all_problems_are_in_both_languages() -> None:
    for code, problem in PROBLEMS.items():
        assert code == problem.code and "." in code
        assert any("\u0e00" <= letter <= "\u0e7f" for letter in problem.th), code
        assert any(letter.isascii() and letter.isalpha() for letter in problem.en), code


@pytest.mark.parametrize("name", NAMES)
def test_no_code_is_said_twice(name: str) -> None:
    codes = [e["meta"]["code"] for e in suite(name) if "code" in e["meta"]]
    assert len(codes) == len(set(codes))
    asked_twice = [(e["type"], json.dumps(e["kwargs"], sort_keys=True)) for e in suite(name)]
    assert len(asked_twice) == len(set(asked_twice))


@pytest.mark.parametrize("name", NAMES)
def test_a_row_without_its_key_or_a_required_field_is_critical(name: str) -> None:
    declared = record_type(name)
    for field in dict.fromkeys([*declared.key, *(n for n, f in declared.fields.items() if f.required)]):
        assert "critical" in asked(name, field, "expect_column_values_to_not_be_null"), field


@pytest.mark.parametrize("name", NAMES)
def test_a_key_that_cannot_be_read_is_critical_and_never_less(name: str) -> None:
    """A cell that cannot be read is not also reported as missing, so its own finding must stop the row."""
    declared = record_type(name)
    for field in declared.key:
        if declared.fields[field].type in TYPED:
            assert asked(name, f"{field}.problem", "expect_column_values_to_be_null") == ["critical"], field


@pytest.mark.parametrize("name", NAMES)
def test_no_problem_of_a_typed_cell_passes_in_silence(name: str) -> None:
    declared = record_type(name)
    for field, about in declared.fields.items():
        if about.type in TYPED | {"code_set", "phone"}:
            assert asked(name, f"{field}.problem", "expect_column_values_to_be_null"), field
        if about.type in DOUBTING:
            assert asked(name, f"{field}.doubt", "expect_column_values_to_be_null"), field
        if about.type == "tambon":
            assert asked(name, f"{field}.doubt", "expect_column_values_to_be_null"), field


@pytest.mark.parametrize("name", NAMES)
def test_every_date_in_the_past_is_held_against_the_day_of_receipt(name: str) -> None:
    for field, about in record_type(name).fields.items():
        if about.type == "date" and about.era_range != "future" and not field.startswith("consent"):
            found = [
                e for e in suite(name)
                if e["type"] == "expect_column_dates_to_be_between" and e["kwargs"]["column"] == field
            ]  # fmt: skip
            assert any(e["kwargs"].get("latest") == "received" for e in found), field


@pytest.mark.parametrize("name", NAMES)
def test_great_expectations_takes_the_whole_suite_and_a_perfect_empty_row_of_each_column(name: str) -> None:
    """All expectations exist in GX and can be evaluated: one row of nulls gives missing fields and no CheckError."""
    declared = record_type(name)
    kinds = {"date": pa.date32(), "number": pa.float64(), "integer": pa.int64(), "boolean": pa.bool_()}
    columns = {n: pa.nulls(1, kinds.get(f.type, pa.string())) for n, f in declared.fields.items()}
    columns |= {"amount_baht.moved": pa.nulls(1, pa.float64())}
    columns |= {"name_prefix.sex": pa.nulls(1, pa.string()), "name_prefix.child_born": pa.nulls(1, pa.date32())}
    quiet = {n: pa.nulls(1, pa.string()) for n in declared.fields}
    rows = Rows(columns, quiet, quiet, np.array([2], dtype=np.int32))
    delivered = {*columns, *(f"{n}.{kind}" for n in quiet for kind in ("problem", "doubt"))}
    checks = Suite(declared, "nobody", date(2026, 3, 2), delivered)
    assert len(checks._chosen) == len(suite(name)), "every expectation is asked"
    found = {finding.reason.code: finding for finding in checks.findings(rows)}
    required = dict.fromkeys([*declared.key, *(n for n, f in declared.fields.items() if f.required)])
    assert set(found) == {f"{field}.missing" for field in required}
    assert all(finding.rows.tolist() == [0] for finding in found.values())


# --- specs and codes


def test_every_code_that_a_spec_uses_exists() -> None:
    used = 0
    for source in read_sources(SPECS).values():
        for version in source.versions:
            for table in version.tables:
                fields = table.declared.fields
                for field, words in table.codes.items():
                    known = code_lists()[fields[field].codes or ""]
                    for word, code in words.items():
                        used += 1
                        assert code in known, (source.source, table.record_type, field, word)
    assert used > 80


def test_every_field_that_is_required_reaches_every_table() -> None:
    for source in read_sources(SPECS).values():
        for version in source.versions:
            for table in version.tables:
                filled = {*table.fields, *(f for part in table.parts for f in PARTS[part])}
                required = {n for n, f in table.declared.fields.items() if f.required} | set(table.declared.key)
                assert required <= filled, (source.source, table.record_type)
