"""The worked example of docs/data-engineer.md, from a sample to a running source, does what the page says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from equity.cli import app
from equity.settings import PROJECT

EXAMPLE = re.compile(r"<!-- example: begin -->\n(.*?)<!-- example: end -->", re.S)
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.S)


def blocks() -> list[tuple[str, str]]:
    """Kind and content of the example's blocks, in order."""
    found = EXAMPLE.search((PROJECT / "docs" / "data-engineer.md").read_text("utf-8"))
    assert found, "docs/data-engineer.md has lost its example"
    return BLOCK.findall(found[1])


def squeezed(text: str) -> str:
    return " ".join(text.split())


def run(block: str) -> None:
    """Run the commands of a block; what is shown below each stands in what it says, line by line in this order."""
    for command, shown in re.findall(r"^\$ equity (.*)\n((?:(?!\$).*\n)*)", block, re.M):
        ended = CliRunner().invoke(app, shlex.split(command))
        assert ended.exit_code == 0, f"{command}\n{ended.output}"
        said, at = squeezed(ended.output), 0
        for line in filter(None, map(squeezed, shown.replace("…", "").splitlines())):
            at = said.find(line, at)
            assert at >= 0, f"{command} does not say {line!r}:\n{ended.output}"


def edit(spec: Path, changes: str) -> int:
    """Replace the lines that begin like the removed ones by the added ones; returns how many were added."""
    lines = spec.read_text("utf-8").splitlines()
    added = 0
    for old, new in re.findall(r"^-(.*)\n\+(.*)\n", changes, re.M):
        (at,) = [i for i, line in enumerate(lines) if line.startswith(old)]
        lines[at] = new
        added += 1
    spec.write_text("\n".join(lines) + "\n", "utf-8")
    return added


def test_the_example_runs_as_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EQUITY_SPECS", str(tmp_path / "specs"))
    (tmp_path / "specs").mkdir()
    kinds = []
    for kind, content in blocks():
        kinds.append(kind)
        if kind == "csv":
            Path("members.csv").write_text(content, "utf-8")
        elif kind == "text":
            run(content)
        elif kind == "diff":
            spec = tmp_path / "specs" / "mae_mo_club.yml"
            assert edit(spec, content) <= 10, "a first load takes ten edited lines at most"
            assert "NOT SURE" not in spec.read_text("utf-8")
    assert kinds == ["csv", "text", "diff", "text"]
