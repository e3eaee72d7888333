"""The laptop's own Postgres, migrations done once, and errors that quote nobody."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from equity.runtime.services import Installation
from equity.settings import Home
from equity.warehouse.connect import DATABASE, connect
from equity.warehouse.roles import INGEST, OWNER, ROLES
from equity.warehouse.schema import create_database, migrate
from equity.warehouse.server import SUPERUSER, Server

# --- migrations


def test_migrating_again_does_nothing(warehouse: Installation) -> None:
    with psycopg.connect(warehouse.url(SUPERUSER)) as connection:
        before = connection.execute("select count(*), max(oid::bigint) from pg_class").fetchone()
    assert migrate(warehouse.url(OWNER)) is False
    passwords = {role: warehouse.home.password(role) for role in ROLES}
    create_database(warehouse.admin_url, DATABASE, passwords)
    warehouse.prepare_warehouse()
    with psycopg.connect(warehouse.url(SUPERUSER)) as connection:
        assert connection.execute("select count(*), max(oid::bigint) from pg_class").fetchone() == before


def test_new_declarations_refresh_the_reference_tables_and_nothing_else(warehouse: Installation) -> None:
    with psycopg.connect(warehouse.url(OWNER), autocommit=True) as connection:
        codes = connection.execute("select count(*) from reference.code").fetchone()
        connection.execute("update ops.declared set fingerprint = 'as it was last year'")
        connection.execute("delete from reference.code where code_list = 'sex'")
        assert migrate(warehouse.url(OWNER)) is True
        assert connection.execute("select count(*) from reference.code").fetchone() == codes
        assert migrate(warehouse.url(OWNER)) is False


def test_a_password_that_was_changed_is_set_again(warehouse: Installation) -> None:
    passwords = {role: warehouse.home.password(role) for role in ROLES}
    create_database(warehouse.admin_url, DATABASE, passwords | {INGEST: "another"})
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(warehouse.url(INGEST))
    create_database(warehouse.admin_url, DATABASE, passwords)
    psycopg.connect(warehouse.url(INGEST)).close()


# --- connections


def test_a_connection_commits_at_the_end_and_rolls_back_on_an_exception(warehouse: Installation) -> None:
    insert = "insert into ops.source (source, partner_family, partner_name_th, partner_name_en) values (%s, 'unit', 'ก', 'A')"
    with connect(warehouse.url(INGEST)) as connection:
        connection.execute(insert, ["connect_one"])
        assert connection.execute("show timezone").fetchone() == ("UTC",)
    with pytest.raises(ZeroDivisionError), connect(warehouse.url(INGEST)) as connection:
        connection.execute(insert, ["connect_two"])
        raise ZeroDivisionError
    with connect(warehouse.url(INGEST)) as connection:
        found = connection.execute("select source from ops.source where source like 'connect%'").fetchall()
    assert found == [("connect_one",)]


CANARY = "นายสมชาย-ใจดี"


@pytest.mark.parametrize(
    "statement",
    [
        f"copy raw.project (source, delivery_id, row_no, record_key, row_hash, known_from) from stdin\t{CANARY}\t1\t1\tx\ty\tz\n",
        f"copy raw.project (source, started_on) from stdin\tx\t{CANARY}\n",
        f"copy raw.project (source, budget_baht) from stdin\tx\t{CANARY}\n",
        f"copy raw.project (source, heet_tag) from stdin\tx\t{CANARY}\n",
        f"copy raw.project (source, known_from) from stdin\tx\t{CANARY}\n",
        f"copy raw.project (source, target_people) from stdin\tx\t{'9' * 30}\n",
        f"copy raw.participant (source, target_groups) from stdin\tx\t{{{CANARY}\n",
        f"copy quarantine.record (source, reasons) from stdin\tx\t{{{CANARY}\n",
        f"copy raw.project (source) from stdin\t{CANARY}\tone more\n",
        f"copy raw.project (source) from stdin\t{CANARY}\n",
    ],
    ids=["uuid", "date", "number", "boolean", "time", "too large", "array", "json", "too many", "not null"],
)  # fmt: skip
def test_errors_of_a_failed_copy_carry_no_value_of_a_row(warehouse: Installation, statement: str) -> None:
    command, _, row = statement.partition("\t")
    with pytest.raises(psycopg.Error) as error, connect(warehouse.url(INGEST)) as connection:
        with connection.cursor().copy(command) as copy:
            copy.write(row.encode())
    words = "".join(traceback.format_exception(error.value))
    assert CANARY not in words and "9" * 20 not in words, words
    assert str(error.value), "but something is said"


@pytest.mark.parametrize(
    "statement",
    [
        f"insert into ops.source (source, partner_family, partner_name_th, partner_name_en) select '{CANARY}', 'u', 't', 'e' from generate_series(1, 2)",
        f"select '{CANARY}'::date",
        f"insert into ops.sighting select '{CANARY}', 'n', 's', '2026-03-02', 1",
    ],
    ids=["unique", "cast", "foreign key"],
)  # fmt: skip
def test_errors_of_a_failed_statement_carry_no_value_either(warehouse: Installation, statement: str) -> None:
    with pytest.raises(psycopg.Error) as error, connect(warehouse.url(INGEST)) as connection:
        connection.execute(statement)  # type: ignore[call-overload]
    assert CANARY not in "".join(traceback.format_exception(error.value)).split("connection.execute", maxsplit=1)[-1]
    assert CANARY not in str(error.value)


def test_the_kind_of_an_error_survives(warehouse: Installation) -> None:
    with (
        pytest.raises(psycopg.errors.UniqueViolation, match="unique constraint"),
        connect(warehouse.url(INGEST)) as connection,
    ):
        for _ in range(2):
            connection.execute(
                "insert into ops.source (source, partner_family, partner_name_th, partner_name_en) values ('twice', 'u', 't', 'e')"
            )
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for table person"):  # noqa: SIM117
        with connect(warehouse.url(INGEST)) as connection:
            connection.execute("select payload from vault.person")


@pytest.mark.parametrize(
    "statement", ["delete from ops.delivery", "update ops.delivery set delivery_id = delivery_id + 1000"]
)
def test_a_delivery_stays_whoever_asks(warehouse: Installation, statement: str) -> None:
    with (
        pytest.raises(psycopg.errors.RestrictViolation, match="a delivery is never deleted"),
        psycopg.connect(warehouse.url(OWNER)) as connection,
    ):
        connection.execute(
            "insert into ops.source (source, partner_family, partner_name_th, partner_name_en) values ('stays', 'u', 't', 'e')"
        )
        connection.execute(
            """insert into ops.delivery (source, name, sha256, size_bytes, landing_path, night, received_at, state)
            values ('stays', 'n', sha256('x'), 1, 'p', '2026-03-02', now(), 'landed')"""
        )
        connection.execute("delete from ops.delivery")


def test_the_servers_log_quotes_nobody(warehouse: Installation) -> None:
    for statement in (f"select '{CANARY}'::date", f"do $$ begin raise warning '{CANARY}'; end $$"):
        with psycopg.connect(warehouse.url(INGEST), autocommit=True) as connection, contextlib.suppress(psycopg.Error):
            connection.execute(statement)  # type: ignore[call-overload]
    assert CANARY not in warehouse.server.log.read_text("utf-8", "replace")


# --- the server itself


class Elsewhere(Server):
    """A server whose programs and data lie where the test says, for root as well."""

    @property
    def place(self) -> Path:  # type: ignore[override]
        """A folder with spaces and Thai letters in its name."""
        return self.home.path / "ฐาน ข้อมูล" / "postgres"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """In a folder that the server's own user can enter, when we are root."""
    folder = Path(tempfile.mkdtemp(prefix="equity ทดสอบ "))
    folder.chmod(0o755)
    home = Home(folder / "ที่ เก็บ")
    home.password(SUPERUSER)
    home.path.chmod(0o755)
    made = Elsewhere(home)
    yield made
    made.remove()
    shutil.rmtree(folder, ignore_errors=True)


def test_it_starts_in_a_folder_with_spaces_and_thai_letters_and_keeps_what_it_holds(server: Server) -> None:
    server.start()
    assert server.running and " " in str(server.data) and not str(server.data).isascii()
    server.start()  # again: nothing to do
    with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute("create database kept")
        assert connection.execute("show server_encoding").fetchone() == ("UTF8",)
        assert connection.execute("show listen_addresses").fetchone() == ("127.0.0.1",)
        assert connection.execute("show log_min_error_statement").fetchone() == ("panic",)
    port = server.port
    server.stop()
    assert not server.running
    server.stop()
    server.start()
    assert server.port == port
    psycopg.connect(server.url(SUPERUSER, "kept")).close()


def test_it_asks_for_a_password(server: Server) -> None:
    server.start()
    for address in (
        f"postgresql://{SUPERUSER}@127.0.0.1:{server.port}/postgres",
        f"postgresql://{SUPERUSER}:x@127.0.0.1:{server.port}/postgres",
    ):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(address)


def test_it_is_not_reached_from_outside(server: Server) -> None:
    server.start()
    own = {found[4][0] for found in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {"127.0.0.1"}
    for address in {found for found in own if not str(found).startswith("127.")}:
        with pytest.raises(OSError):  # noqa: PT011
            socket.create_connection((str(address), server.port), timeout=2)
    assert list(server.place.rglob(".s.PGSQL*")) == [], "no socket in the file system"


def test_a_port_taken_by_somebody_else_is_given_up(server: Server) -> None:
    server.start()
    port = server.port
    server.stop()
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        server.start()
        assert server.port != port
        psycopg.connect(server.url(SUPERUSER, "postgres")).close()


def test_a_data_directory_that_was_left_half_made_is_made_anew(server: Server) -> None:
    server.stop()
    (server.data / "PG_VERSION").unlink(missing_ok=True)
    server.start()
    assert server.running


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_the_server_of_root_runs_as_a_user_without_rights(server: Server) -> None:
    server.start()
    pid = int((server.data / "postmaster.pid").read_text().splitlines()[0])
    owner = Path(f"/proc/{pid}").stat().st_uid
    assert owner not in (0, os.geteuid())
    assert server.place.stat().st_mode & 0o077 == 0


def test_nothing_is_left_when_it_is_removed(server: Server) -> None:
    server.start()
    port = server.port
    server.remove()
    assert not server.place.exists() and not server.running
    with pytest.raises(OSError):  # noqa: PT011
        socket.create_connection(("127.0.0.1", port), timeout=2)
