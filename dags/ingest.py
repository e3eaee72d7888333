"""One DAG for each partner source: `ingest__<source>`, made from `dags/sources/<source>.yml`.

discover → process (one task for each delivery) → close → remind (once in a fortnight)

**discover** lands what is new at the partner's place, encrypted and registered; the same bytes again do nothing.
**process** takes one delivery through read, normalise, check, split, load and answer; each step commits or leaves no
trace, so a task that was killed is simply run again. **close** ends the source's turn of the night, whatever happened,
and says which record types have new rows. **remind** sends all rows that have waited for a fortnight in one workbook, after
the turn, so that a slow or closed outbox holds up nobody; most nights it is skipped. A failure makes the run fail at its
last task and never stops another partner.

All of a source's tasks run in its own pool, `source__<source>`, with as many slots as its spec's `limits` allow. A spec
that is wrong has a DAG too, which fails with what is wrong in it; the other partners' go on.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import DAG, Asset, AssetAlias, TriggerRule, get_current_context, task
from airflow.timetables.trigger import CronTriggerTimetable

from connections import failures_noted, night, nightly_schedule, note, origin, outbox, place
from equity.declarations import DeclarationError
from equity.settings import SPECS
from equity.sources.spec import Source, readable_sources

# in the place of a delivery: what could be fetched is processed, and yet the run is to fail
NOT_FETCHED = 0


def closed(source_id: str) -> Asset:
    """The asset that says: this source's turn of the night is over."""
    return Asset(name=f"closed__{source_id}", uri=f"warehouse://source/{source_id}")


def turn_of(source_id: str, words: str, *tags: str, retries: int = 1) -> DAG:
    """An empty DAG of one source."""
    cron = nightly_schedule()
    return DAG(
        f"ingest__{source_id}",
        description=words,
        doc_md=__doc__,
        schedule=CronTriggerTimetable(cron, timezone="Asia/Bangkok") if cron else None,
        start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Bangkok"),
        catchup=False,
        max_active_runs=1,
        dagrun_timeout=timedelta(hours=3),
        tags=["ingest", *tags],
        default_args={
            "retries": retries,
            "retry_delay": timedelta(seconds=10),
            "execution_timeout": timedelta(hours=1),
        },
    )


def ingest_dag(source: Source) -> DAG:
    """The DAG of one source."""
    alias = AssetAlias(f"loaded__{source.source}")
    words = f"{source.partner.name.en} ({source.partner.name.th})"
    with turn_of(source.source, words, source.partner.family) as dag:
        fetching = timedelta(minutes=source.limits.minutes)

        @task(pool=source.pool, execution_timeout=fetching)
        def discover() -> list[int]:
            """Land what is new; returns the ids of the deliveries with a step to go."""
            from equity.delivery.discover import Incomplete
            from equity.delivery.discover import discover as land_new

            (day, now), here = night(), place()
            with failures_noted(source):
                try:
                    return land_new(here, source, origin(source, here), day, now)
                except Incomplete as failure:
                    turn: Any = get_current_context()["ti"]
                    if turn.try_number <= turn.max_tries or not failure.deliveries:
                        raise
                    note(source, failure)
                    return [*failure.deliveries, NOT_FETCHED]

        @task(pool=source.pool, map_index_template="{{ task.op_kwargs['delivery_id'] }}")
        def process(delivery_id: int) -> str:
            """Take one delivery to its end; returns its state."""
            if delivery_id == NOT_FETCHED:
                raise RuntimeError("not everything could be fetched; the log of discover says what")
            from equity.delivery.process import process as take_to_its_end

            with failures_noted(source):
                return take_to_its_end(place(), source, delivery_id, outbox(source)).state

        @task(trigger_rule=TriggerRule.ALL_DONE, outlets=[closed(source.source), alias])
        def close() -> list[str]:
            """End the source's turn; names the record types that have new rows. Returns the source when it is to be reminded."""
            from equity.delivery.cards import keep_night
            from equity.delivery.register import close_night, record_types_of
            from equity.delivery.reminders import due
            from equity.warehouse.connect import connect

            day, now = night()
            with connect(place().database) as connection:
                close_night(connection, source.source, day)
                changed = record_types_of(connection, source.source, day)
                to_remind = bool(source.answer) and due(connection, source.source, now) is not None
            keep_night(place(), source.source, day)
            events = get_current_context()["outlet_events"]
            for record_type in changed:
                events[alias].add(Asset(name=record_type, uri=f"warehouse://raw/{record_type}"))
            return [source.source] if to_remind else []

        @task(pool=source.pool)
        def remind(due: str) -> str | None:
            """Send the partner all rows that wait, in one workbook; returns where it lies."""
            from equity.delivery.reminders import remind as send

            _, now = night()
            with failures_noted(source):
                return send(place(), source, now, outbox(source))

        @task(trigger_rule=TriggerRule.ONE_FAILED, retries=0)
        def failed() -> None:
            """Make the run fail when one of its tasks did, though close went well."""
            raise RuntimeError("a task of this night failed; see the red one above")

        landed = discover()
        done = process.expand(delivery_id=landed)
        turn = close()
        done >> turn
        remind.expand(due=turn)
        [landed, done] >> failed()
    return dag


def wrong_dag(source_id: str, fault: str) -> DAG:
    """The DAG of a source whose spec is wrong: it says so, and ends the source's turn."""
    with turn_of(source_id, fault, "wrong spec", retries=0) as dag:

        @task
        def read_spec() -> None:
            """Fail with what is wrong in the spec."""
            raise DeclarationError(fault)

        @task(trigger_rule=TriggerRule.ALL_DONE, outlets=[closed(source_id)])
        def close() -> None:
            """End the source's turn."""

        @task(trigger_rule=TriggerRule.ONE_FAILED)
        def failed() -> None:
            """Make the run fail."""
            raise DeclarationError(fault)

        read = read_spec()
        read >> close()
        read >> failed()
    return dag


_sources, _wrong = readable_sources(SPECS)
for _source in _sources.values():
    globals()[f"ingest__{_source.source}"] = ingest_dag(_source)
for _id, _fault in _wrong.items():
    globals()[f"ingest__{_id}"] = wrong_dag(_id, _fault)
