"""Lists to choose from: the words that a coded column may hold, in one hidden column of the workbook."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from equity.records import Field, code_lists, fold_word, record_type
from equity.sources.spec import Table
from equity.thai.places import lampang

SHEET = "_lists"
YES_NO = ("ใช่", "ไม่ใช่")


@dataclass(frozen=True)
class Choice:
    """What may be chosen in a column; `free`: other words are taken without a question (several words, any place)."""

    words: tuple[str, ...]
    free: bool = False

    @property
    def hint(self) -> str:
        """What is said beside the cell when it is chosen."""
        return "เลือกจากรายการ หรือพิมพ์เอง หลายคำคั่นด้วย ;" if self.free else "เลือกคำจากรายการ"


def of_field(field: Field, own: tuple[str, ...] = ()) -> Choice | None:
    """The words for one field: the partner's own first, then the Thai labels; None where anything may be written."""
    if field.codes:
        labels = tuple(words.th for words in code_lists()[field.codes].values())
        several = field.type == "code_set"
        told = {fold_word(word): word for word in reversed((*own, *labels))}
        words = tuple(word for word in dict.fromkeys((*own, *labels)) if told[fold_word(word)] == word)
        return Choice(words, free=several)
    if field.type == "boolean":
        return Choice(YES_NO)
    if field.type == "amphoe":
        return Choice(tuple(dict.fromkeys(lampang().amphoe.values())), free=True)
    if field.type == "tambon":
        return Choice(tuple(sorted({area.tambon_th for area in lampang().areas.values()})), free=True)
    return None


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

    def __init__(self, book: Any) -> None:
        self._book = book
        self._sheet: Any = None
        self._at: dict[tuple[str, ...], str] = {}
        self._next = 0

    def source(self, words: tuple[str, ...]) -> str:
        """The reference of a list; a list that was written before is not written again."""
        if self._sheet is None:
            self._sheet = self._book.add_worksheet(SHEET)
            self._sheet.hide()
        if words not in self._at:
            first = self._next + 1
            for word in words:
                self._sheet.write_string(self._next, 0, word)
                self._next += 1
            self._at[words] = f"={SHEET}!$A${first}:$A${self._next}"
        return self._at[words]

    def offer(self, sheet: Any, first: int, column: int, last: int, choice: Choice, title: str) -> None:
        """Offer a choice in the rows `first` to `last` of a column; what is not in the list is asked about, not refused."""
        sheet.data_validation(
            first, column, last, column,
            {
                "validate": "list", "source": self.source(choice.words), "show_error": not choice.free,
                "input_title": title[:32], "input_message": choice.hint, "error_type": "warning",
                "error_title": "คำนี้ไม่อยู่ในรายการ", "error_message": "ระบบอาจไม่รู้จักคำนี้ ใช้คำในรายการจะแน่นอนกว่า ใช้คำนี้ต่อไปหรือไม่",
            },
        )  # fmt: skip
