"""A correction workbook that comes back: the sender corrected or marked cells in it, and sent it as a delivery.

Its hidden sheet says what it answers (`equity.delivery.sheets.passport`). Its tables are those of the source's spec,
pointed at the workbook's sheets; of these only rows count in which something was changed or marked, so that an old
workbook does not bring back what was corrected elsewhere in the meantime. Light to import.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from glob import escape
from typing import TYPE_CHECKING

from equity.delivery.sheets import passport
from equity.sources.spec import Header, Source, Table, Version

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from equity.sources.readers import Block, OpenTable

__all__ = ["Returned", "marked", "returned", "returned_to", "untouched"]
_AGREED = re.compile(r"^(ถูกต้อง|ถูก|ใช่|ok|yes|y|✓|✔|/|x)", re.IGNORECASE)
_OUR_ROW = re.compile(r"(\d+)(?:\.0+)?$")


@dataclass(frozen=True)
class Returned:
    """A workbook of ours, as it came back."""

    passport: passport.Passport
    data: bytes = field(repr=False)

    @property
    def reference(self) -> str:
        """The delivery that it answers (`LPG-000012`)."""
        return self.passport.reference

    @property
    def source(self) -> str:
        """The source to which it was sent."""
        return self.passport.source

    @cached_property
    def sheets(self) -> dict[str, str]:
        """What each sheet that was sent is called now: an officer may have renamed it, or taken it out.

        Raises:
            Unreadable: when a sheet with something in it is none of those that were sent (`renamed_sheet`).

        """
        from equity.delivery.sheets import choices, summary
        from equity.sources.readers import Unreadable
        from equity.sources.readers.grids import fold
        from equity.sources.readers.workbooks import Workbook

        book = Workbook(self.data)
        there = set(book.sheets)
        called = {sheet.sheet: sheet.sheet for sheet in self.passport.sheets if sheet.sheet in there}
        others = there - set(called) - {summary.NAME, choices.SHEET, passport.SHEET}
        strange = []
        for name in sorted(others, key=book.sheets.index):
            rows = _first_rows(book.grid(name))
            sent = [
                s
                for s in self.passport.sheets
                if s.sheet not in called and any(set(map(fold, s.headers)) <= row for row in rows)
            ]
            if sent:
                called[sent[0].sheet] = name
            elif any(rows):
                strange.append(name)
        missing = [sheet.sheet for sheet in self.passport.sheets if sheet.sheet not in called]
        if strange and missing:
            raise Unreadable("renamed_sheet", sheets=missing, found=strange)
        return called

    def tables(self, version: Version) -> list[Table]:
        """The spec's tables, each pointed at the sheet of this workbook that has its rows; no table of it is a snapshot."""
        from equity.delivery.to_correct import OWN

        found = []
        called = self.sheets
        for sheet in self.passport.sheets:
            of_type = [table for table in version.tables if table.record_type == sheet.record_type]
            if not of_type:
                continue  # the rules changed since: this record type is not sent any more
            if sheet.sheet not in called:
                continue  # taken out: nothing was corrected in it
            headers = set(sheet.headers)
            table = max(of_type, key=lambda t: len(headers.intersection(t.expected_headers())))
            found.append(
                table.model_copy(
                    update={
                        "sheet": (_as_pattern(called[sheet.sheet]),), "every_sheet": False, "header": Header(rows=1),
                        "skip": (), "fill": (), "path": None, "query": None, "rows": None, "repeat": None, "sends": "changes",
                        "hold_if_rows_fall_below": None, "ignore": (*table.ignore, *OWN, *sheet.headers),  # what is unknown was told before
                    }
                )
            )  # fmt: skip
        return found

    def touched(self, opened: OpenTable) -> Iterator[Block]:
        """The blocks of one table with only the rows in which a cell was changed or that were marked.

        A row keeps the number that it has in the file which the workbook answers.
        """
        called = self.sheets
        sheet = next(s for s in self.passport.sheets if (_as_pattern(called.get(s.sheet, "")),) == opened.spec.sheet)
        return _touched(sheet, opened.blocks, sheet.reference or self.reference)

    def untouched(self, version: Version) -> bool:
        """Whether it is as we wrote it, saved again or not: nothing was changed, no row was marked."""
        from equity.sources.readers import Unreadable
        from equity.sources.readers.workbooks import open_workbook

        if not self.passport.sheets:  # it only said why a delivery is held
            return True
        try:
            return not any(
                len(block)
                for opened in open_workbook(self.data, self.tables(version))
                for block in self.touched(opened)
            )
        except Unreadable:
            return False


def _as_pattern(name: str) -> str:
    """A sheet's name as a spec would ask for it: of clean text, and meaning no other sheet."""
    from equity.thai import text

    return escape(text.clean_text(name))


def _first_rows(columns: list[pa.Array]) -> list[set[str]]:
    """What stands in each of a sheet's first rows, where its header is."""
    from equity.sources.readers.grids import HEADER_WITHIN, cleaned, fold

    top = zip(*(column.slice(0, HEADER_WITHIN).to_pylist() for column in columns), strict=True)
    return [{fold(cell) for cell in row if cell} for row in cleaned([*top])]


def returned(data: bytes) -> Returned | None:
    """The workbook of ours that these bytes are, or None for whatever else somebody sends."""
    found = passport.read(data)
    return Returned(found, data) if found else None


def returned_to(source: Source, data: bytes) -> Returned | None:
    """The same for a delivery of one source.

    Raises:
        Unreadable: when it was written for another source (`foreign_workbook`).

    """
    if source.fetch.pulled:
        return None
    found = returned(data)
    if found and found.source != source.source:
        from equity.sources.readers import Unreadable

        raise Unreadable("foreign_workbook", reference=found.reference)
    return found


def untouched(source: Source, data: bytes, day: date) -> bool:
    """Whether a file in the sender's folder is our own answer, lying there as we wrote it: no delivery."""
    if source.fetch.pulled:
        return False
    found = returned(data)
    return found is not None and found.source == source.source and found.untouched(source.version(day))


def _touched(sheet: passport.SheetSent, blocks: Iterator[Block], reference: str) -> Iterator[Block]:
    import numpy as np
    import pyarrow as pa

    from equity.delivery.to_correct import ROW
    from equity.sources.readers import Block

    as_sent = sheet.digests()
    for block in blocks:
        nothing = pa.nulls(len(block), pa.string())
        numbers = block.columns.get(ROW, nothing).to_pylist()
        cells = [block.columns.get(header, nothing).to_pylist() for header in sheet.headers]
        changed = [
            passport.digest(number, row) not in as_sent
            for number, row in zip(numbers, zip(*cells, strict=True), strict=True)
        ]
        keep = np.array(changed, dtype=bool) | marked(block)
        if not keep.any():
            continue
        ours = [_OUR_ROW.search(number or "") for number in numbers]
        row_no = np.array([int(o[1]) if o else n for o, n in zip(ours, block.row_no.tolist(), strict=True)])
        mask = pa.array(keep)
        yield Block(
            {header: column.filter(mask) for header, column in block.columns.items()},
            row_no[keep].astype(np.int32), block.place, answers=reference,
        )  # fmt: skip


def marked(block: Block) -> np.ndarray:
    """Which rows of a returned block the officer marked as right as they are."""
    import numpy as np

    from equity.delivery.to_correct import MARK

    if MARK not in block.columns:
        return np.zeros(len(block), dtype=bool)
    marks = block.columns[MARK].to_pylist()
    return np.array([bool(mark and _AGREED.match(mark.strip())) for mark in marks], dtype=bool)
