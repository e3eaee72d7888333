"""The charts: Altair drawings turned into SVG, and the tile map's colours.

Drawn 330 units wide, the width of a phone's column, so that their text keeps its size there. Every label stands on a
line of its own above its bar: no label can meet another, however long. Text stays text, in the page's own font.
"""

from __future__ import annotations

import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

FONTS = Path(__file__).parent / "fonts"
FONT = "Sarabun"
WIDTH = 330
DIGIT, LETTER, SMALLEST = (
    6.9,
    8.0,
    11.5,
)  # pixels of what numbers and words are made of at 14; the smallest size for a phone
INK = "#1B2A3D"
QUIET = "#4A5A6E"
TRACK = "#E6EBF1"
TONES: dict[str, str] = {"up": "#0F766E", "down": "#B4532A", "plain": "#41689A"}
"""Teal where more is better, rust where less is better, blue where it is neither."""
RAMPS: dict[str, tuple[str, ...]] = {
    "up": ("#DDF1EC", "#A3D5CB", "#4FA99A", "#0F766E", "#0A4B46"),
    "plain": ("#E7EDF5", "#BCCDE0", "#88A5C4", "#41689A", "#1F3A5F"),
    "down": ("#FBE9DF", "#F3C4A8", "#E09A74", "#B4532A", "#7A3013"),
}

_SVG = "http://www.w3.org/2000/svg"
_NOISE = re.compile(r"^(aria-|role$|class$|pointer-events$)")


@dataclass(frozen=True)
class Bar:
    """One bar: its label, its number as drawn (None: withheld or unknown) and as written, its interval."""

    label: str
    amount: float | None
    text: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Range:
    """The middle half of a group and its median."""

    label: str
    text: str
    low: float | None
    middle: float | None
    high: float | None


@dataclass(frozen=True)
class Turn:
    """One stretch of time: what rose above the line in it and what fell below, with the two lines of its label."""

    label: str
    below: str
    up: int
    down: int


def bars(rows: Sequence[Bar], *, title: str, text: str, tone: str, full: float | None = None) -> Markup:
    """Draw horizontal bars from zero, with whiskers where there is an interval.

    Args:
        rows: the bars, top to bottom.
        title: the drawing's name for those who do not see it.
        text: what it says, in words.
        tone: `up` or `down`, which direction is good, or `plain`.
        full: where the scale ends; the largest number if None.

    """
    import altair as alt

    ends = [end for row in rows for end in (row.amount, row.high) if end is not None]
    top = full or max(ends, default=1) or 1
    data = [{"row": i, **vars(row), "zero": 0, "top": top} for i, row in enumerate(rows)]
    y = alt.Y("row:O").axis(None)
    x = alt.X("zero:Q").scale(domain=[0, top], nice=False).axis(None)
    base = alt.Chart(alt.NamedData("rows"))
    shape: dict[str, Any] = {"height": 16, "yOffset": 10, "cornerRadius": 3}
    seen = base.transform_filter("isValid(datum.amount)")
    layers = [
        seen.mark_bar(**shape, color=TRACK).encode(x, alt.X2("top:Q"), y),
        seen.mark_bar(**shape, color=TONES[tone]).encode(x, alt.X2("amount:Q"), y),
        base.transform_filter("!isValid(datum.amount)")
        .mark_bar(**shape, fill="#FFFFFF", stroke="#8A97A8", strokeDash=[4, 3])
        .encode(x, alt.X2("top:Q"), y),
        base.transform_filter("isValid(datum.high)")
        .mark_rule(color=INK, strokeWidth=2, yOffset=10, y2Offset=10)
        .encode(alt.X("low:Q"), alt.X2("high:Q"), y),
        *_labels(base, y, rows),
    ]
    return _drawn(alt.layer(*layers), data, 50, title, text)


def ranges(rows: Sequence[Range], *, title: str, text: str) -> Markup:
    """Draw the middle half of each group as a bar around zero, its median as a mark."""
    import altair as alt

    ends = [end for row in rows for end in (row.low, row.middle, row.high) if end is not None]
    reach = max((abs(end) for end in ends), default=1) * 1.12 or 1
    data = [{"row": i, **vars(row), "left": -reach, "right": reach} for i, row in enumerate(rows)]
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    axis = alt.Axis(
        title=None,
        values=_ticks(reach),
        labelExpr="(datum.value > 0 ? '+' : '') + format(datum.value, ',')",
        domain=False,
        ticks=False,
        grid=False,
        labelColor=QUIET,
        labelFontSize=12,
        labelPadding=4,
    )
    y = alt.Y("row:O").axis(None)
    base = alt.Chart(alt.NamedData("rows"))
    seen = base.transform_filter("isValid(datum.middle)")
    shape: dict[str, Any] = {"height": 16, "yOffset": 10, "cornerRadius": 3}
    layers = [
        base.mark_bar(**shape, color=TRACK).encode(alt.X("left:Q").scale(scale).axis(axis), alt.X2("right:Q"), y),
        seen.mark_bar(**shape, color="#7FBDB3").encode(alt.X("low:Q"), alt.X2("high:Q"), y),
        base.mark_tick(color=QUIET, thickness=1, height=26, yOffset=10, opacity=1).encode(x=alt.datum(0), y=y),
        seen.mark_tick(color=INK, thickness=4, height=22, yOffset=10, opacity=1).encode(alt.X("middle:Q"), y),
        *_labels(base, y, rows),
    ]
    return _drawn(alt.layer(*layers), data, 52, title, text)


def turns(rows: Sequence[Turn], *, title: str, text: str) -> Markup:
    """Draw time from left to right: a bar above the line and one below it for each stretch, to one scale."""
    import altair as alt

    data = [
        {"row": i, "label": r.label, "below": r.below, "up": r.up, "down": -r.down, "zero": 0,
         "up_text": f"{r.up:,}" if r.up else "", "down_text": f"{r.down:,}" if r.down else ""}
        for i, r in enumerate(rows)
    ]  # fmt: skip
    top, bottom = max((r.up for r in rows), default=0), max((r.down for r in rows), default=0)
    whole = top + bottom or 1
    scale = alt.Scale(domain=[-bottom - 0.01 * whole, top + 0.01 * whole], range=[182, 22], nice=False, zero=False)
    x = alt.X("row:O").axis(None)
    base = alt.Chart(alt.NamedData("rows"))
    bar: dict[str, Any] = {"width": 25, "cornerRadius": 2}
    words: dict[str, Any] = {"fontSize": 12, "baseline": "middle"}

    def y(column: str) -> alt.Y:
        return alt.Y(f"{column}:Q").scale(scale).axis(None)

    layers = [
        base.mark_bar(**bar, color=TONES["up"]).encode(x, y("zero"), alt.Y2("up:Q")),
        base.mark_bar(**bar, color=TONES["plain"]).encode(x, y("zero"), alt.Y2("down:Q")),
        base.transform_filter("datum.row == 0")
        .mark_rule(color=QUIET)
        .encode(x=alt.value(0), x2=alt.value(WIDTH), y=y("zero")),
        base.mark_text(**words, dy=-9, color=INK, fontWeight=600).encode(x, y("up"), alt.Text("up_text:N")),
        base.mark_text(**words, dy=10, color=INK, fontWeight=600).encode(x, y("down"), alt.Text("down_text:N")),
        base.mark_text(**words, color=QUIET).encode(x, y=alt.value(212), text=alt.Text("label:N")),
        base.mark_text(**words, color=QUIET).encode(x, y=alt.value(230), text=alt.Text("below:N")),
    ]
    return _drawn(alt.layer(*layers), data, 240 // max(len(rows), 1), title, text)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours `#RRGGBB`, 1 to 21, as WCAG 2 defines it."""
    lights = sorted((_luminance(one), _luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def label_colour(background: str) -> str:
    """Dark or white, whichever is read more easily on the background."""
    return max((INK, "#FFFFFF"), key=lambda colour: contrast(colour, background))


def classes(values: Sequence[float], steps: int) -> list[float]:
    """Upper ends of at most `steps` classes of equal width over the values; the last is the largest value."""
    low, high = min(values), max(values)
    if low == high:
        return [high]
    return [low + (high - low) * i / steps for i in range(1, steps)] + [high]


def _letters(text: str) -> int:
    """How many letters wide a text is: marks above and below take no room."""
    return sum(unicodedata.category(letter) != "Mn" for letter in text)


def _labels(base: Any, y: Any, rows: Sequence[Bar] | Sequence[Range]) -> list[Any]:
    import altair as alt

    # a label too long for what its number leaves of the line is written smaller, and only then ends in an ellipsis
    room = WIDTH - 6 - DIGIT * max((_letters(row.text) for row in rows), default=0)
    needed = LETTER * max((_letters(row.label) for row in rows), default=0)
    line: dict[str, Any] = {"dy": -10, "baseline": "middle"}
    small = 14.0 if needed <= room else max(SMALLEST, 14 * room / needed)
    return [
        base.mark_text(**line, align="left", color=INK, limit=room, fontSize=small).encode(
            x=alt.value(0), y=y, text=alt.Text("label:N")
        ),
        base.mark_text(**line, align="right", color=INK, fontWeight=600, fontSize=14).encode(
            x=alt.value(WIDTH), y=y, text=alt.Text("text:N")
        ),
    ]


def _drawn(layered: Any, data: Sequence[dict[str, Any]], step: int, title: str, text: str) -> Markup:
    import altair as alt
    import vl_convert

    _register_fonts()
    spec = (
        layered.properties(width=WIDTH, height=max(len(data), 1) * step, padding=0, background="transparent")
        .configure(font=FONT)
        .configure_view(stroke=None)
        .configure_scale(bandPaddingInner=0, bandPaddingOuter=0)
        .to_dict(validate=False)
    )
    spec["datasets"] = {"rows": data}  # put in last: Altair copies a chart deeply at every step
    version = ".".join(alt.SCHEMA_VERSION.split(".")[:2])
    return _plain(vl_convert.vegalite_to_svg(spec, vl_version=version, allowed_base_urls=[]), title, text)


@cache
def _register_fonts() -> None:
    import vl_convert

    vl_convert.register_font_directory(str(FONTS))


def _plain(drawing: str, title: str, text: str) -> Markup:
    """Strip a drawing of what only an application needs, and name it: one picture with a title and a description."""
    ET.register_namespace("", _SVG)
    root = ET.fromstring(drawing)  # noqa: S314  our own converter's output
    for element in root.iter():
        for name in [name for name in element.attrib if _NOISE.match(name)]:
            del element.attrib[name]
        if "font-family" in element.attrib:
            element.set("font-family", f"{FONT}, sans-serif")
    for parent in list(root.iter()):
        for child in list(parent):
            empty = child.tag == f"{{{_SVG}}}path" and (
                not child.get("d") or not {"fill", "stroke"} & set(child.attrib)
            )
            if empty or child.get("display") == "none":
                parent.remove(child)
    root.attrib.pop("version", None)
    root.set("role", "img")
    for position, (tag, words) in enumerate((("title", title), ("desc", text))):
        named = ET.Element(f"{{{_SVG}}}{tag}")
        named.text = words
        root.insert(position, named)
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704  text was escaped by the serialiser


def _ticks(reach: float) -> list[float]:
    step = next(size for size in _STEPS if reach / size < 3)
    count = int(reach // step)
    return [step * i for i in range(-count, count + 1)]


_STEPS = [factor * 10**power for power in range(8) for factor in (1, 2, 5)] + [10**12]


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
