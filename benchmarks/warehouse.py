"""The warehouse: `dbt build` in full and after a night with 1 % new, against the same SQL run straight through psql.

The province is put into raw and link by SQL (`benchmarks.province`); what is measured begins where the night's build does.
Each build runs in a process of its own. The reference is the SQL that dbt ran, model by model and test by test as its
`target/run` keeps it, in one psql; the tables that it makes are what the next night stands on. Seconds of the processor,
ours and Postgres's, stand beside those of the clock: two models are built at a time, and a machine has other work.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from benchmarks import province
from benchmarks.measured import in_a_process, peak, server_cpu
from equity.runtime.services import Installation
from equity.settings import Home
from equity.warehouse.models import build
from equity.warehouse.roles import TRANSFORM
from equity.warehouse.server import SUPERUSER

SHARE = 0.01
DEAREST = 12


def run(folder: Path, sizes: list[int], *, plain: bool = True) -> None:
    """Measure every size and print a table; `plain` says whether psql runs the same SQL too."""
    print(
        f"{'persons':>10}  {'what':<34}{'seconds':>9}{'cpu':>9}{'ratio':>9}{'peak MiB':>10}{'our cpu':>9}{'server':>8}"
    )
    before: dict[str, float] = {}
    for persons in sizes:
        taken = _one_size(folder / str(persons), persons, plain=plain)
        for what in ("full", "night"):
            if before:
                _tell(persons, f"{what}: growth against linear", taken[what],
                      before[what] * persons / before["persons"])  # fmt: skip
        before = {"persons": float(persons)} | {what: taken[what]["cpu"] for what in taken}


def _one_size(folder: Path, persons: int, *, plain: bool) -> dict[str, dict[str, float]]:
    installation = Installation(Home(folder / "home"))
    installation.prepare_warehouse()
    try:
        with psycopg.connect(installation.server.url(SUPERUSER, "equity")) as connection:
            province.fill(connection, persons)
        full, models = _build(installation)
        _tell(persons, "full build", full)
        _dearest(models)
        if plain:
            reference = _psql(installation, folder)
            _tell(persons, "the same SQL through psql", reference)
            _tell(persons, "full: dbt against psql", full, reference["cpu"])
        with psycopg.connect(installation.server.url(SUPERUSER, "equity")) as connection:
            province.next_night(connection, persons, SHARE)
        night, models = _build(installation)
        _tell(persons, f"next night, {SHARE:.0%} new or changed", night, full["cpu"])
        _dearest(models)
    finally:
        installation.server.remove()
    return {"full": full, "night": night}


def _tell(persons: int, what: str, taken: dict[str, float], reference: float | None = None) -> None:
    ratio = f"{taken['cpu'] / reference:>8.2f}×" if reference else f"{'':>9}"
    more = f"{taken['peak']:>10.0f}{taken['own']:>9.1f}{taken['server']:>8.1f}"
    print(f"{persons:>10,}  {what:<34}{taken['seconds']:>9.1f}{taken['cpu']:>9.1f}{ratio}{more}", flush=True)


def _dearest(models: dict[str, float]) -> None:
    dearest = sorted(models, key=lambda name: -models[name])[:DEAREST]
    print("            " + ", ".join(f"{name} {models[name]:.1f}" for name in dearest), flush=True)


def _build(installation: Installation) -> tuple[dict[str, float], dict[str, float]]:
    """One build in a process of its own: what it took, and the seconds of each model and test."""
    before = server_cpu(installation)
    began = time.perf_counter()
    told = in_a_process("warehouse", str(installation.home.path))
    seconds = time.perf_counter() - began
    server = server_cpu(installation) - before
    taken = {
        "seconds": seconds,
        "peak": told["peak"],
        "own": told["cpu"],
        "server": server,
        "cpu": told["cpu"] + server,
    }
    return taken, _seconds_of_models(installation.home)


def _seconds_of_models(home: Home) -> dict[str, float]:
    results = json.loads((home.work / "dbt" / "run_results.json").read_text("utf-8"))["results"]
    return {result["unique_id"].split(".")[2]: result["execution_time"] for result in results}


def _psql(installation: Installation, folder: Path) -> dict[str, float]:
    """The SQL of the last build again, in one psql session as the same role."""
    script = folder / "plain.sql"
    script.write_text(plain_sql(installation.home.work / "dbt"), "utf-8")
    url = installation.url(TRANSFORM)
    psql = [
        str(installation.server.programs / "psql"),
        "-q",
        "-o",
        os.devnull,
        "-v",
        "ON_ERROR_STOP=1",
        "-f",
        str(script),
        url,
    ]
    before = server_cpu(installation)
    began = time.perf_counter()
    ended = subprocess.run(psql, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if ended.returncode:
        raise SystemExit(ended.stderr)
    server = server_cpu(installation) - before
    return {"seconds": seconds, "peak": 0, "own": 0, "server": server, "cpu": server}


def plain_sql(target: Path) -> str:
    """What dbt ran for models and tests of its last build in full, in the order in which they ended."""
    nodes = json.loads((target / "manifest.json").read_text("utf-8"))["nodes"]
    results = json.loads((target / "run_results.json").read_text("utf-8"))["results"]
    parts = ["set client_min_messages = warning;"]
    for unique_id in (result["unique_id"] for result in results):
        node = nodes[unique_id]
        path = target / "run" / node["package_name"] / "models" / node["path"]
        if node["resource_type"] == "model":
            kind = "view" if node["config"]["materialized"] == "view" else "table"
            code = re.sub(rf'"{node["name"]}__dbt_tmp"', f'"{node["name"]}"', path.read_text("utf-8"))
            parts.append(f"drop {kind} if exists {node['relation_name']} cascade;")
            parts.append(code.rstrip().rstrip(";") + ";")
            parts.extend(
                f"analyze {node['relation_name']};"
                for hook in node["config"]["post-hook"]
                if "analyze" in hook["sql"] or "statistics" in hook["sql"]
            )
        elif node["resource_type"] == "test":
            parts.append(node["compiled_code"].rstrip().rstrip(";") + ";" if node.get("compiled_code") else "")
    return "\n".join(parts)


def _in_this_process(home: Path) -> None:
    installation = Installation(Home(home))
    busy = time.process_time()
    build(installation.url(TRANSFORM), installation.home.work)
    print(json.dumps({"peak": peak(), "cpu": time.process_time() - busy}))


if __name__ == "__main__":
    _in_this_process(Path(sys.argv[1]))
