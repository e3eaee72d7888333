"""The console command `equity`."""

from __future__ import annotations

import json
import os
import sys
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from equity.cli.decisions import reject, release
from equity.cli.figures import app as figures
from equity.cli.records import app as records
from equity.cli.replay import replay
from equity.cli.sources import app as sources
from equity.cli.talk import AsJson, give_up, tell
from equity.cli.templates import template
from equity.cli.tickets import app as tickets
from equity.cli.tickets import of_delivery
from equity.settings import home

if TYPE_CHECKING:
    from equity.runtime.services import Installation

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="The Lampang education equity platform.",
    pretty_exceptions_enable=False,
)
deliveries = typer.Typer(no_args_is_help=True, help="What partners delivered.")
database = typer.Typer(no_args_is_help=True, help="The warehouse.")
app.add_typer(sources, name="source")
app.add_typer(records, name="record")
app.add_typer(deliveries, name="delivery")
app.add_typer(tickets, name="ticket")
app.add_typer(figures, name="figure")
app.add_typer(database, name="db")
app.command()(template)
app.command()(replay)
deliveries.command("release")(release)
deliveries.command("reject")(reject)


@app.command()
def nightly(
    night: Annotated[str, typer.Option(help="Play this night (2026-03-02); without it the next one.")] = "",
    scale: Annotated[float, typer.Option(help="Size of the demo world; 1 is about 6,000 persons.")] = 1.0,
) -> None:
    """Play one night to its end and tell what happened."""
    from equity.runtime.night import play
    from equity.warehouse.roles import READER

    try:
        chosen = date.fromisoformat(night) if night else None
    except ValueError:
        raise typer.BadParameter(f"{night!r} is no date; write it as 2026-03-02") from None
    installation = _installation()
    try:
        told = play(installation, chosen, scale=scale)
    except (RuntimeError, OSError, ValueError) as error:
        print(f"\nThe night failed: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    print(told.as_text())
    print(f"psql       psql '{installation.url(READER)}'")
    print("           (the schema reporting, as a working group sees it; no psql here? .venv/bin/equity db psql)")


@app.command()
def status(as_json: AsJson = False) -> None:
    """Tell what became of the last night."""
    import psycopg

    from equity.runtime.report import last_night, report
    from equity.warehouse.roles import OWNER

    installation = _ready()
    with psycopg.connect(installation.url(OWNER)) as connection:
        night = last_night(connection)
    if night is None:
        give_up("there was no night yet" + ("" if os.environ.get("EQUITY_DB_URL") else "; run `make nightly`"))
    told = report(installation, night)
    print(json.dumps(told.as_json(), ensure_ascii=False) if as_json else told.as_text())


@app.command()
def ui() -> None:
    """Leave Airflow's UI running on localhost over the same state."""
    from equity.demo.world import World
    from equity.runtime.night import Progress, start_services

    installation = _installation()
    progress = Progress()
    with progress.shown():
        progress.say("set-up", "starting Postgres")
        installation.prepare_warehouse()
        World(installation.home.path / "demo")
        progress.say("set-up", "done", done=True)
        start_services(installation, progress)
    print(
        f"Airflow: {installation.ui}\nuser: operator\npassword: {installation.home.secrets['airflow_password']}\nStop it with `make down`."
    )


@app.command("server-env")
def server_env() -> None:
    """Print a fresh `.env` for the server's stack, with new random secrets (docs/operate.md)."""
    from equity.runtime.server_env import fresh

    print(fresh(), end="")


@app.command()
def down(
    forget: Annotated[bool, typer.Option("--forget", help="Also delete the database and all other state.")] = False,
) -> None:
    """Stop everything that this installation started."""
    import shutil

    from equity.runtime.night import stop_services

    installation = _installation()
    if installation.home.path.exists():
        stop_services(installation)
        if forget:
            installation.server.remove()
            shutil.rmtree(installation.home.path)
        else:
            installation.server.stop()


@deliveries.command("list")
def delivery_list(as_json: AsJson = False) -> None:
    """List all deliveries, newest first."""
    tell(_deliveries("true", []), as_json)


@deliveries.command("show")
def delivery_show(delivery_id: int, as_json: AsJson = False) -> None:
    """Show one delivery: its counts by table, what was found wrong, by column and reason, and the tickets it opened and closed."""
    found = _deliveries("d.delivery_id = %s", [delivery_id])
    if not found:
        give_up(f"there is no delivery {delivery_id}; `equity delivery list` names those that there are")
    with _cursor() as cursor:
        tables = cursor.execute(
            "select * from ops.delivery_table where delivery_id = %s order by record_type", [delivery_id]
        ).fetchall()
        notes = cursor.execute("select notes from ops.delivery where delivery_id = %s", [delivery_id]).fetchone()
        query = "select record_type, field, code, severity, cells from ops.delivery_finding where delivery_id = %s order by cells desc"
        findings = cursor.execute(query, [delivery_id]).fetchall()
        told = of_delivery(cursor, delivery_id)
        decided = cursor.execute(
            """select decision, hold_code, reason, decided_by, decided_at, taken_up_at from ops.decision
            where delivery_id = %s order by decision_id""",
            [delivery_id],
        ).fetchall()
    whole = {
        **found[0],
        "decisions": decided,
        "notes": notes["notes"] or {},
        "tables": tables,
        "findings": findings,
        "tickets": told,
    }
    if as_json:
        print(json.dumps(whole, ensure_ascii=False, default=str))
        return
    for name, value in found[0].items():
        print(f"{name:<14}{value if value is not None else ''}")
    for name, note in whole["notes"].items():
        print(f"{name:<18}{json.dumps(note, ensure_ascii=False)}")
    for title, rows in (("decisions", decided), ("tables", tables), ("findings", findings), ("tickets", told)):
        print(f"\n{title}")
        tell([{k: v for k, v in row.items() if k != "delivery_id"} for row in rows], False)


@database.command("url")
def db_url(
    role: Annotated[str, typer.Option(help="reader, public, steward, ingest, transform, link or owner.")] = "reader",
) -> None:
    """Print the connection URL of one role."""
    print(_installation().url(_role(role)))


@database.command("psql")
def db_psql(role: Annotated[str, typer.Option(help="As which role.")] = "reader") -> None:
    """Open psql as one role, with the program that came with the embedded server."""
    installation = _ready()
    program = str(installation.server.programs / "psql")
    os.execv(program, [program, installation.url(_role(role))])  # noqa: S606


@database.command("migrate")
def db_migrate() -> None:
    """Make roles and databases, the warehouse's and Airflow's, and bring the warehouse's schemas up to date."""
    installation = _installation()
    installation.prepare_warehouse()
    installation.create_airflow_database()


def _role(name: str) -> str:
    from equity.warehouse.roles import ROLES

    role = name if name.startswith("equity_") else f"equity_{name}"
    if role not in ROLES:
        raise typer.BadParameter(
            f"there is no role {name!r}; there are: {', '.join(r.removeprefix('equity_') for r in ROLES)}"
        )
    return role


def _installation() -> Installation:
    """The installation; what it needs is slow to import, and most commands do without."""
    from equity.runtime.services import Installation

    return Installation(home())


def _ready() -> Installation:
    installation = _installation()
    if not os.environ.get("EQUITY_DB_URL") and not (installation.home.path / "secrets.json").exists():
        give_up("nothing was set up here yet; run `make nightly`")
    installation.prepare_warehouse()
    return installation


def _cursor() -> Any:
    import psycopg
    from psycopg.rows import dict_row

    from equity.warehouse.roles import OWNER

    return psycopg.connect(_ready().url(OWNER), row_factory=dict_row)


def _deliveries(where: str, parameters: list[Any]) -> list[dict[str, Any]]:
    with _cursor() as cursor:
        return list(
            cursor.execute(
                f"""select d.delivery_id, d.reference, d.source, d.name, d.state, d.night, d.hold_code as held,
                    sum(t.rows_received)::int as received, sum(t.rows_loaded)::int as loaded,
                    sum(t.rows_unchanged)::int as unchanged, sum(t.rows_repeated)::int as repeated,
                    sum(t.rows_quarantined)::int as quarantined, d.answer_place as workbook
                from ops.delivery d left join ops.delivery_table t using (delivery_id)
                where {where} group by d.delivery_id order by d.delivery_id desc""",
                parameters,
            )
        )
