"""How an API's pages follow each other. A step says what to ask for: a path and a query, plain enough to be kept as JSON."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx

from equity.sources.connectors.shared import ConnectorError, Endpoint, at
from equity.sources.connectors.web import Answered
from equity.sources.fetch import CursorPaging, LinkPaging, NextPaging, NoPaging, NumberPaging, OffsetPaging

AnyPaging = NumberPaging | OffsetPaging | CursorPaging | LinkPaging | NextPaging | NoPaging
Step = dict[str, Any]


def first_step(paging: AnyPaging, path: str, query: dict[str, Any]) -> Step:
    """What to ask for first."""
    asked = dict(query)
    if not isinstance(paging, NoPaging):
        asked[paging.size_parameter] = paging.size
    if isinstance(paging, NumberPaging):
        asked[paging.parameter] = paging.first
    if isinstance(paging, OffsetPaging):
        asked[paging.parameter] = 0
    return {"path": path, "query": asked}


def total_of(paging: AnyPaging, page: Any) -> int | None:
    """How many items the API says there are in all."""
    total = at(page, paging.total) if isinstance(paging, NumberPaging | OffsetPaging) else None
    return total if isinstance(total, int) and not isinstance(total, bool) else None


def next_step(
    paging: AnyPaging, step: Step, answered: Answered, page: Any, items: int, got: int, endpoint: Endpoint
) -> Step | None:
    """What to ask for after a page with so many `items`, `got` being those of all pages so far; None after the last one.

    Raises:
        ConnectorError: when the page points to another host: our token is not for that one.

    """
    query = dict(step["query"])
    if isinstance(paging, NumberPaging | OffsetPaging):
        total = total_of(paging, page)
        # a short page is not the last one: the API may cap the size; without a total an empty page tells
        if not items or (total is not None and got >= total):
            return None
        by = 1 if isinstance(paging, NumberPaging) else items
        return {"path": step["path"], "query": query | {paging.parameter: query[paging.parameter] + by}}
    if isinstance(paging, CursorPaging):
        cursor = at(page, paging.next)
        return {"path": step["path"], "query": query | {paging.parameter: cursor}} if cursor else None
    if isinstance(paging, LinkPaging):
        link = _next_link(answered.headers)
    elif isinstance(paging, NextPaging):
        link = at(page, paging.next)
    else:
        return None
    return _linked(step, link, endpoint) if isinstance(link, str) and link else None


def _next_link(headers: httpx.Headers) -> str | None:
    """The target of `rel="next"` among the Link headers (RFC 8288)."""
    response = httpx.Response(200, headers=headers)
    return response.links.get("next", {}).get("url")


def _linked(step: Step, link: str, endpoint: Endpoint) -> Step:
    """The step that a link says. Only its path and query are used, on our own address, and only if its host is ours."""
    place = urlsplit(urljoin(step["path"], link))
    ours = urlsplit(endpoint.host if "://" in endpoint.host else f"//{endpoint.host}").hostname
    if place.netloc and place.hostname != ours:
        raise ConnectorError(
            f"connection {endpoint.conn_id}: {step['path']}: the next page is said to be at {place.hostname}; "
            "our token is not sent to another host than the connection's"
        )
    return {"path": place.path, "query": dict(parse_qsl(place.query, keep_blank_values=True))}
