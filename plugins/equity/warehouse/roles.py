"""The database roles of the platform: one login per duty, each with no more than it needs.

What each may do is granted in the migrations; here are only their names and how they log in.
"""

from __future__ import annotations

from typing import Final

import psycopg
from psycopg import sql

OWNER: Final = "equity_owner"
INGEST: Final = "equity_ingest"
TRANSFORM: Final = "equity_transform"
LINK: Final = "equity_link"
STEWARD: Final = "equity_steward"
READER: Final = "equity_reader"
PUBLIC: Final = "equity_public"

ROLES: Final = (OWNER, INGEST, TRANSFORM, LINK, STEWARD, READER, PUBLIC)


def create_roles(connection: psycopg.Connection, passwords: dict[str, str]) -> None:
    """Create the roles that are missing and set the given passwords; the caller connects with CREATEROLE."""
    for role in ROLES:
        known = connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone()
        if not known:
            connection.execute(sql.SQL("create role {} login").format(sql.Identifier(role)))
        if role in passwords:
            statement = sql.SQL("alter role {} password {}")
            connection.execute(statement.format(sql.Identifier(role), sql.Literal(passwords[role])))
