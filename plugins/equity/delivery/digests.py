"""Keyed digests of rows: columns of 16 bytes each, which are uuids in Postgres."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equity.privacy.keys import DIGEST

STRING, BYTES = pa.string(), pa.binary()
ABSENT = pa.scalar(b"\x00", BYTES)  # cannot stand in a text that was cleaned, so no two rows look alike by accident
BETWEEN = pa.scalar(b"\x1f", BYTES)


def digests(columns: list[pa.Array | pa.Scalar], key: bytes) -> pa.Array:
    """128-bit keyed BLAKE2b (RFC 7693) over the columns of each row; the same values give the same digest."""
    joined = pc.binary_join_element_wise(
        *(_bytes(column) for column in columns), BETWEEN, null_handling="replace", null_replacement=ABSENT.as_py()
    )
    return digests_of(joined.to_pylist(), key)


def digests_of(rows: list[bytes], key: bytes) -> pa.Array:
    """128-bit keyed BLAKE2b of each row's bytes."""
    begin = hashlib.blake2b(digest_size=16, key=key).copy  # the key's own block is hashed once, not once a row

    def digest(row: bytes) -> bytes:
        begun = begin()
        begun.update(row)
        return begun.digest()

    return pa.Array.from_buffers(DIGEST, len(rows), [None, pa.py_buffer(b"".join(map(digest, rows)))])


def _bytes(column: pa.Array | pa.Scalar) -> pa.Array | pa.Scalar:
    if column.type in (BYTES, DIGEST):
        return column.cast(BYTES)
    return (column if column.type == STRING else column.cast(STRING)).cast(BYTES)


def first_halves(column: pa.Array) -> np.ndarray:
    """The first 64 bits of each digest of a column without nulls: enough to see that none stands twice."""
    return _halves(column)[:, 0]


def second_halves(column: pa.Array) -> np.ndarray:
    """The other 64 bits."""
    return _halves(column)[:, 1]


def _halves(column: pa.Array) -> np.ndarray:
    if not len(column):
        return np.empty((0, 2), dtype=np.uint64)
    both = np.frombuffer(column.buffers()[1], dtype=np.uint64).reshape(-1, 2)
    return both[column.offset : column.offset + len(column)]
