"""Our figures of the days that printed tables are about, so that numbers of one day stand side by side.

They are asked for like anybody's past days, by `reporting.indicator_as_of`, as known at the time of the build, and kept in
`reporting.figure` beside those of the nights. Then `reporting.published_comparison` is filled again, by its own SQL.

What came late changes what is known of a printed day though nothing was printed anew. To ask for all days again would cost
a night as much as its own figures do for each, so every build asks for one: the day that was not asked for the longest.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from equity.warehouse.connect import connect

# of numbers that fit a measure of ours: what was not there, or could not be read, at the last build; and the day whose turn it is
_DUE = """with last as (
    select known_at, split_part(fingerprint, ':', 2) as project from ops.build order by built_at desc limit 1
),
fitting as (
    select compared_on, max(printed_known_from) as printed_known_from
    from reporting.published_comparison
    where indicator_id is not null and mismatches = '' and compared_on < %(as_of)s and is_closing_day
    group by compared_on
),
next_in_turn as (
    select fitting.compared_on
    from fitting
    left join ops.build as asked on fitting.compared_on = any(asked.compared_days)
    -- once a moment: a build that is done again has nothing new to learn
    where not exists (select from ops.build where known_at = %(known_at)s)
    group by fitting.compared_on
    order by max(asked.known_at) nulls first, fitting.compared_on
    limit 1
)
select fitting.compared_on
from fitting
left join last on true
where fitting.printed_known_from > coalesce(last.known_at, '-infinity')
    or (
        last.project <> %(project)s
        and not exists (select 1 from reporting.figure where figure.as_of = fitting.compared_on)
    )
    or fitting.compared_on in (select next_in_turn.compared_on from next_in_turn)
order by fitting.compared_on"""
_SERIES = ("indicator_id", "version", "measure", "area_code", "dimension", "member")
_SAID = ("numerator", "denominator", "value", "interval_low", "interval_high", "suppressed", "note_th", "note_en")
_COLUMNS = ("figure_id", *_SERIES, "as_of", "known_at", "unit", *_SAID)


def _of(relation: str, columns: Iterable[str]) -> str:
    return ", ".join(f"{relation}.{column}" for column in columns)


_KEPT = f"""with kept as (
    select distinct on ({_of("figure", _SERIES)}) figure.*
    from reporting.figure as figure where as_of = %(day)s order by {_of("figure", _SERIES)}, known_at desc
)
insert into reporting.figure ({", ".join(_COLUMNS)})
select {_of("fresh", _COLUMNS)} from reporting.indicator_as_of(%(day)s, %(known_at)s) as fresh
left join kept on ({_of("kept", _SERIES)}) = ({_of("fresh", _SERIES)})
where not exists (select 1 from reporting.figure where figure.figure_id = fresh.figure_id)
    and (%(all)s or kept.figure_id is null or ({_of("kept", _SAID)}) is distinct from ({_of("fresh", _SAID)}))"""


def figures_of_printed_days(
    database: str, results: Iterable[Any], as_of: str, known_at: str, project: str
) -> list[date]:
    """Keep our figures of printed days that are due; returns those days.

    Due are the days of numbers that came or changed since the last build, and one day more, in turn.

    results: of the build that is just done, as of `as_of`, as known at `known_at`. project: fingerprint of the dbt project;
    another than the last build's may read words that nobody knew before.
    """
    with connect(database) as connection:
        moment = {"as_of": as_of, "known_at": known_at, "project": project}
        days = [day for (day,) in connection.execute(_DUE, moment).fetchall()]
        keep_figures(connection, days, known_at)
        if days:
            node = next(result.node for result in results if result.node.name == "published_comparison")
            columns = sql.SQL(", ").join(map(sql.Identifier, node.columns))
            table, code = sql.SQL(node.relation_name), sql.SQL(node.compiled_code)
            connection.execute(sql.SQL("delete from {}").format(table))
            filled = sql.SQL("insert into {table} ({columns}) select {columns} from ({code}) as again")
            connection.execute(filled.format(table=table, columns=columns, code=code))
    return days


def keep_figures(
    connection: psycopg.Connection, days: Iterable[date | str], known_at: str, *, every: bool = False
) -> None:
    """Keep the figures of each day, as known at a time, that say something else than those last kept of it, or all (`every`)."""
    for day in days:
        connection.execute(_KEPT, {"day": day, "known_at": known_at, "all": every})
