"""One DAG for each partner source: `ingest__<source>`, made from `dags/sources/<source>.yml`.

discover → process (one task for each delivery) → close

**discover** lands what is new at the partner's place, encrypted and registered; the same bytes again do nothing.
**process** takes one delivery through read, normalise, check, split, load and answer; each step commits or leaves no
trace, so a task that was killed is simply run again. **close** ends the source's turn of the night, whatever happened,
and says which record types have new rows. A failure makes the run fail at its last task and never stops another partner.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import DAG, Asset, AssetAlias, TriggerRule, get_current_context, task
from airflow.timetables.trigger import CronTriggerTimetable

from connections import endpoint, failures_noted, night, nightly_schedule, outbox, place
from equity.settings import SPECS
from equity.sources.spec import Source, read_sources


def closed(source_id: str) -> Asset:
    """The asset that says: this source's turn of the night is over."""
    return Asset(name=f"closed__{source_id}", uri=f"warehouse://source/{source_id}")


def ingest_dag(source: Source) -> DAG:
    """The DAG of one source."""
    cron = nightly_schedule()
    alias = AssetAlias(f"loaded__{source.source}")
    with DAG(
        f"ingest__{source.source}",
        description=f"{source.partner.name.en} ({source.partner.name.th})",
        doc_md=__doc__,
        schedule=CronTriggerTimetable(cron, timezone="Asia/Bangkok") if cron else None,
        start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Bangkok"),
        catchup=False,
        max_active_runs=1,
        dagrun_timeout=timedelta(hours=3),
        tags=["ingest", source.partner.family],
        default_args={"retries": 1, "retry_delay": timedelta(seconds=10), "execution_timeout": timedelta(hours=1)},
    ) as dag:

        @task
        def discover() -> list[int]:
            """Land what is new; returns the ids of the deliveries with a step to go."""
            from equity.delivery.discover import discover as land_new
            from equity.sources.connectors import connector

            day, now = night()
            with failures_noted(source):
                origin = connector(source, source.fetch, endpoint(source.fetch.connection))
                return land_new(place(), source, origin, day, now)

        @task(map_index_template="{{ task.op_kwargs['delivery_id'] }}")
        def process(delivery_id: int) -> str:
            """Take one delivery to its end; returns its state."""
            from equity.delivery.process import process as take_to_its_end

            with failures_noted(source):
                return take_to_its_end(place(), source, delivery_id, outbox(source)).state

        @task(trigger_rule=TriggerRule.ALL_DONE, outlets=[closed(source.source), alias])
        def close() -> None:
            """End the source's turn; names the record types that have new rows."""
            from equity.delivery.register import close_night, record_types_of
            from equity.warehouse.connect import connect

            day, _ = night()
            with connect(place().database) as connection:
                close_night(connection, source.source, day)
                changed = record_types_of(connection, source.source, day)
            events = get_current_context()["outlet_events"]
            for record_type in changed:
                events[alias].add(Asset(name=record_type, uri=f"warehouse://raw/{record_type}"))

        @task(trigger_rule=TriggerRule.ONE_FAILED, retries=0)
        def failed() -> None:
            """Make the run fail when one of its tasks did, though close went well."""
            raise RuntimeError("a task of this night failed; see the red one above")

        landed = discover()
        done = process.expand(delivery_id=landed)
        done >> close()
        [landed, done] >> failed()
    return dag


for _source in read_sources(SPECS).values():
    globals()[f"ingest__{_source.source}"] = ingest_dag(_source)
