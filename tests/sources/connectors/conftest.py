"""An HTTP server to be scripted, and pauses that are written down instead of waited."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from connector_places import Api

from equity.sources.connectors import mail, sftp, sql, web


@pytest.fixture
def api() -> Iterator[Api]:
    made = Api()
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits between two tries are written down instead of waited."""
    waited: list[float] = []
    for patient in (web._ask, sftp._connect, sql._connected, mail._opened, mail._smtp):
        monkeypatch.setattr(patient.retry, "sleep", waited.append)  # type: ignore[attr-defined]
    return waited
