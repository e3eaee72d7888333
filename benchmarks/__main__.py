"""Run the benchmarks: `make bench` for all, or `python -m benchmarks delivery --rows 100000 --rows 1000000`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from benchmarks import delivery as delivery_path
from benchmarks import formats as every_format
from benchmarks import warehouse as provincial_warehouse

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
Sizes = Annotated[list[int] | None, typer.Option(help="Sizes of the participant file.")]


@app.callback(invoke_without_command=True)
def main(context: typer.Context) -> None:
    """Ratios in one run, peak memory beside each; without a command, all benchmarks one after the other."""
    if context.invoked_subcommand is None:
        formats()
        print()
        delivery()
        print()
        warehouse()


@app.command()
def delivery(rows: Sizes = None) -> None:
    """The delivery path against psql's copy of the same file."""
    with tempfile.TemporaryDirectory(prefix="equity-bench-") as folder:
        delivery_path.run(Path(folder), rows or [100_000, 1_000_000])


@app.command()
def warehouse(
    persons: Annotated[list[int] | None, typer.Option(help="Sizes of the province.")] = None,
    plain: Annotated[bool, typer.Option(help="Run the same SQL through psql too.")] = True,
) -> None:
    """`dbt build` in full and after a night with 1 % new, against the same SQL straight through psql."""
    with tempfile.TemporaryDirectory(prefix="equity-bench-") as folder:
        provincial_warehouse.run(Path(folder), persons or [10_000, 100_000], plain=plain)


@app.command()
def formats(
    rows: Sizes = None,
    kind: Annotated[list[str] | None, typer.Option(help=f"Of {', '.join(every_format.FILES)}; all without it.")] = None,
    times: Annotated[int, typer.Option(help="How often each is measured; the median counts.")] = 3,
) -> None:
    """Read, normalise, check and split each format against the parse alone."""
    if unknown := set(kind or ()) - set(every_format.FILES):
        raise typer.BadParameter(f"there is no format {', '.join(unknown)}; there are: {', '.join(every_format.FILES)}")
    with tempfile.TemporaryDirectory(prefix="equity-bench-") as folder:
        every_format.run(Path(folder), rows or [100_000], tuple(kind or every_format.FILES), times)


if __name__ == "__main__":
    app()
