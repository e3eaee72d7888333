"""The declared record types and code lists, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from equity.declarations import DeclarationError, read_yaml, validate
from equity.records.declaration import Code, RecordType

HERE = Path(__file__).parent


@cache
def code_lists() -> dict[str, dict[str, Code]]:
    """All code lists: list name → code → its words, in declared order."""
    document = read_yaml(HERE / "codes.yml")
    assert isinstance(document, dict)  # noqa: S101
    return {
        name: {str(code): validate(words, Code, f"codes.yml: {name}.{code}") for code, words in codes.items()}
        for name, codes in document.items()
    }


@cache
def record_types() -> dict[str, RecordType]:
    """All record types by name, in alphabetical order; raises DeclarationError."""
    types = {}
    for path in sorted((HERE / "types").glob("*.yml")):
        declared = _read(path)
        if declared.record_type != path.stem:
            raise DeclarationError(f"{path.name}: record_type: must be the file's name, {path.stem}")
        types[path.stem] = declared
    return types


def record_type(name: str) -> RecordType:
    """One record type; raises DeclarationError naming those that there are."""
    try:
        return record_types()[name]
    except KeyError:
        raise DeclarationError(f"no record type {name!r}; there are: {', '.join(record_types())}") from None


def _read(path: Path) -> RecordType:
    document: Any = read_yaml(path)
    fields: dict[str, Any] = {}
    for block in document.pop("blocks", []):
        block_path = HERE / "blocks" / f"{block}.yml"
        if not block_path.exists():
            raise DeclarationError(f"{path.name}: blocks: there is no block {block!r}")
        block_document: Any = read_yaml(block_path)
        fields |= block_document["fields"]
    document["fields"] = fields | document.get("fields", {})
    declared = validate(document, RecordType, path.name)
    for name, field in declared.fields.items():
        if field.codes and field.codes not in code_lists():
            raise DeclarationError(f"{path.name}: fields.{name}.codes: codes.yml has no list {field.codes!r}")
        if field.of and not (HERE / "types" / f"{field.of}.yml").exists():
            raise DeclarationError(f"{path.name}: fields.{name}.of: there is no record type {field.of!r}")
    return declared
