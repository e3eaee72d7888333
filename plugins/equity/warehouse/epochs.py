"""Epochs: the moments up to which identities were resolved, and figures may have been published.

What is known at an epoch stays as it was: whatever is loaded after it is known later, though it may have been received
before (a partner whose file was loaded after the warehouse was built). So a figure of that night comes out the same for ever.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg

_LOCK = 5_204_601  # of this database; its number has no meaning
INSTANT = timedelta(microseconds=1)


class Overtaken(Exception):
    """An epoch came while a delivery was being loaded: its rows must be known later than they say."""


def latest(connection: psycopg.Connection) -> datetime | None:
    """The last epoch, None before the first."""
    row = connection.execute("select max(known_at) from ops.epoch").fetchone()
    return row[0] if row else None


def next_moment(connection: psycopg.Connection, wanted: datetime) -> datetime:
    """Since when something is known that is loaded now: the moment wanted, or the first one after the last epoch."""
    last = latest(connection)
    return wanted if last is None or wanted > last else last + INSTANT


def keep_out(connection: psycopg.Connection) -> None:
    """Until this transaction ends no load may end: an epoch is being made."""
    connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])


def end_load(connection: psycopg.Connection, known_from: datetime) -> None:
    """Last word of a load before it commits; raises Overtaken when its rows would change what an epoch knew."""
    connection.execute("select pg_advisory_xact_lock_shared(%s)", [_LOCK])
    last = latest(connection)
    if last is not None and known_from <= last:
        raise Overtaken


def begin(connection: psycopg.Connection, known_at: datetime) -> None:
    """Write down an epoch."""
    connection.execute("insert into ops.epoch (known_at) values (%s)", [known_at])
