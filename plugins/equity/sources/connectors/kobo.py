"""KoboToolbox, API v2: the submissions of forms, in pages, with repeat groups, validation status and edits as they are now.

A submission's `_submission_time` does not change when it is edited, validated or deleted. So by default everything is
asked for each night; `submissions: new` asks for what was submitted since, and for the last days (`again`) once more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from equity.sources.connectors.pull import Question, pull
from equity.sources.connectors.rest import pulled_tables
from equity.sources.connectors.shared import Endpoint, Kept, KeptInMemory, Offer
from equity.sources.connectors.web import token_auth, web
from equity.sources.fetch import KoboFetch, OffsetPaging, span
from equity.sources.spec import Source

SUBMITTED = "_submission_time"


@dataclass(frozen=True)
class Kobo:
    """Forms on a KoboToolbox server; the connection's password is the account's API token."""

    source: Source
    role: KoboFetch
    endpoint: Endpoint
    kept: Kept = field(default_factory=KeptInMemory)

    def offers(self, since: dict[str, datetime]) -> Iterator[Offer]:
        """One pull for each form; a form without submissions is no delivery."""
        for uid in pulled_tables(self.source):
            after = since.get(uid)
            yield Offer(uid, "", lambda u=uid, a=after: self._pull(u, a), lambda u=uid: self.kept.drop(u))  # type: ignore[misc]

    def _pull(self, uid: str, after: datetime | None) -> tuple[bytes, datetime | None]:
        if not self.endpoint.password:
            raise self.endpoint.error("no password; it is the account's API token")
        question = Question(
            f"/api/v2/assets/{uid}/data.json",
            self._query(after),
            OffsetPaging(by="offset", parameter="start", size_parameter="limit", size=self.role.size, total="count"),
            "results",
            SUBMITTED if self.role.incremental else None,
            size_key="size",
        )
        with web(self.endpoint, token_auth(self.endpoint, "Token", self.endpoint.password)) as server:
            return pull(server, uid, question, after, self.kept)

    def _query(self, after: datetime | None) -> dict[str, Any]:
        """Which submissions, in which order: `_id` never changes, so an edit moves nothing to another page."""
        wanted: dict[str, Any] = {}
        if self.role.incremental and after:
            begin = (after - span(self.role.again)).astimezone(UTC)
            wanted[SUBMITTED] = {"$gte": begin.strftime("%Y-%m-%dT%H:%M:%S")}
        if self.role.validation:
            wanted["_validation_status.uid"] = {"$in": [f"validation_status_{v}" for v in self.role.validation]}
        query = {"format": "json", "sort": '{"_id":1}'}
        return query | ({"query": orjson.dumps(wanted).decode()} if wanted else {})
