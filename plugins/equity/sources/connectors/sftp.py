"""A folder on an SFTP server; the server's host key must be in the connection's extra (`host_key`)."""

from __future__ import annotations

import base64
import io
import logging
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import paramiko
from paramiko.pkey import UnknownKeyType
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_exponential

from equity.sources.connectors.shared import (
    CONNECT_SECONDS,
    DELIVERY_BYTES,
    PATIENCE_SECONDS,
    Endpoint,
    NotReady,
    Offer,
    wanted,
)
from equity.sources.fetch import SftpAnswer, SftpFetch
from equity.sources.spec import Source

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sftp:
    """Files on an SFTP server, by password or private key."""

    source: Source
    role: SftpFetch | SftpAnswer
    endpoint: Endpoint

    def offers(self, since: dict[str, datetime]) -> Iterator[Offer]:
        """Every regular file of the declared pattern, by name; one session for all of them."""
        del since
        with self._session() as session:
            for entry in sorted(session.listdir_attr(self.role.folder or "."), key=lambda e: e.filename):
                # a link could lead anywhere; a server that says no kind says nothing but files
                regular = stat.S_ISREG(entry.st_mode) if entry.st_mode and stat.S_IFMT(entry.st_mode) else True
                if regular and wanted(entry.filename, self.role.pattern):
                    yield Offer(entry.filename, _stamp(entry), lambda e=entry: (self._read(session, e), None))  # type: ignore[misc]

    def _read(self, session: paramiko.SFTPClient, entry: paramiko.SFTPAttributes) -> bytes:
        name, size = entry.filename, entry.st_size or 0
        if size > DELIVERY_BYTES:
            raise self.endpoint.too_large(name, size)
        try:
            with session.open(f"{self.role.folder or '.'}/{name}", "rb") as file:
                file.prefetch(size)
                data = file.read(size + 1)
                now = file.stat()
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise self.endpoint.error(f"{name}: {type(error).__name__}; it may be gone, or the line broke") from error
        if _stamp(now) != _stamp(entry) or len(data) != size:
            raise NotReady(f"connection {self.endpoint.conn_id}: {name} is still being written")
        return data

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

    @contextmanager
    def _session(self) -> Iterator[paramiko.SFTPClient]:
        end = self.endpoint
        kind, host_key, own_key = *self._host_key(), self._private_key()
        client = paramiko.SSHClient()
        address = end.host if (end.port or 22) == 22 else f"[{end.host}]:{end.port}"
        client.get_host_keys().add(address, kind, host_key)
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        try:
            _connect(
                client, end.host, end.port or 22, end.login, None if own_key else end.password, pkey=own_key,
                timeout=CONNECT_SECONDS, banner_timeout=CONNECT_SECONDS, auth_timeout=CONNECT_SECONDS,
                allow_agent=False, look_for_keys=False,
            )  # fmt: skip
            session = client.open_sftp()
            channel = session.get_channel()
            if channel is not None:
                channel.settimeout(PATIENCE_SECONDS)
            yield session
        except FileNotFoundError:
            raise end.error(
                f"there is no folder {self.role.folder or '.'}; correct `folder`, or ask the partner"
            ) from None
        except paramiko.BadHostKeyException as error:
            raise end.error(
                "BadHostKeyException: the server's key is not the host_key of the extra; ask the partner whether it was changed"
            ) from error
        except paramiko.AuthenticationException as error:
            raise end.error(
                "AuthenticationException: login or password is refused; renew it in the connection"
            ) from error
        except (paramiko.SSHException, OSError) as error:
            raise end.error(f"{type(error).__name__}: {error}") from error
        finally:
            client.close()

    def _host_key(self) -> tuple[str, paramiko.PKey]:
        kind, _, blob = str(self.endpoint.extra.get("host_key", "")).partition(" ")
        if not blob:
            raise self.endpoint.error("no host_key in its extra; without it the server could be anyone")
        try:
            return kind, paramiko.PKey.from_type_string(kind, base64.b64decode(blob.split()[0]))
        except (ValueError, paramiko.SSHException, UnknownKeyType) as error:
            raise self.endpoint.error("host_key in its extra is no public key such as `ssh-ed25519 AAAA…`") from error

    def _private_key(self) -> paramiko.PKey | None:
        """Our own key, if the extra holds one as PEM; its passphrase is the connection's password."""
        pem = self.endpoint.extra.get("private_key")
        if not pem:
            return None
        for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
            try:
                return kind.from_private_key(io.StringIO(str(pem)), self.endpoint.password or None)
            except (paramiko.SSHException, ValueError):
                continue
        raise self.endpoint.error("private_key in its extra is no key that its password opens")


def _worth_another_try(error: BaseException) -> bool:
    refused = (paramiko.AuthenticationException, paramiko.BadHostKeyException)
    unknown = isinstance(error, paramiko.SSHException) and "known_hosts" in str(error)
    return isinstance(error, OSError | paramiko.SSHException) and not isinstance(error, refused) and not unknown


@retry(
    retry=retry_if_exception(_worth_another_try),
    wait=wait_exponential(multiplier=0.5, max=5),
    stop=stop_after_attempt(3),
    reraise=True,
)
def _connect(client: paramiko.SSHClient, *address: Any, **options: Any) -> None:
    client.connect(*address, **options)


def _stamp(entry: Any) -> str:
    return f"{entry.st_size}-{int(entry.st_mtime or 0)}"
