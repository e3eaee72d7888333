"""Databases as sources: PostgreSQL and MariaDB as real servers, SQL Server at the dialect and driver that it is asked by."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from connector_places import source
from mariadb_server import DATABASE, LOGIN, PASSWORD, MariaDb

from equity.runtime.services import Installation
from equity.sources.connectors import ConnectorError, Endpoint, TooLarge, origin
from equity.sources.connectors import sql as module
from equity.sources.connectors.sql import Sql, as_text
from equity.warehouse.server import SUPERUSER

MARIADB = pytest.param("mariadb", marks=pytest.mark.mariadb)


@dataclass(frozen=True)
class Hospital:
    """A partner's database: how tests write to it, and its connection."""

    run: Callable[..., None]
    endpoint: Endpoint


@pytest.fixture(scope="module")
def postgres(warehouse: Installation) -> Iterator[Hospital]:
    with psycopg.connect(warehouse.server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute("create database his")
        connection.execute("create role his_reader login password 'ความลับ-s3cret'")
    url = sa.make_url(warehouse.server.url(SUPERUSER, "his"))

    def run(*statements: str) -> None:
        with psycopg.connect(warehouse.server.url(SUPERUSER, "his"), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[call-overload]

    run("alter default privileges grant all on tables to his_reader", "grant all on schema public to his_reader")
    end = Endpoint(
        "his", url.host or "", url.port, "his", "his_reader", "ความลับ-s3cret", {"sslmode": "disable"}, "postgres"
    )
    yield Hospital(run, end)
    with psycopg.connect(warehouse.server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute("drop database his with (force)")
        connection.execute("drop role his_reader")


@pytest.fixture(scope="module")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    server = MariaDb(tmp_path_factory.mktemp("mariadb"))
    end = Endpoint("his", "127.0.0.1", server.port, DATABASE, LOGIN, PASSWORD, {}, "mysql")
    yield Hospital(server.run, end)
    server.stop()


@pytest.fixture(params=["postgres", MARIADB])
def hospital(request: pytest.FixtureRequest) -> Hospital:
    found: Hospital = request.getfixturevalue(request.param)
    return found


def database(hospital: Hospital, *paths: str, query: str | None = None, **fetch: Any) -> Sql:
    end = fetch.pop("endpoint", hospital.endpoint)
    made = origin(source({"by": "sql", **fetch}, *paths, query=query), end)
    assert isinstance(made, Sql)
    return made


def rows(data: bytes) -> list[dict[str, Any]]:
    return [row for line in data.splitlines() for row in json.loads(line)["rows"]]


def fetched(
    hospital: Hospital, path: str, after: datetime | None = None, **said: Any
) -> tuple[list[dict[str, Any]], Any]:
    (offer,) = database(hospital, path, **said).offers({path: after} if after else {})
    assert (offer.name, offer.stamp) == (path, "")
    data, reached = offer.get()
    return rows(data), reached


def test_every_value_is_text_as_exact_as_it_is_held(postgres: Hospital) -> None:
    postgres.run(
        """create table kinds as select 1::int as id, 'สมหญิง "ก" \\ ' || chr(10) as name, 12345678901234567890.10::numeric as baht,
        0.1::float8 as share, 'NaN'::float8 as none, date '2026-02-28' as day, timestamp '2026-03-01 08:30:00.5' as local,
        timestamptz '2026-03-01 08:30:00+07' as instant, time '08:30' as clock, true as yes, null::text as nothing,
        '{"a": [1, 2.50]}'::jsonb as doc, array['ก', 'ข'] as many, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid as uid,
        interval '90 minutes' as spell"""
    )
    assert fetched(postgres, "kinds")[0] == [
        {
            "id": "1", "name": 'สมหญิง "ก" \\ \n', "baht": "12345678901234567890.10", "share": "0.1", "none": "nan",
            "day": "2026-02-28", "local": "2026-03-01T08:30:00.500000", "instant": "2026-03-01T08:30:00+07:00",
            "clock": "08:30:00", "yes": "true", "nothing": None, "doc": {"a": ["1", "2.5"]}, "many": ["ก", "ข"],
            "uid": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "spell": "01:30:00",
        }
    ]  # fmt: skip


@pytest.mark.mariadb
def test_every_value_of_mariadb_is_text_too(mariadb: Hospital) -> None:
    mariadb.run(
        """create table kinds (id bigint unsigned primary key, name varchar(40), baht decimal(30,10), share double, day date,
        zero date, local datetime(3), instant timestamp, clock time, yes boolean, old varchar(20) character set tis620,
        kind enum('ชาย','หญิง'), marks set('a','b'))""",
        "set time_zone = '+00:00', sql_mode = ''",
    )
    mariadb.run(
        """insert into kinds values (18446744073709551615, 'สมหญิง', 12345678901234567890.1234567890, 0.1, '2026-02-28',
        null, '2026-03-01 08:30:00.500', from_unixtime(1772328600), '-30:05:09', true, 'ลำปาง', 'หญิง', 'b')"""
    )
    assert fetched(mariadb, "kinds")[0] == [
        {
            "id": "18446744073709551615", "name": "สมหญิง", "baht": "12345678901234567890.1234567890", "share": "0.1",
            "day": "2026-02-28", "zero": None, "local": "2026-03-01T08:30:00.500000", "instant": "2026-03-01T08:30:00",
            "clock": "-30:05:09", "yes": "1", "old": "ลำปาง", "kind": "หญิง", "marks": "b",
        }
    ]  # fmt: skip


def test_what_changed_since_is_asked_from_the_watermark_on(hospital: Hospital) -> None:
    """`>=`, so that a row written in the same second is not lost; rows that are known already do nothing."""
    hospital.run(
        "drop table if exists visits",
        "create table visits (a int primary key, changed_at timestamp null)",
        "insert into visits values (3, '2026-03-01 08:30:00'), (1, '2026-03-02 08:30:00'), (2, null)",
    )
    every, reached = fetched(hospital, "visits", since="changed_at")
    assert [row["a"] for row in every] == ["1", "2", "3"], "in the order of the key: the same rows are the same bytes"
    assert reached == datetime(2026, 3, 2, 1, 30, tzinfo=UTC), "the database's clock is Bangkok's"
    hospital.run("insert into visits values (4, '2026-03-02 08:30:00'), (5, '2026-03-02 08:29:59')")
    fresh, again = fetched(hospital, "visits", reached, **{"since": "changed_at"})
    assert [row["a"] for row in fresh] == ["1", "4"] and again == reached
    fresh, _ = fetched(hospital, "visits", reached, **{"since": "changed_at", "overlap": "1m"})
    assert [row["a"] for row in fresh] == ["1", "4", "5"]
    later = datetime(2027, 1, 1, tzinfo=UTC)
    assert fetched(hospital, "visits", later, **{"since": "changed_at"}) == ([], later)


def test_instants_are_compared_as_instants(postgres: Hospital) -> None:
    postgres.run(
        "create table instants (a int primary key, at timestamptz, day date)",
        "insert into instants values (1, '2026-03-01 18:00Z', '2026-03-01'), (2, '2026-03-01 19:00Z', '2026-03-02')",
    )
    since = datetime(2026, 3, 1, 18, 30, tzinfo=UTC)
    for zone in ("Asia/Bangkok", "UTC"):
        fresh, reached = fetched(postgres, "instants", since, **{"since": "at", "zone": zone})
        assert [row["a"] for row in fresh] == ["2"] and reached == datetime(2026, 3, 1, 19, tzinfo=UTC)
    fresh, reached = fetched(postgres, "instants", **{"since": "day"})
    assert reached == datetime(2026, 3, 1, 17, tzinfo=UTC), "a day begins at midnight in Bangkok"


@pytest.fixture
def queried(hospital: Hospital) -> Hospital:
    hospital.run(
        "drop table if exists people",
        "create table people (hn int primary key, cid varchar(20), seen timestamp null, note varchar(40))",
        "insert into people values (1, '1:a%b', '2026-03-01 10:00:00', 'ก'), (2, 'x', '2026-03-05 10:00:00', 'ข')",
    )
    return hospital


def test_a_query_is_taken_as_it_stands(queried: Hospital) -> None:
    query = (
        "select hn as a, seen, '10:30 :x 50% %s' as words from people where cid like '%:a\\%%' or hn = 2 order by hn;"
    )
    every, _ = fetched(queried, "seen_people", query=query)
    assert [(row["a"], row["words"]) for row in every] == [("1", "10:30 :x 50% %s"), ("2", "10:30 :x 50% %s")]
    since = datetime(2026, 3, 2, tzinfo=UTC)
    fresh, reached = fetched(queried, "seen_people", since, query=query, **{"since": "seen"})
    assert [row["a"] for row in fresh] == ["2"] and reached == datetime(2026, 3, 5, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "query",
    [
        "delete from people",
        "with gone as (delete from people returning *) select * from gone",
        "insert into people (hn) select 9",
        "drop table people",
    ],
)
def test_nothing_is_ever_written(queried: Hospital, query: str) -> None:
    with pytest.raises(ConnectorError, match="connection his: bad"):
        fetched(queried, "bad", query=query)
    assert len(fetched(queried, "people")[0]) == 2


def test_many_rows_come_in_pages_out_of_one_snapshot(hospital: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    hospital.run("drop table if exists many", "create table many (a int primary key, x varchar(200))")
    digits = "(" + " union all ".join(f"select {n} as d" for n in range(10)) + ")"
    hospital.run(
        f"insert into many select a.d + 10*b.d + 100*c.d + 1000*e.d, 'ก' from {digits} a, {digits} b, {digits} c, {digits} e"
    )
    latest, written = Sql._as_text, []

    def writes_meanwhile(self: Sql, path: str, row: Any) -> dict[str, Any]:
        if not written:
            written.append(hospital.run("insert into many values (90000, 'ข')"))
        return latest(self, path, row)

    monkeypatch.setattr(Sql, "_as_text", writes_meanwhile)
    (offer,) = database(hospital, "many", size=3000).offers({})
    data, reached = offer.get()
    assert [len(json.loads(line)["rows"]) for line in data.splitlines()] == [3000, 3000, 3000, 1000] and reached is None
    assert [row["a"] for row in rows(data)] == [str(n) for n in range(10_000)]
    assert offer.get()[0] != data, "the row written meanwhile is there the next time"


def test_a_name_in_thai_in_a_schema_of_its_own(postgres: Hospital) -> None:
    postgres.run('create schema "งาน"', 'grant usage on schema "งาน" to his_reader')
    postgres.run('create table "งาน"."ผู้ป่วย นอก" ("รหัส" int primary key)', 'insert into "งาน"."ผู้ป่วย นอก" values (7)')
    postgres.run('grant select on "งาน"."ผู้ป่วย นอก" to his_reader')
    assert fetched(postgres, "งาน.ผู้ป่วย นอก")[0] == [{"รหัส": "7"}]


def test_an_empty_table_is_no_delivery(hospital: Hospital) -> None:
    hospital.run("drop table if exists empty_one", "create table empty_one (a int primary key, at timestamp null)")
    (offer,) = database(hospital, "empty_one", since="at").offers({})
    assert offer.get() == (b"", None)


@pytest.mark.parametrize(
    ("query", "fetch", "words"),
    [
        (None, {}, "there is no table bad; is it `schema.table`"),
        ("select * from nowhere", {}, "bad: .*; is the name or query right"),
        ("select 1 as a, 2 as a", {}, "two columns have one name"),
        ("select 1 as a", {"since": "at"}, "there is no column at; correct `since`"),
        ("select 1 as a", {"since": "a"}, "column a holds int, no dates or times"),
    ],
)
def test_what_is_wrong_is_said(queried: Hospital, query: str | None, fetch: dict[str, Any], words: str) -> None:
    with pytest.raises(ConnectorError, match=f"connection his: .*{words}"):
        fetched(queried, "bad", query=query, **fetch)


def test_what_is_wrong_is_said_without_values(postgres: Hospital) -> None:
    postgres.run("create table named (a text primary key)", "insert into named values ('สมชาย')")
    with pytest.raises(ConnectorError, match="connection his: bad: .* 22P02; is the name or query right") as error:
        fetched(postgres, "bad", query="select a::int from named")
    assert "สมชาย" not in "".join(traceback.format_exception(error.value))


def test_bytes_are_refused_with_their_column(hospital: Hospital) -> None:
    kind = "bytea" if hospital.endpoint.conn_type == "postgres" else "blob"
    hospital.run("drop table if exists photos", f"create table photos (a int primary key, photo {kind})")
    hospital.run("insert into photos values (1, 'x')")
    with pytest.raises(ConnectorError, match="photos: column photo holds bytes, no text; leave it out by a `query`"):
        fetched(hospital, "photos")


def test_too_much_is_left_at_the_limit(queried: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DELIVERY_BYTES", 100)
    with pytest.raises(TooLarge, match="connection his: people is larger than"):
        fetched(queried, "people", size=1)


def test_a_wrong_password_and_a_server_that_is_away(hospital: Hospital, pauses: list[float]) -> None:
    end = hospital.endpoint
    for changes in ({"password": "wr0ng-ผิด"}, {"port": 9}, {"schema": "nowhere"}):
        other = Endpoint(**{**vars(end), **changes})
        with pytest.raises(ConnectorError, match="connection his: log in: .*; are host, port, login") as error:
            fetched(hospital, "people", endpoint=other)
        told = "".join(traceback.format_exception(error.value)) + repr(other)
        assert "wr0ng" not in told and "s3cret" not in told
    assert len(pauses) == 6


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"conn_type": "oracle"}, "conn_type is oracle; it must be one of postgres, mysql, mssql"),
        ({"schema": ""}, "host and schema"),
    ],
)
def test_a_connection_that_says_too_little(changes: dict[str, str], words: str) -> None:
    end = Endpoint(**{"conn_id": "his", "host": "h", "schema": "his", "conn_type": "postgres", **changes})
    with pytest.raises(ConnectorError, match=f"connection his: {words}"):
        database(Hospital(lambda *_: None, end), "t").url()


def test_sql_server_is_asked_in_its_own_words(pauses: list[float]) -> None:
    """No SQL Server runs here: what is asked is compiled for it, and its driver is called as far as a closed port."""
    end = Endpoint("his", "127.0.0.1", 9, "his", "sa", "s3cret", {"encryption": "require"}, "mssql")
    made = database(
        Hospital(lambda *_: None, end), "t", query="select hn as a, [seen at] as seen from dbo.people", since="seen"
    )
    assert made.url().render_as_string() == "mssql+pymssql://sa:***@127.0.0.1:9/his"
    assert made.connect_args() == {
        "charset": "UTF-8", "read_only": True, "login_timeout": 20, "timeout": 1800, "encryption": "require"
    }  # fmt: skip
    asked = made.statement(None, "t", "select hn as a, seen from dbo.people", datetime(2026, 3, 1, tzinfo=UTC))  # type: ignore[arg-type]
    written = str(asked.compile(dialect=sa.create_engine(made.url()).dialect))  # type: ignore[attr-defined]
    assert (
        " ".join(written.split())
        == "SELECT * FROM (select hn as a, seen from dbo.people) AS asked WHERE seen >= %(since)s"
    )
    with pytest.raises(
        ConnectorError, match="connection his: log in: OperationalError|connection his: log in: .*Error"
    ):
        (offer,) = made.offers({})
        offer.get()


@pytest.mark.parametrize(("value", "text"), [(-0.0, "-0.0"), (1e22, "1e+22"), (float("inf"), "inf"), (False, "false")])
def test_numbers_as_text(value: Any, text: str) -> None:
    assert as_text(value) == text
