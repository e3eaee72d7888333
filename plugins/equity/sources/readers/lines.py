"""Lines: of a text in which every row is one line, rows can be told apart by their bytes, before anything is parsed.

When a text was read as as many rows as it has lines, each of its lines is a row by itself, wherever it stands: the parser
began it outside of any quotation marks and ended it so. With them only lines may stand that are surely so too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from equity.sources.readers.table import Block

PIECE = 8 << 20
QUOTE, NEWLINE, RETURN = 34, 10, 13
# a line break is one byte in these, and no letter has that byte within it
BY_BYTES = ("utf-8", "utf-8-sig", "utf8", "ascii", "cp874", "tis-620", "cp1252", "latin-1", "iso8859-1")


@dataclass(frozen=True)
class Part:
    """Rows of a text as bytes, after some lines that are none; each one's number, or that of the row before the first."""

    data: bytes
    skip: int
    numbers: np.ndarray | int

    def number(self, at: int) -> int:
        """Number of the row that is the at-th, counted from 1."""
        return int(self.numbers[at - 1]) if isinstance(self.numbers, np.ndarray) else self.numbers + at

    def numbers_of(self, at: np.ndarray) -> np.ndarray:
        """Numbers of rows that are counted from 1."""
        return self.numbers[at - 1] if isinstance(self.numbers, np.ndarray) else at + self.numbers


@dataclass(frozen=True)
class Lines:
    """A text as lines of bytes, which may each be one row; the first one is row `first`.

    read: gives the blocks of some of them. told: all that a line's reading depends on besides its bytes.
    """

    data: memoryview
    first: int
    delimiter: str
    told: str
    read: Callable[[Iterable[Part]], Iterator[Block]]

    def pieces(self) -> Iterator[list[bytes]]:
        """All lines, some megabytes at a time."""
        for piece in _pieces(self.data):
            lines = bytes(piece).split(b"\n")
            if not lines[-1]:
                lines.pop()
            yield lines


def may_be_by_line(text: bytes, encoding: str, delimiter: str) -> bool:
    """Whether bytes tell where a line ends and a cell begins.

    A carriage return alone ends a row too: with a row of two lines elsewhere there would be as many rows as lines.
    """
    by_bytes = encoding.lower().replace("_", "-") in BY_BYTES and len(delimiter.encode()) == 1
    return by_bytes and not _returns_alone(text)


def is_by_line(text: bytes, delimiter: str) -> bool:
    """Whether every row is one line for certain: each quotation mark stands at the edge of a cell and is closed in its line."""
    if _returns_alone(text):
        return False
    piece = np.frombuffer(text, dtype=np.uint8)
    quotes = np.flatnonzero(piece == QUOTE)
    if not len(quotes):
        return True
    if len(quotes) % 2:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    before = piece[np.maximum(opening - 1, 0)]
    before[opening == 0] = NEWLINE
    after = piece[np.minimum(closing + 1, len(piece) - 1)]
    after[closing == len(piece) - 1] = NEWLINE
    breaks = np.add.reduceat(piece == NEWLINE, quotes, dtype=np.int32)  # between each mark and the next
    edge = np.zeros(256, dtype=bool)
    edge[[ord(delimiter), NEWLINE, QUOTE]] = True
    if not edge[before].all():
        return False
    edge[RETURN] = True
    return bool(edge[after].all() and not breaks[0::2].any())


def _returns_alone(text: bytes) -> bool:
    """Whether carriage returns stand elsewhere than at ends of lines."""
    return b"\r" in text and text.count(b"\r") != text.count(b"\r\n")


def after_line(data: bytes, lines: int) -> int:
    """Where the line after some lines begins; -1 when there are not as many."""
    at = 0
    for _ in range(lines):
        at = data.find(b"\n", at) + 1
        if not at:
            return -1
    return at


def _pieces(data: memoryview) -> Iterator[memoryview]:
    at = 0
    while at < len(data):
        end = at + PIECE
        if end < len(data):
            rest = bytes(data[at:end]).rfind(b"\n") + 1
            if not rest:  # a line as long as a piece: it ends where it ends
                while end < len(data) and data[end - 1] != NEWLINE:
                    end += 1
                rest = end - at
            end = at + rest
        yield data[at:end]
        at = end
