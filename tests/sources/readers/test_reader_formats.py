"""What a file is, whatever it is called, and what is no table."""

from __future__ import annotations

import pytest
from reader_tables import opened, source

from equity.sources.readers import Unreadable


@pytest.mark.parametrize("data", [b"", b" \n\t", b"\xef\xbb\xbf", b"\xff\xfe"], ids=["none", "blank", "mark", "mark16"])
def test_a_file_of_nothing_is_empty(data: bytes) -> None:
    with pytest.raises(Unreadable) as hold:
        opened(data, "ก.csv", source())
    assert hold.value.code == "empty_file"


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"PK\x03\x04 cut off", "a.xlsx", "unreadable_workbook"),
        (b"not a workbook", "a.xls", "unreadable_workbook"),
        (b"%PDF-1.7", "a.pdf", "unknown_format"),
    ],
)
def test_what_is_no_table_is_refused(data: bytes, name: str, code: str) -> None:
    with pytest.raises(Unreadable) as hold:
        opened(data, name, source())
    assert hold.value.code == code


def test_a_file_that_no_table_declares() -> None:
    with pytest.raises(Unreadable) as hold:
        opened(b"a,b", "notes.csv", source({"files": "space*"}))
    assert hold.value.code == "not_declared" and hold.value.detail == {"name": "notes.csv"}
