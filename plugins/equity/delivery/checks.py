"""Check: one Great Expectations suite over normalised rows; what fails comes back as findings by row and cell."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import great_expectations as gx
import numpy as np
import pandas as pd
import pyarrow as pa
from great_expectations.core import ExpectationSuite
from great_expectations.core.batch_definition import BatchDefinition
from great_expectations.expectations.metadata_types import FailureSeverity

from equity.declarations import DeclarationError
from equity.delivery import expectations as _own_expectations  # noqa: F401 # registers them with GX
from equity.delivery.expectations import resolve_day
from equity.delivery.normalise import Rows
from equity.delivery.problems import PROBLEMS
from equity.delivery.reasons import Finding, Reason, Severity
from equity.records import RecordType
from equity.settings import EXPECTATIONS


class CheckError(RuntimeError):
    """An expectation could not be evaluated: an error of ours in a suite, never of the sender's."""


# of columns that only these look at, the frame holds marks for values: GX hashes and copies the frame several times
ASK_NO_VALUE = {"expect_column_values_to_be_null", "expect_column_values_to_not_be_null"}
Due = tuple[ExpectationSuite, list[str], set[str]]
IN_ORDER = "expect_column_pair_dates_to_be_in_order"


class Suite:
    """The checks of one record type from one source, ready to run on blocks of rows of one delivery."""

    def __init__(self, declared: RecordType, source: str, received_on: date, delivered: set[str]) -> None:
        """Collect the expectations; those on columns that the source does not deliver are left out."""
        self.declared = declared
        documents = [_document(EXPECTATIONS / f"{declared.record_type}.json")]
        if declared.has_person_block:
            documents.insert(0, _document(EXPECTATIONS / "blocks" / "person.json"))
        particular = EXPECTATIONS / "sources" / f"{source}.json"
        if particular.exists():
            documents.append(
                [e for e in _document(particular) if declared.record_type in e.get("meta", {}).get("record_types", [])]
            )
        chosen = []
        for expectation in (e for document in documents for e in document):
            kwargs = dict(expectation["kwargs"])
            columns = [kwargs[key] for key in ("column", "column_A", "column_B") if key in kwargs]
            if not delivered.issuperset(columns):
                continue
            for bound in ("earliest", "latest"):
                if bound in kwargs:
                    kwargs[bound] = resolve_day(kwargs[bound], received_on)
            chosen.append({**expectation, "kwargs": kwargs})
        self._chosen = chosen
        self._suites: dict[tuple[frozenset[str], frozenset[str]], Due] = {}

    def findings(self, rows: Rows) -> list[Finding]:
        """All failures of a block, parse problems with their own words; raises CheckError."""
        if not len(rows) or not self._chosen:
            return []
        suite, columns, marks = self._due(rows)
        batch = _batch_definition().get_batch({"dataframe": _frame(rows, columns, marks)})
        result = batch.validate(suite, result_format="COMPLETE")
        findings: list[Finding] = []
        for outcome in result.results:
            config = outcome.expectation_config
            assert config is not None  # noqa: S101
            if error := _exception(outcome.exception_info):
                raise CheckError(f"{self.declared.record_type}: {config.type} {config.kwargs}: {error}")
            if outcome.success:
                continue
            positions = np.asarray(outcome.result["unexpected_index_list"], dtype=np.int64)
            severity: Severity = FailureSeverity(config.severity).value
            meta = self._chosen[config.meta["number"]]["meta"]
            column = str(config.kwargs.get("column", ""))
            if column.endswith((".problem", ".doubt")):
                field, _, kind = column.rpartition(".")
                codes = (rows.problems if kind == "problem" else rows.doubts)[field]
                findings += _by_code(codes, positions, severity, tuple(meta["cells"]))
            else:
                reason = Reason(meta["code"], severity, tuple(meta["cells"]), meta["th"], meta["en"])
                findings.append(Finding(reason, positions))
        return _without_echo(findings)

    def _due(self, rows: Rows) -> Due:
        """The suite and its columns, without the problems and doubts of which this block has none: each costs a pass."""
        quiet = frozenset(
            f"{field}.{kind}"
            for kind, columns in (("problem", rows.problems), ("doubt", rows.doubts))
            for field, codes in columns.items()
            if codes.null_count == len(codes)
        )
        # a month or a year is after a day when all of its days are: what is later is taken by the last day that it may be
        loose = frozenset(c.removesuffix(".last") for c in rows.columns if c.endswith(".last"))
        if (quiet, loose) not in self._suites:
            # GX copies what it knows of an expectation some eighty times a block: it gets a number for our words
            due = [
                {**e, "kwargs": _by_last_day(e, loose), "meta": {"number": number}}
                for number, e in enumerate(self._chosen)
                if e["kwargs"].get("column") not in quiet
            ]
            uses = [(e["type"], c) for e in due for key, c in e["kwargs"].items() if key.startswith("column")]
            marks = {column for _, column in uses} - {column for kind, column in uses if kind not in ASK_NO_VALUE}
            suite = ExpectationSuite(name=self.declared.record_type, expectations=due)
            self._suites[quiet, loose] = suite, sorted({column for _, column in uses}), marks
        return self._suites[quiet, loose]


def _by_last_day(expectation: dict[str, Any], loose: frozenset[str]) -> dict[str, Any]:
    kwargs: dict[str, Any] = expectation["kwargs"]
    if expectation["type"] == IN_ORDER and kwargs["column_B"] in loose:
        return {**kwargs, "column_B": f"{kwargs['column_B']}.last"}
    return kwargs


def _frame(rows: Rows, columns: list[str], marks: set[str]) -> pd.DataFrame:
    data: dict[str, Any] = {}
    for column in columns:
        field, _, kind = column.rpartition(".")
        if kind == "problem":
            array = rows.problems[field]
        elif kind == "doubt":
            array = rows.doubts[field]
        else:
            array = rows.columns[column]
        if column in marks:
            data[column] = np.where(array.is_null().to_numpy(zero_copy_only=False), np.nan, 1.0)
        elif pa.types.is_string(array.type):
            data[column] = pd.Series(array, dtype=pd.ArrowDtype(pa.string()))
        elif pa.types.is_date32(array.type):
            data[column] = array.cast(pa.timestamp("s")).to_numpy(zero_copy_only=False)
        elif pa.types.is_boolean(array.type):
            data[column] = array.to_pandas()
        else:
            data[column] = array.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return pd.DataFrame(data)


def _by_code(codes: pa.Array, positions: np.ndarray, severity: Severity, cells: tuple[str, ...]) -> list[Finding]:
    found = codes.take(pa.array(positions)).to_numpy(zero_copy_only=False)
    findings = []
    for code in sorted(set(found)):
        words = PROBLEMS[code]
        where = (*cells, *(field for field in words.beside if field not in cells))
        findings.append(Finding(Reason(code, severity, where, words.th, words.en), positions[found == code]))
    return findings


def _without_echo(findings: list[Finding]) -> list[Finding]:
    """A cell that could not be read is not also reported as missing."""
    unread: dict[str, np.ndarray] = {}
    for finding in findings:
        if finding.reason.code in PROBLEMS and PROBLEMS[finding.reason.code].fatal:
            cell = finding.reason.cells[0]
            unread[cell] = np.union1d(unread.get(cell, np.array([], dtype=np.int64)), finding.rows)
    kept = []
    for finding in findings:
        cell = finding.reason.cells[0]
        if finding.reason.code == f"{cell}.missing" and cell in unread:
            kept.append(replace(finding, rows=np.setdiff1d(finding.rows, unread[cell])))
        else:
            kept.append(finding)
    return [finding for finding in kept if len(finding.rows)]


def _exception(info: dict[str, Any]) -> str | None:
    """The kind of an expectation's error, which GX keeps either flat or by metric; its words may quote a row's value."""
    for entry in (info, *(value for value in info.values() if isinstance(value, dict))):
        if entry.get("raised_exception"):
            kinds = re.findall(r"^([\w.]+(?:Error|Exception))\b", str(entry.get("exception_traceback")), re.MULTILINE)
            return kinds[-1] if kinds else "unknown error"
    return None


@cache
def _batch_definition() -> BatchDefinition:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    asset = context.data_sources.add_pandas("delivery").add_dataframe_asset("rows")
    return asset.add_batch_definition_whole_dataframe("block")


@cache
def _document(path: Path) -> list[dict[str, Any]]:
    try:
        return list(json.loads(path.read_text("utf-8"))["expectations"])
    except FileNotFoundError:
        raise DeclarationError(f"expectations/{path.name} is missing: every record type has a suite") from None
    except (ValueError, KeyError) as error:
        raise DeclarationError(f"expectations/{path.name}: not readable as a suite: {error}") from error
