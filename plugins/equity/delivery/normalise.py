"""Normalise: text columns as sent become typed canonical columns; what cannot be read is a problem of that cell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equity.delivery.problems import PROBLEMS
from equity.records import Field, code_lists
from equity.sources.readers import Block
from equity.sources.spec import UNKNOWN, ZERO, Column, Table
from equity.thai import dates, names, national_ids, numbers, phones, places, text
from equity.thai.columns import Parsed, by_unique

STRING = pa.string()
# what a cell without a value looks like, unless the spec says more of the column
BLANKS = dict.fromkeys(("-", "–", "—", ".", "n/a", "N/A", "ไม่ระบุ", "ไม่ทราบ", "null", "NULL", "None"), UNKNOWN)
ARROW_TYPES: dict[str, pa.DataType] = {
    "date": pa.date32(), "number": pa.float64(), "integer": pa.int64(), "boolean": pa.bool_(), "code_set": STRING,
}  # fmt: skip


@dataclass(frozen=True)
class Rows:
    """Normalised rows of one record type, all columns of one length.

    columns: canonical field → typed array (dates date32, numbers float64, integers int64, booleans bool, the rest text;
    a code set is text of the form `{a,b}`); also what follows from a field: `national_id_kind`, `birth_date_precision`,
    `name_prefix.sex` (male/female as the prefix says), `name_prefix.child_born` (birth date where the prefix is a child's).
    problems: field → problem code of cells that could not be read; doubts: likewise of cells that were read with a doubt.
    """

    columns: dict[str, pa.Array]
    problems: dict[str, pa.Array]
    doubts: dict[str, pa.Array]
    row_no: np.ndarray

    def __len__(self) -> int:
        return len(self.row_no)


def origins(table: Table, headers: list[str]) -> dict[str, tuple[str, ...]]:
    """Which columns of the file each canonical field was read from (for colouring cells)."""
    there = set(headers)
    origin: dict[str, tuple[str, ...]] = {}
    for name, column in table.fields.items():
        origin[name] = tuple(header for header in column.header if header in there)[:1]
    for part, roles in table.part_headers().items():
        for role, header in roles.items():
            for name in _fields_of(part, role):
                origin[name] = (*origin.get(name, ()), header) if header in there else origin.get(name, ())
    return origin


def _fields_of(part: str, role: str) -> tuple[str, ...]:
    if part == "full_name":
        return ("name_prefix", "first_name", "last_name", "nickname")
    if part == "address":
        return ("house_no", "moo", "tambon_code", "amphoe_code", "province_code")
    return (f"{role}_code",)


class Normaliser:
    """Normalises the blocks of one table; made once a delivery, so that word lists are compiled once."""

    def __init__(self, table: Table, received_on: date) -> None:
        self.table = table
        self.received_on = received_on
        self.fields = table.declared.fields

    def __call__(self, block: Block) -> Rows:
        """Normalise one block."""
        said = {name: self._said(name, column, block) for name, column in self.table.fields.items()}
        parts = {
            part: {role: block.columns.get(header, _nulls(block)) for role, header in roles.items()}
            for part, roles in self.table.part_headers().items()
        }
        columns: dict[str, pa.Array] = {}
        parsed: dict[str, Parsed] = {}
        if "full_name" in parts:
            parsed |= _full_names(parts["full_name"])
        given = {role: said.get(f"{role}_code") for role in ("tambon", "amphoe", "province")}
        if "address" in parts:
            cut = places.split_addresses(_joined(list(parts["address"].values())))
            columns |= {name: cut[name] for name in ("house_no", "moo")}
            given = {role: cut[role] for role in given}
        if "place" in parts:
            given |= parts["place"]
        if any(column is not None for column in given.values()):
            parsed |= _places(given)
        for name, field in self.fields.items():
            if name in said and name not in parsed and name not in columns:
                parsed[name] = self._parse(name, field, said[name])
        parsed = {
            name: read for name, read in parsed.items() if name in self.fields
        }  # a part may fill more than is asked
        columns |= {name: read.values for name, read in parsed.items()}
        self._derive(columns, parsed)
        problems, doubts = {}, {}
        for name, read in parsed.items():
            problems[name], doubts[name] = _by_weight(read.problems)
        return Rows(columns, problems, doubts, block.row_no)

    def _said(self, name: str, column: Column, block: Block) -> pa.Array:
        """The column's text, blanks and the partner's words for nothing or zero resolved."""
        if column.value is not None:
            return pa.repeat(pa.scalar(column.value, STRING), len(block))
        header = next((header for header in column.header if header in block.columns), None)
        if header is None:
            return _nulls(block)
        words = {**BLANKS, **column.words}
        meaning = {word: _meaning(means) for word, means in words.items()}
        known = pa.array(list(meaning), STRING)

        def understood(texts: pa.Array) -> pa.Array:
            cleaned = text.clean(texts)
            if not pc.any(pc.is_in(cleaned, value_set=known), min_count=0).as_py():
                return cleaned
            return by_unique(cleaned, lambda d: pa.array([meaning.get(v, v) for v in d.to_pylist()], STRING))

        said = block.columns[header]
        repeats = len(said) > 1000 and len(said.slice(0, 1000).unique()) < 250
        cleaned = by_unique(said, understood) if repeats else understood(said)
        if column.empty == ZERO:
            cleaned = pc.fill_null(cleaned, "0")
        return cleaned

    def _parse(self, name: str, field: Field, said: pa.Array) -> Parsed:
        kind = field.type
        if kind == "date":
            earliest, latest = self._range(field)
            read = dates.parse_dates(said, era=self.table.fields[name].era, earliest=earliest, latest=latest)
            return _without(read, "date.out_of_range")  # which days are plausible is the suite's word
        if kind == "number":
            return numbers.parse_numbers(said)
        if kind == "integer":
            return numbers.parse_integers(said)
        if kind == "boolean":
            return numbers.parse_booleans(said)
        if kind == "national_id":
            return national_ids.parse_national_ids(said)
        if kind == "phone":
            return phones.parse_phones(said)
        if kind in ("code", "code_set"):
            return self._codes(name, field, said)
        if name == "name_prefix":
            return names.parse_prefixes(said)
        if name == "first_name":
            return _one_first_name(said)
        if kind in ("ref", "person_ref"):
            return _fine(text.arabic_digits(said))
        return _fine(said)

    def _range(self, field: Field) -> tuple[date, date]:
        """The years that a two-digit year may mean."""
        day = self.received_on
        if field.era_range == "past_century":
            return day - timedelta(days=115 * 366), day
        ahead = 40 if field.era_range == "future" else 1
        return day - timedelta(days=30 * 366), day + timedelta(days=ahead * 366)

    def _codes(self, name: str, field: Field, said: pa.Array) -> Parsed:
        words = _words_of(field.codes or "") | {
            _fold(word): code for word, code in self.table.codes.get(name, {}).items()
        }

        def one(distinct: pa.Array) -> Parsed:
            found = [words.get(_fold(value)) for value in distinct.to_pylist()]
            problems = [None if code else "code.unknown" for code in found]
            return Parsed(pa.array(found, STRING), pa.array(problems, STRING))

        def several(distinct: pa.Array) -> Parsed:
            values, problems = [], []
            for value in distinct.to_pylist():
                asked = [part.strip() for part in _SEPARATORS.sub(",", value).split(",") if part.strip()]
                codes = [words.get(_fold(part)) for part in asked]
                known = sorted({code for code in codes if code})
                values.append("{" + ",".join(known) + "}" if known else None)
                problems.append("code.unknown" if None in codes else None)
            return Parsed(pa.array(values, STRING), pa.array(problems, STRING))

        return by_unique(said, several if field.type == "code_set" else one)

    def _derive(self, columns: dict[str, pa.Array], parsed: dict[str, Parsed]) -> None:
        if "national_id" in parsed:
            columns["national_id_kind"] = parsed["national_id"].extras["kind"].cast(STRING)
        if "birth_date" in parsed:
            columns["birth_date_precision"] = parsed["birth_date"].extras["precision"].cast(STRING)
        if "name_prefix" in parsed:
            extras = parsed["name_prefix"].extras
            columns["name_prefix.sex"] = extras["sex"].cast(STRING)
            if "birth_date" in columns:
                child = pc.fill_null(extras["child"], False)
                columns["name_prefix.child_born"] = pc.if_else(
                    child, columns["birth_date"], pa.scalar(None, pa.date32())
                )
            if "sex" in self.fields:
                known = columns.get(
                    "sex", pa.nulls(len(child) if "birth_date" in columns else len(extras["sex"]), STRING)
                )
                columns["sex"] = pc.coalesce(known, columns["name_prefix.sex"])


def _meaning(word: str) -> str | None:
    return None if word == UNKNOWN else "0" if word == ZERO else word


def _fold(word: str) -> str:
    return text.arabic_digits_text(text.clean_text(word)).casefold()


_SEPARATORS = re.compile(r"[;/|\n+]|และ")


@cache
def _words_of(code_list: str) -> dict[str, str]:
    """The words that always mean a code: the code itself and its Thai and English labels."""
    words: dict[str, str] = {}
    for code, label in code_lists()[code_list].items():
        words |= {_fold(code): code, _fold(label.th): code, _fold(label.en): code}
    return words


def _fine(values: pa.Array) -> Parsed:
    return Parsed(values, pa.nulls(len(values), STRING))


def _nulls(block: Block) -> pa.Array:
    return pa.nulls(len(block), STRING)


def _joined(columns: list[pa.Array]) -> pa.Array:
    if len(columns) == 1:
        return columns[0]
    return pc.binary_join_element_wise(*columns, " ", null_handling="skip")  # raw: a line break tells two persons apart


def _full_names(columns: dict[str, pa.Array]) -> dict[str, Parsed]:
    whole = names.split_full_names(_joined(list(columns.values())))
    prefix = names.parse_prefixes(whole.extras["name_prefix"])
    quiet = pa.nulls(len(whole.values), STRING)
    return {
        "name_prefix": Parsed(prefix.values, quiet, prefix.extras),
        "first_name": Parsed(whole.values, whole.problems),
        "last_name": Parsed(whole.extras["last_name"], quiet),
        "nickname": Parsed(whole.extras["nickname"], quiet),
    }


def _one_first_name(said: pa.Array) -> Parsed:
    """A first name in a column of its own: taken as it stands unless it names two persons."""
    problems = names.split_full_names(said).problems
    two = pc.equal(problems, "name.two_persons")
    nothing = pa.scalar(None, STRING)
    return Parsed(pc.if_else(pc.fill_null(two, False), nothing, said), pc.if_else(two, problems, nothing))


def _without(read: Parsed, code: str) -> Parsed:
    dropped = pc.if_else(pc.equal(read.problems, code), pa.scalar(None, STRING), read.problems)
    return Parsed(read.values, dropped, read.extras)


def _places(given: dict[str, pa.Array | None]) -> dict[str, Parsed]:
    found = places.lampang().resolve(given["tambon"], given["amphoe"], given["province"])
    return {
        "tambon_code": Parsed(found.values.cast(STRING), found.problems),
        "amphoe_code": _fine(found.extras["amphoe_code"].cast(STRING)),
        "province_code": _fine(found.extras["province_code"].cast(STRING)),
    }


def _by_weight(codes: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Split problem codes into those of unreadable cells and those of doubtful ones."""
    if codes.null_count == len(codes):
        return codes, codes
    fatal = pc.is_in(codes, value_set=_FATAL)
    nothing = pa.scalar(None, STRING)
    return pc.if_else(fatal, codes, nothing), pc.if_else(fatal, nothing, codes)


_FATAL = pa.array([code for code, problem in PROBLEMS.items() if problem.fatal], STRING)
