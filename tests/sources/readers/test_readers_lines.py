"""Rows as lines: where a text is said to have one row a line, every line alone is the row that it is in the whole."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equity.sources.readers import lines as module
from equity.sources.readers.lines import Lines, after_line, is_by_line, may_be_by_line

CELLS = st.text(alphabet='ab,"\n\r ก', max_size=6)


def by_line(text: str) -> bool:
    return is_by_line(text.encode(), ",")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n", True),
        ('"a,1",b\n"c",d\n', True),
        ('"say ""a""",b', True),
        ('"""a""",b\r\n', True),
        ('"",b\n', True),
        ('"a\nb",c\n', False),
        ('5" pipe,b\n', False),
        ('a"b,"c\n', False),
        ('"a" ,b\n', False),
        ('"a,b\n', False),
        ('a,"b\n"c,d\n', False),
        ("a\rb\n", False),
        ("a,b\r", False),
        ("", True),
    ],
)
def test_what_is_one_row_a_line_for_certain(text: str, expected: bool) -> None:
    assert by_line(text) is expected


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "shift_jis"])
def test_where_a_byte_may_be_half_a_letter_nothing_is_certain(encoding: str) -> None:
    assert not may_be_by_line(b"a,b\n", encoding, ",") and may_be_by_line(b"a|b\r\n", "cp874", "|")


def test_as_many_rows_as_lines_by_accident_are_no_lines() -> None:
    """One row of two lines, and one line that a carriage return makes two rows."""
    assert not may_be_by_line(b'"a\nb",c\nd,e\rf,g\n', "utf-8", ",")


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=3), max_size=5), st.booleans())
def test_every_line_alone_is_its_row(rows: list[list[str]], raw: bool) -> None:
    if raw:  # as somebody's own program writes it
        text = "\n".join(",".join(row) for row in rows)
    else:
        written = io.StringIO()
        csv.writer(written, lineterminator="\n").writerows(rows)
        text = written.getvalue()
    if not by_line(text):
        return
    pieces = Lines(memoryview(text.encode()), 1, ",", "", lambda parts: iter(())).pieces()
    lines = [line.decode() for piece in pieces for line in piece]
    whole = list(csv.reader(io.StringIO(text, newline="")))
    assert [next(csv.reader([line]), []) for line in lines] == whole


def test_lines_are_the_same_in_pieces_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    text = b"".join(b'%d,"%s"\n' % (i, b"x" * (i % 7)) for i in range(60)) + b"end,1"
    for size in (1, 3, 10, 64, 1 << 20):
        monkeypatch.setattr(module, "PIECE", size)
        pieces = list(Lines(memoryview(text), 1, ",", "", lambda parts: iter(())).pieces())
        assert [line for piece in pieces for line in piece] == text.split(b"\n")


def test_where_the_lines_after_a_header_begin() -> None:
    assert [after_line(b"a\nb\nc", n) for n in (0, 1, 2, 3)] == [0, 2, 4, -1]
