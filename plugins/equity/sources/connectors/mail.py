"""E-mail: attachments from an IMAP mailbox, workbooks by SMTP.

The mailbox is opened for reading only; nothing is deleted, and nothing marked unless the spec asks for it. Only mails
whose From is a declared sender are looked at. Passwords go over encrypted lines alone, but to this very machine.
"""

from __future__ import annotations

import fnmatch
import imaplib
import logging
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import formatdate

from imap_tools import AND, OR, BaseMailBox, MailBox, MailBoxFolderStatusOptions, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError
from imap_tools.message import MailMessage
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential

from equity.sources.connectors.shared import (
    CONNECT_SECONDS,
    DELIVERY_BYTES,
    PATIENCE_SECONDS,
    Endpoint,
    Offer,
    fail,
    wanted,
)
from equity.sources.fetch import MailAnswer, MailFetch
from equity.sources.spec import Source

log = logging.getLogger(__name__)
WORKBOOK = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")
SECURITY = ("tls", "starttls", "none")


def _security(endpoint: Endpoint, default: str) -> str:
    """How the line is encrypted: `extra.security`; `none` for a server on this machine alone."""
    asked = str(endpoint.extra.get("security", default))
    if asked not in SECURITY:
        raise endpoint.error(f"security in its extra is {asked}; it must be one of {', '.join(SECURITY)}")
    if asked == "none" and not endpoint.is_here:
        raise endpoint.error("security `none` would send the password in clear; use tls or starttls")
    return asked


@dataclass(frozen=True)
class Mailbox:
    """A mailbox to which a partner sends files."""

    source: Source
    role: MailFetch
    endpoint: Endpoint

    def offers(self, since: dict[str, datetime]) -> Iterator[Offer]:
        """Every attachment of the declared pattern, oldest mail first; the mail's UID is part of its stamp."""
        del since
        with self._session() as box:
            found = box.folder.status(self.role.folder, [MailBoxFolderStatusOptions.UIDVALIDITY])
            era = found[MailBoxFolderStatusOptions.UIDVALIDITY]
            for uid in self._uids(box):
                yield from self._attachments(box, uid, era)

    def _uids(self, box: BaseMailBox) -> list[str]:
        """The mails of the last days from declared senders, as the server finds them; each is looked at once more."""
        day = (datetime.now(UTC) - timedelta(days=self.role.days)).date()
        senders = OR(from_=[sender.removeprefix("*") for sender in self.role.senders])
        return sorted(box.uids(AND(senders, date_gte=day)), key=int)

    def _attachments(self, box: BaseMailBox, uid: str, era: int) -> Iterator[Offer]:
        if (size := self._size(box, uid)) > DELIVERY_BYTES:
            yield from self._too_large(box, uid, era, size)
            return
        for mail in box.fetch(AND(uid=uid), mark_seen=False):
            if not self._is_declared(mail):
                continue
            names: dict[str, int] = {}
            for attachment in mail.attachments:
                name = attachment.filename.replace("/", "_").replace("\\", "_")
                names[name] = number = names.get(name, 0) + 1
                if wanted(name, self.role.pattern):
                    stamp = f"{era}-{uid}" + (f"-{number}" if number > 1 else "")
                    yield Offer(name, stamp, lambda data=attachment.payload: (data, None), lambda: self._mark(box, uid))  # type: ignore[misc]

    def _too_large(self, box: BaseMailBox, uid: str, era: int, size: int) -> Iterator[Offer]:
        """An offer that can only say so; the mail's subject stands for its attachments."""
        for mail in box.fetch(AND(uid=uid), mark_seen=False, headers_only=True):
            if self._is_declared(mail):
                error = self.endpoint.too_large(f"a mail of {mail.date:%Y-%m-%d}", size)
                yield Offer(f"mail {uid}", f"{era}-{uid}", lambda error=error: fail(error))  # type: ignore[misc]

    def _size(self, box: BaseMailBox, uid: str) -> int:
        _, answer = box.client.uid("FETCH", uid, "(RFC822.SIZE)")
        words = b" ".join(part for part in answer if isinstance(part, bytes)).translate(None, b"()").split()
        return int(words[words.index(b"RFC822.SIZE") + 1]) if b"RFC822.SIZE" in words else 0

    def _is_declared(self, mail: MailMessage) -> bool:
        """Exactly one From, and it is a declared one: a search on the server also finds parts of addresses."""
        froms = mail.obj.get_all("From", [])
        address = _address(str(froms[0])) if len(froms) == 1 else None
        declared = [sender.casefold() for sender in self.role.senders]
        if address is None or not any(address == s or (s[:2] == "*@" and address.endswith(s[1:])) for s in declared):
            return False
        return fnmatch.fnmatchcase(mail.subject.strip(), self.role.subject)

    def _mark(self, box: BaseMailBox, uid: str) -> None:
        if self.role.mark_read:
            box.flag(uid, ["\\Seen"], True)

    @contextmanager
    def _session(self) -> Iterator[BaseMailBox]:
        end, security = self.endpoint, _security(self.endpoint, "tls")
        try:
            box = _opened(end, security)
            try:
                box.login(end.login, end.password, initial_folder=None)
                box.folder.set(self.role.folder, readonly=not self.role.mark_read)
                yield box
            finally:
                box.client.shutdown() if box.client.state == "LOGOUT" else box.client.logout()
        except MailboxLoginError:
            raise end.error("login or password is refused; renew it in the connection") from None
        except MailboxFolderSelectError:
            raise end.error(f"there is no folder {self.role.folder} in the mailbox; correct `folder`") from None
        except (ImapToolsError, imaplib.IMAP4.error, OSError) as error:
            raise end.error(f"{type(error).__name__}; is the server up, are host, port and security right?") from None


def _address(sender: str) -> str | None:
    """The one address of a From: what stands in its angle brackets, or all of it; None where it is not plain which.

    Python's own parser takes `me@here <you@there>` for me, mail programs show you.
    """
    bare = re.sub(r'"(?:\\.|[^"\\])*"', "", sender).strip()
    found = re.fullmatch(r"[^<>,;]*<([^<>,;\s@]+@[^<>,;\s@]+)>|([^<>,;\s@]+@[^<>,;\s@]+)", bare)
    return (found[1] or found[2]).casefold() if found else None


@retry(
    retry=retry_if_exception_type(OSError),
    wait=wait_exponential(multiplier=0.5, max=5),
    stop=stop_after_attempt(3),
    reraise=True,
)
def _opened(endpoint: Endpoint, security: str) -> BaseMailBox:
    if security == "none":
        return MailBoxUnencrypted(endpoint.host, endpoint.port or 143, timeout=PATIENCE_SECONDS)
    context = ssl.create_default_context(cafile=endpoint.extra.get("ca"))
    if security == "starttls":
        return MailBoxStartTls(endpoint.host, endpoint.port or 143, timeout=PATIENCE_SECONDS, ssl_context=context)
    return MailBox(endpoint.host, endpoint.port or 993, timeout=PATIENCE_SECONDS, ssl_context=context)


@dataclass(frozen=True)
class Postman:
    """Sends workbooks by e-mail."""

    source: Source
    role: MailAnswer
    endpoint: Endpoint

    def deliver(self, name: str, workbook: bytes, reference: str) -> str:
        """Send the workbook to the declared addresses; the same reference has the same Message-ID."""
        mail = self.message(name, workbook, reference)
        try:
            with _smtp(self.endpoint, _security(self.endpoint, "starttls")) as server:
                if self.endpoint.login and self.endpoint.password:
                    server.login(self.endpoint.login, self.endpoint.password)
                refused = server.send_message(mail)
        except smtplib.SMTPAuthenticationError:
            raise self.endpoint.error("login or password is refused; renew it in the connection") from None
        except smtplib.SMTPRecipientsRefused:
            raise self.endpoint.error(f"no address of `to` is taken ({len(self.role.to)}); correct them") from None
        except smtplib.SMTPResponseException as error:
            raise self.endpoint.error(f"the mail server refuses the mail ({error.smtp_code})") from None
        except (smtplib.SMTPException, OSError) as error:
            words = "is the server up, are host, port and security right?"
            raise self.endpoint.error(f"{type(error).__name__}; {words}") from None
        if refused:
            log.warning(
                "connection %s: %d of %d addresses refused the mail",
                self.endpoint.conn_id,
                len(refused),
                len(self.role.to),
            )
        return "mailto:" + ",".join(address for address in self.role.to if address not in refused)

    def message(self, name: str, workbook: bytes, reference: str) -> EmailMessage:
        """The mail: what it is about in Thai and English, and the workbook."""
        sender = str(self.endpoint.extra.get("from") or self.endpoint.login)
        if "@" not in sender:
            raise self.endpoint.error('no sender; set {"from": "<address>"} in its extra')
        mail = EmailMessage()
        mail["Subject"] = f"ขอให้ตรวจแก้ข้อมูล {reference}"
        mail["From"] = sender
        mail["To"] = ", ".join(self.role.to)
        mail["Date"] = formatdate()
        mail["Message-ID"] = f"<{reference}.{self.source.source}@{sender.rpartition('@')[2]}>"
        mail.set_content(
            f"เรียน {self.source.partner.name.th}\n\n"
            f"ขอบคุณสำหรับข้อมูลที่ส่งมา มีบางแถวที่ขอให้ตรวจแก้ ตามไฟล์แนบ (เลขที่ {reference})\n"
            "แก้ในไฟล์แล้วส่งกลับมาทางเดิม หรือแก้ในระบบของท่านแล้วส่งข้อมูลรอบถัดไปก็ได้\n\n"
            f"Thank you for your data. Some rows need a look: see the attached workbook ({reference}).\n"
        )
        mail.add_attachment(workbook, *WORKBOOK, filename=name)
        return mail


@retry(
    retry=retry_if_exception_type((ConnectionError, TimeoutError, smtplib.SMTPServerDisconnected)),
    wait=wait_exponential(multiplier=0.5, max=5),
    stop=stop_after_attempt(3),
    reraise=True,
)
def _smtp(endpoint: Endpoint, security: str) -> smtplib.SMTP:
    context = ssl.create_default_context(cafile=endpoint.extra.get("ca"))
    if security == "tls":
        return smtplib.SMTP_SSL(endpoint.host, endpoint.port or 465, timeout=CONNECT_SECONDS, context=context)
    server = smtplib.SMTP(
        endpoint.host, endpoint.port or (587 if security == "starttls" else 25), timeout=CONNECT_SECONDS
    )
    if security == "starttls":
        server.starttls(context=context)
    return server
