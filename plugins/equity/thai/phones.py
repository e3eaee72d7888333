"""Thai phone numbers."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from equity.thai.columns import STRING, Parsed, any_true, as_strings, by_unique, is_like, nulls, parsed_rows, patch
from equity.thai.text import arabic_digits, clean

_MOBILE = r"0[689]\d{8}"
_LANDLINE = r"0[2-57]\d{7}"
_GOOD = rf"^({_MOBILE}|{_LANDLINE})$"
_RE_GOOD = re.compile(_GOOD)
_NO_ZERO = r"^([689]\d{8}|[2-57]\d{7})$"
_SEPARATORS = r"[\s'()\-‐‑–—−._]"
_COUNTRY = r"^(?:\+|00)?66\(?0?\)?([2-9]\d{7,8})$"
_RE_EXTENSION = re.compile(r"\s*(?:ต่อ|กด|ext\.?|extension|#)\s*[\d\-,\s]+", re.IGNORECASE)
_RE_SPLIT = re.compile(r"[,;/|&\n]|และ|หรือ|กับ|\bor\b|\band\b", re.IGNORECASE)
_RE_CANDIDATE = re.compile(
    r"(?:\+|00)?66[\s\-.()]*0?[\s\-.()]*[2-9](?:[\s\-.()]*\d){7,8}(?!\d)|0(?:[\s\-.()]*\d){8,9}(?!\d)"
)
_EXTRAS = {"second": STRING}


def parse_phones(array: Any) -> Parsed:
    """Read phone numbers as ``0812345678`` (mobile, 10 digits) or ``054222222`` (landline, 9 digits).

    Thai digits, dashes, spaces, brackets, ``+66``, words such as ``โทร.``, an extension (dropped) and a trailing
    ``.0`` are read; a lost leading zero is put back.

    Args:
        array: string column of length *n*.

    Returns:
        ``values``: the number, or the first of several; extra ``second``: the next number of the cell, if any.
        Problems: ``phone.unreadable`` (fatal), ``phone.leading_zero_restored``, ``phone.several``.

    """
    column = as_strings(array)
    rest = pc.and_(pc.invert(is_like(column, _GOOD)), pc.is_valid(column))
    problems, second = nulls(column), nulls(column)
    if any_true(rest):
        part = _read_rest(column.filter(rest))
        column = patch(column, rest, part.values)
        problems = patch(problems, rest, part.problems)
        second = patch(second, rest, part.extras["second"])
    return Parsed(column, problems, {"second": second})


def _read_rest(raw: pa.Array) -> Parsed:
    text = arabic_digits(clean(raw))
    bare = pc.replace_substring_regex(text, r"\.0$", "")
    bare = pc.replace_substring_regex(bare, _SEPARATORS, "")
    bare = pc.replace_substring_regex(bare, _COUNTRY, r"0\1")
    lost = is_like(bare, _NO_ZERO)
    if any_true(lost):
        bare = patch(bare, lost, pc.binary_join_element_wise("0", bare.filter(lost), ""))
    good = is_like(bare, _GOOD)
    values = pc.if_else(good, bare, pa.scalar(None, STRING))
    problems = pc.if_else(lost, "phone.leading_zero_restored", pa.scalar(None, STRING))
    second = nulls(values)
    hard = pc.and_(pc.invert(good), pc.is_valid(text))
    if any_true(hard):
        part = by_unique(text.filter(hard), _read_distinct)
        values = patch(values, hard, part.values)
        problems = patch(problems, hard, part.problems)
        second = patch(second, hard, part.extras["second"])
    return Parsed(values, problems, {"second": second})


def _read_distinct(distinct: pa.Array) -> Parsed:
    return parsed_rows((_read(text) for text in distinct.to_pylist()), STRING, _EXTRAS)


def _read(text: str) -> tuple[str | None, str | None, str | None]:
    text = _RE_EXTENSION.sub(" ", text)
    found: list[str] = []
    restored = False
    for piece in _RE_SPLIT.split(text):
        candidates = [_bare(match) for match in _RE_CANDIDATE.findall(piece)]
        if not candidates:
            digits = re.sub(rf"{_SEPARATORS}|[^\d+]", "", piece)
            if re.fullmatch(_NO_ZERO, digits):
                candidates, restored = ["0" + digits], True
        found += [number for number in candidates if _RE_GOOD.match(number) and number not in found]
    if not found:
        return None, "phone.unreadable", None
    if len(found) > 1:
        return found[0], "phone.several", found[1]
    return found[0], "phone.leading_zero_restored" if restored else None, None


def _bare(text: str) -> str:
    return re.sub(_COUNTRY, r"0\1", re.sub(_SEPARATORS, "", text))
