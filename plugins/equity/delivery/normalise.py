"""Normalise: text columns as sent become typed canonical columns; what cannot be read is a problem of that cell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equity.delivery.problems import PROBLEMS
from equity.delivery.said import said
from equity.records import Field, code_words, fold_word
from equity.settings import SPECS
from equity.sources.partners import names_of, partner_names
from equity.sources.readers import Block
from equity.sources.spec import Partner, Table
from equity.thai import dates, names, national_ids, numbers, organisations, phones, places, text
from equity.thai.columns import Parsed, by_unique, join_present

STRING = pa.string()
ARROW_TYPES: dict[str, pa.DataType] = {
    "date": pa.date32(), "number": pa.float64(), "integer": pa.int64(), "boolean": pa.bool_(), "code_set": STRING,
}  # fmt: skip


@dataclass(frozen=True)
class Rows:
    """Normalised rows of one record type, all columns of one length.

    columns: canonical field → typed array (dates date32, numbers float64, integers int64, booleans bool, the rest text;
    a code set is text of the form `{a,b}`); also what follows from a field: `national_id_kind`, `birth_date_precision`,
    `name_prefix.sex` (male/female as the prefix says), `name_prefix.child_born` (birth date where the prefix is a child's),
    `<date>.last` where a date is known by its month or year alone: the last day that it may be.
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
        found = tuple(header for header in column.headers() if header in there)
        origin[name] = found[:1] if column.header and not column.otherwise else found
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


def read_plainly(texts: pa.Array, field: Field) -> Parsed | None:
    """A number, a yes or no, or a national id, whatever the spec says beside; None for a field of another type."""
    if field.type == "number":
        return numbers.parse_numbers(texts, field.unit)
    if field.type == "integer":
        return numbers.parse_integers(texts, field.unit)
    if field.type == "boolean":
        return numbers.parse_booleans(texts)
    if field.type == "national_id":
        return national_ids.parse_national_ids(texts)
    return None


class Normaliser:
    """Normalises the blocks of one table; made once a delivery, so that word lists are compiled once."""

    def __init__(self, table: Table, received_on: date, partner: Partner | None = None) -> None:
        self.table = table
        self.received_on = received_on
        self.fields = table.declared.fields
        self._partner = partner

    @cached_property
    def _organisations(self) -> dict[str, str]:
        """The partners of the house, and the one who sends, by each of their names."""
        return partner_names(SPECS) | (names_of(self._partner) if self._partner else {})

    def __call__(self, block: Block) -> Rows:
        """Normalise one block."""
        given = {name: said(column, self.fields[name], block) for name, column in self.table.fields.items()}
        parts = {
            part: {role: block.columns.get(header, _nulls(block)) for role, header in roles.items()}
            for part, roles in self.table.part_headers().items()
        }
        columns: dict[str, pa.Array] = {}
        parsed: dict[str, Parsed] = {}
        if "full_name" in parts:
            # what has a column of its own is taken from there
            parsed |= {n: read for n, read in _full_names(parts["full_name"]).items() if n not in given}
        area = {role: given.get(f"{role}_code") for role in ("tambon", "amphoe", "province")}
        if "address" in parts:
            cut = places.split_addresses(_joined(list(parts["address"].values())))
            columns |= {name: cut[name] for name in ("house_no", "moo") if name not in given}
            area = {role: cut[role] if own is None else pc.coalesce(own, cut[role]) for role, own in area.items()}
        if "place" in parts:
            area |= parts["place"]
        if any(column is not None for column in area.values()):
            # a code of eight digits ends in the village's number, where nothing else says it
            parsed |= {n: read for n, read in _places(area).items() if n != "moo" or n not in given | columns}
        for name, field in self.fields.items():
            if name in given and name not in parsed and name not in columns:
                parsed[name] = self._parse(name, field, given[name])
        parsed = {
            name: read for name, read in parsed.items() if name in self.fields
        }  # a part may fill more than is asked
        columns |= {name: read.values for name, read in parsed.items()}
        self._derive(columns, parsed)
        problems, doubts = {}, {}
        for name, read in parsed.items():
            problems[name], doubts[name] = _by_weight(read.problems)
        return Rows(columns, problems, doubts, block.row_no)

    def _parse(self, name: str, field: Field, texts: pa.Array) -> Parsed:
        kind = field.type
        if kind == "date":
            earliest, latest = self._range(field)
            read = dates.parse_dates(
                texts, era=self.table.fields[name].era, order=self.table.fields[name].order, earliest=earliest,
                latest=latest,
            )  # fmt: skip
            return _without(read, "date.out_of_range")  # which days are plausible is the suite's word
        plain = read_plainly(texts, field)
        if plain is not None:
            return plain
        if kind == "phone":
            return phones.parse_phones(texts)
        if kind in ("code", "code_set"):
            return self._codes(name, field, texts)
        if name == "name_prefix":
            return names.parse_prefixes(texts)
        if name == "first_name":
            return _one_first_name(texts)
        if name in ("moo", "house_no"):
            return _fine(text.arabic_digits(texts))
        if field.names == "organisation":
            return _fine(organisations.full_names(texts, self._organisations))
        if kind in ("ref", "person_ref"):
            return _fine(national_ids.in_one_form(text.arabic_digits(texts)))
        return _fine(texts)

    def _range(self, field: Field) -> tuple[date, date]:
        """The years that a two-digit year may mean."""
        day = self.received_on
        if field.era_range == "past_century":
            return day - timedelta(days=115 * 366), day
        ahead = 40 if field.era_range == "future" else 1
        return day - timedelta(days=30 * 366), day + timedelta(days=ahead * 366)

    def _codes(self, name: str, field: Field, said: pa.Array) -> Parsed:
        words = code_words(field.codes or "") | {
            fold_word(word): code for word, code in self.table.codes.get(name, {}).items()
        }

        def one(distinct: pa.Array) -> Parsed:
            found = [words.get(fold_word(value)) for value in distinct.to_pylist()]
            problems = [None if code else "code.unknown" for code in found]
            return Parsed(pa.array(found, STRING), pa.array(problems, STRING))

        def several(distinct: pa.Array) -> Parsed:
            values, problems = [], []
            for value in distinct.to_pylist():
                codes = [words.get(fold_word(part)) for part in _asked(value, words)]
                known = sorted({code for code in codes if code})
                values.append("{" + ",".join(known) + "}" if known else None)
                problems.append("code.unknown" if None in codes else None)
            return Parsed(pa.array(values, STRING), pa.array(problems, STRING))

        return by_unique(said, several if field.type == "code_set" else one)

    def _derive(self, columns: dict[str, pa.Array], parsed: dict[str, Parsed]) -> None:
        if "amount_baht" in parsed and "kind" in columns:
            # a ledger that signs its amounts writes what goes out as less than nothing; what comes in never is
            amount, column = parsed["amount_baht"].values, self.table.fields["amount_baht"]
            # and of a line whose kind nobody knows nothing can be said
            out = pc.or_(pc.is_in(columns["kind"], value_set=_GOES_OUT), pc.is_null(columns["kind"]))
            is_signed = column.signed or column.credit is not None
            columns["amount_baht.moved"] = pc.if_else(out, pc.abs(amount), amount) if is_signed else amount
        for name, read in parsed.items():
            if self.fields[name].type == "date" and name in columns:
                last = dates.last_days(columns[name], read.extras["precision"])
                if last is not None:
                    columns[f"{name}.last"] = last
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


_GOES_OUT = pa.array(["saving_out", "welfare_payment", "advance", "fee"], STRING)
_SEPARATORS = re.compile(r"[;/|\n+]|และ")


def _asked(value: str, words: dict[str, str]) -> list[str]:
    """The words of a cell that may hold several; a word that is known as it stands is not taken apart."""
    asked: list[str] = []
    for piece in re.split(r"[;\n]", value):
        if fold_word(piece) in words:
            asked.append(piece)
        else:
            asked += [part.strip() for part in _SEPARATORS.sub(",", piece).split(",")]
    # forms put spaces between the codes that were chosen
    return [word for part in asked if part for word in _known(part, words)]


def _known(part: str, words: dict[str, str]) -> list[str]:
    """The part itself when it is known, its words when each of them is, else the part as it is."""
    apart = part.split()
    return apart if fold_word(part) not in words and all(fold_word(word) in words for word in apart) else [part]


def _fine(values: pa.Array) -> Parsed:
    return Parsed(values, pa.nulls(len(values), STRING))


def _nulls(block: Block) -> pa.Array:
    return pa.nulls(len(block), STRING)


def _joined(columns: list[pa.Array]) -> pa.Array:
    if len(columns) == 1:
        return columns[0]
    return join_present(columns, " ")  # raw: a line break tells two persons apart


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
        "moo": _fine(found.extras["moo"].cast(STRING)),
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
