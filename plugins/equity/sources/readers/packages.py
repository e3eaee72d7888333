"""Looks through a zipped workbook (.xlsx, .xlsm, .ods) before anything of it is unpacked into memory.

A few kilobytes can unpack to gigabytes, and two cells can span a sheet of billions: sizes are found by unpacking piece
by piece, never taken from what the package says of itself, and a sheet's reach is found from the places of its cells.
"""

from __future__ import annotations

import io
import itertools
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from posixpath import join, normpath
from xml.etree import ElementTree
from xml.parsers import expat

import numpy as np

from equity.sources.readers.table import Unreadable

ZIP = b"PK\x03\x04"
UNPACKED = 1 << 30
ENTRIES = 10_000
SHEETS = 500
MEMORY = 768 << 20  # bytes that the reader may take for the sheets of one workbook
OTHER_PARTS = 64 << 20  # formats, links and the like, all of which are held in memory while a workbook is read
PIECE = 1 << 20
Range = tuple[int, int, int, int]


@dataclass
class Reach:
    """What a sheet takes: cells written, cells spanned, bytes of text, merged ranges, and its first column.

    `merged` are (top, left, bottom, right) counted from 0; `left` is the first column that holds a value.
    """

    cells: int = 0
    spanned: int = 0
    text: int = 0
    left: int = 0
    merged: list[Range] = field(default_factory=list)

    @property
    def memory(self) -> int:
        """Bytes that reading it takes at most: measured, 24 a cell spanned, 48 more a cell written, the text twice."""
        return 24 * self.spanned + 48 * self.cells + 2 * self.text


def reaches(data: bytes) -> dict[str, Reach]:
    """Sheet → what it takes.

    Raises:
        Unreadable: when the package is damaged, is no workbook, or holds more than anybody's records.

    """
    if data.count(b"PK\x01\x02") > ENTRIES:
        raise Unreadable("too_large", megabytes=UNPACKED >> 20, limit=UNPACKED >> 20)
    package = _Package(data)
    if "content.xml" in package.parts:
        return _of_document(package)
    if "xl/workbook.xml" in package.parts:
        return _of_sheets(package)
    raise Unreadable("unknown_format", name="")


def is_document(data: bytes) -> bool:
    """Whether a package is an OpenDocument one."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "content.xml" in archive.NameToInfo
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, struct.error, ValueError):
        return False


class _Package:
    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._unpacked = 0
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                self.parts = {entry.filename: entry for entry in archive.infolist()}
        except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, struct.error, ValueError) as error:
            raise Unreadable("unreadable_workbook") from error

    def pieces(self, name: str, *, again: bool = False) -> Iterator[bytes]:
        """A part piece by piece; what was unpacked in all is counted, unless the part is looked at once more."""
        part = self.parts[name]
        head = self._data[part.header_offset : part.header_offset + 30]
        if len(head) < 30 or bytes(head[:4]) != ZIP or part.flag_bits & 1 or part.compress_type not in (0, 8):
            raise Unreadable("unreadable_workbook")
        start = part.header_offset + 30 + sum(struct.unpack("<HH", head[26:30]))
        packed = self._data[start : start + part.compress_size]
        for piece in _stored(packed) if part.compress_type == 0 else _inflated(packed):
            if not again:
                self._unpacked += len(piece)
                if self._unpacked > UNPACKED:
                    raise Unreadable("too_large", megabytes=self._unpacked >> 20, limit=UNPACKED >> 20)
            yield piece

    def read(self, name: str, limit: int) -> bytes:
        """A small part as a whole."""
        whole = bytearray()
        for piece in self.pieces(name, again=True):
            whole += piece
            if len(whole) > limit:
                raise Unreadable("too_large", megabytes=len(whole) >> 20, limit=limit >> 20)
        if b"<!DOCTYPE" in whole or b"<!ENTITY" in whole:  # no workbook has one: what it declares may expand for ever
            raise Unreadable("unreadable_workbook")
        return bytes(whole)


def _stored(packed: memoryview) -> Iterator[bytes]:
    for start in range(0, len(packed), PIECE):
        yield bytes(packed[start : start + PIECE])


def _inflated(packed: memoryview) -> Iterator[bytes]:
    inflate = zlib.decompressobj(-15)
    for start in range(0, len(packed), PIECE):
        rest: bytes | memoryview = packed[start : start + PIECE]
        while rest and not inflate.eof:
            try:
                piece = inflate.decompress(rest, PIECE)
            except zlib.error as error:
                raise Unreadable("unreadable_workbook") from error
            if not piece and inflate.unconsumed_tail == rest:
                break
            rest = inflate.unconsumed_tail
            if piece:
                yield piece


# --- Excel's own format


def _of_sheets(package: _Package) -> dict[str, Reach]:
    sheets = _sheet_parts(package)
    if len(sheets) > SHEETS:
        raise Unreadable("too_many_sheets", found=len(sheets), limit=SHEETS)
    found: dict[str, Reach] = {}
    by_part: dict[str, tuple[Reach, int]] = {}
    longest, other = 0, 0
    strings = next((name for name in package.parts if name.lower() == "xl/sharedstrings.xml"), None)
    for name in package.parts:
        if name in sheets.values():
            by_part[name] = _reach(package, name)
        elif name == strings:
            longest = max(_lengths(package, name), default=0)
        else:
            for piece in package.pieces(name):
                other += len(piece) if not name.lower().startswith("xl/media/") else 0
                if other > OTHER_PARTS:
                    raise Unreadable("too_large", megabytes=other >> 20, limit=OTHER_PARTS >> 20)
    for sheet, part in sheets.items():
        reach, shared = by_part[part]
        reach.text += shared * longest
        found[sheet] = reach
    if strings and any(reach.memory > MEMORY for reach in found.values()):
        _count_text(package, sheets, strings, found)
    return found


def _sheet_parts(package: _Package) -> dict[str, str]:
    """Sheet → the part that holds it."""
    if "xl/_rels/workbook.xml.rels" not in package.parts:
        raise Unreadable("unreadable_workbook")
    try:
        links = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels", PIECE << 3))  # noqa: S314 # no entities, see read
        book = ElementTree.fromstring(package.read("xl/workbook.xml", PIECE << 3))  # noqa: S314
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise Unreadable("unreadable_workbook") from error
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    there = {name.lower(): name for name in package.parts}
    parts: dict[str, str] = {}
    for sheet in book.iter():
        if not sheet.tag.endswith("}sheet"):
            continue
        link = next((value for key, value in sheet.items() if key.endswith("}id")), "")
        target = targets.get(link, "").replace("\\", "/")
        part = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
        if part.lower() in there:
            parts.setdefault(sheet.get("name", ""), there[part.lower()])
    return parts


_REFERENCE = re.compile(rb"""\sr\s*=\s*["']\s*([A-Za-z]*)(\d*)""")
_TAG = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])([^>]*)")
_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\s+ref=["']([A-Za-z]{1,3})(\d{1,7}):([A-Za-z]{1,3})(\d{1,7})["']""")
_QUOTE = np.zeros(256, dtype=bool)
_QUOTE[[34, 39]] = True
_SPACE = np.zeros(256, dtype=bool)
_SPACE[[9, 10, 13, 32]] = True


def _reach(package: _Package, name: str) -> tuple[Reach, int]:
    """A sheet's reach, and how many of its cells are shared strings."""
    places, reach, shared = _Places(), Reach(), 0
    for part in _whole_tags(package.pieces(name)):
        places.take(part)
        shared += part.count(b't="s"') + part.count(b"t='s'")
        reach.text += len(part) if b"inlineStr" in part or b't="str"' in part else 0
        if b"mergeCell " in part:
            reach.merged += [
                (int(m[2]) - 1, column_number(m[1]), int(m[4]) - 1, column_number(m[3])) for m in _MERGED.finditer(part)
            ]
    reach.cells, reach.spanned = places.cells, places.spanned
    if any(bottom > top for top, _, bottom, _ in reach.merged):
        reach.left = _first_filled(package, name)
    return reach, shared


def _whole_tags(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes, cut so that no tag is cut in two (as long as tags are of a tag's length)."""
    rest = b""
    for piece in pieces:
        buffer = rest + piece
        cut = buffer.rfind(b"<")
        if cut < len(buffer) - 4096:  # no tag is that long
            cut = len(buffer)
        rest = buffer[cut:]
        if cut:
            yield buffer[:cut]
    if rest:
        yield rest


class _Places:
    """Where the cells of a sheet stand."""

    def __init__(self) -> None:
        self.cells = 0
        self._top = self._bottom = self._left = self._right = -1
        self._at = (0, -1)

    @property
    def spanned(self) -> int:
        """Cells from the first row of a sheet to its last and from its first column to its last."""
        return 0 if self._bottom < 0 else (self._bottom + 1) * (self._right - self._left + 1)

    def take(self, part: bytes) -> None:
        """Take up a part of a sheet in which every row and cell says its place, or else tag by tag."""
        tags = part.count(b"<c ") + part.count(b"<row ")
        signs = np.frombuffer(part + b'"' * 16, dtype=np.uint8)
        at = np.flatnonzero(signs[:-16] == ord("="))
        at = at[(signs[at - 1] == ord("r")) & _SPACE[signs[at - 2]] & _QUOTE[signs[at + 1]]] + 2
        if len(at) != tags or b":c" in part or b":row" in part or b"<c>" in part or b"<row>" in part:
            self._take_tags(part)
            return
        if not tags:
            return
        column, row = np.zeros(len(at), dtype=np.int32), np.zeros(len(at), dtype=np.int64)
        going = np.ones(len(at), dtype=bool)
        for i in range(12):
            sign = signs[at + i]
            digit = ((sign - 48) <= 9) & going
            letter = ((sign | 32) - 97 <= 25) & going
            going = digit | letter
            if not going.any():
                break
            row = np.where(digit, row * 10 + (sign - 48), row)
            if i < 6 and letter.any():
                column = np.where(letter, column * 26 + ((sign | 32) - 96), column)
        self._at = int(row[-1]) - 1, int(column[-1]) - 1
        is_cell = column > 0
        self.cells += int(is_cell.sum())
        self._see(int(row.min()) - 1, int(row.max()) - 1)
        if is_cell.any():
            self._see_columns(int(column[is_cell].min()) - 1, int(column[is_cell].max()) - 1)

    def _take_tags(self, part: bytes) -> None:
        row, column = self._at
        for tag in _TAG.finditer(part):
            said = _REFERENCE.search(tag[2])
            if tag[1] == b"row":
                row, column = int(said[2][:12]) - 1 if said and said[2] else row + 1, -1
                continue
            column = column_number(said[1]) if said and said[1] else column + 1
            own = int(said[2][:12]) - 1 if said and said[2] else max(row, 0)
            self.cells += 1
            self._see(own, own)
            self._see_columns(column, column)
        self._at = row, column

    def _see(self, top: int, bottom: int) -> None:
        self._bottom = max(self._bottom, bottom, top)

    def _see_columns(self, left: int, right: int) -> None:
        self._left = left if self._left < 0 else min(self._left, left)
        self._right = max(self._right, right)


def column_number(letters: bytes) -> int:
    """`A` is 0, `AA` is 26."""
    number = 0
    for letter in letters.upper()[:12]:
        number = number * 26 + letter - 64
    return number - 1


_FILLED = re.compile(rb"<(?:\w+:)?(?:v|t)(?:\s[^>]*)?>[^<]")


def _first_filled(package: _Package, name: str) -> int:
    """The first column that holds a value: that is where the reader lets a sheet begin."""
    first, column, rest = 1 << 20, -1, b""
    for piece in itertools.chain(_whole_tags(package.pieces(name, again=True)), [b"<c>"]):
        part = rest + piece
        tags = [*_TAG.finditer(part)]
        for tag, after in itertools.pairwise(tags):
            said = _REFERENCE.search(tag[2])
            if tag[1] == b"row":
                column = -1
                continue
            column = column_number(said[1]) if said and said[1] else column + 1
            if column < first and _FILLED.search(part, tag.end(), after.start()):
                first = column
        rest = part[tags[-1].start() :] if tags else part  # the last cell may go on in the next piece
        if first == 0:
            break
    return first if first < 1 << 20 else 0


def _lengths(package: _Package, name: str) -> list[int]:
    """Bytes of each shared string, markup included."""
    lengths: list[int] = []
    open_ = 0
    for piece in _whole_tags(package.pieces(name)):
        first, *others = re.split(rb"</(?:\w+:)?si>|<(?:\w+:)?si\s*/>", piece)
        open_ += len(first)
        for other in others:
            lengths.append(open_)
            open_ = len(other)
    return [*lengths, open_]


_SHARED = re.compile(rb"""t=["']s["'][^>]*>\s*<(?:\w+:)?v>\s*(\d{1,9})""")


def _count_text(package: _Package, sheets: dict[str, str], strings: str, found: dict[str, Reach]) -> None:
    """Text of each sheet exactly, string by string: the longest string times all cells said too much."""
    lengths = np.array(_lengths(package, strings), dtype=np.int64)
    for sheet, part in sheets.items():
        text, rest = 0, b""
        for piece in package.pieces(part, again=True):
            buffer = rest + piece
            cut = max(buffer.rfind(b"<c "), 0) or len(buffer)
            rest = buffer[cut:]
            used = np.array([int(index) for index in _SHARED.findall(buffer, 0, cut)], dtype=np.int64)
            text += int(lengths[used[used < len(lengths)]].sum())
        used = np.array([int(index) for index in _SHARED.findall(rest)], dtype=np.int64)
        found[sheet].text = text + int(lengths[used[used < len(lengths)]].sum())


# --- OpenDocument


_ODS_TAG = re.compile(rb"<(/?)table:(table|table-row|table-cell|covered-table-cell)(?=[\s/>])([^>]*?)(/?)>")
_ATTRIBUTE = re.compile(
    rb"""(?:table|office):(name|number-(?:rows|columns)-(?:repeated|spanned)|[\w-]*value)="([^"]*)\""""
)


def _of_document(package: _Package) -> dict[str, Reach]:
    for name in package.parts:
        if name != "content.xml" and name.lower().endswith((".xml", ".rdf")):
            for _ in package.pieces(name):
                pass
    content = bytearray()
    for piece in package.pieces("content.xml"):
        content += piece
        if len(content) > 256 << 20:
            raise Unreadable("too_large", megabytes=len(content) >> 20, limit=256)
    if b"<!DOCTYPE" in content[:PIECE] or b"<!ENTITY" in content[:PIECE]:
        raise Unreadable("unreadable_workbook")
    try:  # the reader turns for ever in a document whose tags do not close
        expat.ParserCreate().Parse(content, True)
    except expat.ExpatError as error:
        raise Unreadable("unreadable_workbook") from error
    found: dict[str, Reach] = {}
    table: _OdsTable | None = None
    cell: tuple[dict[bytes, bytes], int] | None = None
    for tag in _ODS_TAG.finditer(content):
        closing, kind, alone = tag[1], tag[2], tag[4]
        if kind == b"table":
            if closing and table:
                found[table.name] = table.reach
                table = None
            elif not closing:
                table = _OdsTable(unescape(_attributes(tag[3]).get(b"name", b"").decode("utf-8", "replace")))
                if len(found) >= SHEETS:
                    raise Unreadable("too_many_sheets", found=len(found) + 1, limit=SHEETS)
        elif table is not None and kind == b"table-row":
            if not closing:
                table.begin_row(_attributes(tag[3]))
            if closing or alone:
                table.end_row()
        elif table is not None:
            if closing and cell:
                table.cell(cell[0], filled=True, size=tag.start() - cell[1])
                cell = None
            elif not closing:
                said = _attributes(tag[3])
                if alone:
                    table.cell(said, filled=any(key.endswith(b"value") for key in said), size=len(tag[3]))
                else:
                    cell = said, tag.end()
    return found


def _attributes(text: bytes) -> dict[bytes, bytes]:
    return dict(_ATTRIBUTE.findall(text))


def _times(said: dict[bytes, bytes], key: bytes) -> int:
    number = said.get(key, b"1")
    return max(1, int(number[:12])) if number.isdigit() else 1


class _OdsTable:
    """Rows and cells with their repetitions, as the reader unfolds them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.reach = Reach(left=1 << 20)
        self._rows = self._waiting = 0
        self._times, self._column, self._filled_to, self._cells, self._text = 1, 0, 0, 0, 0
        self._right = -1

    def begin_row(self, said: dict[bytes, bytes]) -> None:
        self._times = _times(said, b"number-rows-repeated")
        self._column = self._filled_to = self._cells = self._text = 0

    def cell(self, said: dict[bytes, bytes], *, filled: bool, size: int) -> None:
        times = _times(said, b"number-columns-repeated")
        if filled:
            self.reach.left = min(self.reach.left, self._column)
            self._filled_to = self._column + times
            self._cells += times
            self._text += times * size
            down = _times(said, b"number-rows-spanned")
            if down > 1:
                top, right = self._rows + self._waiting, self._column + _times(said, b"number-columns-spanned") - 1
                self.reach.merged.append((top, self._column, top + down - 1, right))
        self._column += times

    def end_row(self) -> None:
        if self._filled_to:
            self._rows += self._waiting + self._times
            self._waiting = 0
            self._right = max(self._right, self._filled_to - 1)
            self.reach.cells += self._cells * self._times
            self.reach.text += self._text * self._times
            self.reach.spanned = self._rows * (self._right + 1)
        else:
            self._waiting += self._times
        self.begin_row({})
