"""The documentation agrees with the repository: links, pictures, rooms, keys, codes; and it speaks of the product alone."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest
from docs_pages import PAGES, between, names
from pydantic import BaseModel

from equity.delivery.holds import HOLDS
from equity.delivery.process import REJECTED
from equity.settings import PROJECT
from equity.sources import spec

PACKAGE = PROJECT / "plugins" / "equity"


def test_there_are_pages() -> None:
    there = {str(page.relative_to(PROJECT)) for page in PAGES}
    users = {"partner", "working-group", "data-engineer", "steward", "operate", "architecture", "glossary"}
    assert {"README.md", "README.th.md", *(f"docs/{user}.md" for user in users)} <= there


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_relative_links_resolve(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.S)
    links = [found[1] for found in re.finditer(r"\]\(([^)\s]+)\)", text)]
    links += [found[1] for found in re.finditer(r"(?:src|href)=\"([^\"]+)\"", text)]
    for link in links:
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / unquote(path) if path else page
        assert target.exists(), f"{page.name}: {link}"
        if anchor:
            assert anchor in _anchors(target), f"{page.name}: {link}"


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_pictures_are_small_and_used() -> None:
    pictures = sorted((PROJECT / "docs" / "pictures").iterdir())
    assert pictures
    text = "".join(page.read_text("utf-8") for page in PAGES)
    for picture in pictures:
        assert picture.suffix == ".png" and picture.stat().st_size < 250_000, picture.name
        assert f"pictures/{picture.name}" in text, f"{picture.name} is shown nowhere"


def test_readmes_tree_is_there() -> None:
    text = (PROJECT / "README.md").read_text("utf-8")
    tree = next(block for block in re.findall(r"```text\n(.*?)```", text, re.S) if block.startswith("Makefile"))
    shown: set[str] = set()
    for line in tree.splitlines():
        left = line[:23] if not line.startswith("tests/") else line
        inside = PACKAGE if line.startswith(" ") else PROJECT
        for name in left.split():
            assert (inside / name).exists(), name
            shown.add(name.rstrip("/"))
    assert _rooms() - {"declarations"} <= {name.removesuffix(".py") for name in shown}
    tops = {path.name for path in PROJECT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    assert {"dags", "expectations", "dbt_project", "tests", "benchmarks", "docs"} <= shown & tops


# --- rooms


def _rooms() -> set[str]:
    found = {path.stem for path in PACKAGE.glob("*.py")} | {
        p.name for p in PACKAGE.iterdir() if (p / "__init__.py").exists()
    }
    return found - {"__init__"}


def _imports(folder: Path) -> set[str]:
    files = [folder] if folder.suffix else sorted(folder.rglob("*.py"))
    found = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            found |= {module.split(".")[1] for module in modules if module.startswith("equity.")}
    return found


def test_rooms_and_their_imports() -> None:
    said = {next(iter(names(room))): names(imports) for room, _, imports in between("docs/architecture.md", "imports")}
    assert set(said) == _rooms() | {"dags"}
    for room, imports in said.items():
        place = PROJECT / "dags" if room == "dags" else PACKAGE / room
        place = place if place.exists() else place.with_suffix(".py")
        assert _imports(place) - {room} == imports, f"docs/architecture.md: imports of {room}"


def test_imports_run_one_way() -> None:
    said = {next(iter(names(room))): names(imports) for room, _, imports in between("docs/architecture.md", "imports")}
    done: set[str] = set()
    while rest := said.keys() - done:
        free = {room for room in rest if said[room] <= done}
        assert free, f"a circle: {sorted(rest)}"
        done |= free


# --- keys and codes


def _keys(model: type[BaseModel]) -> set[str]:
    return set(model.model_fields)


def test_every_key_of_a_spec_is_described() -> None:
    text = " ".join(" ".join(row) for row in between("docs/data-engineer.md", "spec keys"))
    # the keys of each transport are docs/transports.md's, see tests/sources/connectors
    models = (spec.Source, spec.Partner, spec.Limits, spec.Version, spec.Table, spec.Header, spec.Column)
    for model in models:
        for key in _keys(model):
            assert f"`{key}`" in text, f"docs/data-engineer.md does not describe {model.__name__}.{key}"


def test_every_hold_is_explained() -> None:
    said = {next(iter(names(code))): state for state, code, _ in between("docs/steward.md", "holds")}
    assert said == {code: "rejected" if code in REJECTED else "held" for code in HOLDS}


# --- the repository speaks of the product alone

MACHINE = re.compile(rb"(?<![\w.])/(?:root|home/\w+|Users/\w+|work/(?:main|shared)|tmp/\w+)/")
_WRITTEN_APART = "pypi_org python-hosted npm-js crates_io docker_io ghcr_io quay_io gcr_io proxy_golang"
REGISTRIES = tuple(host.replace("_", ".").replace("-", "") for host in _WRITTEN_APART.split())
HOSTS = re.compile("|".join(map(re.escape, REGISTRIES)).encode())
IN_A_CONTAINER = {"Dockerfile"}  # its paths are the image's own


def test_no_machine_path_and_no_registry_host() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        check=True,
    ).stdout
    files = [PROJECT / name.decode() for name in listed.split(b"\0") if name]
    assert len(files) > 100
    for file in files:
        if not file.is_file() or file == Path(__file__) or b"\0" in (content := file.read_bytes())[:8192]:
            continue
        for pattern in (MACHINE, HOSTS):
            found = None if pattern is MACHINE and file.name in IN_A_CONTAINER else pattern.search(content)
            assert not found, f"{file.relative_to(PROJECT)}: {found[0].decode() if found else ''}"
