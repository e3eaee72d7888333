"""The house's layout, read from the source: imports run one way, and only dags/ know the orchestrator."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from equity.settings import PROJECT

PACKAGE = PROJECT / "plugins" / "equity"
DAGS = PROJECT / "dags"
GROUND = {"declarations", "settings"}  # two modules that everything may stand on
# room → rooms it may import from
ROOMS: dict[str, set[str]] = {
    "thai": set(),
    "records": {"declarations", "thai"},
    "sources": {"declarations", "records", "thai"},
    "privacy": {*GROUND, "records", "thai"},
    "warehouse": {*GROUND, "records", "thai"},
    "scaffold": {*GROUND, "records"},
    "delivery": {*GROUND, "records", "thai", "sources", "privacy", "warehouse"},
    "onboarding": {*GROUND, "records", "thai", "sources", "delivery"},
    "identity": {*GROUND, "records", "thai", "warehouse"},
    "publish": {*GROUND, "records", "thai", "sources", "warehouse"},
}
# rooms above the rest: nothing below imports them
UPSTAIRS = {"demo", "runtime", "cli", "schemas"}
# who may load what is slow, at the top of a module
LIGHT = [
    "declarations.py",
    "settings.py",
    "records",
    "sources/spec.py",
    "delivery/register.py",
    "delivery/discover.py",
    "privacy",
]
HEAVY = {"pandas", "great_expectations", "dbt", "scipy", "altair", "fastexcel", "xlsxwriter", "openpyxl"}


def modules(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def imported(path: Path, *, top: bool = False) -> Iterator[str]:
    """Absolute names of all modules that a file imports; `top`: only those that are loaded when it is."""
    tree = ast.parse(path.read_text("utf-8"))
    nodes = _loaded(tree) if top else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _loaded(tree: ast.AST) -> Iterator[ast.AST]:
    """Statements that run on import: not in functions, not for the type checker alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from _loaded(node)


def rooms_of(path: Path) -> set[str]:
    """The rooms of the package that a file imports from."""
    return {name.split(".")[1] for name in imported(path) if name.startswith("equity.")}


def test_there_is_something_to_read() -> None:
    assert len(modules(PACKAGE)) > 40 and len(modules(DAGS)) >= 3
    rooms = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in modules(PACKAGE)} - {"__init__"}
    assert rooms == {*ROOMS, *GROUND, *UPSTAIRS}, "a new room needs a place in the order of things"


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_imports_run_one_way(room: str) -> None:
    for path in modules(PACKAGE / room):
        beyond = rooms_of(path) - ROOMS[room] - {room}
        assert not beyond, f"{path.relative_to(PROJECT)} imports from {', '.join(sorted(beyond))}"


def test_the_order_has_no_circle() -> None:
    done: set[str] = set(GROUND)
    left = {room: below - done for room, below in ROOMS.items()}
    while left:
        ready = {room for room, below in left.items() if below <= done}
        assert ready, f"a circle among {sorted(left)}"
        done |= ready
        left = {room: below for room, below in left.items() if room not in ready}


def test_the_ground_stands_on_nothing() -> None:
    for name in GROUND:
        assert rooms_of(PACKAGE / f"{name}.py") <= GROUND


def test_the_demo_partners_are_imported_by_nobody_but_the_runtime_and_the_console() -> None:
    """The platform knows partners by their files and servers alone."""
    for path in [*modules(PACKAGE), *modules(DAGS)]:
        room = path.relative_to(PACKAGE).parts[0] if path.is_relative_to(PACKAGE) else "dags"
        if room not in ("demo", "runtime", "cli"):
            assert "demo" not in rooms_of(path), path.relative_to(PROJECT)


def test_only_dags_know_the_orchestrator() -> None:
    for path in modules(PROJECT / "plugins"):
        knows = [name for name in imported(path) if name.split(".")[0] == "airflow"]
        assert not knows or path.name in ("airflow_plugin.py", "airflow_local_settings.py"), path.relative_to(PROJECT)
    assert all(any(name.startswith("airflow") for name in imported(path)) for path in modules(DAGS))


def test_dags_take_airflows_public_doors() -> None:
    """`airflow.sdk` and timetables; nothing of Airflow's inside, no metadata database, no idioms of version 2."""
    for path in modules(DAGS):
        for name in imported(path):
            if name.split(".")[0] == "airflow":
                assert name.startswith(("airflow.sdk", "airflow.timetables")), f"{path.name}: {name}"
        words = path.read_text("utf-8")
        for idiom in ("schedule_interval", "execution_date", "sla_miss", "provide_session", "Variable.get"):
            assert idiom not in words, f"{path.name}: {idiom}"


def test_dags_import_nothing_heavy_when_they_are_parsed() -> None:
    for path in modules(DAGS):
        loaded = {name.split(".")[0] for name in imported(path, top=True)}
        assert not loaded & (HEAVY | {"pyarrow", "numpy", "psycopg"}), path.name


@pytest.mark.parametrize("place", LIGHT)
def test_what_a_dag_file_loads_is_light_all_the_way_down(place: str) -> None:
    target = PACKAGE / place
    for path in modules(target) if target.is_dir() else [target]:
        assert not {name.split(".")[0] for name in imported(path, top=True)} & HEAVY, path.relative_to(PROJECT)


def test_frames_stay_inside_the_checks() -> None:
    """Columns travel as Arrow arrays; pandas is what Great Expectations asks for, and nobody else."""
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in modules(PACKAGE)
        if path.relative_to(PACKAGE).parts[0] != "demo" and "pandas" in {name.split(".")[0] for name in imported(path)}
    }
    assert users <= {"delivery/checks.py", "delivery/expectations.py", "publish/charts.py", "publish/export.py"}


def test_the_database_is_opened_in_one_place_by_those_who_work_in_it() -> None:
    """`connect` strips what errors quote of rows; only the administrator's steps do without."""
    for path in modules(PACKAGE):
        room = path.relative_to(PACKAGE).parts[0]
        if room in ("delivery", "identity", "publish"):
            assert "psycopg.connect(" not in path.read_text("utf-8"), path.relative_to(PROJECT)


def test_names_of_test_files_are_unique() -> None:
    names = [path.name for path in modules(PROJECT / "tests") if path.name.startswith("test_")]
    assert len(names) == len(set(names)) > 15
