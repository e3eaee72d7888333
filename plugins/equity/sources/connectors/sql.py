"""A partner's database: declared tables or queries, read in one read-only transaction, landed as pages of JSON.

Every value is landed as text, as exact as the database holds it: decimals with all their digits, dates and times as
ISO 8601, `true` and `false`; NULL is null. Bytes are no text and are refused.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential

from equity.sources.connectors.rest import pulled_tables
from equity.sources.connectors.shared import CONNECT_SECONDS, DELIVERY_BYTES, PAGE_BYTES, Endpoint, Offer
from equity.sources.fetch import SqlFetch, span
from equity.sources.spec import Source, Table

STATEMENT_SECONDS = 1800
# Airflow's connection type → SQLAlchemy's driver
DRIVERS = {
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mssql": "mssql+pymssql",
}
OFFSETS = {"Asia/Bangkok": "+07:00", "UTC": "+00:00"}


@dataclass(frozen=True)
class Sql:
    """A database, reached through SQLAlchemy; the connection's type says which."""

    source: Source
    role: SqlFetch
    endpoint: Endpoint

    def offers(self, since: dict[str, datetime]) -> Iterator[Offer]:
        """One pull for each declared table or query; a pull without rows is no delivery."""
        for path, table in pulled_tables(self.source).items():
            after = since.get(path)
            yield Offer(path, "", lambda p=path, t=table, a=after: self._pull(p, t, a))  # type: ignore[misc]

    def _pull(self, path: str, table: Table, after: datetime | None) -> tuple[bytes, datetime | None]:
        whole, reached = io.BytesIO(), after
        with self._session() as connection:
            try:
                statement = self.statement(sa.inspect(connection), path, table.query, after)
                rows = connection.execution_options(yield_per=self.role.size).execute(statement)
                with closing(rows):
                    for page, latest in self._pages(path, rows, after):
                        reached = latest
                        if whole.tell() + len(page) > DELIVERY_BYTES:
                            raise self.endpoint.too_large(path, whole.tell() + len(page))
                        whole.write((b"\n" if whole.tell() else b"") + page)
            except SQLAlchemyError as error:
                raise self._told(error, path) from None
        return whole.getvalue(), reached if self.role.since else None

    def _pages(
        self, path: str, rows: sa.CursorResult[Any], reached: datetime | None
    ) -> Iterator[tuple[bytes, datetime | None]]:
        """The rows as pages of JSON, each with how far the pull has come."""
        names = list(rows.keys())
        if len(set(names)) < len(names):
            raise self.endpoint.error(f"{path}: two columns have one name; rename one in the `query`")
        if self.role.since and self.role.since not in names:
            raise self.endpoint.error(f"{path}: there is no column {self.role.since}; correct `since`")
        for part in rows.mappings().partitions(self.role.size):
            if self.role.since:
                reached = self._latest(path, part, reached)
            page = orjson.dumps({"rows": [self._as_text(path, row) for row in part]})
            if len(page) > PAGE_BYTES:
                raise self.endpoint.too_large(f"a page of {path} (`size` rows)", len(page), PAGE_BYTES)
            yield page, reached

    def statement(self, there: sa.Inspector, path: str, query: str | None, after: datetime | None) -> sa.Executable:
        """What is asked: everything, or what is not older than the watermark, in the order of the key."""
        if query:
            # a colon of the query is its own, not the name of a parameter
            inner = query.strip().rstrip(";").replace(":", "\\:")
            if not (self.role.since and after):
                return sa.text(inner)
            asked: Any = sa.text(inner).columns(sa.column(self.role.since)).subquery("asked")
            order: list[Any] = []
        else:
            schema, _, name = path.rpartition(".")
            if not there.has_table(name, schema=schema or None):
                seen = "; is it `schema.table`, may the login see it?"
                raise self.endpoint.error(f"there is no table {path}{seen}")
            asked = sa.table(name, schema=schema or None)
            order = [sa.column(key) for key in there.get_pk_constraint(name, schema or None)["constrained_columns"]]
        chosen = sa.select(sa.text("*")).select_from(asked)
        if self.role.since and after:
            chosen = chosen.where(sa.column(self.role.since) >= sa.bindparam("since", self._local(after), sa.DateTime))
        return chosen.order_by(*order)

    def _local(self, after: datetime) -> datetime:
        """The watermark as the partner's clock shows it; the session's zone is the same."""
        after = after - span(self.role.overlap) if self.role.overlap else after
        return after.astimezone(ZoneInfo(self.role.zone)).replace(tzinfo=None)

    def _latest(self, path: str, part: Any, reached: datetime | None) -> datetime | None:
        for row in part:
            given = row[self.role.since]
            if given is None:
                continue
            if isinstance(given, date) and not isinstance(given, datetime):
                given = datetime.combine(given, time())
            if not isinstance(given, datetime):
                raise self.endpoint.error(
                    f"{path}: column {self.role.since} holds {type(given).__name__}, no dates or times; correct `since`"
                )
            stamp = given if given.tzinfo else given.replace(tzinfo=ZoneInfo(self.role.zone))
            reached = max(reached, stamp) if reached else stamp
        return reached

    def _as_text(self, path: str, row: Mapping[Any, Any]) -> dict[str, Any]:
        return {str(name): self._value(path, name, value) for name, value in row.items()}

    def _value(self, path: str, name: str, value: Any) -> Any:
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, bytes | bytearray | memoryview):
            raise self.endpoint.error(f"{path}: column {name} holds bytes, no text; leave it out by a `query`")
        if isinstance(value, dict):
            return {str(key): self._value(path, name, inner) for key, inner in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._value(path, name, inner) for inner in value]
        return as_text(value)

    # --- the session

    def url(self) -> sa.URL:
        """Where the database is, as SQLAlchemy says it."""
        end = self.endpoint
        driver = DRIVERS.get(end.conn_type)
        if driver is None:
            raise end.error(f"conn_type is {end.conn_type or 'not set'}; it must be one of {', '.join(DRIVERS)}")
        if not end.host or not end.schema:
            raise end.error("host and schema (the database's name) are needed")
        return sa.URL.create(driver, end.login or None, end.password or None, end.host, end.port, end.schema)

    def connect_args(self) -> dict[str, Any]:
        """Time limits, encryption and reading only, as each driver is told."""
        extra = self.endpoint.extra
        if self.endpoint.conn_type == "postgres":
            asked: dict[str, Any] = {key: str(extra[key]) for key in ("sslmode", "sslrootcert") if key in extra}
            options = f"-c statement_timeout={STATEMENT_SECONDS}s -c default_transaction_read_only=on"
            return {"connect_timeout": CONNECT_SECONDS, "options": f"{options} -c timezone={self.role.zone}", **asked}
        if self.endpoint.conn_type == "mysql":
            tls = {"ssl_ca": extra["ssl_ca"], "ssl_verify_identity": True} if "ssl_ca" in extra else {}
            limits = {"connect_timeout": CONNECT_SECONDS, "read_timeout": STATEMENT_SECONDS, "write_timeout": 60}
            # as bytes: PyMySQL would write a text in Latin-1
            secret = {"password": self.endpoint.password.encode()} if self.endpoint.password else {}
            return {"charset": "utf8mb4", **secret, **limits, **tls}
        encrypted = {"encryption": extra["encryption"]} if "encryption" in extra else {}
        limits = {"login_timeout": CONNECT_SECONDS, "timeout": STATEMENT_SECONDS}
        return {"charset": "UTF-8", "read_only": True, **limits, **encrypted}

    @contextmanager
    def _session(self) -> Iterator[sa.Connection]:
        engine = sa.create_engine(
            self.url(), connect_args=self.connect_args(), poolclass=sa.NullPool, hide_parameters=True
        )
        if self.endpoint.conn_type == "mysql":
            sa.event.listen(engine, "connect", self._mysql_begins)
        # one snapshot for the whole pull; SQL Server's default may block writers otherwise, and its snapshots must be enabled
        level = "READ COMMITTED" if self.endpoint.conn_type == "mssql" else "REPEATABLE READ"
        engine = engine.execution_options(isolation_level=level)
        try:
            connection = _connected(engine)
        except SQLAlchemyError as error:
            raise self._told(error, "log in") from None
        try:
            yield connection
        finally:
            connection.close()
            engine.dispose()

    def _mysql_begins(self, connection: Any, _: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"set session time_zone = '{OFFSETS[self.role.zone]}'")
            cursor.execute("set session transaction read only")

    def _told(self, error: SQLAlchemyError, doing: str) -> Exception:
        """An error without the driver's words: those may quote a statement's values, or a URL."""
        inner = getattr(error, "orig", None)
        state = getattr(inner, "sqlstate", None)
        code = state or (inner.args[0] if inner is not None and inner.args and isinstance(inner.args[0], int) else None)
        kind = type(inner or error).__name__ + (f" {code}" if code else "")
        mend = (
            "are host, port, login and password right?"
            if doing == "log in"
            else "is the name or query right, may the login read it?"
        )
        return self.endpoint.error(f"{doing}: {kind}; {mend}")


@retry(
    retry=retry_if_exception_type(sa.exc.OperationalError),
    wait=wait_exponential(multiplier=0.5, max=5),
    stop=stop_after_attempt(3),
    reraise=True,
)
def _connected(engine: sa.Engine) -> sa.Connection:
    return engine.connect()


def as_text(value: Any) -> str:
    """One value of a database as text that loses nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):  # how PyMySQL gives TIME
        seconds = int(value.total_seconds())
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
        rest = f".{value.microseconds:06}" if value.microseconds else ""
        return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{rest}"
    if isinstance(value, int | UUID):
        return str(value)
    return str(value)
