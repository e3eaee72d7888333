"""A pull: page after page of one path, each kept as soon as it is there, so that the next try goes on where one failed.

A pull is landed as one page a line, as the API answered it.

**Watermark.** An incremental pull reaches as far as the newest stamp of its items, with one exception: pages are no
snapshot. An item that changes while the pages are walked through may move, and push another one over the edge of a page
that was read already. So when any item was changed after the pull began (by the server's own clock), or the total
shrank, or fewer came than the total says, the watermark stays where it was: the next pull asks for the same again, and
rows that are known already do nothing. With a cursor nothing is pushed, and the watermark reaches as far as what was
there when the pull began.

**Resuming.** The last page that was kept is asked for once more; when it still holds the same items the pull goes on
after it, else everything is asked for anew. Pages older than `KEPT_FOR` are not taken up again.
"""

from __future__ import annotations

import hashlib
import io
import logging
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from equity.sources.connectors.paging import AnyPaging, Step, first_step, next_step, total_of
from equity.sources.connectors.shared import DELIVERY_BYTES, PAGE_BYTES, ConnectorError, Endpoint, Kept, at
from equity.sources.connectors.web import Answered, Refused, Web
from equity.sources.fetch import CursorPaging, NumberPaging, OffsetPaging

log = logging.getLogger(__name__)
KEPT_FOR = timedelta(hours=36)
SKEW = timedelta(seconds=2)  # a Date header has no parts of a second


@dataclass(frozen=True)
class Question:
    """What is asked of an API: a path, a query, how to page, where the list and the items' stamps are."""

    path: str
    query: dict[str, Any]
    paging: AnyPaging
    rows: str | None
    stamp: str | None = None
    zone: str = "UTC"
    size_key: str = "page.size"


@dataclass
class Progress:
    """How far a pull has come; kept before each page, as JSON."""

    pull: str
    asked: str
    began: str
    next: Step | None
    step: Step | None = None
    items: str = ""
    got: int = 0
    size: int = 0
    pages: int = 0
    total: int | None = None
    moved: bool = False
    reached: str | None = None

    @property
    def since(self) -> datetime:
        """When the pull began, by the server's clock."""
        return datetime.fromisoformat(self.began)


def pull(web: Web, name: str, question: Question, after: datetime | None, kept: Kept) -> tuple[bytes, datetime | None]:
    """Pull all pages; returns them one a line, and how far they reach (None without stamps).

    Args:
        web: the server.
        name: the pull's name, under which its pages are kept until `kept.drop(name)`.
        question: what is asked for.
        after: the watermark so far.
        kept: where pages are kept between two tries.

    Raises:
        TooLarge: when a page or the whole is larger than its limit.
        ConnectorError: when a page does not come or is no JSON; what came before it is kept.

    """
    asked = hashlib.sha256(repr((web.endpoint.host, web.endpoint.port, question)).encode()).hexdigest()
    progress = _take_up(web, name, question, asked, kept)
    if progress is None:
        kept.drop(name)
        progress = Progress(secrets.token_hex(8), asked, "", first_step(question.paging, question.path, question.query))
    asked_for: set[bytes] = set()
    while progress.next is not None:
        mark = orjson.dumps(progress.next, option=orjson.OPT_SORT_KEYS)
        if mark in asked_for:
            raise web.endpoint.error(f"GET {question.path}: the pages go in a circle; tell whoever runs the API")
        asked_for.add(mark)
        progress = _one_page(web, name, question, progress, kept)
    return _lines(name, progress, kept), _reach(web.endpoint, question, progress, after)


def _one_page(web: Web, name: str, question: Question, progress: Progress, kept: Kept) -> Progress:
    """Ask for the next page and keep it with the progress after it; a page without items is not kept."""
    step = progress.next
    assert step is not None  # noqa: S101
    try:
        answered = _ask(web, question, step)
    except Refused as refusal:
        # some APIs have no page after the last one; only where nothing says how many items there are
        beyond = isinstance(question.paging, NumberPaging) and progress.pages > 0 and progress.total is None
        if refusal.status == 404 and beyond:
            progress.next = None
            return progress
        raise
    page, items = _items(web.endpoint, question, answered, progress.pages + 1)
    if not progress.began:
        progress.began = answered.clock.isoformat()
    digest = _digest(items)
    total = total_of(question.paging, page)
    if total is not None:
        progress.moved = progress.moved or (progress.total is not None and total < progress.total)
        progress.total = total
    counted = isinstance(question.paging, NumberPaging | OffsetPaging)
    if counted and items and digest == progress.items:  # an API that knows no pages answers the same for each
        progress.next = None
        return progress
    following = next_step(question.paging, step, answered, page, len(items), progress.got + len(items), web.endpoint)
    progress.step, progress.next = step, following
    if not items:
        return progress
    for stamp in _stamps(web.endpoint, question, items):
        if progress.since - SKEW <= stamp <= answered.clock + SKEW:
            progress.moved = True
        else:
            known = datetime.fromisoformat(progress.reached) if progress.reached else stamp
            progress.reached = max(known, stamp).isoformat()
    line = orjson.dumps(page) if b"\n" in answered.body or b"\r" in answered.body else answered.body
    progress.items, progress.got, progress.pages = digest, progress.got + len(items), progress.pages + 1
    progress.size += len(line) + 1
    if progress.size > DELIVERY_BYTES:
        kept.drop(name)
        raise web.endpoint.too_large(f"GET {question.path}", progress.size)
    kept.write(name, progress.pages, orjson.dumps(progress) + b"\n" + line)
    return progress


def _take_up(web: Web, name: str, question: Question, asked: str, kept: Kept) -> Progress | None:
    """The progress of an unfinished pull, if it may be gone on with."""
    progress = None
    for found in _kept_pages(name, kept):
        read = Progress(**orjson.loads(found.partition(b"\n")[0]))
        if progress is not None and read.pull != progress.pull:
            break
        progress = read
    if progress is None or progress.step is None or progress.asked != asked:
        return None
    if datetime.now(UTC) - progress.since > KEPT_FOR:
        return None
    try:
        _, items = _items(web.endpoint, question, _ask(web, question, progress.step), progress.pages)
    except Refused as refusal:
        if refusal.status in (400, 404, 410, 422):  # a cursor is good for a while only
            return None
        raise
    if _digest(items) != progress.items:
        log.info("%s has changed since its pull broke off: it is pulled anew", name)
        return None
    log.info("the pull of %s goes on after page %d", name, progress.pages)
    return progress


def _kept_pages(name: str, kept: Kept) -> Iterator[bytes]:
    number = 1
    while (found := kept.read(name, number)) is not None:
        yield found
        number += 1


def _lines(name: str, progress: Progress, kept: Kept) -> bytes:
    whole = io.BytesIO()
    for number, found in zip(range(progress.pages), _kept_pages(name, kept), strict=False):
        if number:
            whole.write(b"\n")
        whole.write(found[found.index(b"\n") + 1 :])
    return whole.getvalue()


def _reach(endpoint: Endpoint, question: Question, progress: Progress, after: datetime | None) -> datetime | None:
    if question.stamp is None:
        return None
    short = progress.total is not None and progress.got < progress.total
    pushed = not isinstance(question.paging, CursorPaging) and (progress.moved or short)
    if pushed:
        log.warning(
            "connection %s: %s changed while it was pulled: the next pull asks for the same again",
            endpoint.conn_id, question.path,
        )  # fmt: skip
        return after
    reached = [datetime.fromisoformat(progress.reached)] if progress.reached else []
    return max([*reached, *([after] if after else [])], default=None)


def _ask(web: Web, question: Question, step: Step) -> Answered:
    try:
        return web.get(step["path"], step["query"], PAGE_BYTES)
    except ConnectorError as error:
        if hasattr(error, "limit"):
            error.args = (f"{error.args[0]}; ask for smaller pages (`{question.size_key}`)",)
        raise


def _items(endpoint: Endpoint, question: Question, answered: Answered, number: int) -> tuple[Any, list[Any]]:
    try:
        page = orjson.loads(answered.body)
    except orjson.JSONDecodeError:  # which would carry the whole answer
        raise endpoint.error(f"GET {question.path}: page {number} is no JSON; tell whoever runs the API") from None
    items = at(page, question.rows) if isinstance(page, dict) and question.rows else page
    if items is None:
        items = []
    return page, items if isinstance(items, list) else [items]


def _digest(items: list[Any]) -> str:
    return hashlib.sha256(orjson.dumps(items)).hexdigest() if items else ""


def _stamps(endpoint: Endpoint, question: Question, items: list[Any]) -> Iterator[datetime]:
    """When each item was changed; an item without a stamp has none."""
    if question.stamp is None:
        return
    for item in items:
        given = at(item, question.stamp)
        if given in (None, ""):
            continue
        try:
            stamp = (
                datetime.fromtimestamp(given, UTC) if isinstance(given, int | float) else datetime.fromisoformat(given)
            )
        except (ValueError, TypeError, OverflowError):
            words = f"{question.stamp} of an item is no time; correct `updated_since.field`"
            raise endpoint.error(f"GET {question.path}: {words}") from None
        yield stamp if stamp.tzinfo else stamp.replace(tzinfo=ZoneInfo(question.zone))
