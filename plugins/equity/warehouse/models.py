"""Build the dbt models in this process: one run, from parse to last test, as the role that builds them."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg

from equity.settings import PROJECT
from equity.warehouse.comparisons import figures_of_printed_days, keep_figures
from equity.warehouse.connect import connect
from equity.warehouse.schema import head

DBT_PROJECT = PROJECT / "dbt_project"


@dataclass(frozen=True)
class Built:
    """One model as a build made it; a view has no rows of its own."""

    schema: str
    name: str
    status: str
    seconds: float
    rows: int | None


class BuildError(RuntimeError):
    """Models or tests failed; the message names each and where to read on."""


def manifest(work: Path) -> Path:
    """Where dbt keeps what it knows of the models, as of its last run; the file may not be there yet."""
    return work / "dbt" / "manifest.json"


def build(database: str, work: Path) -> list[Built]:
    """Build everything when something new was loaded since the last build; returns the models.

    Figures are as of the latest night that brought something, as known at its time. Raises BuildError.
    """
    with connect(database) as connection:
        due = _due(connection)
    if due is None:
        return []
    return build_at(database, work, *due)


def is_due(database: str) -> bool:
    """Whether something waits to be built: what is loaded, identities or the models changed since the last build."""
    with connect(database) as connection:
        return _due(connection) is not None


def build_at(database: str, work: Path, as_of: str, known_at: str, fingerprint: str) -> list[Built]:
    """Build everything as of a day and as known at a moment; returns the models. Raises BuildError."""
    started = time.monotonic()
    stands = _stands(database, fingerprint)
    results = run_night(database, work, as_of=as_of, known_at=known_at, stands=stands)
    days = figures_of_printed_days(database, results, as_of, known_at, fingerprint.partition(":")[2])
    built = [
        Built(result.node.schema, result.node.name, str(result.status), round(result.execution_time, 3), _rows(result))
        for result in results
        if result.node.resource_type == "model" and result.status == "success"
    ]
    with connect(database) as connection:
        connection.execute(
            """insert into ops.build (as_of, known_at, fingerprint, models, seconds, compared_days)
            values (%s, %s, %s, %s, %s, %s)""",
            [as_of, known_at, fingerprint, len(built), time.monotonic() - started, days],
        )
    return built


def build_again(database: str, work: Path, history: Sequence[dict[str, Any]]) -> None:
    """Bring the models of a database that was lost to where its last build had left them. Raises BuildError.

    Every model but `figure` follows from what is loaded and from the last build's moment; the figures of the builds before
    are asked for as anybody may ask for past days. So a year of nights costs two builds and a question for each.

    history: rows of ops.build in their order.
    """
    history = [{"compared_days": [], **row} for row in history]  # a history may be older than the column
    last = history[-1]
    moment = {"as_of": last["as_of"], "known_at": last["known_at"]}
    run_night(database, work, **moment, stands=False)
    with connect(database) as connection:
        for row in history:
            keep_figures(connection, [row["as_of"]], row["known_at"], every=True)
            keep_figures(connection, row["compared_days"], row["known_at"])
        connection.cursor().executemany(
            """insert into ops.build (built_at, as_of, known_at, fingerprint, models, seconds, compared_days)
            values (%(built_at)s, %(as_of)s, %(known_at)s, %(fingerprint)s, %(models)s, %(seconds)s, %(compared_days)s)""",
            history,
        )
    run_night(database, work, **moment, stands=True)  # what stands on figures


def run_night(database: str, work: Path, *, as_of: str, known_at: str, stands: bool) -> list[Any]:
    """The dbt run of a night; returns its results. Raises BuildError.

    stands: whether all relations are there as the project declares them and hold the last night's rows. Then rows change
    and nothing is created; otherwise all is made anew.
    """
    return run_dbt(database, work, *night_arguments(stands=stands), as_of=as_of, known_at=known_at, stands=stands)


def night_arguments(*, stands: bool) -> tuple[str, ...]:
    """The dbt command of a night, for `run_dbt`."""
    more = ("--exclude-resource-type", "seed") if stands else ("--full-refresh",)
    return ("build", "--exclude-resource-type", "unit_test", *more)


def run_dbt(
    database: str, work: Path, *arguments: str, as_of: str = "", known_at: str = "", stands: bool = False
) -> list[Any]:
    """One dbt command in this process; returns its results. Raises BuildError naming what failed and why.

    The day and what is known are told by the environment: another --vars would have the whole project parsed anew.
    """
    parts = psycopg.conninfo.conninfo_to_dict(database)
    os.environ |= {
        "EQUITY_DB_HOST": str(parts["host"]), "EQUITY_DB_PORT": str(parts["port"]), "EQUITY_DB_NAME": str(parts["dbname"]),
        "EQUITY_DB_USER": str(parts["user"]), "EQUITY_DB_PASSWORD": str(parts["password"]),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1",
    }  # fmt: skip
    from dbt.cli.main import dbtRunner

    target = work / "dbt"
    command = [
        *arguments, "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT),
        "--target-path", str(target), "--log-path", str(target / "logs"), "--log-level-file", "info",
        "--log-level", "none", "--no-use-colors",
    ]  # fmt: skip
    with redirect_stdout(StringIO()) as words, _told(as_of, known_at, stands):
        done = dbtRunner().invoke(command)
    if done.exception is not None:
        raise BuildError(f"dbt {arguments[0]}: {done.exception}") from None
    results = list(getattr(done.result, "results", []))
    wrong = [result for result in results if result.status in ("error", "fail", "runtime error")]
    if wrong or not done.success:
        lines = [f"{result.node.resource_type} {result.node.name}: {_first_line(result.message)}" for result in wrong]
        raise BuildError(
            "dbt failed:\n" + "\n".join(lines or [words.getvalue()[-2000:]]) + f"\nlog: {target / 'logs' / 'dbt.log'}"
        )
    return results


@contextmanager
def _told(as_of: str, known_at: str, stands: bool) -> Iterator[None]:
    """Environment of one command; dbt would remember it for the next one in this process."""
    from dbt_common.events.functions import reset_metadata_vars

    words = {"AS_OF": as_of, "KNOWN_AT": known_at, "STRUCTURES": "stand" if stands else ""}
    told = {f"DBT_ENV_CUSTOM_ENV_EQUITY_{name}": word for name, word in words.items()}
    os.environ |= told
    reset_metadata_vars()
    try:
        yield
    finally:
        for name in told:
            del os.environ[name]
        reset_metadata_vars()


def _rows(result: Any) -> int | None:
    rows = result.adapter_response.get("rows_affected", -1)
    return rows if rows >= 0 else None


def _first_line(message: str | None) -> str:
    """The first two lines of an error: what follows may quote rows."""
    return " ".join(line.strip() for line in (message or "").splitlines()[:2])


def _due(connection: psycopg.Connection) -> tuple[str, str, str] | None:
    """As-of day, known-at time and fingerprint of what is loaded; None when it was built already or nothing is loaded.

    Where nothing counts as built any more (ops.built_delivery is empty), all of it is due.
    """
    row = connection.execute(
        """select max(night) filter (where known_from <= coalesce(epoch.known_at, known_from))::text,
            coalesce(max(epoch.known_at), max(known_from))::text,
            concat_ws(',', max(delivery_id), count(*), (select count(*) from link.membership), (select count(*) from link.edge),
                (select max(known_from) from link.membership))
        from ops.delivery cross join (select max(known_at) as known_at from ops.epoch) as epoch where state = 'loaded'"""
    ).fetchone()
    if row is None or row[0] is None:
        return None
    fingerprint = f"{row[2]}:{_project_fingerprint()}"
    last = connection.execute(
        """select fingerprint from ops.build where exists (select from ops.built_delivery)
        order by built_at desc limit 1"""
    ).fetchone()
    return None if last and last[0] == fingerprint else (row[0], row[1], fingerprint)


def _stands(database: str, fingerprint: str) -> bool:
    """Whether the last build was a whole one of this very project, and all that it made is there."""
    with connect(database) as connection:
        last = connection.execute(
            """select fingerprint from ops.build where exists (select from ops.built_delivery)
            order by built_at desc limit 1"""
        ).fetchone()
        there = connection.execute(
            """select nspname, relname from pg_class join pg_namespace on pg_namespace.oid = relnamespace
            where relkind in ('r', 'v')"""
        ).fetchall()
    models = {(path.parent.name, path.stem) for path in (DBT_PROJECT / "models").glob("*/*.sql")}
    return last is not None and last[0].rpartition(":")[2] == fingerprint.rpartition(":")[2] and models <= set(there)


def _project_fingerprint() -> str:
    """What the relations follow from: the dbt project, and the revision of the schemas, which says who may read them."""
    digest = hashlib.sha256(head().encode())
    for path in sorted(DBT_PROJECT.rglob("*")):
        if path.suffix in (".sql", ".yml", ".csv") and "target" not in path.parts:
            digest.update(path.relative_to(DBT_PROJECT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
