"""Programs that some tests need beside Python's packages: a browser, a MariaDB server.

A continuous-integration machine must have them all (`.ci/run` installs them). On a user's machine the tests that need a
missing one are left out, and the last line of the run says how many, and how to get it.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    """A program by the marker of the tests that need it: its names, what they test, how to install it."""

    marker: str
    title: str
    names: tuple[str, ...]
    variable: str
    package: str
    tests: str


PROGRAMS = (
    Program(
        "browser", "Chromium", ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
        "EQUITY_CHROMIUM", "chromium", "the bulletin in a browser",
    ),
    Program(
        "mariadb", "MariaDB server", ("mariadbd", "/usr/sbin/mariadbd", "/usr/libexec/mariadbd"),
        "EQUITY_MARIADBD", "mariadb-server-core", "MySQL and MariaDB as a source",
    ),
)  # fmt: skip


def found(wanted: Program) -> str | None:
    """Where a program is on this machine: what its variable names, or what is on the path."""
    return os.environ.get(wanted.variable) or next((at for name in wanted.names if (at := shutil.which(name))), None)


def program(name: str) -> str:
    """The place of a program by one of its names; raises LookupError when it is not there."""
    place = next((found(one) for one in PROGRAMS if name in one.names), None)
    if place is None:
        raise LookupError(f"there is no {name} on this machine")
    return place
