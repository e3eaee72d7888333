"""A replay of the landing store into an empty database: the same rows, in any order of sources; and what is lost is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from delivery_desk import LEAN, NIGHT, NOW, PERSON_HEADERS, SPACE, Desk, person, table

from equity.delivery import cards
from equity.delivery.decisions import decide
from equity.delivery.discover import discover
from equity.delivery.landing import Place
from equity.delivery.process import process
from equity.delivery.register import close_night
from equity.identity.resolve import resolve
from equity.runtime import replay
from equity.runtime.services import Installation
from equity.sources.spec import Source
from equity.warehouse.connect import connect
from equity.warehouse.epochs import INSTANT
from equity.warehouse.roles import INGEST, LINK, OWNER
from equity.warehouse.server import SUPERUSER


class Town:
    """A database of its own with two sources, whose week is played here."""

    def __init__(self, installation: Installation, folder: Path) -> None:
        self.installation = installation
        self.club, self.city = (self._desk(folder / name) for name in ("club", "city"))
        self.sources: dict[str, Source] = {desk.source.source: desk.source for desk in (self.club, self.city)}

    def _desk(self, folder: Path) -> Desk:
        desk = Desk(self.installation, folder, LEAN | {"hold_if_rows_fall_below": 0.5}, SPACE)
        desk.place = Place(self.installation.url(INGEST), desk.keys, self.installation.home.landing)
        return desk

    def close(self, desk: Desk) -> None:
        """A source's night ends."""
        night = NIGHT.replace(day=NIGHT.day + desk.day)
        with connect(desk.place.database) as connection:
            close_night(connection, desk.source.source, night)
        cards.keep_night(desk.place, desk.source.source, night)

    def epoch(self) -> None:
        """The warehouse's turn."""
        resolve(self.installation.url(LINK))
        cards.keep_history(self.club.place)

    def ask(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.installation.url(SUPERUSER)) as connection:
            return connection.execute(query).fetchall()

    def drill(self, seed: int) -> replay.Replayed:
        return replay.drill(self.installation, self.sources, lambda words: None, seed=seed)


@pytest.fixture(scope="module")
def town(warehouse: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A list, a correction, one that collapsed and is released two nights later, one loaded after its epoch."""
    installation = replace(warehouse, database="equity_town")
    installation.prepare_warehouse()
    town = Town(installation, tmp_path_factory.mktemp("town"))
    club, city = town.club, town.city
    club.send_people(*(person(n) for n in range(1, 9)), person(9, joined_on="x"))
    city.send_people(person(1), person(2, phone="?"))
    for desk in (club, city):
        town.close(desk)
    town.epoch()
    city.send_people(person(1, income="12,000"), person(9))
    held = club.send_people(person(1), person(2))
    assert held.state == "held"
    town.close(club), town.close(city)
    town.epoch()
    with psycopg.connect(installation.url(SUPERUSER)) as connection:
        decide(connection, held.delivery_id, "released", "it is right", "me", record_types=None)
    city.put("participant_3.csv", table(PERSON_HEADERS, [person(1, income="12,000")]))
    (late,) = city.discover()
    (again,) = club.discover()
    released = club.process(again)
    assert (again, released.state) == (held.delivery_id, "loaded")
    town.close(club)
    town.epoch()
    after = city.process(late)
    assert after.known_from == released.known_from + INSTANT
    town.close(city)
    club.put("participant_4.csv", table(PERSON_HEADERS, [person(1), person(9)]))
    club.discover()  # landed, and the machine goes up in smoke
    town.epoch()
    yield town
    replay._drop(installation)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_same_rows_come_out_in_any_order_of_sources(town: Town, seed: int) -> None:
    town.club.process(town.ask("select max(delivery_id) from ops.delivery")[0][0])  # what is landed is read in a replay
    done = town.drill(seed)
    assert done.differences == {} and done.lost == {} and done.same
    assert done.deliveries == 6 and done.compared > 25
    assert town.ask("select count(*) from raw.participant where is_deleted")[0][0] > 5


def test_a_row_that_is_not_what_it_was_is_seen(town: Town) -> None:
    with psycopg.connect(town.installation.url(SUPERUSER), autocommit=True) as connection:
        connection.execute("update raw.participant set joined_on = joined_on + 1 where record_id = 1")
        try:
            done = town.drill(0)
        finally:
            connection.execute("update raw.participant set joined_on = joined_on - 1 where record_id = 1")
    assert list(done.differences) == ["raw.participant"] and "other contents" in done.differences["raw.participant"]


def test_what_the_landing_store_no_longer_has_is_named(town: Town) -> None:
    path, reference = town.ask("select landing_path, reference from ops.delivery where source like 'desk%' order by 1")[
        0
    ]
    other, changed = town.ask("select landing_path, reference from ops.delivery where source like 'desk%' order by 1")[
        1
    ]
    gone, broken = (Path(town.installation.home.landing) / str(each) for each in (path, other))
    kept = {file: file.read_bytes() for file in (gone, broken)}
    try:
        gone.unlink()
        broken.write_bytes(kept[broken][:-1])
        done = town.drill(0)
    finally:
        for file, data in kept.items():
            file.write_bytes(data)
    assert not done.same
    assert done.lost == {
        reference: f"not in the landing store: {path}",
        changed: f"changed in the landing store, or sealed with another key: {other}",
    }


def test_a_source_without_a_spec_is_named_and_the_others_come_back(town: Town) -> None:
    club, city = town.sources
    done = replay.drill(town.installation, {city: town.sources[city]}, lambda words: None)
    assert set(done.lost.values()) == {f"no spec reads {club} any more"}
    assert done.deliveries == 3


def test_a_database_that_was_lost_is_made_anew_and_goes_on(town: Town) -> None:
    with pytest.raises(replay.ReplayError, match="nothing is restored over them"):
        replay.restore(town.installation, town.sources, lambda words: None)
    before = replay.checksums(town.installation.url(OWNER))
    told = "select delivery_id, reference, state, answered_at, answer_place, hold_code from ops.delivery order by 1"
    register = town.ask(told)
    turns = "select * from ops.source_night where closed_at is not null order by 1, 2"
    nights = town.ask(turns)
    replay._drop(town.installation)
    town.installation.prepare_warehouse()
    done = replay.restore(town.installation, town.sources, lambda words: None)
    assert done.same and replay.checksums(town.installation.url(OWNER)) == before
    assert town.ask(turns) == nights
    again = town.ask(told)
    assert again[:-1] == register[:-1]
    assert again[-1][3] is None, "the card of what was landed last is older than its answer: it is answered again"
    desk = town.club
    assert discover(desk.place, desk.source, desk.origin, NIGHT, NOW) == [again[-1][0]], "nothing is fetched twice"
    desk.put("participant_5.csv", table(PERSON_HEADERS, [person(1), person(3)]))
    (_, fresh) = discover(desk.place, desk.source, desk.origin, NIGHT, NOW)
    assert fresh > again[-1][0]
    assert process(desk.place, desk.source, fresh, None).state == "loaded"


def test_an_empty_landing_store_is_said(
    warehouse: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EQUITY_LANDING", str(tmp_path))
    with pytest.raises(replay.ReplayError, match="no card of any delivery"):
        replay.drill(warehouse, {}, lambda words: None)
