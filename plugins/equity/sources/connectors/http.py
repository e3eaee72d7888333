"""Files of an HTTP server: each declared path is a file, new when its ETag or Last-Modified is."""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from equity.sources.connectors.shared import DELIVERY_BYTES, Endpoint, Offer, TooLarge, fail, wanted
from equity.sources.connectors.web import Refused, Web, web
from equity.sources.fetch import HttpFetch, WebFile
from equity.sources.spec import Source

PIECE = 1 << 20
# what a server answers that does not do HEAD
NO_HEAD = (400, 403, 404, 405, 501)


@dataclass(frozen=True)
class Http:
    """A server that has files at known paths."""

    source: Source
    role: HttpFetch
    endpoint: Endpoint

    def offers(self, since: dict[str, datetime]) -> Iterator[Offer]:
        """Each declared file; one without ETag and Last-Modified is fetched to see whether it is new."""
        del since
        with self._open() as server:
            for file in self.role.paths:
                if wanted(file.file_name, self.role.pattern):
                    yield self._offer(server, file)

    def _open(self) -> AbstractContextManager[Web]:
        return web(self.endpoint, self.role.auth, redirects=self.role.may_redirect_to)

    def _offer(self, server: Web, file: WebFile) -> Offer:
        try:
            headers = server.head(file.path).headers
            mark = headers.get("ETag") or headers.get("Last-Modified")
        except Refused as refusal:
            if refusal.status not in NO_HEAD:
                raise
            mark = None
        if mark:
            stamp = f"{mark} {headers.get('Content-Length', '')}".replace('"', "").strip()
            return Offer(file.file_name, stamp, lambda: (self._get(file), None))
        try:
            data = self._get(file)
        except (Refused, TooLarge) as error:
            return Offer(file.file_name, f"{type(error).__name__}", lambda error=error: fail(error))  # type: ignore[misc]
        return Offer(file.file_name, hashlib.sha256(data).hexdigest(), lambda: (data, None))

    def _get(self, file: WebFile) -> bytes:
        with self._open() as server:
            data = server.get(file.path, limit=DELIVERY_BYTES).body
        return self._unpacked(file.file_name, data) if data[:2] == b"\x1f\x8b" else data

    def _unpacked(self, name: str, packed: bytes) -> bytes:
        """A gzip file's content; raises TooLarge before more than the limit is unpacked."""
        whole, rest = io.BytesIO(), packed
        try:
            while rest:
                unpack = zlib.decompressobj(wbits=31)
                while rest and not unpack.eof:
                    whole.write(unpack.decompress(rest, PIECE))
                    rest = unpack.unconsumed_tail
                    if whole.tell() > DELIVERY_BYTES:
                        raise self.endpoint.too_large(f"{name}, unpacked,", whole.tell())
                if not unpack.eof:
                    raise self.endpoint.error(f"{name}: the gzip file is cut off; ask the partner to write it again")
                rest = unpack.unused_data.lstrip(b"\0")
        except zlib.error:
            raise self.endpoint.error(f"{name}: the gzip file is damaged; ask the partner to write it again") from None
        return whole.getvalue()
