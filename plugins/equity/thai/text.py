"""Thai text: which encoding it came in, the explicit normalisations, digits, and a key to sort by.

Unicode's own normal forms are no use here: NFC leaves nikhahit + sara aa apart, NFKC takes sara am to pieces.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equity.thai.columns import any_true, as_strings, is_like, letters_of, patch, text_by_unique

_ALIASES = {
    "tis620": "cp874",
    "tis6200": "cp874",
    "tis62025331": "cp874",
    "iso885911": "cp874",
    "iso8859112001": "cp874",
    "windows874": "cp874",
    "cp874": "cp874",
    "ms874": "cp874",
    "thai": "cp874",
    "utf8": "utf-8",
    "utf8sig": "utf-8-sig",
    "utf8bom": "utf-8-sig",
    "utf16": "utf-16",
    "utf16le": "utf-16-le",
    "utf16be": "utf-16-be",
    "unicode": "utf-16",
}
_UTF8_BOM = b"\xef\xbb\xbf"
_PROBE_BYTES = 65_536


class DecodeError(ValueError):
    """Bytes that are text in none of the encodings tried.

    Attributes:
        offset: position (from 0) of the first byte that does not fit, under the encoding that came furthest.
        encodings: the encodings tried, in order.

    """

    def __init__(self, offset: int, encodings: tuple[str, ...], reason: str = "") -> None:
        self.offset = offset
        self.encodings = encodings
        tried = ", ".join(encodings)
        super().__init__(f"byte {offset} cannot be read as text (tried {tried}){': ' + reason if reason else ''}")


def decode(data: bytes, encoding: str | None = None) -> tuple[str, str]:
    """Turn a file's bytes into text.

    UTF-8 with and without a byte-order mark, UTF-16 with and without one, and Windows-874 are told apart. TIS-620 is
    always read as its superset ``cp874``: the codec ``tis_620`` fails on 0xA0 and garbles curly quotes.

    Args:
        data: the whole file.
        encoding: the contract's pinned encoding; no other is tried then. A byte-order mark is dropped in any case.

    Returns:
        The text and the encoding used (``utf-8``, ``utf-8-sig``, ``utf-16``, ``utf-16-le``, ``utf-16-be``, ``cp874``,
        or the pinned one).

    Raises:
        DecodeError: when no encoding fits; ``offset`` is the first bad byte.
        LookupError: when the pinned encoding does not exist.

    """
    if encoding is not None:
        name = _ALIASES.get(re.sub(r"[^a-z0-9]", "", encoding.lower()), encoding)
        if name == "utf-8" and data.startswith(_UTF8_BOM):
            name = "utf-8-sig"
        elif name == "utf-16" and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            name = _utf16_without_mark(data) or "utf-16-le"
        return _strict(data, (name,))
    if data.startswith(_UTF8_BOM):
        return _strict(data, ("utf-8-sig",))
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _strict(data, ("utf-16",))
    wide = _utf16_without_mark(data)
    if wide:
        return _strict(data, (wide,))
    text, used = _strict(data, ("utf-8", "cp874"))
    return text, used


def _strict(data: bytes, encodings: tuple[str, ...]) -> tuple[str, str]:
    furthest, reason = -1, ""
    for name in encodings:
        if name == "cp874" and len(encodings) > 1 and _looks_like_broken_utf8(data):
            continue
        try:
            text = data.decode(name)
        except UnicodeDecodeError as error:
            if error.start > furthest:
                furthest, reason = error.start, f"{name}: {error.reason}"
        else:
            # a mark survives the codecs that name their byte order
            return text.removeprefix("\ufeff"), name
    raise DecodeError(max(furthest, 0), encodings, reason)


def _looks_like_broken_utf8(data: bytes) -> bool:
    """Thai in UTF-8 is three bytes led by E0 B8 or E0 B9; in cp874 that would be เธ or เน before every letter."""
    high = sum(byte >= 0x80 for byte in data[:_PROBE_BYTES])
    lead = data[:_PROBE_BYTES].count(b"\xe0\xb8") + data[:_PROBE_BYTES].count(b"\xe0\xb9")
    return high > 0 and lead * 3 > 0.6 * high


def _utf16_without_mark(data: bytes) -> str | None:
    probe = data[:_PROBE_BYTES]
    if len(data) < 4 or len(data) % 2:
        return None
    low, high = probe[0::2], probe[1::2]

    def share(half: bytes) -> float:
        return (half.count(0x00) + half.count(0x0E)) / len(half)

    little, big = share(high), share(low)
    # neither byte occurs in text of one byte a letter
    if little > 0.6 and little > big:
        return "utf-16-le"
    if big > 0.6 and big > little:
        return "utf-16-be"
    return None


# --- the explicit normalisations -------------------------------------------------------------------------------------

_SPACES = "\t\n\x0b\x0c\r\x85\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_DROPPED = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_TONES = "่-๋"
_UPPER_LOWER = "ัิ-ฺ็"  # vowels and marks written before the tone mark on the same consonant
_NEEDS_SPACING = f"[{_SPACES}{_DROPPED}]|^ | $|  |^$"
_REPEATABLE = "ัิีึืฺุู็่้๊๋์ํ๎ะาำแโใไ"
NEEDS_MENDING = "|".join(
    [
        *(letter * 2 for letter in _REPEATABLE),
        "เเ",
        f"ํ[{_TONES}]?า",
        f"ำ[{_TONES}]",
        f"[{_TONES}์][{_UPPER_LOWER}]",
        "[\u0300-\u036f]",
    ]
)
_RE_SPACES = re.compile(f"[ {_SPACES}]+")
_RE_DROPPED = re.compile(f"[{_DROPPED}]")
# the same four in the same order as in _mend
_MENDS = (
    ("เเ", "แ"),
    (f"ํ([{_TONES}]?)า", r"\1ำ"),
    (f"ำ([{_TONES}])", r"\1ำ"),
    (f"([{_TONES}์]+)([{_UPPER_LOWER}])", r"\2\1"),
)
_RE_SARA_AM = re.compile(f"ํ([{_TONES}]?)า")
_RE_AM_TONE = re.compile(f"ำ([{_TONES}])")
_RE_TONE_FIRST = re.compile(f"([{_TONES}์]+)([{_UPPER_LOWER}])")
_RE_REPEATED = re.compile(f"([{_REPEATABLE}])\\1+")
_RE_LATIN_MARK = re.compile("[\u0300-\u036f]")
_RE_MENDED = re.compile(  # most texts need none of the mends
    f"เเ|ํ[{_TONES}]?า|ำ[{_TONES}]|[{_TONES}์][{_UPPER_LOWER}]|([{_REPEATABLE}])\\1|[\u0300-\u036f]"
)


def clean(array: Any) -> pa.Array:
    """Normalise text without changing what it says; digits are left alone.

    nikhahit + sara aa → sara am (also with a tone mark between), sara am + tone mark → tone mark + sara am, two sara e
    → sara ae, a mark or vowel typed twice → once, tone mark typed before its vowel → after; zero-width and control
    characters dropped; every kind of white space, line breaks too, → one space; ends stripped; empty → null.
    Applying it twice changes nothing.

    Args:
        array: string column of length *n*.

    Returns:
        ``pa.string()`` of length *n*.

    """
    column = as_strings(array)
    if _is_plain(column):
        return column
    spacing = is_like(column, _NEEDS_SPACING)
    if any_true(spacing):
        part = column.filter(spacing)
        part = pc.replace_substring_regex(part, f"[{_DROPPED}]", "")
        part = pc.replace_substring_regex(part, f"[ {_SPACES}]+", " ")
        part = pc.utf8_trim(part, " ")
        part = pc.if_else(pc.equal(part, ""), pa.scalar(None, pa.string()), part)
        column = patch(column, spacing, part)
    mending = is_like(column, NEEDS_MENDING)
    if any_true(mending):
        part = column.filter(mending)
        for pattern, replacement in _MENDS:
            part = pc.replace_substring_regex(part, pattern, replacement)
        column = patch(column, mending, part)
        mending = is_like(column, NEEDS_MENDING)
    if any_true(mending):
        column = patch(column, mending, text_by_unique(column.filter(mending), _mend))
    return column


def _is_plain(column: pa.Array) -> bool:
    """Whether every letter is visible ASCII: codes, numbers and dates need no regex, and ten times less time."""
    letters = letters_of(column)
    # one comparison for both ends: what lies below "!" wraps round to a large number
    return bool((letters - np.uint8(0x21) < 0x7F - 0x21).all()) and not any_true(pc.equal(column, ""))


def clean_text(text: str) -> str:
    """Clean one string as :func:`clean` does; an empty result stays an empty string."""
    return _mend(_RE_SPACES.sub(" ", _RE_DROPPED.sub("", text)).strip(" "))


def _mend(text: str) -> str:
    if not _RE_MENDED.search(text):
        return text
    before = None
    while before != text:
        before = text
        text = text.replace("เเ", "แ")
        text = _RE_SARA_AM.sub(r"\1ำ", text)
        text = _RE_AM_TONE.sub(r"\1ำ", text)
        text = _RE_TONE_FIRST.sub(r"\2\1", text)
        text = _RE_REPEATED.sub(r"\1", text)
        if _RE_LATIN_MARK.search(text):
            text = unicodedata.normalize("NFC", text)
    return text


_THAI_DIGITS = "๐๑๒๓๔๕๖๗๘๙"
_DIGIT_TABLE = str.maketrans(_THAI_DIGITS, "0123456789")


def arabic_digits(array: Any) -> pa.Array:
    """Turn ๐–๙ into 0–9; length *n* in, ``pa.string()`` of length *n* out, all else untouched."""
    column = as_strings(array)
    if not (letters_of(column) & 0x80).any():
        return column
    mask = is_like(column, "[๐-๙]")
    if not any_true(mask):
        return column
    part = column.filter(mask)
    for value, digit in enumerate(_THAI_DIGITS):
        part = pc.replace_substring(part, digit, str(value))
    return patch(column, mask, part)


def arabic_digits_text(text: str) -> str:
    """Turn ๐–๙ into 0–9 in one string."""
    return text.translate(_DIGIT_TABLE)


# --- order -----------------------------------------------------------------------------------------------------------

_MARK_RANKS = "็่้๊๋์"
_KEY_SEPARATOR = "\t"  # below space, so a longer name never slips between two tones of a shorter one


def sort_key(array: Any) -> pa.Array:
    """Give a key whose code-point order is Thai dictionary order (Royal Society).

    Leading vowels เ แ โ ใ ไ go after their consonant; ็ ่ ้ ๊ ๋ ์ count only between words otherwise equal and stand
    behind a tab, one digit per letter. Latin letters are lower-cased, Thai digits count as 0–9. Store it with
    ``COLLATE "C"``.

    Args:
        array: string column of length *n*, cleaned.

    Returns:
        ``pa.string()`` of length *n*.

    """
    column = pc.utf8_lower(arabic_digits(array))
    column = pc.replace_substring_regex(column, "([เ-ไ])([ก-ฮ])", r"\2\1")
    marked = is_like(column, f"[{_MARK_RANKS}]")
    if not any_true(marked):
        return column
    part = column.filter(marked)
    primary = pc.replace_substring_regex(part, f"[{_MARK_RANKS}]", "")
    secondary = pc.replace_substring_regex(part, f"[^{_MARK_RANKS}]", "0")
    for rank, mark in enumerate(_MARK_RANKS, start=1):
        secondary = pc.replace_substring(secondary, mark, str(rank))
    secondary = pc.replace_substring_regex(secondary, "0?([1-6])[1-6]*", r"\1")
    secondary = pc.utf8_rtrim(secondary, "0")
    return patch(column, marked, pc.binary_join_element_wise(primary, secondary, _KEY_SEPARATOR))
