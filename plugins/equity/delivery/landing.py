"""The landing store: the bytes of every delivery as received, encrypted, never changed. A folder or any object store."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePosixPath

from cryptography.exceptions import InvalidTag
from upath import UPath

from equity.privacy.keys import Keys, seal, unseal


@dataclass(frozen=True)
class Place:
    """What a step needs of this installation: the warehouse as the ingest role, the keys, the landing store.

    beside: where what can be made anew from deliveries is kept; by default in the landing store, too.
    """

    database: str = field(repr=False)
    keys: Keys = field(repr=False)
    landing: str
    beside: str = ""

    @property
    def made(self) -> str:
        """Root of what can be made anew from deliveries."""
        return self.beside or self.landing


def landing_path(source: str, day: date, sha256: bytes, name: str) -> str:
    """Where a delivery lies below the store's root: `<source>/<yyyy>/<mm>/<sha256>.<ext>`."""
    suffix = PurePosixPath(name).suffix.lower() or ".ndjson"
    return f"{source}/{day:%Y}/{day:%m}/{sha256.hex()}{suffix}"


def store(root: str, path: str, data: bytes, key: bytes) -> None:
    """Encrypt and write, whole or not at all; what lies there already is the same bytes and stays."""
    target = UPath(root) / path
    if not target.exists():
        _write(target, data, key)


def keep(root: str, path: str, data: bytes, key: bytes) -> None:
    """Encrypt and write beside the deliveries what can be made anew from them, in the place of what lay there."""
    _write(UPath(root) / path, data, key)


def kept(root: str, path: str, key: bytes) -> bytes | None:
    """What was kept, or None; what was cut off or changed counts as nothing."""
    try:
        with (UPath(root) / path).open("rb") as sealed:
            return unseal(sealed, key)
    except (FileNotFoundError, InvalidTag):
        return None


def drop(root: str, folder: str) -> None:
    """Remove what was kept in a folder."""
    place = UPath(root) / folder
    if place.is_dir():
        for file in list(place.iterdir()):
            file.unlink(missing_ok=True)


def _write(target: UPath, data: bytes, key: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(target.name + ".part")
    with fresh.open("wb") as file:
        for frame in seal(data, key):
            file.write(frame)
    fresh.replace(target)


def fetch(root: str, path: str, key: bytes) -> bytes:
    """Read and decrypt; raises FileNotFoundError, or cryptography's InvalidTag when the object was changed or swapped."""
    with (UPath(root) / path).open("rb") as sealed:
        data = unseal(sealed, key)
    if hashlib.sha256(data).hexdigest() != PurePosixPath(path).name.partition(".")[0]:
        raise InvalidTag
    return data
