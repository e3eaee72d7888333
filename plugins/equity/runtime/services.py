"""Airflow's processes on one machine: their settings, started together, probed over HTTP, ended by their ids."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg
from psycopg import sql

from equity.runtime.places import connections as as_connections
from equity.runtime.places import local_places
from equity.settings import PROJECT, SPECS, Home
from equity.sources.pools import Pool, pools
from equity.sources.spec import readable_sources
from equity.warehouse import roles
from equity.warehouse.connect import DATABASE
from equity.warehouse.schema import create_database, migrate
from equity.warehouse.server import SUPERUSER, Server, ServerError, alive, end

if TYPE_CHECKING:
    from equity.privacy.keys import Keys

AIRFLOW_DATABASE = "airflow"
AIRFLOW_ROLE = "airflow"
PAGE = 100
SERVICES = {
    "api-server": ("api-server", "--workers", "1"),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
}


class ServiceError(RuntimeError):
    """A process did not come up; the message names its log."""


@dataclass(frozen=True)
class Installation:
    """The warehouse and Airflow of one state folder."""

    home: Home
    database: str = DATABASE

    @cached_property
    def server(self) -> Server:
        """The embedded Postgres."""
        return Server(self.home)

    @property
    def folder(self) -> Path:
        """AIRFLOW_HOME."""
        return self.home.path / "airflow"

    def url(self, role: str) -> str:
        """The warehouse as one role: the embedded server, or the one that EQUITY_DB_URL names (a role with CREATEROLE)."""
        given = os.environ.get("EQUITY_DB_URL")
        if not given:
            return self.server.url(role, self.database)
        parts = psycopg.conninfo.conninfo_to_dict(given)
        password = quote(self.home.password(role), safe="")
        return (
            f"postgresql://{role}:{password}@{parts.get('host', 'localhost')}:{parts.get('port', 5432)}/{self.database}"
        )

    @cached_property
    def keys(self) -> Keys:
        """The keys of this installation: a laptop's own, on a server those of the connection equity_keys."""
        from equity.privacy.keys import Keys

        given = os.environ.get("AIRFLOW_CONN_EQUITY_KEYS")
        return Keys.from_json(json.loads(given)["password"]) if given else Keys.of(self.home)

    @property
    def admin_url(self) -> str:
        """A connection that may create roles and databases."""
        return os.environ.get("EQUITY_DB_URL") or self.server.url(SUPERUSER, "postgres")

    def prepare_warehouse(self) -> None:
        """Start the server, make roles and database, bring the schemas up to date."""
        if not os.environ.get("EQUITY_DB_URL"):
            self.server.start()
        create_database(self.admin_url, self.database, {role: self.home.password(role) for role in roles.ROLES})
        migrate(self.url(roles.OWNER))

    @property
    def _airflow_database_url(self) -> str:
        parts = psycopg.conninfo.conninfo_to_dict(self.admin_url)
        return f"{AIRFLOW_ROLE}:{quote(self.home.password(AIRFLOW_ROLE), safe='')}@{parts['host']}:{parts['port']}/{AIRFLOW_DATABASE}"

    def prepare_airflow(self) -> None:
        """Make Airflow's own database and bring its schema up to date; done once for each version of Airflow."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_passwords()
        done = self.folder / "schema.json"
        version = _airflow_version()
        if done.exists() and json.loads(done.read_text())["version"] == version:
            return
        self.create_airflow_database()
        log = self.folder / "logs" / "migrate.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w") as words:
            command = [sys.executable, "-m", "airflow", "db", "migrate"]
            ended = subprocess.run(command, env=self.environment(), stdout=words, stderr=subprocess.STDOUT, check=False)
        if ended.returncode:
            raise ServiceError(f"Airflow's schema could not be made; see {log}")
        done.write_text(json.dumps({"version": version}))

    def create_airflow_database(self) -> None:
        """Make Airflow's role and its own database when they are missing, and set the role's password."""
        role, database = sql.Identifier(AIRFLOW_ROLE), sql.Identifier(AIRFLOW_DATABASE)
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            if not connection.execute("select 1 from pg_roles where rolname = %s", [AIRFLOW_ROLE]).fetchone():
                connection.execute(sql.SQL("create role {} login").format(role))
            password = sql.Literal(self.home.password(AIRFLOW_ROLE))
            connection.execute(sql.SQL("alter role {} password {}").format(role, password))
            if not connection.execute("select 1 from pg_database where datname = %s", [AIRFLOW_DATABASE]).fetchone():
                connection.execute(sql.SQL("create database {} owner {}").format(database, role))
                connection.execute(sql.SQL("revoke all on database {} from public").format(database))

    def _write_passwords(self) -> None:
        file = self.folder / "passwords.json"
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
            json.dump({"operator": self.home.secrets["airflow_password"]}, stream)

    @cached_property
    def ports(self) -> dict[str, int]:
        """Ports of the UI and of the scheduler's health page; kept as long as they are free."""
        kept = self.folder / "ports.json"
        ports = json.loads(kept.read_text()) if kept.exists() else {"ui": 8080, "scheduler": 8974}
        if not self.running():
            ports = {name: _free_port(port) for name, port in ports.items()}
            self.folder.mkdir(parents=True, exist_ok=True)
            kept.write_text(json.dumps(ports))
        return ports

    @property
    def ui(self) -> str:
        """Address of Airflow's UI and API."""
        return f"http://127.0.0.1:{self.ports['ui']}"

    def environment(self) -> dict[str, str]:
        """Environment of every Airflow process: settings, and the connections that tasks use."""
        from equity.privacy.keys import Keys

        kept = self.home.secrets
        section = {
            "CORE__DAGS_FOLDER": str(PROJECT / "dags"),
            "CORE__PLUGINS_FOLDER": str(self.folder / "plugins"),
            "CORE__EXECUTOR": "LocalExecutor",
            "CORE__PARALLELISM": "8",  # a source takes two of them at most, unless its spec says otherwise
            "CORE__MAX_ACTIVE_TASKS_PER_DAG": "8",
            "CORE__LOAD_EXAMPLES": "False",
            "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "CORE__FERNET_KEY": kept["airflow_fernet_key"],
            "CORE__EXECUTION_API_SERVER_URL": f"{self.ui}/execution/",
            "CORE__SIMPLE_AUTH_MANAGER_USERS": "operator:admin",
            "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self.folder / "passwords.json"),
            "DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://{self._airflow_database_url}",
            "DATABASE__SQL_ALCHEMY_CONN_ASYNC": f"postgresql+psycopg_async://{self._airflow_database_url}",
            "API__HOST": "127.0.0.1",
            "API__PORT": str(self.ports["ui"]),
            "API__BASE_URL": self.ui,
            "API__SECRET_KEY": kept["airflow_jwt_secret"],
            "API_AUTH__JWT_SECRET": kept["airflow_jwt_secret"],
            "LOGGING__BASE_LOG_FOLDER": str(self.folder / "logs"),
            "LOGGING__LOGGING_LEVEL": "WARNING",
            "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.3",
            "SCHEDULER__ENABLE_HEALTH_CHECK": "True",
            "SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_HOST": "127.0.0.1",
            "SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(self.ports["scheduler"]),
            "DAG_PROCESSOR__REFRESH_INTERVAL": "30",
            "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "60",
            "DAG_PROCESSOR__PARSING_PROCESSES": "1",
            "USAGE_DATA_COLLECTION__ENABLED": "False",
        }
        connections = {
            f"EQUITY_{role.removeprefix('equity_').upper()}": self.url(role).replace("postgresql://", "postgres://", 1)
            for role in (roles.INGEST, roles.TRANSFORM, roles.LINK, roles.PUBLIC)
        }
        connections["EQUITY_KEYS"] = json.dumps({"conn_type": "generic", "password": Keys.to_json(self.home)})
        connections |= {name.upper(): said for name, said in self._partner_connections().items()}
        quiet = {"GX_ANALYTICS_ENABLED": "false", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}
        return {
            **os.environ,
            **quiet,
            "AIRFLOW_HOME": str(self.folder),
            "EQUITY_HOME": str(self.home.path),
            "EQUITY_PRELOAD": "scheduler",
            "EQUITY_SCHEDULE": "none",  # nights are played by hand here
            "PYTHONWARNINGS": "ignore",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
            **{f"AIRFLOW__{name}": value for name, value in section.items()},
            **{f"AIRFLOW_CONN_{name}": value for name, value in connections.items()},
        }

    def _partner_connections(self) -> dict[str, str]:
        """The demo partners' endpoints, when their servers were started, and the places of partners that have none."""
        return self._demo_connections() | as_connections(self.places())

    def _demo_connections(self) -> dict[str, str]:
        from equity.demo.servers import read_endpoints

        endpoints = read_endpoints(self.home.path / "demo")
        return endpoints.connections if endpoints else {}

    def places(self) -> dict[str, Path]:
        """The folders on this machine of connections that nobody has given, by connection; none where the clock runs."""
        from equity.demo.servers import Endpoints

        if os.environ.get("EQUITY_SCHEDULE", "none") != "none":
            return {}
        sources, _ = readable_sources(SPECS)
        demo = Endpoints("", 0, "", 0, "", "").connections
        return local_places(self.home.path, sources, {*demo, *self._connections_in_airflow()})

    def _connections_in_airflow(self) -> set[str]:
        """Connections that were added in Airflow's own page; what the environment says would hide them."""
        if not (self.folder / "schema.json").exists():
            return set()
        try:
            with psycopg.connect(f"postgresql://{self._airflow_database_url}") as connection:
                return {row[0] for row in connection.execute("select conn_id from connection")}
        except psycopg.OperationalError:  # not running: nothing to start tasks with either
            return set()

    # --- processes

    def _pid_file(self, service: str) -> Path:
        return self.folder / f"{service}.pid"

    def running(self) -> bool:
        """Whether all of Airflow's processes are there."""
        return all((pid := _read_pid(self._pid_file(service))) and alive(pid) for service in SERVICES)

    def start(self) -> None:
        """Start what is not running; does not wait."""
        logs = self.folder / "logs" / "services"
        logs.mkdir(parents=True, exist_ok=True)
        for place in self.places().values():
            place.mkdir(parents=True, exist_ok=True)
        environment = self.environment()
        for service, arguments in SERVICES.items():
            pid = _read_pid(self._pid_file(service))
            if pid and alive(pid):
                continue
            with (logs / f"{service}.log").open("a") as words:
                process = subprocess.Popen(
                    [sys.executable, "-m", "airflow", *arguments], env=environment, stdout=words, stderr=subprocess.STDOUT,
                    stdin=subprocess.DEVNULL, start_new_session=True, cwd=self.folder,
                )  # fmt: skip
            self._pid_file(service).write_text(str(process.pid))

    def wait(self, dag_ids: set[str], *, seconds: float = 180) -> None:
        """Wait until API and scheduler answer and all DAGs are known, and give each source its pool.

        Raises ServiceError naming the log to read.
        """
        import httpx

        until = time.monotonic() + seconds
        lacking = "api-server"
        while time.monotonic() < until:
            for service in SERVICES:
                pid = _read_pid(self._pid_file(service))
                if pid is None or not alive(pid):
                    raise ServiceError(f"{service} ended; see {self.folder / 'logs' / 'services' / service}.log")
            try:
                api = self.api()
                lacking = "dag-processor"
                if dag_ids <= set(api.dag_ids()):
                    api.set_pools(pools(readable_sources(SPECS)[0]))
                    httpx.get(f"http://127.0.0.1:{self.ports['scheduler']}/health", timeout=5).raise_for_status()
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.3)
        raise ServiceError(f"{lacking} did not come up in {seconds:.0f} s; see {self.folder / 'logs' / 'services'}")

    def stop(self) -> None:
        """End Airflow's processes, all at once."""
        pids = [(service, _read_pid(self._pid_file(service))) for service in SERVICES]
        end([pid for _, pid in pids if pid and _is_airflow(pid)], seconds=8)
        for service, _ in pids:
            self._pid_file(service).unlink(missing_ok=True)

    def api(self) -> Api:
        """A client of Airflow's API, logged in."""
        return Api(self.ui, str(self.home.secrets["airflow_password"]))


class Api:
    """The few calls of Airflow's REST API that a night needs."""

    def __init__(self, base: str, password: str) -> None:
        import httpx

        self._client = httpx.Client(base_url=base, timeout=30)
        token = self._client.post("/auth/token", json={"username": "operator", "password": password}, timeout=10)
        token.raise_for_status()
        self._client.headers["Authorization"] = f"Bearer {token.json()['access_token']}"

    def dag_ids(self) -> list[str]:
        """Ids of the DAGs that are known and not stale."""
        return [dag["dag_id"] for dag in self._all("/api/v2/dags", "dags")]

    def import_errors(self) -> list[str]:
        """DAG files that could not be imported."""
        return [f"{e['filename']}: {e['stack_trace']}" for e in self._get("/api/v2/importErrors")["import_errors"]]

    def set_pools(self, wanted: Mapping[str, Pool]) -> None:
        """Make pools, or give those that are there as many places as wanted."""
        entities = [{"name": name, **pool} for name, pool in wanted.items()]
        create = {"action": "create", "entities": entities, "action_on_existence": "overwrite"}
        answer = self._client.patch("/api/v2/pools", json={"actions": [create]})
        answer.raise_for_status()
        if errors := (answer.json().get("create") or {}).get("errors"):
            raise ServiceError(f"Airflow's pools could not be made: {errors[0].get('error')}")

    def trigger(self, dag_id: str, run_id: str, conf: dict[str, object]) -> None:
        """Start a run."""
        body = {"dag_run_id": run_id, "logical_date": None, "conf": conf}
        self._client.post(f"/api/v2/dags/{dag_id}/dagRuns", json=body).raise_for_status()

    def runs(self, dag_id: str, since: str) -> list[dict[str, str]]:
        """Runs of a DAG (`~`: of all) that were made at or after a time, oldest first."""
        return self._all(f"/api/v2/dags/{dag_id}/dagRuns", "dag_runs", run_after_gte=since, order_by="run_after")

    def fail_unfinished(self) -> int:
        """Fail the runs that a killed night left behind: they would keep their place. Returns how many."""
        runs = [
            run
            for state in ("running", "queued")
            for run in self._all("/api/v2/dags/~/dagRuns", "dag_runs", state=state)
        ]
        for run in runs:
            path = f"/api/v2/dags/{run['dag_id']}/dagRuns/{quote(run['dag_run_id'], safe='')}"
            self._client.patch(path, json={"state": "failed"}).raise_for_status()
        return len(runs)

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, str]]:
        """Task instances of a run."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}/taskInstances"
        return self._all(path, "task_instances")

    def _all(self, path: str, key: str, **parameters: object) -> list[dict[str, str]]:
        """All of a list, which Airflow gives in pages of a hundred."""
        found: list[dict[str, str]] = []
        while page := self._get(path, limit=PAGE, offset=len(found), **parameters)[key]:
            found += page
            if len(page) < PAGE:
                break
        return found

    def _get(self, path: str, **parameters: object) -> dict[str, list[dict[str, str]]]:
        answer = self._client.get(path, params=parameters)  # type: ignore[arg-type]
        answer.raise_for_status()
        return dict(answer.json())


def _airflow_version() -> str:
    from importlib.metadata import version

    return version("apache-airflow")


def _read_pid(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (FileNotFoundError, ValueError):
        return None


def _is_airflow(pid: int) -> bool:
    """Whether a remembered process id is still ours: ids are given anew after a while."""
    try:
        return b"airflow" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return alive(pid) and not Path("/proc/self/stat").exists()


def _free_port(wanted: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


__all__ = ["Api", "Installation", "ServerError", "ServiceError"]
