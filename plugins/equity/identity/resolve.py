"""Resolve: which partners' persons are one person. Edges with evidence, clusters, stable keys; nobody is overwritten.

Today's evidence is deterministic: the same valid national ID at two partners (and a partner's own reference, which is
one `partner_person` by construction). A child's chain G-code → 13 digits → another number holds together, because a
former G-code or non-citizen number still counts; a former citizen's number does not, as it was a mistyped one.

Guards: two references of one partner never become one person without a steward; no cluster holds two different valid
citizens' numbers. What a guard stops is kept as a doubtful edge.

A person's key follows from the cluster's oldest member, so new evidence extends a person, a merge keeps the oldest key
and records the other, and a replay of the same deliveries gives the same keys.
"""

from __future__ import annotations

from collections import defaultdict
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


def resolve(database: str) -> dict[str, int]:
    """Bring edges and memberships up to date with what is loaded; returns how many of each there are now.

    Connects as the linkage role, which sees pseudonyms and never a name. One transaction.
    """
    with connect(database) as connection:
        _gather(connection)
        edges = link_by_national_id(_shared_ids(connection))
        _keep_edges(connection, edges)
        _assign(connection, clusters([edge for edge in edges if edge.verdict == "same"]))
        row = connection.execute(
            """select (select count(distinct person_key) from link.membership where known_to is null),
                (select count(*) from link.membership where known_to is null),
                (select count(*) from link.edge where known_to is null and verdict = 'same'),
                (select count(*) from link.edge where known_to is null and verdict = 'doubtful')"""
        ).fetchone()
    assert row is not None  # noqa: S101
    return dict(zip(("persons", "partner_persons", "edges", "doubtful"), row, strict=True))


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
    for members, _ in clusters([edge for edge in edges if edge.verdict == "same"]):
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


def clusters(edges: list[Edge]) -> list[tuple[list[UUID], datetime]]:
    """Connected components over edges: members, and since when the evidence for the whole is known."""
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
    since: dict[int, datetime] = {}
    for edge, at in zip(edges, a, strict=True):
        label = int(labels[at])
        since[label] = max(since.get(label, edge.known_from), edge.known_from)
    return [(members[label], since[label]) for label in members]


def _gather(connection: psycopg.Connection) -> None:
    """Every partner's person that any record speaks of, with the time it was first known."""
    with_person = [name for name, declared in record_types().items() if declared.has_person]
    parts = " union all ".join(
        f"select partner_person_key, min(known_from) as known_from from raw.{name} where partner_person_key is not null group by 1"
        for name in with_person
    )
    connection.execute(
        f"""create temporary table node on commit drop as
        select partner_person_key, min(known_from) as known_from from ({parts}) as every_record group by 1"""
    )
    connection.execute("create unique index on node (partner_person_key)")
    connection.execute("analyze node")


def _shared_ids(connection: psycopg.Connection) -> list[Sighting]:
    rows = connection.execute(
        """with version as (
            select partner_person_key, source, national_id_pseudonym, national_id_kind, known_from,
                row_number() over (partition by partner_person_key, record_type order by vault_id desc) = 1 as is_latest
            from vault.person
            where national_id_pseudonym is not null and national_id_valid
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
        )"""
    ).fetchall()
    return [Sighting(*row) for row in rows]


def _keep_edges(connection: psycopg.Connection, edges: list[Edge]) -> None:
    """Write new edges, close those whose evidence is gone or whose verdict changed; an edge is never overwritten."""
    wanted = {(edge.a, edge.b): edge for edge in edges}
    standing = connection.execute(
        "select a, b, edge_id, verdict from link.edge where known_to is null and method = 'national_id'"
    ).fetchall()
    gone = [edge_id for a, b, edge_id, verdict in standing if (a, b) not in wanted or wanted[a, b].verdict != verdict]
    if gone:
        connection.execute(
            """update link.edge set known_to = greatest(known_from, (select max(known_from) from vault.person))
            where edge_id = any(%s)""",
            [gone],
        )
    kept = {(a, b) for a, b, edge_id, _ in standing if edge_id not in set(gone)}
    connection.cursor().executemany(
        """insert into link.edge (a, b, method, weight, evidence, decided_by, known_from, verdict)
        values (%s, %s, 'national_id', 1, %s, 'rule national_id 1', %s, %s)""",
        [(e.a, e.b, Jsonb(e.evidence), e.known_from, e.verdict) for pair, e in wanted.items() if pair not in kept],
    )


def _assign(connection: psycopg.Connection, found: list[tuple[list[UUID], datetime]]) -> None:
    """Give every node the key of its cluster's oldest member; record joins, merges and splits."""
    cursor = connection.cursor()
    cursor.execute(
        "create temporary table clustered (cluster integer, partner_person_key uuid, since timestamptz) on commit drop"
    )
    with cursor.copy("copy clustered from stdin") as copy:
        for number, (members, since) in enumerate(found):
            for node in members:
                copy.write_row((number, node, since))
    cursor.execute("analyze clustered")
    cursor.execute(
        """create temporary table desired on commit drop as
        select node.partner_person_key, node.known_from, clustered.since,
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
        select d.partner_person_key, m.person_key as old_key, d.person_key as new_key,
            greatest(coalesce(d.since, (select max(known_from) from vault.person)), m.known_from) as since, m.known_from
        from desired d join link.membership m using (partner_person_key)
        where m.known_to is null and m.person_key <> d.person_key"""
    )
    cursor.execute(  # learned in the same moment as the person itself: there was never another answer
        """update link.membership m set person_key = c.new_key from changed c
        where m.partner_person_key = c.partner_person_key and m.known_to is null and c.since = c.known_from"""
    )
    cursor.execute(
        """update link.membership m set known_to = c.since from changed c
        where m.partner_person_key = c.partner_person_key and m.known_to is null and c.since > c.known_from"""
    )
    cursor.execute(
        """insert into link.membership (partner_person_key, person_key, known_from)
        select partner_person_key, new_key, since from changed where since > known_from
        union all
        select d.partner_person_key, d.person_key, d.known_from from desired d
        where not exists (select from link.membership m where m.partner_person_key = d.partner_person_key)"""
    )
    cursor.execute(
        """with emptied as (
            select old_key, min(new_key::text)::uuid as new_key, min(since) as since from changed
            where not exists (select from link.membership m where m.person_key = changed.old_key and m.known_to is null)
            group by old_key
        ), recorded as (
            insert into link.merge (kept, merged, edge_id, known_from)
            select new_key, old_key, (
                select min(e.edge_id) from link.edge e join changed c on c.partner_person_key in (e.a, e.b)
                where c.old_key = emptied.old_key and e.known_to is null
            ), since from emptied
        )
        update link.person p set merged_into = e.new_key, merged_at = e.since from emptied e where p.person_key = e.old_key"""
    )
    cursor.execute(
        """update link.person p set merged_into = null, merged_at = null
        where merged_into is not null
            and exists (select from link.membership m where m.person_key = p.person_key and m.known_to is null)"""
    )
