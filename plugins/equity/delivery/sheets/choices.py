"""Lists to choose from: the words that a coded column may hold, in one hidden column of the workbook."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from equity.records import Field, code_lists, fold_word, record_type
from equity.sources.spec import Table
from equity.thai.places import lampang
from equity.thai.text import sort_key

SHEET = "_lists"
YES_NO = ("ใช่", "ไม่ใช่")


@dataclass(frozen=True)
class Choice:
    """What may be chosen in a column; `free`: other words are taken without a question, `several`: more than one."""

    words: tuple[str, ...]
    free: bool = False
    several: bool = False

    @property
    def hint(self) -> str:
        """What is said beside the cell when it is chosen."""
        more = " หลายคำคั่นด้วย ;" if self.several else ""
        return f"เลือกจากรายการ หรือพิมพ์เอง{more}" if self.free else "เลือกคำจากรายการ"


def of_field(field: Field, own: tuple[str, ...] = ()) -> Choice | None:
    """The words for one field: the partner's own first, then the Thai labels; None where anything may be written."""
    if field.codes:
        labels = tuple(words.th for words in code_lists()[field.codes].values())
        several = field.type == "code_set"
        told = {fold_word(word): word for word in reversed((*own, *labels))}
        words = tuple(word for word in dict.fromkeys((*own, *labels)) if told[fold_word(word)] == word)
        return Choice(words, free=several, several=several)
    if field.type == "boolean":
        return Choice(YES_NO)
    if field.type == "amphoe":
        return Choice(tuple(dict.fromkeys(lampang().amphoe.values())), free=True)
    if field.type == "tambon":
        return Choice(_tambon(), free=True)
    return None


def _tambon() -> tuple[str, ...]:
    names = sorted({area.tambon_th for area in lampang().areas.values()})
    keys = sort_key(pa.array(names)).to_pylist()
    return tuple(name for _, name in sorted(zip(keys, names, strict=True)))


def of_columns(name: str, origins: dict[str, tuple[str, ...]], spec: Table | None) -> dict[str, Choice]:
    """Header → choice, for each column that is the only one of one coded field."""
    fields = record_type(name).fields
    feeds = Counter(header for headers in origins.values() for header in headers)
    found = {}
    for field, headers in origins.items():
        said = spec.fields.get(field) if spec else None
        cut_up = said is not None and not said.header  # ticks, sums, values above: no words of the list
        if field not in fields or len(headers) != 1 or feeds[headers[0]] > 1 or cut_up:
            continue
        own = tuple(spec.codes.get(field, {})) if spec else ()
        if choice := of_field(fields[field], own):
            found[headers[0]] = choice
    return found


class Lists:
    """The hidden sheet of a workbook's lists, in one column, so that nobody takes it for a table."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._at: dict[tuple[str, ...], str] = {}

    def source(self, words: tuple[str, ...]) -> str:
        """The reference of a list; a list that was asked for before is not written again."""
        if words not in self._at:
            first = len(self._words) + 1
            self._words += words
            self._at[words] = f"={SHEET}!$A${first}:$A${len(self._words)}"
        return self._at[words]

    def offer(self, sheet: Any, first: int, column: int, last: int, choice: Choice, title: str) -> None:
        """Offer a choice in the rows `first` to `last` of a column; what is not in the list is asked about, not refused."""
        sheet.data_validation(
            first, column, last, column,
            {
                "validate": "list", "source": self.source(choice.words), "show_error": not choice.free,
                "input_title": title[:32], "input_message": choice.hint, "error_type": "warning",
                "error_title": "คำนี้ไม่อยู่ในรายการ",
                "error_message": "ระบบอาจไม่รู้จักคำนี้ ใช้คำในรายการจะแน่นอนกว่า ใช้คำนี้ต่อไปหรือไม่",
            },
        )  # fmt: skip

    def write(self, book: Any) -> None:
        """Add the sheet, as the last step before the workbook is closed."""
        if self._words:
            sheet = book.add_worksheet(SHEET)
            sheet.very_hidden()
            for row, word in enumerate(self._words):
                sheet.write_string(row, 0, word)
