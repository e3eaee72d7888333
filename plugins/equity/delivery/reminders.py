"""Reminders: once in a fortnight, one workbook with all rows that have waited for long, and thanks for what was done.

A row waits while it has an open critical ticket; doubts about rows that are loaded are no reason to remind anybody. The
rows are found again in the deliveries that brought them last, as these lie in the landing store.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import psycopg

from equity.delivery import landing, register
from equity.delivery.landing import Place
from equity.delivery.register import Delivery
from equity.settings import BANGKOK
from equity.sources.connectors import Outbox
from equity.sources.spec import Source
from equity.warehouse.connect import connect

if TYPE_CHECKING:  # the night's question whether anything is due needs no frames
    from equity.delivery.examine import Sink
    from equity.delivery.normalise import Rows
    from equity.delivery.reasons import Finding
    from equity.delivery.to_correct import TableToCorrect
    from equity.sources.readers import Block, OpenTable

log = logging.getLogger(__name__)
FORTNIGHT = timedelta(days=14)
FILES_NAMED = 5

Cell = tuple[str, str]  # field, code
Row = tuple[str, str, int]  # record type, place, number
Waiting = dict[int, dict[Row, set[Cell]]]  # by the delivery that brought the row last


@dataclass(frozen=True)
class Due:
    """Why a reminder is due: how many critical tickets are open, since when, and how many were settled meanwhile."""

    tickets: int
    since: datetime
    settled: int


def due(connection: psycopg.Connection, source: str, now: datetime) -> Due | None:
    """What to remind a source of; None when nothing has waited for a fortnight, or the last reminder is no older."""
    row = connection.execute(
        """with waiting as (
            select count(*) as tickets, min(opened_at) as since from ops.ticket
            where source = %(source)s and state = 'open' and severity = 'critical'
        )
        select tickets, since, (
            select count(*) from ops.ticket
            where source = %(source)s and state in ('corrected', 'accepted') and closed_at >= since
        )
        from waiting
        where since < %(before)s
            and not exists (select from ops.reminder where source = %(source)s and sent_at > %(before)s)""",
        {"source": source, "before": now - FORTNIGHT},
    ).fetchone()
    return Due(*row) if row else None


def remind(place: Place, source: Source, now: datetime, outbox: Outbox | None) -> str | None:
    """Put a workbook with all rows that wait into the partner's outbox, when that is due; returns where it lies.

    The reminder is recorded in the transaction that ends when it is delivered: what could not be delivered was not sent,
    and what was is not sent again. Raises what the outbox raises.
    """
    if outbox is None:
        return None
    with connect(place.database) as connection:
        # a second worker waits here and then finds it done
        connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"remind:{source.source}"])
        found = due(connection, source.source, now)
        if found is None:
            return None
        answers = _answers(connection, place, source)
        if not answers:
            log.warning("%s: %s tickets are open, but none of their rows was found again", source.source, found.tickets)
            return None
        name, workbook, reference = _workbook(source, answers, found, now)
        told = outbox.deliver(name, workbook, reference)
        connection.execute(
            "insert into ops.reminder (source, sent_at, tickets, place) values (%s, %s, %s, %s)",
            [source.source, now, found.tickets, told],
        )
        return told


# --- the rows, found again


def _waiting(connection: psycopg.Connection, source: str) -> Waiting:
    """Open tickets of the rows that are held, by the delivery that brought each row last."""
    rows = connection.execute(
        """select coalesce(held.delivery_id, ticket.seen_in, ticket.opened_by), ticket.record_type, ticket.place, ticket.row_no,
            ticket.field, ticket.code, ticket.severity
        from ops.ticket
        left join lateral (
            select max(delivery_id) as delivery_id from quarantine.record
            where record.record_key = ticket.record_key and record.source = ticket.source
                and record.record_type = ticket.record_type and record.corrected_by is null
        ) as held on true
        where ticket.source = %s and ticket.state = 'open'""",
        [source],
    ).fetchall()
    waiting: Waiting = {}
    held = {(delivery, kind, place, number) for delivery, kind, place, number, *_, s in rows if s == "critical"}
    for delivery, record_type, place, number, field, code, _ in rows:
        if (delivery, record_type, place, number) in held:
            cells = waiting.setdefault(delivery, {}).setdefault((record_type, place, number), set())
            cells.add((field, code))
    return waiting


def _answers(
    connection: psycopg.Connection, place: Place, source: Source
) -> list[tuple[Delivery, list[TableToCorrect]]]:
    """The rows that wait, delivery by delivery, the oldest first."""
    from cryptography.exceptions import InvalidTag

    from equity.sources.readers import Unreadable

    answers = []
    for delivery_id, rows in sorted(_waiting(connection, source.source).items()):
        delivery = register.get(connection, delivery_id)
        try:
            data = landing.fetch(place.landing, delivery.landing_path, place.keys.landing)
            tables = _found_again(source, delivery, data, rows)
        except (FileNotFoundError, InvalidTag, Unreadable) as error:  # the others' rows are sent all the same
            log.warning("%s: not read again for the reminder: %s", delivery.reference, type(error).__name__)
            continue
        if tables:
            answers.append((delivery, tables))
    return answers


def _found_again(source: Source, delivery: Delivery, data: bytes, rows: dict[Row, set[Cell]]) -> list[TableToCorrect]:
    """The tables of one delivery with the rows that wait, and of their reasons those that do."""
    from equity.delivery.examine import BROKEN, examine

    def sink_for(opened: OpenTable) -> Sink:
        def told(_: Rows, findings: list[Finding], block: Block) -> list[Finding]:
            return _still_open(findings, block, rows, opened.spec.record_type)

        return told

    tables = []
    for examined in examine(source, delivery, data, sink_for):
        table = examined.to_correct
        done = {
            number
            for number in table.lines
            if ("", BROKEN.code) not in rows.get((table.record_type, "", number), set())
        }
        table.rows = [row for row in table.rows if row[0] not in done]
        table.reasons[BROKEN] -= len(done)
        table.reasons = +table.reasons
        if table.rows:
            tables.append(table)
    return tables


def _still_open(
    findings: Sequence[Finding], block: Block, rows: dict[Row, set[Cell]], record_type: str
) -> list[Finding]:
    """Of the findings of a block those with an open ticket, on rows that wait."""
    import numpy as np

    wanted = [
        (int(position), cells)
        for position, number in enumerate(block.row_no.tolist())
        if (cells := rows.get((record_type, block.place, number)))
    ]
    kept = []
    for finding in findings:
        field = finding.reason.cells[0] if finding.reason.cells else ""
        open_rows = [position for position, cells in wanted if (field, finding.reason.code) in cells]
        positions = np.intersect1d(finding.rows, np.array(open_rows, dtype=np.int64))
        if len(positions):
            kept.append(replace(finding, rows=positions))
    return kept


# --- the workbook


def _workbook(
    source: Source, answers: Sequence[tuple[Delivery, list[TableToCorrect]]], found: Due, now: datetime
) -> tuple[str, bytes, str]:
    """Name, bytes and reference of the workbook, which goes by the reference of the newest delivery in it."""
    from equity.delivery.workbook import correction_workbook, workbook_name
    from equity.records import record_type

    deliveries = [delivery for delivery, _ in answers]
    if len(answers) > 1:  # a row's number is one in its own file: each sheet says in which
        for delivery, tables in answers:
            for table in tables:
                table.reference = delivery.reference
                table.place = f"{delivery.reference} {table.place or record_type(table.record_type).label.th}"
    newest = deliveries[-1]
    day = now.astimezone(BANGKOK).date()
    file = replace(newest, name=f"รวมแถวที่ยังรอ_{day.year + 543}-{day:%m-%d}.xlsx")
    shown = replace(newest, name=_names([delivery.name for delivery in deliveries]))
    tables = [table for _, of_delivery in answers for table in of_delivery]
    workbook = correction_workbook(source, shown, tables, notice=_notice(answers, found))
    assert workbook is not None  # noqa: S101  there are rows
    return workbook_name(file), workbook, newest.reference


def _names(names: Sequence[str]) -> str:
    shown = list(dict.fromkeys(PurePosixPath(name).name or name for name in names))
    more = f" และอีก {len(shown) - FILES_NAMED} ไฟล์" if len(shown) > FILES_NAMED else ""
    return ", ".join(shown[:FILES_NAMED]) + more


def _notice(answers: Sequence[tuple[Delivery, list[TableToCorrect]]], found: Due) -> list[str]:
    """What the summary says in the place of a delivery's counts."""
    from equity.thai.dates import thai_date

    since = thai_date(found.since.astimezone(BANGKOK).date())
    rows = sum(len(table.rows) + table.left_out for _, tables in answers for table in tables)
    thanks = "ขอบคุณที่ร่วมส่งข้อมูลมาโดยตลอด"
    if found.settled:
        thanks += f" ตั้งแต่วันที่ {since} ท่านช่วยทำให้เรียบร้อยแล้ว {found.settled:,} จุด"
    words = [
        thanks,
        f"ไฟล์นี้รวมแถวที่ยังรอให้ช่วยแก้ทั้งหมด {rows:,} แถว จุดแรกแจ้งไว้เมื่อวันที่ {since} ข้อมูลของแถวเหล่านี้ยังไม่อยู่ในตัวเลขของจังหวัด "
        "แก้เมื่อสะดวก ถ้าแก้และส่งมาแล้ว ไม่ต้องทำอะไรเพิ่ม",
    ]
    if len(answers) > 1:
        files = [f"{delivery.reference} คือ {PurePosixPath(delivery.name).name}" for delivery, _ in answers]
        words.append(f"ชื่อแผ่นงานขึ้นต้นด้วยเลขที่อ้างอิงของไฟล์ที่ท่านส่งมา: {', '.join(files)}")
    return words
