"""Examine: a delivery is read, normalised and checked, table by table; no database, nothing is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pyarrow.compute as pc

from equity.delivery.checks import Suite
from equity.delivery.decisions import is_waived
from equity.delivery.holds import FLIP_CELLS, FLIP_SHARE, TYPED
from equity.delivery.normalise import Normaliser, Rows, origins
from equity.delivery.problems import PROBLEMS
from equity.delivery.reasons import Finding, Reason
from equity.delivery.register import Delivery
from equity.delivery.returned import returned_to
from equity.delivery.to_correct import OWN, TableToCorrect
from equity.settings import BANGKOK
from equity.sources.readers import Block, OpenTable, Unreadable, open_delivery
from equity.sources.spec import Source, Table

REJECTED = {
    "empty_file",
    "unreadable_workbook",
    "unreadable_text",
    "unknown_encoding",
    "unreadable_json",
    "unknown_format",
    "password_protected",
    "too_large",
    "too_many_columns",
    "too_many_cells",
    "too_many_sheets",
    "cell_too_long",
    "json_too_deep",
    "item_too_large",
}


@dataclass
class Examined:
    """One table of a delivery after reading, normalising and checking all of its blocks."""

    opened: OpenTable
    to_correct: TableToCorrect
    findings: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)


BROKEN = Reason("row.broken", "critical", (), PROBLEMS["row.broken"].th, PROBLEMS["row.broken"].en)
# takes a block; gives the findings that the sender is to be told of (None: all of them)
Sink = Callable[[Rows, list[Finding], Block], list[Finding] | None]


def examine(
    source: Source, delivery: Delivery, data: bytes, sink_for: Callable[[OpenTable], Sink] | None = None,
    tables: list[Table] | None = None,
) -> Iterator[Examined]:  # fmt: skip
    """Read, normalise and check a delivery, table by table; each block also goes to the table's sink.

    The tables that are looked for are those which the spec declares for the delivery's name, unless others are given;
    of a correction workbook that comes back, its own.

    Raises:
        Unreadable: when the delivery, or a table of it, is to be held.

    """
    received_on = delivery.received_at.astimezone(BANGKOK).date()
    version = source.version(received_on)
    declared_tables = source.tables_of(delivery.name, version) if tables is None else tables
    sent_back = returned_to(source, data)
    if sent_back:
        declared_tables = sent_back.tables(version)
    for opened in open_delivery(data, delivery.name, declared_tables, version):
        if sent_back:
            opened.blocks = sent_back.touched(opened)
        elif set(OWN) <= set(opened.headers):  # cut out of a workbook of ours: taken for a full list, it would delete
            raise Unreadable("torn_workbook")
        _require_columns(opened, source)
        declared = opened.spec.declared
        to_correct = TableToCorrect(
            declared.record_type, opened.place if not source.fetch.pulled else "", opened.headers,
            origins(opened.spec, opened.headers), opened.spec,
        )  # fmt: skip
        examined = Examined(opened, to_correct)
        normalise = Normaliser(opened.spec, received_on, source.partner)
        sink = sink_for(opened) if sink_for else None
        suite: Suite | None = None
        for block in ahead(opened.blocks):
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
            told = sink(rows, findings, block) if sink else None
            to_correct.add(findings if told is None else told, block)
        to_correct.add_broken(opened.broken, BROKEN)
        to_correct.beside = opened.beside
        if opened.broken:
            examined.findings["", BROKEN.code, BROKEN.severity] += len(opened.broken)
        if sent_back is None:  # in which every cell was wrong to begin with
            _refuse_changed_types(examined, delivery)
        yield examined


def ahead(blocks: Iterator[Block]) -> Iterator[Block]:
    """The same blocks, the next one being read while this one is worked on."""
    with ThreadPoolExecutor(max_workers=1) as reader:
        coming = reader.submit(next, blocks, None)
        while (block := coming.result()) is not None:
            coming = reader.submit(next, blocks, None)
            yield block


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
    if source.fetch.pulled:
        return
    declared = opened.spec.declared
    needed = {*declared.key, *(name for name, f in declared.fields.items() if f.required), "full_name"}
    lacking = [name for name in opened.lacking() if name in needed]
    if lacking:
        fields = opened.spec.fields
        headers = [
            f"{n} (?)" if h == "?" else h  # the draft of a spec that waits for an answer
            for n in lacking
            for h in (fields[n].headers() if n in fields else opened.spec.part_headers()[n].values())
        ]
        raise Unreadable("missing_column", place=opened.place or opened.spec.record_type, columns=headers)


def _refuse_changed_types(examined: Examined, delivery: Delivery) -> None:
    """A typed column most of whose cells cannot be read is another column than agreed."""
    fields = examined.opened.spec.declared.fields
    for name, unread in examined.unread.items():
        typed = fields[name].type in TYPED
        headers = list(examined.to_correct.origins.get(name, ())) or [name]
        filled = examined.filled[name] + max(examined.opened.left_out[header] for header in headers)
        if (
            typed
            and filled >= FLIP_CELLS
            and unread / filled > FLIP_SHARE
            and not is_waived(delivery.waived, "type_changed", headers)
        ):
            share = round(100 * unread / filled)
            raise Unreadable("type_changed", columns=headers, share=share)
