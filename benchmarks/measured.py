"""What a step takes: each in a process of its own, so that its peak memory is its own, and Postgres's processor time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from equity.runtime.services import Installation


def in_a_process(module: str, *arguments: str | Path) -> dict[str, Any]:
    """Run a benchmark's module for one step; what it says in its last line, a JSON object. Ends the benchmark if it fails."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)]
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "GX_ANALYTICS_ENABLED": "false"}
    )
    if ended.returncode:
        raise SystemExit(ended.stderr)
    return dict(json.loads(ended.stdout.splitlines()[-1]))


def server_cpu(installation: Installation) -> float:
    """Processor seconds of Postgres and of all its sessions that have ended."""
    time.sleep(0.5)  # the last session's end is noticed
    pid = (installation.server.data / "postmaster.pid").read_text().split()[0]
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def peak() -> float:
    """The most memory that this process has held, in MiB; `getrusage` would tell of the one that started it too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
