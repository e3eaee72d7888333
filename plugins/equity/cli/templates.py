"""`equity template`: a blank Excel file in Thai for a partner who has no system of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from equity.cli.talk import give_up
from equity.declarations import DeclarationError
from equity.records import record_type as declared
from equity.settings import SPECS
from equity.sources.spec import Source, read_source


def template(
    record_type: Annotated[str, typer.Argument(help="The record type (`equity record list` has them all).")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Where to write; a Thai name here without it.")
    ] = None,
    source: Annotated[
        str, typer.Option(help="In the headers and words of this source, so that its spec reads it.")
    ] = "",
    specs: Annotated[Path, typer.Option("--specs", help="Folder of the specs.", envvar="EQUITY_SPECS")] = SPECS,
) -> None:
    """Write a blank Excel template in Thai: lists to choose from, notes, and an example row that is never loaded."""
    from equity.delivery.template import table_of, template_name
    from equity.delivery.template import template as blank

    try:
        kind = declared(record_type)
        spec = _source(specs, source) if source else None
    except DeclarationError as error:
        give_up(str(error))
    table = table_of(spec, record_type) if spec else None
    if spec and table is None:
        sent = dict.fromkeys(t.record_type for version in spec.versions for t in version.tables)
        give_up(f"{spec.source} sends no {record_type}; it sends: {', '.join(sent)}")
    if spec and spec.fetch.pulled:
        give_up(f"{spec.source} is fetched from {spec.fetch.by_name}, not from files; leave --source out")
    target = out or Path(template_name(kind, spec, table))
    if target.exists() and out is None:
        give_up(f"{target} is there already; name another with -o")
    try:
        target.write_bytes(blank(kind, spec, table))
    except OSError as error:
        give_up(f"{target}: {error.strerror}")
    print(target)


def _source(specs: Path, name: str) -> Source:
    path = specs / f"{name.removesuffix('.yml')}.yml"
    if not path.exists():
        there = ", ".join(sorted(p.stem for p in specs.glob("*.yml"))) or "none"
        give_up(f"there is no source {name!r} in {specs}; there are: {there}")
    return read_source(path)
