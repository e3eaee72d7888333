"""A source that nobody has given a connection for has a folder on a laptop; other transports do not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from equity.declarations import validate
from equity.runtime.places import connections, local_places
from equity.runtime.services import Installation
from equity.settings import SPECS, Home
from equity.sources.spec import Source, read_source

SPEC = read_source(SPECS / "chae_son_club.yml")


def source(name: str, fetch: dict[str, object], answer: dict[str, object] | None = None) -> Source:
    said = SPEC.model_dump(mode="json", exclude={"source", "fetch", "answer", "limits"}, exclude_none=True)
    version = {"since": "2026-01-01", "tables": [{
        "record_type": "learning_space", "sends": "changes", "fields": {"space_ref": "รหัส", "name": "ชื่อ", "kind": "ประเภท"},
        **({"path": "/spaces"} if fetch["by"] == "rest" else {}),
    }]}  # fmt: skip
    document = {**said, "source": name, "fetch": fetch, "versions": [version], **({"answer": answer} if answer else {})}
    return validate(document, Source, f"{name}.yml")


def test_folders_without_a_connection_are_below_the_state_folder(tmp_path: Path) -> None:
    sources = {
        "new_one": source(
            "new_one", {"by": "folder", "connection": "new_drop"}, {"by": "folder", "connection": "new_out"}
        ),
        "known": source("known", {"by": "folder", "connection": "known_drop"}),
        "pulled": source("pulled", {"by": "rest", "connection": "pulled_api"}),
    }
    places = local_places(tmp_path, sources, {"known_drop"})
    assert places == {
        "new_drop": tmp_path / "partners" / "new_one" / "drop",
        "new_out": tmp_path / "partners" / "new_one" / "outbox",
    }
    assert json.loads(connections(places)["new_drop"]) == {
        "conn_type": "fs",
        "extra": {"path": str(places["new_drop"])},
    }


def test_what_the_environment_says_of_a_connection_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = {"new_one": source("new_one", {"by": "folder", "connection": "new_drop"})}
    monkeypatch.setenv("AIRFLOW_CONN_NEW_DROP", '{"conn_type": "fs", "extra": {"path": "/data"}}')
    assert local_places(tmp_path, sources, set()) == {}


def test_airflow_on_a_laptop_is_told_of_a_new_sources_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    specs = tmp_path / "specs"
    specs.mkdir()
    text = (SPECS / "chae_son_club.yml").read_text("utf-8").replace("source: chae_son_club", "source: fourth", 1)
    (specs / "fourth.yml").write_text(text.replace("chae_son_", "fourth_"), "utf-8")
    (specs / "wrong.yml").write_text("source: wrong\n", "utf-8")
    monkeypatch.setattr("equity.runtime.services.SPECS", specs)
    monkeypatch.setenv("EQUITY_DB_URL", "postgresql://nobody@127.0.0.1:1/none")
    installation = Installation(Home(tmp_path / "home"))
    drop = installation.home.path / "partners" / "fourth" / "drop"
    assert installation.places() == {"fourth_drop": drop, "fourth_outbox": drop.parent / "outbox"}
    assert json.loads(installation.environment()["AIRFLOW_CONN_FOURTH_DROP"])["extra"]["path"] == str(drop)
