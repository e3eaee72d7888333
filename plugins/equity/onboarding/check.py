"""Whether a spec, its record types, suites and code lists agree; every fault with file, key and mend."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from equity.declarations import DeclarationError
from equity.settings import EXPECTATIONS
from equity.sources.spec import PARTS, Source, Table, read_source


def faults(path: Path) -> list[str]:
    """All faults of one spec, each as `file: key: what is wrong and what to do`; empty when it is in order."""
    try:
        source = read_source(path)
    except DeclarationError as error:
        return str(error).splitlines()
    except OSError as error:
        return [f"{path.name}: {error.strerror}; `equity source list` names those that there are"]
    return [f"{path.name}: {fault}" for fault in [*_of_versions(source), *_of_tables(source), *_of_suites(source)]]


def _of_versions(source: Source) -> Iterator[str]:
    days = [version.since for version in source.versions]
    for i, day in enumerate(days):
        if days.count(day) > 1:
            yield f"versions.{i}.since: {day} stands twice; each version begins on a day of its own"
    if days and min(days) > date.today():
        yield f"versions: the first begins on {min(days)}, in the future; deliveries before it are read by its rules"


def _of_tables(source: Source) -> Iterator[str]:
    for v, version in enumerate(source.versions):
        for t, table in enumerate(version.tables):
            where = f"versions.{v}.tables.{t}"
            if source.fetch.by == "rest" and not table.path:
                yield f"{where}.path: a pull needs the path of its endpoint; write path: /v1/…"
            for header, fields in _fed(table).items():
                if header in table.ignore:
                    yield f"{where}.ignore: {header!r} is also read for {', '.join(fields)}; take it out of one of them"
            for name, column in table.fields.items():
                if "?" in column.header:
                    label = table.declared.fields[name].label
                    yield f"{where}.fields.{name}: say where {label.th} ({label.en}) comes from: a header, a value, above"


def _fed(table: Table) -> dict[str, list[str]]:
    fed: dict[str, list[str]] = {}
    for name, column in table.fields.items():
        for header in column.headers():
            fed.setdefault(header, []).append(name)
    for part, roles in table.part_headers().items():
        for header in roles.values():
            fed.setdefault(header, []).append(part)
    return fed


def _of_suites(source: Source) -> Iterator[str]:
    """A source's own suite speaks only of record types and fields that the source sends."""
    path = EXPECTATIONS / "sources" / f"{source.source}.json"
    if not path.exists():
        return
    sent: dict[str, set[str]] = {}
    for version in source.versions:
        for table in version.tables:
            parts = {field for part in table.parts for field in PARTS[part]}
            sent.setdefault(table.record_type, set()).update(table.fields, parts)
    for i, expectation in enumerate(json.loads(path.read_text("utf-8")).get("expectations", [])):
        meta, kwargs = expectation.get("meta", {}), expectation.get("kwargs", {})
        for record_type in meta.get("record_types", []):
            if record_type not in sent:
                yield f"suite expectations.{i}: {record_type} is not sent by this source; correct meta.record_types"
                continue
            for key in ("column", "column_A", "column_B"):
                column = str(kwargs.get(key, "")).partition(".")[0]
                if column and column not in sent[record_type]:
                    yield f"suite expectations.{i}.{key}: {column} is not sent in {record_type}; correct it or the spec"
