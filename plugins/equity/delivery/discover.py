"""Discover: what is new at a partner's place is landed and registered. Light to import: no frames, no checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from equity.delivery import landing, register
from equity.privacy.keys import Keys
from equity.sources.connectors import Connector
from equity.sources.spec import Source
from equity.warehouse.connect import connect


@dataclass(frozen=True)
class Place:
    """What a step needs of this installation: the warehouse as the ingest role, the keys, the landing store."""

    database: str = field(repr=False)
    keys: Keys = field(repr=False)
    landing: str


def discover(place: Place, source: Source, origin: Connector, night: date, now: datetime) -> list[int]:
    """Land what is new at the partner's place; returns the deliveries with a step to go, oldest first.

    The same bytes again are noted and do nothing. A pull is not made while an earlier one of its path is unloaded.
    """
    with connect(place.database) as connection:
        register.register_source(connection, source)
        register.open_night(connection, source.source, night)
        seen = register.seen(connection, source.source)
        since = register.watermarks(connection, source.source)
        pending = {delivery.name for delivery in register.unfinished(connection, source.source)}
    pulled = source.fetch.by == "rest"
    for offer in origin.offers(since):
        if (offer.name, offer.stamp) in seen or (pulled and offer.name in pending):
            continue
        data, watermark = offer.get()
        if pulled and not data:
            continue
        sha256 = register.fingerprint(data)
        path = landing.landing_path(source.source, night, sha256, offer.name)
        landing.store(place.landing, path, data, place.keys.landing)
        with connect(place.database) as connection:
            delivery_id = register.known(connection, source.source, sha256)
            if delivery_id is None:
                delivery_id = register.add(
                    connection, source.source, offer.name, sha256, len(data), path, night, now, watermark
                )
            if not pulled:
                register.sight(connection, source.source, offer.name, offer.stamp, night, delivery_id)
    with connect(place.database) as connection:
        return [delivery.delivery_id for delivery in register.unfinished(connection, source.source)]
