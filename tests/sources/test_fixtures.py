"""Every fixture of a source gives exactly the counts beside it: the test that `equity source new` brings.

A fixture is a folder `fixtures/<source>` with anonymised files and `expected.json`. After a spec has been changed on
purpose, `equity source fixture <source>` says what that changes and takes it over.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from equity.onboarding.fixture import COUNTS, EXPECTED, FIXTURES, replay, write_fixture
from equity.onboarding.new import NewSource, Sample
from equity.settings import SPECS
from equity.sources.spec import read_source

FOLDERS = sorted(path.parent for path in FIXTURES.glob(f"*/{EXPECTED}"))


def differences(folder: Path, specs: Path) -> dict[str, tuple[Any, Any]]:
    """File → what is expected of it and what the spec makes of it, where these are not the same."""
    said = json.loads((folder / EXPECTED).read_text("utf-8"))
    now = replay(folder, read_source(specs / f"{folder.name}.yml"))
    return {file: (said[file], now[file]) for file in said if said[file] != now[file]}


def test_every_source_reads_its_fixture_as_expected() -> None:
    for folder in FOLDERS:
        spec = SPECS / f"{folder.name}.yml"
        assert spec.exists(), f"{folder.name} has a fixture and no spec: delete the one or write the other"
        changed = differences(folder, SPECS)
        assert not changed, f"if this is meant, say `equity source fixture {folder.name}`: {changed}"


def test_every_fixture_says_something_of_each_of_its_files() -> None:
    for folder in FOLDERS:
        said = json.loads((folder / EXPECTED).read_text("utf-8"))
        assert said and set(said) == {path.name for path in folder.iterdir()} - {EXPECTED}, folder.name
        for entry in said.values():
            assert all(table["received"] == sum(table[count] for count in COUNTS[1:]) > 0 for table in entry["tables"])


def test_a_folder_is_a_source() -> None:
    """What lies among the fixtures is tested: no folder without its counts."""
    there = {path.name for path in FIXTURES.iterdir() if path.is_dir()} if FIXTURES.exists() else set()
    assert there == {folder.name for folder in FOLDERS}


# --- that this test can fail


@pytest.fixture
def made(tmp_path: Path) -> NewSource:
    """A source with its fixture in a folder of its own."""
    rows = "".join(f"M-{i},นายสมชาย ใจดี,{i + 1}/3/2530,อาชีพ-67,{i + 1}/6/2567\n" for i in range(6))
    data = f"รหัสสมาชิก,ชื่อ-สกุล,วันเกิด,โครงการ,วันที่เข้าร่วม\n{rows}".encode()
    new = NewSource("a_club", "ชมรม", "A club", "unit", "5201", [Sample("a.csv", data, None)], tmp_path, "participant")
    new.recognise()
    new.write()
    return new


def test_a_fixture_that_is_read_otherwise_is_found(made: NewSource, tmp_path: Path) -> None:
    folder = tmp_path / "fixtures" / "a_club"
    assert differences(folder, tmp_path) == {}
    spec = tmp_path / "a_club.yml"
    spec.write_text(spec.read_text("utf-8").replace("birth_date: วันเกิด", "birth_date: วันเกิดจริง"), "utf-8")
    assert differences(folder, tmp_path) == {}, "an optional column more or less changes no count"
    spec.write_text(spec.read_text("utf-8").replace("partner_person_ref: รหัสสมาชิก", "partner_person_ref: รหัส"), "utf-8")
    ((before, now),) = differences(folder, tmp_path).values()
    assert (before["state"], now["state"], now["reason"]) == ("loaded", "held", "missing_column")


def test_writing_a_fixture_again_changes_nothing(made: NewSource, tmp_path: Path) -> None:
    folder = tmp_path / "fixtures" / "a_club"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    write_fixture(folder, made.spec(), made.recognised, ["a.csv"])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
