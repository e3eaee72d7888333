from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from equity.publish import charts
from equity.publish.charts import Bar, Range

SVG = "{http://www.w3.org/2000/svg}"


def test_contrast_is_wcags():
    assert charts.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert charts.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colour", [*(c for ramp in charts.RAMPS.values() for c in ramp), "#FFFFFF"])
def test_every_tile_has_a_label_that_can_be_read(colour):
    assert charts.contrast(charts.label_colour(colour), colour) >= 4.5


def test_classes_cover_all_values():
    assert charts.classes([3, 3], 5) == [3]
    ends = charts.classes([11, 49, 20], 5)
    assert len(ends) == 5
    assert ends[-1] == 49
    assert ends == sorted(ends)


def drawn(markup):
    root = ET.fromstring(str(markup))
    texts = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    return root, texts


def test_bars_are_one_named_picture_whose_text_is_text():
    rows = [Bar("กำลังเรียนรู้", 30, "30 คน", 20, 40), Bar("ที่นี่ <b>", None, "–")]
    root, texts = drawn(charts.bars(rows, title="ชื่อ & นาม", text="คำบรรยาย", tone="up"))
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == "ชื่อ & นาม"
    assert root.find(f"{SVG}desc").text == "คำบรรยาย"
    assert texts == ["กำลังเรียนรู้", "ที่นี่ <b>", "30 คน", "–"]
    assert {text.get("font-family") for text in root.iter(f"{SVG}text")} == {"Sarabun, sans-serif"}
    assert not [e for e in root.iter() if any(name.startswith("aria-") for name in e.attrib)]


def test_bars_are_as_long_as_their_numbers():
    root, _ = drawn(charts.bars([Bar("ก", 50, "50"), Bar("ข", 100, "100")], title="", text="", tone="down"))
    paths = [path.get("d") for path in root.iter(f"{SVG}path") if path.get("fill") == charts.TONES["down"]]
    ends = [max(float(x) for x in re.findall(r"[\d.]+(?=,)", path)) for path in paths]
    assert ends == pytest.approx([charts.WIDTH / 2, charts.WIDTH], abs=3.5)


def test_a_withheld_bar_has_an_empty_frame_and_no_length():
    root, _ = drawn(charts.bars([Bar("ก", None, "–")], title="", text="", tone="down"))
    dashed = [path for path in root.iter(f"{SVG}path") if path.get("stroke-dasharray")]
    assert len(dashed) == 1
    assert not [path for path in root.iter(f"{SVG}path") if path.get("fill") == charts.TONES["down"]]


def test_a_long_label_gives_way_to_its_number():
    _, texts = drawn(charts.bars([Bar("ยาว " * 60, 1, "1 คน")], title="", text="", tone="up"))
    assert texts[0].endswith("…")
    assert texts[1] == "1 คน"


def test_ranges_have_an_axis_with_signs():
    rows = [Range("ทั้งหมด", "0", -4300, 0, 5125), Range("ชาย", "–", None, None, None)]
    _, texts = drawn(charts.ranges(rows, title="ก", text="ข"))
    assert texts[:5] == ["−4,000", "−2,000", "0", "+2,000", "+4,000"]
    assert {"ทั้งหมด", "ชาย", "–"} <= set(texts)
