"""Record types: the canonical shapes of what partners deliver, declared as data in `types/*.yml`."""

from equity.records.declaration import Code, Field, RecordType
from equity.records.registry import code_lists, record_type, record_types
from equity.records.words import code_words, fold_word

__all__ = ["Code", "Field", "RecordType", "code_lists", "code_words", "fold_word", "record_type", "record_types"]
