"""Nights built one after the other give the tables that a full refresh gives, row for row, whatever a night brings."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from benchmarks import province, warehouse
from dbt_warehouse import Dbt, World

from equity.records import RecordType, code_lists, record_types
from equity.warehouse.connect import DATABASE
from equity.warehouse.roles import TRANSFORM

NIGHTS, ROWS, PERSONS = 5, 240, 60
SOURCES = ("abe", "club", "office")
MAY_MISS = ("sex", "birth_date", "amphoe_code", "grade", "ended_on", "left_on", "target_groups", "never_enrolled")
SELECT = (
    "changed_delivery", "changed_person", "changed_record", "changed_pupil", "changed_by_day", "fct_ticket",
)  # fmt: skip


def key(*numbers: int) -> str:
    return str(UUID(int=sum(number << 24 * place for place, number in enumerate(numbers))))


class History:
    """Random nights: records come, are corrected, late and taken back; persons are merged, split and linked late."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.dice, self.night = world, random.Random(seed), 0
        self.types = {name: declared for name, declared in record_types().items() if declared.has_person}
        self.waiting: list[tuple[str, int]] = []  # registered, but loaded another night
        self.linked: dict[str, str] = {}
        for source in SOURCES:
            world.source(source)

    @property
    def known_at(self) -> datetime:
        """Up to when identities are resolved: in every other night before its own deliveries are known."""
        return self.world.now - timedelta(hours=1 - self.night % 2)

    @property
    def moment(self) -> dict[str, Any]:
        """What the night's build is about."""
        return {"as_of": date(2025, 10, 1) + timedelta(days=25 * self.night), "known_at": self.known_at.isoformat()}

    def pass_days(self, days: int) -> None:
        """Nothing comes."""
        self.night += days
        self.world.now += timedelta(days=days)

    def build(self, dbt: Dbt, run: tuple[str, ...]) -> dict[str, int]:
        """Build as the platform does, and write down the moment; rows written, by model."""
        results = dbt(*run, **self.moment)
        self.execute(
            "insert into ops.build (as_of, known_at, fingerprint, models, seconds) values (%s, %s, '', 1, 1)",
            *self.moment.values(),
        )
        return {result.node.name: result.adapter_response.get("rows_affected") for result in results}

    def execute(self, query: str, *values: Any) -> list[tuple]:
        cursor = self.world.connection.execute(query, values)
        return cursor.fetchall() if cursor.description else []

    def play(self) -> None:
        """One night's deliveries, then the linkage step."""
        self.night += 1
        self.world.now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=self.night)
        now = [(source, self.world.delivery(source, self.world.now.date())) for source in SOURCES]
        late, self.waiting = self.waiting, [now.pop(0)] if self.night % 2 else []
        for _, delivery in self.waiting:
            self.execute("update ops.delivery set state = 'landed', loaded_at = null where delivery_id = %s", delivery)
        for source, delivery in late:  # a smaller number than those of the last build, and its time is past
            since = self.world.now - timedelta(days=self.dice.choice((0, 1)))
            self.execute(
                "update ops.delivery set state = 'loaded', loaded_at = now(), known_from = %s where delivery_id = %s",
                since,
                delivery,
            )
            self.bring(source, delivery, since)
        for source, delivery in now[: self.dice.randint(0, len(now))]:  # the others bring nothing new
            self.bring(source, delivery, self.world.now)
        self.tickets([delivery for _, delivery in late + now])
        self.programmes(*now[-1])
        self.link()

    def bring(self, source: str, delivery: int, known_from: datetime) -> None:
        many = ROWS if self.night == 1 else self.dice.randint(1, ROWS // 6)
        for number in range(many):
            name, declared = self.dice.choice(list(self.types.items()))
            record = self.dice.randrange(40)
            person = None if name in ("fund_transaction", "food_bank_distribution") and self.dice.random() < 0.3 else (
                key(SOURCES.index(source) + 1, self.dice.randrange(PERSONS))
            )  # fmt: skip
            gone = self.night > 1 and self.dice.random() < 0.2
            values = {
                "source": source, "delivery_id": delivery, "row_no": number,
                "record_key": key(record, SOURCES.index(source) + 1, list(self.types).index(name) + 1), "row_hash": key(number),
                "known_from": known_from, "is_deleted": gone,
            }  # fmt: skip
            if not gone:
                values |= self.content(declared) | {"partner_person_key": person}
            names, places = ", ".join(values), ", ".join(["%s"] * len(values))
            self.execute(f"insert into raw.{name} ({names}) values ({places})", *values.values())

    def content(self, declared: RecordType) -> dict[str, Any]:
        """Something for every column of a record type, from few values, so that records meet."""
        found: dict[str, Any] = {}
        for name, column in declared.raw_columns().items():
            field = declared.fields.get(name)
            if field is not None and field.codes:
                value: Any = self.dice.choice(list(code_lists()[field.codes]))
                value = [value] if column.endswith("[]") else value
            elif column == "date":
                value = date(2025, 5, 1) + timedelta(days=self.dice.randrange(0, 300, 15))
            elif column == "boolean":
                value = self.dice.random() < 0.5
            elif column == "uuid":
                value = key(self.dice.randrange(5))
            elif name == "academic_year":
                value = self.dice.choice((2567, 2568))
            elif name.endswith("_code"):
                value = {"province_code": "52", "amphoe_code": "5201", "tambon_code": "520101"}[name]
            elif column in ("bigint", "double precision"):
                value = self.dice.randint(1, 5)
            else:
                value = (
                    [f"{name}{self.dice.randint(1, 2)}"]
                    if column.endswith("[]")
                    else f"{name}{self.dice.randint(1, 2)}"
                )
            found[name] = None if name in MAY_MISS and self.dice.random() < 0.3 else value
        return found

    def programmes(self, source: str, delivery: int) -> None:
        """A project that many take part in is declared to belong to one programme or another."""
        for number in (1, 2):
            self.execute(
                "insert into raw.project (source, delivery_id, row_no, record_key, row_hash, known_from, project_ref, programme)"
                " values (%s, %s, %s, %s, %s, %s, %s, %s)",
                source, delivery, number, key(number, SOURCES.index(source) + 1), key(self.night), self.world.now,
                f"project_ref{number}", self.dice.choice(("career_fund_model", "area_based_education")),
            )  # fmt: skip

    def tickets(self, deliveries: list[int]) -> None:
        """A row of a roster waits for its correction, or one that waited is right."""
        if self.dice.random() < 0.5:
            self.execute(
                "update ops.ticket set state = 'corrected', closed_by = %s, closed_at = %s where state = 'open'",
                deliveries[0], self.world.now,
            )  # fmt: skip
        roster = self.execute("select source, delivery_id from raw.school_roster order by random() limit 1")
        if roster and self.dice.random() < 0.7:
            self.execute(
                "insert into ops.ticket (source, record_type, record_key, field, code, severity, place, row_no, opened_by, opened_at)"
                " values (%s, 'school_roster', gen_random_uuid(), 'sex', 'sex.missing', 'critical', '', 1, %s, %s)",
                *roster[0], self.world.now,
            )  # fmt: skip

    def link(self) -> None:
        """Most of who is new gets a person, some only later; a few are linked otherwise, merged or taken apart."""
        told = " union ".join(f"select partner_person_key::text from raw.{name}" for name in self.types)
        for (partner,) in self.execute(
            f"select * from ({told}) as told where partner_person_key is not null order by 1"
        ):
            if partner not in self.linked and self.dice.random() < 0.9:
                # those who have the same number at two partners are often one person
                person = (
                    key(9, UUID(partner).int >> 24) if self.dice.random() < 0.7 else key(8, UUID(partner).int >> 24)
                )
                self.join(partner, person, datetime(2025, 12, 1, tzinfo=UTC))
        if self.night == 1:
            return
        for partner in self.dice.sample(sorted(self.linked), 2):  # taken apart, as known from now on
            self.execute(
                "update link.membership set known_to = %s where partner_person_key = %s and known_to is null and known_from < %s",
                self.known_at, partner, self.known_at,
            )  # fmt: skip
            self.join(partner, key(7, self.night, UUID(partner).int >> 24), self.known_at)
        partner = self.dice.choice(sorted(self.linked))  # never another answer: the key itself is another
        other = self.linked[self.dice.choice(sorted(self.linked))]
        self.execute(
            "update link.membership set person_key = %s where partner_person_key = %s and known_to is null",
            other,
            partner,
        )
        self.linked[partner] = other
        standing = [
            row[0] for row in self.execute("select person_key from link.person where merged_into is null order by 1")
        ]
        kept, merged = self.dice.sample(standing, 2)
        self.execute(
            "update link.person set merged_into = %s, merged_at = %s where person_key = %s",
            kept,
            self.known_at,
            merged,
        )
        if self.dice.random() < 0.5:  # a merge is taken back
            self.execute("update link.person set merged_into = null, merged_at = null where person_key = %s", merged)

    def join(self, partner: str, person: str, since: datetime) -> None:
        self.execute("insert into link.person values (%s, %s) on conflict do nothing", person, since)
        self.execute(
            "insert into link.membership (partner_person_key, person_key, known_from) values (%s, %s, %s) on conflict do nothing",
            partner, person, since,
        )  # fmt: skip
        self.linked[partner] = person


@pytest.fixture
def history(world: World) -> Iterator[History]:
    world.clear()
    yield History(world, 20260302)
    world.clear()


def kept_up(dbt: Dbt) -> dict[str, str]:
    """Name → relation of the models that a night does not make anew."""
    nodes = dbt.manifest()["nodes"].values()
    return {
        node["name"]: f"{node['schema']}.{node['name']}" for node in nodes
        if node["resource_type"] == "model" and node["config"]["materialized"] == "incremental" and node["name"] != "figure"
    }  # fmt: skip


def test_nights_give_what_a_full_refresh_gives(history: History, dbt: Dbt) -> None:
    models = kept_up(dbt)
    assert len(models) >= 24
    run = ("run", "--select", *SELECT, *models)
    left = (
        "select delivery_id from ops.delivery where state = 'loaded' except select delivery_id from ops.built_delivery"
    )
    changed = []
    for number in range(NIGHTS):
        history.play()
        if number == 2:  # a run that breaks off: what it noted is not forgotten
            broken_off = ("bridge_person", "fct_roster_coverage", "changed_delivery", "changed_person", "person_history", "dim_person")  # fmt: skip
            dbt("run", "--select", *broken_off, **history.moment)
            history.play()
        changed.append(history.build(dbt, run)["changed_record"])
        # what was loaded while a night was built is built again once it is known
        assert bool(history.execute(left)) == (history.known_at < history.world.now)
    records = history.execute(" union ".join(f"select record_key from raw.{name}" for name in history.types))
    assert changed[0] == 0 and min(changed[1:]) > 0 and min(changed[1:]) < len(records) / 2, (changed, len(records))
    assert history.known_at < history.world.now
    history.pass_days(1)
    history.build(dbt, run)
    assert not history.execute(left)

    (persons,) = history.execute("select count(*) from core.dim_person")[0]
    history.pass_days(8)  # nothing comes, but some are a year older
    written = history.build(dbt, run)
    assert 0 < written["changed_by_day"] < persons, (written["changed_by_day"], persons)
    assert written["changed_record"] == 0 and written["dim_person"] == written["changed_by_day"]
    assert history.execute("select count(*) from identity.changed_person, ops.rebuild") == [(0,)]
    _equal_to_a_full_refresh(history, dbt, models, run)


def test_the_benchmarks_province_is_built_night_by_night_and_by_psql(history: History, dbt: Dbt) -> None:
    """1 % of 400 persons is a night of two new ones and a few corrections; psql makes the tables that dbt makes."""
    connection, models = history.world.connection, kept_up(dbt)
    history.world.clear()
    province.fill(connection, 400)
    run = ("run", "--select", *SELECT, *models)
    dbt(*run, "--full-refresh")
    history.execute(
        "insert into ops.build (as_of, known_at, fingerprint, models, seconds) values ('2026-03-01', now(), '', 1, 1)"
    )
    (before,) = history.execute("select count(*) from core.fct_attendance")[0]
    with psycopg.connect(dbt.server.url(TRANSFORM, DATABASE), autocommit=True) as plain:
        plain.execute(warehouse.plain_sql(dbt.target).encode())
    assert before > 1000 and history.execute("select count(*) from core.fct_attendance") == [(before,)]
    province.next_night(connection, 400, 0.01)
    changed = {result.node.name: result.adapter_response.get("rows_affected") for result in dbt(*run)}
    assert 0 < changed["changed_record"] < before / 10
    assert 0 < changed["changed_by_day"] < 40 and 0 < changed["dim_person"] < 40, changed
    _equal_to_a_full_refresh(history, dbt, models, run, as_of=date(2026, 3, 2))


def _equal_to_a_full_refresh(
    history: History, dbt: Dbt, models: dict[str, str], run: tuple[str, ...], **moment: Any
) -> None:
    execute = history.world.connection.execute
    for name, relation in models.items():
        execute(f"drop table if exists public.{name}; create table public.{name} as select * from {relation}")
    dbt(*run, "--full-refresh", **(moment or history.moment))
    differing = {}
    for name, relation in models.items():
        found = execute(
            f"select 'by nights alone', * from (select * from public.{name} except all select * from {relation}) as one union all"
            f" select 'in full alone', * from (select * from {relation} except all select * from public.{name}) as other"
        ).fetchall()
        rows = execute(f"select count(*) from public.{name}").fetchone()
        execute(f"drop table public.{name}")
        if found or not rows or not rows[0]:
            differing[name] = (rows, len(found), found[:2])
    assert not differing
