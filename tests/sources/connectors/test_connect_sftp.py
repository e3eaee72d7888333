"""SFTP against a real server with a host key made for the test."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from connector_places import TOKEN, source

from equity.sources.connectors import ConnectorError, Endpoint, NotReady, TooLarge, origin, outbox
from equity.sources.connectors.sftp import Sftp


class SftpServer:
    """A real SFTP server over one folder, with a host key made for the test."""

    def __init__(self, root: Path) -> None:
        self.loop = asyncio.new_event_loop()
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self.known = ""
        server = self
        ready: Future[int] = Future()

        class Login(asyncssh.SSHServer):
            def password_auth_supported(self) -> bool:
                return True

            def public_key_auth_supported(self) -> bool:
                return bool(server.known)

            def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
                return key.export_public_key().decode().split()[:2] == server.known.split()[:2]

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
    there = {"by": "sftp", "folder": "outgoing", "files": "*.csv", **fetch}
    spec = source(there, answer={"by": "sftp", "folder": "ตอบกลับ"})
    extra = {"host_key": server.host_key if host_key is None else host_key}
    end = Endpoint("municipality", "127.0.0.1", server.port, "", "lampang", password, extra)
    made = outbox(spec, end) if answer else origin(spec, end)
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
    out = sftp(sftp_server, answer=True)
    for workbook in (b"first" * 100_000, b"second"):
        place = out.deliver("แก้ไข_LPG-000001.xlsx", workbook, "LPG-000001")
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
        list(origin(spec, Endpoint("municipality", "127.0.0.1", 9, extra={"host_key": key})).offers({}))
    assert time.monotonic() - started < 20


def test_links_are_no_files(sftp_server: SftpServer, sftp_root: Path) -> None:
    (sftp_root / "ตอบกลับ" / "secret.csv").write_bytes(b"another's")
    (sftp_root / "outgoing" / "link.csv").symlink_to("../ตอบกลับ/secret.csv")
    assert list(sftp(sftp_server, files="link.csv").offers({})) == []
    (sftp_root / "ตอบกลับ" / "secret.csv").unlink()
    (sftp_root / "outgoing" / "link.csv").unlink()


def test_a_folder_that_is_not_there_is_said(sftp_server: SftpServer) -> None:
    with pytest.raises(ConnectorError, match="connection municipality: there is no folder nowhere; correct `folder`"):
        list(sftp(sftp_server, folder="nowhere").offers({}))


def test_a_file_that_grows_while_it_is_read_waits_for_another_night(sftp_server: SftpServer, sftp_root: Path) -> None:
    file = sftp_root / "outgoing" / "grows.csv"
    file.write_bytes(b"half")
    for offer in sftp(sftp_server, files="grows.csv").offers({}):
        with file.open("ab") as stream:
            stream.write(b" more")
        with pytest.raises(NotReady, match="connection municipality: grows.csv is still being written"):
            offer.get()
    (offer_again,) = [offer.get() for offer in sftp(sftp_server, files="grows.csv").offers({})]
    assert offer_again == (b"half more", None)


def test_a_huge_file_is_not_read(sftp_server: SftpServer, sftp_root: Path) -> None:
    file = sftp_root / "outgoing" / "huge.csv"
    with file.open("wb") as stream:
        stream.truncate(600 << 20)
    for offer in sftp(sftp_server, files="huge.csv").offers({}):
        with pytest.raises(TooLarge, match="connection municipality: huge.csv is larger than 512 MiB"):
            offer.get()
    file.unlink()


@pytest.mark.filterwarnings("ignore:Warning. bcrypt")  # few rounds: the test's key protects nothing
@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
def test_login_by_a_private_key(sftp_server: SftpServer, sftp_root: Path, kind: str) -> None:
    own = asyncssh.generate_private_key(kind)
    sftp_server.known = own.export_public_key().decode()
    (sftp_root / "outgoing" / "keyed.csv").write_bytes(b"x")
    pem = own.export_private_key("openssh", passphrase="pass phrase", rounds=8).decode()
    spec = source({"by": "sftp", "folder": "outgoing", "files": "keyed.csv"})
    for password, words in (
        ("pass phrase", None),
        ("wr0ng", "private_key in its extra is no key that its password opens"),
    ):
        extra = {"host_key": sftp_server.host_key, "private_key": pem}
        end = Endpoint("municipality", "127.0.0.1", sftp_server.port, "", "lampang", password, extra)
        if words is None:
            assert [offer.get()[0] for offer in origin(spec, end).offers({})] == [b"x"]
        else:
            with pytest.raises(ConnectorError, match=f"connection municipality: {words}") as error:
                list(origin(spec, end).offers({}))
            assert "wr0ng" not in str(error.value) and "PRIVATE KEY" not in repr(end)
