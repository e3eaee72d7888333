"""Airflow's pools: one for each source, so that a slow partner takes its own places and nobody else's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from equity.sources.spec import Source


class Pool(TypedDict):
    """One pool, in the form of `airflow pools import`."""

    slots: int
    description: str
    include_deferred: bool


def pools(sources: Mapping[str, Source]) -> dict[str, Pool]:
    """The pools that the specs ask for, by name."""
    return {
        source.pool: Pool(
            slots=source.limits.at_once, description=f"as dags/sources/{name}.yml says", include_deferred=False
        )
        for name, source in sources.items()
    }
