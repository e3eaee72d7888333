"""The warehouse after the partners: resolve identities → build the models → publish.

Runs when every source has ended its turn of the night, well or not, and at 05:00 whatever happened. Where nothing new was
loaded since the last build, nothing is built. dbt is one build in one task; each model is an asset, so that Airflow's
asset view shows what was made when, with its rows and seconds.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import DAG, Asset, AssetAlias, AssetAll, get_current_context, task
from airflow.timetables.assets import AssetOrTimeSchedule
from airflow.timetables.trigger import CronTriggerTimetable

from connections import database, nightly_schedule, place
from equity.records import record_types
from equity.settings import PROJECT, SPECS, home
from equity.sources.spec import readable_sources

# named as inlets, so that Airflow keeps an asset for each record type and each model
raw = [Asset(name=name, uri=f"warehouse://raw/{name}") for name in record_types()]
modelled = [
    Asset(name=f"{path.parent.name}__{path.stem}", uri=f"warehouse://model/{path.parent.name}/{path.stem}")
    for path in sorted((PROJECT / "dbt_project" / "models").glob("*/*.sql"))
]
turns = AssetAll(
    *(
        Asset(name=f"closed__{source}", uri=f"warehouse://source/{source}")
        for source in sorted(spec.stem for spec in SPECS.glob("*.yml"))
    )
)
clock = CronTriggerTimetable("0 5 * * *", timezone="Asia/Bangkok")
models = AssetAlias("models")

with DAG(
    "warehouse",
    doc_md=__doc__,
    schedule=AssetOrTimeSchedule(timetable=clock, assets=turns) if nightly_schedule() else turns,
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Bangkok"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=3),
    tags=["warehouse"],
    default_args={"retries": 1, "retry_delay": timedelta(seconds=10), "execution_timeout": timedelta(hours=2)},
) as dag:

    @task(inlets=raw)
    def resolve() -> dict[str, int]:
        """Recognise the same person across partners; returns what was decided, in numbers."""
        from equity.identity.resolve import resolve as resolve_identities

        return resolve_identities(database("equity_link"))

    @task(outlets=[models])
    def build() -> bool:
        """Build the dbt models in one process; returns whether there was anything to build."""
        from equity.warehouse.models import build as build_models

        built = build_models(database("equity_transform"), home().work)
        events = get_current_context()["outlet_events"]
        for model in built:
            asset = Asset(name=f"{model.schema}__{model.name}", uri=f"warehouse://model/{model.schema}/{model.name}")
            events[models].add(asset, extra={"status": model.status, "seconds": model.seconds, "rows": model.rows})
        return bool(built)

    @task(inlets=modelled)
    def publish() -> str:
        """Write the bulletin as the role that the public's pages are made with, and the catalogs; returns its folder.

        What there was is then kept beside the deliveries too, so that the landing store alone makes a database anew.
        """
        from equity.delivery.cards import keep_history
        from equity.publish import catalog
        from equity.publish.bulletin import publish as publish_pages
        from equity.warehouse.models import manifest

        beside = catalog.pages(readable_sources(SPECS)[0], manifest(home().work))
        folder = publish_pages(database("equity_public"), home().bulletin, beside)
        keep_history(place())
        return str(folder)

    resolve() >> build() >> publish()
