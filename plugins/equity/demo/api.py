"""The university's REST API: token, pages, updated_since, a rate limit, one bad moment, and a place for feedback.

Beside it, the files of the provincial registers, each at one address under /files.
"""

from __future__ import annotations

import re
import time
from collections import deque
from datetime import datetime
from pathlib import Path
from secrets import compare_digest
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from equity.demo.truth import put

MAX_PAGE = 500
LIMIT, WINDOW, REFUSALS = 5, 1.0, 3
BAD_NIGHT, BAD_PATH = "2026-03-03", "case-events"


def _json(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, headers, "application/json")


class Records:
    """The records as the API shows them: all that was updated up to the clock, each in its latest version."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.night = ""
        self._stamp: tuple[int, ...] = ()
        self._items: dict[str, list[tuple[datetime, dict[str, Any]]]] = {}

    def turn(self) -> str:
        """Look at the clock; forget what was read when it has moved."""
        clock = self.folder / "clock.json"
        stat = clock.stat() if clock.exists() else None
        stamp = (stat.st_mtime_ns, stat.st_ino) if stat else ()
        if stamp != self._stamp:
            self._stamp, self._items = stamp, {}
            self.night = orjson.loads(clock.read_bytes())["night"] if stat else ""
        return self.night

    def of(self, name: str) -> list[tuple[datetime, dict[str, Any]]]:
        """Return the items of one path with their updated_at, in order of (updated_at, id)."""
        if name not in self._items:
            versions: dict[str, list[dict[str, Any]]] = {}
            for path in sorted((self.folder / "records" / name).glob("*.json")):
                if path.stem > self.night:
                    break
                fresh: dict[str, list[dict[str, Any]]] = {}
                for item in orjson.loads(path.read_bytes()):
                    fresh.setdefault(item["id"], []).append(item)
                versions.update(fresh)
            items = [(datetime.fromisoformat(i["updated_at"]), i) for copies in versions.values() for i in copies]
            self._items[name] = sorted(items, key=lambda pair: (pair[0], pair[1]["id"]))
        return self._items[name]


class Gate:
    """The rate limit: at most five requests in a second, and the sixth of every night is refused once for certain.

    No more than three refusals a night, so that a client that waits as told loses three seconds at most.
    """

    def __init__(self) -> None:
        self.night, self.asked, self.refused, self.failed = "", 0, 0, False
        self.recent: deque[float] = deque()

    def turn(self, night: str) -> None:
        """Begin to count anew when the clock has moved."""
        if night != self.night:
            self.night, self.asked, self.refused, self.failed = night, 0, 0, False
            self.recent.clear()

    def admits(self) -> bool:
        """Count a request; say whether it may pass."""
        now = time.monotonic()
        while self.recent and now - self.recent[0] >= WINDOW:
            self.recent.popleft()
        self.asked += 1
        crowded = len(self.recent) >= LIMIT and self.refused < REFUSALS
        if crowded or (self.asked == LIMIT + 1 and self.refused == 0):
            self.refused += 1
            return False
        self.recent.append(now)
        return True


def application(folder: Path, token: str) -> Starlette:
    """Make the API over a world's folder."""
    records, gate = Records(folder / "api"), Gate()

    def denied(request: Request) -> Response | None:
        given = request.headers.get("authorization", "")
        if compare_digest(given.encode(), f"Bearer {token}".encode()):
            return None
        return _json({"error": "invalid or missing token"}, 401, {"WWW-Authenticate": "Bearer"})

    async def items(request: Request) -> Response:
        if (answer := denied(request)) is not None:
            return answer
        night = records.turn()
        gate.turn(night)
        if not gate.admits():
            return _json({"error": "too many requests"}, 429, {"Retry-After": "1"})
        name = request.url.path.rsplit("/", 1)[1]
        if night == BAD_NIGHT and name == BAD_PATH and not gate.failed:
            gate.failed = True
            return _json({"error": "database is busy"}, 503)
        try:
            page = int(request.query_params.get("page", "1"))
            size = int(request.query_params.get("page_size", "100"))
            since = request.query_params.get("updated_since", "").replace(" ", "+")
            after = datetime.fromisoformat(since) if since else None
        except ValueError as error:
            return _json({"error": str(error)}, 400)
        if page < 1 or not 1 <= size <= MAX_PAGE or (after is not None and after.tzinfo is None):
            return _json({"error": f"page from 1, page_size from 1 to {MAX_PAGE}, updated_since with offset"}, 400)
        found = [item for when, item in records.of(name) if after is None or when > after]
        pages = max(1, -(-len(found) // size))
        chunk = found[(page - 1) * size : page * size]
        return _json({"items": chunk, "page": page, "pages": pages, "total": len(found)})

    async def feedback(request: Request) -> Response:
        if (answer := denied(request)) is not None:
            return answer
        reference = re.sub(r"[^\w.\-]+", "_", request.headers.get("x-reference", "")).strip("._")
        if not reference:
            return _json({"error": "header X-Reference is missing"}, 400)
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            async with request.form() as form:
                uploads = [value for value in form.values() if isinstance(value, UploadFile)]
                content = await uploads[0].read() if uploads else b""
        else:
            content = await request.body()
        if not content:
            return _json({"error": "no workbook in the request"}, 400)
        put(folder / "abe" / "feedback" / f"{reference}.xlsx", content)
        return _json({"reference": reference, "bytes": len(content)}, 201)

    async def file(request: Request) -> Response:
        """The latest file of a name that the clock has reached."""
        if (answer := denied(request)) is not None:
            return answer
        name, night = request.path_params["name"], records.turn()
        issues = sorted(
            (issue for issue in (folder / "registers" / "files").iterdir() if issue.name <= night), reverse=True
        )
        found = next((path for path in (issue / name for issue in issues) if path.is_file()), None)
        return FileResponse(found, media_type="text/csv") if found else _json({"error": "no such file"}, 404)

    async def health(_: Request) -> Response:
        return _json({"night": records.turn()})

    names = ("screenings", "case-events", "enrolments", "personnel-trainings")
    return Starlette(
        routes=[
            *(Route(f"/v1/{name}", items, methods=["GET"]) for name in names),
            Route("/files/{name}", file, methods=["GET"]),
            Route("/v1/feedback", feedback, methods=["POST"]),
            Route("/health", health, methods=["GET"]),
        ],
        middleware=[Middleware(GZipMiddleware, minimum_size=500, compresslevel=3)],
    )
