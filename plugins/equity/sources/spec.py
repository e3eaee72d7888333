"""A source: how one partner says things. One YAML file in `dags/sources/` declares it; this is its shape."""

from __future__ import annotations

import fnmatch
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import Field as Default
from pydantic import field_validator, model_validator

from equity.declarations import DeclarationError, Declared, Label, read
from equity.records import RecordType, code_lists, record_type
from equity.sources.fetch import Answer, Fetch

Era = Literal["auto", "buddhist", "christian"]
UNKNOWN, ZERO = "unknown", "zero"
# what makes several fields from one or several columns: part → the fields it fills
PARTS: dict[str, tuple[str, ...]] = {
    "full_name": ("name_prefix", "first_name", "last_name", "nickname"),
    "address": ("house_no", "moo", "tambon_code", "amphoe_code", "province_code"),
    "place": ("tambon_code", "amphoe_code", "province_code"),
}


class Partner(Declared):
    """Who sends."""

    family: Literal["unit", "abe_university", "municipal_centre", "reference"]
    name: Label
    aliases: tuple[str, ...] = ()
    area: str = Default(pattern=r"^\d{2}(\d{2}(\d{2})?)?$")


class Column(Declared):
    """Where one canonical field comes from, and what the partner's blanks and words mean there."""

    header: tuple[str, ...] = ()
    value: str | None = None
    era: Era = "auto"
    empty: Literal["unknown", "zero"] = "unknown"
    words: dict[str, str] = {}

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, given: Any) -> Any:
        """`วันเกิด`, `[วันเกิด, ว/ด/ป]` or `{header: …, "-": zero}` all say a column."""
        if isinstance(given, str):
            return {"header": (given,)}
        if isinstance(given, list):
            return {"header": tuple(given)}
        if isinstance(given, dict):
            known = {"header", "value", "era", "empty"}
            said = {key: value for key, value in given.items() if key in known}
            if isinstance(said.get("header"), str):
                said["header"] = (said["header"],)
            said["words"] = {str(key): str(value) for key, value in given.items() if key not in known}
            return said
        return given

    @model_validator(mode="after")
    def _one_origin(self) -> Column:
        if bool(self.header) == (self.value is not None):
            raise ValueError("say either `header` (where it stands) or `value` (the same for every row)")
        return self


class Header(Declared):
    """Where the header block is: how many rows, and a text of the title block above it."""

    rows: Literal[1, 2] = 1
    after: str | None = None


class Table(Declared):
    """One record type in the partner's files: where it stands and how its columns read."""

    record_type: str
    files: str | None = None
    sheet: str | None = None
    header: Header = Header()
    skip: tuple[Literal["subtotals", "signatures"], ...] = ()
    path: str | None = None
    rows: str | None = None
    sends: Literal["everything", "changes"]
    hold_if_rows_fall_below: float | None = None
    fields: dict[str, Column]
    parts: dict[str, tuple[str, ...] | dict[str, str]] = {}
    codes: dict[str, dict[str, str]] = {}
    ignore: tuple[str, ...] = ()

    @field_validator("hold_if_rows_fall_below", mode="before")
    @classmethod
    def _percent(cls, given: Any) -> Any:
        if given is None or isinstance(given, float):
            return given
        found = re.fullmatch(r"(\d{1,2})\s*%", str(given))
        if not found:
            raise ValueError("write a percentage of the last snapshot, such as 60%")
        return int(found[1]) / 100

    @field_validator("parts", mode="before")
    @classmethod
    def _parts_short(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given  # refused in words by what follows
        return {key: (value,) if isinstance(value, str) else value for key, value in given.items()}

    @field_validator("codes", mode="before")
    @classmethod
    def _codes_as_text(cls, given: Any) -> Any:
        if not isinstance(given, dict) or not all(isinstance(words, dict) for words in given.values()):
            return given
        return {field: {str(word): str(code) for word, code in words.items()} for field, words in given.items()}

    @model_validator(mode="after")
    def _agrees_with_the_record_type(self) -> Table:
        try:
            declared = record_type(self.record_type)
        except DeclarationError as error:
            raise ValueError(str(error)) from None
        for name, column in self.fields.items():
            _check_column(name, column, declared)
        for part in self.parts:
            if part not in PARTS:
                raise ValueError(f"parts.{part}: there is no such part; there are: {', '.join(PARTS)}")
        for name, words in self.codes.items():
            _check_codes(name, words, declared)
        filled = set(self.fields) | {field for part in self.parts for field in PARTS[part]}
        lacking = [name for name in declared.key if name not in filled]
        lacking += [n for n, f in declared.fields.items() if f.required and n not in filled and n not in lacking]
        if lacking:
            raise ValueError(
                f"fields: {', '.join(lacking)} of {self.record_type} must come from somewhere: name a header"
            )
        return self

    @property
    def declared(self) -> RecordType:
        """The record type that this table delivers."""
        return record_type(self.record_type)

    def part_headers(self) -> dict[str, dict[str, str]]:
        """Parts with the role of each column: {'place': {'tambon': 'ตำบล'}} or {'full_name': {'0': 'ชื่อ-สกุล'}}."""
        return {
            part: said if isinstance(said, dict) else {str(i): header for i, header in enumerate(said)}
            for part, said in self.parts.items()
        }

    def expected_headers(self) -> list[str]:
        """All headers that the spec knows, in its order, without those it ignores."""
        headers = [header for column in self.fields.values() for header in column.header]
        return headers + [header for roles in self.part_headers().values() for header in roles.values()]


class Version(Declared):
    """The rules from one day on."""

    since: date
    encoding: str | None = None
    delimiter: str | None = None
    tables: tuple[Table, ...] = Default(min_length=1)

    @model_validator(mode="after")
    def _one_snapshot_per_type(self) -> Version:
        types = [table.record_type for table in self.tables]
        twice = {name for name in types if types.count(name) > 1}
        if twice:
            raise ValueError(f"tables: {', '.join(sorted(twice))} is declared twice; a record type has one table")
        return self


class Source(Declared):
    """One partner source."""

    source: str = Default(pattern=r"^[a-z][a-z0-9_]{2,50}$")
    partner: Partner
    fetch: Fetch
    answer: Answer | None = None
    schedule: Literal["nightly"] = "nightly"
    promise: dict[Literal["every"], str] | None = None
    versions: tuple[Version, ...] = Default(min_length=1)

    @field_validator("promise")
    @classmethod
    def _days_or_hours(cls, given: dict[str, str] | None) -> dict[str, str] | None:
        if given and not re.fullmatch(r"[1-9]\d*[dh]", given.get("every", "")):
            raise ValueError("promise.every: write a number of days or hours: 31d, 12h")
        return given

    def version(self, day: date) -> Version:
        """The rules of `day`; the oldest ones for a day before all of them."""
        due = [version for version in self.versions if version.since <= day]
        return max(due, key=lambda version: version.since) if due else min(self.versions, key=lambda v: v.since)

    @property
    def promised_every(self) -> timedelta | None:
        """How often the partner promised to send."""
        if not self.promise:
            return None
        number, unit = int(self.promise["every"][:-1]), self.promise["every"][-1]
        return timedelta(days=number) if unit == "d" else timedelta(hours=number)

    def tables_for(self, name: str, day: date) -> list[Table]:
        """The tables that a delivery of this name may hold (a file's name, or a REST path)."""
        tables = self.version(day).tables
        if self.fetch.by == "rest":
            return [table for table in tables if table.path == name]
        return [table for table in tables if fnmatch.fnmatch(name, table.files or self.fetch.files)]


def _check_column(name: str, column: Column, declared: RecordType) -> None:
    field = declared.fields.get(name)
    if field is None:
        raise ValueError(
            f"fields.{name}: {declared.record_type} has no such field; it has: {', '.join(declared.fields)}"
        )
    codes = code_lists()[field.codes] if field.codes else {}
    for word, meaning in column.words.items():
        if meaning not in (UNKNOWN, ZERO) and meaning not in codes:
            choices = ", ".join((UNKNOWN, ZERO, *codes))
            raise ValueError(f"fields.{name}.{word}: {meaning!r} means nothing here; a word may mean: {choices}")


def _check_codes(name: str, words: dict[str, str], declared: RecordType) -> None:
    field = declared.fields.get(name)
    if field is None or field.codes is None:
        raise ValueError(f"codes.{name}: {declared.record_type} has no coded field of that name")
    known = code_lists()[field.codes]
    for word, code in words.items():
        if code not in known:
            raise ValueError(
                f"codes.{name}.{word}: {code!r} is no code of {field.codes}; there are: {', '.join(known)}"
            )


def read_source(path: Path) -> Source:
    """One validated spec; raises DeclarationError."""
    source = read(path, Source)
    if source.source != path.stem:
        raise DeclarationError(f"{path.name}: source: must be the file's name, {path.stem}")
    return source


def read_sources(folder: Path) -> dict[str, Source]:
    """All specs of a folder by id, in alphabetical order; raises DeclarationError for the first that is wrong."""
    return {path.stem: read_source(path) for path in sorted(folder.glob("*.yml"))}
