"""What dbt's last run left of the warehouse: its tables and views with their words, keys and how one joins another.

Joins follow from the contracts: a column that bears the name of another table's key joins it. Only where a name says more
than the key (an amphoe is an area) or the key is a record's own (an activity) is it said here; a test holds all of it
against a filled warehouse.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# columns that join a table by another name than that of its key
CALLED = {
    "tambon_code": "dim_area", "amphoe_code": "dim_area", "province_code": "province_region",
    "activity_key": "fct_activity", "group_key": "fct_community_group", "partner_person_key": "bridge_person",
}  # fmt: skip
# what a partner's own reference, or an area beyond the province, names may not be there
MAY_BE_MISSING = {"activity_key", "group_key", "project_key", "space_key", "area_code"}


@dataclass(frozen=True)
class Words:
    """A description in both languages."""

    th: str
    en: str


@dataclass(frozen=True)
class Column:
    """One column under contract."""

    name: str
    type: str
    words: Words


@dataclass(frozen=True)
class Relation:
    """One table or view of the warehouse."""

    name: str
    schema: str
    words: Words
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    meta: Mapping[str, Any]

    @property
    def has_function(self) -> bool:
        """Whether it can be asked as of any closing day."""
        return self.schema == "reporting" and "as_of" not in self.meta


@dataclass(frozen=True)
class Join:
    """A column of one table that names a row of another."""

    child: str
    column: str
    parent: str

    @property
    def is_certain(self) -> bool:
        """Whether the row that is named is always there."""
        return self.column not in MAY_BE_MISSING


def read(file: Path) -> dict[str, Any] | None:
    """What dbt left, its manifest; None when nothing was built yet."""
    return json.loads(file.read_text("utf-8")) if file.exists() else None


def relations(manifest: Mapping[str, Any], *schemas: str) -> list[Relation]:
    """Models and seeds of some schemas, by name."""
    nodes = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed") and node["schema"] in schemas
    ]
    return [_relation(node) for node in sorted(nodes, key=lambda node: str(node["name"]))]


def core(manifest: Mapping[str, Any]) -> list[Relation]:
    """The tables of core; not what a night notes down for itself, which is empty when it ends (`changed_…`)."""
    return [table for table in relations(manifest, "core", "identity") if not table.name.startswith("changed_")]


def joins(tables: list[Relation]) -> list[Join]:
    """How the tables join one another."""
    by_key = {table.key[0]: table.name for table in tables if table.name.startswith("dim_") and len(table.key) == 1}
    there = {table.name for table in tables}
    homes = by_key | {column: name for column, name in CALLED.items() if name in there}
    return [
        Join(table.name, column.name, homes[column.name])
        for table in tables
        for column in table.columns
        if column.name in homes and homes[column.name] != table.name
    ]


def _relation(node: Mapping[str, Any]) -> Relation:
    keys = [held["columns"] for held in node.get("constraints") or [] if held["type"] == "primary_key"]
    meta = node["config"].get("meta") or {}
    key = keys[0] if keys else [name.strip() for name in str(meta.get("key", "")).split(",") if name.strip()]
    columns = tuple(
        Column(name, said.get("data_type") or "", _words(said["description"])) for name, said in node["columns"].items()
    )
    return Relation(node["name"], node["schema"], _words(node["description"]), columns, tuple(key), meta)


def _words(description: str) -> Words:
    th, _, en = description.partition(" / ")
    return Words(" ".join(th.split()), " ".join(en.split()))
