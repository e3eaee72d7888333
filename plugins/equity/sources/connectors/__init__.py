"""Connectors: where a partner's deliveries are, and where its answers go. They know no orchestrator.

One module for each transport; docs/transports.md has half a page of each. `Endpoint` is what an Airflow connection says,
without Airflow. An `Origin` gives `Offer`s (what is there to fetch), an `Outbox` takes workbooks. Every network step
has a time limit, and is tried again where that is worth trying.
"""

from __future__ import annotations

from equity.sources.connectors.folder import Folder
from equity.sources.connectors.shared import (
    ConnectorError,
    Endpoint,
    Kept,
    KeptInMemory,
    NotReady,
    Offer,
    Origin,
    Outbox,
    TooLarge,
)
from equity.sources.fetch import FolderAnswer, FolderFetch, RestAnswer, SftpAnswer
from equity.sources.spec import Source

__all__ = [
    "ConnectorError", "Endpoint", "Folder", "Kept", "KeptInMemory", "NotReady", "Offer", "Origin", "Outbox", "TooLarge",
    "origin", "outbox",
]  # fmt: skip


def origin(source: Source, endpoint: Endpoint, kept: Kept | None = None) -> Origin:
    """Where a source's deliveries are, as its `fetch` says; each transport's library is loaded when it is needed.

    Args:
        source: the spec.
        endpoint: its connection.
        kept: where unfinished pulls keep their pages; in memory unless given.

    """
    role = source.fetch
    if isinstance(role, FolderFetch):
        return Folder(source, role, endpoint)
    if role.by == "sftp":
        from equity.sources.connectors.sftp import Sftp

        return Sftp(source, role, endpoint)
    if role.by == "http":
        from equity.sources.connectors.http import Http

        return Http(source, role, endpoint)
    if role.by == "sheets":
        from equity.sources.connectors.sheets import Sheets

        return Sheets(source, role, endpoint)
    if role.by == "mail":
        from equity.sources.connectors.mail import Mailbox

        return Mailbox(source, role, endpoint)
    if role.by == "sql":
        from equity.sources.connectors.sql import Sql

        return Sql(source, role, endpoint)
    if role.by == "kobo":
        from equity.sources.connectors.kobo import Kobo

        return Kobo(source, role, endpoint, kept or KeptInMemory())
    from equity.sources.connectors.rest import Rest

    return Rest(source, role, endpoint, kept or KeptInMemory())


def outbox(source: Source, endpoint: Endpoint) -> Outbox:
    """Where a source's workbooks go, as its `answer` says; raises ValueError when it says nothing."""
    role = source.answer
    if role is None:
        raise ValueError(f"{source.source} has no `answer`")
    if isinstance(role, FolderAnswer):
        return Folder(source, role, endpoint)
    if isinstance(role, SftpAnswer):
        from equity.sources.connectors.sftp import Sftp

        return Sftp(source, role, endpoint)
    if isinstance(role, RestAnswer):
        from equity.sources.connectors.rest import Feedback

        return Feedback(source, role, endpoint)
    from equity.sources.connectors.mail import Postman

    return Postman(source, role, endpoint)
