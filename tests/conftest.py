"""What the tests share: a migrated warehouse on a real Postgres, a week of nights played through Airflow, a browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from equity.runtime.services import Installation
from equity.settings import PROJECT, Home
from programs import PROGRAMS, found

LEFT_OUT = pytest.StashKey[dict[str, int]]()


def pytest_configure(config: pytest.Config) -> None:
    """Tell the places of programs to the tests; a CI machine without one fails."""
    for wanted in PROGRAMS:
        if place := found(wanted):
            os.environ[wanted.variable] = place
        elif os.environ.get("CI"):
            raise pytest.UsageError(
                f"no {wanted.title} on this machine: {wanted.tests} cannot be tested (apt-get install {wanted.package})"
            )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a program its tests are left out, which the last lines say; nights come last, they take the longest."""
    config.stash[LEFT_OUT] = {}
    for wanted in PROGRAMS:
        if found(wanted) is None:
            left_out = [item for item in items if item.get_closest_marker(wanted.marker)]
            items[:] = [item for item in items if item not in left_out]
            config.stash[LEFT_OUT][wanted.marker] = len(left_out)
    items.sort(key=lambda item: item.get_closest_marker("night") is not None)


def pytest_unconfigure(config: pytest.Config) -> None:
    """One line at the very end for what was not run."""
    for wanted in PROGRAMS:
        if count := config.stash.get(LEFT_OUT, {}).get(wanted.marker, 0):
            print(
                f"\nNot run: {count} test(s) of {wanted.tests}, as no {wanted.title} was found. Install it "
                f"(apt-get install {wanted.package}) or set {wanted.variable}."
            )


def remove(installation: Installation) -> None:
    """End what an installation started and delete its state."""
    installation.server.remove()
    shutil.rmtree(installation.home.path, ignore_errors=True)


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The platform's schemas on an embedded Postgres, empty, in a folder with a space and a Thai letter in its name."""
    installation = Installation(Home(tmp_path_factory.mktemp("warehouse") / "ข้อมูล equity"))
    installation.prepare_warehouse()
    yield installation
    remove(installation)


class Week:
    """A world of its own, played night by night with the console command, as a user would."""

    def __init__(self, home: Path) -> None:
        self.installation = Installation(Home(home))
        self.environment = {**os.environ, "EQUITY_HOME": str(home)}

    def equity(self, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """Run `equity …` to its end."""
        command = [str(Path(sys.executable).parent / "equity"), *arguments]
        return subprocess.run(
            command, env=self.environment, cwd=PROJECT, capture_output=True, text=True, timeout=timeout, check=False
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `equity …` and do not wait."""
        command = [str(Path(sys.executable).parent / "equity"), *arguments]
        return subprocess.Popen(
            command, env=self.environment, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Week]:
    """The state folder in which nights are played; stopped and deleted at the end."""
    week = Week(tmp_path_factory.mktemp("week") / "equity")
    yield week
    week.equity("down", "--forget")


@pytest.fixture(scope="session")
def played(world: Week) -> Week:
    """The world after its first night, through real Airflow."""
    from night.play import first_night

    first_night(world)
    return world
