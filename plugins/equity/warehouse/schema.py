"""Bring the platform's schemas up to date: database, roles, Alembic revisions, and the reference data that is declared."""

from __future__ import annotations

import csv
import hashlib
from functools import cache
from pathlib import Path

import psycopg
from psycopg import sql

from equity.warehouse.roles import OWNER, create_roles

MIGRATIONS = Path(__file__).parent / "migrations"
RECORDS = Path(__file__).parents[1] / "records"
AREAS = Path(__file__).parents[1] / "thai" / "data" / "lampang_areas.csv"


def create_database(admin_url: str, database: str, passwords: dict[str, str]) -> None:
    """Create roles and the warehouse's database when they are missing; `admin_url` may create both."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        create_roles(connection, passwords)
        if not connection.execute("select 1 from pg_database where datname = %s", [database]).fetchone():
            statement = sql.SQL("create database {} owner {} encoding 'UTF8' template template0")
            connection.execute(statement.format(sql.Identifier(database), sql.Identifier(OWNER)))
            connection.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(database)))
            connection.execute(sql.SQL("grant connect on database {} to public").format(sql.Identifier(database)))
        # the owner hands the modelled schemas to the role that builds them
        connection.execute(sql.SQL("grant equity_transform to {}").format(sql.Identifier(OWNER)))


def migrate(owner_url: str) -> bool:
    """Apply the revisions that are missing and refresh the reference data; returns whether anything was done."""
    with psycopg.connect(owner_url) as connection:
        applied = _applied(connection)
    if applied == (head(), _declared()):
        return False
    _upgrade(owner_url)
    with psycopg.connect(owner_url) as connection:
        _refresh_reference(connection)
    return True


def _upgrade(owner_url: str) -> None:
    # every command asks whether the schemas are up to date, few have to bring them there: what that needs is slow to import
    import sqlalchemy
    from alembic import command
    from alembic.config import Config

    engine = sqlalchemy.create_engine(owner_url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.begin() as opened:
        opened.exec_driver_sql("create schema if not exists ops")
        opened.exec_driver_sql("create table if not exists ops.declared (fingerprint text primary key)")
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = opened
        command.upgrade(config, "head")
    engine.dispose()


def head() -> str:
    """The newest revision: they are numbered, and each file's name begins with its number."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


@cache
def _declared() -> str:
    """Fingerprint of what the reference tables are made from."""
    digest = hashlib.sha256(AREAS.read_bytes())
    for path in sorted(RECORDS.rglob("*.yml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _applied(connection: psycopg.Connection) -> tuple[str, str] | None:
    if connection.execute("select to_regclass('ops.schema_version')").fetchone() == (None,):
        return None
    row = connection.execute(
        "select (select version_num from ops.schema_version), (select fingerprint from ops.declared)"
    )
    return row.fetchone()


def _refresh_reference(connection: psycopg.Connection) -> None:
    import pyarrow as pa

    from equity.records import code_lists, record_types
    from equity.thai.text import sort_key

    cursor = connection.cursor()
    cursor.execute("truncate reference.code, reference.area, reference.record_type, ops.declared")
    with cursor.copy("copy reference.code from stdin") as copy:
        for name, codes in code_lists().items():
            for position, (code, words) in enumerate(codes.items()):
                copy.write_row((name, code, position, words.th, words.en, words.sensitive))
    with cursor.copy("copy reference.record_type from stdin") as copy:
        for declared in record_types().values():
            copy.write_row((declared.record_type, declared.label.th, declared.label.en, declared.grain))
    areas: dict[str, tuple[str, str, str, str | None]] = {"52": ("province", "ลำปาง", "Lampang", None)}
    with AREAS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            areas[row["amphoe_code"]] = ("amphoe", row["amphoe_th"], row["amphoe_en"], "52")
            areas[row["tambon_code"]] = ("tambon", row["tambon_th"], row["tambon_en"], row["amphoe_code"])
    keys = sort_key(pa.array([area[1] for area in areas.values()])).to_pylist()
    with cursor.copy(
        "copy reference.area (area_code, area_level, name_th, name_en, parent_code, sort_key_th) from stdin"
    ) as copy:
        for (code, (level, name_th, name_en, parent)), key in sorted(
            zip(areas.items(), keys, strict=True), key=lambda item: len(item[0][0])
        ):
            copy.write_row((code, level, name_th, name_en, parent, key))
    cursor.execute("insert into ops.declared values (%s)", [_declared()])
