"""Files of a real HTTP server: what is new is known by ETag, by Last-Modified or by content; packed and huge ones."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import pytest
from connector_places import TOKEN, Api, source

from equity.sources.connectors import ConnectorError, Endpoint, Offer, TooLarge, http, origin
from equity.sources.connectors.http import Http


def files(api: Api, *paths: Any, **said: Any) -> Http:
    password = said.pop("password", TOKEN)
    fetch = {"by": "http", "paths": list(paths) or ["/out/members.csv"], **said}
    made = origin(source(fetch), Endpoint("school", "127.0.0.1", api.port, "http", "", password))
    assert isinstance(made, Http)
    return made


@pytest.fixture(autouse=True)
def open_to_all(api: Api) -> None:
    api.knows = ""


def only(found: Http) -> Offer:
    (offer,) = found.offers({})
    return offer


def test_a_file_is_new_when_its_etag_is_and_is_fetched_only_then(api: Api) -> None:
    state = {"etag": '"v1"', "body": b"a,b\n1,2\n"}
    api.answer = lambda path, query: (200, {"ETag": state["etag"]}, state["body"])  # type: ignore[dict-item,return-value]
    first = only(files(api))
    assert (first.name, first.stamp) == ("members.csv", "v1 8") and api.verbs == ["HEAD"]
    assert first.get() == (b"a,b\n1,2\n", None) and api.verbs == ["HEAD", "GET"]
    assert only(files(api)).stamp == first.stamp
    state["etag"] = 'W/"v2"'
    assert only(files(api)).stamp == "W/v2 8"


def test_a_file_is_new_when_its_time_is(api: Api) -> None:
    api.answer = lambda path, query: (200, {"Last-Modified": "Sun, 01 Mar 2026 10:00:00 GMT"}, b"x")
    assert only(files(api)).stamp == "Sun, 01 Mar 2026 10:00:00 GMT 1"


@pytest.mark.parametrize("head", [200, 405, 404, 403, 501])
def test_a_server_that_says_nothing_of_its_files_is_asked_for_them(api: Api, head: int) -> None:
    state = {"body": b"one"}
    api.answer = lambda path, query: (head if api.verbs[-1] == "HEAD" else 200, {}, state["body"])
    first = only(files(api))
    assert first.get() == (b"one", None)
    assert only(files(api)).stamp == first.stamp
    state["body"] = b"two"
    second = only(files(api))
    assert second.stamp != first.stamp and second.get() == (b"two", None)


def test_names_queries_and_patterns(api: Api) -> None:
    api.answer = lambda path, query: (200, {"ETag": "e"}, f"{path}{query}".encode())
    paths = ["/a/ก.csv", {"path": "/export?what=คน&as=csv", "name": "people.csv"}, "/b.xlsx"]
    found = {offer.name: offer.get()[0].decode() for offer in files(api, *paths, files="*.csv").offers({})}
    assert found == {"ก.csv": "/a/%E0%B8%81.csv{}", "people.csv": "/export{'what': 'คน', 'as': 'csv'}"}


def test_a_packed_file_is_unpacked_by_either_way(api: Api) -> None:
    text = b"a,b\n" + b"1,2\n" * 1000
    api.answer = lambda path, query: (200, {"ETag": "e"}, gzip.compress(text[:100]) + gzip.compress(text[100:]))
    offer = only(files(api, "/members.csv.gz"))
    assert (offer.name, offer.get()[0]) == ("members.csv", text)
    api.answer = lambda path, query: (200, {"ETag": "e", "Content-Encoding": "gzip"}, gzip.compress(text))
    assert only(files(api)).get()[0] == text


@pytest.mark.parametrize(("cut", "words"), [(slice(0, 30), "is cut off"), (slice(0, 11), "is cut off|is damaged")])
def test_a_packed_file_that_is_cut_off_is_not_taken(api: Api, cut: slice, words: str) -> None:
    api.answer = lambda path, query: (200, {"ETag": "e"}, gzip.compress(bytes(range(256)) * 10)[cut])
    with pytest.raises(ConnectorError, match=f"connection school: members.csv: the gzip file {words}"):
        only(files(api, "/members.csv.gz")).get()


def test_bombs_and_huge_files_are_left_at_the_limit(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "DELIVERY_BYTES", 8 << 20)
    bomb = zlib.compress(b"0" * (64 << 20), wbits=31)
    api.answer = lambda path, query: (200, {"ETag": "e"}, bomb)
    with pytest.raises(TooLarge, match=r"members.csv, unpacked, is larger"):
        only(files(api, "/members.csv.gz")).get()
    api.answer = lambda path, query: (200, {"ETag": "e"}, b"0" * (9 << 20))
    with pytest.raises(TooLarge, match=r"connection school: GET /out/members.csv is larger"):
        only(files(api)).get()
    api.answer = lambda path, query: (200, {}, b"0" * (9 << 20))
    with pytest.raises(TooLarge):
        only(files(api)).get()


def test_a_file_that_is_not_there_does_not_hide_the_others(api: Api) -> None:
    api.answer = lambda path, query: (404, {}, b"") if "b" in path else (200, {"ETag": "e"}, path.encode())
    found = list(files(api, "/a.csv", "/b.csv", "/d.csv").offers({}))
    assert [offer.name for offer in found] == ["a.csv", "b.csv", "d.csv"]
    with pytest.raises(ConnectorError, match="connection school: GET /b.csv: 404; there is nothing at this path"):
        found[1].get()
    assert found[2].stamp == "e 6"


def test_a_redirect_is_followed_where_the_spec_allows_and_takes_no_secret_along(api: Api) -> None:
    other = Api()
    other.knows = ""
    other.answer = lambda path, query: (200, {"ETag": "e"}, b"moved")
    try:
        api.answer = lambda path, query: (302, {"Location": f"http://127.0.0.1:{other.port}/x?sig=1"}, b"")
        with pytest.raises(ConnectorError, match="is redirected to http://127.0.0.1; .*may_redirect_to"):
            only(files(api, auth="bearer"))
        allowed = only(files(api, auth="bearer", may_redirect_to=["127.0.0.*"]))
        assert allowed.get() == (b"moved", None)
        assert [h.get("Authorization") for h in api.heard[-2:]] == [f"Bearer {TOKEN}"] * 2
        assert other.heard and all("Authorization" not in heard for heard in other.heard)
        api.answer = lambda path, query: (301, {"Location": path}, b"")
        with pytest.raises(ConnectorError, match="is redirected for ever"):
            only(files(api))
    finally:
        other.stop()


def test_a_redirect_on_the_same_server_is_followed_with_the_secret(api: Api) -> None:
    api.knows = f"Bearer {TOKEN}"
    api.answer = lambda path, query: (
        (307, {"Location": "/files/members.csv"}, b"") if path.startswith("/out") else (200, {"ETag": "e"}, b"here")
    )
    assert only(files(api, auth="bearer")).get() == (b"here", None)


def test_a_certificate_is_wanted_unless_the_connection_says_http(api: Api) -> None:
    spec = source({"by": "http", "paths": ["/a.csv"]})
    with pytest.raises(ConnectorError, match="connection school: HEAD /a.csv: ConnectError; is the server up"):
        list(origin(spec, Endpoint("school", "127.0.0.1", api.port)).offers({}))
    with pytest.raises(ConnectorError, match="connection school: no host"):
        list(origin(spec, Endpoint("school")).offers({}))


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (["members.csv"], "write the path from `/` on"),
        (["https://a.example/members.csv"], "the host is in the connection"),
        (["/a/x.csv", "/b/x.csv"], "two paths give the same name"),
        (["/"], "add `name`"),
    ],
)
def test_paths_that_are_none(paths: list[str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        source({"by": "http", "paths": paths})
