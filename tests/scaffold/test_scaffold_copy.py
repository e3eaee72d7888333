"""Two record types are scaffolded in a copy of the repository; what the tests ask of every record type holds there at once."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from equity.settings import PROJECT

PARTS = ("plugins", "expectations", "dbt_project", "dags", "tests", "docs")
FILES = ("pyproject.toml",)
# the example of the documentation, and fields of the other kinds
MORE = [
    "cost_baht:number:baht=ค่าเดินทาง/Travel cost", "went_well:boolean=เรียบร้อย/Went well", "visitor_ref:person_ref=ผู้เยี่ยม/Visitor",
    "routes:code_set:market_route=ช่องทาง/Routes",
]  # fmt: skip
SCHOLAR = [
    "scholarship", "--label-th", "ทุนการศึกษา", "--label-en", "Scholarship", "--grain", "one grant to one person in one year",
    "--person", "--key", "partner_person_ref,academic_year", "--field", "academic_year:integer:year_be",
    "--field", "amount_baht:number:baht=จำนวนเงินทุน/Amount", "--field", "kind:text:required=ชนิดทุน/Kind",
]  # fmt: skip
# several commands of `equity record` in one process
EQUITY = """
import json, sys
from equity.cli.records import app
for said in sys.argv[1:]:
    app(json.loads(said), standalone_mode=False)
"""
NEW = {"home_visit", "scholarship"}
PARSE = """
import json, pathlib, sys
from equity.warehouse.models import run_dbt
work = pathlib.Path(sys.argv[1])
run_dbt("postgresql://nobody:x@127.0.0.1:1/none", work, "parse")
nodes = json.loads((work / "dbt" / "manifest.json").read_text("utf-8"))["nodes"]
told = {}
for name in ("home_visit", "scholarship"):
    node = nodes[f"model.lampang_equity.stg_{name}"]
    told[name] = {
        "enforced": node["config"]["contract"]["enforced"], "described": all(c["description"] for c in node["columns"].values()),
        "columns": list(node["columns"]), "reads": node["depends_on"]["nodes"],
    }
print(json.dumps(told))
"""


def documented() -> list[str]:
    """The arguments of `equity record new` as the documentation shows them."""
    page = (PROJECT / "docs" / "data-engineer.md").read_text("utf-8")
    found = re.search(r"```text\nequity record (new home_visit .*?)```", page, re.S)
    assert found
    return shlex.split(found[1].replace("\\\n", " "))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("copy")
    leave = shutil.ignore_patterns("__pycache__", "target", "logs", "pictures")
    for part in PARTS:
        shutil.copytree(PROJECT / part, root / part, ignore=leave)
    for file in FILES:
        shutil.copy(PROJECT / file, root)
    visit = [*documented(), *(part for said in MORE for part in ("--field", said))]
    run(root, "-c", EQUITY, json.dumps(visit), json.dumps(["new", *SCHOLAR]))
    return root


def run(root: Path, *arguments: str) -> str:
    """Run this Python over the copy's package."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("EQUITY", "PYTEST"))}
    environment = {**kept, "PYTHONPATH": str(root / "plugins"), "EQUITY_HOME": str(root / "home")}
    ended = subprocess.run(
        [sys.executable, *arguments], cwd=root, env=environment, capture_output=True, text=True, timeout=280, check=False
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-4000:]
    return ended.stdout


def test_everything_asked_of_record_types_holds_for_new_ones(copy: Path, tmp_path: Path) -> None:
    """The tests of the house, run in the copy: declaration, suite, raw table, staging, a row from file to raw; and dbt."""
    names = " or ".join(NEW)
    chosen = f"{names} or raw_has_a_table or reference_tables or suite_for_every_type or direct_identifier"
    tests = ["tests/records", "tests/delivery/test_delivery_record_types.py"]
    with ThreadPoolExecutor() as pool:
        parsing = pool.submit(run, copy, "-c", PARSE, str(tmp_path))
        words = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", chosen, *tests)
        models = json.loads(parsing.result().strip().splitlines()[-1])
    passed = int(words.strip().splitlines()[-1].split(" passed")[0].split()[-1])
    assert passed > 40, words
    for name in NEW:
        assert models[name]["enforced"] and models[name]["described"]
        assert models[name]["reads"] == [f"source.lampang_equity.raw.{name}"]
        assert {"partner_person_key", "known_from", "is_current"} <= set(models[name]["columns"])
    assert "visitor_key" in models["home_visit"]["columns"] and "first_name" not in models["scholarship"]["columns"]


def test_the_house_finds_nothing_wrong_with_them(copy: Path) -> None:
    told = run(copy, "-c", EQUITY, json.dumps(["derive"]), json.dumps(["check"]))
    assert "0 files written" in told and "record types: in order" in told
    page = (copy / "docs" / "data-engineer.md").read_text("utf-8")
    assert (
        "| `home_visit` | การเยี่ยมบ้าน, Home visit | one visit to one person on one day | `partner_person_ref`, `visited_on` |"
        in page
    )
