"""The figures of the bulletin, as the public role reads them.

What the warehouse withholds arrives without numbers. A withheld row that carried some all the same, and whatever
would give a withheld number back (the count of a stage is the denominator of the next), is emptied here once more
before anything is drawn or written.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.rows import class_row

from equity.publish.corrections import Correction, Week
from equity.settings import PROJECT
from equity.warehouse.connect import connect

Row = TypeVar("Row")
_KNOWN_AT = re.compile(r"\.(\d{8}T\d{12})Z$")
_MISSING = (errors.UndefinedTable, errors.InvalidSchemaName, errors.InsufficientPrivilege)


class PublishError(RuntimeError):
    """Nothing can be published; the message says why and what to do."""


@dataclass(frozen=True)
class Figure:
    """One row of reporting.bulletin_indicator. Numbers are None where they are withheld or not known."""

    indicator_id: str
    name_th: str
    measure: str
    measure_th: str
    is_headline: bool
    sort_no: int
    area_code: str
    area_name_th: str
    dimension: str
    member: str
    member_th: str
    member_position: int
    unit: str
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    interval_low: Decimal | None
    interval_high: Decimal | None
    suppressed: bool
    good_direction: str | None
    note_th: str | None
    as_of: date
    figure_id: str

    @property
    def known_at(self) -> datetime | None:
        """Up to when knowledge went; the last part of the figure's id."""
        found = _KNOWN_AT.search(self.figure_id)
        return datetime.strptime(found[1], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC) if found else None

    @property
    def shown(self) -> Decimal | None:
        """The value as it is drawn: a rate anew from its two numbers, as the stored one is rounded already."""
        if self.unit == "percent" and self.value is not None and self.numerator is not None and self.denominator:
            return 100 * self.numerator / self.denominator
        return self.value

    @property
    def label(self) -> str:
        """The member's name; a fund's goes by `source/name`, of which people read the name."""
        return self.member_th.rpartition("/")[2] if self.dimension == "fund" else self.member_th


@dataclass(frozen=True)
class Amphoe:
    """One row of reporting.bulletin_area: a tile of the map."""

    area_code: str
    name_th: str
    sort_key_th: str
    tile_column: int
    tile_row: int


@dataclass(frozen=True)
class Health:
    """One row of reporting.bulletin_health: a partner's latest night."""

    source: str
    partner_name_th: str
    night: date
    deliveries: int
    deliveries_held: int
    rows_received: int
    rows_loaded: int
    rows_unchanged: int
    rows_repeated: int
    rows_quarantined: int
    accepted_percent: Decimal | None
    freshness_days: int | None
    promised_days: Decimal | None
    is_late: bool | None
    identity_match_percent: Decimal | None


@dataclass(frozen=True)
class Definition:
    """What an indicator counts."""

    indicator_id: str
    version: str
    name_th: str
    numerator_th: str
    denominator_th: str
    rule_th: str


_DEFINED = tuple(Definition.__dataclass_fields__)


@dataclass(frozen=True)
class Figures:
    """All that one bulletin is made from."""

    rows: Sequence[Figure]
    amphoe: Sequence[Amphoe]
    health: Sequence[Health]
    definitions: Sequence[Definition]
    corrections: Sequence[Correction] = ()
    weeks: Sequence[Week] = ()

    @cached_property
    def province(self) -> Figure:
        """Any row of the province: the area with the shortest code."""
        return min(self.rows, key=lambda row: len(row.area_code))

    @cached_property
    def as_of(self) -> date:
        """The day that the figures are about."""
        return max(row.as_of for row in self.rows)

    @cached_property
    def known_at(self) -> datetime | None:
        """Up to when knowledge went."""
        return max((row.known_at for row in self.rows if row.known_at), default=None)

    def one(self, measure: str, dimension: str = "all", member: str = "all") -> Figure | None:
        """The province's figure of a measure."""
        return next((row for row in self.by(measure, dimension) if row.member == member), None)

    def by(self, measure: str, dimension: str) -> list[Figure]:
        """The province's figures of a measure, broken down."""
        code = self.province.area_code
        return [r for r in self.rows if r.measure == measure and r.dimension == dimension and r.area_code == code]

    def by_amphoe(self, measure: str, dimension: str = "all", member: str = "all") -> dict[str, Figure]:
        """The figures of a measure by the code of the amphoe."""
        wanted = (measure, dimension, member)
        chosen = (r for r in self.rows if (r.measure, r.dimension, r.member) == wanted)
        return {row.area_code: row for row in chosen if row.area_code != self.province.area_code}

    def dimensions(self, measure: str) -> list[str]:
        """By what the province's figures of a measure are broken down."""
        code = self.province.area_code
        found = (r.dimension for r in self.rows if r.measure == measure and r.area_code == code)
        return [dimension for dimension in dict.fromkeys(found) if dimension != "all"]


def read(database: str) -> Figures:
    """Read the figures, all as of one moment.

    Raises:
        PublishError: the warehouse has no figures yet, or the role may not read them.

    """
    try:
        with connect(database) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            rows = _all(
                connection, Figure, "bulletin_indicator", "sort_no, area_code, dimension, member_position, member"
            )
            amphoe = _all(connection, Amphoe, "bulletin_area", "sort_key_th")
            health = _all(connection, Health, "bulletin_health", "source")
            corrections = _all(
                connection, Correction, "bulletin_correction", "source, record_type, open desc, kind_position"
            )
            weeks = _all(connection, Week, "bulletin_correction_week", "source, week_no")
    except _MISSING as error:
        raise PublishError(
            f"the warehouse has no figures that this role can read: {error.diag.message_primary}"
        ) from error
    return figures_of(rows, amphoe, health, corrections, weeks)


def figures_of(
    rows: Iterable[Figure],
    amphoe: Sequence[Amphoe],
    health: Sequence[Health],
    corrections: Sequence[Correction] = (),
    weeks: Sequence[Week] = (),
) -> Figures:
    """Put figures together, withheld numbers emptied; raises PublishError when there are none."""
    safe = concealed(rows)
    if not safe:
        raise PublishError("the warehouse has no figures yet: run a night, and dbt in it, before publishing")
    shown = {row.indicator_id for row in safe}
    definitions = [d for d in _definitions() if d.indicator_id in shown]
    return Figures(safe, amphoe, health, definitions, corrections, weeks)


def concealed(rows: Iterable[Figure]) -> list[Figure]:
    """Empty every withheld row, and the share of a stage whose stage before is withheld."""
    nothing: dict[str, Any] = {"denominator": None, "value": None, "interval_low": None, "interval_high": None}
    safe = [replace(row, numerator=None, note_th=None, **nothing) if row.suppressed else row for row in rows]
    stages: dict[tuple[str, str], list[int]] = {}
    for position, row in enumerate(safe):
        if row.dimension == "case_stage":
            stages.setdefault((row.measure, row.area_code), []).append(position)
    for places in stages.values():
        places.sort(key=lambda position: safe[position].member_position)
        for before, after in pairwise(places):
            if safe[before].suppressed:
                safe[after] = replace(safe[after], **nothing)
    return safe


def _all(connection: psycopg.Connection, kind: type[Row], view: str, order: str) -> list[Row]:
    columns = ", ".join(kind.__dataclass_fields__)  # type: ignore[attr-defined]
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(f"select {columns} from reporting.{view} order by {order}").fetchall()


def _definitions() -> list[Definition]:
    # the seed that dbt loads; the public role sees the figures only
    with (PROJECT / "dbt_project" / "seeds" / "indicator_definition.csv").open(encoding="utf-8", newline="") as stream:
        return [
            Definition(**{name: row[name] for name in Definition.__dataclass_fields__})
            for row in csv.DictReader(stream)
        ]
