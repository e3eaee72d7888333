"""The catalog: what partners send, what is checked, and which questions the warehouse answers, as one page.

It is made from specs, record types, suites and dbt's manifest, and says nothing of persons, addresses or connections: only
what is declared. The same declarations give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from equity.publish import dbt_docs, diagram
from equity.publish.manifest import core, joins, read, relations
from equity.records import RecordType, code_lists, record_types
from equity.settings import EXPECTATIONS
from equity.sources.spec import ANY_LINE, PARTS, Column, Source, Table

NAME = "catalog.html"
FAMILIES = {
    "unit": ("หน่วยพัฒนาอาชีพและการเรียนรู้", "Unit"),
    "abe_university": ("สถาบันอุดมศึกษา", "University"),
    "municipal_centre": ("ศูนย์การเรียนรู้ของเทศบาล", "Municipal centre"),
    "reference": ("ข้อมูลอ้างอิง", "Reference data"),
}
TRANSPORTS = {
    "folder": ("โฟลเดอร์", "Folder or object store"),
    "sftp": ("SFTP", "SFTP"),
    "http": ("ไฟล์บนเว็บ", "Files of a web server"),
    "rest": ("API", "API"),
    "kobo": ("KoboToolbox", "KoboToolbox"),
    "sql": ("ฐานข้อมูล", "Database"),
    "sheets": ("Google Sheets", "Google Sheets"),
    "mail": ("อีเมล", "E-mail"),
}
SENDS = {"everything": ("ส่งทั้งหมดทุกครั้ง", "everything each time"), "changes": ("ส่งเฉพาะที่เปลี่ยน", "what has changed")}
SEVERITIES = {
    "critical": ("แถวถูกกักไว้จนกว่าจะแก้", "the row waits until it is corrected"),
    "warning": ("รับเข้า และแจ้งผู้ส่ง", "loaded, and the sender is told"),
    "info": ("นับไว้", "counted"),
}
UNREADABLE = ("อ่านค่าไม่ได้", "The value cannot be read")
DOUBTFUL = ("อ่านได้แต่ควรตรวจ", "The value was read, but needs a look")
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Check:
    """One check of a suite, in words."""

    severity: str
    cells: tuple[str, ...]
    th: str
    en: str


@dataclass(frozen=True)
class Mapped:
    """Where one field of a table comes from: headers, or a fixed value."""

    field: str
    headers: tuple[str, ...]
    value: str | None = None


def pages(sources: Mapping[str, Source], manifest: Path) -> dict[str, bytes]:
    """The catalog, and dbt's page of the models where they were built already (their manifest is there), by name."""
    built = read(manifest)
    return {NAME: render(sources, built)} | ({dbt_docs.NAME: dbt_docs.render(built)} if built else {})


def render(sources: Mapping[str, Source], manifest: Mapping[str, Any] | None = None) -> bytes:
    """The catalog's page; without a manifest it says nothing of the warehouse."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shown = [(source, max(source.versions, key=lambda version: version.since)) for source in sources.values()]
    senders: dict[str, list[Source]] = {}
    for source, version in shown:
        for name in dict.fromkeys(table.record_type for table in version.tables):
            senders.setdefault(name, []).append(source)
    page = environment.get_template("catalog.html.j2").render(
        sources=shown, types=record_types(), senders=senders, codes=code_lists(), checks=checks, mapped=mapped,
        families=FAMILIES, transports=TRANSPORTS, sends=SENDS, severities=SEVERITIES,
        views=relations(manifest, "reporting") if manifest else [], diagram=_diagram(manifest) if manifest else "",
        models=dbt_docs.NAME,
    )  # fmt: skip
    return page.encode()


def _diagram(manifest: Mapping[str, Any]) -> Markup:
    tables = core(manifest)
    return Markup(diagram.svg(tables, joins(tables)))  # noqa: S704 - its words are escaped where they are written


def mapped(table: Table) -> list[Mapped]:
    """All fields that a table fills, with their headers, in the record type's order."""
    found = {name: Mapped(name, _headers(column), column.value) for name, column in table.fields.items()}
    for part, roles in table.part_headers().items():
        for field in PARTS[part]:
            found.setdefault(field, Mapped(field, tuple(roles.values())))
    return [found[name] for name in table.declared.fields if name in found]


def _headers(column: Column) -> tuple[str, ...]:
    return tuple(header for header in column.headers() if header != ANY_LINE)


def checks(declared: RecordType) -> list[Check]:
    """What is checked of a record type, the person block's checks first."""
    suites = ["blocks/person", declared.record_type] if declared.has_person_block else [declared.record_type]
    return [_check(expectation) for suite in suites for expectation in _expectations(suite)]


@cache
def _expectations(suite: str) -> list[dict[str, Any]]:
    file = EXPECTATIONS / f"{suite}.json"
    return list(json.loads(file.read_text("utf-8"))["expectations"]) if file.exists() else []


def _check(expectation: dict[str, Any]) -> Check:
    meta = expectation["meta"]
    own = DOUBTFUL if str(expectation["kwargs"].get("column", "")).endswith(".doubt") else UNREADABLE
    return Check(expectation["severity"], tuple(meta["cells"]), meta.get("th", own[0]), meta.get("en", own[1]))
