"""REST against a real HTTP server that limits, fails, moves its pages and leads astray."""

from __future__ import annotations

import base64
import gzip
import json
import logging
import time
import traceback
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs

import pytest
from connector_places import TOKEN, Answer, Api, items, pulled, source

from equity.sources.connectors import ConnectorError, Endpoint, KeptInMemory, TooLarge, origin, outbox, pull, web
from equity.sources.connectors.rest import Rest
from equity.sources.connectors.shared import PATIENCE_SECONDS


def rest(api: Api, *paths: str, token: str = TOKEN, size: int = 2, incremental: bool = True, **said: Any) -> Rest:
    kept = said.pop("kept", None)
    fetch: dict[str, Any] = {"by": "rest", "page": {"size": size}, **said}
    if incremental and "updated_since" not in said:
        fetch["updated_since"] = {"parameter": "updated_since", "field": "updated_at"}
    end = Endpoint("api", "127.0.0.1", api.port, "http", password=token)
    made = origin(source(fetch, *(paths or ("/v1/spaces",))), end, kept)
    assert isinstance(made, Rest)
    return made


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_all_pages_are_pulled_as_answered(api: Api, count: int) -> None:
    api.pages(items(count))
    (offer,) = rest(api).offers({})
    data, reached = offer.get()
    assert offer.name == "/v1/spaces" and offer.stamp == ""
    assert pulled(data) == list(range(count))
    assert "ศาลา".encode() in data, "the bytes are the API's own"
    assert reached == max(datetime.fromisoformat(item["updated_at"]) for item in items(count))
    assert [query["page"] for _, query in api.asked] == [str(n + 1) for n in range(len(api.asked))]
    assert "updated_since" not in api.asked[0][1]


def test_a_page_of_many_lines_is_landed_as_one(api: Api) -> None:
    api.answer = lambda path, query: (200, {}, json.dumps({"items": items(1)}, indent=2).encode())
    (offer,) = rest(api).offers({})
    data, _ = offer.get()
    assert len(data.splitlines()) == 1 and pulled(data) == [0]


def test_a_pull_asks_for_what_changed_since_the_watermark_in_utc(api: Api) -> None:
    api.pages([])
    since = datetime.fromisoformat("2026-03-02T01:30:00+07:00")
    (offer,) = rest(api).offers({"/v1/spaces": since})
    assert offer.get() == (b"", since)
    assert api.asked[0][1]["updated_since"] == "2026-03-01T18:30:00+00:00"


def test_a_watermark_never_goes_back(api: Api) -> None:
    api.pages(items(3))
    since = datetime(2027, 1, 1, tzinfo=UTC)
    (offer,) = rest(api).offers({"/v1/spaces": since})
    assert offer.get()[1] == since


def test_times_without_a_zone_and_items_without_a_time(api: Api) -> None:
    api.pages([{"a": 0, "updated_at": "2026-03-01T10:00:00"}, {"a": 1}, {"a": 2, "updated_at": None}])
    (offer,) = rest(api).offers({})
    data, reached = offer.get()
    assert pulled(data) == [0, 1, 2]
    assert reached == datetime(2026, 3, 1, 10, tzinfo=UTC)


def test_a_pull_that_is_not_incremental_has_no_watermark(api: Api) -> None:
    api.pages(items(3))
    (offer,) = rest(api, incremental=False).offers({"/v1/spaces": datetime(2026, 1, 1, tzinfo=UTC)})
    data, _ = offer.get()
    assert pulled(data) == [0, 1, 2]
    assert all("updated_since" not in query for _, query in api.asked)


def test_an_api_that_gives_smaller_pages_than_asked_loses_nothing(api: Api) -> None:
    """A cap on the page's size is the API's right: a short page is not the last one."""
    api.pages(items(7), size=3)
    (offer,) = rest(api, size=500).offers({})
    assert pulled(offer.get()[0]) == list(range(7))


def test_each_declared_path_is_pulled_once_with_its_own_watermark(api: Api) -> None:
    api.pages([])
    since = {"/v1/b": datetime(2026, 3, 1, tzinfo=UTC)}
    offers = list(rest(api, "/v1/a", "/v1/b").offers(since))
    assert [offer.name for offer in offers] == ["/v1/a", "/v1/b"]
    assert api.asked == [], "an offer is no pull yet"
    for offer in offers:
        offer.get()
    assert [(path, "updated_since" in query) for path, query in api.asked] == [("/v1/a", False), ("/v1/b", True)]


def test_patience_is_what_the_api_asks_for(api: Api, pauses: list[float]) -> None:
    api.pages(items(3))
    inner, refused = api.answer, iter([(429, {"Retry-After": "7"}, b""), (429, {"Retry-After": "3600"}, b"")])

    def answer(path: str, query: dict[str, str]) -> Answer:
        return next(refused, None) or inner(path, query) if query["page"] == "2" else inner(path, query)

    api.answer = answer
    (offer,) = rest(api).offers({})
    assert pulled(offer.get()[0]) == [0, 1, 2]
    assert pauses == [7, PATIENCE_SECONDS], "as long as asked, within reason"


def test_a_server_that_fails_midway_is_asked_again_for_that_page_alone(api: Api, pauses: list[float]) -> None:
    api.pages(items(5))
    inner, failures = api.answer, [503, 502, 500]

    def answer(path: str, query: dict[str, str]) -> Answer:
        if query["page"] == "2" and failures:
            return failures.pop(), {}, b"oops"
        return inner(path, query)

    api.answer = answer
    (offer,) = rest(api).offers({})
    assert pulled(offer.get()[0]) == [0, 1, 2, 3, 4]
    assert [query["page"] for _, query in api.asked] == ["1", "2", "2", "2", "2", "3"]
    assert len(pauses) == 3 and sorted(pauses) == pauses and 0 < sum(pauses) < 10


def test_a_server_that_stays_down_midway_gives_no_half_pull(api: Api, pauses: list[float]) -> None:
    api.pages(items(5))
    inner = api.answer
    api.answer = lambda path, query: inner(path, query) if query["page"] == "1" else (503, {}, b"secret body")
    (offer,) = rest(api).offers({})
    with pytest.raises(ConnectorError) as error:
        offer.get()
    assert str(error.value) == "connection api: GET /v1/spaces: 503; the server fails: tell the partner"
    assert len(pauses) == 5


def test_a_wrong_token_is_refused_at_once_and_never_quoted(api: Api, pauses: list[float]) -> None:
    (offer,) = rest(api, token="wrong-token").offers({})
    with pytest.raises(ConnectorError) as error:
        offer.get()
    assert "connection api" in str(error.value) and "401" in str(error.value)
    assert "wrong-token" not in repr(error.value) and pauses == []
    assert "wrong-token" not in repr(rest(api, token="wrong-token"))


def test_a_page_that_is_no_json_is_a_failure_of_the_connection(api: Api) -> None:
    api.answer = lambda path, query: (200, {"Content-Type": "text/html"}, b"<html>maintenance, somchai</html>")
    (offer,) = rest(api).offers({})
    with pytest.raises(ConnectorError, match="connection api: GET /v1/spaces") as error:
        offer.get()
    assert "somchai" not in str(error.value)


def test_an_api_that_is_not_there_is_said_after_some_tries(api: Api, pauses: list[float]) -> None:
    away = rest(api)
    api.stop()
    (offer,) = away.offers({})
    with pytest.raises(ConnectorError, match=r"connection api: GET /v1/spaces: ConnectError"):
        offer.get()
    assert len(pauses) == 5


def test_a_workbook_is_posted_with_its_reference_and_name(api: Api) -> None:
    spec = source({"by": "rest"}, "/v1/spaces", answer={"by": "rest", "path": "/feedback"})
    feedback = outbox(spec, Endpoint("api", "127.0.0.1", api.port, "http", password=TOKEN))
    place = feedback.deliver("แก้ไข_LPG-000007.xlsx", b"PK workbook", "LPG-000007")
    ((path, headers, body),) = api.posted
    assert (path, body, headers["X-Reference"]) == ("/feedback", b"PK workbook", "LPG-000007")
    assert base64.b64decode(headers["X-Filename"]).decode() == "แก้ไข_LPG-000007.xlsx"
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert place.endswith("/feedback#LPG-000007") and TOKEN not in place
    api.post = lambda path, headers, body: (500, {}, b"")
    with pytest.raises(ConnectorError, match=r"connection api: POST /feedback: 500") as error:
        feedback.deliver("a.xlsx", b"x", "LPG-000008")
    assert TOKEN not in str(error.value)


# --- paging


def body(part: list[dict[str, Any]], **more: Any) -> bytes:
    return json.dumps({"items": part, **more}, ensure_ascii=False).encode()


def test_pages_by_offset(api: Api) -> None:
    every = items(5)

    def answer(path: str, query: dict[str, str]) -> Answer:
        start, limit = int(query["skip"]), int(query["take"])
        return 200, {}, body(every[start : start + limit], meta={"count": 5})

    api.answer = answer
    page = {"by": "offset", "parameter": "skip", "size_parameter": "take", "size": 2, "total": "meta.count"}
    (offer,) = rest(api, page=page).offers({})
    assert pulled(offer.get()[0]) == [0, 1, 2, 3, 4]
    assert [query["skip"] for _, query in api.asked] == ["0", "2", "4"]


def test_pages_by_cursor_of_which_one_is_empty(api: Api) -> None:
    script = {"": (items(2), "b"), "b": ([], "c/+="), "c/+=": (items(3)[2:], None)}
    api.answer = lambda path, query: (
        200,
        {},
        body(script[query.get("after", "")][0], page={"end": script[query.get("after", "")][1]}),
    )
    page = {"by": "cursor", "parameter": "after", "next": "page.end", "size": 2}
    (offer,) = rest(api, page=page).offers({})
    assert pulled(offer.get()[0]) == [0, 1, 2]
    assert [query.get("after") for _, query in api.asked] == [None, "b", "c/+="]


@pytest.mark.parametrize("absolute", [True, False])
def test_pages_by_link_header(api: Api, absolute: bool) -> None:
    every = items(3)

    def answer(path: str, query: dict[str, str]) -> Answer:
        page = int(query.get("page", "1"))
        base = f"http://127.0.0.1:{api.port}" if absolute else ""
        link = f'<{base}{path}?page=1>; rel="first", <{base}{path}?page={page + 1}&per_page=1>; rel="next"'
        return 200, {"Link": link} if page < 3 else {}, body(every[page - 1 : page])

    api.answer = answer
    (offer,) = rest(api, page={"by": "link", "size": 1}).offers({})
    assert pulled(offer.get()[0]) == [0, 1, 2]
    assert [query.get("page") for _, query in api.asked] == [None, "2", "3"]


def test_pages_by_next_address_in_the_body_are_asked_of_the_connection_itself(api: Api) -> None:
    """A server behind a proxy writes its inner port, or http for https: only path and query of it are used."""
    every = items(2)

    def answer(path: str, query: dict[str, str]) -> Answer:
        if "k" in query:
            return 200, {}, body(every[1:], links={"next": None})
        return 200, {}, body(every[:1], links={"next": f"https://127.0.0.1:1{path}?k=ก"})

    api.answer = answer
    (offer,) = rest(api, page={"by": "next", "next": "links.next"}).offers({})
    assert pulled(offer.get()[0]) == [0, 1] and api.asked[1][1] == {"k": "ก"}


@pytest.mark.parametrize("place", ["https://evil.example/v1/spaces?page=2", "//evil.example/v1"])
def test_a_next_page_on_another_host_is_refused(api: Api, place: str) -> None:
    api.answer = lambda path, query: (200, {"Link": f'<{place}>; rel="next"'}, body(items(1), next=place))
    for by in ("link", "next"):
        (offer,) = rest(api, page={"by": by}).offers({})
        with pytest.raises(ConnectorError, match=r"connection api: .*evil\.example.*another host"):
            offer.get()


def test_pages_that_go_in_a_circle_are_left(api: Api) -> None:
    api.answer = lambda path, query: (200, {}, body(items(1), next_cursor="b" if query.get("cursor") != "b" else "a"))
    (offer,) = rest(api, page={"by": "cursor"}).offers({})
    with pytest.raises(ConnectorError, match="in a circle"):
        offer.get()


def test_one_page_for_everything_and_an_api_that_ignores_paging(api: Api) -> None:
    api.answer = lambda path, query: (200, {}, body(items(3)))
    for page in ({"by": "none"}, {"by": "number"}):
        (offer,) = rest(api, page=page).offers({})
        assert pulled(offer.get()[0]) == [0, 1, 2]


def test_no_page_after_the_last_one_is_an_end_only_where_no_total_is_said(api: Api) -> None:
    api.answer = lambda path, query: (200, {}, body(items(1))) if query["page"] == "1" else (404, {}, b"")
    (offer,) = rest(api).offers({})
    assert pulled(offer.get()[0]) == [0]
    api.answer = lambda path, query: (200, {}, body(items(1), total=9)) if query["page"] == "1" else (404, {}, b"")
    (offer,) = rest(api).offers({})
    with pytest.raises(ConnectorError, match="GET /v1/spaces: 404; there is nothing at this path"):
        offer.get()


def test_the_same_item_on_two_pages_is_landed_twice_for_downstream_to_see(api: Api) -> None:
    pages = [items(2), [items(2)[1], items(3)[2]], []]
    api.answer = lambda path, query: (200, {}, body(pages[int(query["page"]) - 1]))
    (offer,) = rest(api).offers({})
    assert pulled(offer.get()[0]) == [0, 1, 1, 2]


def test_gzip_pages(api: Api) -> None:
    api.answer = lambda path, query: (200, {"Content-Encoding": "gzip"}, gzip.compress(body(items(2), total=2)))
    (offer,) = rest(api).offers({})
    assert pulled(offer.get()[0]) == [0, 1]


# --- who we are


@pytest.mark.parametrize(
    ("auth", "heard"),
    [
        ("bearer", {"Authorization": f"Bearer {TOKEN}"}),
        ("basic", {"Authorization": "Basic " + base64.b64encode(f"who:{TOKEN}".encode()).decode()}),
        ({"by": "key", "header": "X-API-Key"}, {"X-API-Key": TOKEN}),
    ],
)
def test_secrets_in_headers(api: Api, auth: Any, heard: dict[str, str]) -> None:
    api.knows = ""
    api.pages(items(1))
    spec = source({"by": "rest", "auth": auth}, "/v1/spaces")
    (offer,) = origin(spec, Endpoint("api", "127.0.0.1", api.port, "http", "who", TOKEN)).offers({})
    offer.get()
    assert heard.items() <= {**api.heard[0]}.items()
    assert "none" not in str(api.heard) and ("Authorization" in api.heard[0]) == ("Authorization" in heard)


def test_a_key_in_the_query_is_in_no_message_no_log_and_no_traceback(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    api.knows = ""
    caplog.set_level(logging.DEBUG)
    api.answer = lambda path, query: (403, {}, b"")
    (offer,) = rest(api, auth={"by": "key", "parameter": "api_key"}).offers({})
    with pytest.raises(ConnectorError) as error:
        offer.get()
    assert api.asked[0][1]["api_key"] == TOKEN
    told = "".join(traceback.format_exception(error.value)) + caplog.text
    assert "GET /v1/spaces: 403" in told and TOKEN not in told


class Tokens:
    """A token endpoint: each token is good until another is asked for or the test ends it."""

    def __init__(self, api: Api, seconds: int = 3600) -> None:
        self.api, self.count, self.seconds = api, 0, seconds
        api.post = self.answer

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        assert parse_qs(body.decode()) == {"grant_type": ["client_credentials"], "scope": ["read"]}
        if headers["Authorization"] != "Basic " + base64.b64encode(f"client:{TOKEN}".encode()).decode():
            return 401, {}, b""
        self.count += 1
        self.api.knows = f"Bearer token-{self.count}"
        return 200, {}, json.dumps({"access_token": f"token-{self.count}", "expires_in": self.seconds}).encode()


def oauth2(api: Api, password: str = TOKEN, extra: dict[str, str] | None = None) -> Rest:
    extra = {"token_url": f"http://127.0.0.1:{api.port}/token"} if extra is None else extra
    spec = source({"by": "rest", "page": {"size": 1}, "auth": {"by": "oauth2", "scope": "read"}}, "/v1/spaces")
    made = origin(spec, Endpoint("api", "127.0.0.1", api.port, "http", "client", password, extra))
    assert isinstance(made, Rest)
    return made


def test_oauth2_asks_for_one_token_and_for_another_when_it_is_refused_midway(api: Api) -> None:
    tokens = Tokens(api)
    api.pages(items(4), size=1)
    inner = api.answer

    def answer(path: str, query: dict[str, str]) -> Answer:
        if query["page"] == "3" and tokens.count == 1:
            api.knows = "Bearer somebody else's"
            return 401, {}, b""
        return inner(path, query)

    api.answer = answer
    (offer,) = oauth2(api).offers({})
    assert pulled(offer.get()[0]) == [0, 1, 2, 3]
    assert tokens.count == 2 and [query["page"] for _, query in api.asked] == ["1", "2", "3", "3", "4"]


def test_oauth2_renews_before_the_token_ends(api: Api) -> None:
    tokens = Tokens(api, seconds=1)
    api.pages(items(1))
    (offer,) = oauth2(api).offers({})
    offer.get()
    assert tokens.count == 1
    Tokens(api, seconds=30)
    clock = time.monotonic
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "monotonic", lambda: clock() + 60 * len(api.asked))
        api.pages(items(3), size=1)
        (offer,) = oauth2(api).offers({})
        assert pulled(offer.get()[0]) == [0, 1, 2]
    assert api.knows == "Bearer token-3"


def test_a_token_that_stays_refused_is_renewed_once(api: Api) -> None:
    tokens = Tokens(api)
    api.knows = ""
    api.answer = lambda path, query: (401, {}, b"")
    (offer,) = oauth2(api).offers({})
    with pytest.raises(ConnectorError, match="GET /v1/spaces: 401; login, password or token is refused"):
        offer.get()
    assert tokens.count == 2 and len(api.asked) == 2


@pytest.mark.parametrize(
    ("password", "extra", "words"),
    [
        ("wrong-secret", None, "no OAuth2 token: 401"),
        (TOKEN, {}, "no token_url in its extra"),
        ("", None, "no password"),
    ],
)
def test_no_token(api: Api, password: str, extra: dict[str, str] | None, words: str) -> None:
    Tokens(api)
    (offer,) = oauth2(api, password, extra).offers({})
    with pytest.raises(ConnectorError, match=f"connection api: {words}") as error:
        offer.get()
    assert "wrong-secret" not in "".join(traceback.format_exception(error.value))


def test_a_redirect_is_not_followed_to_another_host(api: Api) -> None:
    other = Api()
    other.knows = ""
    try:
        api.answer = lambda path, query: (302, {"Location": f"http://127.0.0.1:{other.port}/"}, b"")
        (offer,) = rest(api).offers({})
        with pytest.raises(ConnectorError, match="is redirected to http://127.0.0.1"):
            offer.get()
        assert other.asked == []
    finally:
        other.stop()


# --- patience


def test_retry_after_as_a_date(api: Api, pauses: list[float]) -> None:
    api.pages(items(1))
    inner = api.answer
    refused = iter(
        [(503, {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)}, b"")]
    )
    api.answer = lambda path, query: next(refused, None) or inner(path, query)
    (offer,) = rest(api).offers({})
    assert pulled(offer.get()[0]) == [0]
    assert len(pauses) == 1 and 25 < pauses[0] <= 30


@pytest.mark.parametrize("header", ["soon", "-1", "Thu, 99 Foo 2026", ""])
def test_retry_after_that_says_nothing(api: Api, pauses: list[float], header: str) -> None:
    api.pages(items(1))
    inner, refused = api.answer, iter([(429, {"Retry-After": header}, b"")])
    api.answer = lambda path, query: next(refused, None) or inner(path, query)
    (offer,) = rest(api).offers({})
    offer.get()
    assert len(pauses) == 1 and 0 < pauses[0] < 5


# --- broken off


def breaks_at(api: Api, page: int, every: list[dict[str, Any]]) -> None:
    api.pages(every, size=2)
    inner = api.answer
    api.answer = lambda path, query: (500, {}, b"") if query["page"] == str(page) else inner(path, query)


def test_a_pull_that_broke_off_goes_on_where_it_stopped_and_gives_the_same_bytes(api: Api) -> None:
    every = items(80)
    api.pages(every, size=2)
    (offer,) = rest(api).offers({})
    whole = offer.get()
    kept = KeptInMemory()
    breaks_at(api, 37, every)
    (offer,) = rest(api, kept=kept).offers({})
    with pytest.raises(ConnectorError):
        offer.get()
    assert len(kept.pages) == 36
    api.pages(every, size=2)
    api.asked.clear()
    (offer,) = rest(api, kept=kept).offers({})
    assert offer.get() == whole
    # the last page that is there is looked at once more: has anything moved?
    assert [query["page"] for _, query in api.asked] == [str(n) for n in range(36, 41)]
    api.asked.clear()
    assert offer.get() == whole and len(api.asked) == 1, "not registered yet: nothing is pulled again"
    offer.landed()
    assert kept.pages == {}


def test_a_pull_is_made_anew_when_what_it_has_moved_meanwhile(api: Api) -> None:
    kept, every = KeptInMemory(), items(10)
    breaks_at(api, 4, every)
    (offer,) = rest(api, kept=kept).offers({})
    with pytest.raises(ConnectorError):
        offer.get()
    del every[0]  # everything moves by one: page 4 begins with what was to be the second item of it
    api.pages(every, size=2)
    (offer,) = rest(api, kept=kept).offers({})
    assert pulled(offer.get()[0]) == list(range(1, 10))


def test_a_pull_is_made_anew_for_another_watermark_another_spec_or_when_it_is_old(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, every = KeptInMemory(), items(6)

    def pages_asked(**changes: Any) -> list[str]:
        breaks_at(api, 3, every)
        since = changes.pop("since", {})
        (offer,) = rest(api, kept=kept, **changes).offers(since)
        api.asked.clear()
        with pytest.raises(ConnectorError):
            offer.get()
        return [query["page"] for _, query in api.asked if query["page"] != "3"]

    assert pages_asked() == ["1", "2"]
    assert pages_asked() == ["2"]
    assert pages_asked(since={"/v1/spaces": datetime(2026, 1, 1, tzinfo=UTC)}) == ["1", "2"]
    assert pages_asked() == ["1", "2"]
    assert pages_asked(size=3) == ["1", "2"]
    monkeypatch.setattr(pull, "KEPT_FOR", timedelta(seconds=-5))
    assert pages_asked(size=3) == ["1", "2"]


def test_a_cursor_that_is_not_good_any_more_begins_anew(api: Api) -> None:
    kept, good = KeptInMemory(), {"state": "broken"}
    every = {"": (items(1), "a"), "a": (items(2)[1:], "b"), "b": (items(3)[2:], None)}

    def answer(path: str, query: dict[str, str]) -> Answer:
        cursor = query.get("cursor", "")
        if good["state"] == "broken" and cursor == "b":
            return 500, {}, b""
        if good["state"] == "expired" and cursor:
            return 410, {}, b""
        return 200, {}, body(every[cursor][0], next_cursor=every[cursor][1])

    api.answer = answer
    (offer,) = rest(api, kept=kept, page={"by": "cursor"}).offers({})
    with pytest.raises(ConnectorError):
        offer.get()
    good["state"] = "expired"
    with pytest.raises(ConnectorError, match="410"):
        offer.get()
    good["state"] = "well"
    assert pulled(offer.get()[0]) == [0, 1, 2]


# --- how far a pull reaches

MARCH = datetime.fromisoformat("2026-03-05T10:00:04+07:00")


def told(data: tuple[bytes, datetime | None]) -> tuple[list[int], datetime | None]:
    return pulled(data[0]), data[1]


def test_an_item_that_changes_while_it_is_pulled_keeps_the_watermark_where_it_is(api: Api) -> None:
    """Sorted by its stamp it moves to the end, and pushes another one over the edge of a page that was read already."""
    every = items(6)
    api.pages(every)
    inner = api.answer

    def answer(path: str, query: dict[str, str]) -> Answer:
        if query["page"] == "2":
            every.append(every.pop(0) | {"updated_at": datetime.now(UTC).isoformat()})
        return inner(path, query)

    api.answer = answer
    after = datetime(2026, 1, 1, tzinfo=UTC)
    (offer,) = rest(api).offers({"/v1/spaces": after})
    assert told(offer.get()) == ([0, 1, 3, 4, 5, 0], after), "item 2 was never seen: it is asked for again next time"
    api.pages(every)
    (offer,) = rest(api).offers({"/v1/spaces": after})
    assert 2 in pulled(offer.get()[0])


def test_a_total_that_shrinks_keeps_the_watermark_and_one_that_grows_is_gone_on_for(api: Api) -> None:
    every = items(6)
    api.pages(every)
    inner = api.answer

    def shrinks(path: str, query: dict[str, str]) -> Answer:
        if query["page"] == "2":
            del every[:2]
        return inner(path, query)

    api.answer = shrinks
    (offer,) = rest(api).offers({})
    assert offer.get()[1] is None

    def grows(path: str, query: dict[str, str]) -> Answer:
        if query["page"] == "2":
            every.extend(items(8)[6:])
        return inner(path, query)

    every[:] = items(4)
    api.answer = grows
    (offer,) = rest(api).offers({})
    data, reached = offer.get()
    assert pulled(data) == [0, 1, 2, 3, 6, 7] and reached == datetime.fromisoformat(every[3]["updated_at"])


def test_fewer_items_than_the_total_says_keep_the_watermark(api: Api) -> None:
    api.answer = lambda path, query: (200, {}, body(items(2) if query["page"] == "1" else [], total=5))
    (offer,) = rest(api).offers({})
    assert told(offer.get()) == ([0, 1], None)


def test_with_a_cursor_nothing_is_pushed_and_the_watermark_is_what_was_there_at_first(api: Api) -> None:
    fresh = {"a": 9, "updated_at": datetime.now(UTC).isoformat()}
    api.answer = lambda path, query: (200, {}, body([*items(5), fresh]))
    (offer,) = rest(api, page={"by": "cursor"}).offers({})
    assert offer.get()[1] == MARCH


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ({}, "2026-03-01T18:30:00+00:00"),
        ({"overlap": "30m"}, "2026-03-01T18:00:00+00:00"),
        ({"write": "date", "zone": "Asia/Bangkok"}, "2026-03-02"),
        ({"write": "seconds"}, "1772389800"),
    ],
)
def test_how_the_watermark_is_asked_for(api: Api, said: dict[str, Any], asked: str) -> None:
    api.pages([])
    since = {"parameter": "since", "field": "updated_at", **said}
    (offer,) = rest(api, updated_since=since).offers(
        {"/v1/spaces": datetime.fromisoformat("2026-03-02T01:30:00+07:00")}
    )
    offer.get()
    assert api.asked[0][1]["since"] == asked


def test_stamps_in_seconds_in_a_nested_field_and_in_bangkoks_time(api: Api) -> None:
    since = {"parameter": "since", "field": "meta.at", "zone": "Asia/Bangkok"}
    api.pages(
        [{"a": 0, "meta": {"at": 1772389800}}, {"a": 1, "meta": {"at": "2026-03-02 02:00:00"}}, {"a": 2, "meta": 1}]
    )
    (offer,) = rest(api, updated_since=since).offers({})
    assert offer.get()[1] == datetime(2026, 3, 1, 19, tzinfo=UTC)
    api.pages([{"a": 0, "meta": {"at": "เมื่อวาน สมชาย"}}])
    (offer,) = rest(api, updated_since=since).offers({})
    with pytest.raises(ConnectorError, match=r"meta\.at of an item is no time") as error:
        offer.get()
    assert "สมชาย" not in "".join(traceback.format_exception(error.value))


# --- too much


def test_a_page_of_2_gib_is_left_at_the_limit(api: Api) -> None:
    """Gzipped it is small on the line; no more than the limit is ever unpacked."""
    packer = zlib.compressobj(wbits=31)
    head = packer.compress(b"[") + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(b" " * (8 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)  # may stand any number of times
    api.answer = lambda path, query: (200, {"Content-Encoding": "gzip"}, head + piece * 256 + packer.copy().flush())
    (offer,) = rest(api).offers({})
    tracemalloc.start()
    with pytest.raises(TooLarge, match=r"connection api: GET /v1/spaces is larger than 64 MiB.*smaller pages") as error:
        offer.get()
    assert tracemalloc.get_traced_memory()[1] < 300 << 20  # the server's own bytes too
    tracemalloc.stop()
    assert error.value.limit == 64 << 20


def test_a_pull_that_never_ends_is_left_at_the_limit(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull, "DELIVERY_BYTES", 100_000)
    api.answer = lambda path, query: (200, {}, body([{"a": int(query["page"]), "x": "x" * 5000}]))
    kept = KeptInMemory()
    (offer,) = rest(api, kept=kept).offers({})
    with pytest.raises(TooLarge, match="GET /v1/spaces is larger"):
        offer.get()
    assert kept.pages == {} and len(api.asked) == 20


def test_a_server_that_drips_is_given_up(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    api.pages(items(1))
    monkeypatch.setattr(web, "ANSWER_SECONDS", -1)
    (offer,) = rest(api).offers({})
    with pytest.raises(ConnectorError, match="GET /v1/spaces: no whole answer in"):
        offer.get()
