from __future__ import annotations

import gzip
import io
import os
import re
import threading
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import openpyxl
import pytest
from bulletin_figures import AMPHOE, LEAKED, figure, figures, rows

from equity.publish import bulletin
from equity.publish.bulletin import KEPT, publish, render, switch
from equity.publish.charts import contrast
from equity.publish.figures import figures_of


@pytest.fixture(scope="module")
def files():
    return render(figures())


@pytest.fixture(scope="module")
def html(files):
    return files["index.html"].decode()


@pytest.fixture(scope="module")
def book(files):
    return openpyxl.load_workbook(io.BytesIO(files["figures.xlsx"]))


def cells(book):
    return [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]


# --- the page ----------------------------------------------------------------------------------------------------------


def test_the_page_is_small_enough_for_a_phone_on_a_bad_line(html):
    assert len(gzip.compress(html.encode(), 6)) <= 100_000


def test_the_same_figures_give_the_same_bytes(files):
    assert render(figures()) == files


def test_nothing_is_fetched_from_anywhere(html, files):
    targets = re.findall(r"""(?:src|href|action|poster|data|srcset)\s*=\s*["']([^"']*)""", html)
    targets += re.findall(r"url\(([^)]*)\)", html)
    assert {"figures.xlsx", "#content", "partners/club.html"} <= set(targets)
    assert [t for t in targets if not (t.startswith(("data:", "#")) or t in files)] == []
    assert "@import" not in html
    assert re.findall(r"<(?:script|iframe|object|embed|img|form)\b", html) == []


def test_it_leads_to_the_catalog_that_lies_beside(tmp_path, monkeypatch, html):
    assert "catalog.html" not in html
    monkeypatch.setattr(bulletin, "read", lambda _: figures())
    page = publish("postgresql://", tmp_path, {"catalog.html": b"x"})
    assert '<a href="catalog.html">' in page.read_text("utf-8")
    assert (page.parent / "catalog.html").read_bytes() == b"x"


class _Outline(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.ids, self.links, self.open = [], [], [], []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append((tag, found))
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found["href"][1:]] if found.get("href", "").startswith("#") else []


def test_the_page_is_thai_and_well_formed_for_those_who_listen(html):
    outline = _Outline()
    outline.feed(html)
    tags = outline.tags
    assert ("html", {"lang": "th"}) in tags
    assert len(outline.ids) == len(set(outline.ids))
    assert set(outline.links) <= set(outline.ids)
    assert [tag for tag, _ in tags].count("h1") == 1
    assert html.index('class="skip"') < html.index("<header")
    svgs = [found for tag, found in tags if tag == "svg"]
    assert len(svgs) == len(re.findall(r"<svg[^>]*>\s*<title>[^<]+</title>\s*<desc>[^<]+</desc>", html)) >= 8
    assert all(found.get("role") == "img" for found in svgs)
    assert [tag for tag, _ in tags].count("table") == html.count("<caption>") >= 10


def test_headline_figures_have_their_numbers_their_interval_and_their_coverage(html):
    for words in (
        "43.1%",
        "1,089 จาก 2,524 คน",
        "ช่วงความเชื่อมั่น 95%",
        "39.2–47.2%",
        "1,620,000",
        "24,609.5",
        "−4,300 ถึง +5,125",
    ):
        assert words in html
    for words in ("มีรายได้ทั้งสองครั้ง 540 คน", "ขาดค่าใดค่าหนึ่ง 391 คน", "ไม่ทราบอายุ 1,178 คน", "กองทุนแจ้ซ้อน"):
        assert words in html
    assert "club/" not in html
    assert "undefined" not in html
    assert "None" not in html
    assert "NaN" not in html


def test_days_are_in_the_buddhist_era(html):
    assert "ณ วันที่ 8 มีนาคม 2569" in html
    assert "8 มีนาคม 2569 เวลา 01.00 น." in html
    assert "28 กุมภาพันธ์ 2569" in html
    assert "2026" not in html


def test_a_rate_without_denominator_cannot_be_computed_yet_and_is_never_zero(html):
    card = re.search(r"<article[^>]*>(?:(?!</article>).)*I01(?:(?!</article>).)*</article>", html, re.DOTALL)[0]
    assert "ยังคำนวณไม่ได้" in card
    assert "ยังไม่มีทะเบียนราษฎรเป็นตัวหาร" in card
    assert "พบแล้ว 1,264 คน" in card
    assert "0%" not in card


def test_withheld_rows_show_their_numbers_nowhere(html, book):
    forms = {str(number) for number in LEAKED} | {f"{number:,}" for number in LEAKED} | {"76767", "76,767"}
    forms |= {f"{number:.1f}" for number in LEAKED if number % 1}
    everything = html.replace("base64", "") + " ".join(str(cell.value) for cell in cells(book))
    everything = re.sub(r"data:font/woff2[^)]*", "", everything)
    assert [form for form in forms if form in everything] == []
    assert "ปกปิด" in html
    assert "น้อยกว่า 10 คน" in html


def test_what_the_database_says_is_escaped(html):
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_partners_are_thanked_also_when_late(html):
    table = html[html.index("ข้อมูลคืนล่าสุดของแต่ละหน่วยงาน") :]
    late = table[table.index("เทศบาลตำบลลำปางหลวง") :]
    late = late[: late.index("</tr>")]
    assert "ขอบคุณ" in late
    assert "ยังรอชุดใหม่" in late
    assert "3 มี.ค. 2569 (5 วันก่อน)" in late
    assert "–" not in late
    assert not [word for word in ("ล่าช้า", "ช้า", "ผิด", "ล้มเหลว", "ไม่ผ่าน") if word in table]


def test_all_thirteen_tiles_are_drawn_and_a_withheld_one_has_a_dash(html):
    tiles = re.search(r'<svg class="tiles".*?</svg>', html, re.DOTALL)[0]
    assert tiles.count("<rect") == 13
    ngao = re.search(r"งาว</text><text[^>]*>([^<]*)<", tiles)
    assert ngao[1] == "–"


def test_indicators_that_are_not_there_leave_no_hole():
    page = render(figures_of([figure("members", 859)], AMPHOE, []))["index.html"].decode()
    assert 'id="fund"' in page
    assert 'id="oos"' not in page


def test_colours_of_text_can_be_read():
    style = (bulletin._HERE / "templates" / "bulletin.css").read_text("utf-8")
    colour = dict(re.findall(r"--(\w+):(#[0-9a-f]{6})", style))
    for text in ("ink", "quiet", "up", "down", "brand"):
        for ground in ("#ffffff", "#f7f9fb", colour["ground"]):
            assert contrast(colour[text], ground) >= 4.5, (text, ground)
    for text in ("#ffffff", "#c9d9ea", "#e4edf6"):
        assert contrast(text, colour["brand"]) >= 4.5


# --- the workbook ------------------------------------------------------------------------------------------------------


def test_the_workbook_has_every_row_under_thai_heads(book):
    sheet = book["ตัวชี้วัด"]
    assert sheet.max_row == len(rows()) + 1
    assert all(re.search("[ก-๙]", cell.value) for cell in sheet[1])
    assert [sheet.title for sheet in book] == ["อ่านก่อนใช้", "ตัวชี้วัด", "คุณภาพข้อมูล"]


def test_text_is_never_a_formula(book):
    assert {cell.data_type for cell in cells(book)} <= {"s", "n"}
    assert any(str(cell.value).startswith("=HYPERLINK") and cell.data_type == "s" for cell in cells(book))


def test_withheld_and_unknown_values_say_so_in_the_workbook(book):
    sheet = book["ตัวชี้วัด"]
    heads = {cell.value: i for i, cell in enumerate(sheet[1])}
    lines = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    hidden = [line for line in lines if line[heads["สถานะ"]] == "ปกปิด"]
    assert len(hidden) == sum(row.suppressed for row in rows())
    assert all(line[heads["ค่า"]] == "–" and line[heads["ตัวตั้ง"]] == "–" for line in hidden)
    rate = next(line for line in lines if line[heads["รหัสตัวชี้วัด"]] == "I01")
    assert rate[heads["ค่า"]] is None
    assert rate[heads["สถานะ"]] == "ยังคำนวณไม่ได้"
    assert rate[heads["ตัวตั้ง"]] == 1264


# --- switching -----------------------------------------------------------------------------------------------------------


def content(words, size=1):
    return {"index.html": words.encode() * size, "figures.xlsx": words.encode()}


def bulletins(folder):
    return sorted(place.name for place in folder.iterdir() if place.is_dir() and not place.is_symlink())


def test_a_bulletin_is_a_folder_of_its_own_under_a_relative_link(tmp_path):
    page = switch(tmp_path / "b", "2026-03-08", content("หนึ่ง"))
    assert page == tmp_path / "b" / "current" / "index.html"
    assert page.read_text("utf-8") == "หนึ่ง"
    name = os.readlink(tmp_path / "b" / "current")
    assert re.fullmatch(r"2026-03-08-[0-9a-f]{10}", name)
    assert (page.parent / "figures.xlsx").is_file()
    (tmp_path / "b").rename(tmp_path / "moved")
    assert (tmp_path / "moved" / "current" / "index.html").is_file()


def test_the_same_content_writes_nothing(tmp_path):
    first = switch(tmp_path, "2026-03-08", content("หนึ่ง"))
    before = {path: path.lstat() for path in tmp_path.rglob("*") if path.name != ".lock"}
    assert switch(tmp_path, "2026-03-08", content("หนึ่ง")) == first
    after = {path: path.lstat() for path in tmp_path.rglob("*") if path.name != ".lock"}
    assert {p: (s.st_ino, s.st_mtime_ns) for p, s in before.items()} == {
        p: (s.st_ino, s.st_mtime_ns) for p, s in after.items()
    }


def test_an_earlier_bulletin_becomes_current_again_without_a_copy(tmp_path):
    switch(tmp_path, "2026-03-02", content("หนึ่ง"))
    switch(tmp_path, "2026-03-03", content("สอง"))
    page = switch(tmp_path, "2026-03-02", content("หนึ่ง"))
    assert page.read_text("utf-8") == "หนึ่ง"
    assert len(bulletins(tmp_path)) == 2


def test_fourteen_are_kept_and_the_current_one_is_among_them(tmp_path):
    for day in range(1, KEPT + 5):
        page = switch(tmp_path, f"2026-03-{day:02}", content(f"วัน {day}"))
        os.utime(page.parent.resolve(), ns=(day * 10**9, day * 10**9))
    kept = bulletins(tmp_path)
    assert len(kept) == KEPT
    assert [name[:10] for name in kept] == [f"2026-03-{day:02}" for day in range(5, KEPT + 5)]
    assert page.read_text("utf-8") == f"วัน {KEPT + 4}"


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_the_last_good_one_stays_when_writing_fails(tmp_path, monkeypatch, step):
    page = switch(tmp_path, "2026-03-08", content("ดี"))

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(bulletin.os, step, full)
        with pytest.raises(OSError, match="No space"):
            switch(tmp_path, "2026-03-09", content("เสีย"))
    assert page.read_text("utf-8") == "ดี"
    assert switch(tmp_path, "2026-03-09", content("ใหม่")).read_text("utf-8") == "ใหม่"
    assert not list(tmp_path.glob(".new-*"))


def test_the_last_good_one_stays_when_drawing_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(bulletin, "read", lambda _: figures())
    page = publish("postgresql://", tmp_path)
    good = page.read_bytes()

    def broken(*_, **__):
        raise ValueError("cannot draw")

    with monkeypatch.context() as patched:
        patched.setattr("equity.publish.charts.bars", broken)
        with pytest.raises(ValueError, match="cannot draw"):
            publish("postgresql://", tmp_path)
    assert page.read_bytes() == good
    assert publish("postgresql://", tmp_path) == page
    assert len(bulletins(tmp_path)) == 1


def test_a_new_day_is_a_new_bulletin(tmp_path, monkeypatch):
    for day in (8, 9):
        moved = [replace(row, as_of=date(2026, 3, day)) for row in rows()]
        monkeypatch.setattr(bulletin, "read", lambda _, moved=moved: figures_of(moved, AMPHOE, []))
        page = publish("postgresql://", tmp_path)
        assert os.readlink(page.parent).startswith(f"2026-03-0{day}-")
        assert f"ณ วันที่ {day} มีนาคม 2569" in page.read_text("utf-8")
    assert len(bulletins(tmp_path)) == 2


def test_a_damaged_bulletin_is_written_anew(tmp_path):
    page = switch(tmp_path, "2026-03-08", content("หนึ่ง"))
    page.unlink()
    assert switch(tmp_path, "2026-03-08", content("หนึ่ง")).read_text("utf-8") == "หนึ่ง"


def test_a_reader_sees_the_old_one_or_the_new_one_never_none(tmp_path):
    made = {f"{n}".encode() * 200_000 for n in range(1, 6)}
    page = switch(tmp_path, "2026-03-08", content("1", 200_000))
    stop, seen, wrong = threading.Event(), set(), []

    def look():
        while not stop.is_set():
            try:
                found = page.read_bytes()
            except OSError as error:
                wrong.append(error)
            else:
                seen.add(found[:1])
                wrong.extend([found[:20]] if found not in made else [])

    reader = threading.Thread(target=look)
    reader.start()
    for turn in range(60):
        switch(tmp_path, "2026-03-08", content(f"{turn % 5 + 1}", 200_000))
    stop.set()
    reader.join()
    assert wrong == []
    assert len(seen) > 1
