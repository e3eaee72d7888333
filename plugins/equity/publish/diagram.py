"""The entity diagram of core, drawn from the contracts: dimensions in the middle, what is counted to both sides.

A box shows its key and the columns that join other tables. Lines are drawn to what few tables join; partner, area and day,
which nearly all have, are said in the box.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from html import escape

from equity.publish.manifest import CALLED, Join, Relation

WIDTH, GAP, LINE, HEAD, SIDE = 300, 22, 17, 26, 150
SAID_IN_THE_BOX = ("dim_partner", "dim_area")
COLOURS = ("#b4532a", "#1f6f8b", "#5b7f2b", "#7a4fa3", "#a8761a", "#2f5f3f", "#a33d62", "#3d4f9f", "#5e6b75")


class _Box:
    """One table on its place."""

    def __init__(self, table: Relation, joined: dict[str, str]) -> None:
        self.table, self.joined = table, joined
        # what others join it by, its key, and what it joins
        self.home = [
            column for column, name in CALLED.items() if name == table.name and not table.name.startswith("dim_")
        ]
        self.lines = list(dict.fromkeys([*self.home, *table.key, *joined]))
        self.height = HEAD + LINE * len(self.lines) + 8
        self.x = self.y = 0

    def at(self, line: int) -> int:
        return self.y + HEAD + LINE * line + LINE // 2 + 2


def svg(tables: Iterable[Relation], links: Iterable[Join]) -> str:
    """The diagram as an SVG element of a page."""
    links = list(links)
    boxes = {
        table.name: _Box(table, {link.column: link.parent for link in links if link.child == table.name})
        for table in tables
    }
    asked = Counter(link.parent for link in links)
    parents = sorted((name for name in boxes if asked[name] or name.startswith("dim_")), key=lambda n: (-asked[n], n))
    rank = {name: number for number, name in enumerate(parents)}
    colours = {name: COLOURS[number % len(COLOURS)] for name, number in rank.items()}
    # what joins the same tables stands together, the most joined first
    rest = sorted((box for name, box in boxes.items() if name not in rank), key=lambda box: _place(box, rank))
    columns = [rest[::2], [boxes[name] for name in parents], rest[1::2]]
    tallest = max(sum(box.height + GAP for box in column) for column in columns)
    for number, column in enumerate(columns):
        free = tallest - sum(box.height for box in column)
        y = GAP
        for box in column:
            box.x, box.y = GAP + number * (WIDTH + SIDE), y
            y += box.height + max(GAP, free // max(len(column), 1) if number == 1 else GAP)
    width, height = 3 * WIDTH + 2 * SIDE + 2 * GAP, tallest + 2 * GAP
    lines = [
        _line(boxes[link.child], boxes[link.parent], link, colours[link.parent])
        for link in links
        if link.parent not in SAID_IN_THE_BOX
    ]
    drawn = [_drawn(box, colours) for box in boxes.values()]
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        ' role="img" aria-label="Tables of core and how they join" font-family="Sarabun, Noto Sans Thai, sans-serif" font-size="12">'
        + "".join([*lines, *drawn])
        + "</svg>"
    )


def _place(box: _Box, rank: dict[str, int]) -> tuple[int, list[int], str]:
    joined = sorted(rank[parent] for parent in box.joined.values() if parent not in SAID_IN_THE_BOX)
    return (joined[0] if joined else len(rank), joined, box.table.name)


def _line(child: _Box, parent: _Box, link: Join, colour: str) -> str:
    y1, y2 = child.at(child.lines.index(link.column)), parent.at(0)
    if child.x == parent.x:  # between two dimensions: round the right side
        x = child.x + WIDTH
        path = f"M{x} {y1}C{x + 60} {y1} {x + 60} {y2} {x} {y2}"
    else:
        x1, x2 = (child.x + WIDTH, parent.x) if child.x < parent.x else (child.x, parent.x + WIDTH)
        middle = (x1 + x2) // 2
        path = f"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}"
    broken = "" if link.is_certain else ' stroke-dasharray="5 4"'
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.4" opacity=".75"{broken}>'
        f"<title>{link.child}.{link.column} → {link.parent}</title></path>"
    )


def _drawn(box: _Box, colours: dict[str, str]) -> str:
    table, colour = box.table, colours.get(box.table.name, "#1f3a5f")
    parts = [
        f'<g id="table-{table.name}"><title>{escape(table.words.th)} · {escape(table.words.en)}</title>',
        f'<rect x="{box.x}" y="{box.y}" width="{WIDTH}" height="{box.height}" rx="6" fill="#fff" stroke="{colour}"/>',
        f'<path d="M{box.x} {box.y + HEAD}h{WIDTH}" stroke="{colour}"/>',
        f'<text x="{box.x + 10}" y="{box.y + 18}" font-weight="600" fill="{colour}">{table.name}</text>',
    ]
    for number, name in enumerate(box.lines):
        y = box.at(number) + 4
        key = "◆ " if name in table.key else ""
        parts.append(f'<text x="{box.x + 10}" y="{y}" fill="#1b2a3d">{key}{name}</text>')
        if parent := box.joined.get(name):
            parts.append(
                f'<text x="{box.x + WIDTH - 10}" y="{y}" text-anchor="end" fill="{colours[parent]}">→ {parent}</text>'
            )
    return "".join([*parts, "</g>"])
