"""`equity source`: from a sample to a running source, dry runs, differences."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from equity.cli.talk import AsJson, as_text, give_up, tell
from equity.declarations import DeclarationError
from equity.settings import BANGKOK, SPECS, home
from equity.sources.spec import Source, read_source, read_sources, readable_sources

if TYPE_CHECKING:
    from equity.delivery.trial import Trial
    from equity.onboarding.recognise import Recognised

app = typer.Typer(no_args_is_help=True, help="Partner sources.")
Specs = Annotated[Path, typer.Option("--specs", help="Folder of the specs.", envvar="EQUITY_SPECS")]
FAMILIES = ("unit", "abe_university", "municipal_centre", "reference")


@app.command("list")
def source_list(as_json: AsJson = False, specs: Specs = SPECS) -> None:
    """List the declared sources; of a folder that nobody has given, where it is on this machine."""
    from equity.runtime.services import Installation

    found, wrong = readable_sources(specs)
    folders = Installation(home()).places()
    rows = [
        {
            "source": spec.source, "family": spec.partner.family, "partner": spec.partner.name.th,
            "fetch": f"{spec.fetch.by} {spec.fetch.connection}", "folder": folders.get(spec.fetch.connection),
            "record_types": list(dict.fromkeys(t.record_type for t in spec.version(date.today()).tables)),
        }
        for spec in found.values()
    ]  # fmt: skip
    tell(rows, as_json)
    if wrong:
        give_up("\n".join(wrong.values()))


@app.command("pools")
def source_pools(specs: Specs = SPECS) -> None:
    """Print the Airflow pools that the specs ask for, in the form of `airflow pools import`."""
    from equity.sources.pools import pools

    print(as_text(pools(readable_sources(specs)[0])))


@app.command("catalog")
def source_catalog(
    out: Annotated[Path, typer.Argument(help="The page to write.", dir_okay=False)], specs: Specs = SPECS
) -> None:
    """Write the catalog: who sends what, how it is read and what is checked, as one page."""
    from equity.publish import catalog

    out.write_bytes(catalog.render(readable_sources(specs)[0]))
    print(out)


@app.command("new")
def source_new(
    samples: Annotated[list[str], typer.Argument(help="Sample files, or the URL of an API.")],
    partner_name: Annotated[str, typer.Option(help="The partner's name, in Thai or `Thai / English`.")] = "",
    family: Annotated[str, typer.Option(help=", ".join(FAMILIES))] = "",
    source_id: Annotated[str, typer.Option("--id", help="The source's id: small letters, digits, _.")] = "",
    area: Annotated[str, typer.Option(help="Area code of the partner's office (52, 5201, 520101).")] = "",
    record_type: Annotated[str, typer.Option(help="The record type, where you know it.")] = "",
    token: Annotated[str, typer.Option(help="Bearer token, for a URL.", envvar="EQUITY_SAMPLE_TOKEN")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing.")] = False,
    as_json: AsJson = False,
    force: Annotated[bool, typer.Option("--force", help="Write over a spec that is there.")] = False,
    specs: Specs = SPECS,
) -> None:
    """Make a source from samples: recognise, write spec, fixture and test, and show what would be loaded and held."""
    from equity.onboarding.new import NewSource, Sample, fetched, slug

    if family and family not in FAMILIES:
        raise typer.BadParameter(f"there is no family {family!r}; there are: {', '.join(FAMILIES)}")
    try:
        given = [fetched(s, token) if "://" in s else Sample(Path(s).name, Path(s).read_bytes(), None) for s in samples]
    except OSError as error:
        give_up(f"{error.filename or ''}: {error.strerror or error}")
    except ValueError as error:
        give_up(str(error))
    names = [part.strip() for part in partner_name.split(" / ")] if partner_name else []
    chosen = source_id or slug(names[-1] if names else "", [s.name for s in given])
    new = NewSource(
        chosen, names[0] if names else chosen, names[-1] if names else chosen, family or "unit", area or None, given,
        specs, record_type or None,
    )  # fmt: skip
    try:
        new.recognise()
    except DeclarationError as error:
        give_up(str(error))
    if dry_run:
        print(as_text(new.as_json())) if as_json else _show_columns(new.recognised)
        _show_refused(new.refused)
        if not new.recognised:
            raise typer.Exit(1)
        return
    if not new.recognised:
        _show_refused(new.refused)
        give_up("none of the samples could be read: nothing was written")
    try:
        written = new.write(force=force)
    except FileExistsError as error:
        give_up(f"{error.filename} is there already; choose another --id, or say --force to write over it")
    trials = new.trials()
    if as_json:
        print(as_text({**new.as_json(), "written": [str(p) for p in written], "trials": [t.as_json() for t in trials]}))
        return
    _show_columns(new.recognised)
    _show_refused(new.refused)
    for trial in trials:
        _show_trial(trial)
    print("\nwritten")
    for path in written:
        print(f"  {os.path.relpath(path)}")
    if new.doubts:
        print(f"\nplease look at ({len(new.doubts)}):")
        for doubt in new.doubts[:40]:
            print(f"  {doubt}")
    print(
        f"\nnext: read {os.path.relpath(written[0])}, then `equity source check {chosen}` and `equity source try {chosen} FILE`"
    )


@app.command("check")
def source_check(
    ids: Annotated[list[str] | None, typer.Argument(help="Sources; all when none is named.")] = None,
    as_json: AsJson = False,
    specs: Specs = SPECS,
) -> None:
    """Validate specs against record types, suites and code lists: every fault with file, key and mend."""
    from equity.onboarding.check import faults

    paths = [specs / f"{name.removesuffix('.yml')}.yml" for name in ids or ()] or sorted(specs.glob("*.yml"))
    if not paths:
        give_up(f"there are no specs in {specs}")
    found = [{"file": path.name, "fault": fault} for path in paths for fault in faults(path)]
    if as_json:
        print(as_text({"specs": [path.name for path in paths], "faults": found}))
    else:
        for fault in found:
            print(fault["fault"])
        good = len(paths) - len({fault["file"] for fault in found})
        print(f"{good} of {len(paths)} specs are in order")
    raise typer.Exit(1 if found else 0)


@app.command("try")
def source_try(
    source: Annotated[str, typer.Argument(help="The source's id.")],
    file: Annotated[Path, typer.Argument(help="A file as the partner would send it.", dir_okay=False)],
    as_json: AsJson = False,
    rows: Annotated[Path | None, typer.Option(help="Write one JSON line for every row received.")] = None,
    workbook: Annotated[Path | None, typer.Option(help="Write the correction workbook.")] = None,
    received: Annotated[str, typer.Option(help="The day that counts as received (2026-03-02); today without it.")] = "",
    specs: Specs = SPECS,
) -> None:
    """Dry run of one delivery: read, normalise, check; no Airflow, no database, nothing is kept."""
    from equity.delivery.trial import as_line, try_delivery

    spec = _spec(specs, source)
    try:
        day = datetime.fromisoformat(received) if received else datetime.now(BANGKOK)
        data = file.read_bytes()
    except ValueError:
        raise typer.BadParameter(f"{received!r} is no date; write it as 2026-03-02") from None
    except OSError as error:
        give_up(f"{file}: {error.strerror}")
    trial = try_delivery(spec, file.name, data, day if day.tzinfo else day.replace(hour=12, tzinfo=BANGKOK))
    if rows:
        with rows.open("wb") as out:
            for row in trial.rows():
                out.write(as_line(row))
    answer = trial.workbook() if workbook else None
    if workbook and answer:
        workbook.write_bytes(answer)
    if as_json:
        print(as_text(trial.as_json()))
    else:
        _show_trial(trial)
    raise typer.Exit(0 if trial.hold is None else 2)


@app.command("diff")
def source_diff(
    old: Annotated[Path, typer.Argument(help="An earlier delivery.", exists=True, dir_okay=False)],
    new: Annotated[Path, typer.Argument(help="A later one.", exists=True, dir_okay=False)],
    source: Annotated[str, typer.Option(help="The source whose spec is asked; found by the files when left out.")] = "",
    as_json: AsJson = False,
    specs: Specs = SPECS,
) -> None:
    """Say what changed between two deliveries of one source, and what that does to its spec."""
    from equity.onboarding.compare import compare

    spec = _spec(specs, source) if source else None
    told = compare(old.name, old.read_bytes(), new.name, new.read_bytes(), spec, read_sources(specs))
    print(as_text(told.as_json()) if as_json else told.as_text())


def _spec(specs: Path, name: str) -> Source:
    path = specs / f"{name.removesuffix('.yml')}.yml"
    if not path.exists():
        there = ", ".join(sorted(p.stem for p in specs.glob("*.yml"))) or "none"
        give_up(f"there is no source {name!r} in {specs}; there are: {there}")
    try:
        return read_source(path)
    except DeclarationError as error:
        give_up(str(error))


def _show_columns(recognised: Sequence[Recognised]) -> None:
    for table in recognised:
        found = table.found
        place = (
            found.path + (f" [{found.sheet}]" if found.sheet else "") + (f" ({found.repeat})" if found.repeat else "")
        )
        how = ", ".join(str(part) for part in (found.encoding, found.delimiter and repr(found.delimiter)) if part)
        print(f"\n{place}  {how}  header rows: {found.header_rows}  rows: {len(found.row_no)}")
        print(
            f"record type: {table.record_type}"
            + ("" if table.sure else f"  (not sure; or {', '.join(table.runners_up)})")
        )
        tell([
            {"column": c.source.replace("\n", " "), "field": ", ".join(c.fields) or "–", "sure": "yes" if c.sure else "no",
             "because": c.reason}
            for c in table.columns
        ], False)  # fmt: skip


def _show_refused(refused: Sequence[tuple[str, str, str]]) -> None:
    for name, th, en in refused:
        print(f"{name}: {en}\n  {th}", file=sys.stderr)


def _show_trial(trial: Trial) -> None:
    told: dict[str, Any] = trial.as_json()
    print(
        f"\n{told['file']}: {told['state']}"
        + ("" if told["name_fits_the_spec"] else "  (no table of the spec is declared for a file of this name)")
    )
    if told["reason"]:
        print(f"  {told['reason']['en']}\n  {told['reason']['th']}")
        return
    counts = ("received", "loaded", "held", "repeated", "superseded", "flagged")
    tell(
        [{"record type": t["record_type"], "sheet": t["place"], **{c: t[c] for c in counts}} for t in told["tables"]],
        False,
    )
    for table in told["tables"]:
        for header in table["unknown_columns"]:
            print(f"  unknown column: {header}")
        if table["columns_not_sent"]:
            print(f"  not sent: {', '.join(table['columns_not_sent'])}")
        tell([
            {"cell": ", ".join(r["cells"]), "what": r["code"], "weight": r["severity"], "rows": r["count"], "sentence": r["th"]}
            for r in table["reasons"] if r["severity"] != "info"
        ], False)  # fmt: skip
