"""Playing the week once for all tests: night 1 killed in the middle and played again, then 2 to 7."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg

from equity.demo.world import NIGHTS

if TYPE_CHECKING:
    from conftest import Week


@dataclass
class Diary:
    """What was seen after each night."""

    outputs: dict[str, str] = field(default_factory=dict)
    status: dict[str, dict[str, Any]] = field(default_factory=dict)
    killed_with: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


_DIARIES: dict[int, Diary] = {}


def diary(world: Week) -> Diary:
    """The diary of this world."""
    return _DIARIES.setdefault(id(world), Diary())


def play(world: Week, night: str = "") -> None:
    """Play one night to its end with the console command and note what it said."""
    began = time.monotonic()
    ended = world.equity("nightly", *(["--night", night] if night else []))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    status = json.loads(world.equity("status", "--json").stdout)
    notes = diary(world)
    notes.status[status["night"]] = status
    notes.outputs[status["night"]] = ended.stdout
    notes.seconds[status["night"]] = time.monotonic() - began


def first_night(world: Week) -> Diary:
    """Night 1: killed without mercy when the first delivery was loaded, then played again."""
    notes = diary(world)
    if notes.status:
        return notes
    process = world.start("nightly")
    killed = _kill_in_the_middle(world)
    out, _ = process.communicate(timeout=120)
    assert process.returncode != 0, f"a killed night must not look well:\n{out}"
    notes.killed_with = killed
    ended = world.equity("ui")  # leaves Airflow running, so that the following nights need not start it
    assert ended.returncode == 0, ended.stdout + ended.stderr
    play(world)
    return notes


def whole_week(world: Week) -> Diary:
    """All seven nights."""
    notes = first_night(world)
    for night in NIGHTS[len(notes.status) :]:
        play(world)
        assert night.isoformat() in notes.status
    return notes


def _kill_in_the_middle(world: Week) -> dict[str, int]:
    """Wait until some, but not all deliveries are loaded, then SIGKILL every Airflow process and its children."""
    until = time.monotonic() + 180
    while time.monotonic() < until:
        try:
            with psycopg.connect(world.installation.url("equity_owner"), connect_timeout=2) as connection:
                row = connection.execute(
                    "select count(*) filter (where state = 'loaded'), count(*) filter (where state = 'landed') from ops.delivery"
                ).fetchone()
        except (psycopg.Error, FileNotFoundError):
            row = None
        if row and row[0] >= 1 and row[1] >= 1:
            for pid_file in world.installation.folder.glob("*.pid"):
                pid = int(pid_file.read_text())
                for child in _descendants(pid):
                    _kill(child)
            return {"loaded": row[0], "landed": row[1]}
        time.sleep(0.05)
    raise AssertionError("the night never had a loaded and an unloaded delivery at the same time")


def _descendants(pid: int) -> list[int]:
    """A process and all below it, the top one first so that nothing is started anew."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as file:
                    parent = int(file.read().rsplit(")", 1)[1].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            children.setdefault(parent, []).append(int(entry))
    found, todo = [], [pid]
    while todo:
        found.append(todo[0])
        todo += children.get(todo.pop(0), [])
    return found


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
