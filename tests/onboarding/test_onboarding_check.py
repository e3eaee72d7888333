"""`equity source check`: a spec agrees with its record types, suites and codes, or every fault is told with file, key and mend."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from equity.onboarding import check
from equity.onboarding.check import faults
from equity.settings import SPECS

TABLE: dict[str, Any] = {
    "record_type": "outcome",
    "sends": "changes",
    "fields": {"partner_person_ref": "รหัส", "followed_up_on": "วันที่", "work_status": "งาน"},
    "ignore": ["หมายเหตุ"],
}
SPEC: dict[str, Any] = {
    "source": "a_club",
    "partner": {"family": "unit", "name": {"th": "ชมรม", "en": "A club"}, "area": "5201"},
    "fetch": {"by": "folder", "connection": "a_drop", "files": "*.csv"},
    "versions": [{"since": date(2026, 1, 1), "tables": [TABLE]}],
}
Change = Callable[[dict[str, Any]], Any]


def spec(folder: Path, change: Change | None = None) -> Path:
    said = yaml.safe_load(yaml.safe_dump(SPEC, allow_unicode=True))
    if change:
        change(said)
    path = folder / "a_club.yml"
    path.write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False), "utf-8")
    return path


def table(said: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = said["versions"][0]["tables"][0]
    return found


def test_a_good_spec_has_no_faults(tmp_path: Path) -> None:
    assert faults(spec(tmp_path)) == []


def test_the_specs_of_the_house_have_none() -> None:
    paths = sorted(SPECS.glob("*.yml"))
    assert len(paths) >= 3 and {path.name: faults(path) for path in paths} == {path.name: [] for path in paths}


# what is changed, and what must be said of it
WRONG: dict[str, tuple[Change, str]] = {
    "an unknown key": (lambda s: s.update(patner=1), "patner: remove it or correct its spelling"),
    "an unknown field": (lambda s: table(s)["fields"].update(wrok="x"), "fields.wrok: outcome has no such field"),
    "no such record type": (lambda s: table(s).update(record_type="outcom"), "outcom"),
    "a required field without an origin": (lambda s: table(s)["fields"].pop("followed_up_on"), "followed_up_on of outcome must come from somewhere"),
    "a code that does not exist": (lambda s: table(s).update(codes={"work_status": {"ว่าง": "jobless"}}), "codes.work_status.ว่าง: 'jobless' is no code"),
    "a header read and ignored": (lambda s: table(s)["ignore"].append("งาน"), "ignore: 'งาน' is also read for work_status"),
    "a field nobody found a column for": (lambda s: table(s)["fields"].update(followed_up_on="?"), "fields.followed_up_on: say where"),
    "two versions of one day": (lambda s: s["versions"].append(s["versions"][0]), "versions.0.since: 2026-01-01 stands twice"),
    "rules that begin in the future": (lambda s: s["versions"][0].update(since=date(2099, 1, 1)), "versions: the first begins on 2099-01-01, in the future"),
    "another id than the file's": (lambda s: s.update(source="b_club"), "source: must be the file's name, a_club"),
    "a promise that is no time": (lambda s: s.update(promise={"every": "month"}), "promise.every: write a number of days or hours"),
    "a pull without its path": (lambda s: s.update(fetch={"by": "rest", "connection": "a_api"}), "path"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_each_fault_is_told_with_file_key_and_mend(case: str, tmp_path: Path) -> None:
    change, said = WRONG[case]
    found = faults(spec(tmp_path, change))
    assert any(said in fault for fault in found), found
    assert all(fault.startswith("a_club.yml: ") for fault in found)
    assert not any("at least 1 item" in fault for fault in found), "one fault is not told thrice"


def test_several_faults_are_told_at_once(tmp_path: Path) -> None:
    def change(said: dict[str, Any]) -> None:
        table(said)["ignore"].append("งาน")
        said["versions"].append(said["versions"][0])

    assert len(faults(spec(tmp_path, change))) >= 3  # the table stands twice, and so does its fault


def test_no_yaml_is_told_with_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "a_club.yml"
    path.write_text("source: a_club\n  partner: [", "utf-8")
    (first, *_) = faults(path)
    assert first.startswith("a_club.yml: not readable as YAML") and any("line 2" in line for line in faults(path))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert faults(tmp_path / "b_club.yml") == [
        "b_club.yml: No such file or directory; `equity source list` names those that there are"
    ]


# --- the source's own suite


@pytest.mark.parametrize(
    ("meta", "column", "said"),
    [
        ({"record_types": ["outcome"]}, "work_status", None),
        ({"record_types": ["outcome"]}, "work_status.problem", None),
        (
            {"record_types": ["outcome"]},
            "monthly_income",
            "suite expectations.0.column: monthly_income is not sent in outcome",
        ),
        ({"record_types": ["activity"]}, "held_on", "suite expectations.0: activity is not sent by this source"),
    ],
)
def test_a_suite_speaks_only_of_what_is_sent(
    meta: dict[str, Any], column: str, said: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "EXPECTATIONS", tmp_path)
    (tmp_path / "sources").mkdir()
    expectation = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": column}, "meta": meta}
    (tmp_path / "sources" / "a_club.json").write_text(json.dumps({"expectations": [expectation]}), "utf-8")
    found = faults(spec(tmp_path))
    assert [fault.partition(": ")[2].startswith(said) for fault in found] == [True] if said else found == []
