"""Checks: each expectation true and false, on nulls and on the edges; what breaks in a suite is our error, not the sender's."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from equity.declarations import DeclarationError
from equity.delivery import checks as checks_module
from equity.delivery.checks import CheckError, Suite
from equity.delivery.expectations import resolve_day
from equity.delivery.normalise import Rows
from equity.delivery.reasons import Finding
from equity.records import record_type

RECEIVED = date(2026, 3, 2)
WORDS = {"th": "ผิด", "en": "Wrong."}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of suites of the test's own."""
    monkeypatch.setattr(checks_module, "EXPECTATIONS", tmp_path)
    (tmp_path / "sources").mkdir()
    return tmp_path


def expectation(kind: str, severity: str = "critical", **kwargs: Any) -> dict[str, Any]:
    cell = str(kwargs.get("column", kwargs.get("column_A"))).split(".", maxsplit=1)[0]
    return {
        "type": kind,
        "kwargs": kwargs,
        "severity": severity,
        "meta": {"code": f"{cell}.wrong", "cells": [cell], **WORDS},
    }


def rows(columns: dict[str, pa.Array], **problems: list[str | None]) -> Rows:
    length = len(next(iter(columns.values())))
    quiet = {name: pa.nulls(length, pa.string()) for name in columns}
    return Rows(
        columns,
        quiet | {n: pa.array(p, pa.string()) for n, p in problems.items()},
        quiet,
        np.arange(2, length + 2, dtype=np.int32),
    )


def days(*given: str | None) -> pa.Array:
    return pa.array([date.fromisoformat(day) if day else None for day in given], pa.date32())


def run(folder: Path, given: Rows, *expectations: dict[str, Any], received: date = RECEIVED) -> list[Finding]:
    (folder / "outcome.json").write_text(json.dumps({"name": "outcome", "expectations": list(expectations)}), "utf-8")
    checks_module._document.cache_clear()
    delivered = {*given.columns, *(f"{name}.{kind}" for name in given.problems for kind in ("problem", "doubt"))}
    return Suite(record_type("outcome"), "a_partner", received, delivered).findings(given)


def wrong(findings: list[Finding]) -> list[int]:
    """Positions of the only finding, or none."""
    assert len(findings) <= 1
    return findings[0].rows.tolist() if findings else []


# --- the house's own expectations


@pytest.mark.parametrize(
    ("number", "kinds", "fine"),
    [
        ("3100600445635", ["citizen"], True),
        ("1234545678781", ["citizen"], True),
        ("1101700230705", ["citizen"], False),
        ("1234545678789", ["citizen", "permanent_or_naturalised"], False),
        ("1234545678789", ["no_status", "non_thai"], True),
        ("0123456789012", ["citizen", "permanent_or_naturalised"], True),
        ("0123456789012", ["no_status", "non_thai"], False),
        ("6123456789012", ["non_thai"], False),
        ("8123456789012", ["permanent_or_naturalised"], False),
        ("G644200000001", ["citizen", "no_status", "non_thai", "g_code"], True),
        (None, ["citizen"], True),
    ],
)
def test_national_ids_of_the_kinds_asked_about(folder: Path, number: str | None, kinds: list[str], fine: bool) -> None:
    given = rows({"occupation": pa.array(["3100600445635", number, None], pa.string())})
    found = run(
        folder, given, expectation("expect_column_values_to_be_valid_national_id", column="occupation", kinds=kinds)
    )
    assert wrong(found) == ([] if fine else [1])


def test_a_column_of_nothing_but_nulls_has_no_wrong_id(folder: Path) -> None:
    given = rows({"occupation": pa.nulls(3, pa.string())})
    kind = expectation("expect_column_values_to_be_valid_national_id", column="occupation", kinds=["citizen"])
    assert run(folder, given, kind) == []


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({"latest": "received"}, [1]),
        ({"earliest": "2026-03-02"}, [2, 3]),
        ({"earliest": "received-110y", "latest": "received"}, [1, 3]),
        ({"earliest": "received-1y", "latest": "received+1y"}, [2, 3]),
        ({"latest": "received+1y"}, []),
    ],
)
def test_dates_between_two_days_both_included(folder: Path, bounds: dict[str, str], expected: list[int]) -> None:
    given = rows({"followed_up_on": days("2026-03-02", "2026-03-03", "1916-03-02", "1916-03-01", None)})
    found = run(folder, given, expectation("expect_column_dates_to_be_between", column="followed_up_on", **bounds))
    assert wrong(found) == expected


def test_a_bound_on_the_29th_of_february(folder: Path) -> None:
    given = rows({"followed_up_on": days("2009-02-28", "2009-02-27", "2024-02-29", "2024-03-01")})
    kind = expectation(
        "expect_column_dates_to_be_between", column="followed_up_on", earliest="received-15y", latest="received"
    )
    assert wrong(run(folder, given, kind, received=date(2024, 2, 29))) == [1, 3]


@pytest.mark.parametrize(
    ("word", "received", "expected"),
    [
        ("received", RECEIVED, "2026-03-02"),
        ("received-110y", RECEIVED, "1916-03-02"),
        ("received+4y", date(2024, 2, 29), "2028-02-29"),
        ("received-15y", date(2024, 2, 29), "2009-02-28"),
        ("received+1y", date(2024, 2, 29), "2025-02-28"),
        ("2026-01-01", RECEIVED, "2026-01-01"),
    ],
)
def test_words_for_days(word: str, received: date, expected: str) -> None:
    assert resolve_day(word, received) == expected


@pytest.mark.parametrize("word", ["recieved", "received-15", "received-1m", "01/02/2026", "2026-02-30", ""])
def test_other_words_for_days_are_refused(word: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        resolve_day(word, RECEIVED)


def test_one_date_not_after_another_where_both_are_said(folder: Path) -> None:
    given = rows(
        {
            "followed_up_on": days("2026-01-01", "2026-01-02", "2026-01-01", None, "2026-01-01", None),
            "occupation": days("2026-01-01", "2026-01-01", "2026-01-02", "2026-01-01", None, None),
        }
    )
    kind = expectation("expect_column_pair_dates_to_be_in_order", column_A="followed_up_on", column_B="occupation")
    kind["kwargs"]["ignore_row_if"] = "either_value_is_missing"
    assert wrong(run(folder, given, kind)) == [1]


# --- how findings come back


def test_a_finding_says_rows_reason_and_words(folder: Path) -> None:
    given = rows({"monthly_income": pa.array([1.0, -1.0, None, -2.0])})
    (found,) = run(
        folder,
        given,
        expectation("expect_column_values_to_be_between", "warning", column="monthly_income", min_value=0),
    )
    assert found.rows.tolist() == [1, 3] and found.rows.dtype == np.int64
    reason = found.reason
    assert (reason.code, reason.severity, reason.cells) == ("monthly_income.wrong", "warning", ("monthly_income",))
    assert (reason.th, reason.en) == ("ผิด", "Wrong.")


def test_problems_of_cells_come_by_their_code_with_their_own_words(folder: Path) -> None:
    given = rows(
        {"followed_up_on": days(None, None, None, "2026-01-01")},
        followed_up_on=["date.unreadable", "date.impossible", "date.unreadable", None],
    )
    document = {
        "type": "expect_column_values_to_be_null",
        "kwargs": {"column": "followed_up_on.problem"},
        "severity": "critical",
        "meta": {"cells": ["followed_up_on"]},
    }
    found = {finding.reason.code: finding for finding in run(folder, given, document)}
    assert {code: finding.rows.tolist() for code, finding in found.items()} == {
        "date.unreadable": [0, 2],
        "date.impossible": [1],
    }
    assert all("วันที่" in finding.reason.th and finding.reason.severity == "critical" for finding in found.values())


def test_a_suite_of_problems_alone_on_a_block_without_any(folder: Path) -> None:
    given = rows({"followed_up_on": days("2026-01-01")})
    document = expectation("expect_column_values_to_be_null", column="followed_up_on.problem")
    assert run(folder, given, document) == []


def test_blocks_of_one_delivery_are_each_held_against_all_of_the_suite(folder: Path) -> None:
    """A problem that the first block does not have is found in the second, and the other way round."""
    document = {
        "type": "expect_column_values_to_be_null", "kwargs": {"column": "followed_up_on.problem"}, "severity": "critical",
        "meta": {"cells": ["followed_up_on"]},
    }  # fmt: skip
    quiet = rows({"followed_up_on": days("2026-01-01", "2026-01-01")})
    loud = rows({"followed_up_on": days(None, "2026-01-01")}, followed_up_on=["date.unreadable", None])
    content = {
        "name": "outcome",
        "expectations": [document, expectation("expect_column_values_to_not_be_null", column="followed_up_on")],
    }
    (folder / "outcome.json").write_text(json.dumps(content))
    checks = Suite(record_type("outcome"), "a_partner", RECEIVED, {"followed_up_on", "followed_up_on.problem"})
    assert [[f.reason.code for f in checks.findings(given)] for given in (quiet, loud, quiet, loud)] == [
        [], ["date.unreadable", "followed_up_on.wrong"], [], ["date.unreadable", "followed_up_on.wrong"],
    ]  # fmt: skip


def test_a_cell_that_cannot_be_read_is_not_also_missing(folder: Path) -> None:
    given = rows({"followed_up_on": days(None, None, "2026-01-01")}, followed_up_on=["date.unreadable", None, None])
    missing = expectation("expect_column_values_to_not_be_null", column="followed_up_on")
    missing["meta"]["code"] = "followed_up_on.missing"
    problem = {
        "type": "expect_column_values_to_be_null", "kwargs": {"column": "followed_up_on.problem"}, "severity": "critical",
        "meta": {"cells": ["followed_up_on"]},
    }  # fmt: skip
    found = {finding.reason.code: finding.rows.tolist() for finding in run(folder, given, missing, problem)}
    assert found == {"followed_up_on.missing": [1], "date.unreadable": [0]}


def test_expectations_on_columns_that_are_not_delivered_are_left_out(folder: Path) -> None:
    given = rows({"monthly_income": pa.array([-1.0])})
    absent = expectation("expect_column_values_to_not_be_null", column="work_status")
    pair = expectation("expect_column_pair_dates_to_be_in_order", column_A="monthly_income", column_B="left_on")
    assert run(folder, given, absent, pair) == []


def test_no_rows_have_no_findings(folder: Path) -> None:
    given = rows({"monthly_income": pa.array([], pa.float64())})
    assert run(folder, given, expectation("expect_column_values_to_not_be_null", column="monthly_income")) == []


def test_what_is_particular_to_a_partner_is_added_for_its_record_types(folder: Path) -> None:
    own = expectation("expect_column_values_to_not_be_null", "info", column="work_status")
    for types, expected in ((["outcome"], 1), (["participant"], 0)):
        own["meta"]["record_types"] = types
        (folder / "sources" / "a_partner.json").write_text(json.dumps({"expectations": [own]}))
        given = rows({"work_status": pa.nulls(1, pa.string())})
        found = run(folder, given)
        assert len(found) == expected
    assert checks_module._document.cache_info().currsize > 0


# --- errors of ours


@pytest.mark.parametrize(
    "broken",
    [
        expectation("expect_column_values_to_be_between", column="occupation", min_value=0),
        expectation("expect_column_values_to_match_regex", column="occupation", regex="("),
        expectation("expect_column_dates_to_be_between", column="occupation", latest="received"),
    ],
    ids=["number against text", "bad pattern", "date of text"],
)
def test_an_expectation_that_breaks_is_an_error_and_no_finding(folder: Path, broken: dict[str, Any]) -> None:
    given = rows({"occupation": pa.array(["secret-value"])})
    with pytest.raises(CheckError, match=rf"outcome: {broken['type']}") as error:
        run(folder, given, broken)
    assert "secret-value" not in str(error.value)


def test_one_broken_expectation_among_good_ones_is_not_overlooked(folder: Path) -> None:
    given = rows({"occupation": pa.array(["x"]), "monthly_income": pa.array([-1.0])})
    good = expectation("expect_column_values_to_be_between", column="monthly_income", min_value=0)
    broken = expectation("expect_column_values_to_be_between", column="occupation", min_value=0)
    with pytest.raises(CheckError):
        run(folder, given, good, broken)


def test_a_suite_that_is_missing_or_unreadable_is_said_by_file(folder: Path) -> None:
    with pytest.raises(DeclarationError, match=r"expectations/outcome\.json is missing"):
        Suite(record_type("outcome"), "a_partner", RECEIVED, set())
    for content in ("{", '{"name": "outcome"}'):
        (folder / "outcome.json").write_text(content)
        checks_module._document.cache_clear()
        with pytest.raises(DeclarationError, match=r"expectations/outcome\.json: not readable"):
            Suite(record_type("outcome"), "a_partner", RECEIVED, set())


@pytest.fixture(autouse=True)
def fresh_documents() -> Any:
    """No suite of a test is remembered by the next."""
    checks_module._document.cache_clear()
    yield
    checks_module._document.cache_clear()
