"""Linking by national ID without a database: who is one person, and what the guards stop."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equity.identity.resolve import Edge, Sighting, clusters, link_by_national_id

DAY = datetime(2026, 3, 1, tzinfo=UTC)


def node(number: int) -> UUID:
    return UUID(int=number)


def seen(
    number: str, person: int, source: str, kind: str = "citizen", *, day: int = 0, current: bool = True
) -> Sighting:
    return Sighting(number.encode(), node(person), source, kind, DAY + timedelta(days=day), current)


def joined(sightings: list[Sighting]) -> list[list[int]]:
    """Persons who are one, by number."""
    edges = link_by_national_id(sightings)
    return sorted([m.int for m in members] for members in clusters([e for e in edges if e.verdict == "same"]))


def verdicts(sightings: list[Sighting]) -> dict[tuple[int, int], str]:
    return {(edge.a.int, edge.b.int): edge.verdict for edge in link_by_national_id(sightings)}


def test_the_same_number_at_two_partners_is_one_person() -> None:
    (edge,) = link_by_national_id([seen("n", 2, "b", day=3), seen("n", 1, "a")])
    assert (edge.a, edge.b, edge.verdict, edge.known_from) == (node(1), node(2), "same", DAY + timedelta(days=3))
    assert edge.evidence == {"national_id_kind": "citizen", "sources": ["a", "b"]}


def test_a_number_of_one_person_alone_is_no_edge() -> None:
    assert link_by_national_id([seen("n", 1, "a"), seen("m", 2, "b")]) == []
    assert link_by_national_id([]) == []


def test_three_partners_are_one_cluster() -> None:
    assert joined([seen("n", i, source) for i, source in enumerate("abc", 1)]) == [[1, 2, 3]]


def test_a_chain_from_g_code_over_one_number_to_another_is_one_person() -> None:
    """A child seen at four partners: with a G-code, with the G-code and then an ID, with that ID, and with another later."""
    chain = [
        seen("g", 1, "a", "g_code"), seen("g", 2, "b", "g_code", current=False), seen("x", 2, "b", "non_thai", current=False),
        seen("x", 3, "c", "non_thai", current=False), seen("n", 3, "c"), seen("n", 4, "d"),
    ]  # fmt: skip
    assert joined(chain) == [[1, 2, 3, 4]]


def test_two_citizens_numbers_are_never_in_one_cluster() -> None:
    """Two persons with one G-code each became a citizen under another number: somebody is mistaken, nobody is joined."""
    contradiction = [
        seen("g", 1, "a", "g_code", current=False), seen("g", 2, "b", "g_code", current=False), seen("n", 1, "a"),
        seen("m", 2, "b"), seen("n", 3, "c"),
    ]  # fmt: skip
    assert joined(contradiction) == []
    assert set(verdicts(contradiction).values()) == {"doubtful"}
    (edge, *_) = link_by_national_id(contradiction)
    assert edge.evidence["guard"] == "two different valid citizens' numbers in one cluster"


def test_a_number_that_only_one_partner_knows_still_guards() -> None:
    """Neither citizen's number is shared; the G-code is."""
    contradiction = [
        seen("g", 1, "a", "g_code", current=False), seen("g", 2, "b", "g_code", current=False), seen("n", 1, "a"), seen("m", 2, "b"),
    ]  # fmt: skip
    assert joined(contradiction) == []


def test_a_former_citizens_number_does_not_stand_against_a_new_one() -> None:
    corrected = [seen("n", 1, "a"), seen("n", 2, "b"), seen("m", 2, "b", current=False)]
    assert joined(corrected) == [[1, 2]]


def test_one_partners_two_references_with_one_number_are_doubtful_as_a_whole() -> None:
    sightings = [seen("n", 1, "a"), seen("n", 2, "a"), seen("n", 3, "b")]
    assert joined(sightings) == []
    assert verdicts(sightings) == {(1, 2): "doubtful", (1, 3): "doubtful"}
    assert "two references" in link_by_national_id(sightings)[0].evidence["guard"]


def test_one_partners_two_references_are_not_joined_over_a_third_person_either() -> None:
    """A knows a child by a G-code and, as somebody else, by a number; B knows that both are one. A decides, not we."""
    chain = [
        seen("g", 1, "a", "g_code"),
        seen("g", 3, "b", "g_code", current=False),
        seen("n", 3, "b"),
        seen("n", 2, "a"),
    ]
    assert joined(chain) == []
    assert set(verdicts(chain).values()) == {"doubtful"}


def test_two_numbers_that_say_different_things_of_one_pair_give_one_edge() -> None:
    """By the G-code 1 and 3 are one; which of A's two the number means, and whether 2 is one of them, A must say."""
    sightings = [
        seen("g", 1, "a", "g_code", current=False), seen("g", 3, "b", "g_code", current=False), seen("n", 1, "a"), seen("n", 2, "a"),
        seen("n", 3, "b"),
    ]  # fmt: skip
    edges = link_by_national_id(sightings)
    assert len({(edge.a, edge.b) for edge in edges}) == len(edges)
    assert joined(sightings) == joined(sightings[::-1]) == [[1, 3]]
    assert verdicts(sightings) == verdicts(sightings[::-1]) == {(1, 2): "doubtful", (1, 3): "same"}


def test_clusters_are_components() -> None:
    def edge(a: int, b: int) -> Edge:
        return Edge(node(a), node(b), DAY, {}, "same")

    found = clusters([edge(1, 2), edge(2, 3), edge(7, 9)])
    assert sorted([m.int for m in members] for members in found) == [[1, 2, 3], [7, 9]]
    assert clusters([]) == []


sightings_of_any_kind = st.lists(
    st.builds(
        lambda number, person, current, day: seen(
            number, person, "abc"[person % 3], "g_code" if number in "gh" else "citizen", current=current, day=day
        ),
        st.sampled_from("ghnmk"),
        st.integers(1, 7),
        st.booleans(),
        st.integers(0, 3),
    ),
    max_size=14,
    unique_by=lambda s: (s.pseudonym, s.node),
)


@settings(max_examples=150, deadline=None)
@given(sightings=sightings_of_any_kind, seed=st.integers(0, 99))
def test_whatever_is_seen_the_guards_hold_and_order_does_not_matter(sightings: list[Sighting], seed: int) -> None:
    edges = link_by_national_id(sightings)
    pairs = [(edge.a, edge.b) for edge in edges]
    assert all(a < b for a, b in pairs) and len(set(pairs)) == len(pairs)
    sources = {s.node: s.source for s in sightings}
    for members in clusters([edge for edge in edges if edge.verdict == "same"]):
        citizens = {s.pseudonym for s in sightings if s.node in members and s.kind == "citizen" and s.current}
        assert len(citizens) <= 1
        assert len({sources[member] for member in members}) == len(members)
    shuffled = sightings[:]
    random.Random(seed).shuffle(shuffled)  # noqa: S311
    again = link_by_national_id(shuffled)
    assert sorted((e.a, e.b, e.verdict, e.known_from) for e in again) == sorted(
        (e.a, e.b, e.verdict, e.known_from) for e in edges
    )


@pytest.mark.parametrize("kind", ["citizen", "no_status", "non_thai", "permanent_or_naturalised", "g_code"])
def test_every_kind_of_number_links(kind: str) -> None:
    assert joined([seen("n", 1, "a", kind), seen("n", 2, "b", kind)]) == [[1, 2]]
