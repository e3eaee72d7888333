"""Who may do what: every privilege of every role on the real database, none more and none less."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from equity.records import record_types
from equity.runtime.services import Installation
from equity.warehouse.roles import INGEST, LINK, OWNER, PUBLIC, READER, ROLES, STEWARD, TRANSFORM
from equity.warehouse.server import SUPERUSER

S, I, U, D = "SELECT", "INSERT", "UPDATE", "DELETE"  # noqa: E741
EVERY = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
MODELLED = ("staging", "identity", "core", "indicators", "reporting")
RAW = {f"raw.{name}" for name in record_types()}
WRITTEN_BY_INGEST = {
    "ops.delivery", "ops.delivery_finding", "ops.delivery_table", "ops.sighting", "ops.source", "ops.source_night", "ops.ticket",
    "ops.watermark",
}  # fmt: skip
OPS = WRITTEN_BY_INGEST | {
    "ops.reminder",
    "ops.decision",
    "ops.night",
    "ops.epoch",
    "ops.build",
    "ops.built_delivery",
    "ops.rebuild",
    "ops.schema_version",
    "ops.declared",
}
LINKS = {"link.person", "link.edge", "link.membership", "link.merge"}
REFERENCE = {"reference.code", "reference.area", "reference.record_type"}
LOOKS = dict.fromkeys(REFERENCE | OPS, {S})
# on whole tables; what is granted by column stands below
ON_TABLES: dict[str, dict[str, set[str]]] = {
    INGEST: LOOKS
    | dict.fromkeys(WRITTEN_BY_INGEST, {S, I, U})
    | dict.fromkeys(RAW, {S, I})
    | {"vault.person": {I}, "quarantine.record": {I}, "ops.reminder": {S, I}},
    LINK: LOOKS | dict.fromkeys(RAW, {S}) | dict.fromkeys(LINKS, {S, I, U}) | {"ops.epoch": {S, I}},
    TRANSFORM: LOOKS
    | {"ops.build": {S, I}, "ops.built_delivery": {S, I, D}, "ops.rebuild": {S, I, D}}
    | dict.fromkeys(RAW | LINKS, {S}),
    STEWARD: LOOKS | dict.fromkeys(LINKS, {S}) | {"ops.decision": {S, I}},
    READER: {},
    PUBLIC: {},
}
IDENTIFIERS = {"payload", "key_version", "delivery_id"}
ON_COLUMNS: dict[tuple[str, str, str], set[str]] = {
    (LINK, "vault.person", S): {
        "vault_id", "partner_person_key", "source", "record_type", "known_from", "national_id_pseudonym", "national_id_kind",
        "national_id_valid",
    },
    (INGEST, "quarantine.record", S): {
        "quarantine_id", "delivery_id", "source", "record_type", "row_no", "record_key", "known_from", "corrected_by",
    },
    (INGEST, "quarantine.record", U): {"corrected_by", "corrected_at"},
    (TRANSFORM, "quarantine.record", S): {
        "quarantine_id", "delivery_id", "source", "record_type", "row_no", "reasons", "known_from", "corrected_by", "corrected_at",
    },
}  # fmt: skip
USES: dict[str, set[str]] = {
    INGEST: {"ops", "reference", "raw", "vault", "quarantine"},
    LINK: {"ops", "reference", "raw", "vault", "link"},
    TRANSFORM: {"ops", "reference", "raw", "quarantine", "link", *MODELLED},
    STEWARD: {"ops", "reference", "link", "core", "identity", "reporting"},
    READER: {"reporting"},
    PUBLIC: {"reporting"},
}
DUTIES = [role for role in ROLES if role != OWNER]


@pytest.fixture(scope="module")
def superuser(warehouse: Installation) -> Iterator[psycopg.Connection]:
    with psycopg.connect(warehouse.url(SUPERUSER), autocommit=True) as connection:
        yield connection


def tables(superuser: psycopg.Connection) -> set[str]:
    rows = superuser.execute(
        "select schemaname || '.' || tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"
        " and schemaname <> all(%s)",
        [list(MODELLED)],
    ).fetchall()
    return {name for (name,) in rows}


def test_every_table_is_spoken_of_here(superuser: psycopg.Connection) -> None:
    """A table that is added needs a decision on who may see it."""
    assert tables(superuser) == OPS | RAW | LINKS | REFERENCE | {"vault.person", "quarantine.record"}


@pytest.mark.parametrize("role", DUTIES)
def test_privileges_on_tables(superuser: psycopg.Connection, role: str) -> None:
    found = {
        (table, privilege)
        for table in tables(superuser)
        for privilege in EVERY
        if superuser.execute("select has_table_privilege(%s, %s, %s)", [role, table, privilege]).fetchone() == (True,)
    }
    assert found == {(table, privilege) for table, granted in ON_TABLES[role].items() for privilege in granted}


@pytest.mark.parametrize("role", DUTIES)
def test_privileges_on_columns_where_the_whole_table_is_not_granted(superuser: psycopg.Connection, role: str) -> None:
    found: dict[tuple[str, str, str], set[str]] = {}
    for table in ("vault.person", "quarantine.record"):
        for privilege in (S, U):
            rows = superuser.execute(
                """select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped
                and has_column_privilege(%s, attrelid, attnum, %s)""",
                [table, role, privilege],
            ).fetchall()
            if rows:
                found[role, table, privilege] = {name for (name,) in rows}
    assert found == {key: columns for key, columns in ON_COLUMNS.items() if key[0] == role}


@pytest.mark.parametrize("role", DUTIES)
def test_schemas(superuser: psycopg.Connection, role: str) -> None:
    schemas = [
        name
        for (name,) in superuser.execute(
            "select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'"
        )
    ]
    used = {
        s
        for s in schemas
        if superuser.execute("select has_schema_privilege(%s, %s, 'USAGE')", [role, s]).fetchone() == (True,)
    }
    makes = {
        s
        for s in schemas
        if superuser.execute("select has_schema_privilege(%s, %s, 'CREATE')", [role, s]).fetchone() == (True,)
    }
    assert used - {"public"} == USES[role]
    assert makes == (set(MODELLED) if role == TRANSFORM else set())


@pytest.mark.parametrize("role", ROLES)
def test_roles_are_plain_logins(superuser: psycopg.Connection, role: str) -> None:
    row = superuser.execute(
        "select rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolpassword is not null"
        " from pg_authid where rolname = %s",
        [role],
    ).fetchone()
    assert row == (True, False, False, False, False, False, True)
    members = superuser.execute(
        "select r.rolname from pg_auth_members m join pg_roles r on r.oid = m.roleid join pg_roles u on u.oid = m.member"
        " where u.rolname = %s",
        [role],
    ).fetchall()
    assert members == ([(TRANSFORM,)] if role == OWNER else [])


# --- tried for real, as each role


def tried(installation: Installation, role: str, statement: str) -> type[Exception] | None:
    """What a statement raises as a role; nothing of it stays."""
    with psycopg.connect(installation.url(role)) as connection:
        try:
            connection.execute(statement)  # type: ignore[call-overload]
        except psycopg.Error as error:
            return type(error)
        finally:
            connection.rollback()
    return None


DENIED = psycopg.errors.InsufficientPrivilege
ATTEMPTS: list[tuple[str, str, bool]] = [
    # the vault: in, but never out
    (INGEST, "select count(*) from vault.person", False),
    (INGEST, "select payload from vault.person", False),
    (INGEST, "select national_id_pseudonym from vault.person", False),
    (INGEST, "update vault.person set payload = '\\x00'", False),
    (INGEST, "delete from vault.person", False),
    (TRANSFORM, "select 1 from vault.person", False),
    (TRANSFORM, "select partner_person_key from vault.person", False),
    (STEWARD, "select payload from vault.person", False),
    (READER, "select 1 from vault.person", False),
    (PUBLIC, "select 1 from vault.person", False),
    # linkage: pseudonyms, never a payload
    (LINK, "select partner_person_key, national_id_pseudonym, national_id_kind from vault.person", True),
    (LINK, "select payload from vault.person", False),
    (LINK, "select * from vault.person", False),
    (LINK, "insert into vault.person default values", False),
    (LINK, "select 1 from quarantine.record", False),
    (LINK, "insert into raw.project default values", False),
    # quarantine: reasons for the summary, rows for nobody
    (INGEST, "select payload from quarantine.record", False),
    (INGEST, "select reasons from quarantine.record", False),
    (INGEST, "select record_key, corrected_by from quarantine.record", True),
    (INGEST, "update quarantine.record set corrected_by = null, corrected_at = null", True),
    (INGEST, "update quarantine.record set payload = '\\x00'", False),
    (INGEST, "delete from quarantine.record", False),
    (TRANSFORM, "select reasons, row_no from quarantine.record", True),
    (TRANSFORM, "select payload from quarantine.record", False),
    (TRANSFORM, "select record_key from quarantine.record", False),
    (READER, "select reasons from quarantine.record", False),
    # a steward decides, a night does it
    (STEWARD, "update ops.decision set decision = 'rejected'", False),
    (STEWARD, "update ops.delivery set state = 'landed'", False),
    (INGEST, "update ops.decision set taken_up_at = now()", True),
    (INGEST, "update ops.decision set reason = 'x'", False),
    (INGEST, "insert into ops.decision default values", False),
    # raw is written once
    (INGEST, "select 1 from raw.participant", True),
    (INGEST, "update raw.participant set row_no = 1", False),
    (INGEST, "delete from raw.participant", False),
    (INGEST, "truncate raw.participant", False),
    (TRANSFORM, "insert into raw.participant default values", False),
    (STEWARD, "select 1 from raw.participant", False),
    (READER, "select 1 from raw.participant", False),
    (PUBLIC, "select 1 from raw.participant", False),
    # the register
    (INGEST, "delete from ops.delivery", False),
    (INGEST, "update ops.schema_version set version_num = ''", False),
    (INGEST, "insert into ops.build default values", False),
    (INGEST, "insert into ops.night values ('2026-03-02', now(), now(), 'done')", False),
    (TRANSFORM, "update ops.delivery set state = 'loaded'", False),
    (READER, "select 1 from ops.delivery", False),
    (PUBLIC, "select 1 from ops.delivery", False),
    (PUBLIC, "select 1 from reference.area", False),
    # links
    (TRANSFORM, "update link.membership set known_to = now()", False),
    (INGEST, "select 1 from link.membership", False),
    (LINK, "delete from link.edge", False),
    (READER, "select 1 from link.membership", False),
]


@pytest.mark.parametrize(("role", "statement", "allowed"), ATTEMPTS, ids=[f"{r[7:]}: {s}" for r, s, _ in ATTEMPTS])
def test_attempts(warehouse: Installation, role: str, statement: str, allowed: bool) -> None:
    assert tried(warehouse, role, statement) is (None if allowed else DENIED)


@pytest.mark.parametrize("role", DUTIES)
def test_nobody_makes_anything_in_public(warehouse: Installation, role: str) -> None:
    assert tried(warehouse, role, "create table public.mine (x integer)") is DENIED
    assert tried(warehouse, role, "create schema mine") is DENIED
    assert tried(warehouse, role, "create function public.mine() returns integer language sql as 'select 1'") is DENIED
    assert tried(warehouse, role, "create extension if not exists plpgsql_check") is not None


@pytest.mark.parametrize("role", DUTIES)
def test_temporary_tables_only_for_those_who_work_with_them(warehouse: Installation, role: str) -> None:
    expected = None if role in (INGEST, LINK, TRANSFORM) else DENIED
    assert tried(warehouse, role, "create temporary table mine (x integer) on commit drop") is expected


@pytest.mark.parametrize("role", DUTIES)
@pytest.mark.parametrize("to", [OWNER, INGEST, LINK, TRANSFORM, SUPERUSER])
def test_nobody_becomes_somebody_else(warehouse: Installation, role: str, to: str) -> None:
    if role != to:
        assert tried(warehouse, role, f"set role {to}") is DENIED
        assert tried(warehouse, role, f"grant {to} to {role}") is DENIED


@pytest.mark.parametrize("role", DUTIES)
def test_nobody_reaches_the_servers_files_or_passwords(warehouse: Installation, role: str) -> None:
    assert tried(warehouse, role, "copy (select 1) to program 'true'") is DENIED
    assert tried(warehouse, role, "select pg_read_file('/etc/hostname')") is DENIED
    assert tried(warehouse, role, "select rolpassword from pg_authid") is DENIED


# --- what the models will hand out, before any is built


@pytest.fixture
def modelled(superuser: psycopg.Connection, warehouse: Installation) -> Iterator[None]:
    """A table in each modelled schema, made by the role that makes them."""
    with psycopg.connect(warehouse.url(TRANSFORM), autocommit=True) as connection:
        for schema in MODELLED:
            connection.execute(sql.SQL("create table {} as select 1 as x").format(sql.Identifier(schema, "probe")))
        connection.execute("create function reporting.probe() returns integer language sql as 'select 1'")
        connection.execute("create function core.probe() returns integer language sql as 'select 1'")
    yield
    for schema in MODELLED:
        superuser.execute(sql.SQL("drop table {}").format(sql.Identifier(schema, "probe")))
    for schema in ("reporting", "core"):
        superuser.execute(sql.SQL("drop function {}()").format(sql.Identifier(schema, "probe")))


@pytest.mark.usefixtures("modelled")
@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (READER, {"reporting"}),
        (PUBLIC, set()),
        (STEWARD, {"core", "identity", "reporting"}),
        (INGEST, set()),
        (LINK, set()),
        (TRANSFORM, set(MODELLED)),
    ],
)
def test_a_new_model_is_seen_by_those_it_is_for(warehouse: Installation, role: str, sees: set[str]) -> None:
    """The public's role gets its three bulletin views by name, from the models themselves, and nothing by default."""
    assert {s for s in MODELLED if tried(warehouse, role, f"select x from {s}.probe") is None} == sees
    if role != TRANSFORM:
        assert {s for s in MODELLED if tried(warehouse, role, f"insert into {s}.probe values (2)") is None} == set()
    runs = {s for s in ("core", "reporting") if tried(warehouse, role, f"select {s}.probe()") is None}
    assert runs == {TRANSFORM: {"core", "reporting"}, READER: {"reporting"}, STEWARD: {"reporting"}}.get(role, set())


def test_only_bulletin_views_are_granted_to_the_public() -> None:
    """Read from the models' own declarations."""
    import yaml

    from equity.settings import PROJECT

    document = yaml.safe_load((PROJECT / "dbt_project" / "models" / "reporting" / "_reporting.yml").read_text("utf-8"))
    granted = {
        model["name"]: grants
        for model in document["models"]
        if (grants := model.get("config", {}).get("grants", {}).get("select", []))
    }
    assert sorted(granted) == [
        "bulletin_area",
        "bulletin_correction",
        "bulletin_correction_week",
        "bulletin_health",
        "bulletin_indicator",
    ]
    assert all(PUBLIC in given and set(given) <= {PUBLIC, READER, STEWARD} for given in granted.values())
    elsewhere = [
        path
        for path in (PROJECT / "dbt_project").rglob("*")
        if path.suffix in (".yml", ".sql") and "target" not in path.parts and PUBLIC in path.read_text("utf-8")
    ]
    assert [path.name for path in elsewhere] == ["_reporting.yml"]


# --- no role may see another's session


def test_what_runs_is_not_shown_to_others(warehouse: Installation) -> None:
    """pg_stat_activity hides the statements of other roles, and the server does not log them."""
    with psycopg.connect(warehouse.url(INGEST)) as busy, psycopg.connect(warehouse.url(READER)) as curious:
        busy.execute("select 'somchai'")
        words = curious.execute("select coalesce(string_agg(query, ' '), '') from pg_stat_activity").fetchone()
    assert words is not None and "somchai" not in words[0].replace("select coalesce", "")
    log = warehouse.server.log
    assert not log.exists() or "somchai" not in log.read_text("utf-8", "replace")
