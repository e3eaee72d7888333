"""`equity source`: from a sample to a running source, dry runs, differences."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from equity.cli.talk import AsJson, as_text, give_up, tell
from equity.declarations import DeclarationError
from equity.settings import BANGKOK, SPECS, home
from equity.sources.spec import FAMILIES, Source, read_source, readable_sources

if TYPE_CHECKING:
    from equity.delivery.trial import Trial
    from equity.onboarding.new import Sample
    from equity.onboarding.recognise import Recognised

app = typer.Typer(no_args_is_help=True, help="Partner sources.")
Specs = Annotated[
    Path, typer.Option("--specs", help="Folder of the specs.", envvar="EQUITY_SPECS", show_default="dags/sources")
]
REPORT = 100  # columns of a report in a pipe or a file: it is read, where a list is searched


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
    """Write the catalog: who sends what, what is checked, and, once models were built, the views; dbt's page beside it."""
    from equity.publish import catalog
    from equity.warehouse.models import manifest

    for name, page in catalog.pages(readable_sources(specs)[0], manifest(home().work)).items():
        (out if name == catalog.NAME else out.with_name(name)).write_bytes(page)
    print(out)


@app.command("new")
def source_new(
    samples: Annotated[list[str], typer.Argument(help="Sample files, or the URL of an API.")],
    partner_name: Annotated[str, typer.Option(help="The partner's name, in Thai or `Thai / English`.")] = "",
    family: Annotated[
        str,
        typer.Option(help=f"What the partner is: {', '.join(FAMILIES)}; without it, what its name and titles say."),
    ] = "",
    source_id: Annotated[
        str, typer.Option("--id", help="Its id: 3 or more small letters, digits, _; made of the name without it.")
    ] = "",
    area: Annotated[str, typer.Option(help="Area code of the partner's office: 52, 5201 or 520101.")] = "",
    record_type: Annotated[str, typer.Option(help="The record type, where you know it (`equity record list`).")] = "",
    token: Annotated[str, typer.Option(help="Bearer token, for a URL.", envvar="EQUITY_SAMPLE_TOKEN")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what was recognised and write nothing.")] = False,
    as_json: AsJson = False,
    force: Annotated[bool, typer.Option("--force", help="Write over a spec that is there.")] = False,
    workbooks: Annotated[
        Path | None,
        typer.Option("--workbooks", help="A folder for the correction workbook of each sample.", file_okay=False),
    ] = None,
    specs: Specs = SPECS,
) -> None:
    """Make a source from samples: recognise columns, write spec and test, and show what would be loaded and held.

    Written are dags/sources/ID.yml, with a comment at everything that is not
    sure, and an anonymised fixture with the counts that a test holds the spec to
    (tests/sources/test_fixtures.py). Nobody of the sample is in either.

    Several samples make one source: files of several months, or of several
    record types.

    Exit codes: 0 written (with --dry-run: recognised), 1 it cannot be done,
    2 the command line is wrong.
    """  # fmt: skip
    from equity.onboarding.new import NewSource, slug

    _check_words(family, source_id, area, record_type)
    if not dry_run and not specs.is_dir():
        give_up(f"{specs}: there is no such folder; --specs names the folder of the specs")
    given = [_sample(sample, token) for sample in samples]
    names = [part.strip() for part in partner_name.split(" / ")] if partner_name else []
    chosen = source_id or slug(names[-1] if names else "", [s.name for s in given])
    new = NewSource(
        chosen, names[0] if names else chosen, names[-1] if names else chosen, family or None, area or None, given,
        specs, record_type or None,
    )  # fmt: skip
    new.recognise()
    _show_refused(new.refused)
    if not new.recognised:
        if as_json and dry_run:
            print(as_text(new.as_json()))
        give_up("none of the samples could be read: nothing was written")
    if dry_run:
        print(as_text(new.as_json())) if as_json else _show_columns(new.recognised)
        return
    try:
        written = new.write(force=force)
        trials = new.trials()
    except FileExistsError as error:
        give_up(f"{error.filename} is there already; choose another --id, or say --force to write over it")
    except DeclarationError as error:
        give_up(f"{specs / chosen}.yml was written and needs your hand before it can be tried:\n{error}")
    except OSError as error:
        give_up(f"{error.filename}: {error.strerror}")
    answers = _workbooks(trials, workbooks)
    if as_json:
        told = {
            "written": [str(p) for p in [*written, *answers]], "trials": [t.as_json() for t in trials],
            "look_at": new.doubts, "supposed": new.supposed,
        }  # fmt: skip
        print(as_text({**new.as_json(), **told}))
        return
    _show_columns(new.recognised)
    for line in new.supposed:
        print(f"\ntried as if the spec said `{line}`: this is MISSING in it, write what is so")
    for trial in trials:
        _show_trial(trial)
    print("\nwritten")
    for path in [*written, *answers]:
        print(f"  {os.path.relpath(path)}")
    if new.doubts:
        print(f"\nplease look at ({len(new.doubts)}):")
        place = ""
        for doubt in new.doubts[:40]:
            where, _, what = doubt.partition(": ")
            if where != place:
                print(f"  {where}")
            place = where
            print(f"    {what}")
    print(
        f"\nnext  read {os.path.relpath(written[0])}, correct what is NOT SURE\n"
        f"      equity source check {chosen}\n"
        f"      equity source try {chosen} FILE --workbook OUT.xlsx   once more, and what the partner would get\n"
        f"      equity source fixture {chosen}   the counts that its test expects, after you changed the spec"
    )


def _check_words(family: str, source_id: str, area: str, record_type: str) -> None:
    from equity.records import record_types

    if family and family not in FAMILIES:
        raise typer.BadParameter(f"there is no family {family!r}; there are: {', '.join(FAMILIES)}")
    if source_id and not re.fullmatch(r"[a-z][a-z0-9_]{2,50}", source_id):
        raise typer.BadParameter(f"{source_id!r} is no id: small letters, digits and _, 3 or more, a letter first")
    if area and not re.fullmatch(r"\d{2}(\d{2}(\d{2})?)?", area):
        raise typer.BadParameter(f"{area!r} is no area code: 2 digits province, 4 amphoe, 6 tambon")
    if record_type and record_type not in record_types():
        raise typer.BadParameter(f"there is no record type {record_type!r}; there are: {', '.join(record_types())}")


def _sample(said: str, token: str) -> Sample:
    from equity.onboarding.new import Sample, fetched

    if "://" not in said:
        return Sample(Path(said).name, _read(Path(said)), None)
    try:
        return fetched(said, token)
    except ValueError as error:
        give_up(str(error))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except IsADirectoryError:
        give_up(f"{file}: is a folder; name the files in it")
    except OSError as error:
        give_up(f"{file}: {error.strerror}")


def _write(file: Path, data: bytes) -> None:
    try:
        file.write_bytes(data)
    except OSError as error:
        give_up(f"{file}: {error.strerror}")


def _workbooks(trials: Sequence[Trial], folder: Path | None) -> list[Path]:
    """Write the correction workbook of each trial that has something to say."""
    written = []
    for trial in trials if folder else ():
        answer = trial.workbook()
        if folder and answer:
            folder.mkdir(parents=True, exist_ok=True)
            written.append(folder / f"{Path(trial.delivery.name).stem}.xlsx")
            _write(written[-1], answer)
    return written


@app.command("check")
def source_check(
    ids: Annotated[list[str] | None, typer.Argument(help="Sources; all when none is named.")] = None,
    as_json: AsJson = False,
    specs: Specs = SPECS,
) -> None:
    """Validate specs against record types, suites and code lists: every fault with file, key and mend.

    Exit codes: 0 all are in order, 1 there are faults.
    """
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
    file: Annotated[Path, typer.Argument(help="A file as the partner would send it.")],
    as_json: AsJson = False,
    rows: Annotated[
        Path | None, typer.Option(help="Write one JSON line for every row received.", dir_okay=False)
    ] = None,
    workbook: Annotated[
        Path | None, typer.Option(help="Write the correction workbook, if there is anything to say.", dir_okay=False)
    ] = None,
    received: Annotated[str, typer.Option(help="The day that counts as received (2026-03-02); today without it.")] = "",
    specs: Specs = SPECS,
) -> None:
    """Dry run of one delivery: read, normalise, check; no Airflow, no database, nothing is kept.

    Exit codes: 0 it would be loaded (rows may be held), 1 it cannot be tried,
    2 the command line is wrong, 3 it would be held or rejected as a whole.
    """  # fmt: skip
    from equity.delivery.trial import as_line, try_delivery

    spec, data = _spec(specs, source), _read(file)
    try:
        day = datetime.fromisoformat(received) if received else datetime.now(BANGKOK)
    except ValueError:
        raise typer.BadParameter(f"{received!r} is no date; write it as 2026-03-02") from None
    trial = try_delivery(spec, file.name, data, day if day.tzinfo else day.replace(hour=12, tzinfo=BANGKOK))
    if rows:
        try:
            with rows.open("wb") as lines:
                trial.tell_rows(lambda row: lines.write(as_line(row)))
        except OSError as error:
            give_up(f"{rows}: {error.strerror}")
    answer = trial.workbook() if workbook else None
    if workbook and answer:
        _write(workbook, answer)
    if as_json:
        print(as_text(trial.as_json()))
    else:
        _show_trial(trial)
    raise typer.Exit(0 if trial.hold is None else 3)


@app.command("fixture")
def source_fixture(
    source: Annotated[str, typer.Argument(help="The source's id.")],
    samples: Annotated[list[str] | None, typer.Argument(help="Samples, to invent its rows anew.")] = None,
    as_json: AsJson = False,
    specs: Specs = SPECS,
) -> None:
    """Take what the spec makes of its fixture now as what its test expects; says what that changes.

    With samples the fixture's rows are invented anew, by the spec as it is now: a
    column that the spec only reads since you changed it is empty in the old ones.

    Exit codes: 0 done, 1 there is no fixture.
    """
    from equity.onboarding.fixture import EXPECTED, expect, folder_of

    spec, folder = _spec(specs, source), folder_of(specs, source)
    if samples:
        _invent_anew(spec, samples, specs)
    if not (folder / EXPECTED).exists():
        give_up(f"{source} has no fixture in {os.path.relpath(folder)}; `equity source new` makes one from a sample")
    try:
        before, now = expect(folder, spec)
    except OSError as error:
        give_up(f"{error.filename}: {error.strerror}")
    if as_json:
        print(as_text({"before": before, "now": now}))
        return
    for name in now:
        print(
            name + (": as before" if before.get(name) == now[name] else f"\n  was  {before[name]}\n  now  {now[name]}")
        )
        if now[name]["tables"] and not any(table["loaded"] for table in now[name]["tables"]):
            print(
                "  nothing of it is loaded, so its test says little: where the spec reads other columns now,\n"
                f"  equity source fixture {source} SAMPLE  invents its rows anew"
            )


def _invent_anew(spec: Source, samples: Sequence[str], specs: Path) -> None:
    """Write a source's fixture again from samples, as its spec reads them now."""
    from equity.onboarding.new import NewSource

    name, types = spec.partner.name, {table.record_type for version in spec.versions for table in version.tables}
    new = NewSource(
        spec.source, name.th, name.en, spec.partner.family, spec.partner.area, [_sample(sample, "") for sample in samples],
        specs, types.pop() if len(types) == 1 else None,
    )  # fmt: skip
    new.recognise()
    _show_refused(new.refused)
    if not new.recognised:
        give_up("none of the samples could be read: the fixture is as it was")
    new.write_fixture()


@app.command("diff")
def source_diff(
    old: Annotated[Path, typer.Argument(help="An earlier delivery.")],
    new: Annotated[Path, typer.Argument(help="A later one.")],
    source: Annotated[str, typer.Option(help="The source whose spec is asked; found by the files when left out.")] = "",
    as_json: AsJson = False,
    specs: Specs = SPECS,
) -> None:
    """Say what changed between two deliveries of one source, and what that does to its spec.

    Exit codes: 0 it is told, whether anything changed or not; 1 it cannot be done.
    """
    from equity.onboarding.compare import compare

    spec = _spec(specs, source) if source else None
    told = compare(old.name, _read(old), new.name, _read(new), spec, readable_sources(specs)[0])
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
    except OSError as error:
        give_up(f"{path}: {error.strerror}")


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
        ], False, width=REPORT)  # fmt: skip


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
        width=REPORT,
    )
    for table in told["tables"]:
        for header in table["unknown_columns"]:
            print(f"  unknown column: {header}")
        if table["columns_not_sent"]:
            print(f"  not sent: {', '.join(table['columns_not_sent'])}")
        for other in table["tables_not_read"]:
            print(
                f"  another table, not read: header in row {other['row']}, {other['rows']} rows  {other['place']}".rstrip()
            )
        tell([
            {"cell": ", ".join(r["cells"]), "what": r["code"], "weight": r["severity"], "rows": r["count"], "sentence": r["th"]}
            for r in table["reasons"] if r["severity"] != "info"
        ], False, width=REPORT)  # fmt: skip
