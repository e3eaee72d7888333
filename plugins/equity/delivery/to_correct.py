"""What is to be corrected in a delivery: its rows with a finding, gathered block by block, for the answer to the sender."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:  # a night's first look needs the words below, and neither frames nor checks
    from equity.delivery.reasons import Finding, Reason
    from equity.sources.readers import Beside, Block
    from equity.sources.spec import Table

ROWS_SHOWN = 2_000  # more than anybody corrects at a time
# the columns of a correction sheet that are ours: beside the sender's own, never read as data
ROW, REASONS, MARK = "แถวที่ในไฟล์", "สิ่งที่ต้องแก้ไข", "ถูกต้องตามนี้แล้ว"
OWN = (ROW, REASONS, MARK)
CORRECT = "ถูกต้อง"  # what an officer chooses in the column MARK

T = TypeVar("T")
RowToCorrect = tuple[int | str, list[str | None], "list[Reason]"]


@dataclass
class TableToCorrect:
    """One table: headers and rows as the sender has them, and where each canonical field was read from.

    A row is its number as the sender sees it (with its sheet, where several are read as one table), its cells, and the
    reasons why it is shown. `lines` has what stood in rows that could not be cut into columns, `beside` what else is on
    its sheets and was not read.
    """

    record_type: str
    place: str
    headers: list[str]
    origins: dict[str, tuple[str, ...]]
    spec: Table | None = None
    rows: list[RowToCorrect] = field(default_factory=list)
    reasons: Counter[Reason] = field(default_factory=Counter)
    lines: dict[int, str] = field(default_factory=dict)
    left_out: int = 0
    beside: list[Beside] = field(default_factory=list)
    reference: str = ""  # the delivery that it is of, where a workbook has the rows of several

    def __post_init__(self) -> None:
        self.headers = [header for header in self.headers if header not in OWN]

    def add(self, findings: Sequence[Finding], block: Block) -> None:
        """Take up the rows of a block that have a finding."""
        by_row: dict[int, list[Reason]] = {}
        for finding in findings:
            if finding.reason.severity == "info":
                continue  # counted, not told
            self.reasons[finding.reason] += len(finding.rows)
            for position in finding.rows.tolist():
                by_row.setdefault(position, []).append(finding.reason)
        chosen = self._with_room(sorted(by_row))
        if not chosen:
            return
        take = pa.array(np.array(chosen))
        cells = [
            block.columns[h].take(take).to_pylist() if h in block.columns else [None] * len(chosen)
            for h in self.headers
        ]
        several = bool(block.place) and block.place != self.place and bool(self.place)
        for i, position in enumerate(chosen):
            number: int | str = int(block.row_no[position])
            self.rows.append(
                (
                    f"{block.place} / {number}" if several else number,
                    [column[i] for column in cells],
                    by_row[position],
                )
            )

    def add_broken(self, broken: list[tuple[int, str]], reason: Reason) -> None:
        """Take up lines that could not be cut into columns: their cells are empty, to be filled in."""
        if broken:
            self.reasons[reason] += len(broken)
            for number, line in self._with_room(broken):
                self.rows.append((number, [None] * len(self.headers), [reason]))
                self.lines[number] = line

    def in_order(self) -> list[RowToCorrect]:
        """The rows as they stand in the sender's file."""
        if any(isinstance(number, str) for number, _, _ in self.rows):
            return self.rows  # of several sheets: as they were read
        return sorted(self.rows, key=lambda row: row[0])

    def _with_room(self, chosen: list[T]) -> list[T]:
        room = max(0, ROWS_SHOWN - len(self.rows))
        self.left_out += max(0, len(chosen) - room)
        return chosen[:room]
