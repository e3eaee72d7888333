"""JSON Schemas of the hand-written files, for editors: `python -m equity.schemas` writes them anew (a test says when to)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import create_model

from equity.records.declaration import Code, RecordType
from equity.records.registry import HERE
from equity.settings import SPECS
from equity.sources.spec import Column, Source


def schemas() -> dict[Path, dict[str, Any]]:
    """Each schema file and what must stand in it."""
    record_type = create_model("RecordTypeFile", __base__=RecordType, blocks=(tuple[str, ...], ())).model_json_schema()
    source = Source.model_json_schema()
    column = source["$defs"][Column.__name__]
    # a column may be said shorter than its model: a header, several spellings, or words beside the known keys
    short = [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
    column["properties"].pop("words")
    column["additionalProperties"] = {"type": "string"}
    column["properties"]["header"] = {"anyOf": short}
    source["$defs"][Column.__name__] = {"anyOf": [*short, column]}
    for name in ("hold_if_rows_fall_below",):
        source["$defs"]["Table"]["properties"][name] = {"type": "string", "pattern": r"^\d{1,2}\s*%$"}
    parts = {"anyOf": [*short, {"type": "object", "additionalProperties": {"type": "string"}}]}
    source["$defs"]["Table"]["properties"]["parts"] = {"type": "object", "additionalProperties": parts}
    codes = {
        "type": "object",
        "additionalProperties": {"type": "object", "additionalProperties": Code.model_json_schema()},
    }
    return {
        SPECS / "schema.json": source,
        HERE / "schema" / "record_type.json": record_type,
        HERE / "schema" / "codes.json": codes,
    }


def text(schema: dict[str, Any]) -> str:
    """How a schema stands in its file."""
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for path, schema in schemas().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text(schema), "utf-8")
