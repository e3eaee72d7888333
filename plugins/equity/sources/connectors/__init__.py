"""Connectors: where a partner's deliveries are, and where its answers go. They know no orchestrator.

`Endpoint` is what an Airflow connection says, without Airflow. All connectors give `Offer`s (what is there to fetch)
and take workbooks. Every network step has a time limit and is tried again where the other side asks for patience.
"""

from __future__ import annotations

import base64
import fnmatch
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import httpx
import orjson
import paramiko
from paramiko.pkey import UnknownKeyType
from tenacity import RetryCallState, retry, retry_if_exception, stop_after_attempt, wait_exponential
from upath import UPath

from equity.sources.fetch import Answer, Fetch
from equity.sources.spec import Source

PATIENCE_SECONDS = 60


class ConnectorError(RuntimeError):
    """A partner's place could not be reached or refused us; the message names the connection, never a secret."""


@dataclass(frozen=True)
class Endpoint:
    """Address and secrets of one place, as an Airflow connection holds them."""

    conn_id: str
    host: str = ""
    port: int | None = None
    schema: str = ""
    login: str = ""
    password: str = field(default="", repr=False)
    extra: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Offer:
    """Something to fetch: its name, a stamp that changes when it does, and how to get its bytes (and a pull's watermark)."""

    name: str
    stamp: str
    get: Callable[[], tuple[bytes, datetime | None]]


class Connector(Protocol):
    """A partner's place."""

    def offers(self, since: dict[str, datetime]) -> Iterator[Offer]:
        """What there is to fetch now; `since` gives the watermark of each name."""

    def deliver(self, name: str, workbook: bytes, reference: str) -> str:
        """Put a workbook where the partner finds it; returns the place for people."""


def connector(source: Source, role: Fetch | Answer, endpoint: Endpoint) -> Connector:
    """The connector that a spec's `fetch` or `answer` asks for."""
    kinds: dict[str, Callable[..., Connector]] = {"folder": Folder, "sftp": Sftp, "rest": Rest}
    return kinds[role.by](source, role, endpoint)


@dataclass(frozen=True)
class Folder:
    """A folder or an object store by URL: `extra.path` of the connection, below it the spec's `folder`."""

    source: Source
    role: Fetch | Answer
    endpoint: Endpoint

    @property
    def _root(self) -> UPath:
        path = self.endpoint.extra.get("path") or self.endpoint.host
        if not path:
            raise ConnectorError(f'connection {self.endpoint.conn_id}: no path in its extra; set {{"path": …}}')
        root = UPath(path)
        return root / self.role.folder if self.role.folder else root

    def offers(self, since: dict[str, datetime]) -> Iterator[Offer]:
        """Every file of the declared pattern, oldest name first; files still being written (`~$`, `.part`) are not."""
        del since
        assert isinstance(self.role, Fetch)  # noqa: S101
        root = self._root
        if not root.is_dir():
            raise ConnectorError(f"connection {self.endpoint.conn_id}: there is no folder {root}")
        for file in sorted(root.iterdir(), key=lambda f: f.name):
            if file.is_file() and fnmatch.fnmatch(file.name, self.role.files) and not _unfinished(file.name):
                yield Offer(file.name, _stamp(file.stat()), lambda file=file: (file.read_bytes(), None))  # type: ignore[misc]

    def deliver(self, name: str, workbook: bytes, reference: str) -> str:
        """Write the workbook under a new name, whole or not at all."""
        del reference
        root = self._root
        root.mkdir(parents=True, exist_ok=True)
        fresh = root / f".{name}.part"
        fresh.write_bytes(workbook)
        fresh.rename(root / name)
        return str(root / name)


@dataclass(frozen=True)
class Sftp:
    """A folder on an SFTP server; the server's host key must be in the connection's extra (`host_key`)."""

    source: Source
    role: Fetch | Answer
    endpoint: Endpoint

    @contextmanager
    def _session(self) -> Iterator[paramiko.SFTPClient]:
        end = self.endpoint
        kind, _, blob = str(end.extra.get("host_key", "")).partition(" ")
        if not blob:
            raise ConnectorError(
                f"connection {end.conn_id}: no host_key in its extra; without it the server could be anyone"
            )
        client = paramiko.SSHClient()
        address = end.host if (end.port or 22) == 22 else f"[{end.host}]:{end.port}"
        try:
            key = paramiko.PKey.from_type_string(kind, base64.b64decode(blob.split()[0]))
        except (ValueError, paramiko.SSHException, UnknownKeyType) as error:
            raise ConnectorError(
                f"connection {end.conn_id}: host_key in its extra is no public key such as `ssh-ed25519 AAAA…`"
            ) from error
        client.get_host_keys().add(address, kind, key)
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        try:
            client.connect(
                end.host, end.port or 22, end.login, end.password, timeout=20, banner_timeout=20, auth_timeout=20,
                allow_agent=False, look_for_keys=False,
            )  # fmt: skip
            session = client.open_sftp()
            channel = session.get_channel()
            if channel is not None:
                channel.settimeout(PATIENCE_SECONDS)
            yield session
        except (paramiko.SSHException, OSError) as error:
            raise ConnectorError(f"connection {end.conn_id}: {type(error).__name__}: {error}") from error
        finally:
            client.close()

    def offers(self, since: dict[str, datetime]) -> Iterator[Offer]:
        """Every file of the declared pattern, by name; one session for all of them."""
        del since
        assert isinstance(self.role, Fetch)  # noqa: S101
        with self._session() as session:
            for entry in sorted(session.listdir_attr(self.role.folder or "."), key=lambda e: e.filename):
                name, folder = entry.filename, stat.S_ISDIR(entry.st_mode or 0)
                if fnmatch.fnmatch(name, self.role.files) and not folder and not _unfinished(name):
                    yield Offer(name, _stamp(entry), lambda name=name: (self._read(session, name), None))  # type: ignore[misc]

    def _read(self, session: paramiko.SFTPClient, name: str) -> bytes:
        try:
            with session.open(f"{self.role.folder or '.'}/{name}", "rb") as file:
                file.prefetch()
                return file.read()
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise ConnectorError(f"connection {self.endpoint.conn_id}: {name}: {type(error).__name__}") from error

    def deliver(self, name: str, workbook: bytes, reference: str) -> str:
        """Upload under a temporary name and rename."""
        del reference
        folder = self.role.folder or "."
        with self._session() as session:
            with session.open(f"{folder}/.{name}.part", "wb") as file:
                file.set_pipelined(True)
                file.write(workbook)
            session.posix_rename(f"{folder}/.{name}.part", f"{folder}/{name}")
        return f"sftp://{self.endpoint.host}/{folder}/{name}"


@dataclass(frozen=True)
class Rest:
    """A JSON API that gives pages; a pull is landed as one page a line, exactly as answered."""

    source: Source
    role: Fetch | Answer
    endpoint: Endpoint

    def _client(self) -> httpx.Client:
        end = self.endpoint
        base = f"{end.schema or 'https'}://{end.host}" + (f":{end.port}" if end.port else "")
        headers = {"Authorization": f"Bearer {end.password}", "Accept": "application/json"}
        return httpx.Client(base_url=base, headers=headers, timeout=httpx.Timeout(PATIENCE_SECONDS, connect=20))

    def offers(self, since: dict[str, datetime]) -> Iterator[Offer]:
        """One pull for each declared path; a pull without items is no delivery."""
        seen: set[str] = set()
        for version in self.source.versions:
            for table in version.tables:
                if table.path and table.path not in seen:
                    seen.add(table.path)
                    after, rows = since.get(table.path), table.rows or ""
                    yield Offer(table.path, "", lambda p=table.path, r=rows, a=after: self._pull(p, r, a))  # type: ignore[misc]

    def _pull(self, path: str, rows: str, after: datetime | None) -> tuple[bytes, datetime | None]:
        assert isinstance(self.role, Fetch)  # noqa: S101
        paging, incremental = self.role.page, self.role.updated_since
        parameters: dict[str, str | int] = {paging.size_parameter: paging.size}
        if incremental and after:
            parameters[incremental.parameter] = after.astimezone(UTC).isoformat()
        pages: list[bytes] = []
        reached = after
        with self._client() as client:
            number, got, previous = 1, 0, b""
            while True:
                body = self._ask(client, path, {**parameters, paging.parameter: number})
                try:
                    page = orjson.loads(body)
                except orjson.JSONDecodeError:  # which would carry the whole answer
                    raise ConnectorError(
                        f"connection {self.endpoint.conn_id}: GET {path}: page {number} is no JSON"
                    ) from None
                items = page.get(rows, []) if isinstance(page, dict) else page
                if not items or body == previous:  # an API that knows no pages answers the same for each
                    break
                previous = body
                pages.append(body if b"\n" not in body else orjson.dumps(page))
                if incremental:
                    stamps = [datetime.fromisoformat(i[incremental.field]) for i in items if i.get(incremental.field)]
                    reached = max(
                        [stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC) for stamp in stamps]
                        + [reached or _LONG_AGO]
                    )
                got += len(items)
                total = page.get("total") if isinstance(page, dict) else None
                # a short page is not the last one: the API may cap the size; without a total an empty page tells
                if isinstance(total, int) and got >= total:
                    break
                number += 1
        return b"\n".join(pages), reached

    def _ask(self, client: httpx.Client, path: str, parameters: dict[str, Any]) -> bytes:
        try:
            return _get(client, path, parameters)
        except httpx.HTTPError as error:
            status = error.response.status_code if isinstance(error, httpx.HTTPStatusError) else type(error).__name__
            raise ConnectorError(f"connection {self.endpoint.conn_id}: GET {path}: {status}") from None

    def deliver(self, name: str, workbook: bytes, reference: str) -> str:
        """Post the workbook to the feedback endpoint."""
        assert isinstance(self.role, Answer)  # noqa: S101
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        headers = {
            "Content-Type": kind,
            "X-Reference": reference,
            "X-Filename": base64.b64encode(name.encode()).decode(),
        }
        with self._client() as client:
            try:
                client.post(self.role.path, content=workbook, headers=headers).raise_for_status()
            except httpx.HTTPError as error:
                raise ConnectorError(f"connection {self.endpoint.conn_id}: POST {self.role.path}: {error}") from None
        return f"{self.endpoint.host}{self.role.path}#{reference}"


_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def _worth_another_try(error: BaseException) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in (429, 500, 502, 503, 504)
    return isinstance(error, httpx.TransportError)


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, httpx.HTTPStatusError):
        after = error.response.headers.get("Retry-After", "")
        if after.isdigit():
            return min(float(after), PATIENCE_SECONDS)
    return float(wait_exponential(multiplier=0.5, max=20)(state))


@retry(
    retry=retry_if_exception(_worth_another_try),
    wait=_pause,
    stop=stop_after_attempt(6),
    reraise=True,
    sleep=time.sleep,
)
def _get(client: httpx.Client, path: str, parameters: dict[str, Any]) -> bytes:
    answer = client.get(path, params=parameters)
    answer.raise_for_status()
    return answer.content


def _stamp(entry: Any) -> str:
    return f"{entry.st_size}-{int(entry.st_mtime or 0)}"


def _unfinished(name: str) -> bool:
    return name.startswith(("~$", ".")) or Path(name).suffix in (".part", ".tmp", ".filepart")
