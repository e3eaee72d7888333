"""Keys that are never in the database: for pseudonyms, for the vault, for the landing store.

A pseudonym is HMAC-SHA256 (RFC 2104) over `domain NUL value`, so that equal references of two partners differ.
Payloads are AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce before the ciphertext; the version of the key
stands beside them, so keys can be rotated.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from equity.settings import Home
from equity.thai.columns import by_unique

NONCE = 12
DIGEST = pa.binary(16)


@dataclass(frozen=True)
class Keys:
    """The installation's keys."""

    pseudonym: bytes = field(repr=False)
    vault: dict[int, bytes] = field(repr=False)
    landing: bytes = field(repr=False)

    @classmethod
    def of(cls, home: Home) -> Keys:
        """The keys of a laptop's installation."""
        return cls.from_json(cls.to_json(home))

    @staticmethod
    def to_json(home: Home) -> str:
        """A laptop's keys in the form that the connection equity_keys holds."""
        kept = home.secrets
        return json.dumps(
            {name: kept[f"{name}_key"] for name in ("pseudonym", "landing")} | {"vault": kept["vault_keys"]}
        )

    @classmethod
    def from_json(cls, text: str) -> Keys:
        """Keys from `{"pseudonym": base64, "landing": base64, "vault": {"1": base64}}`; raises ValueError."""
        try:
            given = json.loads(text)
            vault = {int(version): base64.b64decode(key) for version, key in given["vault"].items()}
            keys = cls(base64.b64decode(given["pseudonym"]), vault, base64.b64decode(given["landing"]))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(
                "the connection equity_keys must hold pseudonym, landing and vault keys in base64"
            ) from error
        if not vault or any(len(key) != 32 for key in (keys.pseudonym, keys.landing, *vault.values())):
            raise ValueError("every key of the connection equity_keys must be 32 bytes long, and vault must have one")
        return keys

    @cached_property
    def vault_version(self) -> int:
        """The newest vault key, with which new payloads are encrypted."""
        return max(self.vault)

    def pseudonyms(self, values: pa.Array, domain: str) -> pa.Array:
        """Pseudonyms of a text column: 32 hexadecimal digits (the first 128 bits), null in null out."""
        return hexadecimal(self.pseudonym_digests(values, domain))

    def pseudonym_digests(self, values: pa.Array, domain: str) -> pa.Array:
        """The same as bytes, pa.binary(16)."""
        # HMAC as its definition says it, two hashes of a padded key and a text: half the time of the module hmac
        padded, sha256 = self.pseudonym.ljust(64, b"\0"), hashlib.sha256
        inner = bytes(byte ^ 0x36 for byte in padded) + domain.encode() + b"\0"
        outer = bytes(byte ^ 0x5C for byte in padded)

        def work(distinct: pa.Array) -> pa.Array:
            texts = distinct.cast(pa.binary()).to_pylist()
            found = b"".join([sha256(outer + sha256(inner + text).digest()).digest()[:16] for text in texts])
            return pa.Array.from_buffers(DIGEST, len(texts), [None, pa.py_buffer(found)])

        return by_unique(values, work)

    def encrypt(self, payloads: Sequence[bytes], contexts: Iterable[bytes]) -> list[bytes]:
        """Encrypt each payload for its own context (authenticated, not stored); nonce first."""
        cipher = AESGCM(self.vault[self.vault_version]).encrypt
        nonces = os.urandom(NONCE * len(payloads))
        return [
            (nonce := nonces[at : at + NONCE]) + cipher(nonce, payload, context)
            for at, payload, context in zip(range(0, len(nonces), NONCE), payloads, contexts, strict=True)
        ]

    def decrypt(self, payload: bytes, context: bytes, version: int) -> bytes:
        """Open one payload; raises cryptography.exceptions.InvalidTag when it was changed or is another context's."""
        return AESGCM(self.vault[version]).decrypt(payload[:NONCE], payload[NONCE:], context)


def hexadecimal(digests: pa.Array) -> pa.Array:
    """Digests of 16 bytes as text of 32 hexadecimal digits, turned over all at once; null in null out."""
    size = len(digests)
    given = memoryview(digests.buffers()[1])[16 * digests.offset : 16 * (digests.offset + size)]
    ends = np.arange(0, 32 * size + 1, 32, dtype=np.int32)
    texts = pa.StringArray.from_buffers(size, pa.py_buffer(ends), pa.py_buffer(binascii.hexlify(given)))
    return pc.if_else(digests.is_valid(), texts, pa.scalar(None, pa.string())) if digests.null_count else texts


FRAME = 8 << 20


def seal(data: bytes, key: bytes) -> Iterator[bytes]:
    """Encrypt a file in frames: length, nonce, ciphertext; the frame's number and whether it is the last are bound."""
    cipher = AESGCM(key)
    count = max(1, -(-len(data) // FRAME))
    view = memoryview(data)
    for number in range(count):
        nonce = os.urandom(NONCE)
        bound = number.to_bytes(8, "big") + bytes([number == count - 1])
        sealed = cipher.encrypt(nonce, view[number * FRAME : (number + 1) * FRAME], bound)
        yield len(sealed).to_bytes(4, "big") + nonce + sealed


def unseal(sealed: BinaryIO, key: bytes) -> bytes:
    """Open what `seal` made, frame by frame; raises InvalidTag when a frame is missing, changed or out of order."""
    cipher = AESGCM(key)
    opened = BytesIO()  # gives its content without a copy
    number = 0
    head = sealed.read(4)
    while head:
        nonce = sealed.read(NONCE)
        frame = sealed.read(int.from_bytes(head, "big"))
        head = sealed.read(4)
        if len(nonce) < NONCE or 0 < len(head) < 4:
            raise InvalidTag
        opened.write(cipher.decrypt(nonce, frame, number.to_bytes(8, "big") + bytes([not head])))
        number += 1
    if number == 0:
        raise InvalidTag
    return opened.getvalue()
