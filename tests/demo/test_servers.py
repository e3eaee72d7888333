"""The partners' servers: token, pages, limits, feedback; SFTP inside its folder; start, stop, start again."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import paramiko
import pytest

from equity.demo.servers import Endpoints, Servers
from equity.demo.world import NIGHTS, World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("โลก สาธิต"), scale=0.1)
    made.play(NIGHTS[0])
    return made


@pytest.fixture(scope="module")
def endpoints(world: World) -> Iterator[Endpoints]:
    yield Servers.start(world.folder)
    Servers.stop(world.folder)


@pytest.fixture
def api(endpoints: Endpoints) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {endpoints.api_token}"}
    with httpx.Client(base_url=endpoints.api_url, headers=headers) as client:
        yield client


def ask(api: httpx.Client, path: str, **query: Any) -> httpx.Response:
    """Ask as told: wait after a 429, try again after a 503."""
    for _ in range(6):
        answer = api.get(path, params=query)
        if answer.status_code == 429:
            time.sleep(int(answer.headers["Retry-After"]))
        elif answer.status_code != 503:
            return answer
    raise AssertionError("never answered")


def pull(api: httpx.Client, path: str, **query: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    page = pages = 1
    while page <= pages:
        body = ask(api, path, page=page, **query).raise_for_status().json()
        items, pages, page = items + body["items"], body["pages"], page + 1
        assert len(items) <= body["total"]
    return items


def test_connections_are_what_airflow_reads(endpoints: Endpoints, world: World) -> None:
    found = {name: json.loads(text) for name, text in endpoints.connections.items()}
    assert set(found) == {
        "chae_son_drop", "chae_son_outbox", "lampang_rajabhat_api", "lampang_luang_sftp",
        "eef_programme_office_drop", "eef_programme_office_outbox", "lampang_school_rosters_drop",
        "lampang_school_rosters_outbox", "lampang_registers_web", "lampang_reference_registers_outbox",
    }  # fmt: skip
    assert Path(found["chae_son_drop"]["extra"]["path"]).is_dir()
    assert found["lampang_luang_sftp"]["extra"]["host_key"].startswith("ssh-ed25519 AAAA")
    assert stat.S_IMODE((world.folder / "endpoints.json").stat().st_mode) == 0o600


def test_no_token_no_answer(endpoints: Endpoints) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": endpoints.api_token}):
        assert httpx.get(f"{endpoints.api_url}/v1/screenings", headers=headers).status_code == 401
        assert httpx.post(f"{endpoints.api_url}/v1/feedback", headers=headers, content=b"x").status_code == 401


def test_first_night_meets_the_limit_and_gets_everything_in_order(api: httpx.Client, world: World) -> None:
    answers = [api.get("/v1/enrolments", params={"page_size": 50}) for _ in range(6)]
    assert [a.status_code for a in answers] == [200] * 5 + [429]
    assert answers[5].headers["Retry-After"] == "1"
    assert answers[0].headers["content-encoding"] == "gzip"
    items = pull(api, "/v1/screenings", page_size=500)
    counts = world.truth().counts["2026-03-02"]["lampang_rajabhat_abe"]
    assert len(items) == counts["/v1/screenings"]["learner_screening"]["rows"]
    order = [(i["updated_at"], i["id"]) for i in items]
    assert order == sorted(order)
    ids = [e for e in world.truth().planted if e["delivery"] == "/v1/screenings" and e["night"] == "2026-03-02"]
    assert ids
    for error in (e for e in ids if e["code"] == "national_id.excel_damage"):
        assert "E+12" in items[error["row"] - 1]["learner"]["citizen_id"]
    for error in (e for e in ids if e["field"] == "sex"):
        assert items[error["row"] - 1]["learner"]["gender"] not in ("M", "F")
    for repeat in (r for r in world.truth().repeated if r["delivery"] == "/v1/screenings"):
        assert items[repeat["row"] - 1] == items[repeat["row"] - 2]
    middle = items[len(items) // 2]["updated_at"]
    rest = pull(api, "/v1/screenings", page_size=500, updated_since=middle)
    assert [i["id"] for i in rest] == [i["id"] for i in items if i["updated_at"] > middle]


def test_wrong_questions_are_refused(api: httpx.Client) -> None:
    for query in ({"page": "0"}, {"page_size": "501"}, {"page": "x"}, {"updated_since": "yesterday"}):
        assert ask(api, "/v1/screenings", **query).status_code == 400
    assert ask(api, "/v1/nothing").status_code == 404


def test_files_stand_at_one_address(api: httpx.Client, endpoints: Endpoints, world: World) -> None:
    head, first = api.head("/files/population.csv"), api.get("/files/population.csv")
    assert head.headers["etag"] == first.headers["etag"] and not head.content
    issue = world.folder / "registers" / "files" / "2026-03-02" / "population.csv"
    assert first.content == issue.read_bytes()
    for wrong in ("nothing.csv", "..", "%2e%2e%2fclock.json"):
        assert api.get(f"/files/{wrong}").status_code in (404, 405), wrong
    assert httpx.get(f"{endpoints.api_url}/files/population.csv").status_code == 401


def test_feedback_is_kept(api: httpx.Client, world: World) -> None:
    kept = world.folder / "abe" / "feedback"
    assert api.post("/v1/feedback", content=b"PK raw", headers={"X-Reference": "LPG-1"}).status_code == 201
    assert (kept / "LPG-1.xlsx").read_bytes() == b"PK raw"
    answer = api.post("/v1/feedback", files={"file": ("a.xlsx", b"PK form")}, headers={"X-Reference": "../LPG/2"})
    assert answer.status_code == 201
    assert len(list(kept.iterdir())) == 2
    assert (kept / f"{answer.json()['reference']}.xlsx").read_bytes() == b"PK form"
    assert api.post("/v1/feedback", content=b"PK").status_code == 400


@pytest.fixture
def sftp(endpoints: Endpoints) -> Iterator[paramiko.SFTPClient]:
    found = json.loads(endpoints.connections["lampang_luang_sftp"])
    transport = paramiko.Transport((found["host"], found["port"]))
    transport.connect(username=found["login"], password=found["password"])
    assert transport.get_remote_server_key().get_base64() == found["extra"]["host_key"].split()[1]
    client = paramiko.SFTPClient.from_transport(transport)
    assert client is not None
    yield client
    transport.close()


def test_sftp_serves_the_files_and_nothing_else(sftp: paramiko.SFTPClient, world: World) -> None:
    root = world.folder / "lampang_luang" / "sftp"
    assert sorted(sftp.listdir("outgoing")) == sorted(p.name for p in (root / "outgoing").iterdir())
    with sftp.open("outgoing/participant_20260302.csv") as stream:
        assert stream.read() == (root / "outgoing" / "participant_20260302.csv").read_bytes()
    with sftp.open("incoming/LPG-1.xlsx", "wb") as out:
        out.write(b"PK")
    assert (root / "incoming" / "LPG-1.xlsx").read_bytes() == b"PK"
    assert sorted(sftp.listdir("../../..")) == ["incoming", "outgoing"]
    with pytest.raises(OSError):
        sftp.open("/../../../endpoints.json")


def test_sftp_refuses_strangers(endpoints: Endpoints) -> None:
    for login, password in (("lampang_luang", "wrong"), ("root", endpoints.sftp_password)):
        transport = paramiko.Transport(("127.0.0.1", endpoints.sftp_port))
        with pytest.raises(paramiko.AuthenticationException):
            transport.connect(username=login, password=password)
        transport.close()


def test_next_night_brings_only_what_changed(api: httpx.Client, world: World) -> None:
    last = max(i["updated_at"] for i in pull(api, "/v1/case-events", page_size=500))
    world.play(NIGHTS[1])
    assert api.get("/v1/screenings", params={"page_size": 1}).status_code == 200
    assert api.get("/v1/case-events", params={"updated_since": last}).status_code == 503
    fresh = pull(api, "/v1/case-events", updated_since=last, page_size=500)
    count = world.truth().counts["2026-03-03"]["lampang_rajabhat_abe"]["/v1/case-events"]["case_event"]
    assert len(fresh) == count["rows"] > 0
    everything = [i["id"] for i in pull(api, "/v1/case-events", page_size=500)]
    again = {i["id"] for i in fresh}
    assert sum(number in again for number in everything) == len(fresh)


def test_a_later_issue_takes_the_address(api: httpx.Client, world: World) -> None:
    before = api.head("/files/population.csv").headers["etag"]
    world.play(NIGHTS[2])
    assert api.head("/files/population.csv").headers["etag"] != before
    assert (
        api.get("/files/population.csv").content
        != (world.folder / "registers/files/2026-03-02/population.csv").read_bytes()
    )


def test_start_stop_and_a_taken_port(tmp_path: Path) -> None:
    World(tmp_path, scale=0.02).play(NIGHTS[0])
    first = Servers.start(tmp_path)
    pid = int((tmp_path / "servers.pid").read_text())
    assert Servers.start(tmp_path) == first
    assert int((tmp_path / "servers.pid").read_text()) == pid
    Servers.stop(tmp_path)
    assert not (tmp_path / "servers.pid").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", first.api_port))
        taken.listen()
        second = Servers.start(tmp_path)
        assert second.api_port != first.api_port
        assert (second.api_token, second.sftp_host_key) == (first.api_token, first.sftp_host_key)
        Servers.stop(tmp_path)
    (tmp_path / "servers.pid").write_text(str(os.getpid()))
    Servers.stop(tmp_path)  # a stranger's process id is left alone


def test_servers_of_a_removed_folder_end(tmp_path: Path) -> None:
    folder = tmp_path / "world"
    World(folder, scale=0.02).play(NIGHTS[0])
    found = Servers.start(folder)
    shutil.rmtree(folder)
    until = time.monotonic() + 5
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", found.api_port)):
                return
        time.sleep(0.1)
    raise AssertionError("still answering")
