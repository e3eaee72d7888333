"""Our figures of the days that printed tables are about, so that numbers of one day stand side by side.

They are asked for like anybody's past days, by `reporting.indicator_as_of`, as known at the time of the build, and kept in
`reporting.figure` beside those of the nights. Then `reporting.published_comparison` is filled again, by its own SQL.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from equity.warehouse.connect import connect

# of numbers that fit a measure of ours: what was not there, or could not be read, at the last build
_DUE = """with last as (
    select known_at, split_part(fingerprint, ':', 2) as project from ops.build order by built_at desc limit 1
)
select distinct printed.compared_on
from reporting.published_comparison as printed
left join last on true
where printed.indicator_id is not null and printed.mismatches = '' and printed.compared_on < %(as_of)s
    and printed.is_closing_day
    and (
        printed.printed_known_from > coalesce(last.known_at, '-infinity')
        or (
            last.project <> %(project)s
            and not exists (select 1 from reporting.figure where figure.as_of = printed.compared_on)
        )
    )
order by printed.compared_on"""
_COLUMNS = """figure_id, indicator_id, version, measure, area_code, dimension, member, as_of, known_at, unit, numerator,
    denominator, value, interval_low, interval_high, suppressed, note_th, note_en"""
_KEPT = f"""insert into reporting.figure ({_COLUMNS})
select {_COLUMNS} from reporting.indicator_as_of(%(day)s, %(known_at)s) as fresh
where not exists (select 1 from reporting.figure where figure.figure_id = fresh.figure_id)"""


def figures_of_printed_days(
    database: str, results: Iterable[Any], as_of: str, known_at: str, project: str
) -> list[date]:
    """Keep our figures of the days of printed numbers that came or changed since the last build; returns those days.

    results: of the build that is just done, as of `as_of`, as known at `known_at`. project: fingerprint of the dbt project;
    another than the last build's may read words that nobody knew before.
    """
    with connect(database) as connection:
        days = [day for (day,) in connection.execute(_DUE, {"as_of": as_of, "project": project}).fetchall()]
        keep_figures(connection, [(day, known_at) for day in days])
        if days:
            node = next(result.node for result in results if result.node.name == "published_comparison")
            columns = sql.SQL(", ").join(map(sql.Identifier, node.columns))
            table, code = sql.SQL(node.relation_name), sql.SQL(node.compiled_code)
            connection.execute(sql.SQL("delete from {}").format(table))
            filled = sql.SQL("insert into {table} ({columns}) select {columns} from ({code}) as again")
            connection.execute(filled.format(table=table, columns=columns, code=code))
    return days


def keep_figures(connection: psycopg.Connection, moments: Iterable[tuple[date | str, str]]) -> None:
    """Keep the figures as of a day, as known at a time, of each (day, time); those that are kept already stay."""
    for day, known_at in moments:
        connection.execute(_KEPT, {"day": day, "known_at": known_at})
