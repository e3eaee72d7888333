"""What the documentation shows is run: every shell command and every query, against a played night."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from typing import Any

import psycopg
import pytest
import yaml
from docs_pages import PAGES, between, names

from equity.records import record_types
from equity.settings import PROJECT
from equity.warehouse.roles import OWNER, READER, ROLES

pytestmark = pytest.mark.night

# commands that the rest of the suite exercises, or that would play, stop or delete what the tests stand on
ELSEWHERE = {
    "make nightly", "make nightly NIGHT=2026-03-02", "make test", "make ui", "make down", "make clean", "make bench",
}  # fmt: skip
# the server's page shows commands of a server; its queries are the owner's
ON_THE_SERVER = {"operate.md"}


def blocks(kind: str) -> list[tuple[str, str, str]]:
    """Page, rest of the opening line, and content of each block of one language."""
    found = []
    for page in PAGES:
        pattern = re.compile(rf"^( *)```{kind}\b([^\n]*)\n(.*?)^ *```", re.M | re.S)
        for indent, said, content in pattern.findall(page.read_text("utf-8")):
            found.append(
                (page.name, said.strip(), "\n".join(line.removeprefix(indent) for line in content.splitlines()))
            )
    return found


def commands() -> list[tuple[str, str]]:
    found = [(page, content) for page, _, content in blocks("bash") if page not in ON_THE_SERVER]
    return [(page, line.split("  #")[0].strip()) for page, text in found for line in text.splitlines() if line.strip()]


def test_there_are_commands_and_queries() -> None:
    assert len(commands()) > 10
    assert len([page for page, *_ in blocks("sql") if page == "working-group.md"]) >= 6
    assert {command for _, command in commands() if command.startswith("make")} <= ELSEWHERE


@pytest.mark.parametrize(("page", "command"), [c for c in commands() if c[1] not in ELSEWHERE], ids=lambda v: v[:60])
def test_command_runs(page: str, command: str, played: Any) -> None:
    environment = {**os.environ, "EQUITY_HOME": str(played.installation.home.path), "PAGER": "cat"}
    before = set(PROJECT.glob("*.xlsx"))
    ended = subprocess.run(
        shlex.split(command), cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    for made in set(PROJECT.glob("*.xlsx")) - before:
        made.unlink()
    assert ended.returncode == 0, f"{page}: {command}\n{ended.stderr}"
    assert ended.stdout.strip() or command.endswith("psql"), f"{page}: {command} says nothing"


@pytest.mark.parametrize(("page", "said", "query"), blocks("sql"), ids=lambda v: v[:60])
def test_query_runs(page: str, said: str, query: str, played: Any) -> None:
    """As the reader, or as the role that the block names (```sql role=steward); every example has an answer."""
    role = f"equity_{said.removeprefix('role=')}" if said else OWNER if page in ON_THE_SERVER else READER
    with psycopg.connect(played.installation.url(role)) as connection:
        for statement in filter(str.strip, query.split(";")):
            rows = connection.execute(statement).fetchall()  # type: ignore[call-overload]
            assert rows or "hold" in statement or "link." in statement, f"{page}: no answer:\n{statement}"


# --- what is declared of each view of reporting

VIEWS = {
    model["name"]: model["config"]["meta"]
    for file in sorted((PROJECT / "dbt_project" / "models" / "reporting").glob("*.yml"))
    for model in yaml.safe_load(file.read_text("utf-8")).get("models", [])
}


def test_every_view_is_declared() -> None:
    assert set(VIEWS) == {path.stem for path in (PROJECT / "dbt_project" / "models" / "reporting").glob("*.sql")}


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_says_how_to_use_it_and_it_is_so(view: str, played: Any) -> None:
    """Grain, key, rules and a question in both languages; the key is one, the question has an answer, the dictionary says so."""
    meta = VIEWS[view]
    question = [meta["example"][part] for part in ("question_th", "question_en", "sql")]
    said = [meta["grain"], meta["key"], meta["rules"].strip(), *question]
    assert all(len(words) >= 3 for words in said)
    with psycopg.connect(played.installation.url(READER)) as connection:
        assert connection.execute(meta["example"]["sql"]).fetchall(), f"no answer: {meta['example']['sql']}"
        rows, keys = connection.execute(
            f"select count(*), count(distinct ({meta['key']})) from reporting.{view}"
        ).fetchone() or (0, 0)
        assert rows == keys > 0, f"{view}: {rows} rows, {keys} keys ({meta['key']})"
        shown = connection.execute(
            """select grain, key_columns, rules, question_th, question_en, question_sql from reporting.data_dictionary
            where object_name = %s and position = 0""",
            [view],
        ).fetchall()
    assert shown == [tuple(words.strip() for words in said)]


# --- tables and rights


def _asked(played: Any, query: str, *parameters: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(played.installation.url(OWNER)) as connection:
        return connection.execute(query, parameters).fetchall()  # type: ignore[call-overload]


def test_views_of_reporting_are_listed(played: Any) -> None:
    said = {name.removesuffix("(…)") for row in between("docs/working-group.md", "views") for name in names(row[0])}
    there = dict(_asked(played, "select distinct object_name, object_kind from reporting.data_dictionary"))
    assert said == {name for name, kind in there.items() if kind != "function"}
    # of the functions one sentence: every view has one but those that it names
    page = (PROJECT / "docs" / "working-group.md").read_text("utf-8")
    without = next(line for line in page.splitlines() if line.startswith("*Every view has its function"))
    functions = {name for name, kind in there.items() if kind == "function"}
    assert functions == {f"{name}_as_of" for name in said - names(without)}


def test_tables_by_schema(played: Any) -> None:
    said = {
        next(iter(names(schema))): (by, names(tables))
        for schema, by, tables in between("docs/architecture.md", "tables")
    }
    there: dict[str, set[str]] = {}
    for schema, table in _asked(
        played,
        "select nspname, relname from pg_class c join pg_namespace n on n.oid = relnamespace where relkind in ('r', 'v', 'm', 'p')",
    ):
        if not schema.startswith("pg_") and schema not in ("information_schema", "public"):
            there.setdefault(schema, set()).add(table)
    types = set(record_types())
    assert set(said) == set(there)
    assert there["raw"] == types and there["staging"] == {f"stg_{name}" for name in types}
    for schema in said.keys() - {"raw", "staging"}:
        assert said[schema][1] == there[schema], f"docs/architecture.md: tables of {schema}"


def test_role_matrix(played: Any) -> None:
    text = (PROJECT / "docs" / "architecture.md").read_text("utf-8")
    heading = re.search(r"<!-- roles: begin -->\n\| schema (.*)\n", text)
    assert heading
    order = re.findall(r"`(\w+)`", heading[1])
    assert order == [OWNER, *(role for role in order[1:])] and set(order) == set(ROLES)
    for schema, *cells in between("docs/architecture.md", "roles"):
        for role, cell in zip(order, cells, strict=True):
            assert cell == _rights(played, role, next(iter(names(schema)))), f"{schema} of {role}"


def _rights(played: Any, role: str, schema: str) -> str:
    if not _asked(played, "select has_schema_privilege(%s, %s, 'usage')", role, schema)[0][0]:
        return "–"
    letters = ""
    for letter, right in (("R", "select"), ("I", "insert"), ("U", "update"), ("D", "delete")):
        column = f"has_any_column_privilege(%(role)s, c.oid, '{right}')" if right != "delete" else "false"
        with psycopg.connect(played.installation.url(OWNER)) as connection:
            whole, some, count = connection.execute(
                f"""select count(*) filter (where has_table_privilege(%(role)s, c.oid, '{right}')),
                    count(*) filter (where {column}), count(*)
                from pg_class c join pg_namespace n on n.oid = relnamespace
                where nspname = %(schema)s and relkind in ('r', 'v')""",  # type: ignore[arg-type]
                {"role": role, "schema": schema},
            ).fetchone() or (0, 0, 0)
        letters += letter if whole == count else letter.lower() if whole or some else ""
    return letters or "–"
