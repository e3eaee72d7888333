"""The catalog says all that is declared, in both languages, and nothing of addresses; it needs nothing beside it."""

from __future__ import annotations

import re
from html import unescape

import pytest

from equity.publish import catalog
from equity.records import record_types
from equity.settings import SPECS
from equity.sources.spec import PARTS, read_sources

SOURCES = read_sources(SPECS)


@pytest.fixture(scope="module")
def page() -> str:
    return catalog.render(SOURCES).decode()


@pytest.fixture(scope="module")
def text(page: str) -> str:
    return unescape(page)


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_every_source_with_every_header_and_field(text: str, name: str) -> None:
    source = SOURCES[name]
    article = text.split(f'<article id="source-{name}">')[1].split("</article>", maxsplit=1)[0]
    assert source.partner.name.th in article and source.partner.name.en in article
    if source.promise:
        assert f"promised every {source.promise['every'][:-1]} " in article
    for table in max(source.versions, key=lambda version: version.since).tables:
        for header in table.expected_headers():
            assert header in article, header
        for field in (*table.fields, *(field for part in table.parts for field in PARTS[part])):
            assert f"<code>{field}</code>" in article, field


@pytest.mark.parametrize("name", sorted(record_types()))
def test_every_record_type_with_its_fields_and_checks(text: str, name: str) -> None:
    declared = record_types()[name]
    article = text.split(f'<article id="type-{name}">')[1].split("</article>", maxsplit=1)[0]
    assert declared.label.th in article and declared.grain in article
    for field, said in declared.fields.items():
        assert f"<code>{field}</code>" in article and said.label.th in article
    found = catalog.checks(declared)
    assert found and all(check.th in article and check.en in article for check in found)


def test_it_is_whole_by_itself_and_says_the_same_each_time(page: str) -> None:
    assert catalog.render(SOURCES).decode() == page
    assert not re.search(r"(?:src|href)=\"(?!#|data:)", page)
    assert "<script" not in page and "http" not in page


def test_nothing_of_connections(page: str) -> None:
    for source in SOURCES.values():
        assert source.fetch.connection not in page


def test_words_of_partners_are_escaped() -> None:
    mischief = SOURCES["chae_son_club"].model_copy(deep=True)
    name = mischief.partner.name.model_copy(update={"th": "<script>alert(1)</script>"})
    partner = mischief.partner.model_copy(update={"name": name})
    page = catalog.render({"x": mischief.model_copy(update={"partner": partner})}).decode()
    assert "<script" not in page and "&lt;script&gt;" in page


def test_all_transports_and_families_have_words() -> None:
    from typing import get_args

    from equity.sources.spec import Partner, Source

    assert set(catalog.FAMILIES) == set(get_args(Partner.model_fields["family"].annotation))
    schema = Source.model_json_schema()
    assert set(catalog.TRANSPORTS) == set(schema["properties"]["fetch"]["discriminator"]["mapping"])
