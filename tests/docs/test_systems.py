"""docs/systems.md names every record type, core model and reporting view, in rows that hang together, and nothing else."""

from __future__ import annotations

import re

from docs_pages import between, names

from equity.records import record_types
from equity.settings import PROJECT

MODELS = PROJECT / "dbt_project" / "models"
SYSTEMS = [[words, *map(names, cells)] for words, *cells in between("docs/systems.md", "systems")]


def column(number: int) -> set[str]:
    return set().union(*(row[number] for row in SYSTEMS))


def models(*layers: str) -> set[str]:
    return {path.stem for layer in layers for path in (MODELS / layer).glob("*.sql")}


THERE = models("staging", "identity", "core", "indicators", "reporting")


def reads(model: str) -> set[str]:
    """The models that one model is made of, down to staging: by its references, written out or from a list of names."""
    found: set[str] = set()
    new = {model}
    while new:
        found |= new
        texts = [path.read_text("utf-8") for name in new for path in MODELS.glob(f"*/{name}.sql")]
        quoted = [(text, set(re.findall(r'"(\w+)"', text))) for text in texts]
        new = {name for _, words in quoted for name in words if name in THERE}
        new |= {f"stg_{name}" for text, words in quoted if '"stg_"' in text for name in words if f"stg_{name}" in THERE}
        new -= found
    return found


def test_every_system_is_named_in_both_languages() -> None:
    assert len(SYSTEMS) > 20
    assert len({words for words, *_ in SYSTEMS}) == len(SYSTEMS)
    for words, _, core, views in SYSTEMS:
        assert core and views, words
        assert words == "Food Bank" or (re.search("[\u0e00-\u0e7f]", words) and " · " in words), words


def test_every_record_type_has_its_system() -> None:
    assert column(1) == set(record_types())


def test_every_core_model_has_its_system() -> None:
    # what changed since the last build is means of building, and no system's
    assert column(2) == {name for name in models("core", "identity") if not name.startswith("changed_")}


def test_every_reporting_view_has_its_system() -> None:
    assert column(3) == models("reporting")


def test_the_models_of_a_system_stand_on_its_record_types() -> None:
    """What a row names as its record types is what its core models are made of, down to staging."""
    for words, types, core, _ in SYSTEMS:
        made_of = set().union(*(reads(model) for model in core))
        assert {f"stg_{name}" for name in types} <= made_of, words


def test_the_views_of_a_system_are_made_of_its_models() -> None:
    for words, _, core, views in SYSTEMS:
        for view in views - {"data_dictionary"}:
            assert reads(view) & core, f"{words}: {view}"
