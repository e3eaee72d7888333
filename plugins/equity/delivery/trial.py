"""A dry run of one delivery: read, normalised and checked as at night, with no database; nothing of it is kept.

What is told says everything in clear: it is the engineer's own file on the engineer's own machine.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import PurePath
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from equity.delivery.digests import digests, first_halves
from equity.delivery.examine import BROKEN, REJECTED, Examined, Sink, examine
from equity.delivery.holds import sentence
from equity.delivery.normalise import Rows
from equity.delivery.reasons import Finding, Reason
from equity.delivery.register import Counts, Delivery
from equity.delivery.returned import returned
from equity.delivery.workbook import TableToCorrect, correction_workbook
from equity.sources.readers import Beside, Block, OpenTable, Unreadable, open_delivery
from equity.sources.spec import Source, Table

LOADED, HELD, REPEATED, SUPERSEDED = STATUSES = "loaded", "held", "repeated", "superseded"
SORTED = 1_000_000  # rows whose keys are sorted at once


@dataclass
class TriedTable:
    """What would become of one table."""

    record_type: str
    place: str
    unknown_columns: list[str]
    columns_not_sent: list[str]
    beside: list[Beside] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    flagged: int = 0
    reasons: Counter[Reason] = field(default_factory=Counter)

    @property
    def received(self) -> int:
        """All rows that the table has."""
        return sum(self.statuses.values())

    def as_json(self) -> dict[str, Any]:
        """Counts and reasons for programs."""
        return {
            "record_type": self.record_type, "place": self.place, "received": self.received,
            **{status: self.statuses[status] for status in (LOADED, HELD, REPEATED, SUPERSEDED)},
            "flagged": self.flagged, "unknown_columns": self.unknown_columns,
            "columns_not_sent": self.columns_not_sent, "tables_not_read": [asdict(other) for other in self.beside],
            "reasons": [
                {"cells": list(r.cells), "code": r.code, "severity": r.severity, "count": count, "th": r.th, "en": r.en}
                for r, count in self.reasons.most_common()
            ],
        }  # fmt: skip


@dataclass
class Trial:
    """What would become of a delivery."""

    source: Source
    delivery: Delivery
    data: bytes
    declared: list[Table]
    name_fits: bool
    tables: list[TriedTable] = field(default_factory=list)
    to_correct: list[TableToCorrect] = field(default_factory=list)
    hold: Unreadable | None = None
    _statuses: list[np.ndarray] = field(default_factory=list)

    @property
    def state(self) -> str:
        """`loaded`, or `held` or `rejected` as a whole."""
        if self.hold is None:
            return LOADED
        return "rejected" if self.hold.code in REJECTED else HELD

    def as_json(self) -> dict[str, Any]:
        """Everything but the rows."""
        hold = self.hold
        reason = hold and {
            "code": hold.code, "th": sentence(hold.code, hold.detail), "en": sentence(hold.code, hold.detail, "en"),
            "detail": hold.detail,
        }  # fmt: skip
        totals: Counter[str] = Counter()
        for table in self.tables:
            totals.update(table.statuses)
        return {
            "source": self.source.source, "file": self.delivery.name, "name_fits_the_spec": self.name_fits,
            "state": self.state, "reason": reason, "received": sum(totals.values()),
            **{status: totals[status] for status in (LOADED, HELD, REPEATED, SUPERSEDED)},
            "tables": [table.as_json() for table in self.tables],
        }  # fmt: skip

    def workbook(self) -> bytes | None:
        """The correction workbook that the partner would get; None when there is nothing to say."""
        counts = [
            Counts(t.record_type, t.received, t.statuses[LOADED] + t.statuses[SUPERSEDED], 0, t.statuses[REPEATED],
                   t.statuses[HELD], t.flagged, 0, postponed=False, snapshot=False)
            for t in self.tables
        ]  # fmt: skip
        return correction_workbook(self.source, self.delivery, self.to_correct, counts)

    def rows(self) -> Iterator[dict[str, Any]]:
        """All that `tell_rows` tells, at once."""
        told: list[dict[str, Any]] = []
        self.tell_rows(told.append)
        return iter(told)

    def tell_rows(self, tell: Callable[[dict[str, Any]], object]) -> None:
        """Tell one object a row received, in the file's order: `_status`, `_record_type`, `_row`, `_flags`, `_reasons`, fields.

        The file is read once more and a block at a time, so that a file of any length can be told.
        """
        if self.hold is not None:
            return
        statuses = iter(self._statuses)

        def sink_for(opened: OpenTable) -> Sink:
            status, position = next(statuses), 0

            def take(rows: Rows, findings: list[Finding], block: Block) -> None:
                nonlocal position
                for line in _lines(opened, rows, findings, block, status[position : position + len(rows)]):
                    tell(line)
                position += len(rows)

            return take

        for examined in examine(self.source, self.delivery, self.data, sink_for, self.declared):
            for number, _ in examined.opened.broken:
                tell({
                    "_status": HELD, "_record_type": examined.opened.spec.record_type, "_row": number, "_flags": [],
                    "_reasons": [_told(BROKEN)],
                })  # fmt: skip


def try_delivery(source: Source, name: str, data: bytes, received_at: datetime) -> Trial:
    """Take one file through reading, normalising and checking under the rules of the day.

    Args:
        source: the spec.
        name: the file's name, or the path that was pulled; where the spec declares no table for it, all of its tables
            are looked for.
        data: its bytes.
        received_at: the instant that counts as received (rules with a since-date, ages, dates in the future).

    """
    name = PurePath(name).name if not source.tables_for(name, received_at.date()) else name
    version = source.version(received_at.date())
    declared = source.tables_of(name, version)
    fits = bool(declared) or (not source.fetch.pulled and returned(data) is not None)
    if not fits:
        declared = _tables_within(data, name, list(version.tables), source, received_at.date())
    delivery = Delivery(
        0, "ทดลอง", source.source, name, hashlib.sha256(data).digest(), "", received_at.date(), received_at, None,
        "landed", None, None, None,
    )  # fmt: skip
    trial = Trial(source, delivery, data, declared, fits)
    keys: list[_Keys] = []

    def sink_for(opened: OpenTable) -> Sink:
        keys.append(_Keys(opened.spec))
        return keys[-1].add

    try:
        for examined in examine(source, delivery, data, sink_for, declared):
            _take(trial, examined, keys[-1])
    except Unreadable as error:
        trial.hold = error
        trial.delivery = _held(delivery, error)
        trial.tables, trial.to_correct = [], []
    return trial


def _tables_within(data: bytes, name: str, tables: list[Table], source: Source, day: date) -> list[Table]:
    """Those of the spec's tables whose headers the file has; all of them when none can be told apart."""
    found: list[tuple[float, Table]] = []
    for table in tables:
        try:
            for opened in open_delivery(data, name, [table], source.version(day)):
                lacking = len(opened.lacking())
                found.append((1 - lacking / max(1, len(table.fields) + len(table.parts)), table))
        except Unreadable:
            continue
    best = max((share for share, _ in found), default=0)
    chosen = [table for share, table in found if share > 0.5 or share == best]
    return chosen or tables


def _held(delivery: Delivery, hold: Unreadable) -> Delivery:
    from dataclasses import replace

    state = "rejected" if hold.code in REJECTED else HELD
    return replace(delivery, state=state, hold_code=hold.code, hold_detail=hold.detail)


def _take(trial: Trial, examined: Examined, keys: _Keys) -> None:
    opened = examined.opened
    status = keys.statuses()
    table = TriedTable(opened.spec.record_type, opened.place, opened.unknown(), opened.lacking(), opened.beside)
    table.statuses.update(dict(zip(STATUSES, np.bincount(status, minlength=len(STATUSES)).tolist(), strict=True)))
    table.statuses[HELD] += len(opened.broken)
    table.flagged = keys.flagged
    table.reasons = Counter({**examined.to_correct.reasons, **keys.infos})
    trial.tables.append(table)
    trial.to_correct.append(examined.to_correct)
    trial._statuses.append(status)


class _Keys:
    """What tells which rows of a table repeat and which are superseded: of each row 64 bits of its key and its content."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.flagged = 0
        self.infos: Counter[Reason] = Counter()
        self._held: list[np.ndarray] = []
        self._keys: list[np.ndarray] = []
        self._contents: list[np.ndarray] = []

    def add(self, rows: Rows, findings: list[Finding], block: Block) -> None:
        del block
        critical, warned = np.zeros(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
        for finding in findings:
            if finding.reason.severity == "critical":
                critical[finding.rows] = True
            elif finding.reason.severity == "warning":
                warned[finding.rows] = True
            else:
                self.infos[finding.reason] += len(finding.rows)
        self.flagged += int((warned & ~critical).sum())
        self._held.append(critical)
        self._keys.append(_digested([rows.columns[name] for name in self.table.declared.key]))
        self._contents.append(_digested(list(rows.columns.values())))

    def statuses(self) -> np.ndarray:
        """For each row the place of its status in `STATUSES`."""
        if not self._held:
            return np.zeros(0, dtype=np.uint8)
        held, keys, contents = (np.concatenate(parts) for parts in (self._held, self._keys, self._contents))
        status = np.where(held, STATUSES.index(HELD), STATUSES.index(LOADED)).astype(np.uint8)
        parts = len(keys) // SORTED + 1
        for part in range(parts):  # all rows of a key are in one part
            rows = np.flatnonzero(~held & (keys % np.uint64(parts) == part))
            rows = rows[np.argsort(keys[rows], kind="stable")]
            again = (keys[rows[1:]] == keys[rows[:-1]]) & (contents[rows[1:]] == contents[rows[:-1]])
            status[rows[1:][again]] = STATUSES.index(REPEATED)
            kept = np.delete(rows, np.flatnonzero(again) + 1)
            status[kept[:-1][keys[kept[1:]] == keys[kept[:-1]]]] = STATUSES.index(SUPERSEDED)
        return status


def _digested(columns: list[pa.Array | pa.Scalar]) -> np.ndarray:
    return first_halves(digests(columns, b"")).copy()


def _lines(
    opened: OpenTable, rows: Rows, findings: list[Finding], block: Block, status: np.ndarray
) -> Iterator[dict[str, Any]]:
    reasons: dict[int, list[dict[str, Any]]] = {}
    flags: dict[int, list[str]] = {}
    for finding in findings:
        for position in finding.rows.tolist():
            reasons.setdefault(position, []).append(_told(finding.reason))
            if finding.reason.severity == "warning":
                flags.setdefault(position, []).extend(finding.reason.cells[:1])
    fields = opened.spec.declared.fields
    names = [name for name in rows.columns if "." not in name]
    columns = [_in_clear(rows.columns[name], name in fields and fields[name].type == "code_set") for name in names]
    for i, (number, values) in enumerate(zip(rows.row_no.tolist(), zip(*columns, strict=True), strict=True)):
        yield {
            "_status": STATUSES[status[i]], "_record_type": opened.spec.record_type,
            "_row": number if block.pages is None else ":".join(map(str, block.pages[i])), "_sheet": block.place,
            "_flags": list(dict.fromkeys(flags.get(i, []))), "_reasons": reasons.get(i, []),
            **dict(zip(names, values, strict=True)),
        }  # fmt: skip


def _in_clear(column: pa.Array, is_set: bool) -> list[Any]:
    values: list[Any] = column.to_pylist()
    if is_set:
        return [None if value is None else [code for code in value.strip("{}").split(",") if code] for value in values]
    if pa.types.is_date32(column.type):
        return [None if value is None else value.isoformat() for value in values]
    if pa.types.is_floating(column.type):
        return [int(v) if v is not None and v.is_integer() else v for v in values]
    return values


def _told(reason: Reason) -> dict[str, Any]:
    return {
        "code": reason.code, "severity": reason.severity, "cells": list(reason.cells), "th": reason.th, "en": reason.en,
    }  # fmt: skip


def as_line(row: dict[str, Any]) -> bytes:
    """One row as a line of JSON."""
    return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
