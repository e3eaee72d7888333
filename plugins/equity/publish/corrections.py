"""What partners are asked to look at, as the public role reads it: counts of cells, by kind, by age and by week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Correction:
    """One row of reporting.bulletin_correction: a kind of ticket in one record type of a partner."""

    source: str
    record_type: str
    record_type_th: str | None
    kind: str
    kind_position: int
    kind_th: str
    open: int
    open_critical: int
    open_warning: int
    corrected: int
    accepted: int
    withdrawn: int
    open_to_7_days: int
    open_8_to_30_days: int
    open_31_to_90_days: int
    open_over_90_days: int
    oldest_opened_on: date | None


@dataclass(frozen=True)
class Week:
    """One row of reporting.bulletin_correction_week: seven days of a partner, the last of eight ending on the day of the figures."""

    source: str
    week_no: int
    week_start: date
    week_end: date
    opened: int
    corrected: int
    accepted: int
    withdrawn: int
    open_at_end: int

    @property
    def settled(self) -> int:
        """What is no longer waiting."""
        return self.corrected + self.accepted + self.withdrawn
