"""Property: whatever a partner sends, in whatever order and with whatever damage, every row is counted once and rightly."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from delivery_desk import SPACE, SPACE_HEADERS, Desk, table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from equity.delivery.register import Counts
from equity.runtime.services import Installation
from equity.sources.readers import table as tables_read

numbers = itertools.count()
GOOD_KINDS = {"hub": "hub", "ศูนย์กลางการเรียนรู้": "hub", "home": "home", " HOME ": "home"}
# a cell of each column: mostly right, in few variants so that rows meet again, sometimes wrong
cells = st.tuples(
    st.sampled_from(["S-1", "S-2", "S-3", "S-4", "๑", "1", "", "-"]),
    st.sampled_from(["ศาลา", "บ้าน", "=1+1", 'a "b", c', ""]),
    st.sampled_from([*GOOD_KINDS, "castle", ""]),
    st.sampled_from(["1/1/2568", "๑ ม.ค. ๒๕๖๘", "31/02/2568", "1/1/2599", "x", "", "-"]),
)
broken = st.sampled_from(["only one cell", "a,b,c,d,e,f"])
rows = st.lists(st.one_of(cells, cells, cells, broken), max_size=9)
DATES = {"1/1/2568": "2025-01-01", "๑ ม.ค. ๒๕๖๘": "2025-01-01", "": None, "-": None}


@dataclass
class Expected:
    """What a reader of the rules would do, row by row, with nothing but a dictionary."""

    snapshot: bool
    known: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    versions: int = 0

    def take(self, sent: list[Any]) -> tuple[int, int, int, int, int, int, bool]:
        loaded = unchanged = repeated = quarantined = 0
        first = not self.known and not self.versions
        now, there, nameless = dict(self.known), set(), False
        met: set[str] = set()
        for row in [r for r in sent if isinstance(r, str) or any(cell.strip() for cell in r)]:
            if isinstance(row, str):
                quarantined, nameless = quarantined + 1, True
                continue
            ref, name, kind, opened = row
            key = {"๑": "1", "-": "", "": ""}.get(ref, ref)
            fine = key and name and kind in GOOD_KINDS and opened in DATES
            if key:
                there.add(key)
            if not fine:
                quarantined, nameless = quarantined + 1, nameless or not key
                continue
            content = (name, GOOD_KINDS[kind], DATES[opened])
            if now.get(key) == content:
                repeated, unchanged = (repeated + 1, unchanged) if key in met else (repeated, unchanged + 1)
            else:
                loaded, now[key] = loaded + 1, content
            met.add(key)
        gone = [key for key in now if key not in there] if self.snapshot and not first and not nameless else []
        self.known = {key: content for key, content in now.items() if key not in gone}
        self.versions += loaded + len(gone)
        total = loaded + unchanged + repeated + quarantined
        return total, loaded, unchanged, repeated, quarantined, len(gone), self.snapshot and not first and nameless


def encode(sent: list[Any]) -> bytes:
    lines = b""
    for row in sent:
        lines += (row + "\r\n").encode() if isinstance(row, str) else table(row, [])
    return table(SPACE_HEADERS, []) + lines


def told(c: Counts) -> tuple[Any, ...]:
    return c.received, c.loaded, c.unchanged, c.repeated, c.quarantined, c.deleted, c.postponed


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(rows, min_size=1, max_size=3), snapshot=st.booleans(), size=st.sampled_from([2, 3, 100_000]))
def test_counts_always_balance_and_are_what_the_rules_say(
    warehouse: Installation, tmp_path: Path, files: list[list[Any]], snapshot: bool, size: int
) -> None:
    desk = Desk(warehouse, tmp_path / str(next(numbers)), SPACE | {"sends": "everything" if snapshot else "changes"})
    expected, last = Expected(snapshot), 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables_read, "BLOCK_ROWS", size)
        for number, sent in enumerate(files):
            # bytes that differ each time, or they would do nothing: an ignored remark behind the last row
            delivery = desk.send(encode(sent) + b"\r\n" * (number + 1), f"space_{number}.csv")
            if snapshot and not sent and last:  # an empty list after one with rows is not believed
                assert (delivery.state, delivery.hold_code) == ("held", "rows_collapsed")
                continue
            assert delivery.state == "loaded"
            last = len(sent)
            (counts,) = desk.counts(delivery).values()
            assert told(counts) == expected.take(sent)
            assert counts.received == counts.loaded + counts.unchanged + counts.repeated + counts.quarantined
            held = desk.ask("select count(*) from quarantine.record where delivery_id = %s", delivery.delivery_id)
            assert held == [{"count": counts.quarantined}]
            new = [row for row in desk.raw("learning_space") if row["delivery_id"] == delivery.delivery_id]
            assert len(new) == counts.loaded + counts.deleted
    versions = desk.raw("learning_space")
    assert len(versions) == expected.versions
    latest = {row["record_key"]: row for row in versions}
    standing = {
        row["space_ref"]: (row["name"], row["kind"], row["opened_on"].isoformat() if row["opened_on"] else None)
        for row in latest.values()
        if not row["is_deleted"]
    }
    assert standing == expected.known
