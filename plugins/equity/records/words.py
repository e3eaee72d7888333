"""The words of codes: how a partner's spelling of a coded value is recognised."""

from __future__ import annotations

import re
from functools import cache

from equity.records.registry import code_lists

_NOT_SAID = re.compile(r"[\s._]")
# a grade with its room says the grade: ป.1/2, ม.3 ห้อง 1, อนุบาล 2/1
_ROOM = re.compile(
    r"^((?:ชั้น)?(?:อ|ป|ม|ปวช|ปวส|อนุบาล|ประถม|มัธยม|[kpmv]|hv|grade|primary|prathom)[^\d/]{0,12}\d)(?:/|ห้อง|\()\d{1,2}\)?$"
)
_DASHES = str.maketrans("–—‐‑−", "-----")


def fold_word(word: str) -> str:
    """Fold a word to what it says: cleaned, without blanks, dots, underscores and case; Thai digits and dashes as the plain ones.

    `ชั้น ป. ๑` and `ชั้นป.1` are one word, and `ป.1/2` says no more: the room is no part of a grade.
    """
    from equity.thai.text import arabic_digits_text, clean_text  # brings pyarrow, which no DAG file may load

    folded = _NOT_SAID.sub("", arabic_digits_text(clean_text(word)).translate(_DASHES).casefold())
    return _ROOM.sub(r"\1", folded) if folded[-1:].isdigit() or folded.endswith(")") else folded


@cache
def code_words(code_list: str) -> dict[str, str]:
    """All that always means a code of a list, folded: the codes themselves, their Thai and English labels, their words."""
    return {
        fold_word(word): code
        for code, said in code_lists()[code_list].items()
        for word in (code, said.th, said.en, *said.words)
    }
