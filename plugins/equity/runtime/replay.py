"""Replay: all deliveries of the landing store into an empty database, and whether the same warehouse comes out.

Source after source, in any order; each one's deliveries in the order in which they came, with what stewards decided.
Then identities epoch by epoch, the models as of the last build, and the figures of every build before it as they were known
then: what was known when, and every published figure, is what it was.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from cryptography.exceptions import InvalidTag
from psycopg import sql

from equity.delivery import cards, landing
from equity.delivery.cards import Card
from equity.delivery.landing import Place
from equity.delivery.process import process
from equity.delivery.register import register_source
from equity.identity.resolve import resolve
from equity.runtime.services import Installation
from equity.sources.spec import Source
from equity.warehouse.connect import connect
from equity.warehouse.models import build, build_again, is_due
from equity.warehouse.roles import INGEST, LINK, OWNER, TRANSFORM

DRILL = "equity_replay"
COMPARED = ("raw", "vault", "quarantine", "link", "staging", "identity", "core", "indicators", "reporting")
# numbers that a database gives rows in the order in which it happens to write them, and ciphertext, which is never the same
UNLIKE = (
    "record_id", "vault_id", "quarantine_id", "ticket_id", "edge_id", "merge_id", "membership_id", "person_id", "payload",
)  # fmt: skip
Say = Callable[[str], None]
Sums = dict[str, tuple[int, int]]


class ReplayError(RuntimeError):
    """Why it cannot be done, in words for the operator."""


@dataclass(frozen=True)
class Replayed:
    """What came of a replay: deliveries taken up, those that could not be (reference and why), relations that differ."""

    deliveries: int
    lost: dict[str, str] = field(default_factory=dict)
    differences: dict[str, str] = field(default_factory=dict)
    compared: int = 0

    @property
    def same(self) -> bool:
        """Whether nothing was lost and nothing differs."""
        return not self.lost and not self.differences


def drill(
    installation: Installation, sources: Mapping[str, Source], say: Say, *, seed: int = 0, keep: bool = False
) -> Replayed:
    """Replay into a database of its own beside the standing one, and compare the two; the standing one is only read.

    Args:
        installation: whose landing store and keys.
        sources: the specs by their ids.
        say: is told what is being done.
        seed: another number takes the sources in another order.
        keep: leave the database when done.

    Raises:
        ReplayError: when there is nothing to replay, or something waits to be built.
        BuildError: when the models cannot be built.

    """
    with connect(installation.url(OWNER)) as connection:
        was_built = connection.execute("select exists (select from ops.build)").fetchone() == (True,)
    if was_built and is_due(installation.url(TRANSFORM)):
        raise ReplayError("data or models changed since the last build: play a night first, then compare")
    beside = replace(installation, database=DRILL)
    _drop(beside)
    beside.prepare_warehouse()
    try:
        with TemporaryDirectory() as scratch:
            done = _replay(beside, sources, say, seed, scratch)
        say("comparing")
        standing, again = checksums(installation.url(OWNER)), checksums(beside.url(OWNER))
    finally:
        if not keep:
            _drop(beside)
    return replace(done, differences=_differences(standing, again), compared=len(standing))


def restore(installation: Installation, sources: Mapping[str, Source], say: Say) -> Replayed:
    """Replay into the installation's own database, which must be empty: all that is left is the landing store.

    Raises:
        ReplayError: when the database has deliveries, or there is nothing to replay.
        BuildError: when the models cannot be built.

    """
    with connect(installation.url(OWNER)) as connection:
        row = connection.execute("select count(*) from ops.delivery").fetchone()
    if row and row[0]:
        raise ReplayError(
            f"the database {installation.database} has {row[0]} deliveries: nothing is restored over them"
        )
    return _replay(installation, sources, say, 0, "")


def checksums(database: str) -> Sums:
    """Each table and view of what is loaded and modelled → rows, and a sum over their digests that no order changes."""
    sums: Sums = {}
    with connect(database) as connection:
        relations = connection.execute(
            """select table_schema, table_name, array_agg(column_name::text order by column_name)
            from information_schema.columns
            where table_schema = any(%s) and column_name <> all(%s) group by 1, 2 order by 1, 2""",
            [list(COMPARED), list(UNLIKE)],
        ).fetchall()
        for schema, name, columns in relations:
            query = sql.SQL(
                "select count(*), coalesce(sum(hashtextextended(kept::text, 0)::numeric), 0) from (select {} from {}) as kept"
            ).format(sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(schema, name))
            row = connection.execute(query).fetchone()
            assert row is not None  # noqa: S101
            sums[f"{schema}.{name}"] = (int(row[0]), int(row[1]))
    return sums


def _replay(installation: Installation, sources: Mapping[str, Source], say: Say, seed: int, scratch: str) -> Replayed:
    place = Place(installation.url(INGEST), installation.keys, installation.home.landing, beside=scratch)
    found, told = cards.cards(place), cards.history(place)
    if not found:
        raise ReplayError(f"there is no card of any delivery in the landing store {place.landing}")
    reasons = {card.delivery_id: _lost(place, card, sources) for card in found}
    lost = {str(card.told["reference"]): why for card in found if (why := reasons[card.delivery_id])}
    known = [card for card in found if not reasons[card.delivery_id]]
    order = sorted({card.source for card in known})
    random.Random(seed).shuffle(order)  # noqa: S311
    with connect(installation.url(OWNER)) as connection:
        for name in order:
            register_source(connection, sources[name])
        cards.restore(connection, known)
    for name in order:
        mine = [card for card in known if card.source == name]
        say(f"{name}: {len(mine)} deliveries")
        _source_again(installation, place, sources[name], mine)
    with connect(installation.url(OWNER)) as connection:
        cards.restore_answers(connection, known)
        cards.restore_history(connection, told, order)
    say("identities")
    resolve(installation.url(LINK), [datetime.fromisoformat(epoch["known_at"]) for epoch in told["epoch"]])
    work = Path(scratch or installation.home.work)
    if history := sorted(told["build"], key=lambda row: str(row["built_at"])):
        say(f"models, and the figures of {len(history)} builds")
        build_again(installation.url(TRANSFORM), work, history)
        resolve(installation.url(LINK))  # and what came after the last one
        build(installation.url(TRANSFORM), work)
    return Replayed(len(known), lost)


def _lost(place: Place, card: Card, sources: Mapping[str, Source]) -> str:
    """Why a delivery cannot be taken up; empty when it can."""
    if card.source not in sources:
        return f"no spec reads {card.source} any more"
    path = card.told["landing_path"]
    try:
        landing.fetch(place.landing, path, place.keys.landing)
    except FileNotFoundError:
        return f"not in the landing store: {path}"
    except InvalidTag:
        return f"changed in the landing store, or sealed with another key: {path}"
    return ""


def _source_again(installation: Installation, place: Place, source: Source, mine: Sequence[Card]) -> None:
    """Take a source's deliveries up in the order in which they were, with what stewards decided in between."""
    by_id = {card.delivery_id: card for card in mine}
    happened = sorted((moment for card in mine for moment in card.moments()), key=lambda moment: moment[:2])
    for _, delivery_id, decision in happened:
        if decision is not None:
            with connect(installation.url(OWNER)) as connection:
                cards.take_up_again(connection, by_id[delivery_id], decision)
        process(place, source, delivery_id, None)


def _differences(standing: Sums, again: Sums) -> dict[str, str]:
    told = {}
    for name in sorted(standing.keys() | again.keys()):
        before, after = standing.get(name), again.get(name)
        if before != after:
            rows = [f"{one[0]} rows" if one else "not there" for one in (before, after)]
            told[name] = f"{rows[0]} and {rows[1]}" if rows[0] != rows[1] else f"{rows[0]}, other contents"
    return told


def _drop(installation: Installation) -> None:
    with psycopg.connect(installation.admin_url, autocommit=True) as connection:
        name = sql.Identifier(installation.database)
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(name))
