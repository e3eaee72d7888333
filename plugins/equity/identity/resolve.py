"""Resolve: which partners' persons are one person. Edges with evidence, clusters, stable keys; nobody is overwritten.

Today's evidence is deterministic: the same valid national ID at two partners (and a partner's own reference, which is
one `partner_person` by construction). A child's chain G-code → 13 digits → another number holds together, because a
former G-code or non-citizen number still counts; a former citizen's number does not, as it was a mistyped one.

Guards: two references of one partner never become one person without a steward; no cluster holds two different valid
citizens' numbers. What a guard stops is kept as a doubtful edge.

A person's key follows from the cluster's oldest member, so new evidence extends a person, a merge keeps the oldest key
and records the other, and a replay of the same deliveries gives the same keys.

Each call with something new is an epoch: what it changes is known from that moment on, and what was known before stays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from psycopg.types.json import Jsonb
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from equity.records import record_types
from equity.warehouse import epochs
from equity.warehouse.connect import connect

CITIZEN = "citizen"


@dataclass(frozen=True)
class Sighting:
    """One national ID (as pseudonym) of one partner's person."""

    pseudonym: bytes
    node: UUID
    source: str
    kind: str
    known_from: datetime
    current: bool


@dataclass(frozen=True)
class Edge:
    """Two partners' persons and what speaks for their being one; `a` < `b`."""

    a: UUID
    b: UUID
    known_from: datetime
    evidence: dict[str, Any]
    verdict: str


def resolve(database: str, moments: Sequence[datetime] = ()) -> dict[str, int]:
    """Bring edges and memberships up to date with what is loaded; returns how many of each there are now.

    Connects as the linkage role, which sees pseudonyms and never a name. One transaction.

    Args:
        database: URL of the warehouse as the linkage role.
        moments: go through these epochs one after the other, as a replay does; by default one, at what was learned last.

    """
    with connect(database) as connection:
        epochs.keep_out(connection)
        last = epochs.latest(connection)
        for moment in sorted(moments) or _learned_last(connection):
            if last is None or moment > last:
                _resolve_at(connection, moment)
        row = connection.execute(
            """select (select count(distinct person_key) from link.membership where known_to is null),
                (select count(*) from link.membership where known_to is null),
                (select count(*) from link.edge where known_to is null and verdict = 'same'),
                (select count(*) from link.edge where known_to is null and verdict = 'doubtful')"""
        ).fetchone()
    assert row is not None  # noqa: S101
    return dict(zip(("persons", "partner_persons", "edges", "doubtful"), row, strict=True))


def _learned_last(connection: psycopg.Connection) -> list[datetime]:
    row = connection.execute("select max(known_from) from ops.delivery where state = 'loaded'").fetchone()
    return [row[0]] if row and row[0] is not None else []


def _resolve_at(connection: psycopg.Connection, moment: datetime) -> None:
    _gather(connection, moment)
    edges = link_by_national_id(_shared_ids(connection, moment))
    _keep_edges(connection, edges, moment)
    _assign(connection, clusters([edge for edge in edges if edge.verdict == "same"]), moment)
    epochs.begin(connection, moment)


def link_by_national_id(sightings: list[Sighting]) -> list[Edge]:
    """Edges between persons of different partners who carry the same valid national ID.

    A group in which one partner has two references is doubtful as a whole: nobody can say which of the two is meant.
    What another number says of a pair stands all the same. Afterwards every cluster with two different current citizens'
    numbers, or with two references of one partner, is doubtful too.
    """
    groups: dict[bytes, list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        groups[sighting.pseudonym].append(sighting)
    edges: dict[tuple[UUID, UUID], Edge] = {}
    for group in groups.values():
        nodes = {sighting.node: sighting for sighting in group}
        sources = [sighting.source for sighting in nodes.values()]
        twice = len(set(sources)) < len(sources)
        first, *others = sorted(nodes)
        for other in others:
            known_from = max(nodes[first].known_from, nodes[other].known_from)
            evidence = {
                "national_id_kind": nodes[other].kind,
                "sources": sorted({nodes[first].source, nodes[other].source}),
            }
            if twice:
                evidence["guard"] = "one partner has two references with this number"
            edge = Edge(first, other, known_from, evidence, "doubtful" if twice else "same")
            edges[first, other] = min(edge, edges.get((first, other), edge), key=_strength)
    return _guarded([edges[pair] for pair in sorted(edges)], sightings)


def _strength(edge: Edge) -> tuple[bool, datetime, str]:
    """Of two numbers that a pair shares, the one that says more, then the earlier one, is the evidence."""
    return edge.verdict != "same", edge.known_from, str(edge.evidence["national_id_kind"])


def _guarded(edges: list[Edge], sightings: list[Sighting]) -> list[Edge]:
    numbers: dict[UUID, set[bytes]] = defaultdict(set)
    for sighting in sightings:
        if sighting.kind == CITIZEN and sighting.current:
            numbers[sighting.node].add(sighting.pseudonym)
    sources = {sighting.node: sighting.source for sighting in sightings}
    refused: dict[UUID, str] = {}
    for members in clusters([edge for edge in edges if edge.verdict == "same"]):
        if len(set().union(*(numbers[node] for node in members))) > 1:
            refused |= dict.fromkeys(members, "two different valid citizens' numbers in one cluster")
        elif len({sources[node] for node in members}) < len(members):
            refused |= dict.fromkeys(members, "two references of one partner in one cluster")
    return [
        Edge(edge.a, edge.b, edge.known_from, edge.evidence | {"guard": refused[edge.a]}, "doubtful")
        if edge.verdict == "same" and edge.a in refused
        else edge
        for edge in edges
    ]


def clusters(edges: list[Edge]) -> list[list[UUID]]:
    """Connected components over edges."""
    nodes = sorted({node for edge in edges for node in (edge.a, edge.b)})
    if not nodes:
        return []
    index = {node: i for i, node in enumerate(nodes)}
    a = np.array([index[edge.a] for edge in edges])
    b = np.array([index[edge.b] for edge in edges])
    _, labels = connected_components(
        coo_matrix((np.ones(len(edges)), (a, b)), shape=(len(nodes), len(nodes))), directed=False
    )
    members: dict[int, list[UUID]] = defaultdict(list)
    for node, label in zip(nodes, labels, strict=True):
        members[int(label)].append(node)
    return list(members.values())


def _gather(connection: psycopg.Connection, moment: datetime) -> None:
    """Every partner's person that any record known by then speaks of, with the time it was first known."""
    with_person = [name for name, declared in record_types().items() if declared.has_person]
    parts = " union all ".join(
        f"""select partner_person_key, min(known_from) as known_from from raw.{name}
        where partner_person_key is not null and known_from <= %(moment)s group by 1"""
        for name in with_person
    )
    connection.execute("drop table if exists node, clustered, desired, changed")
    connection.execute("create temporary table node (partner_person_key uuid, known_from timestamptz) on commit drop")
    connection.execute(
        f"insert into node select partner_person_key, min(known_from) from ({parts}) as every_record group by 1",
        {"moment": moment},
    )
    connection.execute("create unique index on node (partner_person_key)")
    connection.execute("analyze node")


def _shared_ids(connection: psycopg.Connection, moment: datetime) -> list[Sighting]:
    rows = connection.execute(
        """with version as (
            select partner_person_key, source, national_id_pseudonym, national_id_kind, known_from,
                row_number() over (partition by partner_person_key, record_type order by vault_id desc) = 1 as is_latest
            from vault.person
            where national_id_pseudonym is not null and national_id_valid and known_from <= %(moment)s
        ), sighting as (
            select national_id_pseudonym, partner_person_key, source, national_id_kind, min(known_from) as known_from,
                bool_or(is_latest) as is_current
            from version
            where is_latest or national_id_kind in ('g_code', 'no_status', 'non_thai')
            group by 1, 2, 3, 4
        )
        select * from sighting
        where partner_person_key in (  -- with a number of their own as well: it may stand against the shared one
            select partner_person_key from sighting where national_id_pseudonym in (
                select national_id_pseudonym from sighting group by 1 having count(distinct partner_person_key) > 1
            )
        )""",
        {"moment": moment},
    ).fetchall()
    return [Sighting(*row) for row in rows]


def _keep_edges(connection: psycopg.Connection, edges: list[Edge], moment: datetime) -> None:
    """Write new edges, close those whose evidence is gone or whose verdict changed; an edge is never overwritten."""
    wanted = {(edge.a, edge.b): edge for edge in edges}
    standing = connection.execute(
        "select a, b, edge_id, verdict from link.edge where known_to is null and method = 'national_id'"
    ).fetchall()
    gone = [edge_id for a, b, edge_id, verdict in standing if (a, b) not in wanted or wanted[a, b].verdict != verdict]
    if gone:
        connection.execute("update link.edge set known_to = %s where edge_id = any(%s)", [moment, gone])
    kept = {(a, b) for a, b, edge_id, _ in standing if edge_id not in set(gone)}
    connection.cursor().executemany(
        """insert into link.edge (a, b, method, weight, evidence, decided_by, known_from, verdict)
        values (%s, %s, 'national_id', 1, %s, 'rule national_id 1', %s, %s)""",
        [(e.a, e.b, Jsonb(e.evidence), moment, e.verdict) for pair, e in wanted.items() if pair not in kept],
    )


def _assign(connection: psycopg.Connection, found: list[list[UUID]], moment: datetime) -> None:
    """Give every node the key of its cluster's oldest member; record joins, merges and splits.

    A node that is new has its key since it is known itself: there was never another answer.
    """
    cursor = connection.cursor()
    cursor.execute("create temporary table clustered (cluster integer, partner_person_key uuid) on commit drop")
    with cursor.copy("copy clustered from stdin") as copy:
        for number, members in enumerate(found):
            for node in members:
                copy.write_row((number, node))
    cursor.execute("analyze clustered")
    cursor.execute(
        """create temporary table desired on commit drop as
        select node.partner_person_key, node.known_from,
            md5('person:' || coalesce(
                first_value(node.partner_person_key) over (
                    partition by clustered.cluster, case when clustered.cluster is null then node.partner_person_key end
                    order by node.known_from, node.partner_person_key
                ), node.partner_person_key)::text
            )::uuid as person_key
        from node left join clustered using (partner_person_key)"""
    )
    cursor.execute("create index on desired (partner_person_key)")
    cursor.execute(
        """insert into link.person (person_key, created_at)
        select person_key, min(known_from) from desired group by 1 on conflict do nothing"""
    )
    cursor.execute(
        """create temporary table changed on commit drop as
        select d.partner_person_key, m.person_key as old_key, d.person_key as new_key
        from desired d join link.membership m using (partner_person_key)
        where m.known_to is null and m.person_key <> d.person_key"""
    )
    cursor.execute(
        """update link.membership m set known_to = %s from changed c
        where m.partner_person_key = c.partner_person_key and m.known_to is null""",
        [moment],
    )
    cursor.execute(
        """insert into link.membership (partner_person_key, person_key, known_from)
        select partner_person_key, new_key, %s from changed
        union all
        select d.partner_person_key, d.person_key, d.known_from from desired d
        where not exists (select from link.membership m where m.partner_person_key = d.partner_person_key)""",
        [moment],
    )
    cursor.execute(
        """with emptied as (
            select old_key, min(new_key::text)::uuid as new_key from changed
            where not exists (select from link.membership m where m.person_key = changed.old_key and m.known_to is null)
            group by old_key
        ), recorded as (
            insert into link.merge (kept, merged, edge_id, known_from)
            select new_key, old_key, (
                select min(e.edge_id) from link.edge e join changed c on c.partner_person_key in (e.a, e.b)
                where c.old_key = emptied.old_key and e.known_to is null
            ), %(moment)s from emptied
        )
        update link.person p set merged_into = e.new_key, merged_at = %(moment)s from emptied e
        where p.person_key = e.old_key""",
        {"moment": moment},
    )
    cursor.execute(
        """update link.person p set merged_into = null, merged_at = null
        where merged_into is not null
            and exists (select from link.membership m where m.person_key = p.person_key and m.known_to is null)"""
    )
