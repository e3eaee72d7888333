"""A warehouse for these tests: an embedded Postgres with the migrated database, and dbt in process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from dbt_warehouse import Dbt, World

from equity.settings import Home
from equity.warehouse.connect import DATABASE
from equity.warehouse.roles import ROLES
from equity.warehouse.schema import create_database, migrate
from equity.warehouse.server import SUPERUSER, Server

sys.path.append(str(Path(__file__).parents[2]))  # and the benchmarks


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server with the migrated database, removed at the end."""
    home = Home(tmp_path_factory.mktemp("home"))
    server = Server(home)
    server.start()
    try:
        create_database(server.url(SUPERUSER, "postgres"), DATABASE, {role: home.password(role) for role in ROLES})
        migrate(server.url("equity_owner", DATABASE))
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def dbt(warehouse: Server, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """dbt against the empty warehouse, built once so that every relation is there."""
    runner = Dbt(warehouse, tmp_path_factory.mktemp("dbt"))
    runner.built = runner.night()
    return runner


@pytest.fixture(scope="session")
def connect(warehouse: Server) -> Callable[[str], psycopg.Connection]:
    """Connect as a role."""

    def _connect(role: str) -> psycopg.Connection:
        return psycopg.connect(warehouse.url(role, DATABASE), autocommit=True)

    return _connect


@pytest.fixture(scope="module")
def world(connect: Callable[[str], psycopg.Connection], dbt: Dbt) -> Iterator[World]:
    """An empty warehouse to fill by hand, emptied again afterwards."""
    with connect(SUPERUSER) as connection:
        made = World(connection)
        made.clear()
        yield made
        made.clear()
