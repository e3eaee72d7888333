"""What DAGs take from Airflow's connections: addresses and secrets, handed on as plain values."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from airflow.sdk import Connection, get_current_context
from airflow.sdk.exceptions import AirflowNotFoundException, AirflowTaskTimeout

from equity.settings import BANGKOK, home

if TYPE_CHECKING:
    from equity.delivery.landing import Place
    from equity.sources.connectors import Endpoint, Origin, Outbox
    from equity.sources.spec import Source


def database(role: str) -> str:
    """URL of the warehouse as one role, from the connection of that name (equity_ingest, equity_transform, …)."""
    found = Connection.get(role)
    login, password = quote(found.login or "", safe=""), quote(found.password or "", safe="")
    return f"postgresql://{login}:{password}@{found.host}:{found.port or 5432}/{found.schema}"


def endpoint(conn_id: str) -> Endpoint:
    """A partner's endpoint; raises ConnectorError, with what to do, when nobody has said where it is."""
    from equity.sources.connectors import ConnectorError, Endpoint

    try:
        found = Connection.get(conn_id)
    except AirflowNotFoundException:
        raise ConnectorError(
            f"connection {conn_id} is not there: give AIRFLOW_CONN_{conn_id.upper()} or add it in Airflow's UI, as "
            "docs/transports.md shows for this transport"
        ) from None
    return Endpoint(
        conn_id,
        found.host or "",
        found.port,
        found.schema or "",
        found.login or "",
        found.password or "",
        found.extra_dejson,
        found.conn_type or "",
    )


def place() -> Place:
    """What delivery steps need: the warehouse as the ingest role, the keys, the landing store."""
    from equity.delivery.landing import Place
    from equity.privacy.keys import Keys

    return Place(
        database("equity_ingest"), Keys.from_json(Connection.get("equity_keys").password or ""), home().landing
    )


def origin(source: Source, here: Place) -> Origin:
    """Where a source's deliveries are; unfinished pulls keep their pages in the landing store."""
    from equity.delivery.discover import KeptPages
    from equity.sources.connectors import origin as origin_of

    return origin_of(source, endpoint(source.fetch.connection), KeptPages(here, source.source))


def outbox(source: Source) -> Outbox | None:
    """Where a source's correction workbooks go."""
    from equity.sources.connectors import outbox as outbox_of

    return outbox_of(source, endpoint(source.answer.connection)) if source.answer else None


def night() -> tuple[date, datetime]:
    """The night of the running DAG run, and the instant that counts as now: of a played night its 01:00 in Bangkok."""
    context: Any = get_current_context()
    run = context["dag_run"]
    played = (run.conf or {}).get("night")
    if played:
        day = date.fromisoformat(played)
        return day, datetime.combine(day, time(1), BANGKOK)
    now = datetime.now(BANGKOK)
    return now.date(), now


@contextmanager
def failures_noted(source: Source) -> Iterator[None]:
    """Say in the register why a source's turn failed. Only errors of our own making are quoted: others could hold values."""
    try:
        yield
    except (Exception, AirflowTaskTimeout) as error:  # the latter is none of Python's ordinary exceptions
        note(source, error)
        raise


def note(source: Source, error: BaseException) -> None:
    """Say in the register why a source's turn failed."""
    from equity.delivery.register import note_failure, register_source
    from equity.warehouse.connect import connect

    if isinstance(error, AirflowTaskTimeout):
        words = f"took too long and was ended (fetching after {source.limits.minutes} min, a delivery after an hour)"
    elif type(error).__module__.startswith("equity.") and str(error):
        words = f"{type(error).__name__}: {str(error).splitlines()[0]}"
    else:
        words = type(error).__name__
    day, _ = night()
    with connect(place().database) as connection:
        register_source(connection, source)  # a source whose place was never reached is not known yet
        note_failure(connection, source.source, day, words)


def nightly_schedule() -> str | None:
    """01:00 in Bangkok; no clock where nights are played by hand (EQUITY_SCHEDULE=none)."""
    return None if os.environ.get("EQUITY_SCHEDULE") == "none" else "0 1 * * *"
