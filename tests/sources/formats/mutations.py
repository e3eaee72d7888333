"""Damage: bytes flipped, cut, doubled, spliced; lines and headers shuffled; cells that no reader expects."""

from __future__ import annotations

import io
import json
import random
import re
import zipfile
import zlib
from html import escape

CELLS = (
    "", " ", "\x00", "\x1b[31m", "-", ".", "0", "-0", "NaN", "Infinity", "-Infinity", "1e999999", "1e-999999", "9" * 40, "9" * 5000,
    "0x1F", "1_000", "١٢٣", "๑๒๓๔๕๖๗๘๙๐", "๓,๕๐๐.๕๐ บาท", "3.1006E+12", "1-1002-00300-40-5", "3100600445635.0", "00/00/2549", "32/13/99999",
    "31/12/0000", "29/02/2566", "29/02/2567", "1/1/1", "9999-99-99", "0001-01-01", "2999999", "45809.999999", "-45809", "1 ม.ค. ๙๙๙๙๙",
    "ม.ค.", "พ.ศ.", "=1+1", "=cmd|'/C calc'!A0", "+1", "@SUM(A1)", "\t=1", "\r=1", '"', '""', '"x', "'", "\\", "\\N", "{a,b}", "{", "}", "[]",
    "null", "true", "ใช่", "✓", "👩‍👩‍👧", "\ud7ff", "\ue000", "\ufeff", "\u202e", "\u200b", "ำํา้", "เเ", "ก" * 3000, "a\nb", "a\r\nb", "a,b", "a|b", "a;b",
    "รวม", "รวมทั้งสิ้น", "ลงชื่อ", "วันที่", "วันที่ 3", "รหัส", "ชื่อ แหล่ง", "ต.แจ้ซ้อน อ.เมืองปาน จ.ลำปาง", "ตำบล อำเภอ จังหวัด", "521009", "หมู่ ๙๙๙๙๙๙๙๙๙๙",
    "นาย", "นายก นายข", "ด.ช.", "0812345678 / 0898765432", "+66 (0) 81", "๐" * 50, "elderly;;x", "และ", "hub",
)  # fmt: skip


def mutated(data: bytes, others: list[bytes], picked: random.Random) -> bytes:
    """The data with one to four pieces of damage; of a zipped workbook mostly within its parts."""
    for _ in range(picked.choice((1, 1, 2, 3))):
        if data.startswith(b"PK\x03\x04") and picked.random() < 0.75:
            data = _in_a_part(data, others, picked)
        else:
            data = picked.choice(_WAYS)(data, others, picked)
    return data


def _in_a_part(data: bytes, others: list[bytes], picked: random.Random) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OSError):
        return data
    telling = [name for name in parts if re.search(r"sheet\d|sharedStrings|workbook\.xml|content\.xml", name)]
    if not telling:
        return data
    name = picked.choice(telling)
    parts[name] = picked.choice((*_WAYS, _number, _number, _number))(parts[name], others, picked)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return buffer.getvalue()


def _flip(data: bytes, others: list[bytes], picked: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(picked.choice((1, 1, 2, 8, 40))):
        if changed:
            changed[picked.randrange(len(changed))] = picked.randrange(256)
    return bytes(changed)


def _cut(data: bytes, others: list[bytes], picked: random.Random) -> bytes:
    return data[: picked.randrange(len(data) + 1)]


def _drop(data: bytes, others: list[bytes], picked: random.Random) -> bytes:
    start = picked.randrange(len(data) + 1)
    return data[:start] + data[start + picked.randrange(1, 60) :]


def _double(data: bytes, others: list[bytes], picked: random.Random) -> bytes:
    start = picked.randrange(len(data) + 1)
    piece = data[start : start + picked.choice((1, 7, 80, 1000))]
    return data[:start] + piece * picked.choice((2, 3, 50)) + data[start:]


def _splice(data: bytes, others: list[bytes], picked: random.Random) -> bytes:
    other = picked.choice(others)
    start = picked.randrange(len(other) + 1)
    at = picked.randrange(len(data) + 1)
    return data[:at] + other[start : start + picked.choice((4, 100, 2000))] + data[at:]


def _shuffle(data: bytes, others: list[bytes], picked: random.Random) -> bytes:
    rows = data.split(b"\n")
    picked.shuffle(rows)
    return b"\n".join(rows)


def _shuffle_header(data: bytes, others: list[bytes], picked: random.Random) -> bytes:
    first, _, rest = data.partition(b"\n")
    delimiter = picked.choice((b",", b"\t", b"|", b"</td><td>"))
    cells = first.split(delimiter)
    picked.shuffle(cells)
    return delimiter.join(cells[: picked.randint(1, len(cells))]) + b"\n" + rest


def _cell(data: bytes, others: list[bytes], picked: random.Random) -> bytes:
    """Another cell where one stands: between delimiters, quotes or tags."""
    places = [*re.finditer(rb'(?<=[,\t|>"])[^,\t|<>"\r\n]+(?=[,\t|<"\r\n])', data)]
    if not places:
        return data
    place = picked.choice(places)
    encoding = "cp874" if b"\xe0\xb8" not in data and b"\xc3" in data else "utf-8"
    cell = picked.choice(CELLS)
    if picked.random() < 0.85:  # as a program would write it
        if data[:1] in (b"{", b"["):
            cell = json.dumps(cell, ensure_ascii=picked.random() < 0.5)[1:-1]
        elif data[:1] == b"<":
            cell = escape(cell)
    return data[: place.start()] + cell.encode(encoding, "replace") + data[place.end() :]


def _number(data: bytes, others: list[bytes], picked: random.Random) -> bytes:
    """Another number where one stands: a size, a place, an index."""
    places = [*re.finditer(rb"\d+", data)]
    if not places:
        return data
    place = picked.choice(places)
    number = picked.choice(
        (b"0", b"1", b"-1", b"7", b"255", b"65535", b"1048576", b"1048577", b"4294967295", b"99999999999999999999")
    )
    return data[: place.start()] + number + data[place.end() :]


_WAYS = (_flip, _cut, _drop, _double, _splice, _shuffle, _shuffle_header, *(_cell,) * 12, _number)
