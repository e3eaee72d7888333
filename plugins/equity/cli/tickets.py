"""`equity ticket`: what partners were asked to look at, in numbers; never a row's value."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from equity.cli.talk import AsJson, give_up, tell

STATES = ("open", "corrected", "accepted", "withdrawn")
AGES = ("0-7", "8-30", "31-90", "91+")

app = typer.Typer(no_args_is_help=True, help="What partners were asked to correct.")


@app.callback()
def _app() -> None:
    """Keep `list` a command of its own."""


@app.command("list")
def ticket_list(
    source: Annotated[str, typer.Option(help="Of this source only.")] = "",
    state: Annotated[str, typer.Option(help="open, corrected, accepted, withdrawn, or all.")] = "open",
    as_json: AsJson = False,
) -> None:
    """Count tickets by source, record type, code, state and age in days (open: up to the latest night; closed: until then)."""
    from equity.cli import _cursor

    if state not in (*STATES, "all"):
        give_up(f"there is no state {state!r}; there are: {', '.join(STATES)}, and all")
    with _cursor() as cursor:
        known = [row["source"] for row in cursor.execute("select source from ops.source order by 1").fetchall()]
        if source and source not in known:
            give_up(f"there is no source {source!r} in the warehouse; there are: {', '.join(known) or 'none yet'}")
        rows = counts(cursor, source=source, states=list(STATES) if state == "all" else [state])
    if rows or as_json:
        tell(rows, as_json)
    else:
        print("no tickets" if state == "all" else f"no {state} tickets")


def counts(cursor: Any, *, source: str, states: list[str]) -> list[dict[str, Any]]:
    """Numbers of tickets, most first within a source; `source` may be empty for all."""
    return list(
        cursor.execute(
            """with aged as (
                select source, record_type, code, severity, state,
                    coalesce((closed_at at time zone 'Asia/Bangkok')::date, (select max(night) from ops.source_night), current_date)
                        - (opened_at at time zone 'Asia/Bangkok')::date as days
                from ops.ticket
                where state = any(%(states)s) and (%(source)s = '' or source = %(source)s)
            )
            select source, record_type, code, severity, state,
                (%(ages)s::text[])[1 + (days > 7)::int + (days > 30)::int + (days > 90)::int] as age_days,
                count(*)::int as tickets
            from aged group by 1, 2, 3, 4, 5, 6
            order by source, state, tickets desc, record_type, code, age_days""",
            {"states": states, "source": source, "ages": list(AGES)},
        ).fetchall()
    )


def of_delivery(cursor: Any, delivery_id: int) -> list[dict[str, Any]]:
    """How many tickets a delivery opened (and how many of them are open still), and how many it closed, by code."""
    return list(
        cursor.execute(
            """select record_type, code, severity,
                count(*) filter (where opened_by = %(id)s)::int as opened,
                count(*) filter (where opened_by = %(id)s and state = 'open')::int as still_open,
                count(*) filter (where closed_by = %(id)s and state = 'corrected')::int as corrected,
                count(*) filter (where closed_by = %(id)s and state = 'accepted')::int as accepted,
                count(*) filter (where closed_by = %(id)s and state = 'withdrawn')::int as withdrawn
            from ops.ticket where %(id)s in (opened_by, closed_by)
            group by 1, 2, 3 order by opened desc, 1, 2""",
            {"id": delivery_id},
        ).fetchall()
    )
