"""A JSON API: each declared path is pulled page by page; workbooks are posted to an endpoint."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from equity.sources.connectors.pull import Question, pull
from equity.sources.connectors.shared import Endpoint, Kept, KeptInMemory, Offer
from equity.sources.connectors.web import web
from equity.sources.fetch import RestAnswer, RestFetch, UpdatedSince, span
from equity.sources.spec import Source, Table

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def pulled_tables(source: Source) -> dict[str, Table]:
    """The newest table of each declared path, in the spec's order."""
    return {table.path: table for version in source.versions for table in version.tables if table.path}


@dataclass(frozen=True)
class Rest:
    """A JSON API that gives pages; a pull is landed as one page a line, exactly as answered."""

    source: Source
    role: RestFetch
    endpoint: Endpoint
    kept: Kept = field(default_factory=KeptInMemory)

    def offers(self, since: dict[str, datetime]) -> Iterator[Offer]:
        """One pull for each declared path; a pull without items is no delivery."""
        for path, table in pulled_tables(self.source).items():
            after, rows = since.get(path), table.rows
            yield Offer(path, "", lambda p=path, r=rows, a=after: self._pull(p, r, a), lambda p=path: self.kept.drop(p))  # type: ignore[misc]

    def _pull(self, path: str, rows: str | None, after: datetime | None) -> tuple[bytes, datetime | None]:
        since = self.role.updated_since
        query: dict[str, Any] = {since.parameter: _asked_since(since, after)} if since and after else {}
        question = Question(
            path, query, self.role.page, rows, since.field if since else None, since.zone if since else "UTC"
        )
        with web(self.endpoint, self.role.auth) as server:
            return pull(server, path, question, after, self.kept)


def _asked_since(since: UpdatedSince, after: datetime) -> str:
    """The watermark as the API wants to read it."""
    after = after - span(since.overlap) if since.overlap else after
    if since.write == "seconds":
        return str(int(after.timestamp()))
    if since.write == "date":
        return after.astimezone(ZoneInfo(since.zone)).date().isoformat()
    return after.astimezone(UTC).isoformat()


@dataclass(frozen=True)
class Feedback:
    """An endpoint that takes workbooks."""

    source: Source
    role: RestAnswer
    endpoint: Endpoint

    def deliver(self, name: str, workbook: bytes, reference: str) -> str:
        """Post the workbook, with its reference and name in headers."""
        headers = {
            "Content-Type": WORKBOOK,
            "X-Reference": reference,
            "X-Filename": base64.b64encode(name.encode()).decode(),
        }
        with web(self.endpoint, self.role.auth) as server:
            server.post(self.role.path, workbook, headers)
        return f"{self.endpoint.host}{self.role.path}#{reference}"
