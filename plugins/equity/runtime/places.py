"""Places on this machine for partners that have none yet: a folder to drop a sample into, and one for the answers.

A source that is fetched from a folder works at once on a laptop: unless somebody has said where its connection leads, it
leads to `<home>/partners/<source>/drop`, and that of its answers to `<home>/partners/<source>/outbox`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from pathlib import Path

from equity.sources.fetch import FolderAnswer, FolderFetch
from equity.sources.spec import Source

DROP, OUTBOX = "drop", "outbox"


def local_places(home: Path, sources: Mapping[str, Source], known: Collection[str]) -> dict[str, Path]:
    """The folders of connections that nobody has said anything of, by connection.

    Args:
        home: the state folder.
        sources: the specs.
        known: connections that are given already; those of the environment need not be named.

    """
    found: dict[str, Path] = {}
    for name, source in sources.items():
        for role, folder in ((source.fetch, DROP), (source.answer, OUTBOX)):
            if not isinstance(role, FolderFetch | FolderAnswer):
                continue
            given = role.connection in known or f"AIRFLOW_CONN_{role.connection.upper()}" in os.environ
            if not given:
                found.setdefault(role.connection, home / "partners" / name / folder)
    return found


def connections(places: Mapping[str, Path]) -> dict[str, str]:
    """The places as Airflow connections, as JSON by id."""
    return {name: json.dumps({"conn_type": "fs", "extra": {"path": str(path)}}) for name, path in places.items()}
