"""When models are built, and when all of them anew: after other code, and where nothing counts as built any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from equity.runtime.services import Installation
from equity.warehouse import models
from equity.warehouse.roles import TRANSFORM
from equity.warehouse.schema import MIGRATIONS, head
from equity.warehouse.server import SUPERUSER


@pytest.fixture
def night(warehouse: Installation) -> Iterator[psycopg.Connection]:
    """A loaded delivery, built by this code."""
    with psycopg.connect(warehouse.url(SUPERUSER), autocommit=True) as connection:
        tables = "ops.build, ops.built_delivery, ops.source"
        connection.execute(f"truncate {tables} cascade")
        connection.execute(
            "insert into ops.source (source, partner_family, partner_name_th, partner_name_en) values ('a', 'unit', 'ก', 'A')"
        )
        connection.execute(
            """with made as (
                insert into ops.delivery (source, name, sha256, size_bytes, night, received_at, known_from, landing_path, state, loaded_at)
                values ('a', 'x', '', 1, '2026-03-02', %(at)s, %(at)s, 'x', 'loaded', %(at)s) returning delivery_id
            ) insert into ops.built_delivery select delivery_id from made""",
            {"at": datetime(2026, 3, 1, 18, tzinfo=UTC)},
        )
        yield connection
        connection.execute(f"truncate {tables} cascade")


def built(connection: psycopg.Connection, fingerprint: str) -> None:
    connection.execute(
        "insert into ops.build (built_at, as_of, known_at, fingerprint, models, seconds) values (clock_timestamp(), '2026-03-02', now(), %s, 1, 1)",
        [fingerprint],
    )


def test_the_newest_revision_is_alembics_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    assert head() == ScriptDirectory.from_config(config).get_current_head()


@pytest.fixture
def relations(night: psycopg.Connection) -> Iterator[list[str]]:
    """Something by the name of each model."""
    names = [f"{path.parent.name}.{path.stem}" for path in (models.DBT_PROJECT / "models").glob("*/*.sql")]
    night.execute("; ".join(f"create view {name} as select 1 as made" for name in names).encode())
    yield names
    night.execute("; ".join(f"drop view if exists {name}" for name in names).encode())


def test_other_code_is_a_full_refresh_and_nothing_new_is_no_build(
    warehouse: Installation, night: psycopg.Connection, relations: list[str]
) -> None:
    url = warehouse.url(TRANSFORM)
    with psycopg.connect(url) as connection:
        due = models._due(connection)
    assert due is not None and due[0] == "2026-03-02"
    assert not models._stands(url, due[2]), "never built"
    data, _, code = due[2].rpartition(":")
    built(night, f"{data}:other")
    assert models.is_due(url) and not models._stands(url, due[2])
    built(night, f"0:{code}")
    assert models.is_due(url) and models._stands(url, due[2]), "other data, the same code"
    built(night, due[2])
    assert not models.is_due(url)


def test_where_a_relation_is_missing_nothing_stands(
    warehouse: Installation, night: psycopg.Connection, relations: list[str]
) -> None:
    url = warehouse.url(TRANSFORM)
    with psycopg.connect(url) as connection:
        _, _, fingerprint = models._due(connection) or ("", "", "")
    built(night, fingerprint)
    assert models._stands(url, fingerprint)
    night.execute(f"drop view {relations[7]}".encode())
    assert not models._stands(url, fingerprint)


def test_what_nobody_counts_as_built_is_due(warehouse: Installation, night: psycopg.Connection) -> None:
    url = warehouse.url(TRANSFORM)
    with psycopg.connect(url) as connection:
        due = models._due(connection)
    assert due is not None
    built(night, due[2])
    assert not models.is_due(url)
    night.execute("delete from ops.built_delivery")
    assert models.is_due(url) and not models._stands(url, due[2])


def test_figures_are_of_the_last_night_of_which_identities_are_resolved(
    warehouse: Installation, night: psycopg.Connection
) -> None:
    """What was loaded after them is the next build's: its day is not yet one that figures can be about."""
    epoch = datetime(2026, 3, 1, 18, tzinfo=UTC)
    night.execute("insert into ops.epoch (known_at) values (%s)", [epoch])
    night.execute(
        """insert into ops.delivery (source, name, sha256, size_bytes, night, received_at, known_from, landing_path, state, loaded_at)
        values ('a', 'y', 'y', 1, '2026-03-03', now(), now(), 'y', 'loaded', now())"""
    )
    try:
        with psycopg.connect(warehouse.url(TRANSFORM)) as connection:
            due = models._due(connection)
    finally:
        night.execute("truncate ops.epoch")
    assert due is not None
    assert (due[0], datetime.fromisoformat(due[1])) == ("2026-03-02", epoch)
