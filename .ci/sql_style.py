"""SQL style of the dbt project: sqlfluff over the models that it has not passed yet, on all cores.

Parsing a model takes a third of a second, so what passed is remembered by its content, with all that the verdict rests on.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
DBT = PROJECT / "dbt_project"
PASSED = PROJECT / ".sqlfluff_cache" / "passed.json"


def fingerprint(file: Path, rules: bytes) -> str:
    """What a verdict on a model rests on."""
    return hashlib.sha256(rules + file.read_bytes()).hexdigest()


def main() -> int:
    """Lint; returns sqlfluff's exit code."""
    shared = [DBT / ".sqlfluff", *sorted((DBT / "macros").rglob("*.sql"))]
    rules = hashlib.sha256(version("sqlfluff").encode() + b"".join(file.read_bytes() for file in shared)).digest()
    models = sorted((DBT / "models").rglob("*.sql"))
    now = {str(file.relative_to(DBT)): fingerprint(file, rules) for file in models}
    try:
        passed = set(json.loads(PASSED.read_text("utf-8")))
    except (FileNotFoundError, ValueError):
        passed = set()
    due = [name for name, print_ in now.items() if print_ not in passed]
    if due:
        command = [
            str(Path(sys.executable).parent / "sqlfluff"),
            "lint",
            "--processes",
            "0",
            "--disable-progress-bar",
            *due,
        ]
        ended = subprocess.run(command, cwd=DBT, capture_output=True, text=True, check=False)
        if ended.returncode:
            print(ended.stdout, ended.stderr, sep="\n", file=sys.stderr)
            return ended.returncode
    PASSED.parent.mkdir(exist_ok=True)
    PASSED.write_text(json.dumps(sorted(now.values()), indent=0), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
