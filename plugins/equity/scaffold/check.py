"""Whether a record type, its suite, its migration and what is derived from it agree; needs no database."""

from __future__ import annotations

import json
from collections.abc import Iterator

from equity.declarations import DeclarationError
from equity.records import RecordType, record_types
from equity.scaffold import derived, suite
from equity.scaffold.fields import TO_NAME
from equity.scaffold.migration import VERSIONS
from equity.scaffold.new import unnamed
from equity.settings import EXPECTATIONS, PROJECT


def faults(name: str | None = None) -> list[str]:
    """All faults, each as `file: what is wrong and what to do`; of one record type or of all."""
    try:
        types = record_types()
    except DeclarationError as error:
        return str(error).splitlines()
    chosen = [declared for declared in types.values() if name in (None, declared.record_type)]
    if not chosen:
        return [f"there is no record type {name!r}; there are: {', '.join(types)}"]
    found = [fault for declared in chosen for fault in (*_of_suite(declared), *_of_migration(declared))]
    found += [f"{field}: its Thai words are still to be written" for field in unnamed(chosen)]
    if name is None:
        found += [
            f"{path.relative_to(PROJECT)}: is not as the record types say; run `equity record derive`"
            for path in derived.stale()
        ]
    return found


def _of_suite(declared: RecordType) -> Iterator[str]:
    file = EXPECTATIONS / f"{declared.record_type}.json"
    if not file.exists():
        yield f"{file.name}: is not there; every record type has a suite"
        return
    checks = json.loads(file.read_text("utf-8"))["expectations"]
    for check in checks:
        if TO_NAME in check["meta"].get("th", ""):
            yield f"{file.name}: {check['meta']['code']}: its Thai words are still to be written"
        for cell in check["meta"]["cells"]:
            if cell not in declared.fields:
                yield f"{file.name}: {check['type']}: {declared.record_type} has no field {cell}"
    there = {(check["type"], check["kwargs"].get("column")) for check in checks}
    for wanted in suite.expectations(declared):
        column = wanted["kwargs"]["column"]
        # what is allowed as a value is for people to say; that a cell is missing or unread is never passed over
        follows = wanted["type"] in ("expect_column_values_to_not_be_null", "expect_column_values_to_be_null")
        if follows and (wanted["type"], column) not in there:
            yield f"{file.name}: {wanted['type']} of {column} is missing: nobody would be told"


def _of_migration(declared: RecordType) -> Iterator[str]:
    table = f"create table raw.{declared.record_type} ("
    if not any(table in path.read_text("utf-8") for path in VERSIONS.glob("*.py")):
        yield f"{declared.record_type}: no migration makes raw.{declared.record_type}"
