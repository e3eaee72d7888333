"""The parts that a page is set from: cards, charts, tile maps and tables, each put together from figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from markupsafe import Markup

from equity.publish import charts
from equity.publish.charts import Bar
from equity.publish.figures import Amphoe, Figure, Figures
from equity.publish.words import (
    DIMENSIONS,
    HIDDEN,
    UNKNOWN,
    amount,
    note,
    number,
    percent,
    span,
    unit_word,
    with_unit,
)

WITHHELD = "ปกปิด"
_TILE = (78, 50, 6)


@dataclass(frozen=True)
class Card:
    """A headline figure: its name, its value large, how it is made up, how sure it is, whom it covers."""

    indicator: str
    label: str
    value: str
    unit: str
    of: str
    interval: str
    note: str
    tone: str
    known: bool


@dataclass(frozen=True)
class Tile:
    """One amphoe in the tile map."""

    name: str
    text: str
    x: int
    y: int
    fill: str
    ink: str
    hidden: bool


@dataclass(frozen=True)
class TileMap:
    """A figure by amphoe, drawn as tiles."""

    title: str
    sub: str
    text: str
    tiles: Sequence[Tile]
    legend: Sequence[tuple[str, str]]
    width: int
    height: int
    tile: tuple[int, int, int]


@dataclass(frozen=True)
class Table:
    """Figures of one measure, broken down: head of the first column, and a line of cells per member."""

    caption: str
    heads: Sequence[str]
    lines: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Chart:
    """A drawing under its heading."""

    title: str
    sub: str
    drawing: Markup


@dataclass(frozen=True)
class Section:
    """A chapter of the page."""

    id: str
    title: str
    lead: str
    cards: Sequence[Card]
    charts: Sequence[Chart] = ()
    maps: Sequence[TileMap] = ()
    tables: Sequence[Table] = ()
    hidden: bool = False

    @property
    def beside(self) -> bool:
        """Whether the cards stand beside the one figure there is."""
        return len(self.charts) + len(self.maps) == 1


def cards_of(figures: Figures, *measures: str) -> list[Card]:
    """The province's cards of measures; a measure without a figure has none."""
    return [_card(row) for measure in measures if (row := figures.one(measure))]


def _card(row: Figure) -> Card:
    known = row.value is not None
    unit = unit_word(row.unit) if known else ""
    return Card(
        indicator=row.indicator_id,
        label=row.measure_th,
        value=amount(row.shown, row.unit) if row.shown is not None else missing(row),
        unit=unit,
        of=_of(row),
        interval=_interval(row),
        note=note(row.note_th),
        tone=row.good_direction or "up",
        known=known,
    )


def stage_card(figures: Figures, member: str) -> Card | None:
    """The card of a stage of the funnel: how many reached it, and what share of the stage before."""
    row = figures.one("reached_stage", "case_stage", member)
    if row is None:
        return None
    known = row.numerator is not None
    of = f"{percent(row.shown)} ของ {number(row.denominator)} คนในขั้นก่อนหน้า" if row.shown and row.denominator else ""
    return Card(
        indicator=row.indicator_id,
        label=row.label,
        value=number(row.numerator) if row.numerator is not None else missing(row),
        unit="คน" if known else "",
        of=of,
        interval=_interval(row),
        note=note(row.note_th),
        tone="up",
        known=known,
    )


def _of(row: Figure) -> str:
    if row.unit != "percent" or row.numerator is None:
        return ""
    if row.denominator is None:
        return f"พบแล้ว {number(row.numerator)} คน" if row.value is None else ""
    return f"{number(row.numerator)} จาก {number(row.denominator)} คน"


def _interval(row: Figure) -> str:
    if row.interval_low is None or row.interval_high is None:
        return ""
    return f"ช่วงความเชื่อมั่น 95%: {span(row.interval_low, row.interval_high, row.unit)}"


def missing(row: Figure) -> str:
    """What stands where a figure has no value."""
    return HIDDEN if row.suppressed else UNKNOWN


def drawable(value: Decimal | None) -> float | None:
    """A number for a chart."""
    return None if value is None else float(value)


def section(
    figures: Figures,
    place: str,
    title: str,
    lead: str,
    cards: Sequence[Card],
    *,
    drawn: Sequence[Chart | None] = (),
    mapped: TileMap | None = None,
    tables: Sequence[str] = (),
) -> Section:
    """Put a section together; what one card's note says the next one's need not say again."""
    said: set[str] = set()
    fresh = []
    for card in cards:
        parts = [part for part in card.note.split(" · ") if part and part not in said]
        said.update(parts)
        fresh.append(replace(card, note=" · ".join(parts)))
    there = [chart for chart in drawn if chart]
    maps = [mapped] if mapped else []
    listed = _tables(figures, tables)
    hidden = any(HIDDEN in line for table in listed for line in table.lines)
    hidden = hidden or any(tile.text == HIDDEN for tile_map in maps for tile in tile_map.tiles)
    return Section(place, title, lead, fresh, there, maps, listed, hidden)


def bar_chart(title: str, sub: str, rows: Sequence[Figure], full: float | None = None) -> Chart | None:
    """Bars of one measure, a bar per member; None when there is no member."""
    if not rows:
        return None
    bars = []
    for row in rows:
        text = missing(row) if row.shown is None else with_unit(row.shown, row.unit)
        if row.unit == "percent" and row.value is not None and row.numerator is not None:
            text = f"{text} ({number(row.numerator)} คน)"
        bars.append(Bar(row.label, drawable(row.value), text, drawable(row.interval_low), drawable(row.interval_high)))
    words = " ".join(f"{bar.label} {WITHHELD if bar.text == HIDDEN else bar.text}." for bar in bars)
    tone = rows[0].good_direction or "up"
    return Chart(title, sub, charts.bars(bars, title=title, text=words, tone=tone, full=full))


def tile_map(
    title: str, sub: str, amphoe: Sequence[Amphoe], by_code: Mapping[str, Figure], ramp: str
) -> TileMap | None:
    """Draw a figure by amphoe, darker where it is larger; None when no amphoe has one."""
    if not by_code or not amphoe:
        return None
    colours = charts.RAMPS[ramp]
    values = [float(row.shown) for row in by_code.values() if row.shown is not None]
    ends = charts.classes(values, len(colours)) if values else []
    wide, high, gap = _TILE
    tiles, words = [], []
    for area in amphoe:
        row = by_code.get(area.area_code)
        value = row.shown if row else None
        if row is None:
            text = "ไม่มีข้อมูล"
        elif value is None:
            text = missing(row)
        else:
            text = amount(value, row.unit)
        fill = "#FFFFFF"
        if value is not None:
            fill = colours[next(i for i, end in enumerate(ends) if float(value) <= end)]
        tiles.append(
            Tile(
                area.name_th,
                text,
                area.tile_column * (wide + gap),
                area.tile_row * (high + gap),
                fill,
                charts.label_colour(fill),
                hidden=value is None,
            )
        )
        words.append(f"{area.name_th} {WITHHELD if text == HIDDEN else text}.")
    return TileMap(
        title,
        sub,
        " ".join(words),
        tiles,
        _legend(values, ends, colours, next(iter(by_code.values())).unit),
        (max(area.tile_column for area in amphoe) + 1) * (wide + gap) - gap,
        (max(area.tile_row for area in amphoe) + 1) * (high + gap) - gap,
        _TILE,
    )


def _legend(values: Sequence[float], ends: Sequence[float], colours: Sequence[str], unit: str) -> list[tuple[str, str]]:
    legend = []
    for position, end in enumerate(ends):
        start = ends[position - 1] if position else float("-inf")
        inside = [value for value in values if start < value <= end]
        if inside:
            low, high = amount(min(inside), unit), amount(max(inside), unit)
            legend.append((colours[position], low if low == high else f"{low.rstrip('%')}–{high}"))
    return legend


def _tables(figures: Figures, measures: Sequence[str]) -> list[Table]:
    tables = []
    for measure in measures:
        for dimension in figures.dimensions(measure):
            rows = figures.by(measure, dimension)
            tables.append(_table(f"{rows[0].measure_th} แยกตาม{DIMENSIONS.get(dimension, dimension)}", dimension, rows))
        areas = figures.by_amphoe(measure)
        named = [(area.name_th, areas[area.area_code]) for area in figures.amphoe if area.area_code in areas]
        if named:
            rows = [row for _, row in named]
            tables.append(_table(f"{rows[0].measure_th} แยกตามอำเภอ", "อำเภอ", rows, [name for name, _ in named]))
    return tables


def _table(caption: str, dimension: str, rows: Sequence[Figure], names: Sequence[str] | None = None) -> Table:
    head = DIMENSIONS.get(dimension, dimension)
    labels: Iterable[str] = names or [row.label for row in rows]
    if rows[0].unit == "percent":
        heads: Sequence[str] = (head, "คน", "จาก", "ร้อยละ", "ช่วง 95%")
        cells = [_rate_cells(row) for row in rows]
    else:
        heads = (head, unit_word(rows[0].unit))
        cells = [(missing(row) if row.value is None else amount(row.value, row.unit),) for row in rows]
    return Table(caption, heads, [(label, *line) for label, line in zip(labels, cells, strict=True)])


def _rate_cells(row: Figure) -> tuple[str, ...]:
    if row.suppressed:
        return (HIDDEN,) * 4
    interval = ""
    if row.interval_low is not None and row.interval_high is not None:
        interval = span(row.interval_low, row.interval_high, row.unit).rstrip("%")
    return (
        "" if row.numerator is None else number(row.numerator),
        "" if row.denominator is None else number(row.denominator),
        "" if row.shown is None else number(row.shown, 1),
        interval,
    )
