"""How every hand-written file of the house is read: YAML in, a validated frozen model out, errors that name file, key and mend."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

Model = TypeVar("Model", bound="Declared")


class Declared(BaseModel):
    """Base of all declarations: unknown keys are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(Declared):
    """Words for people, in Thai and English."""

    th: str
    en: str


class DeclarationError(ValueError):
    """A hand-written file is wrong; the message names the file, the key and what to do."""


def read_yaml(path: Path) -> object:
    """Parse one YAML file; raises DeclarationError with line and column when it is no YAML."""
    try:
        return yaml.load(path.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DeclarationError(f"{path.name}: not readable as YAML: {error}") from error


def read(path: Path, model: type[Model]) -> Model:
    """Validate one YAML file as `model`; raises DeclarationError naming file, key and mend for every wrong key."""
    return validate(read_yaml(path), model, path.name)


def validate(document: object, model: type[Model], name: str) -> Model:
    """Validate a parsed document; `name` is how errors call it."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        lines = []
        places = [found["loc"] for found in error.errors()]
        for found in error.errors():
            if found["type"] == "too_short" and any(
                len(at) > len(found["loc"]) == _shared(at, found["loc"]) for at in places
            ):
                continue  # what is wrong within it was told already
            key = ".".join(_keys_of(found["loc"], document)) or "(top)"
            mend = "remove it or correct its spelling" if found["type"] == "extra_forbidden" else found["msg"]
            lines.append(f"{name}: {key}: {mend}")
        raise DeclarationError("\n".join(lines)) from error


def _shared(one: tuple[int | str, ...], other: tuple[int | str, ...]) -> int:
    """How many parts two places begin with in common."""
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))))


def _keys_of(place: tuple[int | str, ...], document: object) -> list[str]:
    """The keys that lead to an error: of a choice told apart by `by`, Pydantic also names the one chosen, which is no key."""
    keys: list[str] = []
    node = document
    for at, part in enumerate(place, 1):
        # a key that is missing is the last part; anything else that the document does not have is such a choice
        if isinstance(node, dict) and part not in node and (node.get("by") == part or at < len(place)):
            continue
        keys.append(str(part))
        inside = isinstance(node, dict) and part in node
        inside = inside or (isinstance(node, list) and isinstance(part, int) and part < len(node))
        node = node[part] if inside else None  # type: ignore[index]
    return keys
