"""The delivery path: one CSV file → raw, vault, quarantine and the workbook, against psql `\\copy` of the same file.

Each measured step runs in a process of its own, so that its peak memory is its own. The reference loads the same bytes
into a table of text columns without index or check; it is taken three times and the median counts. dlt, which many would
take for the same, loads the file too, as it is. Beside the seconds stand those of the processor, ours and Postgres's: on a
machine with other work they say more.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import time
from datetime import date, datetime
from datetime import time as clock
from pathlib import Path

import psycopg

from benchmarks import people
from benchmarks.measured import in_a_process, peak, server_cpu
from equity.delivery.checks import Suite
from equity.delivery.discover import discover
from equity.delivery.landing import Place
from equity.delivery.normalise import Rows
from equity.delivery.process import process
from equity.delivery.reasons import Finding
from equity.privacy.keys import Keys
from equity.runtime.services import Installation
from equity.settings import BANGKOK, PROJECT, Home
from equity.sources.connectors import Endpoint, Folder
from equity.sources.spec import Source, read_source
from equity.warehouse.server import SUPERUSER

SPEC = Path(__file__).parent / "bench_partner.yml"
DLT = ("run", "--no-project", "--with", "dlt[postgres]==1.31.0", "--with", "pyarrow")
DELTAS = "bench_deltas"  # the same partner, who sends what changed instead of everything
NIGHTS = [date(2026, 3, day) for day in range(2, 9)]


def run(folder: Path, sizes: list[int]) -> None:
    """Measure every size and print a table."""
    print(f"{'rows':>10}  {'what':<34}{'seconds':>9}{'ratio':>9}{'peak MiB':>10}{'our cpu':>9}{'server':>8}")
    for rows in sizes:
        _one_size(folder / str(rows), rows)


def _one_size(folder: Path, rows: int) -> None:
    installation = Installation(Home(folder / "home"))
    drop = folder / "drop"
    drop.mkdir(parents=True)
    installation.prepare_warehouse()
    try:
        first = folder / "v0.csv"
        people.write(first, rows)
        reference = statistics.median(_psql_copy(installation, first) for _ in range(3))
        _tell(rows, "psql \\copy of the same file", reference, {"seconds": reference})
        base = _deliver(installation, drop, first, 0)
        _tell(rows, "first night: delivery path", reference, base)
        _tell(rows, "of it Great Expectations", base["seconds"], {"seconds": base["checks"]}, "first")
        _tell(rows, "dlt: the same file, nothing else", reference, _dlt(installation, first, folder))
        changed = folder / "v1.csv"
        people.write(changed, rows, changed=0.01)
        night = _deliver(installation, drop, changed, 1)
        _tell(rows, "next night: snapshot, 1 % changed", base["seconds"], night, "first")
        again = _deliver(installation, drop, changed, 2)
        _tell(rows, "same bytes again", base["seconds"], again, "first")
        shutil.rmtree(drop)
        drop.mkdir()
        base = _deliver(installation, drop, first, 3, DELTAS)
        _tell(rows, "first night of who sends changes", reference, base)
        delta = folder / "delta.csv"
        people.write(delta, rows, changed=0.01, only_changed=True)
        night = _deliver(installation, drop, delta, 4, DELTAS)
        _tell(rows, "next night: delta of 1 %", base["seconds"], night, "first")
    finally:
        installation.server.remove()
        shutil.rmtree(folder)


def _tell(rows: int, what: str, reference: float, taken: dict[str, float], against: str = "psql") -> None:
    seconds = taken["seconds"]
    more = f"{taken['peak']:>10.0f}{taken['cpu']:>9.1f}{taken['server']:>8.1f}" if "peak" in taken else f"{'':>27}"
    print(f"{rows:>10,}  {what:<34}{seconds:>9.2f}{seconds / reference:>8.2f}×{more}  (against {against})", flush=True)


def _psql_copy(installation: Installation, file: Path) -> float:
    url = installation.server.url(SUPERUSER, "equity")
    psql = [str(installation.server.programs / "psql"), "-q", "-v", "ON_ERROR_STOP=1", url]
    columns = ", ".join(f"c{i} text" for i in range(25))
    subprocess.run(
        [*psql, "-c", f"drop table if exists public.plain; create table public.plain ({columns})"], check=True
    )
    began = time.perf_counter()
    subprocess.run([*psql, "-c", f"\\copy public.plain from '{file}' (format csv, header)"], check=True)
    seconds = time.perf_counter() - began
    subprocess.run([*psql, "-c", "drop table public.plain"], check=True)
    return seconds


def _dlt(installation: Installation, file: Path, folder: Path) -> dict[str, float]:
    """The same file with dlt, in an environment of its own: it is no part of the platform."""
    uv = subprocess.run([PROJECT / ".ci" / "setup.sh", "--which-uv"], capture_output=True, text=True, check=True)
    script = str(Path(__file__).with_name("plain_dlt.py"))
    database = installation.server.url(SUPERUSER, "equity")
    command = [uv.stdout.strip(), *DLT, "--python", sys.executable, script, str(file), database, str(folder / "dlt")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(ended.stderr)
    with psycopg.connect(database) as connection:
        connection.execute("drop schema dlt cascade")
    return dict(json.loads(ended.stdout.splitlines()[-1]))


def _deliver(installation: Installation, drop: Path, file: Path, night: int, source: str = "") -> dict[str, float]:
    """Deliver a file in a process of its own; seconds from discovery to answer, its peak memory in MiB, processor time."""
    shutil.copy(file, drop / f"participant_{night}.csv")
    before = server_cpu(installation)
    taken = in_a_process("delivery", str(installation.home.path), str(drop), str(night), source)
    return taken | {"server": server_cpu(installation) - before}


def _source(home: Path, name: str) -> Source:
    if not name:
        return read_source(SPEC)
    words = SPEC.read_text("utf-8").replace("source: bench_partner", f"source: {name}")
    words = words.replace("sends: everything", "sends: changes").replace("        hold_if_rows_fall_below: 60%\n", "")
    spec = home / f"{name}.yml"
    spec.write_text(words, "utf-8")
    return read_source(spec)


def _in_this_process(home: Path, drop: Path, night: int, name: str) -> None:
    installation = Installation(Home(home))
    source = _source(home, name)
    checks = 0.0
    validate = Suite.findings

    def timed(suite: Suite, rows: Rows) -> list[Finding]:
        nonlocal checks
        began = time.perf_counter()
        found = validate(suite, rows)
        checks += time.perf_counter() - began
        return found

    setattr(Suite, "findings", timed)  # noqa: B010
    place = Place(installation.url("equity_ingest"), Keys.of(installation.home), installation.home.landing)
    connector = Folder(source, source.fetch, Endpoint("bench_drop", extra={"path": str(drop)}))
    outbox = Folder(source, source.fetch, Endpoint("bench_outbox", extra={"path": str(home / "outbox")}))
    began, busy = time.perf_counter(), time.process_time()
    day = NIGHTS[night]
    for delivery_id in discover(place, source, connector, day, datetime.combine(day, clock(1), BANGKOK)):
        process(place, source, delivery_id, outbox)
    seconds = time.perf_counter() - began
    print(json.dumps({"seconds": seconds, "peak": peak(), "cpu": time.process_time() - busy, "checks": checks}))


if __name__ == "__main__":
    _in_this_process(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
