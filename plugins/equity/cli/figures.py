"""`equity figure`: what was published, and whether it still comes out the same."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from equity.cli.talk import AsJson, as_text, give_up, tell

app = typer.Typer(no_args_is_help=True, help="Published figures.")
SHOWN = 120  # letters of row numbers in a table


@app.command("list")
def figure_list(
    indicator: Annotated[str, typer.Option(help="Of this indicator only: I02.")] = "",
    area: Annotated[str, typer.Option(help="Of this area only: 52, or an amphoe's code.")] = "",
    as_of: Annotated[str, typer.Option(help="As of this day only: 2026-03-02.")] = "",
    as_json: AsJson = False,
) -> None:
    """List published figures, the latest first."""
    from equity.warehouse.recompute import figures

    rows = figures(_database()[0], indicator=indicator, area=area, as_of=as_of)
    if rows or as_json:
        tell(rows, as_json)
    else:
        print("no figures")


@app.command("show")
def figure_show(
    figure_id: Annotated[str, typer.Argument(help="As `equity figure list` names it.")], as_json: AsJson = False
) -> None:
    """Compute a figure again, as known then and now; its definition, its SQL, and the rows of the files it rests on.

    Ends with 1 when it does not come out as it was published.
    """
    from equity.warehouse.models import BuildError
    from equity.warehouse.recompute import as_rows, show

    try:
        shown = show(*_database(), figure_id)
    except (LookupError, BuildError) as error:
        give_up(str(error))
    if as_json:
        print(
            as_text(
                {
                    "figure": shown.figure, "definition": shown.definition, "again": shown.again, "now": shown.now,
                    "holds": shown.holds, "verdict": shown.verdict(), "changed": shown.changed, "since": shown.since,
                    "deliveries": shown.deliveries, "sql": shown.code,
                }
            )
        )  # fmt: skip
    else:
        _print(shown, as_rows(shown))
    if not shown.holds:
        raise typer.Exit(1)


def _print(shown: Any, numbers: Any) -> None:
    said = shown.definition
    print(shown.figure["figure_id"])
    for name in ("name_th", "name_en", "numerator_en", "denominator_en", "rule_en", "source"):
        print(f"{name:<16}{said.get(name) or ''}")
    print(f"{'as of':<16}{shown.figure['as_of']}, as known at {shown.figure['known_at'].isoformat()}")
    print(f"{'coverage':<16}{shown.figure['note_en'] or ''}\n")
    tell(numbers, False)
    print(f"\n{shown.verdict()}")
    if shown.changed:
        print(f"As known now {', '.join(shown.changed)} would be another. Learned since:")
        tell(shown.since or [{"nothing": "the day's own rules alone"}], False)
    print("\nIt rests on these rows, as known then:")
    tell([{**row, "rows": _short(row["rows"])} for row in shown.deliveries], False)
    print(f"\nSQL\n{shown.code.strip()}")


def _short(rows: str) -> str:
    return rows if len(rows) <= SHOWN else rows[:SHOWN].rpartition(",")[0] + " …"


def _database() -> tuple[str, Any]:
    from equity.cli import _ready
    from equity.warehouse.roles import TRANSFORM

    installation = _ready()
    return installation.url(TRANSFORM), installation.home.work
