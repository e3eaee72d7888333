"""How sheets look: cells, colours that also print in grey, room for Thai text. What partners typed stays text."""

from __future__ import annotations

import re
from typing import Any

FONT = "TH Sarabun New"
LINE = 21  # points that a line of 14-point Thai needs, marks above and below included
HIGHEST = 409  # Excel takes no higher row
LONGEST = 32_767  # and no longer cell
BLUE, GREY, PAPER = "#1F3A5F", "#595959", "#F2F2F2"
# background, hatch over it, kind of hatch and of border: told apart in colour, in grey, and by who sees no red
LOOKS: dict[str, tuple[str, str, int, int]] = {
    "critical": ("#FBE0DC", "#EFA79C", 14, 5),  # strokes, thick border
    "warning": ("#FFF6DA", "#E8BE4A", 18, 3),  # dots, dashed border
}
SYMBOLS = {"critical": "✗", "warning": "?"}
WEIGHTS = {"critical": "ต้องแก้ไข", "warning": "ควรตรวจสอบ"}
ACTS = re.compile(r"^[\s'\"]*[=+\-@|%]|^[\t\r\n]")  # what a spreadsheet might take for a formula when it is typed again
_MARKS = re.compile("[\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u200b-\u200d]")


class Styles:
    """The formats of one workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}
        self._cells: dict[tuple[str, bool, bool], Any] = {}
        self.plain = self.make(text_wrap=True)
        self.title = self.make(bold=True, font_size=20, font_color=BLUE)
        self.heading = self.make(bold=True, font_size=16, font_color=BLUE)
        self.strong = self.make(bold=True)
        self.quiet = self.make(font_color=GREY, text_wrap=True)
        self.number = self.make(num_format="#,##0", align="right", indent=1)
        self.head = self.make(
            bold=True, bg_color=BLUE, font_color="#FFFFFF", border=1, text_wrap=True, align="center", valign="vcenter"
        )
        self.reasons = self.make(text_wrap=True, num_format="@", bottom=4, bottom_color="#BFBFBF")

    def make(self, **said: Any) -> Any:
        """A format of the house's letter, 14 points, at the top of its cell, with what is said."""
        properties = {"font_name": FONT, "font_size": 14, "valign": "top", **said}
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(properties)
        return self._made[key]

    def weight(self, weight: str, *, locked: bool = True, text: str = "") -> Any:
        """A cell of that weight (`critical`, `warning`, or none), as text."""
        key = weight, locked, ACTS.match(text) is not None
        if key not in self._cells:
            self._cells[key] = self._cell(*key)
        return self._cells[key]

    def _cell(self, weight: str, locked: bool, acts: bool) -> Any:
        look: dict[str, Any] = {"bottom": 4, "bottom_color": "#BFBFBF"}
        if weight in LOOKS:
            back, hatch, pattern, border = LOOKS[weight]
            look = {"bg_color": back, "fg_color": hatch, "pattern": pattern, "border": border}
        if acts:
            look["quote_prefix"] = True
        return self.make(text_wrap=True, num_format="@", locked=locked, **look)

    def row_number(self, weight: str) -> Any:
        """The row's number with the symbol of its weight before it."""
        symbol = SYMBOLS.get(weight, "")
        shown = f'"{symbol} "0;"{symbol} "0;"{symbol} "0;"{symbol} "@'
        return self.make(num_format=shown, align="center", border=1, font_color=BLUE, bold=True)

    def mark(self, *, offered: bool) -> Any:
        """A cell of the column in which a row can be said to be right."""
        look = {"locked": False, "border": 1} if offered else {"bg_color": PAPER, "border": 4}
        return self.make(num_format="@", align="center", **look)


FULL = 0.92  # of a line that is broken between words, on average; a font that stands in for ours may be wider


def letters(text: str) -> int:
    """How many letters wide a text is: marks above and below Thai letters take no room."""
    return len(_MARKS.sub("", text))


def lines(text: str, width: int) -> int:
    """How many lines a text takes in so many letters, line breaks of its own included; Thai breaks between words."""
    if len(text) < width - 1 and "\n" not in text:
        return 1
    room = max(1, int(FULL * width) - 2)
    return sum(max(1, -(-letters(line) // room)) for line in text.split("\n"))


def height(count: int) -> int:
    """Points for so many lines."""
    return min(HIGHEST, LINE * max(1, count))


def set_up_print(sheet: Any, reference: str, who: str) -> None:
    """A4 across, as wide as one page; reference above, sender, reference and page below."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    plain, name = reference.replace("&", "&&"), who.replace("&", "&&")[:120]
    sheet.set_header(f"&R{plain}")
    sheet.set_footer(f"&L{name}&C{plain}&Rหน้า &P / &N")


def protect(sheet: Any) -> None:
    """Lock what is locked, without a password: widths, heights, filters and selecting stay free."""
    sheet.protect(
        "",
        {
            "format_columns": True, "format_rows": True, "autofilter": True, "objects": True, "scenarios": True,
            "select_locked_cells": True, "select_unlocked_cells": True,
        },
    )  # fmt: skip


def sheet_name(wanted: str, taken: set[str]) -> str:
    """A name that Excel takes and that no other sheet of the workbook has; it is added to `taken`."""
    base = "".join(c for c in wanted if c not in "[]:*?/\\'" and c.isprintable())[:31].strip() or "ตาราง"
    name, number = base, 1
    while name.casefold() in taken:
        number += 1
        name = f"{base[:27]} {number}"
    taken.add(name.casefold())
    return name
