"""Connections to the warehouse, each as one role."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

DATABASE = "equity"


@contextmanager
def connect(url: str, *, autocommit: bool = False) -> Iterator[psycopg.Connection]:
    """One connection, one transaction: commits at the end, rolls back on an exception.

    Server errors are stripped of their DETAIL and CONTEXT lines, which quote the values of rows.
    """
    try:
        with psycopg.connect(
            url, autocommit=autocommit, options="-c timezone=UTC -c client_min_messages=warning"
        ) as opened:
            yield opened
    except psycopg.errors.Error as error:
        if error.diag.message_detail or error.diag.context:
            raise type(error)(error.diag.message_primary or type(error).__name__) from None
        raise
