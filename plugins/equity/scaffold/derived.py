"""All files that follow from the declared record types: dbt's, and the list of types in the documentation."""

from __future__ import annotations

import re
from pathlib import Path

from equity.records import record_types
from equity.scaffold import staging
from equity.settings import PROJECT

PAGE = PROJECT / "docs" / "data-engineer.md"
_TABLE = re.compile(r"(<!-- record types: begin -->\n).*?(<!-- record types: end -->)", re.S)


def files() -> dict[Path, str]:
    """Every such file with its content."""
    return staging.files() | {PAGE: _page()}


def stale() -> list[Path]:
    """Those that are not as they follow."""
    return [path for path, content in files().items() if not path.exists() or path.read_text("utf-8") != content]


def write() -> list[Path]:
    """Write those that are not as they follow; returns them."""
    changed = stale()
    made = files()
    for path in changed:
        path.write_text(made[path], "utf-8")
    return changed


def _page() -> str:
    rows = [
        f"| `{name}` | {declared.label.th}, {declared.label.en} | {declared.grain} | {', '.join(f'`{k}`' for k in declared.key)} |\n"
        for name, declared in record_types().items()
    ]
    table = "| type | is | grain | key |\n| --- | --- | --- | --- |\n" + "".join(rows)
    return _TABLE.sub(lambda found: found[1] + table + found[2], PAGE.read_text("utf-8"))
