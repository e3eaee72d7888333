"""Cards: what the register knows lies beside the deliveries, sealed, so that the landing store alone makes a database anew.

`<source>/<yyyy>/<mm>/<sha256>.card` is one delivery with its decisions and sightings, `<source>/history.sealed` the
nights and reminders of a source, `history.sealed` the epochs and builds. A card is written when its delivery is landed
and when the source's night is closed; all of them can be written again at any time.
"""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from upath import UPath

from equity.delivery import decisions, landing
from equity.delivery.landing import Place
from equity.privacy.keys import unseal
from equity.warehouse.connect import connect

HISTORY = "history.sealed"
# decided when it was fetched: what was landed is a note, and says nothing to a reader
DECIDED_BEFORE_READING = ("too_large",)
_OF_SOURCE = ("source_night", "reminder")
_OF_PROVINCE = ("epoch", "build", "night")
_CARD = """
select delivery.landing_path, to_jsonb(delivery) || jsonb_build_object(
    'decisions', coalesce((select jsonb_agg(to_jsonb(kept) order by decision_id) from ops.decision as kept
        where kept.delivery_id = delivery.delivery_id), '[]'),
    'sightings', coalesce((select jsonb_agg(to_jsonb(kept)) from ops.sighting as kept
        where kept.delivery_id = delivery.delivery_id), '[]'))
from ops.delivery where {which}"""
_RESTORED = [
    "delivery_id", "source", "name", "sha256", "size_bytes", "landing_path", "night", "received_at", "watermark", "known_from",
    "state", "hold_code", "hold_detail",
]  # fmt: skip


@dataclass(frozen=True)
class Card:
    """One delivery as its card tells of it: the columns of ops.delivery, decisions and sightings."""

    told: dict[str, Any]

    @property
    def delivery_id(self) -> int:
        """The number that is printed on its workbook."""
        return int(self.told["delivery_id"])

    @property
    def source(self) -> str:
        """Whose it is."""
        return str(self.told["source"])

    def moments(self) -> Iterator[tuple[datetime, int, dict[str, Any] | None]]:
        """When something was done with it, in order: received, then whatever a night took up of a steward's decisions."""
        yield datetime.fromisoformat(self.told["received_at"]), self.delivery_id, None
        for decision in self.told["decisions"]:
            if decision["taken_up_at"]:
                yield datetime.fromisoformat(decision["taken_up_at"]), self.delivery_id, decision


def keep(place: Place, delivery_id: int) -> None:
    """Write the card of one delivery."""
    with connect(place.database) as connection:
        _keep(place, connection, "delivery_id = %s", [delivery_id])


def keep_night(place: Place, source: str, night: date) -> None:
    """Write the cards of all deliveries of a source's night, and the source's history."""
    with connect(place.database) as connection:
        _keep(place, connection, "source = %s and night = %s", [source, night])
        history = _rows(connection, _OF_SOURCE, source)
    landing.keep(place.landing, f"{source}/{HISTORY}", history, place.keys.landing)


def keep_history(place: Place) -> None:
    """Write which epochs and builds there were."""
    with connect(place.database) as connection:
        history = _rows(connection, _OF_PROVINCE)
    landing.keep(place.landing, HISTORY, history, place.keys.landing)


def cards(place: Place) -> list[Card]:
    """All cards of the landing store, by the number of their delivery; raises cryptography's InvalidTag."""
    root = UPath(place.landing)
    told = [json.loads(_open(path, place.keys.landing)) for path in root.glob("*/*/*/*.card")]
    return sorted((Card(one) for one in told), key=lambda card: card.delivery_id)


def history(place: Place) -> dict[str, list[dict[str, Any]]]:
    """Table of `ops` → its rows, of epochs, builds, nights and reminders; raises cryptography's InvalidTag."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in (*_OF_SOURCE, *_OF_PROVINCE)}
    root = UPath(place.landing)
    for path in [*root.glob(HISTORY), *root.glob(f"*/{HISTORY}")]:
        for name, rows in json.loads(_open(path, place.keys.landing)).items():
            found[name] += rows
    return found


def restore(connection: psycopg.Connection, found: Sequence[Card]) -> None:
    """Register deliveries as landed, under their numbers, in a database that has none; as the owner."""
    for card in found:
        told = dict(card.told)
        if told["hold_code"] in DECIDED_BEFORE_READING:
            told["state"] = "rejected"
        else:
            told |= {"state": "landed", "hold_code": None, "hold_detail": None}
        _insert(connection, "delivery", _RESTORED, [told])
        _insert(connection, "sighting", ["source", "name", "stamp", "night", "delivery_id"], told["sightings"])
    _go_on_after(connection, "delivery", [card.delivery_id for card in found])


def take_up_again(connection: psycopg.Connection, card: Card, decision: dict[str, Any]) -> None:
    """A night takes up a steward's decision as it did then; as the owner."""
    _insert(connection, "decision", list(decision), [{**decision, "taken_up_at": None}])
    taken = datetime.fromisoformat(decision["taken_up_at"])
    decisions.take_up(connection, card.source, date.fromisoformat(card.told["night"]), taken)


def restore_answers(connection: psycopg.Connection, found: Sequence[Card]) -> None:
    """What senders were told stays told; what they were not, and what a steward decided, is for the next night. As the owner."""
    connection.cursor().executemany(
        "update ops.delivery set answered_at = %s, answer_place = %s where delivery_id = %s",
        [(card.told["answered_at"], card.told["answer_place"], card.delivery_id) for card in found],
    )
    decided = [decision for card in found for decision in card.told["decisions"]]
    waiting = [decision for decision in decided if not decision["taken_up_at"]]
    _insert(connection, "decision", list(waiting[0]) if waiting else [], waiting)
    _go_on_after(connection, "decision", [decision["decision_id"] for decision in decided])


def restore_history(
    connection: psycopg.Connection, told: dict[str, list[dict[str, Any]]], sources: Collection[str]
) -> None:
    """Nights, and reminders of these sources, as they were; epochs and builds are made anew by who makes them. As the owner."""
    for name in ("source_night", "reminder", "night"):
        rows = [row for row in told[name] if row.get("source") in {None, *sources} and row.get("state") != "running"]
        columns = [column for column in (rows[0] if rows else {}) if column != "reminder_id"]
        _insert(connection, name, columns, rows)


def _keep(place: Place, connection: psycopg.Connection, which: str, parameters: list[Any]) -> None:
    for path, told in connection.execute(_CARD.replace("{which}", which), parameters):
        name = f"{PurePosixPath(path).with_suffix('.card')}"
        landing.keep(place.landing, name, json.dumps(told, ensure_ascii=False).encode(), place.keys.landing)


def _rows(connection: psycopg.Connection, names: Sequence[str], source: str = "") -> bytes:
    told = {}
    for name in names:
        query = sql.SQL("select coalesce(jsonb_agg(to_jsonb(kept) order by kept), '[]') from ops.{} as kept {}").format(
            sql.Identifier(name), sql.SQL("where source = %s" if source else "")
        )
        row = connection.execute(query, [source] if source else []).fetchone()
        told[name] = row[0] if row else []
    return json.dumps(told, ensure_ascii=False).encode()


def _insert(connection: psycopg.Connection, name: str, columns: list[str], rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    statement = sql.SQL(
        "insert into {table} ({columns}) overriding system value select {columns} from jsonb_populate_recordset(null::{table}, %s)"
    )
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    connection.execute(statement.format(table=sql.Identifier("ops", name), columns=listed), [Jsonb(rows)])


def _go_on_after(connection: psycopg.Connection, name: str, numbers: Sequence[int]) -> None:
    """The next row's number is one that nobody has."""
    if numbers:
        sequence = [f"ops.{name}", f"{name}_id", max(numbers)]
        connection.execute("select setval(pg_get_serial_sequence(%s, %s), %s)", sequence)


def _open(path: UPath, key: bytes) -> bytes:
    return unseal(io.BytesIO(path.read_bytes()), key)
