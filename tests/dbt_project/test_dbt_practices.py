"""What the field's public rules for dbt projects ask (dbt Labs' project evaluator), read from the manifest.

Each waiver has its reason. What a rule asks and another test holds already is not asked again: descriptions, contracts,
primary keys of tables and which layer may read which are in test_dbt_declarations.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from dbt_warehouse import Dbt

NAMES = {
    "staging": r"stg_\w+",
    "identity": r"(bridge|changed)_\w+",
    "core": r"(dim|fct|bridge|changed)_\w+|\w+_spell",
    "indicators": r"i\d\d_\w+|indicator_\w+",
    "reporting": r"(?!stg_|dim_|fct_|bridge_)\w+",
}
NAMED_OTHERWISE = {
    "person_history": "the versions of dim_person, no event and no dimension of its own",
}
# A model that reads a source and other models at once. Our own operations and reference tables are held to their shape by
# migrations and tests, and each has one reader: a staging view before each would cost the night and add nothing.
JOINS_A_SOURCE = {
    "dim_area": "the declared areas, with their places in the tile map (a seed)",
    "dim_code": "a union of lists, the declared ones among them; nothing is joined",
    "fct_ticket": "tickets, with the kinds of their codes (a seed)",
    "data_health": "nights on which nothing came are known to operations alone",
    "partner_feedback": "what is in quarantine is counted, its content seen by nobody",
}
# What changed since the last whole build is found in the rows themselves, deletions among them, which staging leaves out.
CHANGED = ("changed_delivery", "changed_person", "changed_record", "changed_pupil", "changed_by_day")
JOINS_A_SOURCE |= {name: "what changed since the last whole build" for name in CHANGED if name != "changed_delivery"}
SEVERAL_SOURCES = {
    "bridge_person": "memberships, and the merges of the persons they name: one step of linkage wrote both",
    "fct_delivery": "a delivery and its counts by record type: heading and lines of one thing",
    "dim_code": "as above",
    "partner_feedback": "as above",
    "changed_delivery": "what is loaded, and what of it was built",
    "changed_person": "as above",
    "changed_record": "as above",
    "changed_by_day": "the day of the last build, and the projects that changed since",
}


@pytest.fixture(scope="module")
def project(dbt: Dbt) -> dict[str, Any]:
    return dbt.manifest()


def models(project: dict[str, Any]) -> list[dict[str, Any]]:
    found = [node for node in project["nodes"].values() if node["resource_type"] == "model"]
    assert len(found) > 90
    return found


def sources_of(node: dict[str, Any]) -> set[str]:
    return {parent for parent in node["depends_on"]["nodes"] if parent.startswith("source.")}


def test_models_are_named_by_their_layer(project: dict[str, Any]) -> None:
    wrong = {node["name"] for node in models(project) if not re.fullmatch(NAMES[node["schema"]], node["name"])}
    assert wrong == set(NAMED_OTHERWISE)


def test_a_source_has_one_reader(project: dict[str, Any]) -> None:
    """No fan-out of sources: whoever else needs one reads the model that reads it."""
    readers = Counter(source for node in models(project) if node["name"] not in CHANGED for source in sources_of(node))
    assert {source for source, count in readers.items() if count > 1} == set()


def test_sources_are_joined_with_models_only_where_a_reason_is_given(project: dict[str, Any]) -> None:
    joining = {
        node["name"]
        for node in models(project)
        if sources_of(node) and sources_of(node) != set(node["depends_on"]["nodes"])
    }
    assert joining == set(JOINS_A_SOURCE)


def test_sources_are_joined_with_each_other_only_where_a_reason_is_given(project: dict[str, Any]) -> None:
    assert {node["name"] for node in models(project) if len(sources_of(node)) > 1} == set(SEVERAL_SOURCES)


def test_every_staging_view_says_its_key_and_stands_on_one_source_alone(project: dict[str, Any]) -> None:
    for node in models(project):
        if node["schema"] == "staging":
            assert "Key: record_key, known_from" in node["description"], node["name"]
            assert node["depends_on"]["nodes"] == [f"source.lampang_equity.raw.{node['name'].removeprefix('stg_')}"]


def test_no_relation_is_written_by_its_name(project: dict[str, Any]) -> None:
    schemas = "raw|ops|link|quarantine|reference|" + "|".join(NAMES)
    for node in models(project):
        assert not re.search(rf"\b(from|join)\s+({schemas})\.\w", node["raw_code"], re.I), node["name"]


def test_nothing_is_modelled_for_nobody(project: dict[str, Any]) -> None:
    """Every model below reporting is read by another; every source that is declared is read."""
    read = {parent for node in project["nodes"].values() for parent in node["depends_on"].get("nodes", [])}
    idle = {node["name"] for node in models(project) if node["schema"] != "reporting" and node["unique_id"] not in read}
    assert idle == set()
    unread = {source["name"] for key, source in project["sources"].items() if key not in read}
    assert unread == set()


def test_two_source_entries_never_mean_one_table(project: dict[str, Any]) -> None:
    tables = Counter((source["schema"], source["identifier"]) for source in project["sources"].values())
    assert max(tables.values()) == 1


def test_waivers_say_why() -> None:
    for waivers in (NAMED_OTHERWISE, JOINS_A_SOURCE, SEVERAL_SOURCES):
        assert all(len(reason) > 7 for reason in waivers.values())
