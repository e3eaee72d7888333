"""A source: how one partner says things. One YAML file in `dags/sources/` declares it; this is its shape."""

from __future__ import annotations

import fnmatch
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import Field as Default
from pydantic import field_validator, model_validator

from equity.declarations import DeclarationError, Declared, Label, read
from equity.records import RecordType, code_lists, record_type
from equity.sources.fetch import Answer, Fetch

Era = Literal["auto", "buddhist", "christian"]
UNKNOWN, ZERO = "unknown", "zero"
YES, NO = "yes", "no"
# correction workbooks that may come back (.xlsx, or saved as .xls or .ods): taken whatever names a spec asks for
RETURNED = "*แก้ไข_LPG-*.[xo][ld]s*"
EXAMPLE = "ตัวอย่าง (ระบบไม่นำเข้า)"  # what the first cell of a template's example row says: it is never loaded
# what makes several fields from one or several columns: part → the fields it fills
PARTS: dict[str, tuple[str, ...]] = {
    "full_name": ("name_prefix", "first_name", "last_name", "nickname"),
    "address": ("house_no", "moo", "tambon_code", "amphoe_code", "province_code"),
    "place": ("tambon_code", "amphoe_code", "province_code"),
}


Family = Literal["unit", "abe_university", "municipal_centre", "reference"]
FAMILIES: tuple[Family, ...] = get_args(Family)


class Partner(Declared):
    """Who sends."""

    family: Family
    name: Label
    aliases: tuple[str, ...] = ()
    area: str = Default(pattern=r"^\d{2}(\d{2}(\d{2})?)?$")


class Column(Declared):
    """Where one canonical field comes from, and what the partner's blanks and words mean there.

    Exactly one origin: `header` (the first of these spellings that is there; where its cell is empty, the columns of
    `otherwise` put together), `value` (the same for every row),
    `join` (several columns, put together with a space), `ticked` (the names of those of these columns that are marked),
    `above` (what follows this label in a title or in a line over a block of rows; `*` for any line of one cell), or
    `credit` with `debit` (two columns of money as one signed amount; of one column that is signed already say `signed`).
    """

    header: tuple[str, ...] = ()
    otherwise: tuple[str, ...] = ()
    value: str | None = None
    join: tuple[str, ...] = ()
    ticked: tuple[str, ...] = ()
    above: str | None = None
    credit: str | None = None
    debit: str | None = None
    signed: bool = False
    era: Era = "auto"
    order: Literal["dmy", "mdy"] = "dmy"
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
            known = set(cls.model_fields) - {"words"}
            said = {key: value for key, value in given.items() if key in known}
            for several in ("header", "otherwise", "join", "ticked"):
                if isinstance(said.get(several), str):
                    said[several] = (said[several],)
            if isinstance(said.get("value"), int | float | date):
                said["value"] = str(said["value"])
            said["words"] = {str(key): _word(value) for key, value in given.items() if key not in known}
            return said
        return given

    @model_validator(mode="after")
    def _one_origin(self) -> Column:
        if self.otherwise and not self.header:
            raise ValueError("`otherwise` goes with `header`: the columns to use where its cell is empty")
        if bool(self.credit) != bool(self.debit):
            raise ValueError("`credit` and `debit` go together: name both columns")
        origins = (self.header, self.value is not None, self.join, self.ticked, self.above, self.credit)
        if sum(map(bool, origins)) != 1:
            raise ValueError(
                "say one of `header` (where it stands), `value` (the same for every row), `join`, `ticked`, `above`, "
                "or `credit` with `debit`"
            )
        return self

    def headers(self) -> tuple[str, ...]:
        """All columns of the file that the field may be read from."""
        above = (self.above,) if self.above else ()
        money = (self.credit, self.debit) if self.credit and self.debit else ()
        return self.header + self.otherwise + self.join + self.ticked + above + money


ANY_LINE = "*"


def _word(given: Any) -> str:
    """What a word means, as text: YAML reads `yes` and `no` as truth values."""
    return (YES if given else NO) if isinstance(given, bool) else str(given)


class Header(Declared):
    """Where the header block is: how many rows, and a text of the title block above it."""

    rows: Literal[1, 2, 3] = 1
    after: str | None = None


class Table(Declared):
    """One record type in the partner's files: where it stands and how its columns read."""

    record_type: str
    files: str | None = None
    sheet: tuple[str, ...] = ()
    every_sheet: bool = False
    header: Header = Header()
    skip: tuple[Literal["subtotals", "signatures"], ...] = ()
    fill: tuple[str, ...] = ()
    path: str | None = None
    query: str | None = None
    rows: str | None = None
    repeat: str | None = None
    sends: Literal["everything", "changes"]
    hold_if_rows_fall_below: float | None = None
    fields: dict[str, Column]
    parts: dict[str, tuple[str, ...] | dict[str, str]] = {}
    codes: dict[str, dict[str, str]] = {}
    ignore: tuple[str, ...] = ()

    @field_validator("sheet", "fill", mode="before")
    @classmethod
    def _one_or_several(cls, given: Any) -> Any:
        return (given,) if isinstance(given, str) else given or ()

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

    @field_validator("codes", mode="before", json_schema_input_type=dict[str, dict[str, str] | None])
    @classmethod
    def _codes_as_text(cls, given: Any) -> Any:
        """A field under which every word is a comment still has none: a draft's words may be answered one by one."""
        if not isinstance(given, dict):
            return given
        said = {field: {} if words is None else words for field, words in given.items()}
        if not all(isinstance(words, dict) for words in said.values()):
            return given
        return {field: {str(word): _word(code) for word, code in words.items()} for field, words in said.items()}

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
        headers = [header for column in self.fields.values() for header in column.headers() if header != ANY_LINE]
        return headers + [header for roles in self.part_headers().values() for header in roles.values()]

    def column_headers(self) -> list[str]:
        """The headers that must be looked for in a header block: without labels that stand above their rows."""
        above = set(self.above_labels())
        return [header for header in self.expected_headers() if header not in above]

    def above_labels(self) -> list[str]:
        """Labels whose value stands once over its block."""
        return list(dict.fromkeys(column.above for column in self.fields.values() if column.above))


class Version(Declared):
    """The rules from one day on."""

    since: date
    encoding: str | None = None
    delimiter: str | None = None
    tables: tuple[Table, ...] = Default(min_length=1)

    @model_validator(mode="after")
    def _one_snapshot_per_type(self) -> Version:
        types = [table.record_type for table in self.tables]
        twice = {t.record_type for t in self.tables if types.count(t.record_type) > 1 and t.sends == "everything"}
        if twice:
            raise ValueError(
                f"tables: {', '.join(sorted(twice))} is declared twice and sends everything: each would delete the "
                "other's rows; say `sends: changes`, or read several sheets as one table by `every_sheet: true`"
            )
        return self


class Limits(Declared):
    """How much of this installation and of the partner's server one source may take.

    `at_once`: how many of its tasks run at the same time (fetching, or one delivery each), the slots of its Airflow pool.
    `minutes`: how long fetching may take before it is ended and tried once more.
    """

    at_once: int = Default(default=2, ge=1, le=16)
    minutes: int = Default(default=20, ge=1, le=120)


class Source(Declared):
    """One partner source."""

    source: str = Default(pattern=r"^[a-z][a-z0-9_]{2,50}$")
    partner: Partner
    fetch: Fetch
    answer: Answer | None = None
    schedule: Literal["nightly"] = "nightly"
    promise: dict[Literal["every"], str] | None = None
    limits: Limits = Limits()
    versions: tuple[Version, ...] = Default(min_length=1)

    @field_validator("promise")
    @classmethod
    def _days_or_hours(cls, given: dict[str, str] | None) -> dict[str, str] | None:
        if given and not re.fullmatch(r"[1-9]\d*[dh]", given.get("every", "")):
            raise ValueError("promise.every: write a number of days or hours: 31d, 12h")
        return given

    @model_validator(mode="after")
    def _agrees_with_the_transport(self) -> Source:
        for v, version in enumerate(self.versions):
            for t, table in enumerate(version.tables):
                wrong = self.fetch.disagreement(path=table.path, rows=table.rows, query=table.query, sends=table.sends)
                if wrong:
                    raise ValueError(f"versions.{v}.tables.{t}.{wrong}")
        return self

    def version(self, day: date) -> Version:
        """The rules of `day`; the oldest ones for a day before all of them."""
        due = [version for version in self.versions if version.since <= day]
        return max(due, key=lambda version: version.since) if due else min(self.versions, key=lambda v: v.since)

    @property
    def pool(self) -> str:
        """The Airflow pool in which its tasks run, so that no source takes the places of another."""
        return f"source__{self.source}"

    @property
    def promised_every(self) -> timedelta | None:
        """How often the partner promised to send."""
        if not self.promise:
            return None
        number, unit = int(self.promise["every"][:-1]), self.promise["every"][-1]
        return timedelta(days=number) if unit == "d" else timedelta(hours=number)

    def tables_for(self, name: str, day: date) -> list[Table]:
        """The tables that a delivery of this name may hold (a file's name, or a REST path)."""
        return self.tables_of(name, self.version(day))

    def tables_of(self, name: str, version: Version) -> list[Table]:
        """The same under the rules of one version."""
        if self.fetch.pulled:
            return [table for table in version.tables if table.path == name]
        return [table for table in version.tables if fnmatch.fnmatch(name, table.files or self.fetch.pattern)]


_PATH = re.compile(r"^[A-Za-z_][\w.]*(?:[/.][A-Za-z_0-9][\w]*)+$", re.ASCII)


def last_step(header: str) -> str:
    """What stands last in a header of several rows (`top / bottom`) or in the path of a form (`risks/poverty`)."""
    if " / " in header:
        return header.rsplit(" / ", 1)[-1].strip()
    return re.split(r"[/.]", header)[-1] if _PATH.match(header) else header.strip()


def _check_column(name: str, column: Column, declared: RecordType) -> None:
    field = declared.fields.get(name)
    if field is None:
        raise ValueError(
            f"fields.{name}: {declared.record_type} has no such field; it has: {', '.join(declared.fields)}"
        )
    more = (YES, NO) if field.type == "boolean" else code_lists()[field.codes] if field.codes else ()
    for word, meaning in column.words.items():
        if meaning not in (UNKNOWN, ZERO, *more):
            choices = ", ".join((UNKNOWN, ZERO, *more))
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


def readable_sources(folder: Path) -> tuple[dict[str, Source], dict[str, str]]:
    """The specs of a folder that are right, and of each other one what is wrong: one wrong spec stops its own source alone."""
    sources, wrong = {}, {}
    for path in sorted(folder.glob("*.yml")):
        try:
            sources[path.stem] = read_source(path)
        except DeclarationError as error:
            wrong[path.stem] = str(error)
    return sources, wrong


def read_sources(folder: Path) -> dict[str, Source]:
    """All specs of a folder by id, in alphabetical order; raises DeclarationError for the first that is wrong."""
    return {path.stem: read_source(path) for path in sorted(folder.glob("*.yml"))}
