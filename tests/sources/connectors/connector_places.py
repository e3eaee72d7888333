"""What the connectors' tests share: a spec, an HTTP server whose answers a test scripts, waits that are not waited."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from equity.sources.spec import Source

TOKEN = "s3cret-token"
FIELDS = {"space_ref": "a", "name": "b", "kind": "c"}
Answer = tuple[int, dict[str, str], bytes]


def source(fetch: dict[str, Any], *paths: str, answer: dict[str, Any] | None = None, **table: Any) -> Source:
    """A spec with one table, or one for each path, the second of them in a later version."""
    rows = {"kobo": "results", "sql": "rows", "rest": "items"}.get(fetch["by"])
    base = {"record_type": "learning_space", "sends": "changes", "fields": FIELDS, "rows": rows, **table}
    tables = [base | {"path": path} for path in paths] or [base]
    versions = [{"since": f"2026-0{n}-01", "tables": [one]} for n, one in enumerate(tables, 1)]
    return Source.model_validate(
        {
            "source": "a_partner",
            "partner": {"family": "unit", "name": {"th": "ก", "en": "A"}, "area": "52"},
            "fetch": {"connection": "c", **fetch},
            "answer": {"connection": "c", **answer} if answer else None,
            "versions": versions,
        }
    )


class Api:
    """An HTTP server whose answers are scripted by the test: path and query → (status, headers, body)."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.verbs: list[str] = []
        self.heard: list[dict[str, str]] = []
        self.posted: list[tuple[str, dict[str, str], bytes]] = []
        self.knows = f"Bearer {TOKEN}"
        self.answer: Callable[[str, dict[str, str]], Answer] = lambda path, query: (404, {}, b"")
        self.post: Callable[[str, dict[str, str], bytes], Answer] = lambda path, headers, body: (201, {}, b"{}")
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {key: values[0] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
                api.asked.append((parts.path, query))
                api.verbs.append(self.command)
                api.heard.append(dict(self.headers.items()))
                if api.knows and self.headers["Authorization"] != api.knows:
                    self._say(401, {}, b'{"error": "token"}')
                else:
                    self._say(*api.answer(parts.path, query))

            do_HEAD = do_GET

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                api.posted.append((self.path, dict(self.headers.items()), body))
                self._say(*api.post(self.path, dict(self.headers.items()), body))

            def _say(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    try:
                        self.wfile.write(body)
                    except (BrokenPipeError, ConnectionResetError):
                        pass  # whoever asked has enough

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def pages(self, items: list[dict[str, Any]], size: int | None = None) -> None:
        """Answer like an API with `items`, as many at a time as asked for (or `size`)."""

        def answer(path: str, query: dict[str, str]) -> Answer:
            count, page = size or int(query["page_size"]), int(query["page"])
            part = items[(page - 1) * count : page * count]
            return 200, {}, json.dumps({"items": part, "total": len(items)}, ensure_ascii=False).encode()

        self.answer = answer

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def items(count: int) -> list[dict[str, Any]]:
    return [{"a": i, "name": "ศาลา", "updated_at": f"2026-03-0{1 + i % 5}T10:00:0{i % 10}+07:00"} for i in range(count)]


def pulled(data: bytes, rows: str = "items") -> list[Any]:
    return [item["a"] for line in data.splitlines() for item in json.loads(line)[rows]]
