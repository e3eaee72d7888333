"""A real MariaDB server for tests, in a folder of its own; needs mariadbd (Debian, Ubuntu: mariadb-server-core)."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path

import pymysql

from programs import program

SHARES = [Path("/usr/share/mariadb"), Path("/usr/share/mysql"), Path("/usr/local/share/mysql")]
LOGIN, PASSWORD, DATABASE = "reader", "ความลับ-s3cret", "his"


class MariaDb:
    """Started with a database and a login; ended by `stop`."""

    def __init__(self, folder: Path) -> None:
        self.command = [
            str(program("mariadbd")), "--no-defaults", f"--datadir={folder / 'data'}", "--innodb-buffer-pool-size=16M",
            "--innodb-log-file-size=4M", "--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve",
            *(["--user=root"] if os.geteuid() == 0 else []),
        ]  # fmt: skip
        (folder / "data").mkdir()
        share = next(place for place in SHARES if (place / "mysql_system_tables.sql").exists())
        tables = [(share / f"mysql_system_tables{part}.sql").read_text() for part in ("", "_data")]
        first = ["set names utf8mb4;", "create database mysql;", "use mysql;", "set @auth_root_socket=NULL;", *tables]
        first += [f"create database {DATABASE} character set utf8mb4;", "flush privileges;"]
        first += [f"create user {LOGIN}@'127.0.0.1' identified by '{PASSWORD}';"]
        first += [f"grant all on {DATABASE}.* to {LOGIN}@'127.0.0.1';", ""]
        begun = subprocess.run(
            [*self.command, "--bootstrap", "--skip-networking"], input="\n".join(first), capture_output=True, encoding="utf-8",
            timeout=60, check=False,
        )  # fmt: skip
        assert begun.returncode == 0, begun.stderr[-2000:]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [*self.command, f"--port={self.port}", "--bind-address=127.0.0.1", f"--socket={folder / 's'}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def _wait(self) -> None:
        until = time.monotonic() + 30
        while True:
            try:
                return self.run("select 1")
            except pymysql.err.OperationalError:
                assert time.monotonic() < until and self.process.poll() is None, "mariadbd does not start"
                time.sleep(0.05)

    def run(self, *statements: str) -> None:
        """Run statements as the owner of the database."""
        with pymysql.connect(
            host="127.0.0.1",
            port=self.port,
            user=LOGIN,
            password=PASSWORD.encode(),
            db=DATABASE,
            autocommit=True,
            init_command="set time_zone = '+07:00'",
        ) as connection:
            for statement in statements:
                connection.cursor().execute(statement)

    def stop(self) -> None:
        """End it at once: its data is thrown away."""
        self.process.kill()
        self.process.wait(timeout=20)
