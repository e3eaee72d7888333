"""`equity delivery release` and `reject`: a steward's word on a delivery that is held."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from equity.cli.talk import give_up

Reason = Annotated[str, typer.Option(help="Why; no name and no number of a person.")]
By = Annotated[str, typer.Option(help="Who decides; without it the user of this machine.")]


def release(
    delivery_id: int,
    reason: Reason,
    by: By = "",
    although_newer: Annotated[
        bool, typer.Option("--although-newer", help="Of changes: also where a newer delivery was loaded.")
    ] = False,
) -> None:
    """Have a held delivery read all the same: its source's next run takes it up, with the hold waived."""
    _decide(delivery_id, "released", reason, by, although_newer=although_newer)
    print(f"delivery {delivery_id} is released; its source's next run reads it")


def reject(delivery_id: int, reason: Reason, by: By = "") -> None:
    """Be done with a held delivery: nothing of it will be read."""
    _decide(delivery_id, "rejected", reason, by)
    print(f"delivery {delivery_id} is rejected; its source's next run closes it")


def _decide(delivery_id: int, word: str, reason: str, by: str, *, although_newer: bool = False) -> None:
    import psycopg

    from equity.cli import _ready
    from equity.delivery.decisions import RefusedError, decide
    from equity.settings import BANGKOK, SPECS
    from equity.sources.spec import readable_sources
    from equity.warehouse.roles import STEWARD

    if not reason.strip():
        give_up("say why: --reason must not be empty")
    with psycopg.connect(_ready().url(STEWARD)) as connection:
        row = connection.execute(
            "select source, name, received_at from ops.delivery where delivery_id = %s", [delivery_id]
        ).fetchone()
        record_types, lists = None, set()
        if row and (source := readable_sources(SPECS)[0].get(row[0])):
            tables = source.tables_for(row[1], row[2].astimezone(BANGKOK).date())
            record_types = {table.record_type for table in tables} or None
            lists = {table.record_type for table in tables if table.sends == "everything"}
        try:
            decide(
                connection, delivery_id, "released" if word == "released" else "rejected", reason,
                by or getpass.getuser(), record_types=record_types, lists=lists, although_newer=although_newer,
            )  # fmt: skip
        except RefusedError as refused:
            give_up(str(refused))
