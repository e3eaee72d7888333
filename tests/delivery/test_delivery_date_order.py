"""Dates are compared at the coarser precision of the two: a year says nothing of the days within it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from test_delivery_normalise import RECEIVED, spec

from equity.delivery.checks import Suite
from equity.delivery.normalise import Normaliser
from equity.sources.readers import Block
from equity.sources.spec import Table

IN_ORDER = [
    ("1/6/2568", "2568"), ("2568", "1/6/2568"), ("2568", "2568"), ("31/12/2568", "2568"), ("มิ.ย. 2568", "2568"),
    ("15/6/2568", "มิ.ย. 2568"), ("30/6/2568", "มิถุนายน 2568"), ("มิ.ย. 2568", "1/6/2568"), ("29/2/2567", "ก.พ. 2567"),
    ("1/6/2568", "1/6/2568"), ("1/6/2568", ""),
]  # fmt: skip
NOT_IN_ORDER = [
    ("1/1/2568", "2567"), ("2568", "31/12/2567"), ("2568", "2567"), ("ม.ค. 2568", "2567"),
    ("1/7/2568", "มิ.ย. 2568"), ("ก.ค. 2568", "30/6/2568"), ("ก.ค. 2568", "มิ.ย. 2568"), ("2/6/2568", "1/6/2568"),
]  # fmt: skip


def wrong(table: Table, pairs: list[tuple[str, str]], code: str) -> list[int]:
    size = len(pairs)
    said = {"ref": [f"P-{n}" for n in range(size)], "name": ["ก"] * size, "project": ["X"] * size}
    said |= {"joined": [joined for joined, _ in pairs], "left": [left for _, left in pairs]}
    columns = {header: pa.array([v or None for v in values], pa.string()) for header, values in said.items()}
    rows = Normaliser(table, RECEIVED)(Block(columns, np.arange(size, dtype=np.int32)))
    assert all(codes.null_count == size for codes in rows.problems.values())
    found = Suite(table.declared, "anybody", RECEIVED, set(rows.columns)).findings(rows)
    return [row for finding in found if finding.reason.code == code for row in finding.rows.tolist()]


def test_a_year_or_a_month_is_compared_as_such() -> None:
    pairs = [*IN_ORDER, *NOT_IN_ORDER]
    table = spec({"left_on": "left"})
    assert wrong(table, pairs, "left_on.before_joined_on") == list(range(len(IN_ORDER), len(pairs)))
    exact = [("1/6/2568", "2/6/2568"), ("2/6/2568", "1/6/2568")]  # the same suite where every day is known
    assert wrong(table, exact, "left_on.before_joined_on") == [1]


def test_also_of_a_birth_date() -> None:
    pairs = [("2568", "15/3/2568"), ("2567", "15/3/2568")]
    table = spec({"birth_date": "left"})
    assert wrong(table, pairs, "joined_on.before_birth") == [1]
