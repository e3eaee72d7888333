"""The JSON Schemas that editors complete from are those of the models, and every hand-written file names its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from equity.records.registry import HERE
from equity.schemas import schemas, text
from equity.settings import SPECS


@pytest.mark.parametrize("path", schemas(), ids=lambda path: path.name)
def test_schema_is_fresh(path: Path):
    assert path.read_text("utf-8") == text(schemas()[path]), "run `.venv/bin/python -m equity.schemas`"


@pytest.mark.parametrize(
    "path", [*SPECS.glob("*.yml"), *(HERE / "types").glob("*.yml"), HERE / "codes.yml"], ids=lambda p: p.name
)
def test_first_line_names_an_existing_schema(path: Path):
    first = path.read_text("utf-8").splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    assert (path.parent / first.split("=", 1)[1]).exists()
