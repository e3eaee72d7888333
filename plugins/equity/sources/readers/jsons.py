"""JSON: a pull's pages (one a line, as landed), a document with a list in it, or one item a line.

A page of ordinary size is parsed at once. A larger one is gone through item by item, so that what is held in memory is
the text as received and its cells as columns, never a tree of the whole.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from equity.sources.readers import table as table_module
from equity.sources.readers.table import (
    COLUMNS,
    STRING,
    Block,
    OpenTable,
    Unreadable,
    checked,
    too_many_columns,
)
from equity.sources.spec import Table
from equity.thai import text

Flat = dict[str, str | None]
LARGEST = 384 << 20  # bytes: beside the text as received its cells are held as columns
REPEATED = 256 << 20  # letters that the members of repeat groups may take over from their items
AT_ONCE = 8 << 20  # bytes that are parsed at once; as Python's objects they may take fifty times as much
PIECE = 1 << 20
DEEPEST = 60
GATHERED = 5_000
EXACT = 2.0**53  # beyond it a float has lost digits
BOM = b"\xef\xbb\xbf"


def open_json(data: bytes, table: Table) -> OpenTable:
    """The declared table of a JSON delivery.

    Raises:
        Unreadable: when a page is no JSON, has no such list, is nested without end, or an item is larger than 8 MiB.

    """
    if len(data) > LARGEST:
        raise Unreadable("too_large", megabytes=len(data) >> 20, limit=LARGEST >> 20)
    gathered = _Gathered(table.path or "")
    for number, page in _pages(data):
        gathered.begin_page(number)
        for item in _items_of(page, table.rows, number):
            gathered.add(_rows(item, table.repeat, number))
    return OpenTable(table, gathered.headers(), gathered.blocks(), table.path or "")


class _Gathered:
    """Rows as columns of text, some thousand at a time; which columns there are is known at the end.

    A row's number is its item's position in the pull, which all members of a repeat group share; `pages` is its item's
    page and position on that page.
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._headers: dict[str, None] = {}
        self._rows: list[Flat] = []
        self._where: list[tuple[int, int, int]] = []
        self._chunks: list[tuple[dict[str, pa.Array], int]] = []
        self._numbers: list[np.ndarray] = []
        self._items = self._pages = self._page = self._on_page = self._repeated = 0
        self._several = False

    def begin_page(self, number: int) -> None:
        self._pages += 1
        self._page, self._on_page = number, 0

    def add(self, rows: Iterator[Flat]) -> None:
        """Take up the rows of the page's next item."""
        self._items += 1
        self._on_page += 1
        self._several |= self._on_page > 1
        for member, row in enumerate(rows):
            if member:  # says what its item says once more
                self._repeated += sum(len(value) for value in row.values() if value)
                if self._repeated > REPEATED:
                    raise Unreadable("too_large", megabytes=self._repeated >> 20, limit=REPEATED >> 20)
            self._headers |= dict.fromkeys(row)
            if len(self._headers) > COLUMNS:
                raise too_many_columns(self._place, len(self._headers))
            self._rows.append(row)
            self._where.append((self._items, self._page, self._on_page))
            if len(self._rows) >= GATHERED:
                self._gather()

    def headers(self) -> list[str]:
        return list(dict.fromkeys(map(_storable, self._headers)))

    def _gather(self) -> None:
        columns = {}
        for header in self._headers:
            values = [row.get(header) for row in self._rows]
            try:
                columns[header] = pa.array(values, STRING)
            except UnicodeEncodeError:  # half of a letter beyond the first 65,536, which no text can hold
                columns[header] = pa.array([v and v.encode("utf-8", "replace").decode() for v in values], STRING)
        self._chunks.append((columns, len(self._rows)))
        self._numbers.append(np.array(self._where, dtype=np.int32))
        self._rows, self._where = [], []

    def blocks(self) -> Iterator[Block]:
        """Blocks of rows; the page is said where a pull has several pages of several items (else the line is the row)."""
        if self._rows:
            self._gather()
        where = np.concatenate(self._numbers) if self._numbers else np.zeros((0, 3), dtype=np.int32)
        many = self._pages > 1 and self._several
        start = 0
        waiting: list[tuple[dict[str, pa.Array], int]] = []
        size = 0
        for columns, rows in [*self._chunks, ({}, 0)]:
            waiting.append((columns, rows))
            size += rows
            while size >= table_module.BLOCK_ROWS or (not rows and size):
                taken = min(size, table_module.BLOCK_ROWS)
                whole = {
                    _storable(h): pa.concat_arrays([c.get(h, pa.nulls(n, STRING)) for c, n in waiting])
                    for h in self._headers
                }
                part = {header: column.slice(0, taken) for header, column in whole.items()}
                at = where[start : start + taken]
                yield checked(Block(part, at[:, 0], self._place, at[:, 1:] if many else None))
                start, size = start + taken, size - taken
                waiting = [({header: column.slice(taken) for header, column in whole.items()}, size)]


def _storable(header: str) -> str:
    """A key as a header that a database takes: without half letters and control characters."""
    if header.isprintable():
        return header
    return text.clean_text(header.encode("utf-8", "replace").decode())


def documents(data: bytes) -> Iterator[tuple[int, Any]]:
    """The JSON documents of a delivery with their numbers: one a line, or one over all lines; raises Unreadable."""
    for number, page in _pages(data):
        if len(page) > AT_ONCE * 8:
            raise Unreadable("too_large", megabytes=len(page) >> 20, limit=AT_ONCE * 8 >> 20)
        yield number, _parsed(bytes(page), number)


# --- pages


def _pages(data: bytes) -> Iterator[tuple[int, memoryview]]:
    """The pages with the lines that they stand on: each line of its own, or all of them as one."""
    whole = memoryview(data)[len(BOM) if data.startswith(BOM) else 0 :]
    lines = _lines(data, len(data) - len(whole))
    first = next(lines, None)
    if first is None:
        raise Unreadable("empty_file")
    second = next(lines, None)
    if second is None:
        yield first
        return
    if len(first[1]) <= AT_ONCE and not _complete(first[1]) and (len(data) > AT_ONCE or _complete(whole)):
        yield 1, whole  # written over several lines
        return
    yield first
    yield second
    yield from lines


def _lines(data: bytes, start: int) -> Iterator[tuple[int, memoryview]]:
    view = memoryview(data)
    number = 0
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        number += 1
        if data[start : min(end, start + 64)].strip() or data[start:end].strip():
            yield number, view[start:end]
        start = end + 1


def _complete(page: memoryview) -> bool:
    try:
        _parsed(bytes(page), 1)
    except Unreadable:
        return False
    return True


def _parsed(page: bytes, number: int) -> Any:
    try:
        return orjson.loads(page)
    except orjson.JSONDecodeError:
        return _parsed_exactly(page, number)


def _parsed_exactly(page: bytes, number: int) -> Any:
    """Slower, with numbers as they were written; NaN and Infinity, which no JSON has and some systems send, as words."""
    try:
        return _DECODER.decode(page.decode())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise Unreadable("unreadable_json", page=number) from error
    except RecursionError as error:
        raise Unreadable("json_too_deep", page=number, limit=DEEPEST) from error


def _plain(number: str) -> str:
    value = float(number)
    return str(int(value)) if abs(value) < EXACT and value.is_integer() else number


_DECODER = json.JSONDecoder(parse_int=str, parse_float=_plain, parse_constant=str)


# --- items


def _items_of(page: memoryview, path: str | None, number: int) -> Iterator[dict[str, Any]]:
    if len(page) > AT_ONCE:
        yield from _Walk(page, number).items(path)
        return
    found = items(_parsed(bytes(page), number), path, number)
    try:
        for item in found:
            _refuse_lost_digits(item)
    except _LostDigitsError:
        found = items(_parsed_exactly(bytes(page), number), path, number)
    except RecursionError as error:
        raise Unreadable("json_too_deep", page=number, limit=DEEPEST) from error
    yield from found


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


class _LostDigitsError(Exception):
    pass


def _refuse_lost_digits(value: Any) -> None:
    """A number of more digits than a float keeps was read as a float: it must be read again."""
    if isinstance(value, float):
        if not abs(value) < EXACT:
            raise _LostDigitsError
    elif isinstance(value, dict):
        for inner in value.values():
            if inner.__class__ is not str:
                _refuse_lost_digits(inner)
    elif isinstance(value, list):
        for inner in value:
            if inner.__class__ is not str:
                _refuse_lost_digits(inner)


class _Walk:
    """Goes through one large page; of its text only a window is decoded, and one item is held at a time."""

    def __init__(self, page: memoryview, number: int) -> None:
        self._page, self._number = page, number
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text, self._at, self._taken = "", 0, 0

    def items(self, path: str | None) -> Iterator[dict[str, Any]]:
        """The items of the list at the path, or of the page itself when it is a list; then the page must end well."""
        if self._next() == "[":
            yield from self._list(path or "")
        else:
            yield from self._within(path.split(".") if path else [], path or "")
        if self._next():
            raise self._bad()

    def _within(self, steps: list[str], wanted: str) -> Iterator[dict[str, Any]]:
        start = self._next()
        if start == "[" and not steps:
            yield from self._list(wanted)
        elif start == "{" and steps:
            found = False
            for key in self._keys():
                if key == steps[0] and not found:
                    found = True
                    yield from self._within(steps[1:], wanted)
                else:
                    self._value()
            if not found:
                raise Unreadable("rows_not_found", page=self._number, wanted=wanted)
        elif start == "{" and not wanted:
            raise Unreadable("item_too_large", page=self._number, limit=AT_ONCE >> 20)
        elif not start:
            raise self._bad()
        else:
            raise Unreadable("rows_not_found", page=self._number, wanted=wanted)

    def _list(self, wanted: str) -> Iterator[dict[str, Any]]:
        self._at += 1
        if self._next() == "]":
            self._at += 1
            return
        while True:
            item = self._value()
            if not isinstance(item, dict):
                raise Unreadable("rows_not_found", page=self._number, wanted=wanted)
            yield item
            if self._comma_or("]"):
                return

    def _keys(self) -> Iterator[str]:
        self._at += 1
        if self._next() == "}":
            self._at += 1
            return
        while True:
            if self._next() != '"':
                raise self._bad()
            key = self._value()
            if self._next() != ":":
                raise self._bad()
            self._at += 1
            yield key
            if self._comma_or("}"):
                return

    def _comma_or(self, end: str) -> bool:
        sign = self._next()
        self._at += 1
        if sign not in (",", end) or not sign:
            raise self._bad()
        return sign == end

    def _next(self) -> str:
        """The next character that is no space; "" at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in " \t\r\n":
                    return self._text[self._at]
                self._at += 1
            if not self._more():
                return ""

    def _more(self) -> bool:
        """Decode more of the page; False when there is no more."""
        if self._taken >= len(self._page):
            return False
        piece = self._page[self._taken : self._taken + PIECE]
        self._taken += len(piece)
        try:
            decoded = self._decoder.decode(piece, final=self._taken >= len(self._page))
        except UnicodeDecodeError as error:
            raise self._bad() from error
        self._text, self._at = self._text[self._at :] + decoded, 0
        return True

    def _value(self) -> Any:
        self._next()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except (json.JSONDecodeError, StopIteration) as error:
                if len(self._text) - self._at > AT_ONCE:
                    raise Unreadable("item_too_large", page=self._number, limit=AT_ONCE >> 20) from error
                if not self._more():
                    raise self._bad() from error
                continue
            except RecursionError as error:
                raise Unreadable("json_too_deep", page=self._number, limit=DEEPEST) from error
            if end == len(self._text) and self._more():  # a number may go on
                continue
            self._at = end
            return value

    def _bad(self) -> Unreadable:
        return Unreadable("unreadable_json", page=self._number)


# --- rows


def _rows(item: dict[str, Any], repeat: str | None, page: int) -> Iterator[Flat]:
    try:
        yield from _flat(item, repeat)
    except (_DepthError, orjson.JSONEncodeError) as error:
        raise Unreadable("json_too_deep", page=page, limit=DEEPEST) from error


class _DepthError(Exception):
    pass


def flat_rows(item: dict[str, Any], repeat: str | None) -> list[Flat]:
    """An item as one row of paths and texts; of a repeat group one row for each of its members."""
    return list(_flat(item, repeat))


def _flat(item: dict[str, Any], repeat: str | None) -> Iterator[Flat]:
    flat: Flat = {}
    _flatten({key: value for key, value in item.items() if key != repeat}, "", flat)
    if repeat is None:
        yield flat
        return
    members: Any = item
    for step in [repeat] if repeat in item else repeat.split("."):
        members = members.get(step) if isinstance(members, dict) else None
    for member in members if isinstance(members, list) else ():
        inner: Flat = {}
        _flatten(member, repeat, inner)
        yield flat | inner


def _flatten(value: Any, path: str, into: Flat, depth: int = 0) -> None:
    if depth > DEEPEST:
        raise _DepthError
    if isinstance(value, dict):
        for key, inner in value.items():
            # a form's own paths (`visits/date`) already say the group they stand in
            whole = str(key) if not path or str(key).startswith(f"{path}/") else f"{path}.{key}"
            _flatten(inner, whole, into, depth + 1)
    elif isinstance(value, list):
        into[path] = ",".join(part for inner in value if (part := _text(inner)) is not None) or None
    else:
        into[path] = _text(value)


def _text(value: Any) -> str | None:
    if value is None or value.__class__ is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
        return str(int(value))
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return str(value)
