"""`equity record`: the canonical record types, and everything that a new one needs."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from equity.cli.talk import AsJson, as_text, give_up, tell
from equity.declarations import DeclarationError, Label
from equity.records import code_lists, record_type, record_types

app = typer.Typer(no_args_is_help=True, help="Record types: what partners' rows become.")


@app.command("list")
def record_list(as_json: AsJson = False) -> None:
    """List the record types."""
    rows = [
        {
            "record_type": name, "th": declared.label.th, "en": declared.label.en, "grain": declared.grain,
            "key": list(declared.key), "fields": len(declared.fields),
        }
        for name, declared in record_types().items()
    ]  # fmt: skip
    tell(rows, as_json)


@app.command("show")
def record_show(
    name: Annotated[str, typer.Argument(help="One record type (`equity record list`).")], as_json: AsJson = False
) -> None:
    """Show a record type's fields: what a spec can feed, what is needed, and the codes that a coded field takes."""
    try:
        declared = record_type(name)
    except DeclarationError as error:
        give_up(str(error))
    rows = [
        {
            "field": field, "type": said.type, "needed": "key" if field in declared.key else "yes" if said.required else "",
            "unit": said.unit or said.of or "", "th": said.label.th, "en": said.label.en, "privacy": said.privacy,
            "codes": list(code_lists()[said.codes]) if said.codes else [],
        }
        for field, said in declared.fields.items()
    ]  # fmt: skip
    if as_json:
        told = {"record_type": name, "label": declared.label.model_dump(), "grain": declared.grain}
        print(as_text({**told, "key": list(declared.key), "fields": rows}))
        return
    print(f"{name}: {declared.label.th} / {declared.label.en}\none row is {declared.grain}\n")
    tell(rows, False)


@app.command("new")
def record_new(
    name: Annotated[str, typer.Argument(help="Its name: small letters, digits, _; one of them, as in home_visit.")],
    label_th: Annotated[str, typer.Option(help="What it is called in Thai.")],
    label_en: Annotated[str, typer.Option(help="What it is called in English.")],
    grain: Annotated[str, typer.Option(help="What one row is: one visit to one household on one day.")],
    key: Annotated[str, typer.Option(help="The fields that make a row the same row, with commas.")],
    field: Annotated[
        list[str],
        typer.Option(
            help="name:type[:required][:unit, code list or record type][:privacy][=ไทย/English]; several times."
        ),
    ],
    person: Annotated[bool, typer.Option("--person", help="It brings names and identifiers of a person.")] = False,
    person_ref: Annotated[
        bool, typer.Option("--person-ref", help="It is about a person by the partner's reference alone.")
    ] = False,
    order: Annotated[
        list[str] | None, typer.Option(help="Two dates, the first never after the second: started_on,ended_on.")
    ] = None,
) -> None:
    """Make a record type: declaration, suite, migration, staging model, the row of its test, its line in the docs."""
    from equity.scaffold.new import NewType, unnamed

    pairs = [tuple(part.strip() for part in said.split(",")) for said in order or ()]
    if wrong := [pair for pair in pairs if len(pair) != 2]:
        raise typer.BadParameter(f"--order {','.join(wrong[0])}: name two dates: started_on,ended_on")
    try:
        new = NewType(
            name, Label(th=label_th, en=label_en), grain, tuple(part.strip() for part in key.split(",")), tuple(field),
            "person" if person else "person_ref" if person_ref else None,
            tuple((first, then) for first, then in pairs),
        )  # fmt: skip
    except DeclarationError as error:
        give_up(str(error))
    print("written")
    for path in new.write():
        print(f"  {os.path.relpath(path)}")
    for lacking in unnamed([new.declared]):
        print(f"please write the Thai words of {lacking}")
    print("\nnext: read the suite and add what only people know; a table in the specs of those who send it; then")
    print("`equity record check` and `make test`. What core makes of it is yours to say.")


@app.command("derive")
def record_derive() -> None:
    """Write what follows from the declarations: dbt's staging models and contracts, the list in the docs."""
    from equity.scaffold import derived

    changed = derived.write()
    for path in changed:
        print(os.path.relpath(path))
    print(f"{len(changed)} files written")


@app.command("check")
def record_check(
    name: Annotated[str | None, typer.Argument(help="One record type; all when none is named.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say where declarations, suites, migrations and models do not agree; no database is needed."""
    from equity.scaffold.check import faults

    found = faults(name)
    if as_json:
        print(as_text({"faults": found}))
    else:
        for fault in found:
            print(fault)
        if not found:
            print(f"{name or f'{len(record_types())} record types'}: in order")
    if found:
        raise typer.Exit(1)
