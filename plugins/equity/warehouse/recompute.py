"""A published figure, computed again: by the models' own SQL, as of its day, as known at its time, in temporary tables.

Only models that depend on the day or on what was known are computed anew; the rest keep all their history. Nothing of it
is kept: the transaction ends with a rollback.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from equity.warehouse.connect import connect
from equity.warehouse.models import run_dbt

NUMBERS = ("numerator", "denominator", "value", "interval_low", "interval_high", "suppressed")
_SAME = ("indicator_id", "measure", "area_code", "dimension", "member", "as_of")


@dataclass(frozen=True)
class Model:
    """One dbt model as compiled, or a table that it reads."""

    name: str
    relation: str
    code: str
    parents: tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """A figure with all it rests on.

    figure, definition: rows of reporting.figure and indicators.indicator_definition. again: its numbers computed anew, as
    known then; now: as known now (None where it has no row any more). code: the indicator's SQL. deliveries: which rows
    of which files were known then, by record type. since: what was learned after it, by record type and kind.
    """

    figure: dict[str, Any]
    definition: dict[str, Any]
    again: dict[str, Any] | None
    now: dict[str, Any] | None
    code: str
    deliveries: list[dict[str, Any]]
    since: list[dict[str, Any]]

    @property
    def holds(self) -> bool:
        """Whether the figure came out as it was published."""
        return self.again is not None and not _differences(self.figure, self.again)

    @property
    def changed(self) -> list[str]:
        """Which of its numbers would be others today."""
        return list(NUMBERS) if self.now is None else _differences(self.figure, self.now)

    def verdict(self) -> str:
        """In a sentence."""
        if self.holds:
            return "computed again as of its day, as known then: the same"
        if self.figure["version"] != self.definition.get("version"):
            return (
                f"computed again it differs: it was published by version {self.figure['version']} of the definition,"
                f" which is now {self.definition.get('version')}"
            )
        return "computed again it DIFFERS under the same definition: tell a data engineer, a figure must never change"


def figures(database: str, *, indicator: str = "", area: str = "", as_of: str = "") -> list[dict[str, Any]]:
    """Published figures, the latest first; empty words ask for all."""
    with connect(database) as connection:
        cursor = connection.cursor(row_factory=dict_row)
        return cursor.execute(
            """select figure_id, indicator_id, measure, area_code, dimension, member, as_of, known_at, unit, value, suppressed
            from reporting.figure
            where (%(indicator)s = '' or indicator_id = upper(%(indicator)s)) and (%(area)s = '' or area_code = %(area)s)
                and (%(as_of)s = '' or as_of::text = %(as_of)s)
            order by as_of desc, known_at desc, indicator_id, measure, area_code, dimension, member""",
            {"indicator": indicator, "area": area, "as_of": as_of},
        ).fetchall()


def show(database: str, work: Path, figure_id: str) -> Shown:
    """Compute a figure again, as known then and as known now.

    Raises:
        LookupError: when there is no such figure.
        BuildError: when dbt cannot compile the models.

    """
    with connect(database) as connection:
        cursor = connection.cursor(row_factory=dict_row)
        figure = cursor.execute("select * from reporting.figure where figure_id = %s", [figure_id]).fetchone()
        if figure is None:
            raise LookupError(f"there is no figure {figure_id!r}; `equity figure list` names those that there are")
        definition = cursor.execute(
            "select * from indicators.indicator_definition where indicator_id = %s", [figure["indicator_id"]]
        ).fetchone()
        known_at = figure["known_at"].isoformat()
        models = _compiled(database, work, figure["as_of"].isoformat(), known_at)
        mine = _model_of(models, figure["indicator_id"])
        then = _computed(connection, models, figure, {})
        now = _computed(connection, models, figure, {f"'{known_at}'": "'9999-12-31 00:00:00+00'"})
        types = _record_types(models, mine)
        deliveries = [row for name in types for row in _rows_known(connection, name, figure["known_at"])]
        since = [row for name in types for row in _learned_since(connection, name, figure["known_at"])]
        since += _identity_since(connection, figure["known_at"])
    return Shown(figure, definition or {}, then, now, models[mine].code, deliveries, since)


def _compiled(database: str, work: Path, as_of: str, known_at: str) -> dict[str, Model]:
    """Name → model, of all that `indicator` rests on, each after those that it reads."""
    command = ("compile", "--select", "+indicator,resource_type:model")
    results = run_dbt(database, work / "figures", *command, as_of=as_of, known_at=known_at)
    nodes = {result.node.unique_id: result.node for result in results}
    ordered: dict[str, Model] = {}

    def add(unique_id: str) -> None:
        node = nodes.get(unique_id)
        if node is None or node.name in ordered or node.resource_type != "model":
            return
        for parent in node.depends_on_nodes:
            add(parent)
        parents = tuple(parent.split(".", 2)[2] for parent in node.depends_on_nodes)
        ordered[node.name] = Model(node.name, node.relation_name, node.compiled_code, parents)

    for unique_id in nodes:
        add(unique_id)
    return ordered


def _model_of(models: dict[str, Model], indicator_id: str) -> str:
    for name, model in models.items():
        if f"'{indicator_id}' as indicator_id" in model.code:
            return name
    raise LookupError(f"no model computes {indicator_id} any more")


def _computed(
    connection: psycopg.Connection, models: dict[str, Model], figure: dict[str, Any], other: dict[str, str]
) -> dict[str, Any] | None:
    """The figure's row of `indicator`, computed in temporary tables that are gone afterwards."""
    moments = (f"date '{figure['as_of'].isoformat()}'", f"'{figure['known_at'].isoformat()}'")
    anew: dict[str, str] = {}  # relation → temporary table
    with connection.transaction(force_rollback=True):
        for model in models.values():
            if not (any(moment in model.code for moment in moments) or set(model.parents) & {_last(r) for r in anew}):
                continue
            code = model.code
            for said, instead in [*anew.items(), *other.items()]:
                code = code.replace(said, instead)
            table = sql.Identifier("pg_temp", model.name)
            connection.execute(
                sql.SQL("create temporary table {} as ").format(sql.Identifier(model.name)) + sql.SQL(code)
            )
            connection.execute(sql.SQL("analyze {}").format(table))
            anew[model.relation] = f'"pg_temp"."{model.name}"'
        where = " and ".join(f"{name} = %({name})s" for name in _SAME)
        cursor = connection.cursor(row_factory=dict_row)
        return cursor.execute(
            f"select {', '.join(NUMBERS)} from pg_temp.indicator where {where}", {name: figure[name] for name in _SAME}
        ).fetchone()


def _last(relation: str) -> str:
    return relation.rpartition(".")[2].strip('"')


def _differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return [name for name in NUMBERS if one[name] != other[name]]


def _record_types(models: dict[str, Model], name: str) -> list[str]:
    """The record types that a model rests on."""
    seen: set[str] = set()
    asked = [name]
    while asked:
        model = models.get(asked.pop())
        for parent in model.parents if model else ():
            if parent not in seen:
                seen.add(parent)
                asked.append(parent)
    return sorted(parent.removeprefix("stg_") for parent in seen if parent.startswith("stg_"))


def _rows_known(connection: psycopg.Connection, record_type: str, known_at: datetime) -> list[dict[str, Any]]:
    cursor = connection.cursor(row_factory=dict_row)
    rows = cursor.execute(
        sql.SQL(
            """select delivery_id, delivery.source, delivery.name as file, delivery.night, {kind} as record_type,
                count(*)::int as records, array_agg(row_no order by row_no) as rows
            from {staged} as record join ops.delivery using (delivery_id)
            where record.known_from <= %(at)s and coalesce(record.known_to, 'infinity') > %(at)s
            group by delivery_id, delivery.source, delivery.name, delivery.night order by delivery_id"""
        ).format(kind=sql.Literal(record_type), staged=sql.Identifier("staging", f"stg_{record_type}")),
        {"at": known_at},
    ).fetchall()
    return [{**row, "rows": ranges(row["rows"])} for row in rows]


def _learned_since(connection: psycopg.Connection, record_type: str, known_at: datetime) -> list[dict[str, Any]]:
    """What came after a time: records not known before (late), other versions of known ones, deletions."""
    cursor = connection.cursor(row_factory=dict_row)
    return cursor.execute(
        sql.SQL(
            """select {kind} as record_type, source,
                case when is_deleted then 'deleted' when is_known then 'corrected' else 'late' end as what,
                count(distinct record_key)::int as records, array_agg(distinct delivery_id) as deliveries
            from (
                select source, record_key, delivery_id, known_from, is_deleted,
                    min(known_from) over (partition by record_key) <= %(at)s as is_known
                from {raw}
            ) as version
            where known_from > %(at)s
            group by 2, 3 order by 2, 3"""
        ).format(kind=sql.Literal(record_type), raw=sql.Identifier("raw", record_type)),
        {"at": known_at},
    ).fetchall()


def _identity_since(connection: psycopg.Connection, known_at: datetime) -> list[dict[str, Any]]:
    """Persons that were merged, and partners' persons that became another one's, after a time."""
    cursor = connection.cursor(row_factory=dict_row)
    rows = cursor.execute(
        """select 'person' as record_type, '' as source, 'merged' as what,
            (select count(*) from link.person where merged_at > %(at)s)::int as records, '{}'::bigint[] as deliveries
        union all
        select 'person', '', 'moved to another person',
            (select count(distinct partner_person_key) from link.membership where known_to > %(at)s)::int, '{}'""",
        {"at": known_at},
    ).fetchall()
    return [row for row in rows if row["records"]]


def ranges(numbers: Iterable[int]) -> str:
    """Ascending numbers in short: `2-41, 43`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number <= runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in runs)


def as_rows(shown: Shown) -> Sequence[dict[str, Any]]:
    """The figure's numbers beside one another: as published, computed again, as known now."""
    return [
        {"": words, **{name: (numbers or {}).get(name) for name in NUMBERS}}
        for words, numbers in (
            ("published", shown.figure),
            ("computed again", shown.again),
            ("as known now", shown.now),
        )
    ]
