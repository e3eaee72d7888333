"""The key of a record: what says that a row is the same thing as one that came before."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equity.delivery.digests import digests
from equity.delivery.normalise import Rows
from equity.records import RecordType


def record_keys(rows: Rows, declared: RecordType, source: str, key: bytes) -> pa.Array:
    """Keyed digest of source, record type and key fields; null where a key field is missing."""
    parts = [rows.columns[name] for name in declared.key]
    origin = pa.scalar(f"{source}\x1f{declared.record_type}")
    keys = digests([origin, *parts], key)
    missing = pa.array(np.logical_or.reduce([part.is_null().to_numpy(zero_copy_only=False) for part in parts]))
    return pc.if_else(missing, pa.scalar(None, keys.type), keys) if pc.any(missing).as_py() else keys
