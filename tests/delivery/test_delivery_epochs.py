"""What was known at an epoch stays: deliveries that are loaded after it are known later, whenever they were received."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import psycopg
import pytest
from delivery_desk import NOW, PERSON_HEADERS, Desk, person, table

from equity.delivery import process as process_module
from equity.identity.resolve import resolve
from equity.runtime.services import Installation
from equity.warehouse.epochs import INSTANT
from equity.warehouse.roles import LINK, OWNER

Epoch = Callable[[], datetime]


@pytest.fixture
def epoch(warehouse: Installation) -> Iterator[Epoch]:
    """Make an epoch of all that is loaded, as the warehouse does; it is taken back, as other tests live in March too."""

    def made() -> datetime:
        resolve(warehouse.url(LINK))
        with psycopg.connect(warehouse.url(OWNER)) as connection:
            row = connection.execute("select max(known_at) from ops.epoch").fetchone()
        assert row
        return row[0]

    yield made
    with psycopg.connect(warehouse.url(OWNER)) as connection:
        connection.execute("truncate ops.epoch")


def landed_late(desk: Desk) -> int:
    """A file of the night that was: landed with it, but not loaded yet."""
    desk.day -= 1
    desk.put("participant_late.csv", table(PERSON_HEADERS, [person(1), person(2)]))
    (delivery_id,) = desk.discover()
    return delivery_id


def known(desk: Desk) -> list[datetime]:
    """Since when each row of raw is known, in their order."""
    return [row["known_from"] for row in desk.raw()]


def test_what_was_received_before_an_epoch_and_loaded_after_it_is_known_after_it(desk: Desk, epoch: Epoch) -> None:
    first = desk.send_people(person(1))
    at = epoch()
    assert at >= first.received_at
    late = landed_late(desk)
    delivery = desk.process(late)
    assert delivery.received_at == first.received_at
    assert delivery.known_from == at + INSTANT == known(desk)[-1]
    assert desk.ask("select known_from from ops.delivery where delivery_id = %s", late) == [
        {"known_from": at + INSTANT}
    ]


def test_an_epoch_that_comes_during_a_load_makes_it_begin_anew(
    desk: Desk, epoch: Epoch, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = desk.send_people(person(1))
    finish, came = process_module.Loader.finish, []

    def while_an_epoch_comes(self: Any) -> Any:
        counts = finish(self)
        if not came:
            came.append(epoch())
        return counts

    late = landed_late(desk)
    monkeypatch.setattr(process_module.Loader, "finish", while_an_epoch_comes)
    delivery = desk.process(late)
    assert delivery.state == "loaded" and desk.five(delivery) == (2, 1, 1, 0, 0)
    assert known(desk) == [first.known_from, came[0] + INSTANT], "nothing twice, nothing known too early"


def test_without_an_epoch_rows_are_known_since_they_were_received(desk: Desk) -> None:
    delivery = desk.send_people(person(1))
    assert delivery.known_from == delivery.received_at > NOW
