"""National ids of 13 digits and G-codes: reading them in spite of spreadsheets, and their check digit.

What the first digit says (Department of Provincial Administration):

====== ================================ =====================================================================
digit  kind                             whose number
====== ================================ =====================================================================
1–5    ``citizen``                      1 born from 1984 and registered in time, 2 registered late, 3 and 4 in a house
                                        registration by 31 May 1984, 5 added later (3–5 hold some registered aliens too)
6, 7   ``non_thai``                     6 entered unlawfully or for a time, 7 their children born in Thailand
8      ``permanent_or_naturalised``     lawful alien with residence, or given Thai nationality later
0      ``no_status``                    no registration status: a legitimate person, never to be thrown away
G      ``g_code``                       a pupil without a state number: G, year B.E. (2), province (2), serial (8)
====== ================================ =====================================================================

No number begins with 9.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equity.thai.columns import STRING, Parsed, any_true, as_strings, is_like, nulls, patch
from equity.thai.text import arabic_digits, clean

KINDS: tuple[str, ...] = ("citizen", "no_status", "non_thai", "permanent_or_naturalised", "g_code")
"""Values of the extra ``kind``."""

_DIGITS = 13
_THIRTEEN = r"^[0-8]\d{12}$"
_PARTED_HOUSE = r"^(\d{4})[- .](\d{6})[- .](\d)$"
_PARTED = r"^([0-8])[- .]?(\d{4})[- .]?(\d{5})[- .]?(\d{2})[- .]?(\d)$"
_G_CODE = r"^G\d{12}$"
_WEIGHTS = np.arange(13, 1, -1, dtype=np.int32)


def parse_national_ids(array: Any) -> Parsed:
    """Read national ids and G-codes.

    Thai digits, dashes, spaces, thousands commas, a leading apostrophe and a trailing ``.0`` are undone. A wrong check
    digit is no problem of reading: ask :func:`checksum_ok`.

    Args:
        array: string column of length *n*.

    Returns:
        ``values``: 13 digits, or ``G`` and 12 digits; extra ``kind``: dictionary<int8, string>, one of :data:`KINDS`,
        null where ``values`` is. Fatal problems: ``national_id.excel_damage`` (scientific), ``.wrong_length``,
        ``.unreadable``, ``.first_digit_9``; other: ``.leading_zero_restored`` (12 digits that a 0 makes valid).

    """
    column = as_strings(array)
    fine = is_like(column, _THIRTEEN)
    rest = pc.and_(pc.invert(fine), pc.is_valid(column))
    problems = nulls(column)
    if any_true(rest):
        values, part_problems = _read_rest(column.filter(rest))
        column = patch(column, rest, values)
        problems = patch(problems, rest, part_problems)
    return Parsed(column, problems, {"kind": _kinds(column)})


def _read_rest(raw: pa.Array) -> tuple[pa.Array, pa.Array]:
    text = pc.utf8_upper(arabic_digits(clean(raw)))
    scientific = is_like(text, r"^'?\d([.,]\d*)?E\+?\d{1,2}$")
    text = pc.replace_substring_regex(text, r"\.0+$", "")
    text = pc.replace_substring_regex(text, r"[\s'\-‐‑–—−_.,/]", "")
    text = pc.if_else(pc.equal(text, ""), pc.if_else(pc.is_valid(text), "?", text), text)  # nothing but dashes
    good = pc.or_(is_like(text, _THIRTEEN), is_like(text, _G_CODE))
    restored = pc.and_(is_like(text, r"^\d{12}$"), pc.invert(scientific))
    if any_true(restored):
        padded = pc.utf8_lpad(text.filter(restored), _DIGITS, "0")
        valid = pc.fill_null(checksum_ok(padded), False)
        restored = patch(restored, restored, valid)
        text = patch(text, restored, padded.filter(valid))
    problem = pc.case_when(
        pc.make_struct(
            scientific,
            restored,
            good,
            is_like(text, r"^9\d{12}$"),
            is_like(text, r"^G?\d+$"),
            pc.is_valid(text),
        ),
        "national_id.excel_damage",
        "national_id.leading_zero_restored",
        pa.scalar(None, STRING),
        "national_id.first_digit_9",
        "national_id.wrong_length",
        "national_id.unreadable",
    )
    kept = pc.and_(pc.or_(good, restored), pc.invert(scientific))
    return pc.if_else(kept, text, pa.scalar(None, STRING)), problem


def _kinds(values: pa.Array) -> pa.Array:
    first = pc.fill_null(pc.utf8_slice_codeunits(values, 0, 1), "")
    lookup = pc.index_in(first, pa.array(list("012345678G")))
    by_digit = pa.array([1, 0, 0, 0, 0, 0, 2, 2, 3, 4], pa.int8())
    return pa.DictionaryArray.from_arrays(by_digit.take(lookup), pa.array(KINDS))


def in_one_form(references: pa.Array) -> pa.Array:
    """References among which there may be national ids or house codes: with dashes or spaces they lose them.

    A person known as ``3-5201-00123-45-6`` today and as ``3520100123456`` tomorrow would be two. Nothing else is changed.

    Args:
        references: pa.string() of length *n*, digits Arabic.

    Returns:
        The same column with ids of 13 digits, and codes of houses of 11 (``5201-012345-6``), in one form.

    """
    ids = pc.replace_substring_regex(references, _PARTED, r"\1\2\3\4\5")
    return pc.replace_substring_regex(ids, _PARTED_HOUSE, r"\1\2\3")


def checksum_ok(array: Any) -> pa.Array:
    """Check the last digit: d13 = (11 - sum(d_i * (14 - i), i = 1..12) mod 11) mod 10.

    Args:
        array: string column of length *n*, as :func:`parse_national_ids` gives it.

    Returns:
        Boolean of length *n*; null for null, True for a well-formed G-code (it has no check digit), False for all else.

    """
    column = as_strings(array)
    thirteen = is_like(column, r"^\d{13}$")
    result = is_like(column, _G_CODE)
    if any_true(thirteen):
        result = patch(result, thirteen, pa.array(_check(_digits(column.filter(thirteen)))))
    return pc.if_else(pc.is_valid(column), result, pa.scalar(None, pa.bool_()))


def checksum_binds(array: Any) -> pa.Array:
    """Whether a wrong check digit condemns the id: first digit 1–5 or 8 yes; 0, 6, 7 and G-codes no (warn only).

    Args:
        array: string column of length *n*, as :func:`parse_national_ids` gives it.

    Returns:
        Boolean of length *n*, null for null.

    """
    column = as_strings(array)
    return pc.match_substring_regex(column, r"^[1-58]\d{12}$")


def check_digit(first_twelve: str) -> str:
    """Give the 13th digit that belongs to twelve.

    Raises:
        ValueError: when ``first_twelve`` is not twelve digits.

    """
    if len(first_twelve) != _DIGITS - 1 or not (first_twelve.isascii() and first_twelve.isdigit()):
        raise ValueError("expected twelve digits")
    total = sum(int(digit) * (13 - place) for place, digit in enumerate(first_twelve))
    return str((11 - total % 11) % 10)


def _digits(column: pa.Array) -> np.ndarray:
    """Digits of a null-free array of 13-digit strings, shape (k, 13), uint8."""
    offsets = np.frombuffer(column.buffers()[1], dtype=np.int32, count=len(column) + 1 + column.offset)[column.offset :]
    data = np.frombuffer(column.buffers()[2], dtype=np.uint8)[offsets[0] : offsets[-1]]
    return data.reshape(-1, _DIGITS) - ord("0")


def _check(digits: np.ndarray) -> np.ndarray:
    total = np.zeros(len(digits), dtype=np.int32)
    for place, weight in enumerate(_WEIGHTS):
        total += digits[:, place] * weight
    return (11 - total % 11) % 10 == digits[:, 12]
