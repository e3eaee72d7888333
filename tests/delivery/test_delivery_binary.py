"""Rows in COPY's binary format, as a real Postgres reads them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pytest

from equity.delivery.binary import ROWS_AT_ONCE, Column, rows
from equity.delivery.digests import digests
from equity.runtime.services import Installation
from equity.warehouse.server import SUPERUSER

COLUMNS: dict[str, tuple[Column, list[Any]]] = {
    "words": (("text", pa.array(["ก่อน", None, ""])), ["ก่อน", None, ""]),
    "few": (("smallint", pa.array([1, None, -2])), [1, None, -2]),
    "more": (("integer", pa.array([7, 8, -(2**31)], pa.int64())), [7, 8, -(2**31)]),
    "most": (("bigint", pa.array([2**63 - 1, None, -5])), [2**63 - 1, None, -5]),
    "real": (("double precision", pa.array([0.1, None, -1e300])), [0.1, None, -1e300]),
    "yes": (("boolean", pa.array([True, None, False])), [True, None, False]),
    "day": (("date", pa.array([date(1899, 3, 1), None, date(2026, 7, 2)])), [date(1899, 3, 1), None, date(2026, 7, 2)]),
    "sets": (("text[]", pa.array(["{a}", None, "{a,bc}"])), [["a"], None, ["a", "bc"]]),
    "told": (("jsonb", pa.array(['{"a": [1]}', None, "[]"])), [{"a": [1]}, None, []]),
    "raw": (("bytea", pa.array([b"\x00\xff", None, b""])), [b"\x00\xff", None, b""]),
    "nothing": (("date", pa.nulls(3)), [None] * 3),
    "always": (("text", pa.scalar("ที่")), ["ที่"] * 3),
    "moment": (
        ("timestamptz", pa.scalar(datetime(2026, 3, 2, 1, tzinfo=UTC), pa.timestamp("us", "UTC"))),
        [datetime(2026, 3, 2, 1, tzinfo=UTC)] * 3,
    ),
}


def read_back(warehouse: Installation, columns: dict[str, Column], size: int) -> list[tuple[Any, ...]]:
    with psycopg.connect(warehouse.url(SUPERUSER)) as connection:
        declared = ", ".join(f"{name} {kind}" for name, (kind, _) in columns.items())
        connection.execute(f"create temporary table t (at integer generated always as identity, {declared})")
        with connection.cursor().copy(f"copy t ({', '.join(columns)}) from stdin (format binary)") as copy:
            for chunk in rows(columns, size):
                copy.write(chunk)
        return connection.execute(f"select {', '.join(columns)} from t order by at").fetchall()


def test_every_type_arrives_as_it_was(warehouse: Installation) -> None:
    found = read_back(warehouse, {name: column for name, (column, _) in COLUMNS.items()}, 3)
    assert found == list(zip(*(expected for _, expected in COLUMNS.values()), strict=True))


@pytest.mark.parametrize("size", [1, ROWS_AT_ONCE, 2 * ROWS_AT_ONCE + 1])
def test_the_size_of_chunks_shows_nowhere(warehouse: Installation, size: int) -> None:
    numbers = pa.array(np.arange(size + 5)).slice(5)
    words = pa.array([None if i % 3 == 0 else "ก" * (i % 7) for i in range(size + 2)], pa.string()).slice(2)
    keys = digests([numbers], b"k" * 32)
    found = read_back(
        warehouse,
        {"a": ("bigint", numbers), "b": ("text", words), "c": ("uuid", keys), "d": ("text", pa.scalar("x"))},
        size,
    )
    assert [row[0] for row in found] == numbers.to_pylist() and [row[1] for row in found] == words.to_pylist()
    assert [row[2].bytes for row in found] == keys.to_pylist() and {row[3] for row in found} == {"x"}


def test_digests_tell_absent_from_empty_and_one_column_from_the_next() -> None:
    columns = [pa.array(["a", None, "", "ab", "a"]), pa.array(["b", "b", "b", None, "b"])]
    first, absent, empty, together, same = digests(columns, b"k" * 32).to_pylist()
    assert first == same and len({first, absent, empty, together}) == 4 and len(first) == 16
    assert digests(columns, b"x" * 32)[0].as_py() != first
    cut = digests([column.slice(1) for column in columns], b"k" * 32)
    assert cut.to_pylist() == [absent, empty, together, same]
