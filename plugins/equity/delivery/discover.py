"""Discover: what is new at a partner's place is landed and registered. Light to import: no frames, no checks."""

from __future__ import annotations

import hashlib
import io
import json
import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from upath import UPath

from equity.delivery import cards, decisions, landing, register
from equity.delivery.landing import Place
from equity.delivery.returned import untouched
from equity.privacy.keys import seal, unseal
from equity.sources.connectors import ConnectorError, NotReady, Offer, Origin, TooLarge
from equity.sources.spec import Source
from equity.warehouse.connect import connect

log = logging.getLogger(__name__)
AHEAD = timedelta(days=1)


class Incomplete(ConnectorError):
    """Something of a partner could not be fetched; `deliveries` are those that have a step to go nevertheless."""

    def __init__(self, failures: list[ConnectorError], deliveries: list[int]) -> None:
        super().__init__("; ".join(dict.fromkeys(str(failure) for failure in failures)))
        self.deliveries = deliveries


@dataclass(frozen=True)
class KeptPages:
    """Pages of unfinished pulls, encrypted, in the landing store: another worker may go on with them.

    They lie at `<source>/unfinished/<name of the pull, hashed>/<number>.sealed` until the pull is registered.
    """

    place: Place
    source: str

    @cached_property
    def _root(self) -> UPath:
        return UPath(self.place.landing) / self.source / "unfinished"

    def _path(self, pull: str, number: int) -> UPath:
        return self._root / hashlib.sha256(pull.encode()).hexdigest()[:24] / f"{number:06}.sealed"

    def read(self, pull: str, number: int) -> bytes | None:
        """One page, or None; raises cryptography's InvalidTag when it was changed."""
        try:
            with self._path(pull, number).open("rb") as file:
                return unseal(io.BytesIO(file.read()), self.place.keys.landing)
        except FileNotFoundError:
            return None

    def write(self, pull: str, number: int, page: bytes) -> None:
        """Keep one page, whole or not at all."""
        path = self._path(pull, number)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(path.name + ".part")
        fresh.write_bytes(b"".join(seal(page, self.place.keys.landing)))
        fresh.rename(path)

    def drop(self, pull: str) -> None:
        """Forget the pages of a pull, the last one first: what a crash leaves is the beginning of one pull."""
        folder = self._path(pull, 1).parent
        if not folder.is_dir():
            return
        for file in sorted(folder.iterdir(), key=lambda f: f.name, reverse=True):
            file.unlink(missing_ok=True)
        if folder.is_dir():  # an object store has no empty folders
            folder.rmdir()


def discover(place: Place, source: Source, origin: Origin, night: date, now: datetime) -> list[int]:
    """Land what is new at the partner's place; returns the deliveries with a step to go, oldest first.

    The same bytes again are noted and do nothing. A pull is not made while an earlier one of its path is unloaded.

    Raises:
        Incomplete: when something could not be fetched; everything else was landed.
        ConnectorError: when the place cannot be reached at all.

    """
    with connect(place.database) as connection:
        register.register_source(connection, source)
        register.open_night(connection, source.source, night)
        decisions.take_up(connection, source.source, night, now)
        seen = register.seen(connection, source.source)
        since = register.watermarks(connection, source.source)
        pending = {delivery.name for delivery in register.unfinished(connection, source.source)}
    failures: list[ConnectorError] = []
    for offer in origin.offers(since):
        if (offer.name, offer.stamp) in seen or (source.fetch.pulled and offer.name in pending):
            continue
        try:
            _land(place, source, offer, night, now)
        except NotReady as reason:
            log.warning("%s; it is fetched next time", reason)
        except TooLarge as reason:
            log.warning("%s", reason)
            _reject(place, source, offer, reason, night, now)
        except ConnectorError as failure:
            log.error("%s", failure)
            failures.append(failure)
    with connect(place.database) as connection:
        left = [delivery.delivery_id for delivery in register.unfinished(connection, source.source)]
    if failures:
        raise Incomplete(failures, left)
    return left


def _land(place: Place, source: Source, offer: Offer, night: date, now: datetime) -> None:
    data, watermark = offer.get()
    if source.fetch.pulled and not data:
        offer.landed()
        return
    if untouched(source, data, night):  # our own answer, in a folder that is inbox and outbox
        log.info("%s: an answer as we wrote it; nothing to do", offer.name)
        offer.landed()
        return
    _register(place, source, offer, data, night, now, _believable(watermark, now))
    offer.landed()


def _register(
    place: Place, source: Source, offer: Offer, data: bytes, night: date, now: datetime, watermark: datetime | None
) -> tuple[int, bool]:
    """Store and register bytes; returns their delivery and whether it is new."""
    sha256 = register.fingerprint(data)
    path = landing.landing_path(source.source, night, sha256, offer.name)
    landing.store(place.landing, path, data, place.keys.landing)
    with connect(place.database) as connection:
        known = register.known(connection, source.source, sha256)
        delivery_id = known or register.add(
            connection, source.source, offer.name, sha256, len(data), path, night, now, watermark
        )
        if not source.fetch.pulled:
            register.sight(connection, source.source, offer.name, offer.stamp, night, delivery_id)
    cards.keep(place, delivery_id)
    return delivery_id, known is None


def _reject(place: Place, source: Source, offer: Offer, reason: TooLarge, night: date, now: datetime) -> None:
    """Reject what is too large to be fetched, with a reason for the sender; a note of it is landed in its place."""
    detail = {"megabytes": -(-reason.size >> 20), "limit": reason.limit >> 20}
    note = json.dumps(
        {"name": offer.name, "stamp": offer.stamp, "night": f"{night}" if not offer.stamp else "", **detail}
    )
    delivery_id, new = _register(place, source, offer, note.encode(), night, now, None)
    if new:
        with connect(place.database) as connection:
            register.held(connection, delivery_id, "too_large", detail, "rejected")


def _believable(watermark: datetime | None, now: datetime) -> datetime | None:
    """A stamp far ahead of the clock is somebody's slip; as a watermark it would hide what changes until that day."""
    return now if watermark and watermark > now + AHEAD else watermark
