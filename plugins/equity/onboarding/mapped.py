"""One column of a sample and what it feeds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Mapped:
    """One column and what it feeds."""

    source: str
    fields: list[str]
    sure: bool
    reason: str
    part: str | None = (
        None  # full_name, address, or how several columns make one field: join, ticked, credit, debit, above
    )
    target: str | None = None  # the field that a joined, ticked or signed column feeds
    ignored: bool = False
