"""JSON: a pull's pages (one a line, as landed), a document with a list in it, or one item a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from equity.sources.readers.table import BLOCK_ROWS, STRING, Block, OpenTable, Unreadable
from equity.sources.spec import Table

Flat = dict[str, str | None]
Page = tuple[int, list[tuple[int, Flat]]]  # its number, and its rows with the item's position in it
PAGE_BYTES = 256 << 20
BOM = b"\xef\xbb\xbf"


def open_json(data: bytes, table: Table) -> OpenTable:
    """The declared table of a JSON delivery; raises Unreadable when a page is no JSON or has no such list."""
    headers: dict[str, None] = {}
    pages: list[Page] = []
    for number, document in documents(data):
        rows = [
            (index, flat)
            for index, item in enumerate(items(document, table.rows, number), 1)
            for flat in flat_rows(item, table.repeat)
        ]
        for _, row in rows:
            headers |= dict.fromkeys(row)
        pages.append((number, rows))
    return OpenTable(table, list(headers), _blocks(pages, list(headers), table.path or ""), table.path or "")


def _blocks(pages: list[Page], headers: list[str], place: str) -> Iterator[Block]:
    """Blocks of rows; a row's number is its item's position in the pull, which all members of a repeat group share."""
    rows: list[Flat] = []
    number: list[int] = []
    on_page: list[tuple[int, int]] = []
    before = 0
    for page, items_ in pages:
        for index, row in items_:
            rows.append(row)
            number.append(before + index)
            on_page.append((page, index))
        before = number[-1] if number else before
    many = len(pages) > 1 and any(items_ and items_[-1][0] > 1 for _, items_ in pages)  # else the line is the row
    for start in range(0, len(rows), BLOCK_ROWS):
        part = rows[start : start + BLOCK_ROWS]
        columns = {h: pa.array([row.get(h) for row in part], STRING) for h in headers}
        row_no = np.array(number[start : start + len(part)], dtype=np.int32)
        yield Block(columns, row_no, place, on_page[start : start + len(part)] if many else None)


def documents(data: bytes) -> Iterator[tuple[int, Any]]:
    """The JSON documents of a delivery with their numbers: one a line, or one over all lines."""
    data = data.removeprefix(BOM)
    lines = [(i, line) for i, line in enumerate(data.splitlines(), 1) if line.strip()]
    for number, line in lines:
        if len(line) > PAGE_BYTES:
            raise Unreadable("too_large", megabytes=len(line) >> 20, limit=PAGE_BYTES >> 20)
        try:
            yield number, orjson.loads(line)
        except orjson.JSONDecodeError as error:
            if number != lines[0][0] or len(data) > PAGE_BYTES:
                raise Unreadable("unreadable_json", page=number) from error
            try:  # written over several lines
                yield 1, orjson.loads(data)
            except orjson.JSONDecodeError:
                raise Unreadable("unreadable_json", page=number) from error
            return


def items(document: Any, path: str | None, page: int) -> list[dict[str, Any]]:
    """The items of one document: the list at the path, the document itself if it is a list, or it as one item."""
    found = document
    if path and isinstance(found, dict):
        for step in path.split("."):
            found = found.get(step) if isinstance(found, dict) else None
    elif isinstance(found, dict):
        found = [found]
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise Unreadable("rows_not_found", page=page, wanted=path or "")
    return found


def flat_rows(item: dict[str, Any], repeat: str | None) -> list[Flat]:
    """An item as one row of paths and texts; of a repeat group one row for each of its members."""
    flat: Flat = {}
    _flatten({key: value for key, value in item.items() if key != repeat}, "", flat)
    if repeat is None:
        return [flat]
    members: Any = item
    for step in [repeat] if repeat in item else repeat.split("."):
        members = members.get(step) if isinstance(members, dict) else None
    rows = []
    for member in members if isinstance(members, list) else ():
        inner: Flat = {}
        _flatten(member, repeat, inner)
        rows.append(flat | inner)
    return rows


def _flatten(value: Any, path: str, into: Flat) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            # a form's own paths (`visits/date`) already say the group they stand in
            whole = str(key) if not path or str(key).startswith(f"{path}/") else f"{path}.{key}"
            _flatten(inner, whole, into)
    elif isinstance(value, list):
        into[path] = ",".join(orjson.dumps(p).decode() if isinstance(p, dict | list) else str(p) for p in value) or None
    elif value is None:
        into[path] = None
    elif isinstance(value, bool):
        into[path] = "true" if value else "false"
    elif isinstance(value, float) and value.is_integer():
        into[path] = str(int(value))
    else:
        into[path] = str(value)
