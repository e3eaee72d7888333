"""Scalars and mappings as a spec writes them: one line each, quotation marks only where they must be."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping


def quoted(word: str) -> str:
    """A scalar of YAML; quoted only where it must be."""
    plain = re.fullmatch(r"[ก-๙A-Za-z][ก-๙\w ()./*+-]*", word) and not word.endswith(" ") and " #" not in word
    if plain and word.casefold() not in ("y", "n", "yes", "no", "true", "false", "null", "on", "off", "none", "~"):
        return word if not re.search(r":(\s|$)", word) else json.dumps(word, ensure_ascii=False)
    return json.dumps(word, ensure_ascii=False)


def flow(values: Mapping[str, object]) -> str:
    """A mapping on one line: `{header: ยอด, signed: true}`."""

    def said(value: object) -> str:
        if isinstance(value, dict):
            return flow(value)
        if isinstance(value, list | tuple):
            return f"[{', '.join(said(v) for v in value)}]"
        return quoted(value) if isinstance(value, str) else json.dumps(value)

    return "{" + ", ".join(f"{quoted(key)}: {said(value)}" for key, value in values.items()) + "}"
