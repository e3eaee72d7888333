"""Resolving on a real Postgres as the linkage role: stable keys, and every change of mind on record."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any
from uuid import UUID

import psycopg
import pytest

from equity.identity.resolve import resolve
from equity.runtime.services import Installation
from equity.warehouse.roles import LINK
from equity.warehouse.server import SUPERUSER

DAY = datetime(2026, 3, 1, 18, tzinfo=UTC)


class Partners:
    """Persons as ingest would have loaded them."""

    def __init__(self, installation: Installation, connection: psycopg.Connection) -> None:
        self.installation, self.connection = installation, connection
        self.day = 0
        self.deliveries: dict[tuple[str, int], int] = {}

    def clear(self) -> None:
        """Forget everything."""
        tables = self.connection.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables"
            " where schemaname in ('raw', 'link', 'quarantine', 'vault')"
            " or (schemaname = 'ops' and tablename not in ('schema_version', 'declared'))"
        ).fetchall()
        self.connection.execute("truncate " + ", ".join(table for (table,) in tables) + " restart identity cascade")

    @property
    def known(self) -> datetime:
        """Since when is known what comes now."""
        return DAY + timedelta(days=self.day)

    def delivery(self, source: str) -> int:
        """The delivery in which a source's rows come tonight."""
        if (source, self.day) not in self.deliveries:
            self.connection.execute(
                """insert into ops.source (source, partner_family, partner_name_th, partner_name_en)
                values (%s, 'unit', 'ก', 'A') on conflict do nothing""",
                [source],
            )
            row = self.connection.execute(
                """insert into ops.delivery (source, name, sha256, size_bytes, landing_path, night, received_at, known_from,
                    state, loaded_at)
                values (%s, 'x', %s, 1, 'x', '2026-03-02', %s, %s, 'loaded', now()) returning delivery_id""",
                [source, bytes([self.day]), self.known, self.known],
            ).fetchone()
            assert row
            self.deliveries[source, self.day] = row[0]
        return self.deliveries[source, self.day]

    def person(
        self, node: int, source: str, number: str | None = None, kind: str = "citizen", *, valid: bool = True,
        record_type: str = "participant",
    ) -> None:  # fmt: skip
        """A new version of a partner's person, with the national ID as pseudonym."""
        given = [UUID(int=node), source, self.delivery(source), self.known]
        self.connection.execute(
            f"""insert into raw.{record_type} (partner_person_key, source, delivery_id, known_from, row_no, record_key, row_hash)
            values (%s, %s, %s, %s, 1, gen_random_uuid(), gen_random_uuid())""",
            given,
        )
        pseudonym = md5(number.encode(), usedforsecurity=False).digest() if number else None
        self.connection.execute(
            """insert into vault.person (partner_person_key, source, delivery_id, known_from, record_type, key_version, payload,
                national_id_pseudonym, national_id_kind, national_id_valid) values (%s, %s, %s, %s, %s, 1, '\\x00', %s, %s, %s)""",
            [*given, record_type, pseudonym, kind if number else None, valid if number else None],
        )

    def resolve(self) -> dict[str, int]:
        """A night passes: identities are brought up to date."""
        found = resolve(self.installation.url(LINK))
        self.day += 1
        return found

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def groups(self) -> list[list[int]]:
        """Who is one person today."""
        rows = self.ask(
            """select array_agg(partner_person_key::text order by partner_person_key) from link.membership
            where known_to is null group by person_key"""
        )
        return sorted([UUID(key).int for key in keys] for (keys,) in rows)

    def key_of(self, node: int) -> UUID:
        """A person's key today."""
        query = "select person_key from link.membership where known_to is null and partner_person_key = %s"
        row = self.connection.execute(query, [UUID(int=node)]).fetchone()
        assert row
        return row[0]

    def everything(self) -> list[Any]:
        """All that the linkage step keeps."""
        return [
            self.ask(f"select * from link.{table} as t order by t::text")
            for table in ("person", "edge", "membership", "merge")
        ]


@pytest.fixture
def partners(warehouse: Installation) -> Iterator[Partners]:
    with psycopg.connect(warehouse.url(SUPERUSER), autocommit=True) as connection:
        made = Partners(warehouse, connection)
        made.clear()
        yield made
        made.clear()


def test_an_empty_warehouse_has_no_persons(partners: Partners) -> None:
    assert partners.resolve() == {"persons": 0, "partner_persons": 0, "edges": 0, "doubtful": 0}


def test_the_same_number_is_one_person_and_everybody_else_stays_alone(partners: Partners) -> None:
    partners.person(1, "club", "n")
    partners.person(2, "city", "n")
    partners.person(3, "city", "m")
    partners.person(4, "city")
    assert partners.resolve() == {"persons": 3, "partner_persons": 4, "edges": 1, "doubtful": 0}
    assert partners.groups() == [[1, 2], [3], [4]]
    ((evidence, method, weight, decided_by),) = partners.ask(
        "select evidence, method, weight, decided_by from link.edge"
    )
    assert evidence == {"national_id_kind": "citizen", "sources": ["city", "club"]}
    assert (method, weight, decided_by) == ("national_id", 1, "rule national_id 1")
    assert partners.ask("select count(*) from link.merge") == [(0,)], "who was never two was never merged"


def test_a_number_with_a_wrong_check_digit_joins_nobody(partners: Partners) -> None:
    partners.person(1, "club", "n", valid=False)
    partners.person(2, "city", "n", valid=False)
    assert partners.resolve()["edges"] == 0


def test_persons_that_records_without_a_name_speak_of_are_persons_too(partners: Partners) -> None:
    partners.connection.execute(
        """insert into raw.attendance (source, delivery_id, row_no, record_key, row_hash, known_from, partner_person_key)
        values ('club', %s, 1, gen_random_uuid(), gen_random_uuid(), %s, %s)""",
        [partners.delivery("club"), DAY, UUID(int=5)],
    )
    partners.resolve()
    assert partners.groups() == [[5]]


def test_running_twice_changes_nothing(partners: Partners) -> None:
    for node, source, number in (
        (1, "club", "n"),
        (2, "city", "n"),
        (3, "club", "x"),
        (4, "club", "x"),
        (5, "city", "x"),
    ):
        partners.person(node, source, number)
    first = partners.resolve()
    kept = partners.everything()
    assert partners.resolve() == first and partners.everything() == kept


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_of_sources_does_not_matter(partners: Partners, order: tuple[int, ...]) -> None:
    said = [(3, "abe", "n"), (2, "city", "n"), (1, "club", "n")]
    for i in order:
        partners.person(*said[i])
    partners.person(9, "club")
    partners.resolve()
    assert partners.groups() == [[1, 2, 3], [9]]
    assert partners.key_of(3) == UUID(md5(f"person:{UUID(int=1)}".encode(), usedforsecurity=False).hexdigest())


def test_a_merge_keeps_the_oldest_key_and_records_the_other(partners: Partners) -> None:
    partners.person(7, "club", "n")
    partners.resolve()
    partners.person(1, "city")
    partners.resolve()
    older, younger = partners.key_of(7), partners.key_of(1)
    partners.person(1, "city", "n")
    assert partners.resolve()["persons"] == 1
    assert partners.key_of(1) == partners.key_of(7) == older
    ((kept, merged, edge_id, known_from),) = partners.ask("select kept, merged, edge_id, known_from from link.merge")
    assert (kept, merged, known_from) == (older, younger, DAY + timedelta(days=2)) and edge_id is not None
    assert partners.ask("select person_key, merged_into from link.person where merged_into is not null") == [
        (younger, older)
    ]
    history = partners.ask(
        f"select person_key, known_from, known_to from link.membership where partner_person_key = '{UUID(int=1)}' order by 2"
    )
    changed = DAY + timedelta(days=2)
    assert history == [(younger, DAY + timedelta(days=1), changed), (older, changed, None)]


def test_who_joins_a_person_later_takes_their_key(partners: Partners) -> None:
    partners.person(5, "club", "n")
    partners.resolve()
    key = partners.key_of(5)
    partners.person(1, "city", "n")
    partners.resolve()
    partners.person(2, "abe", "n")
    partners.resolve()
    assert partners.key_of(1) == partners.key_of(2) == key
    assert partners.ask("select count(*) from link.merge") == [(0,)]


def test_a_mistyped_number_that_is_corrected_splits_again_and_is_recorded(partners: Partners) -> None:
    partners.person(1, "club", "n")
    partners.person(2, "city", "n")
    partners.resolve()
    joint = partners.key_of(1)
    assert partners.key_of(2) == joint
    partners.person(2, "city", "m")
    assert partners.resolve() == {"persons": 2, "partner_persons": 2, "edges": 0, "doubtful": 0}
    assert partners.groups() == [[1], [2]] and partners.key_of(1) == joint
    corrected = DAY + timedelta(days=1)
    assert partners.ask("select verdict, known_to from link.edge") == [("same", corrected)]
    history = partners.ask(
        f"select person_key, known_to from link.membership where partner_person_key = '{UUID(int=2)}' order by known_from"
    )
    assert history == [(joint, corrected), (partners.key_of(2), None)]
    partners.person(2, "city", "n")
    partners.resolve()
    assert partners.groups() == [[1, 2]] and partners.key_of(2) == joint, "and again together"
    assert partners.ask("select count(*) from link.edge") == [(2,)]


def test_a_person_merged_away_comes_back_under_the_old_key(partners: Partners) -> None:
    partners.person(1, "club", "n")
    partners.person(2, "city")
    partners.resolve()
    own = partners.key_of(2)
    partners.person(2, "city", "n")
    partners.resolve()
    partners.person(2, "city", "m")
    partners.resolve()
    assert partners.key_of(2) == own
    assert partners.ask("select count(*) from link.person where merged_into is not null") == [(0,)]


def test_a_childs_chain_from_g_code_to_number_to_another_number(partners: Partners) -> None:
    partners.person(1, "club", "g", "g_code")
    partners.person(2, "city", "g", "g_code")
    partners.resolve()
    partners.person(2, "city", "x", "non_thai")
    partners.person(3, "abe", "x", "non_thai")
    partners.resolve()
    assert partners.groups() == [[1, 2, 3]]
    partners.person(3, "abe", "n")
    partners.person(4, "clinic", "n")
    partners.resolve()
    assert partners.groups() == [[1, 2, 3, 4]]
    assert partners.key_of(4) == UUID(md5(f"person:{UUID(int=1)}".encode(), usedforsecurity=False).hexdigest())


@pytest.mark.parametrize("shared", [True, False])
def test_two_citizens_numbers_are_never_one_person(partners: Partners, shared: bool) -> None:
    """Two persons shared a G-code; each is a citizen now, under another number, whether others know that number or not."""
    partners.person(1, "club", "g", "g_code")
    partners.person(2, "city", "g", "g_code")
    partners.resolve()
    assert partners.groups() == [[1, 2]]
    partners.person(1, "club", "n")
    partners.person(2, "city", "m")
    if shared:
        partners.person(3, "abe", "n")
    found = partners.resolve()
    assert [1, 2] not in partners.groups() and found["doubtful"] >= 1
    assert partners.key_of(1) != partners.key_of(2)


def test_one_partners_two_references_wait_for_a_steward(partners: Partners) -> None:
    partners.person(1, "club", "n")
    partners.person(2, "club", "n")
    partners.person(3, "city", "n")
    found = partners.resolve()
    assert found == {"persons": 3, "partner_persons": 3, "edges": 0, "doubtful": 2}
    guards = {evidence["guard"] for (evidence,) in partners.ask("select evidence from link.edge")}
    assert guards == {"one partner has two references with this number"}


def test_a_doubt_that_comes_later_takes_the_joint_key_away_and_says_since_when(partners: Partners) -> None:
    partners.person(1, "club", "n")
    partners.person(3, "city", "n")
    partners.resolve()
    partners.person(2, "club", "n")
    partners.resolve()
    assert partners.groups() == [[1], [2], [3]]
    edges = partners.ask("select verdict, known_to is null from link.edge order by edge_id")
    assert edges == [("same", False), ("doubtful", True), ("doubtful", True)]


def test_a_former_citizens_number_is_a_mistyped_one(partners: Partners) -> None:
    """Unlike a former G-code: nobody gives up a citizen's number."""
    partners.person(1, "club", "wrong")
    partners.resolve()
    partners.person(1, "club", "n")
    partners.person(2, "city", "wrong")
    partners.person(3, "abe", "n")
    partners.resolve()
    assert partners.groups() == [[1, 3], [2]]


WEEK = [
    [(4, "club", "n"), (6, "abe", "k")],
    [(2, "city", "n"), (1, "city", "m"), (6, "abe", "l")],
    [(3, "abe", "m"), (2, "city", "x")],
    [(5, "clinic", "n"), (5, "clinic", "m"), (2, "city", "n")],
]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 1, 0, 2), (2, 3, 1, 0)])
def test_all_nights_loaded_at_once_and_resolved_epoch_by_epoch_are_the_same_history(
    partners: Partners, order: tuple[int, ...]
) -> None:
    for night in WEEK:
        for said in night:
            partners.person(*said)
        partners.resolve()
    told = partners.ask(
        "select partner_person_key, person_key, known_from, known_to from link.membership order by 1, 3"
    )
    merged = partners.ask("select kept, merged, known_from from link.merge order by 1, 2, 3")
    moments = [moment for (moment,) in partners.ask("select known_at from ops.epoch")]
    assert len(moments) == len(WEEK) and len(merged) >= 1
    partners.clear()
    partners.deliveries.clear()
    sources = [sorted({said[1] for night in WEEK for said in night})[i] for i in order]
    for source in sources:
        for day, night in enumerate(WEEK):
            partners.day = day
            for said in night:
                if said[1] == source:
                    partners.person(*said)
    resolve(partners.installation.url(LINK), moments)
    assert (
        partners.ask("select partner_person_key, person_key, known_from, known_to from link.membership order by 1, 3")
        == told
    )
    assert partners.ask("select kept, merged, known_from from link.merge order by 1, 2, 3") == merged
    assert [moment for (moment,) in partners.ask("select known_at from ops.epoch order by 1")] == sorted(moments)


def test_what_changes_is_known_from_its_epoch_on_though_the_evidence_is_older(partners: Partners) -> None:
    """Club's 1 and city's 3 share a number since day 0, which club's 2 shares as well until day 1."""
    partners.person(1, "club", "n")
    partners.person(2, "club", "n")
    partners.person(3, "city", "n")
    partners.resolve()
    partners.person(2, "club", "m")
    partners.resolve()
    assert partners.groups() == [[1, 3], [2]]
    history = partners.ask("select known_from from link.membership where known_to is null order by 1")
    assert history == [(DAY,), (DAY,), (DAY + timedelta(days=1),)]
    assert partners.ask("select known_from from link.edge where known_to is null") == [(DAY + timedelta(days=1),)]


def test_history_has_no_gaps_and_no_overlaps(partners: Partners) -> None:
    for number in ("n", "m", None, "n", "k", "n"):
        partners.person(1, "club", "n")
        partners.person(2, "city", number)
        partners.resolve()
    rows = partners.ask(
        """select known_to, lead(known_from) over (partition by partner_person_key order by known_from) from link.membership"""
    )
    assert all(known_to == following for known_to, following in rows)
    assert len(rows) > 3
