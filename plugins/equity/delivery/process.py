"""One delivery from the landing store to the warehouse and back to its sender. Each step commits or leaves no trace."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pyarrow.compute as pc

from equity.delivery import landing, register
from equity.delivery.checks import Finding, Reason, Suite
from equity.delivery.discover import Place
from equity.delivery.load import Loader
from equity.delivery.normalise import Normaliser, Rows, origins
from equity.delivery.problems import PROBLEMS
from equity.delivery.register import Counts, Delivery
from equity.delivery.workbook import TableToCorrect, correction_workbook, workbook_name
from equity.privacy.keys import Keys
from equity.settings import BANGKOK
from equity.sources.connectors import Connector
from equity.sources.readers import Block, OpenTable, Unreadable, open_delivery
from equity.sources.spec import Source
from equity.warehouse.connect import connect

log = logging.getLogger(__name__)
FLIP_SHARE, FLIP_CELLS = 0.5, 10
REJECTED = {
    "empty_file",
    "unreadable_workbook",
    "unreadable_text",
    "unknown_encoding",
    "unreadable_json",
    "unknown_format",
}


def process(place: Place, source: Source, delivery_id: int, outbox: Connector | None) -> Delivery:
    """Take one delivery through the steps that it still has to go; a second call finds nothing to do."""
    with connect(place.database) as connection:
        delivery = register.get(connection, delivery_id)
    if delivery.answered_at is not None:
        return delivery
    data = landing.fetch(place.landing, delivery.landing_path, place.keys.landing)
    tables: list[TableToCorrect] = []
    counts: list[Counts] = []
    if delivery.state == "landed":
        try:
            with connect(place.database) as connection:
                if register.lock(connection, delivery_id) != "landed":
                    return process(place, source, delivery_id, outbox)
                tables, counts = _load(connection, place.keys, source, delivery, data)
        except Unreadable as hold:
            state = "rejected" if hold.code in REJECTED else "held"
            with connect(place.database) as connection:
                register.held(connection, delivery_id, hold.code, hold.detail, state)
            tables, counts = [], []
        with connect(place.database) as connection:
            delivery = register.get(connection, delivery_id)
    elif delivery.state == "loaded":  # a run that was killed between loading and answering: find the rows again
        with connect(place.database) as connection:
            counts = register.counts(connection, delivery_id)
        tables = [examined.to_correct for examined in examine(source, delivery, data)]
    answer = correction_workbook(source, delivery, tables, counts)
    told = None
    if answer is not None and outbox is not None:
        told = outbox.deliver(workbook_name(delivery), answer, delivery.reference)
    with connect(place.database) as connection:
        register.answered(connection, delivery_id, told)
        return register.get(connection, delivery_id)


@dataclass
class Examined:
    """One table of a delivery after reading, normalising and checking all of its blocks."""

    opened: OpenTable
    to_correct: TableToCorrect
    findings: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)


BROKEN = Reason("row.broken", "critical", (), PROBLEMS["row.broken"].th, PROBLEMS["row.broken"].en)
Sink = Callable[[Rows, list[Finding], Block], None]


def examine(
    source: Source, delivery: Delivery, data: bytes, sink_for: Callable[[OpenTable], Sink] | None = None
) -> Iterator[Examined]:
    """Read, normalise and check a delivery, table by table; each block also goes to the table's sink.

    Raises:
        Unreadable: when the delivery, or a table of it, is to be held.

    """
    received_on = delivery.received_at.astimezone(BANGKOK).date()
    version = source.version(received_on)
    for opened in open_delivery(data, delivery.name, source, version):
        _require_columns(opened, source)
        declared = opened.spec.declared
        to_correct = TableToCorrect(
            declared.record_type, opened.place if source.fetch.by != "rest" else "", opened.headers,
            origins(opened.spec, opened.headers),
        )  # fmt: skip
        examined = Examined(opened, to_correct)
        normalise = Normaliser(opened.spec, received_on)
        sink = sink_for(opened) if sink_for else None
        suite: Suite | None = None
        for block in _ahead(opened.blocks):
            rows = normalise(block)
            if suite is None:
                delivered = {
                    *rows.columns,
                    *(f"{f}.problem" for f in rows.problems),
                    *(f"{f}.doubt" for f in rows.doubts),
                }
                suite = Suite(declared, source.source, received_on, delivered)
            findings = suite.findings(rows)
            _tally(examined, rows, findings)
            to_correct.add(findings, block)
            if sink:
                sink(rows, findings, block)
        to_correct.add_broken(opened.broken, BROKEN)
        if opened.broken:
            examined.findings["", BROKEN.code, BROKEN.severity] += len(opened.broken)
        _refuse_changed_types(examined)
        yield examined


def _ahead(blocks: Iterator[Block]) -> Iterator[Block]:
    """The same blocks, the next one being read while this one is worked on."""
    with ThreadPoolExecutor(max_workers=1) as reader:
        coming = reader.submit(next, blocks, None)
        while (block := coming.result()) is not None:
            coming = reader.submit(next, blocks, None)
            yield block


def _load(
    connection: psycopg.Connection, keys: Keys, source: Source, delivery: Delivery, data: bytes
) -> tuple[list[TableToCorrect], list[Counts]]:
    loaders: list[Loader] = []

    def sink_for(opened: OpenTable) -> Sink:
        loaders.append(Loader(connection, keys, delivery, opened.spec))
        return loaders[-1].add

    tables: list[TableToCorrect] = []
    counts: list[Counts] = []
    findings: dict[tuple[str, str, str, str], int] = {}
    notes: dict[str, Any] = {}
    try:
        for examined in examine(source, delivery, data, sink_for):
            loader = loaders[-1]
            reason = {"code": BROKEN.code, "severity": BROKEN.severity, "cells": []}
            loader.add_broken(examined.opened.broken, reason)
            _refuse_collapse(connection, source, examined.opened, loader.received)
            counts.append(loader.finish())
            tables.append(examined.to_correct)
            name = examined.opened.spec.record_type
            findings |= {(name, *key): cells for key, cells in examined.findings.items()}
            if unknown := examined.opened.unknown():
                notes.setdefault("unknown_columns", {})[name] = unknown
            if lacking := examined.opened.lacking():
                notes.setdefault("columns_not_sent", {})[name] = lacking
    finally:
        for loader in loaders:
            loader.close()
    day = delivery.received_at.astimezone(BANGKOK).date()
    if absent := {t.record_type for t in source.tables_for(delivery.name, day)} - {c.record_type for c in counts}:
        notes["tables_not_found"] = sorted(absent)
    register.loaded(connection, delivery, counts, findings, notes)
    return tables, counts


def _tally(examined: Examined, rows: Rows, findings: list[Finding]) -> None:
    for finding in findings:
        reason = finding.reason
        examined.findings[reason.cells[0] if reason.cells else "", reason.code, reason.severity] += len(finding.rows)
    for name, problems in rows.problems.items():
        unread = len(problems) - problems.null_count
        examined.unread[name] += unread
        both = pc.and_(pc.is_valid(problems), pc.is_valid(rows.columns[name])) if unread else None
        overlap = pc.sum(both).as_py() or 0 if both is not None else 0
        examined.filled[name] += unread + len(rows.columns[name]) - rows.columns[name].null_count - overlap


def _require_columns(opened: OpenTable, source: Source) -> None:
    """A required column that is not there holds the delivery; in JSON a key that no item has is an empty column."""
    if source.fetch.by == "rest":
        return
    declared = opened.spec.declared
    needed = {*declared.key, *(name for name, f in declared.fields.items() if f.required), "full_name"}
    lacking = [name for name in opened.lacking() if name in needed]
    if lacking:
        headers = [h for n in lacking for h in (opened.spec.fields[n].header if n in opened.spec.fields else (n,))]
        raise Unreadable("missing_column", place=opened.place or opened.spec.record_type, columns=headers)


def _refuse_changed_types(examined: Examined) -> None:
    """A typed column most of whose cells cannot be read is another column than agreed."""
    fields = examined.opened.spec.declared.fields
    for name, unread in examined.unread.items():
        typed = fields[name].type in ("date", "number", "integer", "boolean", "national_id")
        if typed and examined.filled[name] >= FLIP_CELLS and unread / examined.filled[name] > FLIP_SHARE:
            headers = list(examined.to_correct.origins.get(name, ())) or [name]
            share = round(100 * unread / examined.filled[name])
            raise Unreadable("type_changed", columns=headers, share=share)


def _refuse_collapse(connection: psycopg.Connection, source: Source, opened: OpenTable, rows: int) -> None:
    """A snapshot that shrank below the share that the spec allows is not believed."""
    guard = opened.spec.hold_if_rows_fall_below
    if guard is None or opened.spec.sends != "everything":
        return
    found = connection.execute(
        """select t.rows_received from ops.delivery_table t join ops.delivery d using (delivery_id)
        where d.source = %s and t.record_type = %s and d.state = 'loaded' order by d.delivery_id desc limit 1""",
        [source.source, opened.spec.record_type],
    ).fetchone()
    if found and rows < guard * found[0]:
        raise Unreadable("rows_collapsed", rows=rows, before=found[0], place=opened.place)
