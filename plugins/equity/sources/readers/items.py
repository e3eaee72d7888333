"""Items of JSON become rows of text: a group within an item gives columns `group.field`, a list gives `a,b`.

Some thousand items are turned into columns at once, column by column: most cells are text already, and nothing is done
for each of them alone.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any

import orjson
import pyarrow as pa

from equity.sources.readers.table import COLUMNS, STRING

Item = dict[str, Any]
Flat = dict[str, str | None]
DEEPEST = 60
EXACT = 2.0**53  # beyond it a float has lost digits


class TooDeepError(Exception):
    """An item is nested deeper than anybody's records."""


class LostDigitsError(Exception):
    """A number of more digits than a float keeps was read as a float: it must be read again."""


class TooWideError(Exception):
    """The items have more fields than any record type; says how many."""


class _TwiceError(Exception):
    """Two ways through an item lead to one column's name."""


# --- column by column


def columns_of(items: list[Item]) -> dict[str, pa.Array]:
    """The items' columns of text, each as long as there are items; raises TooDeepError, LostDigitsError, TooWideError."""
    found: dict[str, pa.Array] = {}
    try:
        try:
            _gather(items, "", 0, found)
        except _TwiceError:
            refuse_lost_digits(items)
            return columns_of_rows([flat for item in items for flat in flat_rows(item, None)])
    except (orjson.JSONEncodeError, RecursionError) as error:
        raise TooDeepError from error
    return found


def columns_of_rows(rows: list[Flat]) -> dict[str, pa.Array]:
    """Rows of text as columns; raises TooWideError."""
    headers: dict[str, None] = {}
    for row in rows:
        headers |= dict.fromkeys(row)
        if len(headers) > COLUMNS:
            raise TooWideError(len(headers))
    return {header: _array([row.get(header) for row in rows]) for header in headers}


def _gather(items: list[Item], path: str, depth: int, found: dict[str, pa.Array]) -> None:
    keys = _keys(items)
    if keys and depth >= DEEPEST:
        raise TooDeepError
    if len(keys) + len(found) > COLUMNS:
        raise TooWideError(len(keys) + len(found))
    for key, cells in zip(keys, _cells(items, keys), strict=True):
        whole = _step(path, key)
        try:
            column = pa.array(cells, STRING)
        except (pa.ArrowTypeError, pa.ArrowInvalid, UnicodeEncodeError):
            groups = dict in set(map(type, cells))
            if groups:
                _gather([cell if cell.__class__ is dict else _NOTHING for cell in cells], whole, depth + 1, found)
                if all(cell.__class__ is dict or key not in item for cell, item in zip(cells, items, strict=True)):
                    continue
            column = _texts(None if cell.__class__ is dict else cell for cell in cells) if groups else _texts(cells)
        if whole in found:
            raise _TwiceError
        found[whole] = column


_NOTHING: Item = {}


def _keys(items: list[Item]) -> list[str]:
    """All keys in the order in which they are met; mostly the first item has all of them."""
    first = list(items[0]) if items else []
    if len(set().union(*items)) == len(first):
        return first
    return list(dict.fromkeys(itertools.chain.from_iterable(items)))


def _cells(items: list[Item], keys: list[str]) -> Iterable[tuple[Any, ...]]:
    """The values of each key in all items; mostly every item has all of them."""
    if len(keys) > 1:
        try:
            return zip(*map(itemgetter(*keys), items), strict=True)
        except KeyError:
            pass
    return (tuple(item.get(key) for item in items) for key in keys)


def _texts(cells: Iterable[Any]) -> pa.Array:
    texts: list[str | None] = []
    for cell in cells:
        if cell is None or cell.__class__ is str:
            texts.append(cell)
        elif cell.__class__ is int:
            texts.append(str(cell))
        else:
            refuse_lost_digits(cell)
            texts.append(_text_of(cell))
    return _array(texts)


def _array(texts: list[str | None]) -> pa.Array:
    try:
        return pa.array(texts, STRING)
    except UnicodeEncodeError:  # half of a letter beyond the first 65,536, which no text can hold
        return pa.array([text and text.encode("utf-8", "replace").decode() for text in texts], STRING)


def _step(path: str, key: str) -> str:
    # a form's own paths (`visits/date`) already say the group they stand in
    return key if not path or key.startswith(f"{path}/") else f"{path}.{key}"


# --- row by row


def flat_rows(item: Item, repeat: str | None) -> Iterator[Flat]:
    """An item as one row of paths and texts; of a repeat group one row for each of its members. Raises TooDeepError."""
    try:
        yield from _flat(item, repeat)
    except orjson.JSONEncodeError as error:
        raise TooDeepError from error


def _flat(item: Item, repeat: str | None) -> Iterator[Flat]:
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
        raise TooDeepError
    if isinstance(value, dict):
        for key, inner in value.items():
            _flatten(inner, _step(path, key), into, depth + 1)
    else:
        into[path] = _text_of(value)


def _text_of(value: Any) -> str | None:
    if isinstance(value, list):
        return ",".join(part for inner in value if (part := _text(inner)) is not None) or None
    return _text(value)


def _text(value: Any) -> str | None:
    if value is None or value.__class__ is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
        return str(int(value))
    if isinstance(value, dict | list):
        return _as_json(value)
    return str(value)


def _as_json(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError as error:
        if "surrogates" not in str(error):  # too deep
            raise
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace").decode()


def refuse_lost_digits(value: Any) -> None:
    """Raise LostDigitsError when a number within a value has lost digits."""
    if isinstance(value, float):
        if not abs(value) < EXACT:
            raise LostDigitsError
    elif isinstance(value, dict):
        for inner in value.values():
            if inner.__class__ is not str:
                refuse_lost_digits(inner)
    elif isinstance(value, list):
        for inner in value:
            if inner.__class__ is not str:
                refuse_lost_digits(inner)
