"""One delivery from the landing store to the warehouse and back to its sender. Each step commits or leaves no trace."""

from __future__ import annotations

import logging
from dataclasses import asdict, replace
from typing import Any

import psycopg

from equity.delivery import landing, register
from equity.delivery.decisions import is_waived
from equity.delivery.examine import BROKEN, REJECTED, Sink, ahead, examine
from equity.delivery.landing import Place
from equity.delivery.load import Loader
from equity.delivery.normalise import origins
from equity.delivery.register import Counts, Delivery, added
from equity.delivery.returned import returned
from equity.delivery.tickets import still_asked
from equity.delivery.unchanged import ReadWhole, Unchanged, forget, keep, unchanged_in
from equity.delivery.workbook import TableToCorrect, correction_workbook, workbook_name
from equity.settings import BANGKOK
from equity.sources.connectors import Outbox
from equity.sources.readers import OpenTable, Unreadable
from equity.sources.spec import Source
from equity.warehouse.connect import connect
from equity.warehouse.epochs import Overtaken, end_load, next_moment

log = logging.getLogger(__name__)


def process(place: Place, source: Source, delivery_id: int, outbox: Outbox | None) -> Delivery:
    """Take one delivery through the steps that it still has to go; a second call finds nothing to do.

    What the source sent before of the same records is taken first: of two lists the later one must be loaded last.
    """
    with connect(place.database) as connection:
        delivery = register.get(connection, delivery_id)
        unfinished = register.unfinished(connection, source.source) if delivery.state == "landed" else []
    if delivery.answered_at is not None:
        return delivery
    for earlier in unfinished:
        if (
            earlier.delivery_id < delivery_id
            and earlier.state == "landed"
            and _share_records(source, earlier, delivery)
        ):
            process(place, source, earlier.delivery_id, outbox)
    data = landing.fetch(place.landing, delivery.landing_path, place.keys.landing)
    tables: list[TableToCorrect] = []
    counts: list[Counts] = []
    if delivery.state == "landed":
        try:
            with connect(place.database) as connection:
                if register.lock(connection, delivery_id) != "landed":  # another worker was at it, and answers
                    return register.get(connection, delivery_id)
                if delivery.dated is None:
                    delivery = replace(delivery, dated=next_moment(connection, delivery.known_from))
                tables, counts, lists = _load(connection, place, source, delivery, data)
                end_load(connection, delivery.known_from)
            for opened, unchanged in lists:
                keep(place.made, place.keys, source, delivery, opened, unchanged)
        except ReadWhole:
            forget(place.made, source)
            return process(place, source, delivery_id, outbox)
        except Overtaken:
            return process(place, source, delivery_id, outbox)
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
            asked = still_asked(connection, place.keys, delivery)
            tables = [examined.to_correct for examined in examine(source, delivery, data, asked)]
        in_order = [table.record_type for table in tables]
        counts.sort(key=lambda c: in_order.index(c.record_type))
    answer = correction_workbook(source, delivery, tables, counts)
    told = None
    if answer is not None and outbox is not None:
        told = outbox.deliver(workbook_name(delivery), answer, delivery.reference)
    with connect(place.database) as connection:
        register.answered(connection, delivery_id, told)
        return register.get(connection, delivery_id)


def _share_records(source: Source, one: Delivery, other: Delivery) -> bool:
    """Whether two deliveries may bring the same records; of what no table asks for (a workbook sent back) any."""
    first, second = (
        {t.record_type for t in source.tables_for(each.name, each.received_at.astimezone(BANGKOK).date())}
        for each in (one, other)
    )
    return not first or not second or bool(first & second)


def _load(
    connection: psycopg.Connection, place: Place, source: Source, delivery: Delivery, data: bytes
) -> tuple[list[TableToCorrect], list[Counts], list[tuple[OpenTable, Unchanged]]]:
    loaders: list[Loader] = []
    lists: list[tuple[OpenTable, Unchanged]] = []

    def sink_for(opened: OpenTable) -> Sink:
        unchanged = unchanged_in(connection, place.made, place.keys, source, delivery, opened)
        if unchanged is not None:
            lists.append((opened, unchanged))
            opened.blocks = unchanged.without(ahead(opened.blocks))
            opened.left_out = unchanged.filled
        where = origins(opened.spec, opened.headers)
        loaders.append(Loader(connection, place.keys, delivery, opened.spec, where, unchanged))
        return loaders[-1].add

    tables: list[TableToCorrect] = []
    counts: list[Counts] = []
    findings: dict[tuple[str, str, str, str], int] = {}
    notes: dict[str, Any] = {}
    try:
        for examined in examine(source, delivery, data, sink_for):
            loader = loaders[-1]
            loader.add_broken(examined.opened.broken, BROKEN)
            _refuse_overtaken(connection, delivery, examined.opened)
            if not is_waived(delivery.waived, "rows_collapsed"):
                _refuse_collapse(connection, source, examined.opened, loader.received)
            counts = added(counts, loader.finish())
            tables.append(examined.to_correct)
            name = examined.opened.spec.record_type
            for key, cells in examined.findings.items():
                findings[name, *key] = findings.get((name, *key), 0) + cells
            if unknown := examined.opened.unknown():
                notes.setdefault("unknown_columns", {})[name] = unknown
            if lacking := examined.opened.lacking():
                notes.setdefault("columns_not_sent", {})[name] = lacking
            if beside := examined.opened.beside:
                notes.setdefault("tables_not_read", []).extend(asdict(other) for other in beside)
    finally:
        for loader in loaders:
            loader.close()
    day = delivery.received_at.astimezone(BANGKOK).date()
    asked = source.tables_for(delivery.name, day) if source.fetch.pulled or not returned(data) else []
    if absent := {t.record_type for t in asked} - {c.record_type for c in counts}:
        notes["tables_not_found"] = sorted(absent)
    register.loaded(connection, delivery, counts, findings, notes)
    certain = {c.record_type for c in counts if c.snapshot and not c.postponed}
    return tables, counts, [each for each in lists if each[0].spec.record_type in certain]


def _refuse_overtaken(connection: psycopg.Connection, delivery: Delivery, opened: OpenTable) -> None:
    """A released list waits no longer when a newer one was loaded before its turn came."""
    if delivery.taken_up_at is None or opened.spec.sends != "everything":
        return
    newer = connection.execute(
        """select d.reference from ops.delivery_table t join ops.delivery d using (delivery_id)
        where d.source = %s and t.record_type = %s and d.state = 'loaded' and d.delivery_id > %s
        order by d.delivery_id desc limit 1""",
        [delivery.source, opened.spec.record_type, delivery.delivery_id],
    ).fetchone()
    if newer:
        raise Unreadable("overtaken", place=opened.place, reference=newer[0])


def _refuse_collapse(connection: psycopg.Connection, source: Source, opened: OpenTable, rows: int) -> None:
    """A snapshot that shrank below the share that the spec allows is not believed; an empty one after others never."""
    guard = opened.spec.hold_if_rows_fall_below
    if opened.spec.sends != "everything" or (guard is None and rows):
        return
    found = connection.execute(
        """select t.rows_received from ops.delivery_table t join ops.delivery d using (delivery_id)
        where d.source = %s and t.record_type = %s and d.state = 'loaded' and t.is_snapshot
        order by d.delivery_id desc limit 1""",
        [source.source, opened.spec.record_type],
    ).fetchone()
    if found and (rows < guard * found[0] if guard is not None else found[0]):
        raise Unreadable("rows_collapsed", rows=rows, before=found[0], place=opened.place)
