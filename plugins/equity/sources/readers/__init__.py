"""Readers: the bytes of a delivery become tables of text, as sent. Types, words and rules come later.

Every reader gives `OpenTable`s: the columns' headers, and blocks of at most `BLOCK_ROWS` rows with their row numbers
as the sender sees them (Excel's row, the record's line in a CSV file counted with its header, the position in a pull).
"""

from __future__ import annotations

import re
from typing import Literal

from equity.sources.readers.jsons import BOM, open_json
from equity.sources.readers.table import Beside, Block, OpenTable, Unreadable
from equity.sources.readers.texts import DELIMITERS, open_text
from equity.sources.readers.webpages import open_webpage
from equity.sources.readers.workbooks import OLE, ZIP, open_workbook
from equity.sources.spec import Table, Version

__all__ = ["Beside", "Block", "OpenTable", "Unreadable", "format_of", "open_delivery"]
LARGEST = 600 << 20  # bytes; measured, a delivery of this size takes 1.3 GiB from landing to loading
JSON = re.compile(
    rb'\s*(\{\s*["}]|\[\s*([\[{"\]\d]|-\d|true|false|null))|\s*"[^"]*"\s*$'
)  # a `[ทะเบียน]` over a table is none
Format = Literal["workbook", "webpage", "json", "text"]


def open_delivery(data: bytes, name: str, tables: list[Table], version: Version) -> list[OpenTable]:
    """Find the declared tables in a delivery.

    Args:
        data: the delivery's bytes.
        name: the file's name, or the path that was pulled.
        tables: what is declared for this name.
        version: the rules of the day it was received.

    Raises:
        Unreadable: when nothing of it can be read.

    """
    if len(data) > LARGEST:
        raise Unreadable("too_large", megabytes=len(data) >> 20, limit=LARGEST >> 20)
    if not data[:4096].strip() and not data.strip():  # no copy of a large file
        raise Unreadable("empty_file")
    if not tables:
        raise Unreadable("not_declared", name=name)
    kind = "json" if any(table.path for table in tables) else format_of(data, name)  # a pull is JSON or nothing
    try:
        if kind == "workbook":
            return open_workbook(data, tables)
        if kind == "json":
            return [open_json(data, table) for table in tables]
        if kind == "webpage":
            return [open_webpage(data, table, name) for table in tables]
        return [open_text(data, table, version) for table in tables]
    except Unreadable as hold:
        if hold.code == "unknown_format":  # the readers do not know the name
            raise Unreadable("unknown_format", name=name) from hold
        if hold.code == "header_not_found" and kind == "text" and _is_called_workbook(name) and not _has_cells(data):
            raise Unreadable("unreadable_workbook") from hold
        raise


def format_of(data: bytes, name: str) -> Format:
    """What the bytes are, whatever the name's ending says; raises Unreadable for what holds no table."""
    start = data[:1024].removeprefix(BOM).lstrip()
    if data.startswith((ZIP, OLE)):
        return "workbook"
    if JSON.match(start):
        return "json"
    if start[:1] == b"<" and any(tag in data[:65536].lower() for tag in (b"<html", b"<table")):
        return "webpage"
    if start.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"<?xml", b"GIF8")):
        raise Unreadable("unknown_format", name=name)
    head = data[:4096]
    # control characters in number are no text, unless every other byte is a zero as in UTF-16
    if sum(byte < 9 or 13 < byte < 32 for byte in head) > len(head) // 10 and not _is_wide(head):
        raise Unreadable("unknown_format", name=name)
    return "text"


def _is_wide(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    high = [sum(byte in (0x00, 0x0E) for byte in half) / max(1, len(half)) for half in (head[::2], head[1::2])]
    return max(high) > 0.6 and min(high) < 0.3


def _is_called_workbook(name: str) -> bool:
    return name.lower().endswith((".xlsx", ".xlsm", ".xls", ".ods"))


def _has_cells(data: bytes) -> bool:
    return any(delimiter.encode() in data[:65536] for delimiter in DELIMITERS)
