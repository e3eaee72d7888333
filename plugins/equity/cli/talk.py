"""How the console talks: tables for people, JSON for programs, one sentence when something cannot be done."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, NoReturn

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def tell(rows: Sequence[dict[str, Any]], as_json: bool, *, width: int = 400) -> None:
    """Print rows as a table, or as one JSON array; `width` is a line's length where there is no terminal to ask."""
    if as_json:
        print(as_text(list(rows)))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in rows[0] if rows else ():
        table.add_column(name, no_wrap=False)
    for row in rows:
        table.add_row(*("" if v is None else ", ".join(v) if isinstance(v, list) else str(v) for v in row.values()))
    console = Console(markup=False, highlight=False)
    if not console.is_terminal:  # in a pipe nothing is cut
        console = Console(width=width, markup=False, highlight=False)
    console.print(table)


def as_text(value: Any) -> str:
    """JSON with dates in ISO form."""

    def plain(v: Any) -> str:
        return v.isoformat() if isinstance(v, date | datetime) else str(v)

    return json.dumps(value, ensure_ascii=False, default=plain)


def give_up(words: str) -> NoReturn:
    """Say why it cannot be done and end with 1."""
    print(words, file=sys.stderr)
    raise typer.Exit(1)
