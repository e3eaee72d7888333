"""What is written of the warehouse each night: the views in the catalog, the diagram, dbt's page; and the models in Airflow."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import psycopg
import pytest

from equity.publish import catalog, dbt_docs, diagram
from equity.publish.manifest import CALLED, Relation, joins, read, relations
from equity.publish.manifest import core as core_tables
from equity.runtime.services import AIRFLOW_DATABASE
from equity.warehouse.models import manifest
from equity.warehouse.roles import OWNER
from equity.warehouse.server import SUPERUSER

pytestmark = pytest.mark.night


@pytest.fixture(scope="module")
def built(played: Any) -> dict[str, Any]:
    """dbt's manifest of the night."""
    found = read(manifest(played.installation.home.work))
    assert found
    return found


@pytest.fixture(scope="module")
def beside(played: Any) -> Path:
    """The folder of the current bulletin."""
    return (played.installation.home.bulletin / "current").resolve()


@pytest.fixture(scope="module")
def core(built: dict[str, Any]) -> dict[str, Relation]:
    return {table.name: table for table in core_tables(built)}


def test_the_catalog_has_every_view_with_its_question_and_leads_to_the_models(
    beside: Path, built: dict[str, Any]
) -> None:
    page = unescape((beside / catalog.NAME).read_text("utf-8"))
    views = relations(built, "reporting")
    assert len(views) > 30
    for view in views:
        article = page.split(f'<article id="view-{view.name}">')[1].split("</article>", maxsplit=1)[0]
        example = view.meta["example"]
        for words in (view.words.th, view.words.en, view.meta["grain"], view.meta["key"], view.meta["rules"]):
            assert words in article, view.name
        assert example["question_th"] in article and example["question_en"] in article and example["sql"] in article
        assert all(f"<code>{column.name}</code>" in article for column in view.columns)
        assert (f"reporting.{view.name}_as_of(" in article) is view.has_function
    assert f'<a href="{dbt_docs.NAME}">' in page and (beside / dbt_docs.NAME).exists()
    assert (
        not re.search(r"(?:src|href)=\"(?!#|data:|models\.html\")", page)
        and "<script" not in page
        and "http" not in page
    )


def test_the_diagram_shows_every_table_of_core_once_with_its_key_and_joins(core: dict[str, Relation]) -> None:
    links = joins(list(core.values()))
    drawn = diagram.svg(core.values(), links)
    for name, table in core.items():
        assert drawn.count(f'<g id="table-{name}">') == 1
        box = drawn.split(f'<g id="table-{name}">')[1].split("</g>", maxsplit=1)[0]
        assert all(f"◆ {column}<" in box for column in table.key), name
        mine = [link for link in links if link.child == name]
        assert [box.count(f"→ {link.parent}<") for link in mine] == [
            sum(other.parent == link.parent for other in mine) for link in mine
        ]
    lines = {(link.child, link.parent) for link in links if link.parent not in diagram.SAID_IN_THE_BOX}
    assert len(lines) > 30 and all(f"<title>{child}." in drawn for child, _ in lines)
    assert {"dim_person", "dim_project", "dim_partner", "dim_area", "dim_programme"} <= {link.parent for link in links}


def test_joins_of_the_diagram_hold(core: dict[str, Relation], played: Any) -> None:
    """Of all that is known now, every value of a column is one of the other table's; of partners' own references most are."""
    with psycopg.connect(played.installation.url(OWNER)) as connection:
        asked = 0
        for link in joins(list(core.values())):
            child, parent = core[link.child], core[link.parent]
            theirs = parent.key[0] if parent.name.startswith("dim_") else link.column
            current = "and child.known_to is null" if "known_to" in {column.name for column in child.columns} else ""
            named, lost = connection.execute(
                f"""select count(*), count(*) filter (where parent.{theirs} is null)
                from {child.schema}.{child.name} as child
                left join (select distinct {theirs} from {parent.schema}.{parent.name}) as parent
                    on child.{link.column} = parent.{theirs}
                where child.{link.column} is not null {current}"""  # type: ignore[arg-type]
            ).fetchone() or (0, 0)
            assert lost <= (0 if link.is_certain else named // 5), f"{link}: {lost} of {named}"
            asked += named > 0
    assert asked > 60 and set(CALLED) <= {link.column for link in joins(list(core.values()))}


def test_dbts_page_has_every_model_and_nothing_of_this_machine_or_night(
    beside: Path, built: dict[str, Any], played: Any
) -> None:
    page = (beside / dbt_docs.NAME).read_text("utf-8")
    own = [node for node in built["nodes"].values() if node["resource_type"] == "model"]
    assert all(f'"{node["unique_id"]}"' in page for node in own) and len(own) > 100
    assert str(played.installation.home.path) not in page and built["metadata"]["generated_at"] not in page
    assert page == dbt_docs.render(built).decode() and len(page) < 8_000_000


@pytest.mark.browser
def test_dbts_page_opens_offline_and_asks_nobody(beside: Path, offline: Any) -> None:
    asked: list[str] = []
    offline.on("request", lambda request: asked.append(request.url))
    offline.goto(f"{(beside / dbt_docs.NAME).as_uri()}#!/model/model.lampang_equity.people_by_area")
    offline.get_by_role("heading", name="people_by_area").first.wait_for()
    words = offline.inner_text("body")
    assert "area_code" in words and "แต่ละอำเภอมีคนในระบบกี่คน" in words
    assert {url.split(":")[0] for url in asked} <= {"file", "data"}


@pytest.fixture
def offline() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=os.environ["EQUITY_CHROMIUM"], args=["--no-sandbox"])
        yield opened.new_context(offline=True, locale="th-TH").new_page()
        opened.close()


def test_every_model_is_an_asset_in_airflow_with_its_rows_and_seconds(played: Any, built: dict[str, Any]) -> None:
    with psycopg.connect(played.installation.server.url(SUPERUSER, AIRFLOW_DATABASE)) as connection:
        events = dict(
            connection.execute(
                """select distinct on (asset.name) asset.name, event.extra from asset_event as event
                join asset on asset.id = event.asset_id
                where asset.uri like 'warehouse://model/%' and event.source_task_id = 'build'
                order by asset.name, event.id desc"""
            ).fetchall()
        )
    models = [node for node in built["nodes"].values() if node["resource_type"] == "model"]
    assert set(events) == {f"{node['schema']}__{node['name']}" for node in models}
    assert all(extra["status"] == "success" and extra["seconds"] > 0 for extra in events.values())
    assert events["core__dim_person"]["rows"] > 6_000 and events["staging__stg_participant"]["rows"] is None
