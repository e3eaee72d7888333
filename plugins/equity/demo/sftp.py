"""The municipality's SFTP server: password login, no shell, nothing outside its folder."""

from __future__ import annotations

from pathlib import Path
from secrets import compare_digest

import asyncssh


class Door(asyncssh.SSHServer):
    """Lets in one user by password."""

    def __init__(self, login: str, password: str) -> None:
        self._login, self._password = login, password

    def begin_auth(self, username: str) -> bool:
        """Ask everybody for a password."""
        return True

    def password_auth_supported(self) -> bool:
        """Passwords are the way in."""
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """Compare in constant time."""
        right = compare_digest(username.encode(), self._login.encode())
        return compare_digest(password.encode(), self._password.encode()) and right


async def serve(
    folder: Path, port: int, key: asyncssh.SSHKey, login: str, password: str, host: str
) -> asyncssh.SSHAcceptor:
    """Serve a folder on one address; raises OSError when the port is taken."""
    root = str(folder).encode()
    return await asyncssh.create_server(
        lambda: Door(login, password),
        host,
        port,
        server_host_keys=[key],
        sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=root),
        allow_scp=False,
        reuse_address=True,
    )
