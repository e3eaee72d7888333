"""Write: COPY into Postgres from a thread of its own, while the loader prepares what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
from psycopg import sql

from equity.delivery.binary import Column, rows

WAITING = 2  # tables that may wait for Postgres: more would only take memory


class Writer:
    """One queue of statements on the caller's connection and in its transaction, done in order."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._pending: list[Future[None]] = []

    def copy(self, target: sql.Identifier, columns: Mapping[str, Column], size: int) -> None:
        """Send columns of one length by COPY; raises what an earlier statement raised."""
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(target, names)

        def send() -> None:
            with self._connection.cursor().copy(statement) as copy:
                for chunk in rows(columns, size):
                    copy.write(chunk)

        self._pending.append(self._thread.submit(send))
        while len(self._pending) > WAITING:
            self._pending.pop(0).result()

    def execute(self, statement: sql.Composed) -> None:
        """A statement in its turn; what it raises comes up with a later one, or at the end."""

        def run() -> None:
            self._connection.execute(statement)

        self._pending.append(self._thread.submit(run))

    def ask(self, query: sql.Composed) -> Future[list[tuple[Any, ...]]]:
        """The rows of a query, when its turn has come; or what a statement before it raised."""
        earlier = list(self._pending)

        def answer() -> list[tuple[Any, ...]]:
            for future in earlier:  # all done by now
                future.result()
            return self._connection.execute(query).fetchall()

        return self._thread.submit(answer)

    def finish(self) -> None:
        """Wait until all is written; raises what a statement raised."""
        try:
            for future in self._pending:
                future.result()
        finally:
            self._thread.shutdown(wait=True)

    def close(self) -> None:
        """End without more ado (after an error)."""
        self._thread.shutdown(wait=True, cancel_futures=True)
