"""A whole night on one machine: set up, start everything, run the real DAGs to the end, tell what happened."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import httpx
import psycopg
from rich.console import Console
from rich.live import Live
from rich.table import Table

from equity.runtime.report import NightReport, report
from equity.runtime.services import Api, Installation, ServiceError
from equity.settings import SPECS
from equity.sources.spec import readable_sources
from equity.warehouse import roles

ENDED = {"success", "failed"}
PATIENCE = 45 * 60
WAREHOUSE_PATIENCE = 60
PAUSE = 0.8  # the API server answers with the core that tasks need


class NightError(RuntimeError):
    """The night failed; the message says where and what to read."""


class Progress:
    """What is being done, per source, with the time that passed; one live table, or plain lines without a terminal."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._rows: dict[str, tuple[str, float, float | None]] = {}
        self._console = Console(stderr=True)
        self._live = (
            Live(self._table(), console=self._console, refresh_per_second=4) if self._console.is_terminal else None
        )
        self._lock = threading.Lock()

    @contextmanager
    def shown(self) -> Iterator[Progress]:
        """Show it while the block runs."""
        if self._live is None:
            yield self
        else:
            with self._live:
                yield self

    def say(self, what: str, state: str, *, done: bool = False) -> None:
        """`what` is now in `state`."""
        with self._lock:
            before = self._rows.get(what)
            now = time.monotonic() - self._started
            began = before[1] if before else now
            if before and before[0] == state and not (done and before[2] is None):
                return
            self._rows[what] = (state, began, now if done else None)
            if self._live is None:
                print(f"[{now:6.1f} s] {what}: {state}", file=sys.stderr, flush=True)
            else:
                self._live.update(self._table())

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False)
        for heading in ("", "state", "elapsed"):
            table.add_column(heading, justify="right" if heading == "elapsed" else "left")
        now = time.monotonic() - self._started
        for what, (state, began, ended) in self._rows.items():
            table.add_row(what, f"[green]{state}" if ended else state, f"{(ended or now) - began:.1f} s")
        return table


def play(installation: Installation, night: date | None, *, scale: float = 1.0, keep: bool = False) -> NightReport:
    """Play one night of the demo world to its end; raises NightError or ServiceError with the reason.

    Without `night`, the one after the last that was played. Airflow and the partners' servers are stopped at the end
    unless they ran before or `keep` is set; Postgres stays, for psql.
    """
    progress = Progress()
    was_running = installation.running()
    with progress.shown():
        progress.say("set-up", "starting Postgres")
        installation.prepare_warehouse()
        with psycopg.connect(installation.url(roles.OWNER)) as connection:
            chosen = night or next_night(connection)
        try:
            _start_all(installation, chosen, scale, progress)
            _mark(installation, chosen, "running", None)
            _run_dags(installation, chosen, progress)
        except (NightError, ServiceError, httpx.HTTPError) as error:
            _mark(installation, chosen, "failed", str(error).splitlines()[0])
            raise
        else:
            _mark(installation, chosen, "done", None)
        finally:
            if not (was_running or keep):
                progress.say("shut-down", "stopping Airflow and the demo partners")
                stop_services(installation)
                progress.say("shut-down", "stopped", done=True)
    return report(installation, chosen)


def next_night(connection: psycopg.Connection) -> date:
    """The night after the last that went well; the first of the demo's calendar on a fresh machine."""
    from equity.demo.world import NIGHTS

    row = connection.execute("select max(night) from ops.night where state = 'done'").fetchone()
    return row[0] + timedelta(days=1) if row and row[0] else NIGHTS[0]


def start_services(installation: Installation, progress: Progress) -> None:
    """Start the demo partners' servers and Airflow over this installation; waits until all DAGs are known."""
    from equity.demo import servers

    servers.start(installation.home.path / "demo")
    installation.prepare_airflow()
    installation.start()
    progress.say("Airflow", "starting API server, scheduler, DAG processor")
    installation.wait(dag_ids())
    progress.say("Airflow", "ready", done=True)


def stop_services(installation: Installation) -> None:
    """End Airflow and the demo partners' servers."""
    from equity.demo import servers

    installation.stop()
    servers.stop(installation.home.path / "demo")


def dag_ids() -> set[str]:
    """The DAGs that there must be."""
    sources, wrong = readable_sources(SPECS)
    return {f"ingest__{source}" for source in (*sources, *wrong)} | {"warehouse"}


def _start_all(installation: Installation, night: date, scale: float, progress: Progress) -> None:
    """Partners prepare what they send while Airflow starts: neither waits for the other."""
    from equity.demo import servers
    from equity.demo.world import World

    folder = installation.home.path / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(max_workers=2) as pool:
        progress.say("demo partners", "preparing what they send")

        def partners() -> None:
            World(folder, scale=scale).play(night)
            progress.say("demo partners", "ready", done=True)

        progress.say("set-up", "bringing Airflow's schema up to date")
        servers.start(folder)
        world = pool.submit(partners)
        installation.prepare_airflow()
        progress.say("set-up", "done", done=True)
        progress.say("Airflow", "starting API server, scheduler, DAG processor")
        installation.start()
        installation.wait(dag_ids())
        progress.say("Airflow", "ready", done=True)
        world.result()


def _run_dags(installation: Installation, night: date, progress: Progress) -> None:
    api = installation.api()
    since = datetime.now(UTC) - timedelta(seconds=1)
    run_id = f"{night.isoformat()}-{uuid4().hex[:6]}"
    ingests = dict.fromkeys(sorted(dag_ids() - {"warehouse"}), run_id)
    api.fail_unfinished()
    for dag in ingests:
        api.trigger(dag, run_id, {"night": night.isoformat()})
        progress.say(dag.removeprefix("ingest__"), "queued")
    until = time.monotonic() + PATIENCE
    failed: list[str] = []
    open_dags = dict(ingests)
    with psycopg.connect(installation.url(roles.OWNER), autocommit=True) as connection:
        while open_dags:
            _check_time(until, installation)
            states = {
                run["dag_id"]: run["state"] for run in api.runs("~", since.isoformat()) if run["dag_run_id"] == run_id
            }
            for dag in list(open_dags):
                state = states.get(dag, "queued")
                name = dag.removeprefix("ingest__")
                if state in ENDED:
                    del open_dags[dag]
                    failed += [dag] if state == "failed" else []
                    progress.say(name, "failed" if state == "failed" else _counted(connection, name, night), done=True)
                elif state == "running":
                    progress.say(name, _counted(connection, name, night))
            time.sleep(PAUSE)
    progress.say("warehouse", "waiting for its turn")
    asked = time.monotonic()
    while True:
        _check_time(until, installation)
        runs = api.runs("warehouse", since.isoformat())
        if not runs and time.monotonic() - asked > WAREHOUSE_PATIENCE:
            failed.append("warehouse (not started: a source did not close its turn)")
            break
        if runs and all(run["state"] in ENDED for run in runs):
            failed += ["warehouse"] if any(run["state"] == "failed" for run in runs) else []
            break
        if runs:
            progress.say("warehouse", _task_running(api, runs[-1]["dag_run_id"]))
        time.sleep(PAUSE)
    unpublished = any(dag.startswith("warehouse") for dag in failed)
    progress.say("warehouse", "failed" if unpublished else "published", done=True)
    if failed:
        logs = installation.folder / "logs"
        told = report(installation, night)
        reasons = [f"  {name}: {source.failure}" for name, source in told.sources.items() if source.failure]
        where = f"failed: {', '.join(failed)}; the tasks' logs are in {logs}/dag_id=<dag>/run_id={run_id}"
        raise NightError("\n".join([where, *reasons]))


def _check_time(until: float, installation: Installation) -> None:
    if time.monotonic() > until:
        raise NightError(f"the night did not end in {PATIENCE // 60} minutes; see {installation.folder / 'logs'}")
    if not installation.running():
        raise ServiceError(f"an Airflow process ended; see {installation.folder / 'logs' / 'services'}")


def _task_running(api: Api, run_id: str) -> str:
    words = {"resolve": "recognising persons", "build": "building the models", "publish": "publishing the bulletin"}
    active = [task["task_id"] for task in api.tasks("warehouse", run_id) if task["state"] in ("running", "queued")]
    return words.get(active[0], active[0]) if active else "between two steps"


def _counted(connection: psycopg.Connection, source: str, night: date) -> str:
    row = connection.execute(
        """select count(*), count(*) filter (where d.answered_at is not null),
            coalesce(sum((select sum(t.rows_received) from ops.delivery_table t where t.delivery_id = d.delivery_id)), 0)
        from ops.delivery d where d.source = %s and d.night = %s""",
        [source, night],
    ).fetchone()
    found, answered, rows = row or (0, 0, 0)
    return f"{answered} of {found} deliveries done, {int(rows):,} rows" if found else "nothing new"


def _mark(installation: Installation, night: date, state: str, reason: str | None) -> None:
    finished = None if state == "running" else datetime.now(UTC)
    with psycopg.connect(installation.url(roles.OWNER)) as connection:
        connection.execute(
            """insert into ops.night (night, started_at, finished_at, state, reason) values (%s, now(), %s, %s, %s)
            on conflict (night) do update set state = excluded.state, reason = excluded.reason,
                finished_at = excluded.finished_at,
                started_at = case when excluded.state = 'running' then now() else ops.night.started_at end""",
            [night, finished, state, reason],
        )
