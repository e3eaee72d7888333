"""Rows in the binary format of COPY: half of the server's work on CSV, and identifiers are never turned into text.

The format is PostgreSQL's (sql-copy, "Binary Format"): a row is the number of its fields, a field its length and bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equity.thai.columns import by_unique

BEGIN, END = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0), struct.pack(">h", -1)
NULL = struct.pack(">i", -1)
BYTES = pa.binary()
DAYS_TO_2000 = 10_957  # Postgres counts from 2000-01-01
MICROSECONDS_TO_2000 = DAYS_TO_2000 * 86_400_000_000
ROWS_AT_ONCE = 8192  # neither a chunk nor libpq's copy of it grows large
TEXT_OID = 25

Column = tuple[str, pa.Array | pa.Scalar]
"""A Postgres type, and the values: a scalar stands for a column of one value."""


def rows(columns: Mapping[str, Column], size: int) -> Iterator[memoryview | bytes]:
    """The columns as what COPY ... WITH (FORMAT binary) reads, in chunks."""
    yield BEGIN
    for start in range(0, size, ROWS_AT_ONCE):
        yield memoryview(_chunk(columns, start, min(ROWS_AT_ONCE, size - start)))
    yield END


def _chunk(columns: Mapping[str, Column], start: int, size: int) -> pa.Buffer:
    parts: list[pa.Array | bytes] = [struct.pack(">h", len(columns))]
    for kind, values in columns.values():
        if isinstance(values, pa.Scalar):
            parts.append(_joined(_field(kind, pa.array([values.as_py()], values.type)))[0].as_py())
        else:
            parts += _field(kind, values.slice(start, size))
    joined = _joined([*parts, pa.repeat(pa.scalar(b"", BYTES), size)])
    _, offsets, data = joined.buffers()
    return data.slice(0, int(np.frombuffer(offsets, dtype=np.int32)[size]))


def _joined(parts: list[pa.Array | bytes]) -> pa.Array:
    """Part beside part, row by row; constants that stand together become one."""
    merged: list[pa.Array | bytes] = []
    for part in parts:
        if isinstance(part, bytes) and merged and isinstance(merged[-1], bytes):
            merged[-1] += part
        else:
            merged.append(part)
    arguments = [pa.scalar(part, BYTES) if isinstance(part, bytes) else part for part in merged]
    return pc.binary_join_element_wise(*arguments, pa.scalar(b"", BYTES))


def _field(kind: str, values: pa.Array) -> list[pa.Array | bytes]:
    """Length and bytes of each value."""
    if values.null_count == len(values):
        return [NULL, pa.repeat(pa.scalar(b"", BYTES), len(values))]
    given = _bytes(kind, values)
    lengths = pc.fill_null(pc.binary_length(given), -1)
    return [_fixed(lengths, ">i4"), pc.fill_null(given, b"") if given.null_count else given]


def _bytes(kind: str, values: pa.Array) -> pa.Array:
    """Values as Postgres receives them; nulls stay."""
    if kind in ("text", "bytea", "uuid"):
        return values.cast(BYTES)
    if kind == "jsonb":
        return pc.binary_join_element_wise(b"\x01", values.cast(BYTES), b"")
    if kind == "text[]":
        return by_unique(values, lambda d: pa.array([_texts(v) for v in d.to_pylist()], BYTES))
    if kind == "date":
        return _fixed(pc.subtract(values.cast(pa.int32()), DAYS_TO_2000), ">i4")
    if kind == "timestamptz":
        return _fixed(pc.subtract(values.cast(pa.int64()), MICROSECONDS_TO_2000), ">i8")
    if kind == "boolean":
        return _fixed(values.cast(pa.int8()), "i1")
    numbers = {"smallint": ">i2", "integer": ">i4", "bigint": ">i8", "double precision": ">f8"}
    return _fixed(values, numbers[kind])


def _fixed(values: pa.Array, kind: str) -> pa.Array:
    """Numbers as bytes, the highest first."""
    numbers = pc.fill_null(values, 0).to_numpy(zero_copy_only=False).astype(kind)
    array = pa.Array.from_buffers(pa.binary(numbers.itemsize), len(numbers), [None, pa.py_buffer(numbers)])
    if values.null_count:
        array = pc.if_else(values.is_valid(), array, pa.scalar(None, array.type))
    return array.cast(BYTES)


def _texts(words: str) -> bytes:
    """A set of codes, `{a,b}`, as an array of one dimension that begins at 1; no code has a comma or a quote in it."""
    parts = [part.encode() for part in words.strip("{}").split(",")]
    return struct.pack(">iiiii", 1, 0, TEXT_OID, len(parts), 1) + b"".join(
        struct.pack(">i", len(part)) + part for part in parts
    )
