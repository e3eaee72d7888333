"""What the console says of sources and record types: tables, JSON, pools, the catalog; and refusals in one sentence."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from equity.cli import app
from equity.records import record_types
from equity.settings import PROJECT, SPECS, Home

CLUB = SPECS / "chae_son_club.yml"


def equity(*arguments: str, code: int = 0) -> str:
    ended = CliRunner().invoke(app, list(arguments))
    assert ended.exit_code == code, ended.output
    return ended.output


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a source of its own and a wrong one, and a fresh state folder."""
    text = CLUB.read_text("utf-8").replace("source: chae_son_club", "source: fourth", 1).replace("chae_son_", "fourth_")
    (tmp_path / "fourth.yml").write_text(text, "utf-8")
    module = sys.modules["equity.cli.sources"]  # `equity.cli` calls its Typer by the same name
    monkeypatch.setattr(module, "home", lambda: Home(tmp_path / "home"))
    monkeypatch.setattr("equity.runtime.services.SPECS", tmp_path)
    return tmp_path


def test_sources_are_listed_with_the_folder_to_drop_a_sample_into(specs: Path) -> None:
    (source,) = json.loads(equity("source", "list", "--json", "--specs", str(specs)))
    assert (source["source"], source["fetch"]) == ("fourth", "folder fourth_drop")
    assert source["folder"] == str(specs / "home" / "partners" / "fourth" / "drop")


def test_a_wrong_spec_is_named_and_the_others_are_listed(specs: Path) -> None:
    (specs / "wrong.yml").write_text("source: wrong\n", "utf-8")
    told = equity("source", "list", "--specs", str(specs), code=1)
    assert "fourth" in told and "wrong.yml: partner" in told


def test_pools_are_printed_for_airflow(specs: Path) -> None:
    pools = json.loads(equity("source", "pools", "--specs", str(specs)))
    assert {name: pool["slots"] for name, pool in pools.items()} == {"source__fourth": 2}


def test_the_catalog_is_written(specs: Path) -> None:
    page = specs / "catalog.html"
    assert str(page) in equity("source", "catalog", str(page), "--specs", str(specs))
    assert 'id="source-fourth"' in page.read_text("utf-8")


def test_a_record_type_shows_its_fields_and_their_codes() -> None:
    told = json.loads(equity("record", "show", "fund_transaction", "--json"))
    declared = record_types()["fund_transaction"]
    assert [field["field"] for field in told["fields"]] == list(declared.fields) and told["key"] == list(declared.key)
    kind = next(field for field in told["fields"] if field["field"] == "kind")
    assert "saving_in" in kind["codes"] and kind["needed"]
    assert "ประเภทรายการ" in equity("record", "show", "fund_transaction") or kind["th"] in equity(
        "record", "show", "fund_transaction"
    )


def test_record_types_are_listed_and_in_order() -> None:
    listed = json.loads(equity("record", "list", "--json"))
    assert [row["record_type"] for row in listed] == list(record_types())
    assert equity("record", "check", "outcome") == "outcome: in order\n"
    assert json.loads(equity("record", "check", "--json")) == {"faults": []}
    assert "there is no record type 'visits'" in equity("record", "check", "visits", code=1)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"--field": "visited_on:day"}, "there is no type 'day'"),
        ({"--key": "nothing"}, "key names fields that are not declared: nothing"),
        ({"--order": "visited_on"}, "name two dates"),
    ],
)
def test_a_record_type_that_cannot_be_made_is_refused_and_nothing_is_written(
    changed: dict[str, str], words: str
) -> None:
    said = {
        "--label-th": "การเยี่ยมบ้าน", "--label-en": "Home visit", "--grain": "one visit", "--key": "visited_on",
        "--field": "visited_on:date=วันที่เยี่ยม/Visited on", **changed,
    }  # fmt: skip
    code = 2 if "--order" in changed else 1
    told = equity("record", "new", "home_visit", *(part for pair in said.items() for part in pair), code=code)
    assert words in " ".join(told.replace("│", " ").split())
    assert not list((PROJECT / "expectations").glob("home_visit*"))
