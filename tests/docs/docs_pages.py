"""The pages, and the tables and names in them."""

from __future__ import annotations

import re

from equity.settings import PROJECT

PAGES = [PROJECT / "README.md", PROJECT / "README.th.md", *sorted((PROJECT / "docs").rglob("*.md"))]


def between(page: str, name: str) -> list[list[str]]:
    """The cells of the table between two marks of a page, without heading."""
    text = (PROJECT / page).read_text("utf-8")
    found = re.search(rf"<!-- {name}: begin -->\n(.*?)<!-- {name}: end -->", text, re.S)
    assert found, f"{page} has no table {name}"
    rows = [line.strip("|").split("|") for line in found[1].strip().splitlines()]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def names(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))
