"""How deliveries are fetched from a partner and how answers reach it: what a spec says under `fetch` and `answer`.

Each transport has a model of its own with its own keys alone, told apart by `by`; docs/transports.md has a page of each.
Addresses and secrets are not here: they are in the Airflow connection that `connection` names.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, field_validator, model_validator
from pydantic import Field as Default

from equity.declarations import Declared

Span = Annotated[str, Default(pattern=r"^[1-9]\d*[mhd]$", description="minutes, hours or days: 30m, 12h, 30d")]
Zone = Literal["Asia/Bangkok", "UTC"]


def span(text: str) -> timedelta:
    """`30m`, `12h` or `30d` as a duration."""
    units = {"m": "minutes", "h": "hours", "d": "days"}
    return timedelta(**{units[text[-1]]: int(text[:-1])})


class Transport(Declared):
    """What all transports say: an Airflow connection.

    `pulled` transports give rows of one declared path (an endpoint, a form, a table) as pages of JSON and have a
    watermark; the others give files, whose names must match `pattern`.
    """

    connection: str
    pulled: ClassVar[bool] = False
    path_is: ClassVar[str] = ""
    lands: ClassVar[str | None] = None

    @property
    def pattern(self) -> str:
        """The names of files that are taken where a table names none."""
        return "*"

    @property
    def incremental(self) -> bool:
        """Whether a fetch brings only what changed since the last one."""
        return False

    def disagreement(self, *, path: str | None, rows: str | None, query: str | None, sends: str) -> str | None:
        """What in a table's keys does not go with this transport: key and mend, or None."""
        if query and self.by_name != "sql":
            return "query: remove it; only `fetch: {by: sql, …}` asks a database"
        if self.pulled and not path:
            return f"path: say what is pulled: {self.path_is}"
        if self.pulled and self.lands and rows != self.lands:
            return f"rows: write `rows: {self.lands}`; that is where {self.by_name} pulls have their list"
        if self.incremental and sends == "everything":
            return "sends: write `changes`: a fetch of what is new is no full list, and what it lacks would be deleted"
        return None

    @property
    def by_name(self) -> str:
        """The transport's name, as `by` says it."""
        return str(getattr(self, "by"))  # noqa: B009 - declared by each transport as a literal of its own


class _Files(Transport):
    files: str = "*"

    @property
    def pattern(self) -> str:
        """The declared pattern."""
        return self.files


# --- how an HTTP server knows us


class BearerAuth(Declared):
    """The connection's password is sent as a bearer token."""

    by: Literal["bearer"] = "bearer"


class BasicAuth(Declared):
    """The connection's login and password are sent as HTTP Basic."""

    by: Literal["basic"]


class KeyAuth(Declared):
    """The connection's password is sent as an API key, in a header or in the query."""

    by: Literal["key"]
    header: str | None = None
    parameter: str | None = None

    @model_validator(mode="after")
    def _one_place(self) -> KeyAuth:
        if (self.header is None) == (self.parameter is None):
            raise ValueError("say either `header` or `parameter`: where the API key is sent")
        return self


class OAuth2Auth(Declared):
    """OAuth 2.0 client credentials (RFC 6749, 4.4): login and password are the client's, `token_url` is in the extra."""

    by: Literal["oauth2"]
    scope: str | None = None


class NoAuth(Declared):
    """Nothing is asked for."""

    by: Literal["none"]


def _by_name(given: Any) -> Any:
    """`auth: basic` says `auth: {by: basic}`."""
    return {"by": given} if isinstance(given, str) else given


Auth = Annotated[
    Annotated[BearerAuth | BasicAuth | KeyAuth | OAuth2Auth | NoAuth, Default(discriminator="by")],
    BeforeValidator(_by_name),
]


# --- how an API's pages are walked through


class NumberPaging(Declared):
    """Pages have numbers: `?page=1&page_size=500`."""

    by: Literal["number"] = "number"
    parameter: str = "page"
    first: Literal[0, 1] = 1
    size_parameter: str = "page_size"
    size: int = Default(default=500, ge=1, le=10_000)
    total: str = "total"


class OffsetPaging(Declared):
    """Pages begin after so many items: `?offset=500&limit=500`."""

    by: Literal["offset"]
    parameter: str = "offset"
    size_parameter: str = "limit"
    size: int = Default(default=500, ge=1, le=10_000)
    total: str = "total"


class CursorPaging(Declared):
    """Each page says the cursor of the next one, at `next` in its body: `?cursor=abc`."""

    by: Literal["cursor"]
    parameter: str = "cursor"
    next: str = "next_cursor"
    size_parameter: str = "limit"
    size: int = Default(default=500, ge=1, le=10_000)


class LinkPaging(Declared):
    """Each answer has a header `Link: <…>; rel="next"` (RFC 8288)."""

    by: Literal["link"]
    size_parameter: str = "per_page"
    size: int = Default(default=100, ge=1, le=10_000)


class NextPaging(Declared):
    """Each page holds the address of the next one, at `next` in its body."""

    by: Literal["next"]
    next: str = "next"
    size_parameter: str = "limit"
    size: int = Default(default=500, ge=1, le=10_000)


class NoPaging(Declared):
    """One answer holds everything."""

    by: Literal["none"]


Paging = Annotated[
    NumberPaging | OffsetPaging | CursorPaging | LinkPaging | NextPaging | NoPaging, Default(discriminator="by")
]


def _by_number(given: Any) -> Any:
    """`page: {size: 100}` is by number, as most APIs are."""
    return {"by": "number"} | given if isinstance(given, dict) else given


class UpdatedSince(Declared):
    """The query parameter and the item's field that make a pull incremental.

    `overlap` asks again for so much before the watermark, for APIs that show a record some time after its stamp.
    `zone` is that of times without an offset; `write` is how the API wants to be asked.
    """

    parameter: str
    field: str
    overlap: Span | None = None
    zone: Zone = "UTC"
    write: Literal["iso", "date", "seconds"] = "iso"


# --- fetch


class FolderFetch(_Files):
    """Files in a folder or an object store."""

    by: Literal["folder"]
    folder: str = ""


class SftpFetch(_Files):
    """Files in a folder of an SFTP server."""

    by: Literal["sftp"]
    folder: str = ""


class WebFile(Declared):
    """One file of an HTTP server: its path and query, and the name by which tables know it."""

    path: str
    name: str = ""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: Any) -> Any:
        return {"path": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _has_a_name(self) -> WebFile:
        if "://" in self.path or not self.path.startswith("/"):
            raise ValueError(f"{self.path}: write the path from `/` on; the host is in the connection")
        if not self.file_name:
            raise ValueError(f"{self.path}: add `name`, with an ending such as .csv")
        return self

    @property
    def file_name(self) -> str:
        """The name of the delivery; a `.gz` is unpacked on the way."""
        return (self.name or PurePosixPath(self.path.partition("?")[0]).name).removesuffix(".gz")


class HttpFetch(_Files):
    """Files of an HTTP server, each by its path."""

    by: Literal["http"]
    paths: tuple[WebFile, ...] = Default(min_length=1)
    auth: Auth = NoAuth(by="none")
    may_redirect_to: tuple[str, ...] = ()

    @field_validator("paths")
    @classmethod
    def _different_names(cls, paths: tuple[WebFile, ...]) -> tuple[WebFile, ...]:
        names = [path.file_name for path in paths]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"{', '.join(sorted(twice))}: two paths give the same name; add `name` to each")
        return paths


class SheetsFetch(_Files):
    """Sheets of a Google spreadsheet, each landed as a CSV file: as published to the web, or through the API."""

    by: Literal["sheets"]
    access: Literal["published", "api"]
    sheets: dict[str, str] = Default(min_length=1, description="file name → gid (published) or A1 range (api)")

    @field_validator("sheets", mode="before")
    @classmethod
    def _gids_as_text(cls, given: Any) -> Any:
        return {str(k): str(v) for k, v in given.items()} if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _right_places(self) -> SheetsFetch:
        for name, place in self.sheets.items():
            if not name.endswith(".csv"):
                raise ValueError(f"sheets.{name}: sheets are landed as CSV; end the name in .csv")
            if self.access == "published" and not place.isdigit():
                raise ValueError(f"sheets.{name}: write the number after `gid=` in the sheet's address, not {place}")
        return self


class MailFetch(_Files):
    """Attachments of e-mails in an IMAP mailbox, from declared senders alone."""

    by: Literal["mail"]
    folder: str = "INBOX"
    senders: tuple[str, ...] = Default(min_length=1)
    subject: str = "*"
    days: int = Default(default=60, ge=1, le=3650)
    mark_read: bool = False

    @field_validator("senders", mode="before")
    @classmethod
    def _one_sender(cls, given: Any) -> Any:
        return (given,) if isinstance(given, str) else given

    @field_validator("senders")
    @classmethod
    def _addresses(cls, senders: tuple[str, ...]) -> tuple[str, ...]:
        for sender in senders:
            if not re.fullmatch(r"[^@\s*]+@[^@\s*]+|\*@[^@\s*]+\.[^@\s*]+", sender):
                raise ValueError(f"{sender}: write an address, or *@ with a domain")
        return senders


class RestFetch(Transport):
    """A JSON API; each table's `path` is pulled page by page."""

    by: Literal["rest"]
    auth: Auth = BearerAuth()
    page: Annotated[Paging, BeforeValidator(_by_number)] = NumberPaging()
    updated_since: UpdatedSince | None = None
    pulled: ClassVar[bool] = True
    path_is: ClassVar[str] = "an endpoint of the API, such as /v1/learners"

    @property
    def incremental(self) -> bool:
        """With `updated_since`."""
        return self.updated_since is not None


class KoboFetch(Transport):
    """Submissions of KoboToolbox forms (API v2); each table's `path` is the uid of a form."""

    by: Literal["kobo"]
    submissions: Literal["everything", "new"] = "everything"
    again: Span = "30d"
    validation: tuple[Literal["approved", "not_approved", "on_hold"], ...] = ()
    size: int = Default(default=1000, ge=1, le=30_000)
    pulled: ClassVar[bool] = True
    path_is: ClassVar[str] = "the form's uid, such as aKn8xQwZ3b"
    lands: ClassVar[str | None] = "results"

    @property
    def incremental(self) -> bool:
        """With `submissions: new`."""
        return self.submissions == "new"


class SqlFetch(Transport):
    """Tables or queries of a partner's database; each table's `path` names a database table, or its `query`."""

    by: Literal["sql"]
    since: str | None = None
    overlap: Span | None = None
    zone: Zone = "Asia/Bangkok"
    size: int = Default(default=5000, ge=1, le=100_000)
    pulled: ClassVar[bool] = True
    path_is: ClassVar[str] = "a table of the database, or a name for the `query`"
    lands: ClassVar[str | None] = "rows"

    @property
    def incremental(self) -> bool:
        """With `since`."""
        return self.since is not None


Fetch = Annotated[
    FolderFetch | SftpFetch | HttpFetch | SheetsFetch | MailFetch | RestFetch | KoboFetch | SqlFetch,
    Default(discriminator="by"),
]


# --- answer


class FolderAnswer(Transport):
    """Workbooks are written to a folder or an object store."""

    by: Literal["folder"]
    folder: str = ""


class SftpAnswer(Transport):
    """Workbooks are uploaded to a folder of an SFTP server."""

    by: Literal["sftp"]
    folder: str = ""


class RestAnswer(Transport):
    """Workbooks are posted to an endpoint."""

    by: Literal["rest"]
    path: str
    auth: Auth = BearerAuth()


class MailAnswer(Transport):
    """Workbooks are sent by e-mail."""

    by: Literal["mail"]
    to: tuple[str, ...] = Default(min_length=1)

    @field_validator("to", mode="before")
    @classmethod
    def _one_address(cls, given: Any) -> Any:
        return (given,) if isinstance(given, str) else given

    @field_validator("to")
    @classmethod
    def _addresses(cls, to: tuple[str, ...]) -> tuple[str, ...]:
        for address in to:
            if not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+", address):
                raise ValueError(f"{address}: write one address, such as officer@club.example")
        return to


Answer = Annotated[FolderAnswer | SftpAnswer | RestAnswer | MailAnswer, Default(discriminator="by")]
