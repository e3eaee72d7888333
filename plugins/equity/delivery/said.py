"""What a partner's cells say of one field: from one column or several, with the partner's own words for nothing and zero."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

import pyarrow as pa
import pyarrow.compute as pc

from equity.records import Field
from equity.sources.readers import Block
from equity.sources.spec import UNKNOWN, ZERO, Column, last_step
from equity.thai import text
from equity.thai.columns import by_unique, join_present

STRING = pa.string()
# what a cell without a value looks like, unless the spec says more of the column
BLANKS = dict.fromkeys(
    ("-", "–", "—", "--", "---", ".", "n/a", "N/A", "NA", "#N/A", "ไม่ระบุ", "ไม่ทราบ", "ไม่มีข้อมูล", "null", "NULL", "None",
     "NaN", "nan"), UNKNOWN,
)  # fmt: skip
# of a number it may mean zero, of a text be the answer; nobody's reference, number or day is called so
NOTHING = dict.fromkeys(("ไม่มี", "ยังไม่มี"), UNKNOWN)
NAMED_OR_DATED = ("ref", "person_ref", "national_id", "phone", "date")
NOT_TICKED = frozenset(("", "0", "-", "–", "—", ".", "ไม่", "ไม่ใช่", "ไม่มี", "no", "n", "false", "f", "0.0", "0.00",
                        "✗", "✘", "☐", "□"))  # fmt: skip


def said(column: Column, field: Field, block: Block) -> pa.Array:
    """The field's text as the partner gave it, blanks and the partner's words for nothing or zero resolved."""
    if column.value is not None:
        return pa.repeat(pa.scalar(column.value, STRING), len(block))
    if column.ticked:
        return _ticked(column.ticked, block)
    if column.credit and column.debit:
        return _signed(_cells(column.credit, block), _cells(column.debit, block))
    if column.join:
        return _resolved(_together(column.join, block), column, field)
    if column.above:
        return _resolved(_of_a_line(_cells(column.above, block), field), column, field)
    header = next((header for header in column.header if header in block.columns), None)
    found = _resolved(block.columns[header], column, field) if header else pa.nulls(len(block), STRING)
    if column.otherwise and found.null_count:
        found = pc.coalesce(found, _together(column.otherwise, block))
    return found


def _cells(header: str, block: Block) -> pa.Array:
    return block.columns.get(header, pa.nulls(len(block), STRING))


def _together(headers: tuple[str, ...], block: Block) -> pa.Array:
    """What several columns say, with a space between; a blank such as `-` says nothing and so is no part of it."""
    blanks = pa.array(list(BLANKS), STRING)
    cells = [text.clean(_cells(header, block)) for header in headers]
    nothing = pa.scalar(None, STRING)
    return join_present([pc.if_else(pc.is_in(c, value_set=blanks), nothing, c) for c in cells], " ")


def _resolved(texts: pa.Array, column: Column, field: Field) -> pa.Array:
    # a cell without a value may mean zero; a word that the spec says to mean unknown does not
    blanks = dict.fromkeys(BLANKS, column.empty) | (NOTHING if field.type in NAMED_OR_DATED else {})
    meaning = {word: _meaning(means) for word, means in {**blanks, **column.words}.items()}
    known = pa.array(list(meaning), STRING)

    def understood(some: pa.Array) -> pa.Array:
        cleaned = text.clean(some)
        if column.empty == ZERO:
            cleaned = pc.fill_null(cleaned, "0")
        if not pc.any(pc.is_in(cleaned, value_set=known), min_count=0).as_py():
            return cleaned
        return by_unique(cleaned, lambda d: pa.array([meaning.get(v, v) for v in d.to_pylist()], STRING))

    if column.empty == ZERO:
        texts = pc.fill_null(texts, "")
    repeats = len(texts) > 1000 and len(texts.slice(0, 1000).unique()) < 250
    return by_unique(texts, understood) if repeats else understood(texts)


def _meaning(word: str) -> str | None:
    return None if word == UNKNOWN else "0" if word == ZERO else word


def _ticked(headers: tuple[str, ...], block: Block) -> pa.Array:
    """The names of the marked columns, separated by `;`; the name is what stands last in the header block."""
    names = []
    for header in headers:
        name = last_step(header).replace(";", ",") if header in block.columns else ""
        marked = by_unique(_cells(header, block), _is_ticked)
        names.append(pc.if_else(pc.fill_null(marked, False), pa.scalar(name, STRING), pa.scalar(None, STRING)))
    return join_present(names, ";")


def _is_ticked(distinct: pa.Array) -> pa.Array:
    marks = (text.arabic_digits_text(text.clean_text(value)).casefold() for value in distinct.to_pylist())
    return pa.array([mark not in NOT_TICKED for mark in marks], pa.bool_())


def _signed(credit: pa.Array, debit: pa.Array) -> pa.Array:
    """Money in two columns as one signed amount; where both hold some, or a text is no number, all that was said."""
    came, went = (by_unique(cells, _bare_number) for cells in (credit, debit))
    both = pc.and_(pc.is_valid(came), pc.is_valid(went))
    minus = pc.if_else(
        pc.fill_null(pc.match_substring_regex(went, r"^[-−]"), False), pc.utf8_ltrim(went, "-−"),
        pc.binary_join_element_wise("-", went, ""),
    )  # fmt: skip
    either = pc.coalesce(came, minus)
    return pc.if_else(both, pc.binary_join_element_wise(came, went, " / "), either)


def _bare_number(distinct: pa.Array) -> pa.Array:
    found: list[str | None] = []
    for value in distinct.to_pylist():
        word = text.arabic_digits_text(text.clean_text(value)).removesuffix("บาท").strip()
        try:
            empty = word in BLANKS or not word or Decimal(word.replace(",", "")) == 0
        except InvalidOperation:
            empty = False
        found.append(None if empty else word)
    return pa.array(found, STRING)


_FIRST_NUMBER = re.compile(r"[\d๐-๙][\d๐-๙,.]*")
_UP_TO_A_YEAR = re.compile(r"^.*?(?<![\d๐-๙])[\d๐-๙]{4}(?![\d๐-๙])")
_END_OF_WORDS = re.compile(r"\s{2,}|\s*[()\[\]]")


def _of_a_line(lines: pa.Array, field: Field) -> pa.Array:
    """The value within a title or a line over a block: a number, a date up to its year, or the words up to a gap."""

    def cut(distinct: pa.Array) -> pa.Array:
        found: list[str | None] = []
        for line in distinct.to_pylist():
            if field.type in ("integer", "number"):
                match = _FIRST_NUMBER.search(line)
                found.append(match[0].rstrip(".,") if match else line)
            elif field.type == "date":
                match = _UP_TO_A_YEAR.match(line)
                found.append(match[0] if match else line)
            else:
                found.append(_END_OF_WORDS.split(line)[0] or None)
        return pa.array(found, STRING)

    return by_unique(lines, cut)
