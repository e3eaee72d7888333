"""The demo partners' servers in one process: `python -m equity.demo.servers FOLDER`.

Ports and credentials are drawn on the first start, kept in FOLDER/endpoints.json (0600) and reused; a port that is
taken by then is replaced. They listen on 127.0.0.1; with `--host NAME` on every interface of a container of that name.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import orjson

HOST = "127.0.0.1"
LOGIN = "lampang_luang"
START_WITHIN = 30.0
_MODULE = "equity.demo.servers"


@dataclass(frozen=True)
class Endpoints:
    """Where the partners answer, and as whom."""

    folder: str
    api_port: int
    api_token: str
    sftp_port: int
    sftp_password: str
    sftp_host_key: str
    host: str = HOST

    @property
    def api_url(self) -> str:
        """Base address of the university's API."""
        return f"http://{self.host}:{self.api_port}"

    @property
    def connections(self) -> dict[str, str]:
        """Airflow connections by id, as JSON for AIRFLOW_CONN_<ID>."""
        folder = Path(self.folder)
        served = {
            "conn_type": "http",
            "host": self.host,
            "port": self.api_port,
            "schema": "http",
            "password": self.api_token,
        }
        declared: dict[str, dict[str, Any]] = {
            "chae_son_drop": _folder(folder / "chae_son" / "drop"),
            "chae_son_outbox": _folder(folder / "chae_son" / "outbox"),
            "lampang_rajabhat_api": served,
            "lampang_registers_web": served,
            "lampang_reference_registers_outbox": _folder(folder / "registers" / "outbox"),
            "lampang_school_rosters_drop": _folder(folder / "schools" / "drop"),
            "lampang_school_rosters_outbox": _folder(folder / "schools" / "outbox"),
            "eef_programme_office_drop": _folder(folder / "eef" / "drop"),
            "eef_programme_office_outbox": _folder(folder / "eef" / "outbox"),
            "lampang_luang_sftp": {
                "conn_type": "sftp",
                "host": self.host,
                "port": self.sftp_port,
                "login": LOGIN,
                "password": self.sftp_password,
                "extra": {"host_key": self.sftp_host_key},
            },
        }
        return {name: orjson.dumps(connection).decode() for name, connection in declared.items()}


def _folder(path: Path) -> dict[str, Any]:
    return {"conn_type": "fs", "extra": {"path": str(path)}}


def read_endpoints(folder: Path) -> Endpoints | None:
    """Return the endpoints of a folder, None when its servers have never been started."""
    try:
        found = orjson.loads((Path(folder) / "endpoints.json").read_bytes())
    except FileNotFoundError:
        return None
    return Endpoints(**{f.name: found[f.name] for f in fields(Endpoints) if f.name in found})


def _write_private(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    os.replace(part, path)


def _free_port(wanted: int, other: int = 0) -> int:
    for port in (wanted, 0, 0, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            found = int(probe.getsockname()[1])
            if found != other:
                return found
    raise OSError(f"no free port on {HOST}")


class Servers:
    """Start and stop the partners' servers of a folder."""

    @staticmethod
    def start(folder: Path) -> Endpoints:
        """Start the servers, unless they run, and wait until both answer.

        Raises:
            RuntimeError: when they do not answer in time; the message ends with what they wrote.

        """
        folder = Path(folder).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        if _running(folder) and (endpoints := _answering(folder)) is not None:
            return endpoints
        Servers.stop(folder)
        log = folder / "servers.log"
        with log.open("ab") as out:
            child = subprocess.Popen(
                [sys.executable, "-m", _MODULE, str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                cwd=folder,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        until = time.monotonic() + START_WITHIN
        while time.monotonic() < until and child.poll() is None:
            if _pid(folder) == child.pid and (endpoints := _answering(folder)) is not None:
                return endpoints
            time.sleep(0.03)
        if child.poll() is None:
            child.kill()
            child.wait()
        tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise RuntimeError(
            f"the demo partners' servers did not start in {START_WITHIN:.0f} s; {log} ends with:\n{tail}"
        )

    @staticmethod
    def stop(folder: Path) -> None:
        """Stop the servers of a folder, if they run and are ours."""
        folder = Path(folder).resolve()
        pid = _running(folder)
        if pid:
            os.kill(pid, signal.SIGTERM)
            until = time.monotonic() + 5
            while _running(folder) == pid and time.monotonic() < until:
                time.sleep(0.03)
            if _running(folder) == pid:
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
        (folder / "servers.pid").unlink(missing_ok=True)


def start(folder: Path) -> Endpoints:
    """Start the servers of a folder: see `Servers.start`."""
    return Servers.start(folder)


def stop(folder: Path) -> None:
    """Stop the servers of a folder: see `Servers.stop`."""
    Servers.stop(folder)


def _pid(folder: Path) -> int:
    try:
        return int((folder / "servers.pid").read_text())
    except (FileNotFoundError, ValueError):
        return 0


def _running(folder: Path) -> int:
    """Return the process id of this folder's servers, 0 when none of ours runs."""
    pid = _pid(folder)
    if not pid:
        return 0
    with contextlib.suppress(ChildProcessError):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return 0
    command = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self/cmdline").exists():
        words = command.read_bytes().decode(errors="replace").split("\0") if command.exists() else []
    else:
        asked = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False)
        words = [_MODULE, str(folder)] if f"{_MODULE} {folder}" in asked.stdout else []
    return pid if _MODULE in words and str(folder) in words else 0


def _answering(folder: Path) -> Endpoints | None:
    endpoints = read_endpoints(folder)
    if endpoints is None:
        return None
    try:
        with urlopen(f"{endpoints.api_url}/health", timeout=2) as answer:  # noqa: S310 - our own loopback address
            answer.read()
        with socket.create_connection((endpoints.host, endpoints.sftp_port), timeout=2) as door:
            return endpoints if door.recv(8).startswith(b"SSH-2.0") else None
    except (URLError, OSError):
        return None


async def _serve(folder: Path, host: str) -> None:
    import asyncssh
    import uvicorn

    from equity.demo import api, sftp

    class Quiet(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield  # signals are handled below, for both servers

    root = folder / "lampang_luang" / "sftp"
    for name in ("outgoing", "incoming"):
        (root / name).mkdir(parents=True, exist_ok=True)
    key_file = folder / "sftp_host_key"
    if not key_file.exists():
        _write_private(key_file, asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    key = asyncssh.import_private_key(key_file.read_bytes())
    before = read_endpoints(folder)
    api_port = _free_port(before.api_port if before else 0)
    endpoints = Endpoints(
        folder=str(folder),
        api_port=api_port,
        api_token=before.api_token if before else secrets.token_urlsafe(24),
        sftp_port=_free_port(before.sftp_port if before else 0, api_port),
        sftp_password=before.sftp_password if before else secrets.token_urlsafe(18),
        sftp_host_key=" ".join(key.export_public_key().decode().split()[:2]),
        host=host,
    )
    listen = HOST if host == HOST else "0.0.0.0"  # noqa: S104 - a container of its own
    acceptor = await sftp.serve(root, endpoints.sftp_port, key, LOGIN, endpoints.sftp_password, listen)
    config = uvicorn.Config(
        api.application(folder, endpoints.api_token),
        host=listen,
        port=endpoints.api_port,
        log_level="warning",
        lifespan="off",
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    server = Quiet(config)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: setattr(server, "should_exit", True))
    _write_private(folder / "endpoints.json", orjson.dumps(asdict(endpoints), option=orjson.OPT_INDENT_2))
    _write_private(folder / "servers.pid", str(os.getpid()).encode())

    async def watch() -> None:
        while _pid(folder) == os.getpid():
            await asyncio.sleep(1)
        server.should_exit = True

    watching = asyncio.create_task(watch())  # a folder that was removed or taken over leaves no server behind
    try:
        await server.serve()
    finally:
        watching.cancel()
        acceptor.close()
        if _pid(folder) == os.getpid():
            (folder / "servers.pid").unlink(missing_ok=True)


def main() -> None:
    """Run the servers of the folder given on the command line until SIGTERM."""
    parser = argparse.ArgumentParser(prog=f"python -m {_MODULE}", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--host", default=HOST, help="name under which others reach this machine")
    parser.add_argument("--env", action="store_true", help="print the connections as AIRFLOW_CONN_… lines and end")
    given = parser.parse_args()
    folder = given.folder.resolve()
    if not given.env:
        asyncio.run(_serve(folder, given.host))
        return
    endpoints = read_endpoints(folder)
    if endpoints is None:
        sys.exit(f"the servers of {folder} were never started")
    for name, connection in endpoints.connections.items():
        print(f"AIRFLOW_CONN_{name.upper()}='{connection}'")


if __name__ == "__main__":
    main()
