"""`equity replay`: does the landing store alone make the same warehouse again? And, when it must, make it."""

from __future__ import annotations

import json
import sys
from functools import partial
from typing import Annotated

import typer

from equity.cli.talk import AsJson, give_up


def replay(
    restore: Annotated[
        bool, typer.Option("--restore", help="Into this installation's own database, which must be empty.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Another number takes the sources in another order.")] = 0,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the database of the drill, equity_replay.")] = False,
    as_json: AsJson = False,
) -> None:
    """Load all deliveries of the landing store into an empty database, and compare what comes out with the standing one."""
    from equity.cli import _ready
    from equity.runtime import replay as replays
    from equity.settings import SPECS
    from equity.sources.spec import readable_sources
    from equity.warehouse.models import BuildError

    def say(words: str) -> None:
        if not as_json:
            print(words, file=sys.stderr, flush=True)

    installation, (sources, _) = _ready(), readable_sources(SPECS)
    try:
        again = replays.restore if restore else partial(replays.drill, seed=seed, keep=keep)
        done = again(installation, sources, say)
    except (replays.ReplayError, BuildError) as error:
        give_up(str(error))
    if as_json:
        told = {"same": done.same, "deliveries": done.deliveries, "lost": done.lost, "differences": done.differences}
        print(json.dumps(told | {"compared": done.compared}, ensure_ascii=False))
    else:
        print(f"{done.deliveries} deliveries were taken up again")
        for reference, why in done.lost.items():
            print(f"LOST       {reference}: {why}")
        for name, difference in done.differences.items():
            print(f"DIFFERENT  {name}: {difference}")
        if not restore and not done.differences:
            print(f"all {done.compared} tables and views have the same rows")
    if not done.same:
        raise typer.Exit(1)
