"""Looks through an old workbook (.xls) before it is opened: the file in a file that it is, and its records.

Written after [MS-CFB] (sectors and their chains) and [MS-XLS] (records). A chain that runs in a circle, or two cells at
the ends of a sheet, would make the reader take all memory there is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np

from equity.sources.readers.packages import SHEETS, Reach
from equity.sources.readers.table import Unreadable

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LARGEST_XLS = 128 << 20  # a full sheet of 65,536 rows and 256 columns of numbers is smaller
_FREE = 0xFFFFFFFA  # from here on numbers of sectors mean something else: the end, free, the table itself
_STREAM, _ROOT = 2, 5
_BOUND_SHEET, _END, _PASSWORD, _STRINGS, _CONTINUED, _MERGED, _REACH = 0x85, 0x0A, 0x2F, 0xFC, 0x3C, 0xE5, 0x200
_SHARED, _SEVERAL, _BEGIN = 0xFD, 0xBD, 0x809
_CELLS = {0x02, 0x03, 0x04, 0x05, 0x06, 0x203, 0x204, 0x205, 0x206, 0x406, 0x27E, 0xD6, _SHARED, _SEVERAL}


def reaches(data: bytes) -> list[Reach]:
    """What each sheet takes, in the order of the sheets.

    Raises:
        Unreadable: when the file is damaged, locked, no workbook, or holds more than anybody's records.

    """
    if len(data) > LARGEST_XLS:
        raise Unreadable("too_large", megabytes=len(data) >> 20, limit=LARGEST_XLS >> 20)
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise Unreadable("password_protected")
    try:
        streams = _streams(data)
        book = next((streams[name] for name in ("workbook", "book") if name in streams), None)
        if book is None:
            raise Unreadable("unknown_format", name="")
        return _sheets(book)
    except (struct.error, IndexError) as error:
        raise Unreadable("unreadable_workbook") from error


# --- the file in a file


def _streams(data: bytes) -> dict[str, bytes]:
    """Name in small letters → content, of every stream."""
    shift, small_shift = struct.unpack_from("<HH", data, 30)
    if shift not in (9, 12) or small_shift != 6:
        raise Unreadable("unreadable_workbook")
    directory, _, smallest, first_small, _, table_list = struct.unpack_from("<I4sIIII", data, 48)
    size = 1 << shift
    last = -(-len(data) // size) - 1  # the head is as long as a sector

    def sector(number: int) -> bytes:
        if number >= last:
            raise IndexError(number)
        return data[(number + 1) * size : (number + 2) * size]

    tables = [n for n in struct.unpack_from("<109I", data, 76) if n < _FREE]
    seen = set()
    while table_list < _FREE:
        if table_list in seen:
            raise IndexError(table_list)
        seen.add(table_list)
        *more, table_list = struct.unpack(f"<{size // 4}I", sector(table_list).ljust(size, b"\xff"))
        tables += [n for n in more if n < _FREE]
    if len(tables) > last or len(set(tables)) < len(tables):
        raise IndexError(len(tables))
    following = [n for table in tables for n in struct.unpack(f"<{size // 4}I", sector(table).ljust(size, b"\xff"))]

    def chained(start: int, links: list[int]) -> Iterator[int]:
        steps = 0
        while start < _FREE:
            steps += 1
            if steps > len(links):
                raise IndexError(start)
            yield start
            start = links[start]

    def content(start: int) -> bytes:
        return b"".join(sector(number) for number in chained(start, following))

    entries = content(directory)
    small = content(first_small) if first_small < _FREE else b""
    small_links = list(struct.unpack(f"<{len(small) // 4}I", small))
    small_content = content(struct.unpack_from("<I", entries, 116)[0])
    found: dict[str, bytes] = {}
    for at in range(0, len(entries) - 127, 128):
        length, kind = struct.unpack_from("<HB", entries, at + 64)
        start, whole = struct.unpack_from("<II", entries, at + 116)
        if kind != _STREAM:
            continue
        name = entries[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace").lower()
        if whole < smallest:
            found[name] = b"".join(small_content[n * 64 : n * 64 + 64] for n in chained(start, small_links))[:whole]
        else:
            found[name] = content(start)[:whole]
    return found


# --- the records of a workbook


def _records(book: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Kind, place and length of each record up to the end of a part of the book."""
    while at + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, at)
        if at + 4 + length > len(book):
            return
        yield kind, at + 4, length
        if kind == _END:
            return
        at += 4 + length


def _sheets(book: bytes) -> list[Reach]:
    begins: list[int] = []
    strings: list[tuple[int, int]] = []
    before = 0
    for kind, at, length in _records(book, 0):
        if kind == _PASSWORD:
            raise Unreadable("password_protected")
        if kind == _BOUND_SHEET:
            begins.append(struct.unpack_from("<I", book, at)[0])
        if kind == _STRINGS or (kind == _CONTINUED and before == _STRINGS):
            strings.append((at, length))
        before = _STRINGS if kind == _CONTINUED and before == _STRINGS else kind
    if len(begins) > SHEETS:
        raise Unreadable("too_many_sheets", found=len(begins), limit=SHEETS)
    lengths = np.array(_lengths(book, strings), dtype=np.int64)
    return [_reach(book, begin, lengths) for begin in begins]


def _reach(book: bytes, begin: int, lengths: np.ndarray) -> Reach:
    reach = Reach(left=1 << 16)
    bottom = right = -1
    shared: list[int] = []
    for kind, at, length in _records(book, begin):
        if kind in _CELLS and length >= 4:
            row, column = struct.unpack_from("<HH", book, at)
            last = struct.unpack_from("<H", book, at + length - 2)[0] if kind == _SEVERAL and length >= 6 else column
            bottom, right, reach.left = max(bottom, row), max(right, column, last), min(reach.left, column)
            reach.cells += 1 if kind != _SEVERAL else max(1, last - column + 1)
            if kind == _SHARED and length >= 10:
                shared.append(struct.unpack_from("<I", book, at + 6)[0])
            elif kind != _SEVERAL:
                reach.text += length
        elif kind == _MERGED and length >= 2:
            (count,) = struct.unpack_from("<H", book, at)
            for i in range(min(count, (length - 2) // 8)):
                top, end, left, last = struct.unpack_from("<4H", book, at + 2 + 8 * i)
                reach.merged.append((top, left, end, last))
        elif kind == _REACH and length in (10, 14):
            form = "<IIHH" if length == 14 else "<HHHH"
            _, end, _, last = struct.unpack_from(form, book, at)
            if end > 1 << 16 or last > 1 << 8:  # the reader makes room for as much as is said here
                raise Unreadable("unreadable_workbook")
    used = np.array(shared, dtype=np.int64)
    reach.text += int(lengths[used[used < len(lengths)]].sum()) if len(lengths) else 0
    reach.left = reach.left if bottom >= 0 else 0
    reach.spanned = (bottom + 1) * (right - reach.left + 1) if bottom >= 0 else 0
    return reach


def _lengths(book: bytes, parts: list[tuple[int, int]]) -> list[int]:
    """Letters of each shared string; what a string is continued with begins with a byte of its own."""
    lengths: list[int] = []
    if not parts:
        return lengths
    part, (at, length) = 0, parts[0]
    end, at = at + length, at + 8
    while True:
        if at >= end:
            part += 1
            if part >= len(parts):
                return lengths
            at, end = parts[part][0], sum(parts[part])
        if at + 3 > end:
            return lengths
        letters, flags = struct.unpack_from("<HB", book, at)
        at += 3
        runs = extra = 0
        if flags & 8:
            (runs,) = struct.unpack_from("<H", book, at)
            at += 2
        if flags & 4:
            (extra,) = struct.unpack_from("<I", book, at)
            at += 4
        lengths.append(letters * 3)
        left, wide = letters, flags & 1
        while True:
            fits = (end - at) // (2 if wide else 1)
            if left <= fits:
                at += left * (2 if wide else 1)
                break
            left -= max(fits, 0)
            part += 1
            if part >= len(parts):
                return lengths
            at, end = parts[part][0], sum(parts[part])
            if at < end:
                wide = book[at] & 1
                at += 1
        at += 4 * runs + extra
        while at > end:  # runs and extras go on without such a byte
            over = at - end
            part += 1
            if part >= len(parts):
                return lengths
            at, end = parts[part][0] + over, sum(parts[part])
