"""The correction workbook: only the rows to correct, in the sender's own columns and order, each reason said in Thai.

A summary goes before. Wrong cells are open to be corrected, and the workbook itself may be sent back: a hidden sheet
says what it is (`equity.delivery.returned`). Nothing in it is ever a formula.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import PurePosixPath

import xlsxwriter

from equity.delivery.register import Counts, Delivery
from equity.delivery.sheets import choices, correction, passport, summary
from equity.delivery.sheets.styles import Styles, sheet_name
from equity.delivery.to_correct import CORRECT, MARK, OWN, TableToCorrect
from equity.records import record_type
from equity.sources.spec import Source

__all__ = ["CORRECT", "MARK", "OWN", "TableToCorrect", "correction_workbook", "new_book", "workbook_name"]
_ANSWER = re.compile(r"^(แก้ไข_[A-Z]+-\d+_)+")
_SENT_BY_HAND = (
    "folder",
    "sftp",
    "mail",
)  # where a sender can put a workbook of ours; the others are asked for one thing


def workbook_name(delivery: Delivery) -> str:
    """The file's name in the partner's outbox: reference number, and what it answers."""
    stem = _ANSWER.sub("", PurePosixPath(delivery.name).stem)
    answered = re.sub(r'[\s/\\:*?"<>|]+', "_", stem).strip("_")
    return f"แก้ไข_{delivery.reference}_{answered}.xlsx"


def correction_workbook(
    source: Source, delivery: Delivery, tables: Sequence[TableToCorrect], counts: Sequence[Counts] = (),
    *, notice: Sequence[str] = (),
) -> bytes | None:  # fmt: skip
    """The workbook's bytes, or None when there is nothing to say. A held delivery's says why it is held.

    `notice` stands in the place of the words on what arrived (a reminder has its own).
    """
    tables = [table for table in tables if table.rows]
    if not tables and delivery.hold_code is None:
        return None
    buffer = io.BytesIO()
    book = new_book(buffer)
    book.set_properties({"title": delivery.reference, "created": delivery.received_at.replace(tzinfo=None)})
    paper = correction.Paper(
        book, Styles(book), choices.Lists(), delivery.reference, source.partner.name.th,
        returnable=source.fetch.by in _SENT_BY_HAND,
    )  # fmt: skip
    summary.write(paper, source, delivery, tables, counts, notice)
    taken = {summary.NAME, passport.SHEET, choices.SHEET}
    sent = [
        correction.write(paper, sheet_name(table.place or record_type(table.record_type).label.th, taken), table)
        for table in tables
    ]
    paper.lists.write(book)
    passport.write(book, passport.Passport(reference=delivery.reference, source=source.source, sheets=sent))
    book.close()
    return buffer.getvalue()


def new_book(buffer: io.BytesIO) -> xlsxwriter.Workbook:
    """A workbook in which text stays text: no formulas, no links."""
    return xlsxwriter.Workbook(
        buffer, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    )
