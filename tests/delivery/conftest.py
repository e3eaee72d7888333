"""A desk for each test that asks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from delivery_desk import PARTICIPANT, Desk, DeskMaker

from equity.runtime.services import Installation


@pytest.fixture
def make_desk(warehouse: Installation, tmp_path: Path) -> DeskMaker:
    """Desks of one test, each a source of its own."""
    made: list[Desk] = []

    def make(*tables: dict[str, Any], by: str = "folder") -> Desk:
        made.append(Desk(warehouse, tmp_path / f"desk {len(made)}", *tables, by=by))
        return made[-1]

    return make


@pytest.fixture
def desk(make_desk: DeskMaker) -> Desk:
    """A partner who sends participants (everything) and learning spaces (changes)."""
    return make_desk()


@pytest.fixture
def full_desk(make_desk: DeskMaker) -> Desk:
    """A partner who sends participants with all identifiers."""
    return make_desk(PARTICIPANT)
