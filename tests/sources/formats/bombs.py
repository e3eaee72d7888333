"""Packages that no program would write: sizes that lie, gigabytes in a few kilobytes."""

from __future__ import annotations

import struct
import zlib
from functools import cache


@cache
def zeros(megabytes: int, fill: bytes = b"\0") -> bytes:
    """Deflated bytes that unpack to so many megabytes of one letter; made once and repeated, not compressed whole."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(fill * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(fill * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return piece + again * (megabytes - 1) + b"\x03\x00"


def deflated(content: bytes) -> bytes:
    """Raw deflate."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def package(parts: dict[str, bytes], says: int | None = None, once: str | None = None, times: int = 1) -> bytes:
    """A zip of deflated parts.

    `says` is the unpacked size that it declares of each; the part named `once` is listed `times` times over, each entry
    pointing at the same bytes.
    """
    body, directory, entries = b"", b"", 0
    for name, packed in parts.items():
        for i in range(times if name == once else 1):
            told = name if not i else f"{i}{name}"
            size = len(packed) * 4 if says is None else says
            head = struct.pack("<HHHHHIIIHH", 20, 0x800, 8, 0, 33, 0, len(packed), size, len(told.encode()), 0)
            directory += (
                b"PK\x01\x02"
                + struct.pack("<H", 20)
                + head
                + struct.pack("<HHHII", 0, 0, 0, 0, len(body))
                + told.encode()
            )
            entries += 1
        own = head[:-4] + struct.pack("<HH", len(name.encode()), 0)
        body += b"PK\x03\x04" + own + name.encode() + packed
    end = struct.pack("<HHHHIIH", 0, 0, entries, entries, len(directory), len(body), 0)
    return body + directory + b"PK\x05\x06" + end
