"""Record types: the canonical shapes of what partners deliver, declared as data in `types/*.yml`."""

from equity.records.declaration import Code, Field, RecordType
from equity.records.registry import code_lists, record_type, record_types

__all__ = ["Code", "Field", "RecordType", "code_lists", "record_type", "record_types"]
