"""docs/transports.md: its examples are specs and connections that work, and it describes every key."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

import pytest
import yaml
from connector_places import source

from equity.settings import PROJECT
from equity.sources import fetch
from equity.sources.connectors import Endpoint, origin, outbox
from equity.sources.fetch import Transport
from equity.sources.spec import Table

PAGE = (PROJECT / "docs" / "transports.md").read_text("utf-8")
SPECS = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.S)]
CONNECTIONS = [(name.lower(), json.loads(said)) for name, said in re.findall(r"AIRFLOW_CONN_(\w+)='(.*)'", PAGE)]


def endpoints(name: str) -> list[Endpoint]:
    """The connections of one name on the page."""
    return [
        Endpoint(
            name, said.get("host", ""), said.get("port"), said.get("schema", ""), said.get("login", ""),
            said.get("password", ""), said.get("extra", {}), said["conn_type"],
        )
        for conn_id, said in CONNECTIONS if conn_id == name
    ]  # fmt: skip


def test_every_transport_has_an_example() -> None:
    fetches = {spec["fetch"]["by"] for spec in SPECS if "fetch" in spec}
    answers = {spec["answer"]["by"] for spec in SPECS if "answer" in spec}
    assert fetches == {model.model_fields["by"].annotation.__args__[0] for model in _models(fetch.Fetch)}  # type: ignore[union-attr]
    assert answers == {model.model_fields["by"].annotation.__args__[0] for model in _models(fetch.Answer)}  # type: ignore[union-attr]
    used = {one["connection"] for spec in SPECS for one in (spec.get("fetch"), spec.get("answer")) if one}
    assert used == {name for name, _ in CONNECTIONS}


@pytest.mark.parametrize("spec", [spec for spec in SPECS if "fetch" in spec], ids=lambda spec: spec["fetch"]["by"])
def test_what_is_fetched(spec: dict[str, Any]) -> None:
    by = spec["fetch"]["by"]
    sends = "changes" if {"updated_since", "since"} & set(spec["fetch"]) else "everything"
    made = source(spec["fetch"], "a_path", sends=sends) if by in ("rest", "kobo", "sql") else source(spec["fetch"])
    found = endpoints(spec["fetch"]["connection"])
    assert found
    for endpoint in found:
        assert origin(made, endpoint).role == made.fetch  # type: ignore[attr-defined]


@pytest.mark.parametrize("spec", [spec for spec in SPECS if "answer" in spec], ids=lambda spec: spec["answer"]["by"])
def test_where_answers_go(spec: dict[str, Any]) -> None:
    made = source({"by": "folder"}, answer=spec["answer"])
    for endpoint in endpoints(spec["answer"]["connection"]):
        assert outbox(made, endpoint).role == made.answer  # type: ignore[attr-defined]


def test_the_table_with_a_query() -> None:
    (said,) = [spec for spec in SPECS if "query" in spec]
    assert set(said) <= set(Table.model_fields)
    source({"by": "sql"}, said["path"], query=said["query"])


def _models(union: Any) -> list[type[Transport]]:
    return list(get_args(get_args(union)[0]))


def test_every_key_is_described() -> None:
    inline = re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.S))
    words = {word for said in [*inline, *map(str, SPECS)] for word in re.findall(r"\w+", said)}
    every = [
        *_models(fetch.Fetch), *_models(fetch.Answer), fetch.WebFile, fetch.UpdatedSince, fetch.KeyAuth, fetch.OAuth2Auth,
        fetch.NumberPaging, fetch.OffsetPaging, fetch.CursorPaging, fetch.LinkPaging, fetch.NextPaging,
    ]  # fmt: skip
    for model in every:
        lacking = set(model.model_fields) - words
        assert not lacking, f"docs/transports.md does not describe {', '.join(lacking)} of {model.__name__}"


# --- wrong keys are refused by name


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"by": "folder", "connection": "c", "page": {"size": 5}}, r"x\.yml: fetch\.page: remove it"),
        ({"by": "folder"}, r"x\.yml: fetch\.connection: Field required"),
        ({"by": "ftp", "connection": "c"}, r"x\.yml: fetch: .*'ftp'.*'folder', 'sftp', 'http'"),
        ({"connection": "c"}, r"x\.yml: fetch: .*'by'"),
        ({"by": "rest", "connection": "c", "files": "*"}, r"x\.yml: fetch\.files: remove it"),
        ({"by": "rest", "connection": "c", "page": {"size": 0}}, r"x\.yml: fetch\.page\.size: .*greater than or equal"),
        ({"by": "rest", "connection": "c", "page": {"by": "link", "total": "n"}}, r"fetch\.page\.total: remove it"),
        ({"by": "rest", "connection": "c", "auth": {"by": "key"}}, r"x\.yml: fetch\.auth: .*`header` or `parameter`"),
        ({"by": "rest", "connection": "c", "auth": "token"}, r"x\.yml: fetch\.auth: .*'token'"),
        (
            {"by": "rest", "connection": "c", "updated_since": {"parameter": "s"}},
            r"fetch\.updated_since\.field: Field req",
        ),
    ],
)
def test_wrong_keys_are_refused_by_name(said: dict[str, Any], words: str) -> None:
    from equity.declarations import DeclarationError, validate
    from equity.sources.spec import Source

    document = source({"by": "rest"}, "/v1").model_dump(mode="json", exclude_unset=True) | {"fetch": said}
    with pytest.raises(DeclarationError, match=words):
        validate(document, Source, "x.yml")


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (lambda: source({"by": "rest"}), r"versions\.0\.tables\.0\.path: say what is pulled: an endpoint of the API"),
        (lambda: source({"by": "sql"}, "t", rows=None), r"tables\.0\.rows: write `rows: rows`"),
        (lambda: source({"by": "kobo"}, "t", rows="data"), r"tables\.0\.rows: write `rows: results`"),
        (lambda: source({"by": "rest"}, "t", query="select 1"), r"tables\.0\.query: remove it"),
        (lambda: source({"by": "sql", "since": "at"}, "t", sends="everything"), r"tables\.0\.sends: write `changes`"),
        (lambda: source({"by": "kobo", "submissions": "new"}, "t", sends="everything"), r"sends: write `changes`"),
    ],
)
def test_tables_that_do_not_go_with_the_transport(spec: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        spec()
