"""How deliveries are fetched from a partner and how answers reach it: what a spec says under `fetch` and `answer`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field as Default

from equity.declarations import Declared


class Paging(Declared):
    """How a REST endpoint is walked through."""

    by: Literal["number"] = "number"
    parameter: str = "page"
    size_parameter: str = "page_size"
    size: int = Default(default=500, ge=1, le=10_000)


class UpdatedSince(Declared):
    """The query parameter and the item's field that make a pull incremental."""

    parameter: str
    field: str


class Fetch(Declared):
    """Where deliveries come from: an Airflow connection and what to take there."""

    by: Literal["folder", "sftp", "rest"]
    connection: str
    folder: str = ""
    files: str = "*"
    page: Paging = Paging()
    updated_since: UpdatedSince | None = None


class Answer(Declared):
    """Where the correction workbook goes."""

    by: Literal["folder", "sftp", "rest"]
    connection: str
    folder: str = ""
    path: str = ""
