"""JSON: a pull's pages (one a line, as landed), a document with a list in it, or one item a line.

A page of ordinary size is parsed at once. A larger one is gone through item by item, so that what is held in memory is
the text as received and its cells as columns, never a tree of the whole.
"""

from __future__ import annotations

import codecs
import gc
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from equity.sources.readers import table as table_module
from equity.sources.readers.items import (
    DEEPEST,
    EXACT,
    Flat,
    Item,
    LostDigitsError,
    TooDeepError,
    TooWideError,
    columns_of,
    columns_of_rows,
    flat_rows,
    refuse_lost_digits,
)
from equity.sources.readers.table import COLUMNS, STRING, Block, OpenTable, Unreadable, checked, too_many_columns
from equity.sources.spec import Table
from equity.thai import text

LARGEST = 384 << 20  # bytes: beside the text as received its cells are held as columns
REPEATED = 256 << 20  # bytes that the members of repeat groups may take over from their items
AT_ONCE = 8 << 20  # bytes that are held as Python's objects at once, where they may take fifty times as much
PIECE = 1 << 20
GATHERED = 2_000
BOM = b"\xef\xbb\xbf"


def open_json(data: bytes, table: Table) -> OpenTable:
    """The declared table of a JSON delivery.

    Raises:
        Unreadable: when a page is no JSON, has no such list, is nested without end, or an item is larger than 8 MiB.

    """
    if len(data) > LARGEST:
        raise Unreadable("too_large", megabytes=len(data) >> 20, limit=LARGEST >> 20)
    gathered = _Gathered(table)
    with _uncollected():
        for number, page in _pages(data):
            gathered.begin_page(min(len(page), AT_ONCE))
            for some in _items_of(page, table.rows, number):
                gathered.add(some)
        headers = gathered.headers()
    return OpenTable(table, headers, gathered.blocks(), table.path or "")


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of cycles: what is parsed has none, and each of its turns would go through all of it."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@dataclass
class _Items:
    """Some items of a page, read from `size` bytes; and how to read them with every digit, if they may have lost some."""

    page: int
    items: list[Item]
    size: int
    exactly: Callable[[], list[Item]] | None = None
    first: int = 0  # how many of their page's items stand before them


class _Gathered:
    """Rows as columns of text, some thousand at a time; which columns there are is known at the end.

    A row's number is its item's position in the pull, which all members of a repeat group share; `pages` is its item's
    page and position on that page.
    """

    def __init__(self, table: Table) -> None:
        self._place, self._repeat = table.path or "", table.repeat
        self._headers: dict[str, None] = {}
        self._waiting: list[_Items] = []
        self._chunks: list[tuple[dict[str, pa.Array], int]] = []
        self._numbers: list[np.ndarray] = []
        self._items = self._pages = self._on_page = self._repeated = self._held = self._bytes = 0
        self._several = False

    def begin_page(self, size: int) -> None:
        """Make room for the items of a page of so many bytes."""
        if self._bytes + size > AT_ONCE:
            self._gather()
        self._pages += 1
        self._on_page = 0

    def add(self, given: _Items) -> None:
        """Take up the page's next items."""
        given.first = self._on_page
        self._on_page += len(given.items)
        self._several |= self._on_page > 1
        self._waiting.append(given)
        self._held += len(given.items)
        self._bytes += given.size
        if self._held >= GATHERED or self._bytes >= AT_ONCE:
            self._gather()

    def headers(self) -> list[str]:
        """The columns of all items; nothing may be added after."""
        self._gather()
        return list(dict.fromkeys(map(_storable, self._headers)))

    def _gather(self) -> None:
        waiting, self._waiting, self._held, self._bytes = self._waiting, [], 0, 0
        try:
            if self._repeat is None:
                self._take_items(waiting)
            else:
                self._take_members(waiting)
        except TooWideError as error:
            raise too_many_columns(self._place, *error.args) from error

    def _take_items(self, waiting: list[_Items]) -> None:
        try:
            columns = columns_of([item for given in waiting for item in given.items])
        except (TooDeepError, LostDigitsError):  # of which page is found page by page
            for given in waiting:
                try:
                    columns_of(given.items)
                except LostDigitsError:
                    if given.exactly is None:
                        raise
                    given.items = given.exactly()
                except TooDeepError as error:
                    raise Unreadable("json_too_deep", page=given.page, limit=DEEPEST) from error
            columns = columns_of([item for given in waiting for item in given.items])
        where = [
            np.stack([np.full(n, given.page), given.first + np.arange(1, n + 1)])
            for given in waiting
            if (n := len(given.items))
        ]
        if where:
            pages = np.concatenate(where, axis=1)
            numbers = self._items + np.arange(1, pages.shape[1] + 1)
            self._take(columns, np.vstack([numbers, pages]).T.astype(np.int32))
            self._items += len(numbers)

    def _take_members(self, waiting: list[_Items]) -> None:
        rows: list[Flat] = []
        where: list[tuple[int, int, int]] = []
        before = self._items
        for given in waiting:
            try:
                refuse_lost_digits(given.items)
            except LostDigitsError:
                given.items = given.exactly() if given.exactly else given.items
            except RecursionError as error:
                raise Unreadable("json_too_deep", page=given.page, limit=DEEPEST) from error
            for i, item in enumerate(given.items, 1):
                before += 1
                for row in self._members(item, given.page):
                    rows.append(row)
                    where.append((before, given.page, given.first + i))
                    if len(rows) >= GATHERED:
                        self._take(columns_of_rows(rows), np.array(where, dtype=np.int32))
                        rows, where = [], []
        if rows:
            self._take(columns_of_rows(rows), np.array(where, dtype=np.int32))
        self._items = before

    def _members(self, item: Item, page: int) -> Iterator[Flat]:
        try:
            for member, row in enumerate(flat_rows(item, self._repeat)):
                if member:  # says what its item says once more
                    self._repeated += 4 * len(row) + sum(len(value) for value in row.values() if value)
                    if self._repeated > REPEATED:
                        raise Unreadable("too_large", megabytes=self._repeated >> 20, limit=REPEATED >> 20)
                yield row
        except TooDeepError as error:
            raise Unreadable("json_too_deep", page=page, limit=DEEPEST) from error

    def _take(self, columns: dict[str, pa.Array], where: np.ndarray) -> None:
        self._headers |= dict.fromkeys(columns)
        if len(self._headers) > COLUMNS:
            raise TooWideError(len(self._headers))
        self._chunks.append((columns, len(where)))
        self._numbers.append(where)

    def blocks(self) -> Iterator[Block]:
        """Blocks of rows; the page is said where a pull has several pages of several items (else the line is the row)."""
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
        yield number, _parsed(page, number)


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
        _parsed(page, 1)
    except Unreadable:
        return False
    return True


def _parsed(page: bytes | memoryview, number: int) -> Any:
    try:
        return orjson.loads(page)
    except orjson.JSONDecodeError:
        return _parsed_exactly(bytes(page), number)


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


def _items_of(page: memoryview, path: str | None, number: int) -> Iterator[_Items]:
    if len(page) <= AT_ONCE:
        found = items(_parsed(page, number), path, number)
        yield _Items(number, found, len(page), lambda: items(_parsed_exactly(bytes(page), number), path, number))
        return
    walk = _Walk(page, number)
    held: list[Item] = []
    begun = 0
    for item in walk.items(path):
        held.append(item)
        if walk.taken > begun or len(held) >= GATHERED:
            yield _Items(number, held, walk.taken - begun)
            held, begun = [], walk.taken
    yield _Items(number, held, walk.taken - begun)


def items(document: Any, path: str | None, page: int) -> list[Item]:
    """The items of one document: the list at the path, the document itself if it is a list, or it as one item."""
    found = document
    if path and isinstance(found, dict):
        for step in path.split("."):
            found = found.get(step) if isinstance(found, dict) else None
    elif isinstance(found, dict):
        found = [found]
    if not isinstance(found, list) or not set(map(type, found)) <= {dict}:
        raise Unreadable("rows_not_found", page=page, wanted=path or "")
    return found


class _Walk:
    """Goes through one large page; of its text only a window is decoded, and one item is held at a time."""

    def __init__(self, page: memoryview, number: int) -> None:
        self._page, self._number = page, number
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text, self._at, self.taken = "", 0, 0

    def items(self, path: str | None) -> Iterator[Item]:
        """The items of the list at the path, or of the page itself when it is a list; then the page must end well."""
        if self._next() == "[":
            yield from self._list(path or "")
        else:
            yield from self._within(path.split(".") if path else [], path or "")
        if self._next():
            raise self._bad()

    def _within(self, steps: list[str], wanted: str) -> Iterator[Item]:
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

    def _list(self, wanted: str) -> Iterator[Item]:
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
        if self.taken >= len(self._page):
            return False
        piece = self._page[self.taken : self.taken + PIECE]
        self.taken += len(piece)
        try:
            decoded = self._decoder.decode(piece, final=self.taken >= len(self._page))
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
