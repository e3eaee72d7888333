"""Asking an HTTP server: who we are, patience, limits. A secret goes to the connection's own host and nowhere else."""

from __future__ import annotations

import fnmatch
import io
import logging
import ssl
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import orjson
from tenacity import RetryCallState, retry, retry_if_exception, stop_after_attempt, wait_exponential

from equity.sources.connectors.shared import (
    CONNECT_SECONDS,
    PAGE_BYTES,
    PATIENCE_SECONDS,
    TRIES,
    ConnectorError,
    Endpoint,
)
from equity.sources.fetch import BasicAuth, BearerAuth, KeyAuth, NoAuth, OAuth2Auth

ANSWER_SECONDS = 900  # a server that drips bytes is given up
RENEW_BEFORE_SECONDS = 30
REDIRECTS = 5
AnyAuth = BearerAuth | BasicAuth | KeyAuth | OAuth2Auth | NoAuth

# at INFO httpx writes each address with its query, in which an API key may stand; httpcore writes headers at DEBUG
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(frozen=True)
class Answered:
    """What a server answered: status, headers, the body unpacked."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def clock(self) -> datetime:
        """The server's own time (its Date header), ours where it says none."""
        try:
            return parsedate_to_datetime(self.headers["Date"]).astimezone(UTC)
        except (KeyError, ValueError):
            return datetime.now(UTC)


class Refused(ConnectorError):
    """A server answered with an HTTP status that says no."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class _TooMuch(Exception):
    def __init__(self, size: int) -> None:
        self.size = size


class _Slow(Exception):
    pass


class OAuth2(httpx.Auth):
    """Client credentials (RFC 6749, 4.4): the token is kept, renewed before it expires, and once after a 401."""

    def __init__(self, endpoint: Endpoint, scope: str | None) -> None:
        self._endpoint, self._scope = endpoint, scope
        self._token, self._until = "", 0.0
        self._url = str(endpoint.extra.get("token_url", ""))
        if urlsplit(self._url).scheme not in ("http", "https"):
            raise endpoint.error('no token_url in its extra; set {"token_url": "https://…"}')

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the token; when it is refused, one more time with a new one."""
        if time.monotonic() >= self._until:
            self._renew()
        request.headers["Authorization"] = f"Bearer {self._token}"
        response = yield request
        if response.status_code == 401:
            self._renew()
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request

    def _renew(self) -> None:
        end = self._endpoint
        form = {"grant_type": "client_credentials"} | ({"scope": self._scope} if self._scope else {})
        try:
            with client_for() as client:
                request = client.build_request("POST", self._url, data=form, headers={"Accept": "application/json"})
                answered = _ask(client, request, httpx.BasicAuth(end.login, end.password), 1 << 20)
        except (httpx.HTTPError, _TooMuch, _Slow) as error:
            words = f"{_what(error)}; look at login, password and token_url of the connection"
            raise end.error(f"no OAuth2 token: {words}") from None
        try:
            given = orjson.loads(answered.body)
            token, seconds = given["access_token"], float(given.get("expires_in") or 300)
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            raise end.error("no OAuth2 token: the answer of token_url holds no access_token") from None
        self._token, self._until = str(token), time.monotonic() + max(seconds - RENEW_BEFORE_SECONDS, 1)


class _Key(httpx.Auth):
    def __init__(self, auth: KeyAuth, key: str) -> None:
        self._auth, self._key = auth, key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._auth.header:
            request.headers[self._auth.header] = self._key
        elif self._auth.parameter:
            request.url = request.url.copy_merge_params({self._auth.parameter: self._key})
        yield request


class _Token(httpx.Auth):
    """`Authorization: <word> <token>`."""

    def __init__(self, word: str, token: str) -> None:
        self._said = f"{word} {token}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self._said
        yield request


def auth_for(endpoint: Endpoint, auth: AnyAuth) -> httpx.Auth | None:
    """How requests to an endpoint say who we are; raises ConnectorError when the connection lacks the secret."""
    if isinstance(auth, NoAuth):
        return None
    if not endpoint.password:
        raise endpoint.error(f"no password; `auth: {auth.by}` sends it")
    if isinstance(auth, BasicAuth):
        return httpx.BasicAuth(endpoint.login, endpoint.password)
    return _header_auth(endpoint, auth)


def _header_auth(endpoint: Endpoint, auth: KeyAuth | OAuth2Auth | BearerAuth) -> httpx.Auth:
    if isinstance(auth, OAuth2Auth):
        return OAuth2(endpoint, auth.scope)
    if isinstance(auth, KeyAuth):
        token_auth(endpoint, "", endpoint.password)
        return _Key(auth, endpoint.password)
    return token_auth(endpoint, "Bearer", endpoint.password)


def token_auth(endpoint: Endpoint, word: str, token: str) -> httpx.Auth:
    """`Authorization: <word> <token>`; raises ConnectorError for a token that no header can hold."""
    if not token.isascii() or not token.isprintable():
        raise endpoint.error("the token has letters that no token has; copy it into the password again")
    return _Token(word, token)


@cache
def _trusted() -> ssl.SSLContext:
    """The certificate authorities; read once, it takes a tenth of a second."""
    return httpx.create_ssl_context()


def client_for(base: str = "") -> httpx.Client:
    """An HTTP client with the house's limits of time; it follows no redirects."""
    times = httpx.Timeout(PATIENCE_SECONDS, connect=CONNECT_SECONDS)
    return httpx.Client(base_url=base, headers={"Accept": "*/*"}, timeout=times, verify=_trusted())


@dataclass(frozen=True)
class Web:
    """One HTTP server, open for asking."""

    endpoint: Endpoint
    client: httpx.Client
    auth: httpx.Auth | None
    redirects: tuple[str, ...] = ()

    def get(self, path: str, query: dict[str, Any] | None = None, limit: int = PAGE_BYTES) -> Answered:
        """GET one path of the server.

        Raises:
            TooLarge: when the unpacked answer is larger than `limit` bytes; no more than that is read.
            Refused: when the server says no, after some tries where it is worth trying.
            ConnectorError: when no answer comes.

        """
        return self._say("GET", path, self.client.build_request("GET", path, params=query), limit)

    def head(self, path: str) -> Answered:
        """HEAD of one path."""
        return self._say("HEAD", path, self.client.build_request("HEAD", path), PAGE_BYTES)

    def post(self, path: str, content: bytes, headers: dict[str, str]) -> Answered:
        """POST to one path; an answer that does not come is not asked for twice."""
        request = self.client.build_request("POST", path, content=content, headers=headers)
        return self._say("POST", path, request, PAGE_BYTES)

    def _say(self, verb: str, path: str, request: httpx.Request, limit: int) -> Answered:
        shown = f"{verb} {path.partition('?')[0]}"
        ask = _once if verb == "POST" else _ask
        auth = self.auth
        try:
            for _ in range(REDIRECTS):
                answered = ask(self.client, request, auth, limit)
                if answered.status < 300:
                    return answered
                if verb == "POST":
                    raise self.endpoint.error(f"{shown}: is redirected; correct the connection or the path")
                request, auth = self._follow(shown, request, answered, auth)
        except _TooMuch as much:
            raise self.endpoint.too_large(shown, much.size, limit) from None
        except httpx.HTTPStatusError as error:
            # not as its cause: that would show the address with its query, in which an API key may stand
            raise refused(self.endpoint, shown, error.response.status_code) from None
        except (httpx.HTTPError, httpx.InvalidURL, _Slow) as error:
            raise self.endpoint.error(f"{shown}: {_what(error)}; is the server up, are host and port right?") from None
        raise self.endpoint.error(f"{shown}: is redirected for ever")

    def _follow(
        self, shown: str, request: httpx.Request, answered: Answered, auth: httpx.Auth | None
    ) -> tuple[httpx.Request, httpx.Auth | None]:
        """Where a redirect leads: on the same host as before; elsewhere only where the spec allows, without secrets."""
        place = urlsplit(urljoin(str(request.url), answered.headers.get("Location", "")))
        here = urlsplit(str(request.url))
        if (place.scheme, place.netloc) == (here.scheme, here.netloc):
            return self.client.build_request(request.method, place.geturl()), auth
        host = place.hostname or ""
        if not any(fnmatch.fnmatchcase(host, allowed) for allowed in self.redirects):
            raise self.endpoint.error(
                f"{shown}: is redirected to {place.scheme}://{host}; "
                "correct the connection, or allow that host by `may_redirect_to`"
            )
        if here.scheme == "https" and place.scheme != "https":
            raise self.endpoint.error(f"{shown}: is redirected from https to {place.scheme}")
        return self.client.build_request(request.method, place.geturl()), None


def refused(endpoint: Endpoint, shown: str, status: int) -> Refused:
    """The error for an HTTP status, with what to do."""
    mends = {
        401: "login, password or token is refused: renew it in the connection",
        403: "the account may not read this: ask the partner for the right",
        404: "there is nothing at this path: correct it in the spec",
        429: "the server asks for more patience than a night has: ask the partner for a higher limit",
    }
    mend = mends.get(status) or ("the server fails: tell the partner" if status >= 500 else "the request is refused")
    return Refused(f"connection {endpoint.conn_id}: {shown}: {status}; {mend}", status)


@contextmanager
def web(
    endpoint: Endpoint, auth: AnyAuth | httpx.Auth | None, default_host: str = "", redirects: tuple[str, ...] = ()
) -> Iterator[Web]:
    """Open an endpoint for asking; its schema is https unless the connection says http."""
    host = endpoint.host or default_host
    if not host:
        raise endpoint.error("no host")
    base = host if "://" in host else f"{endpoint.schema or 'https'}://{host}"
    base = base.rstrip("/") + (f":{endpoint.port}" if endpoint.port else "")
    known = auth if isinstance(auth, httpx.Auth) or auth is None else auth_for(endpoint, auth)
    with client_for(base) as client:
        yield Web(endpoint, client, known, redirects)


def _what(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return str(error.response.status_code)
    if isinstance(error, _Slow):
        return f"no whole answer in {ANSWER_SECONDS // 60} minutes"
    return type(error).__name__


def _worth_another_try(error: BaseException) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in (408, 429, 500, 502, 503, 504)
    return isinstance(error, httpx.TransportError) and not isinstance(error, httpx.UnsupportedProtocol)


def patience_asked(header: str, now: datetime) -> float | None:
    """Seconds of a Retry-After header (RFC 9110, 10.2.3): a number, or a date."""
    if header.isdigit():
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max((until.astimezone(UTC) - now).total_seconds(), 0)


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, httpx.HTTPStatusError):
        asked = patience_asked(error.response.headers.get("Retry-After", ""), datetime.now(UTC))
        if asked is not None:
            return min(asked, PATIENCE_SECONDS)
    return float(wait_exponential(multiplier=0.5, max=20)(state))


def _once(client: httpx.Client, request: httpx.Request, auth: httpx.Auth | None, limit: int) -> Answered:
    started = time.monotonic()
    response = client.send(request, auth=auth, stream=True)
    try:
        if response.status_code >= 400:
            response.raise_for_status()
        body = io.BytesIO()
        for chunk in response.iter_bytes():
            if body.tell() + len(chunk) > limit:
                raise _TooMuch(body.tell() + len(chunk))
            body.write(chunk)
            if time.monotonic() - started > ANSWER_SECONDS:
                raise _Slow
        return Answered(response.status_code, response.headers, body.getvalue())  # getvalue makes no copy
    finally:
        response.close()


_ask = retry(
    retry=retry_if_exception(_worth_another_try),
    wait=_pause,
    stop=stop_after_attempt(TRIES),
    reraise=True,
    sleep=time.sleep,
)(_once)
