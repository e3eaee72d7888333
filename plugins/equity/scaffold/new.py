"""`equity record new`: everything that a record type needs, written in one go or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from equity.declarations import DeclarationError, Label, read_yaml, validate
from equity.records import RecordType, record_types
from equity.records.registry import HERE
from equity.scaffold import derived, migration, sample, suite
from equity.scaffold.fields import NAME, TO_NAME, parse
from equity.settings import EXPECTATIONS

BLOCKS = ("person", "person_ref")


@dataclass(frozen=True)
class NewType:
    """What an engineer says of a new record type."""

    name: str
    label: Label
    grain: str
    key: tuple[str, ...]
    fields: tuple[str, ...]
    block: str | None = None
    order: tuple[tuple[str, str], ...] = ()
    document: dict[str, Any] = field(init=False, repr=False)
    declared: RecordType = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Understand it all before anything is written; raises DeclarationError."""
        if not NAME.fullmatch(self.name):
            raise DeclarationError(f"{self.name!r} is no name of a record type: small letters, digits and _")
        if self.name in record_types():
            raise DeclarationError(f"there is a record type {self.name} already; change its declaration and its suite")
        own: dict[str, Any] = {}
        for said in self.fields:
            name, about = parse(said)
            if name in own:
                raise DeclarationError(f"--field {said}: {name} is said twice")
            own[name] = about
        for name in self.key:
            if name in own:  # a row without its whole key could never be recognised again
                own[name] = {"type": own[name]["type"], "required": True, **own[name]}
        document = {
            "record_type": self.name, "label": self.label.model_dump(), "grain": self.grain, "key": list(self.key),
            **({"blocks": [self.block]} if self.block else {}), "fields": own,
        }  # fmt: skip
        declared = self._read(document)
        for first, then in self.order:
            wrong = [n for n in (first, then) if n not in declared.fields or declared.fields[n].type != "date"]
            if wrong:
                raise DeclarationError(f"--order {first},{then}: {wrong[0]} is no date of {self.name}")
        object.__setattr__(self, "document", document)
        object.__setattr__(self, "declared", declared)

    def _read(self, document: dict[str, Any]) -> RecordType:
        block: Any = read_yaml(HERE / "blocks" / f"{self.block}.yml") if self.block else {"fields": {}}
        shared = block["fields"]
        if twice := sorted(set(shared) & set(document["fields"])):
            raise DeclarationError(f"{', '.join(twice)}: the block {self.block} brings it already; leave it out")
        whole = {key: value for key, value in document.items() if key != "blocks"}
        declared = validate(whole | {"fields": shared | document["fields"]}, RecordType, f"{self.name}.yml")
        for name in declared.key:
            if not declared.fields[name].required:
                raise DeclarationError(f"--key {name}: the block {self.block} does not ask for it; choose another key")
        for language in ("th", "en"):
            labels = [getattr(about.label, language) for about in declared.fields.values()]
            if twice := sorted({words for words in labels if labels.count(words) > 1}):
                raise DeclarationError(f"two fields are called {twice[0]!r}; workbooks head columns by these words")
        return declared

    def write(self) -> list[Path]:
        """Write declaration, suite, migration, the row of its test, and what is derived; returns the files."""
        made = {
            HERE / "types" / f"{self.name}.yml": self._yaml(),
            EXPECTATIONS / f"{self.name}.json": suite.as_json(
                self.declared, suite.expectations(self.declared, self.order)
            ),
            sample.ROWS / f"{self.name}.json": sample.row(self.declared),
        }
        path, content = migration.revision(self.declared)
        made[path] = content
        for file, text in made.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        record_types.cache_clear()
        return [*made, *derived.write()]

    def _yaml(self) -> str:
        lines = ["# yaml-language-server: $schema=../schema/record_type.json"]
        lines += [f"{key}: {_flow(value)}" for key, value in self.document.items() if key != "fields"]
        lines += ["fields:", *(f"  {name}: {_flow(about)}" for name, about in self.document["fields"].items())]
        return "\n".join(lines) + "\n"


def _flow(value: Any) -> str:
    """YAML on one line, as people write it here."""
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**6)
    return text.removesuffix("...\n").strip()


def unnamed(types: Sequence[RecordType]) -> list[str]:
    """Fields whose Thai words nobody has written yet, as `type.field`."""
    return [
        f"{declared.record_type}.{name}"
        for declared in types
        for name, about in declared.fields.items()
        if about.label.th.startswith(TO_NAME)
    ]
