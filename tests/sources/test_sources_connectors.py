"""Connectors against real servers: a folder, an HTTP API that limits and fails, an SFTP server with a host key."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncssh
import pytest

from equity.sources import connectors
from equity.sources.connectors import ConnectorError, Endpoint, Folder, Rest, Sftp, connector
from equity.sources.fetch import Answer, Fetch
from equity.sources.spec import Source

TOKEN = "s3cret-token"
FIELDS = {"space_ref": "a", "name": "b", "kind": "c"}


def source(fetch: dict[str, Any], *paths: str) -> Source:
    tables = [
        {"record_type": "learning_space", "sends": "changes", "fields": FIELDS, "path": p, "rows": "items"}
        for p in paths or (None,)
    ]
    return Source.model_validate(
        {
            "source": "a_partner",
            "partner": {"family": "unit", "name": {"th": "ก", "en": "A"}, "area": "52"},
            "fetch": {"connection": "c", **fetch},
            "answer": {"connection": "c", "by": fetch["by"], "folder": "ตอบกลับ", "path": "/feedback"},
            "versions": [{"since": "2026-01-01", "tables": tables[:1]}]
            if len(tables) == 1
            else [{"since": "2026-01-01", "tables": tables[:1]}, {"since": "2026-02-01", "tables": tables[1:]}],
        }
    )


# --- a folder


def folder(root: Path, files: str = "*.xlsx", below: str = "") -> Folder:
    spec = source({"by": "folder", "files": files, "folder": below})
    made = connector(spec, spec.fetch, Endpoint("drop", extra={"path": str(root)}))
    assert isinstance(made, Folder)
    return made


def test_a_folder_offers_what_is_finished_by_name(tmp_path: Path) -> None:
    root = tmp_path / "กล่อง รับไฟล์"
    root.mkdir()
    for name in ("ข.xlsx", "ก.xlsx", "~$ก.xlsx", ".ก.xlsx", "ค.xlsx.part", "ค.xlsx.tmp", "ง.csv"):
        (root / name).write_bytes(name.encode())
    (root / "folder.xlsx").mkdir()
    offers = list(folder(root).offers({}))
    assert [offer.name for offer in offers] == ["ก.xlsx", "ข.xlsx"]
    assert [offer.get() for offer in offers] == [("ก.xlsx".encode(), None), ("ข.xlsx".encode(), None)]


@pytest.mark.parametrize("name", ["~$a.xlsx", ".a.csv", "a.csv.part", "a.tmp", "a.csv.filepart", ".a.part"])
def test_unfinished_names_are_not_offered_even_where_everything_is_asked_for(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"half")
    assert list(folder(tmp_path, files="*").offers({})) == []


def test_a_stamp_changes_with_the_file_and_only_then(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    file.write_bytes(b"one")
    os.utime(file, (1_000, 1_000))
    stamps = [next(folder(tmp_path).offers({})).stamp for _ in range(2)]
    file.write_bytes(b"two!")
    stamps.append(next(folder(tmp_path).offers({})).stamp)
    os.utime(file, (1_000, 1_000))
    file.write_bytes(b"two?")
    os.utime(file, (2_000, 2_000))
    stamps.append(next(folder(tmp_path).offers({})).stamp)
    assert stamps[0] == stamps[1] and len(set(stamps)) == 3


def test_a_workbook_is_put_down_whole(tmp_path: Path) -> None:
    spec = source({"by": "folder"})
    assert spec.answer is not None
    outbox = connector(spec, spec.answer, Endpoint("out", extra={"path": str(tmp_path / "ขาออก")}))
    place = outbox.deliver("แก้ไข_LPG-000001.xlsx", b"workbook", "LPG-000001")
    assert Path(place) == tmp_path / "ขาออก" / "ตอบกลับ" / "แก้ไข_LPG-000001.xlsx"
    assert Path(place).read_bytes() == b"workbook"
    assert [f.name for f in Path(place).parent.iterdir()] == ["แก้ไข_LPG-000001.xlsx"]
    outbox.deliver("แก้ไข_LPG-000001.xlsx", b"again", "LPG-000001")
    assert Path(place).read_bytes() == b"again"


def test_a_folder_that_is_not_there_is_said_with_the_connection(tmp_path: Path) -> None:
    with pytest.raises(ConnectorError, match=r"connection drop: there is no folder .*nowhere"):
        list(folder(tmp_path / "nowhere").offers({}))
    spec = source({"by": "folder"})
    with pytest.raises(ConnectorError, match=r"connection drop: no path"):
        list(connector(spec, spec.fetch, Endpoint("drop")).offers({}))


# --- an API


class Api:
    """An HTTP server whose answers are scripted by the test: request → (status, headers, body)."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.posted: list[tuple[str, dict[str, str], bytes]] = []
        self.answer: Callable[[str, dict[str, str]], tuple[int, dict[str, str], bytes]] = lambda path, query: (
            404,
            {},
            b"",
        )
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {key: values[0] for key, values in parse_qs(parts.query).items()}
                api.asked.append((parts.path, query))
                if self.headers["Authorization"] != f"Bearer {TOKEN}":
                    self._say(401, {}, b'{"error": "token"}')
                else:
                    self._say(*api.answer(parts.path, query))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                api.posted.append((self.path, dict(self.headers.items()), body))
                self._say(*api.answer(self.path, {}))

            def _say(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def pages(self, items: list[dict[str, Any]], size: int | None = None) -> None:
        """Answer like an API with `items`, as many at a time as asked for (or `size`)."""

        def answer(path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
            count, page = size or int(query["page_size"]), int(query["page"])
            part = items[(page - 1) * count : page * count]
            return 200, {}, json.dumps({"items": part, "total": len(items)}, ensure_ascii=False).encode()

        self.answer = answer


@pytest.fixture
def api() -> Iterator[Api]:
    made = Api()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits are written down instead of waited."""
    waited: list[float] = []
    monkeypatch.setattr(connectors._get.retry, "sleep", waited.append)  # type: ignore[attr-defined]
    return waited


def rest(api: Api, *paths: str, token: str = TOKEN, size: int = 2, incremental: bool = True) -> Rest:
    fetch: dict[str, Any] = {"by": "rest", "page": {"size": size}}
    if incremental:
        fetch["updated_since"] = {"parameter": "updated_since", "field": "updated_at"}
    spec = source(fetch, *(paths or ("/v1/spaces",)))
    made = connector(spec, spec.fetch, Endpoint("api", "127.0.0.1", api.port, "http", password=token))
    assert isinstance(made, Rest)
    return made


def items(count: int) -> list[dict[str, Any]]:
    return [{"a": i, "name": "ศาลา", "updated_at": f"2026-03-0{1 + i % 5}T10:00:0{i % 10}+07:00"} for i in range(count)]


def pulled(data: bytes) -> list[Any]:
    return [item["a"] for line in data.splitlines() for item in json.loads(line)["items"]]


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

    def answer(path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        return next(refused, None) or inner(path, query) if query["page"] == "2" else inner(path, query)

    api.answer = answer
    (offer,) = rest(api).offers({})
    assert pulled(offer.get()[0]) == [0, 1, 2]
    assert pauses == [7, connectors.PATIENCE_SECONDS], "as long as asked, within reason"


def test_a_server_that_fails_midway_is_asked_again_for_that_page_alone(api: Api, pauses: list[float]) -> None:
    api.pages(items(5))
    inner, failures = api.answer, [503, 502, 500]

    def answer(path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
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
    assert str(error.value) == "connection api: GET /v1/spaces: 503"
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
    api.server.shutdown()
    api.server.server_close()
    (offer,) = away.offers({})
    with pytest.raises(ConnectorError, match=r"connection api: GET /v1/spaces: ConnectError"):
        offer.get()
    assert len(pauses) == 5


def test_a_workbook_is_posted_with_its_reference_and_name(api: Api) -> None:
    api.answer = lambda path, query: (201, {}, b"{}")
    spec = source({"by": "rest"}, "/v1/spaces")
    assert isinstance(spec.answer, Answer)
    feedback = connector(spec, spec.answer, Endpoint("api", "127.0.0.1", api.port, "http", password=TOKEN))
    place = feedback.deliver("แก้ไข_LPG-000007.xlsx", b"PK workbook", "LPG-000007")
    ((path, headers, body),) = api.posted
    assert (path, body, headers["X-Reference"]) == ("/feedback", b"PK workbook", "LPG-000007")
    assert base64.b64decode(headers["X-Filename"]).decode() == "แก้ไข_LPG-000007.xlsx"
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert place.endswith("/feedback#LPG-000007") and TOKEN not in place
    api.answer = lambda path, query: (500, {}, b"")
    with pytest.raises(ConnectorError, match=r"connection api: POST /feedback") as error:
        feedback.deliver("a.xlsx", b"x", "LPG-000008")
    assert TOKEN not in str(error.value)


# --- SFTP


class SftpServer:
    """A real SFTP server over one folder, with a host key made for the test."""

    def __init__(self, root: Path) -> None:
        self.loop = asyncio.new_event_loop()
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        ready: Future[int] = Future()

        class Login(asyncssh.SSHServer):
            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return (username, password) == ("lampang", TOKEN)

        async def serve() -> None:
            acceptor = await asyncssh.create_server(
                Login, "127.0.0.1", 0, server_host_keys=[self.key],
                sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(root).encode()),
            )  # fmt: skip
            ready.set_result(acceptor.get_port())

        def run() -> None:
            asyncio.set_event_loop(self.loop)
            self.loop.run_until_complete(serve())
            self.loop.run_forever()

        threading.Thread(target=run, daemon=True).start()
        self.port = ready.result(timeout=10)

    @property
    def host_key(self) -> str:
        return self.key.export_public_key().decode().strip()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)


@pytest.fixture(scope="module")
def sftp_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sftp")
    for name in ("outgoing", "ตอบกลับ"):
        (root / name).mkdir()
    return root


@pytest.fixture(scope="module")
def sftp_server(sftp_root: Path) -> Iterator[SftpServer]:
    made = SftpServer(sftp_root)
    yield made
    made.stop()


def sftp(
    server: SftpServer, *, host_key: str | None = None, password: str = TOKEN, answer: bool = False, **fetch: Any
) -> Sftp:
    spec = source({"by": "sftp", "folder": "outgoing", "files": "*.csv", **fetch})
    extra = {"host_key": server.host_key if host_key is None else host_key}
    role = spec.answer if answer else spec.fetch
    assert role is not None
    made = connector(spec, role, Endpoint("municipality", "127.0.0.1", server.port, "", "lampang", password, extra))
    assert isinstance(made, Sftp)
    return made


def test_sftp_offers_what_is_finished_by_name_and_reads_it(sftp_server: SftpServer, sftp_root: Path) -> None:
    folder_ = sftp_root / "outgoing"
    big = os.urandom(3 << 20)
    for name in ("ข.csv", "a.csv", ".a.csv", "b.csv.filepart", "b.csv.part", "c.txt"):
        (folder_ / name).write_bytes(big if name == "ข.csv" else name.encode())
    (folder_ / "archive.csv").mkdir()
    found = {offer.name: (offer.stamp, offer.get()) for offer in sftp(sftp_server).offers({})}
    assert list(found) == ["a.csv", "ข.csv"]
    assert found["ข.csv"][1] == (big, None) and found["a.csv"][1] == (b"a.csv", None)
    assert found["a.csv"][0] == f"5-{int((folder_ / 'a.csv').stat().st_mtime)}"
    everything = [offer.name for offer in sftp(sftp_server, files="*").offers({})]
    assert everything == ["a.csv", "c.txt", "ข.csv"]


def test_sftp_takes_a_workbook_whole_and_again(sftp_server: SftpServer, sftp_root: Path) -> None:
    outbox = sftp(sftp_server, answer=True)
    for workbook in (b"first" * 100_000, b"second"):
        place = outbox.deliver("แก้ไข_LPG-000001.xlsx", workbook, "LPG-000001")
        assert place == "sftp://127.0.0.1/ตอบกลับ/แก้ไข_LPG-000001.xlsx"
        assert [(f.name, f.read_bytes()) for f in (sftp_root / "ตอบกลับ").iterdir()] == [
            ("แก้ไข_LPG-000001.xlsx", workbook)
        ]


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
def test_sftp_refuses_a_server_with_another_key_before_the_password_is_sent(sftp_server: SftpServer, kind: str) -> None:
    """Also where the server's key is of another kind than the one that is known."""
    other = asyncssh.generate_private_key(kind).export_public_key().decode()
    with pytest.raises(ConnectorError, match=r"connection municipality: \w*(HostKey|SSH)Exception") as error:
        list(sftp(sftp_server, host_key=other).offers({}))
    assert TOKEN not in str(error.value)


@pytest.mark.parametrize("key", ["", "ssh-ed25519", "ssh-ed25519 not-base64!", "ssh-nonsense AAAA"])
def test_sftp_without_a_usable_host_key_is_refused_in_words(sftp_server: SftpServer, key: str) -> None:
    with pytest.raises(ConnectorError, match=r"connection municipality: .*host_key"):
        list(sftp(sftp_server, host_key=key).offers({}))


def test_sftp_with_a_wrong_password_is_refused_and_it_is_never_quoted(sftp_server: SftpServer) -> None:
    with pytest.raises(ConnectorError, match=r"connection municipality: AuthenticationException") as error:
        list(sftp(sftp_server, password="wr0ng-password").offers({}))
    assert "wr0ng-password" not in str(error.value)
    assert "wr0ng-password" not in repr(sftp(sftp_server, password="wr0ng-password"))


def test_sftp_says_which_connection_lost_a_folder_or_a_file(sftp_server: SftpServer, sftp_root: Path) -> None:
    with pytest.raises(ConnectorError, match=r"connection municipality"):
        list(sftp(sftp_server, folder="nowhere").offers({}))
    file = sftp_root / "outgoing" / "gone.csv"
    file.write_bytes(b"x")
    for offer in sftp(sftp_server, files="gone.csv").offers({}):
        file.unlink()
        with pytest.raises(ConnectorError, match=r"connection municipality"):
            offer.get()


def test_sftp_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = source({"by": "sftp"})
    started = time.monotonic()
    with pytest.raises(ConnectorError, match=r"connection municipality"):
        key = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
        list(connector(spec, spec.fetch, Endpoint("municipality", "127.0.0.1", 9, extra={"host_key": key})).offers({}))
    assert time.monotonic() - started < 20


def test_roles_without_the_right_shape_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="by"):
        Fetch.model_validate({"by": "ftp", "connection": "c"})
