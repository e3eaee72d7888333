"""What all connectors share: an endpoint, an offer, limits, how errors are told, where an unfinished pull is kept."""

from __future__ import annotations

import fnmatch
import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, Protocol

from equity.sources.spec import RETURNED

PATIENCE_SECONDS = 60
CONNECT_SECONDS = 20
TRIES = 6
PAGE_BYTES = 64 << 20  # one page of an API; parsed, it takes about ten times as much
DELIVERY_BYTES = 512 << 20  # one file or one whole pull: a delivery is worked on in 1.5 GiB


class ConnectorError(RuntimeError):
    """A partner's place could not be reached or refused us; the message names the connection, never a secret."""


class NotReady(ConnectorError):
    """A file is still being written; it is fetched another night."""


class TooLarge(ConnectorError):
    """A file or pull is larger than what is worked on; `size` and `limit` are bytes, `size` being what was seen of it."""

    def __init__(self, message: str, size: int, limit: int) -> None:
        super().__init__(message)
        self.size = size
        self.limit = limit


@dataclass(frozen=True)
class Endpoint:
    """Address and secrets of one place, as an Airflow connection holds them."""

    conn_id: str
    host: str = ""
    port: int | None = None
    schema: str = ""
    login: str = ""
    password: str = field(default="", repr=False)
    extra: dict[str, Any] = field(default_factory=dict, repr=False)
    conn_type: str = ""

    def error(self, what: str) -> ConnectorError:
        """An error that names the connection."""
        return ConnectorError(f"connection {self.conn_id}: {what}")

    def too_large(self, name: str, size: int, limit: int = DELIVERY_BYTES) -> TooLarge:
        """The error for something that is larger than its limit."""
        words = f"{name} is larger than {limit >> 20} MiB; ask the partner to send it in parts"
        return TooLarge(f"connection {self.conn_id}: {words}", size, limit)

    @property
    def is_here(self) -> bool:
        """Whether the host is this very machine, so that nobody can listen on the way."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def _nothing() -> None:
    """Most offers need no word when they are landed."""


@dataclass(frozen=True)
class Offer:
    """Something to fetch: its name, a stamp that changes when it does, and how to get its bytes (and a pull's watermark).

    `landed` is called when the bytes lie in the landing store and are registered.
    """

    name: str
    stamp: str
    get: Callable[[], tuple[bytes, datetime | None]]
    landed: Callable[[], None] = _nothing


def fail(error: ConnectorError) -> tuple[bytes, None]:
    """What getting an offer comes to when it is known already that it cannot be had."""
    raise error


class Origin(Protocol):
    """Where a partner's deliveries are."""

    def offers(self, since: dict[str, datetime]) -> Iterator[Offer]:
        """What there is to fetch now; `since` gives the watermark of each name."""


class Outbox(Protocol):
    """Where a partner's answers go."""

    def deliver(self, name: str, workbook: bytes, reference: str) -> str:
        """Put a workbook where the partner finds it; returns the place for people."""


class Kept(Protocol):
    """Where an unfinished pull keeps its pages between two tries, by the pull's name and their number from 1."""

    def read(self, pull: str, number: int) -> bytes | None:
        """One page, or None."""

    def write(self, pull: str, number: int, page: bytes) -> None:
        """Keep one page, whole or not at all."""

    def drop(self, pull: str) -> None:
        """Forget the pages of a pull, the last one first."""


class KeptInMemory:
    """Pages kept for as long as the process lives: for a dry run and for tests."""

    def __init__(self) -> None:
        self.pages: dict[tuple[str, int], bytes] = {}

    def read(self, pull: str, number: int) -> bytes | None:
        """One page, or None."""
        return self.pages.get((pull, number))

    def write(self, pull: str, number: int, page: bytes) -> None:
        """Keep one page."""
        self.pages[pull, number] = page

    def drop(self, pull: str) -> None:
        """Forget the pages of a pull."""
        for key in [key for key in self.pages if key[0] == pull]:
            del self.pages[key]


def unfinished(name: str) -> bool:
    """Whether a file's name says that it is hidden, a lock, or still being written."""
    return name.startswith(("~$", ".")) or PurePosixPath(name).suffix.lower() in (
        ".part",
        ".tmp",
        ".filepart",
        ".crdownload",
    )


def wanted(name: str, pattern: str) -> bool:
    """Whether a file is one that the spec asks for, or a correction workbook that comes back."""
    return any(fnmatch.fnmatchcase(name, asked) for asked in (pattern, RETURNED)) and not unfinished(name)


def at(page: Any, path: str) -> Any:
    """What stands at a path such as `meta.total` in parsed JSON, or None."""
    for step in path.split("."):
        page = page.get(step) if isinstance(page, dict) else None
    return page
