"""Running a program against a folder of DAGs in a process of its own, with an Airflow that has never seen this house."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def start(home: Path, dags: Path, program: str, **environment: str) -> subprocess.Popen[str]:
    """Start a program that is told the folder and prints JSON in its last line."""
    given = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "plugins"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "CRITICAL",
        "EQUITY_HOME": str(home / "equity"),
        "PYTHONWARNINGS": "ignore",
        **environment,
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "EQUITY"))}
    return subprocess.Popen(
        [sys.executable, "-c", program, str(dags)], env=kept | given, cwd=home, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def outcome(process: subprocess.Popen[str]) -> Any:
    """What a program printed in its last line."""
    words, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors[-4000:]
    return json.loads(words.strip().splitlines()[-1])
