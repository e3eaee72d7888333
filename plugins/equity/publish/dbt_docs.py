"""dbt's own documentation site as one page that opens offline, from the manifest that the night's build left.

Nothing is run for it. dbt's page carries its scripts and fonts; its tracking is off, and a policy in the page forbids the
browser to load anything from anywhere. What differs from night to night without meaning anything is left out, so the same
models give the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

NAME = "models.html"
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' data:; style-src 'unsafe-inline'; img-src data:;"
    " font-src data:; connect-src 'none'; form-action 'none'; base-uri 'none'"
)
_VOLATILE = {
    "created_at",
    "compiled_path",
    "build_path",
    "checksum",
    "unrendered_config",
    "patch_path",
    "compiled_code",
}


def render(manifest: Mapping[str, Any]) -> bytes:
    """The page."""
    page = (files("dbt.task.docs") / "index.html").read_text("utf-8")
    slim = _slim(manifest)
    for mark, content in (("MANIFEST", slim), ("CATALOG", _catalog(slim))):
        said = f'"{mark}.JSON INLINE DATA"'
        if page.count(said) != 1:
            raise ValueError(f"dbt's page has no place for its {mark.lower()} any more")
        page = page.replace(said, _inlined(content))
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><meta name="robots" content="noindex">'
    page = re.sub(r"<link rel=.shortcut icon[^>]*>", "", page)  # its address is one that was never filled in
    return page.replace("<head>", "<head>" + policy, 1).encode()


def _inlined(content: Mapping[str, Any]) -> str:
    """As a JavaScript value within a script element."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).replace("</", "<\\/")


def _slim(manifest: Mapping[str, Any]) -> dict[str, Any]:
    own = manifest["metadata"]["project_name"]
    kept = dict(manifest)
    kept["metadata"] = {
        "project_name": own,
        "project_id": own,
        "adapter_type": manifest["metadata"]["adapter_type"],
        "dbt_schema_version": manifest["metadata"]["dbt_schema_version"],
        "dbt_version": manifest["metadata"]["dbt_version"],
        "generated_at": "",
        "send_anonymous_usage_stats": False,
    }
    for part in ("nodes", "sources", "macros", "unit_tests"):
        kept[part] = {
            name: {key: value for key, value in node.items() if key not in _VOLATILE}
            for name, node in manifest[part].items()
            if node["package_name"] == own
        }
    for node in kept["nodes"].values():
        node["description"] = "\n\n".join([node["description"], *_guide(node["config"].get("meta") or {})])
    return kept


def _guide(meta: Mapping[str, Any]) -> list[str]:
    """What a model's meta says of its use, in the page's Markdown."""
    said = [f"**{key.capitalize()}** {meta[key]}" for key in ("grain", "key", "rules") if key in meta]
    if "as_of" in meta:
        said.append(f"**As of a day** {meta['as_of']}")
    if "example" in meta:
        example = meta["example"]
        said += [f"**{example['question_th']}** *{example['question_en']}*", f"```\n{example['sql']}\n```"]
    return said


def _catalog(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What dbt would ask the database for: it is what the contracts say."""
    nodes = {}
    for name, node in manifest["nodes"].items():
        if node["resource_type"] not in ("model", "seed"):
            continue
        kind = "view" if node["config"]["materialized"] == "view" else "table"
        nodes[name] = {
            "metadata": {"type": kind, "schema": node["schema"], "name": node["name"], "database": node["database"],
                         "comment": node["description"], "owner": ""},
            "columns": {
                column: {"type": said.get("data_type") or "", "index": number, "name": column, "comment": said["description"]}
                for number, (column, said) in enumerate(node["columns"].items(), start=1)
            },
            "stats": {},
            "unique_id": name,
        }  # fmt: skip
    return {"metadata": {"generated_at": ""}, "nodes": nodes, "sources": {}, "errors": None}
