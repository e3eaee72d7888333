"""Run the benchmarks: `make bench`, or `python -m benchmarks delivery --rows 100000 --rows 1000000`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from benchmarks import delivery as delivery_path

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(rows: Annotated[list[int] | None, typer.Option(help="Sizes of the participant file.")] = None) -> None:
    """The delivery path against psql's copy of the same file: ratios in this run, peak memory beside each."""
    with tempfile.TemporaryDirectory(prefix="equity-bench-") as folder:
        delivery_path.run(Path(folder), rows or [100_000, 1_000_000])


if __name__ == "__main__":
    app()
