"""Tables of a partner with the errors planted in them, and the deliveries that carry them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from equity.demo.people import Person, Row

WARNINGS = frozenset(
    {
        "national_id.checksum_other",
        "phone.unreadable",
        "place.unknown",
        "place.contradiction",
        "baseline_monthly_income.out_of_range",
        "name_prefix.against_sex",
        "name_prefix.child_title",
        "disbursed_baht.over_budget",
        "grantees_trained_on.before_in_delivery_on",
        "lessons_recorded_on.before_self_reliant_on",
        "left_school.against_never_enrolled",
    }
)
CRITICAL_CODES = frozenset(
    {"sex", "kind", "case_stage", "passed", "level", "service_kind", "programme", "residence_kind", "round"}
)
PERSON_TYPES = frozenset(
    {
        *("participant", "fund_member", "learner_screening", "case_event", "community_trainer"),
        *("school_roster", "out_of_school_baseline"),
    }
)

Maker = Callable[[np.random.Generator, Row], dict[str, Any] | None]


def severity(field_name: str, code: str) -> str:
    """Return whether an error holds its row (critical) or only tells the sender (warning)."""
    if code in WARNINGS:
        return "warning"
    if code in ("code.unknown", "boolean.unknown") and field_name not in CRITICAL_CODES:
        return "warning"
    return "critical"


@dataclass(frozen=True)
class Kind:
    """One way in which a row can be wrong: the field and reason code, and how the cells are then written.

    `alone` keeps it from being combined with a second error, as its proof needs the rest of the row.
    """

    field: str
    code: str
    make: Maker
    alone: bool = False


@dataclass(frozen=True)
class Fault:
    """One planted error: cells (by header) as they are wrongly written."""

    field: str
    code: str
    cells: dict[str, Any]

    @property
    def severity(self) -> str:
        """Critical or warning, in lower case."""
        return severity(self.field, self.code)


@dataclass(frozen=True)
class Line:
    """A row as delivered."""

    row: Row
    faults: tuple[Fault, ...] = ()
    repeat: bool = False

    @property
    def critical(self) -> bool:
        """Whether the platform must hold the row."""
        return any(fault.severity == "critical" for fault in self.faults)

    def cells(self) -> Row:
        """Return the cells with the errors in them."""
        if not self.faults:
            return self.row
        merged = dict(self.row)
        for fault in self.faults:
            merged.update(fault.cells)
        return merged


@dataclass
class Table:
    """Rows of one record type: clean cells by header (keys with `_` are notes), errors by row index, repeats."""

    record_type: str
    rows: list[Row]
    faults: dict[int, tuple[Fault, ...]] = field(default_factory=dict)
    repeats: frozenset[int] = frozenset()

    def lines(self) -> list[Line]:
        """Return the rows as delivered; a repeated row stands directly below its first appearance."""
        out = []
        for at, row in enumerate(self.rows):
            out.append(Line(row, self.faults.get(at, ())))
            if at in self.repeats:
                out.append(Line(row, repeat=True))
        return out


def columns(record_type: str, **named: Iterable[Any]) -> Table:
    """Make a table from columns given as keyword arguments."""
    return table(record_type, named)


def table(record_type: str, named: dict[str, Iterable[Any]]) -> Table:
    """Make a table from columns by header; all columns must be of one length."""
    headers = list(named)
    return Table(record_type, [dict(zip(headers, cells, strict=True)) for cells in zip(*named.values(), strict=True)])


def plant(
    rng: np.random.Generator,
    into: Table,
    kinds: Sequence[Kind],
    *,
    share: float = 0.045,
    least: int = 1,
    spared: Callable[[Row], bool] | None = None,
) -> Table:
    """Plant errors in a share of the rows (each kind once where there is room); repeat 0.3 % of others."""
    free = [at for at, row in enumerate(into.rows) if spared is None or not spared(row)]
    wanted = min(len(free), max(least, round(len(into.rows) * share)))
    order = [free[at] for at in rng.permutation(len(free)).tolist()]
    faults: dict[int, tuple[Fault, ...]] = {}
    pending = [kinds[at] for at in rng.permutation(len(kinds)).tolist()]
    for at in order:
        if len(faults) >= wanted:
            break
        row = into.rows[at]
        tries = [*pending[:12], *(kinds[k] for k in rng.integers(len(kinds), size=6).tolist())]
        for kind in tries:
            cells = kind.make(rng, row)
            if cells is None:
                continue
            found = [Fault(kind.field, kind.code, cells)]
            if kind in pending:
                pending.remove(kind)
            if not kind.alone and rng.random() < 0.05:
                second = kinds[int(rng.integers(len(kinds)))]
                more = None if second.alone or second.field == kind.field else second.make(rng, row)
                if more and not set(more) & set(cells):
                    found.append(Fault(second.field, second.code, more))
            faults[at] = tuple(found)
            break
    rest = [at for at in free if at not in faults]
    again = rng.permutation(len(rest))[: round(len(into.rows) * 0.003)].tolist()
    into.faults, into.repeats = faults, frozenset(rest[at] for at in again)
    return into


def corrected(rng: np.random.Generator, faults: dict[int, tuple[Fault, ...]]) -> dict[int, tuple[Fault, ...]]:
    """Return what is still wrong after the sender has corrected 80 % of the wrong rows."""
    return {at: found for at, found in faults.items() if rng.random() >= 0.8}


def person_of(row: Row) -> Person:
    """Return the person a row is about."""
    person: Person = row["_person"]
    return person


@dataclass
class Part:
    """One table of a delivery with the row number of each of its lines."""

    record_type: str
    lines: list[Line]
    numbers: list[int]
    deletions: list[str] = field(default_factory=list)


@dataclass
class Delivery:
    """What a partner sends at once: a file (name, bytes when asked) or a REST pull of one path."""

    source: str
    name: str
    parts: list[Part]
    render: Callable[[], bytes]
    place: str = ""
    held: str = ""
    same_as: str = ""


@dataclass(frozen=True)
class Manner:
    """How a partner writes text files, and where it puts them."""

    place: str
    encoding: str
    delimiter: str = ","


def csv_delivery(
    source: str, name: str, lines: list[Line], record_type: str, headers: Sequence[str], manner: Manner, **more: Any
) -> Delivery:
    """Make a text file of columns; row numbers are line numbers with the header as line 1."""

    def render() -> bytes:
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=manner.delimiter, lineterminator="\r\n")
        writer.writerow(headers)
        writer.writerows([cells[h] for h in headers] for cells in (line.cells() for line in lines))
        return text.getvalue().encode(manner.encoding)

    deletions = more.pop("deletions", [])
    part = Part(record_type, lines, list(range(2, len(lines) + 2)), deletions)
    return Delivery(source, name, [part], render, manner.place, **more)
