"""Discover with real connectors: what breaks off, what is too large, what is not ready, and what else is there."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from connector_places import TOKEN, Api, items, source
from cryptography.exceptions import InvalidTag

from equity.delivery import landing, register
from equity.delivery.discover import Incomplete, KeptPages, discover
from equity.delivery.landing import Place
from equity.delivery.register import Delivery
from equity.privacy.keys import Keys
from equity.runtime.services import Installation
from equity.sources.connectors import Endpoint, folder, origin
from equity.sources.spec import Source
from equity.warehouse.connect import connect
from equity.warehouse.roles import INGEST

NIGHT, NOW = date(2026, 3, 10), datetime(2026, 3, 9, 18, tzinfo=UTC)
_numbers = itertools.count(1)


class Turn:
    """A partner's turns of some nights."""

    def __init__(self, installation: Installation, folder: Path, spec: Source, endpoint: Endpoint) -> None:
        self.place = Place(installation.url(INGEST), Keys.of(installation.home), str(folder / "landing"))
        self.source = spec.model_copy(update={"source": f"turn_{next(_numbers)}"})
        self.kept = KeptPages(self.place, self.source.source)
        self.endpoint = endpoint
        self.night = NIGHT

    def __call__(self) -> list[Delivery]:
        self.night += timedelta(days=1)
        found = discover(self.place, self.source, origin(self.source, self.endpoint, self.kept), self.night, NOW)
        with connect(self.place.database) as connection:
            return [register.get(connection, number) for number in found]

    def data(self, delivery: Delivery) -> bytes:
        return landing.fetch(self.place.landing, delivery.landing_path, self.place.keys.landing)


@pytest.fixture
def pulls(warehouse: Installation, tmp_path: Path, api: Api) -> Any:
    def make(*paths: str) -> Turn:
        since = {"parameter": "since", "field": "updated_at"}
        spec = source({"by": "rest", "page": {"size": 2}, "updated_since": since}, *paths)
        return Turn(warehouse, tmp_path, spec, Endpoint("api", "127.0.0.1", api.port, "http", password=TOKEN))

    return make


@pytest.fixture
def drop(warehouse: Installation, tmp_path: Path) -> Turn:
    (tmp_path / "drop").mkdir()
    end = Endpoint("drop", extra={"path": str(tmp_path / "drop")})
    return Turn(warehouse, tmp_path, source({"by": "folder", "files": "*.csv"}), end)


def test_pages_of_a_broken_pull_are_kept_encrypted_until_it_is_registered(pulls: Any, api: Api, tmp_path: Path) -> None:
    turn = pulls("/v1/spaces")
    every = [item | {"name": "สมชาย ใจดี"} for item in items(8)]
    api.pages(every)
    inner = api.answer
    api.answer = lambda path, query: (500, {}, b"") if query["page"] == "3" else inner(path, query)
    with pytest.raises(Incomplete, match="connection api: GET /v1/spaces: 500") as error:
        turn()
    assert error.value.deliveries == []
    kept = sorted(f for f in (tmp_path / "landing").rglob("*") if f.is_file())
    assert [f.name for f in kept] == ["000001.sealed", "000002.sealed"]
    assert not any("สมชาย".encode() in f.read_bytes() or b"items" in f.read_bytes() for f in kept)
    api.pages(every)
    api.asked.clear()
    (delivery,) = turn()
    assert [query["page"] for _, query in api.asked] == ["2", "3", "4"]
    assert len(turn.data(delivery).splitlines()) == 4 and delivery.watermark is not None
    assert not (tmp_path / "landing" / turn.source.source / "unfinished").exists() or not list(
        (tmp_path / "landing" / turn.source.source / "unfinished").iterdir()
    )


def test_kept_pages_are_each_pulls_own_and_cannot_be_changed(pulls: Any, tmp_path: Path) -> None:
    kept = pulls("/v1/spaces").kept
    for pull, number in (("/v1/a", 1), ("/v1/a", 2), ("/v1/b", 1)):
        kept.write(pull, number, f"{pull} {number}".encode())
    assert kept.read("/v1/a", 2) == b"/v1/a 2" and kept.read("/v1/a", 3) is None
    kept.drop("/v1/a")
    kept.drop("/v1/a")
    assert kept.read("/v1/a", 1) is None and kept.read("/v1/b", 1) == b"/v1/b 1"
    (file,) = [f for f in (tmp_path / "landing").rglob("*") if f.is_file()]
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(InvalidTag):
        kept.read("/v1/b", 1)


def test_one_path_that_fails_does_not_stop_the_others(pulls: Any, api: Api) -> None:
    turn = pulls("/v1/a", "/v1/b")
    api.pages(items(2))
    inner = api.answer
    api.answer = lambda path, query: (403, {}, b"") if path == "/v1/a" else inner(path, query)
    with pytest.raises(Incomplete, match="connection api: GET /v1/a: 403; the account may not read this") as error:
        turn()
    assert len(error.value.deliveries) == 1
    with connect(turn.place.database) as connection:
        assert register.get(connection, error.value.deliveries[0]).name == "/v1/b"


def test_a_stamp_far_ahead_does_not_become_the_watermark(pulls: Any, api: Api) -> None:
    turn = pulls("/v1/spaces")
    api.pages([*items(1), {"a": 9, "updated_at": "2569-03-01T10:00:00+07:00"}])
    (delivery,) = turn()
    assert delivery.watermark == NOW, "somebody wrote a Buddhist year"


def test_what_is_too_large_is_rejected_with_its_reason_once(drop: Turn, tmp_path: Path) -> None:
    with (tmp_path / "drop" / "a.csv").open("wb") as file:
        file.truncate(3 << 30)
    (tmp_path / "drop" / "b.csv").write_bytes("a,b,c\n1,ศาลา,hub\n".encode())
    rejected, landed = drop()
    assert (rejected.state, rejected.hold_code) == ("rejected", "too_large")
    assert rejected.hold_detail == {"megabytes": 3072, "limit": 512} and landed.state == "landed"
    assert [delivery.delivery_id for delivery in drop()] == [rejected.delivery_id, landed.delivery_id]
    with connect(drop.place.database) as connection:
        register.answered(connection, rejected.delivery_id, None)
    assert [delivery.name for delivery in drop()] == ["b.csv"], "it is not tried again until it changes"


def test_a_file_that_is_still_written_is_no_failure(
    drop: Turn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "drop" / "a.csv").write_bytes(b"a,b,c\n")
    stamps = iter("12345")
    with monkeypatch.context() as patch:
        patch.setattr(folder, "_stamp", lambda found: next(stamps))
        assert drop() == []
    assert [delivery.name for delivery in drop()] == ["a.csv"]
