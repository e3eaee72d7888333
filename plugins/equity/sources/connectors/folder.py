"""A folder or an object store: `extra.path` of the connection, below it the spec's `folder`."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from upath import UPath

from equity.sources.connectors.shared import (
    CONNECT_SECONDS,
    DELIVERY_BYTES,
    PATIENCE_SECONDS,
    Endpoint,
    NotReady,
    Offer,
    wanted,
)
from equity.sources.fetch import FolderAnswer, FolderFetch
from equity.sources.spec import Source

STORE_TRIES = 5


@dataclass(frozen=True)
class Folder:
    """Files of this machine by path, of an object store by URL (`s3://`, `gs://`, `az://`)."""

    source: Source
    role: FolderFetch | FolderAnswer
    endpoint: Endpoint

    @property
    def root(self) -> UPath:
        """The folder; raises ConnectorError when the connection names none."""
        path = str(self.endpoint.extra.get("path") or self.endpoint.host)
        if not path:
            raise self.endpoint.error('no path in its extra; set {"path": …}')
        root = UPath(path, **self._options(UPath(path).protocol))
        return root / self.role.folder if self.role.folder else root

    def offers(self, since: dict[str, datetime]) -> Iterator[Offer]:
        """Every file of the declared pattern, oldest name first; files still being written (`~$`, `.part`) are not."""
        del since
        root = self.root
        yield from self._files(Path(root.path)) if _is_local(root) else self._objects(root)

    def deliver(self, name: str, workbook: bytes, reference: str) -> str:
        """Write the workbook under its name, whole or not at all."""
        del reference
        root = self.root
        with self._told(root):
            if not _is_local(root):  # an object is there when it is there whole
                root.fs.pipe_file((root / name).path, workbook)
                return str(root / name)
            folder = Path(root.path)
            folder.mkdir(parents=True, exist_ok=True)
            fresh = folder / f".{name}.part"
            fresh.unlink(missing_ok=True)
            with fresh.open("xb") as file:  # never through a link that somebody else put there
                file.write(workbook)
            fresh.rename(folder / name)
            return str(folder / name)

    # --- a folder of this machine

    def _files(self, folder: Path) -> Iterator[Offer]:
        if not folder.is_dir():
            raise self.endpoint.error(f"there is no folder {folder}; make it, or correct the connection's path")
        for file in sorted(folder.iterdir(), key=lambda f: f.name):
            if not wanted(file.name, self.role.pattern):
                continue
            found = file.lstat()
            if stat.S_ISREG(found.st_mode):  # a link could lead anywhere, into another partner's folder too
                yield Offer(file.name, _stamp(found), lambda f=file: (self._read(f), None))  # type: ignore[misc]

    def _read(self, file: Path) -> bytes:
        with self._told(file):
            opened = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(opened, "rb") as stream:
                before = os.fstat(opened)
                if before.st_size > DELIVERY_BYTES:
                    raise self.endpoint.too_large(file.name, before.st_size)
                data = stream.read()
                if _stamp(os.fstat(opened)) != _stamp(before) or len(data) != before.st_size:
                    raise NotReady(f"connection {self.endpoint.conn_id}: {file.name} is still being written")
        return data

    # --- an object store

    def _objects(self, root: UPath) -> Iterator[Offer]:
        with self._told(root):
            try:
                listed = root.fs.ls(root.path, detail=True)
            except FileNotFoundError:
                bucket = root.path.lstrip("/").partition("/")[0]
                if not root.fs.exists(bucket):
                    raise self.endpoint.error(f"there is no {root.protocol}://{bucket}") from None
                return  # an object store has no empty folders
        for found in sorted(listed, key=lambda f: f["name"]):
            name = found["name"].rstrip("/").rpartition("/")[2]
            if found["type"] == "file" and wanted(name, self.role.pattern):
                yield Offer(name, _object_stamp(found), lambda f=found: (self._object(root, f), None))  # type: ignore[misc]

    def _object(self, root: UPath, found: dict[str, Any]) -> bytes:
        if found["size"] > DELIVERY_BYTES:
            raise self.endpoint.too_large(found["name"], found["size"])
        with self._told(found["name"]):
            return bytes(root.fs.cat_file(found["name"]))

    def _options(self, protocol: str) -> dict[str, Any]:
        """What fsspec's file systems are told: the connection's login, where the store is, how long to wait."""
        end = self.endpoint
        fresh = {"use_listings_cache": False}  # a worker lives long, and would list what was there last night
        if protocol in ("s3", "s3a"):
            times = {
                "connect_timeout": CONNECT_SECONDS,
                "read_timeout": PATIENCE_SECONDS,
                "retries": {"max_attempts": STORE_TRIES},
            }
            known = {"key": end.login, "secret": end.password} if end.login else {}
            place = {"endpoint_url": end.extra["endpoint_url"]} if "endpoint_url" in end.extra else {}
            return {**fresh, **known, **place, "config_kwargs": times}
        if protocol in ("gs", "gcs"):
            keyfile = end.extra.get("keyfile_dict")
            token = json.loads(keyfile) if isinstance(keyfile, str) else keyfile
            place = {"endpoint_url": end.extra["endpoint_url"]} if "endpoint_url" in end.extra else {}
            return {**fresh, **place, **({"token": token} if token else {}), "timeout": PATIENCE_SECONDS}
        if protocol in ("az", "abfs", "abfss", "adl"):
            times = {"connection_timeout": CONNECT_SECONDS, "read_timeout": PATIENCE_SECONDS}
            place = {"account_host": end.extra["account_host"]} if "account_host" in end.extra else {}
            return {**fresh, **times, **place, "account_name": end.login, "account_key": end.password or None}
        return {}

    @contextmanager
    def _told(self, what: Any) -> Iterator[None]:
        """Errors of the store name the connection; what the store says may hold a signed address and is left out."""
        try:
            yield
        except FileNotFoundError:
            raise self.endpoint.error(f"{what}: is not there any more") from None
        except PermissionError:
            raise self.endpoint.error(f"{what}: may not be read or written with this login") from None
        except _store_errors() as error:
            raise self.endpoint.error(
                f"{what}: {type(error).__name__}; look at the connection's login and address"
            ) from None


def _store_errors() -> tuple[type[Exception], ...]:
    """What reading and writing raise, of the stores whose libraries are loaded by now."""
    import sys

    known = {
        "botocore.exceptions": ("BotoCoreError", "ClientError"),
        "gcsfs.retry": ("HttpError",),
        "google.auth.exceptions": ("GoogleAuthError",),
        "azure.core.exceptions": ("AzureError",),
        "aiohttp": ("ClientError",),
    }
    loaded = [getattr(sys.modules[m], name) for m, names in known.items() if m in sys.modules for name in names]
    return (OSError, *loaded)


def _is_local(root: UPath) -> bool:
    return root.protocol in ("", "file", "local")


def _stamp(found: os.stat_result) -> str:
    return f"{found.st_size}-{int(found.st_mtime or 0)}"


def _object_stamp(found: dict[str, Any]) -> str:
    """What changes with an object's content: its ETag or checksum, else its time."""
    mark = next((found[key] for key in ("ETag", "etag", "md5Hash") if found.get(key)), None)
    mark = mark or found.get("LastModified") or found.get("updated") or found.get("mtime") or ""
    return f"{found['size']}-{mark}".replace('"', "")
