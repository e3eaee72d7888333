"""E-mail against real servers with encrypted lines: an IMAP server (pymap), an SMTP server (aiosmtpd)."""

from __future__ import annotations

import imaplib
import ipaddress
import socket
import ssl
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from connector_places import source
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from equity.sources.connectors import ConnectorError, Endpoint, Offer, TooLarge, mail, origin, outbox
from equity.sources.connectors.mail import Mailbox, Postman

OFFICER = "officer@club.example"
PASSWORD = "s3cret-pass"
NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Certificate:
    cert: Path
    key: Path


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate of this machine, made for the test."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(pem)
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return Certificate(folder / "cert.pem", folder / "key.pem")


# --- a mailbox


@dataclass
class Imap:
    port: int
    ca: Path

    @cached_property
    def client(self) -> imaplib.IMAP4:
        """The partner's and the officer's side: one login for all tests."""
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        client.starttls(ssl.create_default_context(cafile=self.ca))
        client.login("lampang", PASSWORD)
        client.select("INBOX")
        return client

    def empty(self) -> None:
        self.client.store("1:*", "+FLAGS", "\\Deleted")
        self.client.expunge()

    def receive(self, message: EmailMessage | bytes, when: datetime = NOW) -> None:
        raw = message if isinstance(message, bytes) else message.as_bytes(policy=policy.SMTP)
        status, answer = self.client.append("INBOX", "", when, raw)  # type: ignore[arg-type]
        assert status == "OK", answer
        self.client.noop()

    def flags(self) -> bytes:
        self.client.noop()
        _, answer = self.client.fetch("1:*", "(FLAGS)")
        return b"".join({part for part in answer if isinstance(part, bytes)})


@pytest.fixture(scope="module")
def server(certificate: Certificate) -> Iterator[Imap]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        str(Path(sys.executable).parent / "pymap"), "--host", "127.0.0.1", "--port", str(port), "--cert", str(certificate.cert),
        "--key", str(certificate.key), "dict", "--demo-data", "--demo-user", "lampang", "--demo-password", PASSWORD,
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert time.monotonic() < until and process.poll() is None, "pymap does not start"
                time.sleep(0.05)
        yield Imap(port, certificate.cert)
    finally:
        process.kill()
        process.wait(timeout=10)


@pytest.fixture
def imap(server: Imap) -> Imap:
    server.empty()
    return server


def letter(*attachments: tuple[str, bytes], sender: str = OFFICER, subject: str = "ทะเบียนสมาชิก") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "data@lampang.example", subject
    message.set_content("ส่งทะเบียนครับ")
    for name, content in attachments:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message


def mailbox(imap: Imap, **said: Any) -> Mailbox:
    extra = {"security": "starttls", "ca": str(imap.ca)} | said.pop("extra", {})
    end = {"host": "127.0.0.1", "port": imap.port, "login": "lampang", "password": PASSWORD} | said.pop("end", {})
    spec = source({"by": "mail", "files": "*.csv", "senders": [OFFICER], **said})
    made = origin(spec, Endpoint("club_mail", extra=extra, **end))
    assert isinstance(made, Mailbox)
    return made


def found(imap: Imap, **said: Any) -> list[tuple[str, bytes]]:
    return [(offer.name, offer.get()[0]) for offer in mailbox(imap, **said).offers({})]


def offers(imap: Imap, **said: Any) -> list[Offer]:
    return list(mailbox(imap, **said).offers({}))


def test_attachments_of_declared_senders_oldest_first(imap: Imap) -> None:
    imap.receive(letter(("สมาชิก ก.พ..csv", b"one"), ("รูป.jpg", b"x"), ("~$ก.csv", b"x")))
    imap.receive(letter(("b.csv", b"two"), sender="ผู้ดูแล ชมรม <OFFICER@Club.Example>"))
    imap.receive(letter())
    assert found(imap) == [("สมาชิก ก.พ..csv", b"one"), ("b.csv", b"two")]


@pytest.mark.parametrize(
    "sender",
    [
        "stranger@evil.example", "not-officer@club.example", "officer@club.example.evil.example",
        '"officer@club.example" <stranger@evil.example>', "officer@club.example <stranger@evil.example>",
    ],
)  # fmt: skip
def test_strangers_are_not_listened_to(imap: Imap, sender: str) -> None:
    message = letter(("a.csv", b"wrong"), sender="x@y.example")
    del message["From"]
    raw = message.as_bytes(policy=policy.SMTP).replace(b"To: ", f"From: {sender}\r\nTo: ".encode(), 1)
    imap.receive(raw)
    assert found(imap) == []


def test_two_froms_are_nobodys(imap: Imap) -> None:
    raw = letter(("a.csv", b"wrong")).as_bytes(policy=policy.SMTP)
    imap.receive(b"From: stranger@evil.example\r\n" + raw)
    assert found(imap) == []


def test_a_domain_a_subject_a_folder_and_days(imap: Imap) -> None:
    imap.receive(letter(("a.csv", b"a"), sender="anybody@club.example"))
    imap.receive(letter(("b.csv", b"b"), subject="ใบเสนอราคา"))
    imap.receive(letter(("c.csv", b"c")), NOW - timedelta(days=20))
    assert [name for name, _ in found(imap, senders="*@club.example")] == ["a.csv", "b.csv", "c.csv"]
    assert [name for name, _ in found(imap, senders="*@club.example", subject="ทะเบียน*")] == ["a.csv", "c.csv"]
    assert [name for name, _ in found(imap, senders="*@club.example", days=7)] == ["a.csv", "b.csv"]
    with pytest.raises(ConnectorError, match="connection club_mail: there is no folder ไม่มี in the mailbox"):
        found(imap, folder="ไม่มี")


def test_a_mail_has_a_stamp_of_its_own_and_each_attachment_too(imap: Imap) -> None:
    imap.receive(letter(("a.csv", b"one"), ("a.csv", b"other")))
    imap.receive(letter(("a.csv", b"one")))
    first = [(offer.name, offer.stamp) for offer in offers(imap)]
    assert len(set(first)) == 3 and {name for name, _ in first} == {"a.csv"}
    assert [(offer.name, offer.stamp) for offer in offers(imap)] == first
    era = {stamp.split("-")[0] for _, stamp in first}
    assert len(era) == 1, "the mailbox's UIDVALIDITY: when it changes, all UIDs are new"


def test_nothing_is_marked_unless_asked_for_and_only_what_was_landed(imap: Imap) -> None:
    imap.receive(letter(("a.csv", b"a")))
    imap.receive(letter(("b.csv", b"b")))
    for offer in mailbox(imap).offers({}):
        offer.get()
        offer.landed()
    assert b"Seen" not in imap.flags()
    for offer in mailbox(imap, mark_read=True).offers({}):
        offer.get()
        if offer.name == "b.csv":
            offer.landed()
    assert imap.flags().count(b"Seen") == 1 and b"Deleted" not in imap.flags()


def test_a_name_is_no_path(imap: Imap) -> None:
    imap.receive(letter(("../../etc/a.csv", b"a")))
    assert found(imap) == [(".._.._etc_a.csv", b"a")] or found(imap) == []


def test_a_mail_that_is_too_large_is_not_fetched(imap: Imap, monkeypatch: pytest.MonkeyPatch) -> None:
    imap.receive(letter(("big.csv", b"x" * 200_000)))
    imap.receive(letter(("small.csv", b"x")))
    monkeypatch.setattr(mail, "DELIVERY_BYTES", 100_000)
    big, small = mailbox(imap).offers({})
    assert (small.name, small.get()[0]) == ("small.csv", b"x")
    with pytest.raises(TooLarge, match="connection club_mail: a mail of .* is larger"):
        big.get()


@pytest.mark.parametrize(
    ("end", "extra", "words"),
    [
        ({"password": "wr0ng"}, {}, "login or password is refused"),
        ({"port": 9}, {}, "ConnectionRefusedError; is the server up"),
        ({}, {"ca": None}, "SSLCertVerificationError"),
        ({}, {"security": "tls"}, "is the server up, are host, port and security right"),
        ({}, {"security": "ssl"}, "security in its extra is ssl; it must be one of tls, starttls, none"),
        ({"host": "mail.example"}, {"security": "none"}, "would send the password in clear"),
    ],
)
def test_what_is_wrong_is_said(imap: Imap, end: dict[str, Any], extra: dict[str, Any], words: str) -> None:
    with pytest.raises(ConnectorError, match=f"connection club_mail: .*{words}") as error:
        offers(imap, end=end, extra=extra)
    assert "wr0ng" not in "".join(traceback.format_exception(error.value))


@pytest.mark.parametrize("senders", [[], ["officer"], ["*"], ["*@example"], ["a b@c.example"]])
def test_senders_that_are_none(senders: list[str]) -> None:
    with pytest.raises(ValueError, match="senders"):
        source({"by": "mail", "senders": senders})


# --- workbooks by e-mail


class Post:
    """What an SMTP server took."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.refuses: str | None = None

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]) -> str:
        if address.startswith("gone"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        if self.refuses:
            return self.refuses
        self.mails.append(envelope)
        return "250 OK"


@dataclass(frozen=True)
class Smtp:
    port: int
    ca: Path
    post: Post


@pytest.fixture(scope="module")
def smtp_server(certificate: Certificate) -> Iterator[Smtp]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.cert, certificate.key)

    def lets_in(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (
            b"data@lampang.example",
            PASSWORD.encode(),
        )
        return AuthResult(success=right, handled=False)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    post = Post()
    controller = Controller(
        post, "127.0.0.1", port, tls_context=context, require_starttls=True, auth_required=True, authenticator=lets_in
    )
    controller.start()
    yield Smtp(port, certificate.cert, post)
    controller.stop()


@pytest.fixture
def smtp(smtp_server: Smtp) -> Smtp:
    smtp_server.post.mails.clear()
    smtp_server.post.refuses = None
    return smtp_server


def postman(smtp: Smtp, *to: str, **said: Any) -> Postman:
    extra = {"ca": str(smtp.ca)} | said.pop("extra", {})
    end = {"host": "127.0.0.1", "port": smtp.port, "login": "data@lampang.example", "password": PASSWORD} | said
    made = outbox(
        source({"by": "folder"}, answer={"by": "mail", "to": to or (OFFICER,)}), Endpoint("smtp", extra=extra, **end)
    )
    assert isinstance(made, Postman)
    return made


def test_a_workbook_is_sent_with_words_and_its_reference(smtp: Smtp) -> None:
    place = postman(smtp, OFFICER, "second@club.example").deliver("แก้ไข_LPG-000007.xlsx", b"PK workbook", "LPG-000007")
    assert place == "mailto:officer@club.example,second@club.example"
    (envelope,) = smtp.post.mails
    assert envelope.rcpt_tos == [OFFICER, "second@club.example"]
    message = message_from_bytes(envelope.content, policy=policy.default)  # type: ignore[arg-type]
    assert message["Subject"] == "ขอให้ตรวจแก้ข้อมูล LPG-000007" and message["From"] == "data@lampang.example"
    assert message["Message-ID"] == "<LPG-000007.a_partner@lampang.example>"
    (attached,) = message.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("แก้ไข_LPG-000007.xlsx", b"PK workbook")
    assert "Thank you" in message.get_body().get_content()  # type: ignore[union-attr]


def test_an_address_that_is_gone_does_not_stop_the_others(smtp: Smtp) -> None:
    assert postman(smtp, "gone@club.example", OFFICER).deliver("a.xlsx", b"PK", "LPG-1") == f"mailto:{OFFICER}"
    with pytest.raises(ConnectorError, match="connection smtp: no address of `to` is taken"):
        postman(smtp, "gone@club.example").deliver("a.xlsx", b"PK", "LPG-1")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"password": "wr0ng"}, "login or password is refused"),
        ({"port": 9}, "ConnectionRefusedError; is the server up"),
        ({"extra": {"ca": None}}, "SSLCertVerificationError"),
        ({"extra": {"security": "tls"}}, "SSLError"),
        ({"host": "mail.example", "extra": {"security": "none"}}, "would send the password in clear"),
        ({"login": ""}, "no sender; set"),
    ],
)
def test_what_is_wrong_with_sending_is_said(smtp: Smtp, said: dict[str, Any], words: str) -> None:
    with pytest.raises(ConnectorError, match=f"connection smtp: .*{words}") as error:
        postman(smtp, **said).deliver("a.xlsx", b"PK", "LPG-1")
    assert "wr0ng" not in "".join(traceback.format_exception(error.value)) and smtp.post.mails == []


def test_a_mail_that_is_refused_is_said(smtp: Smtp) -> None:
    smtp.post.refuses = "552 too large"
    with pytest.raises(ConnectorError, match=r"connection smtp: the mail server refuses the mail \(552\)"):
        postman(smtp).deliver("a.xlsx", b"PK", "LPG-1")


@pytest.mark.parametrize("to", ["officer", "a@b.example, c@d.example", "ก <a@b.example>"])
def test_addresses_that_are_none(to: str) -> None:
    with pytest.raises(ValueError, match="write one address"):
        source({"by": "folder"}, answer={"by": "mail", "to": to})
