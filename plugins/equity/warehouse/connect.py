"""Connections to the warehouse, each as one role."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

DATABASE = "equity"


@contextmanager
def connect(url: str, *, autocommit: bool = False) -> Iterator[psycopg.Connection]:
    """One connection, one transaction: commits at the end, rolls back on an exception.

    Server errors are stripped of their DETAIL and CONTEXT lines, which quote the values of rows; so does the first line
    of an error about a value itself (SQLSTATE class 22), of which only the kind is kept.
    """
    try:
        with psycopg.connect(
            url, autocommit=autocommit, options="-c timezone=UTC -c client_min_messages=warning"
        ) as opened:
            yield opened
    except psycopg.errors.Error as error:
        if (error.sqlstate or "").startswith("22"):
            raise type(error)(
                f"{type(error).__name__} ({error.sqlstate}): a value that its column does not take"
            ) from None
        if error.diag.message_detail or error.diag.context:
            raise type(error)(error.diag.message_primary or type(error).__name__) from None
        raise
