"""Readers: the bytes of a delivery become tables of text, as sent. Types, words and rules come later.

Every reader gives `OpenTable`s: the columns' headers, and blocks of at most `BLOCK_ROWS` rows with their row numbers
as the sender sees them (Excel's row, the record's line in a CSV file counted with its header, the position in a pull).
"""

from __future__ import annotations

from typing import Literal

from equity.sources.readers.jsons import BOM, open_json
from equity.sources.readers.table import Block, OpenTable, Unreadable
from equity.sources.readers.texts import open_text
from equity.sources.readers.webpages import open_webpage
from equity.sources.readers.workbooks import OLE, ZIP, open_workbook
from equity.sources.spec import Table, Version

__all__ = ["Block", "OpenTable", "Unreadable", "format_of", "open_delivery"]
LARGEST = 1 << 30
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
    if not data[:4096].strip() and not data.strip():  # no copy of a large file
        raise Unreadable("empty_file")
    if len(data) > LARGEST:
        raise Unreadable("too_large", megabytes=len(data) >> 20, limit=LARGEST >> 20)
    if not tables:
        raise Unreadable("not_declared", name=name)
    kind = format_of(data, name)
    if kind == "workbook":
        return open_workbook(data, tables)
    if kind == "json":
        return [open_json(data, table) for table in tables]
    if kind == "webpage":
        return [open_webpage(data, table) for table in tables]
    return [open_text(data, table, version) for table in tables]


def format_of(data: bytes, name: str) -> Format:
    """What the bytes are, whatever the name's ending says; raises Unreadable for what holds no table."""
    start = data[:1024].removeprefix(BOM).lstrip()
    if data.startswith((ZIP, OLE)):
        return "workbook"
    if start[:1] in (b"{", b"["):
        return "json"
    if start[:1] == b"<" and any(tag in data[:65536].lower() for tag in (b"<html", b"<table")):
        return "webpage"
    if start.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"<?xml", b"GIF8")):
        raise Unreadable("unknown_format", name=name)
    controls = sum(byte < 9 or 13 < byte < 32 for byte in data[:4096])
    if controls > len(data[:4096]) // 10 and b"\0" not in data[:4096]:
        raise Unreadable("unknown_format", name=name)
    return "text"
