"""How a field is said on the command line, and what its declaration becomes."""

from __future__ import annotations

import re
from typing import Any, get_args

from equity.declarations import DeclarationError
from equity.records import code_lists, record_types
from equity.records.declaration import FieldType, Privacy

TYPES: tuple[str, ...] = get_args(FieldType)
PRIVACY: tuple[str, ...] = get_args(Privacy)
ERAS = ("recent", "past_century", "future")
# what every raw table or staging view has beside its fields, and words that SQL keeps to itself
RESERVED = {
    "record_id", "source", "delivery_id", "row_no", "record_key", "row_hash", "known_from", "is_deleted", "flags",
    "person_hash", "known_to", "is_current", "table", "column", "user", "order", "group", "end", "to",
}  # fmt: skip
NAME = re.compile(r"[a-z][a-z0-9_]{1,50}")
HOW = (
    "write name:type[:required][:unit, code list or record type][:privacy][=ไทย/English], "
    "such as visited_on:date:required=วันที่เยี่ยม/Visited on"
)
TO_NAME = "ชื่อไทยของ"
"""How a Thai label begins that nobody has written yet."""


def parse(said: str) -> tuple[str, dict[str, Any]]:
    """One `--field`: its name and what its declaration says; raises DeclarationError with the mend."""
    head, _, words = said.partition("=")
    name, *said_of_it = [part.strip() for part in head.split(":")]
    kind, rest = (said_of_it or [""])[0], said_of_it[1:]
    if not NAME.fullmatch(name) or name in RESERVED:
        taken = "is taken by every table" if name in RESERVED else "is no name: small letters, digits and _"
        raise DeclarationError(f"--field {said}: {name!r} {taken}; {HOW}")
    if kind not in TYPES:
        raise DeclarationError(f"--field {said}: there is no type {kind!r}; there are: {', '.join(TYPES)}")
    field: dict[str, Any] = {"type": kind}
    for part in rest:
        _understand(said, field, part)
    _complete(said, name, field)
    return name, field | {"label": _label(name, words)}


def _understand(said: str, field: dict[str, Any], part: str) -> None:
    kind = field["type"]
    if part == "required":
        field["required"] = True
    elif part in PRIVACY:
        field["privacy"] = part
    elif part in ERAS and kind == "date":
        field["era_range"] = part
    elif kind in ("code", "code_set") and part in code_lists():
        field["codes"] = part
    elif kind == "ref" and part in record_types():
        field["of"] = part
    elif kind in ("number", "integer") and NAME.fullmatch(part):
        field["unit"] = part
    else:
        raise DeclarationError(f"--field {said}: {part!r} means nothing for a {kind}; {HOW}")


def _complete(said: str, name: str, field: dict[str, Any]) -> None:
    """What the house asks of every field of its kind."""
    kind = field["type"]
    if kind in ("code", "code_set") and "codes" not in field:
        lists = ", ".join(code_lists())
        raise DeclarationError(f"--field {said}: name its list of codes.yml; there are: {lists}")
    if kind in ("number", "integer") and "unit" not in field:
        raise DeclarationError(f"--field {said}: say its unit, such as baht, persons, hours, percent, score_1_5")
    if (kind == "person_ref") > name.endswith("_ref") or (name.endswith("_ref") and kind not in ("ref", "person_ref")):
        raise DeclarationError(f"--field {said}: names that end in _ref are for the types ref and person_ref")
    if kind in ("national_id", "phone") or field.get("privacy") == "direct":
        raise DeclarationError(
            f"--field {said}: what identifies a person belongs to the person block: say --person instead"
        )
    if "disab" in name:
        field["privacy"] = "sensitive"


def _label(name: str, words: str) -> dict[str, str]:
    """The words given, else those of a field of this name elsewhere, else a name for it to be written over."""
    thai, _, english = (part.strip() for part in words.partition("/"))
    known = next((t.fields[name].label for t in record_types().values() if name in t.fields), None)
    return {
        "th": thai or (known.th if known else f"{TO_NAME} {name}"),
        "en": english or (known.en if known else name.removesuffix("_code").replace("_", " ").capitalize()),
    }
