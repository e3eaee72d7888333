"""Sheets of a Google spreadsheet: as published to the web (CSV), or through the API with a service account.

Both give what a person sees in the cells, as text, and are landed as CSV.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import google.auth.transport
import httpx
import orjson
from google.auth.exceptions import GoogleAuthError, TransportError
from google.oauth2.service_account import Credentials

from equity.sources.connectors.shared import DELIVERY_BYTES, PATIENCE_SECONDS, Endpoint, Offer, wanted
from equity.sources.connectors.web import Web, client_for, token_auth, web
from equity.sources.fetch import NoAuth, SheetsFetch
from equity.sources.spec import Source

SCOPE = "https://www.googleapis.com/auth/spreadsheets.readonly"
PUBLISHED_HOST, API_HOST = "docs.google.com", "sheets.googleapis.com"
CONTENT_HOSTS = ("*.googleusercontent.com",)  # where Google sends readers of published sheets on to


@dataclass(frozen=True)
class Sheets:
    """One spreadsheet: `extra.spreadsheet` is its id, for a published one the id that begins with 2PACX."""

    source: Source
    role: SheetsFetch
    endpoint: Endpoint

    def offers(self, since: dict[str, datetime]) -> Iterator[Offer]:
        """Each declared sheet; neither way says when it changed, so each is fetched, and its content is the stamp."""
        del since
        published = self.role.access == "published"
        auth = NoAuth(by="none") if published else token_auth(self.endpoint, "Bearer", self._token())
        host = PUBLISHED_HOST if published else API_HOST
        with web(self.endpoint, auth, host, CONTENT_HOSTS if published else ()) as server:
            for name, place in self.role.sheets.items():
                if wanted(name, self.role.pattern):
                    data = self._published(server, place) if published else self._values(server, place)
                    yield Offer(name, hashlib.sha256(data).hexdigest(), lambda data=data: (data, None))  # type: ignore[misc]

    @property
    def _id(self) -> str:
        found = str(self.endpoint.extra.get("spreadsheet", ""))
        if not found:
            raise self.endpoint.error('no spreadsheet in its extra; set {"spreadsheet": "<the id in its address>"}')
        return quote(found, safe="")

    def _published(self, server: Web, gid: str) -> bytes:
        answered = server.get(
            f"/spreadsheets/d/e/{self._id}/pub", {"gid": gid, "single": "true", "output": "csv"}, DELIVERY_BYTES
        )
        if "csv" not in answered.headers.get("Content-Type", ""):  # a page that asks to log in
            raise self.endpoint.error(f"sheet {gid} is not published as CSV; publish it (File, Share, Publish to web)")
        return answered.body

    def _values(self, server: Web, place: str) -> bytes:
        path = f"/v4/spreadsheets/{self._id}/values/{quote(place, safe='')}"
        query = {"majorDimension": "ROWS", "valueRenderOption": "FORMATTED_VALUE"}
        answered = server.get(path, query, DELIVERY_BYTES)
        try:
            rows = orjson.loads(answered.body).get("values", [])
            width = max((len(row) for row in rows), default=0)
            text = io.StringIO()
            # the API leaves out empty cells at a row's end
            csv.writer(text).writerows([*row, *[""] * (width - len(row))] for row in rows)
        except (orjson.JSONDecodeError, AttributeError, TypeError):
            raise self.endpoint.error(f"{place}: the answer is not one of Google's values endpoint") from None
        return text.getvalue().encode()

    def _token(self) -> str:
        """An access token for the service account of `extra.keyfile_dict` (RFC 7523)."""
        given = self.endpoint.extra.get("keyfile_dict")
        try:
            info = json.loads(given) if isinstance(given, str) else given
            credentials = Credentials.from_service_account_info(info, scopes=[SCOPE])
        except (ValueError, TypeError, KeyError, AttributeError):
            raise self.endpoint.error("keyfile_dict in its extra is no key file of a service account") from None
        try:
            with client_for() as client:
                credentials.refresh(_Transport(client))
        except GoogleAuthError as error:
            words = "; is the key still valid, is the clock of this machine right?"
            raise self.endpoint.error(f"no token of Google: {type(error).__name__}{words}") from None
        return str(credentials.token)


class _Transport(google.auth.transport.Request):
    """google-auth asks through the HTTP client that everything else uses."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def __call__(
        self, url: str, method: str = "GET", body: Any = None, headers: Mapping[str, str] | None = None,
        timeout: float | None = None, **_: Any,
    ) -> google.auth.transport.Response:  # fmt: skip
        try:
            answered = self._client.request(
                method, url, content=body, headers=headers, timeout=timeout or PATIENCE_SECONDS
            )
        except httpx.HTTPError as error:
            raise TransportError(type(error).__name__) from None
        return _Answer(answered)


class _Answer(google.auth.transport.Response):
    def __init__(self, answered: httpx.Response) -> None:
        self._answered = answered

    @property
    def status(self) -> int:
        return self._answered.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        return self._answered.headers

    @property
    def data(self) -> bytes:
        return self._answered.content
