"""A hundred sources: what parsing them costs, as Airflow's DAG processor does it; and that none waits for another."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from dag_probe import outcome, start

from equity.settings import PROJECT, SPECS
from equity.sources.spec import read_sources

MANY = 100
SECONDS = 3.0
# The processor forks for each file from a process that has loaded Airflow and nothing of this house; there the file is
# imported and its DAGs are serialised. CPU time of the child, which other work on the machine does not lengthen.
PROBE = """
import json, os, pathlib, resource, sys, time
from airflow.dag_processing import processor
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.serialization.serialized_objects import DagSerialization

def used():
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return spent.ru_utime + spent.ru_stime

def parse(folder, file):
    began = used()
    bag = BundleDagBag(str(file), bundle_path=folder, bundle_name="house")
    assert not bag.import_errors, bag.import_errors
    for dag in bag.dags.values():
        DagSerialization.to_dict(dag)
    return {"dags": len(bag.dags), "cpu": used() - began, "tasks": {
        dag.dag_id: {task.task_id: [task.pool, task.execution_timeout.total_seconds()] for task in dag.tasks}
        for dag in bag.dags.values()
    }}

folder, specs = pathlib.Path(sys.argv[1]), pathlib.Path(os.environ["TEST_SPECS"])
told = {}
for file in sorted(folder.glob("*.py")):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        began = used()
        import equity.settings
        equity.settings.SPECS = specs
        cold = parse(folder, file)
        cold["cpu"] = used() - began
        words = json.dumps({"cold": cold, "warm": parse(folder, file)}).encode()
        with os.fdopen(writer, "wb") as out:
            out.write(words)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        told[file.name] = json.loads(answer.read() or "null")
    os.waitpid(child, 0)
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the DAG files come to with a hundred specs, those of this house under other names in turn."""
    dags = tmp_path_factory.mktemp("many") / "dags"
    shutil.copytree(PROJECT / "dags", dags, ignore=shutil.ignore_patterns("__pycache__", "*.yml"))
    write_specs(dags / "sources", MANY)
    home = tmp_path_factory.mktemp("airflow")
    found: dict[str, Any] = outcome(start(home, dags, PROBE, TEST_SPECS=str(dags / "sources")))
    return found


def write_specs(folder: Path, count: int) -> None:
    """Specs as long as the real ones; some with limits of their own."""
    templates = sorted(SPECS.glob("*.yml"))
    for i in range(count):
        template, name = templates[i % len(templates)], f"partner_{i:03}"
        text = template.read_text("utf-8").replace(f"source: {template.stem}\n", f"source: {name}\n", 1)
        if i % 10 == 0:
            text = text.replace("versions:\n", "limits: {at_once: 1, minutes: 5}\nversions:\n", 1)
        (folder / f"{name}.yml").write_text(text, "utf-8")


def test_a_hundred_specs_are_parsed_in_three_seconds(many: dict[str, Any]) -> None:
    """Every file, as the processor parses it: with the imports of this house, and without."""
    assert many["ingest.py"]["cold"]["dags"] == MANY and many["warehouse.py"]["cold"]["dags"] == 1
    cpu = {how: {name: file[how]["cpu"] for name, file in many.items()} for how in ("cold", "warm")}
    assert sum(cpu["warm"].values()) < SECONDS, cpu
    assert sum(cpu["cold"].values()) < SECONDS, cpu


def test_every_source_has_a_pool_of_its_own_and_a_time_limit(many: dict[str, Any]) -> None:
    tasks = many["ingest.py"]["cold"]["tasks"]
    for i in range(MANY):
        dag = tasks[f"ingest__partner_{i:03}"]
        pool = f"source__partner_{i:03}"
        assert dag["discover"] == [pool, 300 if i % 10 == 0 else 1200]
        assert dag["process"][0] == pool
        # ending a turn never waits for a place
        assert dag["close"][0] == dag["failed"][0] == "default_pool"
        assert all(limit for _, limit in dag.values())


def test_pools_are_what_the_specs_allow(tmp_path: Path) -> None:
    from equity.sources.pools import pools

    write_specs(tmp_path, 11)
    made = pools(read_sources(tmp_path))
    assert len(made) == 11
    assert made["source__partner_000"]["slots"] == 1 and made["source__partner_001"]["slots"] == 2
    # the form of `airflow pools import`
    assert all(set(pool) == {"slots", "description", "include_deferred"} for pool in made.values())
    assert json.loads(json.dumps(made)) == made
