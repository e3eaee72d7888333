"""DAGs as Airflow sees them: exactly one for each spec and the warehouse's own, light to parse, in the right order."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from dag_probe import outcome, start

from equity.records import record_types
from equity.settings import PROJECT, SPECS
from equity.sources.spec import read_sources

# what a task needs is imported in the task; a DAG file is parsed every minute
HEAVY = [
    "pandas", "numpy", "pyarrow", "great_expectations", "dbt", "scipy", "altair", "paramiko", "fastexcel", "openpyxl",
    "xlsxwriter", "sqlalchemy_bigquery",
]  # fmt: skip
PROBE = """
import json, os, pathlib, sys
import equity.settings
if specs := os.environ.get("TEST_SPECS"):
    equity.settings.SPECS = pathlib.Path(specs)
heavy = {heavy}
from airflow.dag_processing.dagbag import BundleDagBag
before = {{name for name in heavy if name in sys.modules}}
bag = BundleDagBag(sys.argv[1], bundle_path=pathlib.Path(sys.argv[1]), bundle_name="house")
def schedule(dag):
    table = dag.timetable
    inner = getattr(table, "_timetable", None) or getattr(table, "timetable", None)
    return {{
        "kind": type(table).__name__,
        "cron": getattr(inner or table, "_expression", None),
        "zone": str(getattr(inner or table, "_timezone", "")) or None,
        "assets": sorted(asset.uri for asset in getattr(getattr(table, "asset_condition", None), "objects", [])),
    }}
print(json.dumps({{
    "errors": bag.import_errors,
    "heavy": sorted({{name for name in heavy if name in sys.modules}} - before),
    "dags": {{
        dag_id: {{
            "file": dag.fileloc.rsplit("/", 1)[1],
            "schedule": schedule(dag),
            "catchup": dag.catchup,
            "max_active_runs": dag.max_active_runs,
            "doc": bool(dag.doc_md),
            "description": dag.description,
            "timeout": dag.dagrun_timeout.total_seconds() if dag.dagrun_timeout else None,
            "tags": sorted(dag.tags),
            "tasks": {{
                task.task_id: {{
                    "after": sorted(task.upstream_task_ids),
                    "mapped": bool(getattr(task, "is_mapped", False)),
                    "rule": task.trigger_rule.value,
                    "retries": task.retries,
                    "doc": bool(task.doc_md),
                    "outlets": sorted(str(getattr(o, "uri", None) or getattr(o, "name", None)) for o in task.outlets),
                    "inlets": sorted(getattr(i, "uri", "") for i in task.inlets),
                }}
                for task in dag.tasks
            }},
        }}
        for dag_id, dag in bag.dags.items()
    }},
}}))
"""


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Three houses parsed side by side: as on a server, with nights played by hand, and with one wrong spec."""
    broken = tmp_path_factory.mktemp("broken") / "dags"
    shutil.copytree(PROJECT / "dags", broken, ignore=shutil.ignore_patterns("__pycache__"))
    spec = broken / "sources" / "chae_son_club.yml"
    spec.write_text(spec.read_text("utf-8").replace("sends: everything", "send: everything", 1), "utf-8")
    probe = PROBE.format(heavy=HEAVY)
    started = {
        "server": start(tmp_path_factory.mktemp("airflow"), PROJECT / "dags", probe),
        "by hand": start(tmp_path_factory.mktemp("airflow"), PROJECT / "dags", probe, EQUITY_SCHEDULE="none"),
        "broken": start(tmp_path_factory.mktemp("airflow"), broken, probe, TEST_SPECS=str(broken / "sources")),
    }
    return {name: outcome(process) for name, process in started.items()}


@pytest.fixture
def seen(parsed: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The DAGs as they are on a server, with their clock."""
    return parsed["server"]


@pytest.fixture
def unscheduled(parsed: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The DAGs where nights are played by hand."""
    return parsed["by hand"]


SOURCES = sorted(read_sources(SPECS))


def test_the_exact_set_of_dags(seen: dict[str, Any]) -> None:
    assert seen["errors"] == {}
    assert SOURCES == sorted(path.stem for path in SPECS.glob("*.yml"))
    assert sorted(seen["dags"]) == sorted([*(f"ingest__{source}" for source in SOURCES), "warehouse"])
    assert {dag["file"] for dag in seen["dags"].values()} == {"ingest.py", "warehouse.py"}


def test_parsing_is_light(seen: dict[str, Any]) -> None:
    assert seen["heavy"] == []


@pytest.mark.parametrize("source", SOURCES)
def test_the_tasks_of_a_sources_night_and_their_order(seen: dict[str, Any], source: str) -> None:
    dag = seen["dags"][f"ingest__{source}"]
    assert {name: (task["after"], task["mapped"], task["rule"]) for name, task in dag["tasks"].items()} == {
        "discover": ([], False, "all_success"),
        "process": (["discover"], True, "all_success"),
        "close": (["process"], False, "all_done"),
        "remind": (["close"], True, "all_success"),
        "failed": (["discover", "process"], False, "one_failed"),
    }
    assert {name: task["retries"] for name, task in dag["tasks"].items()} == {
        "discover": 1,
        "process": 1,
        "close": 1,
        "remind": 1,
        "failed": 0,
    }
    assert dag["tasks"]["close"]["outlets"] == [f"loaded__{source}", f"warehouse://source/{source}"]
    assert (dag["max_active_runs"], dag["catchup"], dag["doc"]) == (1, False, True)
    assert dag["timeout"] and "ingest" in dag["tags"]


def test_the_tasks_of_the_warehouse_and_their_order(seen: dict[str, Any]) -> None:
    dag = seen["dags"]["warehouse"]
    assert {name: task["after"] for name, task in dag["tasks"].items()} == {
        "resolve": [], "build": ["resolve"], "publish": ["build"],
    }  # fmt: skip
    assert dag["tasks"]["resolve"]["inlets"] == sorted(f"warehouse://raw/{name}" for name in record_types())
    models = {
        f"warehouse://model/{path.parent.name}/{path.stem}"
        for path in (PROJECT / "dbt_project" / "models").glob("*/*.sql")
    }
    assert len(models) > 20 and set(dag["tasks"]["publish"]["inlets"]) == models
    assert dag["tasks"]["build"]["outlets"] == ["models"]
    assert (dag["max_active_runs"], dag["catchup"], dag["doc"]) == (1, False, True)


@pytest.mark.parametrize("source", SOURCES)
def test_partners_are_asked_at_one_in_the_morning_in_bangkok(seen: dict[str, Any], source: str) -> None:
    schedule = seen["dags"][f"ingest__{source}"]["schedule"]
    assert (schedule["kind"], schedule["cron"]) == ("CronTriggerTimetable", "0 1 * * *")
    assert "Asia/Bangkok" in schedule["zone"]


def test_the_warehouse_runs_when_all_partners_are_through_and_at_five_whatever_happened(seen: dict[str, Any]) -> None:
    schedule = seen["dags"]["warehouse"]["schedule"]
    assert schedule["kind"] == "AssetOrTimeSchedule"
    assert schedule["assets"] == [f"warehouse://source/{source}" for source in SOURCES]
    assert schedule["cron"] == "0 5 * * *" and "Asia/Bangkok" in schedule["zone"]


def test_no_clock_where_nights_are_played_by_hand(unscheduled: dict[str, Any]) -> None:
    kinds = {dag_id: dag["schedule"]["kind"] for dag_id, dag in unscheduled["dags"].items()}
    assert kinds == {
        **{f"ingest__{source}": "NullTimetable" for source in SOURCES},
        "warehouse": "AssetTriggeredTimetable",
    }
    assert unscheduled["dags"]["warehouse"]["schedule"]["assets"] == [
        f"warehouse://source/{source}" for source in SOURCES
    ]
    assert {i: d["tasks"] for i, d in unscheduled["dags"].items()}.keys() == set(kinds)


def test_a_broken_spec_stops_its_own_source_alone(parsed: dict[str, dict[str, Any]], seen: dict[str, Any]) -> None:
    """Not a DAG that silently is not there: one that says what is wrong, with file and key, and fails."""
    broken = parsed["broken"]
    assert broken["errors"] == {} and broken["dags"].keys() == seen["dags"].keys()
    dag = broken["dags"].pop("ingest__chae_son_club")
    assert "chae_son_club.yml: versions.0.tables.0.send: remove it or correct its spelling" in dag["description"]
    assert {name: (task["after"], task["rule"]) for name, task in dag["tasks"].items()} == {
        "read_spec": ([], "all_success"),
        "close": (["read_spec"], "all_done"),
        "failed": (["read_spec"], "one_failed"),
    }
    assert dag["tasks"]["close"]["outlets"] == ["warehouse://source/chae_son_club"], (
        "the warehouse does not wait for it"
    )
    assert dag["schedule"] == seen["dags"]["ingest__chae_son_club"]["schedule"]
    assert broken["dags"] == {name: seen["dags"][name] for name in broken["dags"]}
