"""A partner's page says how much, how old, which kinds and how it goes, in words that thank; and nothing of a person."""

from __future__ import annotations

import gzip
import os
import re
from dataclasses import replace
from datetime import date
from html import unescape

import pytest
from bulletin_figures import AMPHOE, AS_OF, correction, corrections, figures, partner, rows, weeks

from equity.publish.bulletin import render, switch
from equity.publish.charts import TONES, Turn, contrast, turns
from equity.publish.figures import figures_of
from equity.publish.partners import page_name, pages
from equity.publish.words import days_between


@pytest.fixture(scope="module")
def files():
    return render(figures())


def page(files, source):
    return unescape(files[f"partners/{source}.html"].decode())


def text(html):
    html = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_every_partner_has_a_small_page(files):
    there = {name for name in files if name.startswith("partners/")}
    assert there == {f"partners/{source}.html" for source in ("club", "abe", "municipality", "mischief")}
    assert all(len(gzip.compress(files[name], 6)) <= 100_000 for name in there)


@pytest.mark.parametrize("source", ["../index", "a/b", "", "Club", "ก", "=x", "club.html"])
def test_only_a_sources_id_makes_a_page(source):
    assert page_name(source) is None
    made = figures_of(rows(), AMPHOE, [partner("ชมรม", source=source)])
    assert pages(made) == {}
    assert "<a href" not in render(made)["index.html"].decode().split('class="partners"')[1].split("</table>")[0]


def test_how_many_how_old_and_which_kinds(files):
    said = text(page(files, "club"))
    assert "ยังมี 1,730 จุด ที่ขอให้ช่วยดู: 1,725 จุดแก้แล้วจึงนำเข้าได้ อีก 5 จุดนำเข้าแล้ว" in said
    assert "พบมากที่สุดคือ “ยังไม่ได้กรอก”" in said and "95.8%" in said
    assert "200 วัน รอมานานที่สุด" in said
    for words in ("ไม่เกิน 7 วัน 1,339 จุด", "8–30 วัน 365 จุด", "31–90 วัน 21 จุด", "เกิน 90 วัน 5 จุด"):
        assert words in said
    assert "ผู้เข้าร่วมโครงการ 526 จุด" in said and "การเข้าร่วมกิจกรรม 1,204 จุด" in said
    assert said.index("การเข้าร่วมกิจกรรม 1,204") < said.index("ผู้เข้าร่วมโครงการ 526"), "most first"
    assert "สมาชิกกองทุน" not in said, "nothing waits there"


def test_the_charts_fold_what_is_rare_into_one_and_the_table_does_not(files):
    html = page(files, "club")
    drawn = re.search(r"<svg.*?</svg>", html, re.DOTALL)[0]
    assert len(re.findall(r"จุด</text>", drawn)) == 8
    assert "ชนิดอื่น ๆ รวมกัน" in drawn and "แถวที่จำนวนช่องไม่ตรงหัวตาราง" not in drawn
    assert "แถวที่จำนวนช่องไม่ตรงหัวตาราง" in html


def test_the_trend_is_drawn_and_stands_in_a_table(files):
    said = text(page(files, "club"))
    assert "2–8\u00a0มี.ค. เรียบร้อย 418 จุด พบใหม่ 1,330 จุด." in page(files, "club")
    assert "12–18 ม.ค. 12,345 0 12,345" in said
    assert "13,541 จุด" in said


def test_who_has_nothing_waiting_is_thanked_and_told_so(files):
    settled, quiet = text(page(files, "municipality")), text(page(files, "mischief"))
    for said in (settled, quiet):
        assert "ขณะนี้ ไม่มีจุดใดที่รอให้ช่วยดู ขอบคุณมาก" in said
        assert "แก้อย่างไร" not in said
    assert "ท่านทำให้เรียบร้อยแล้ว 40 จุด" in settled and "<svg" in page(files, "municipality")
    assert "<svg" not in page(files, "mischief")


def test_warnings_alone_are_said_to_be_loaded(files):
    said = text(page(files, "abe"))
    assert "ยังมี 3 จุด ที่ขอให้ช่วยตรวจสอบ ทุกแถวนำเข้าแล้ว" in said
    assert "0 จุด ต้องแก้ไข" not in said


@pytest.mark.parametrize("source", ["club", "abe", "municipality", "mischief"])
def test_words_thank_and_never_blame(files, source):
    said = text(page(files, source))
    assert said.count("ขอบคุณ") >= 1
    blame = ("ล่าช้า", "ค้าง", "ผิดพลาด", "ผิดกฎ", "ล้มเหลว", "ไม่ผ่าน", "ละเลย", "ตักเตือน", "บกพร่อง", "เกินกำหนด")
    assert not [word for word in blame if word in said]
    assert not re.search(r"#(?:B4532A|C00|F00)\b", page(files, source).split("</style>")[1], re.IGNORECASE), "no red"


@pytest.mark.parametrize("source", ["club", "abe", "municipality", "mischief"])
def test_a_page_is_of_one_partner_whole_by_itself_and_harmless(files, source):
    raw = files[f"partners/{source}.html"].decode()
    assert "<script" not in raw
    targets = re.findall(r"""(?:src|href|action|srcset)\s*=\s*["']([^"']*)""", raw)
    assert {target for target in targets if not target.startswith(("data:", "#"))} == {"../index.html"}
    others = {row.partner_name_th for row in figures().health if row.source != source}
    assert not [name for name in others if name in unescape(raw)]
    ids = re.findall(r'\bid="([^"]+)"', raw)
    assert len(ids) == len(set(ids)) and raw.count("<h1") == 1 and '<html lang="th">' in raw
    assert raw.count("<svg") == len(re.findall(r"<svg[^>]*>\s*<title>[^<]+</title>\s*<desc>[^<]+</desc>", raw))
    assert raw.count("<table") == raw.count("<caption>")
    assert "2026" not in re.sub(r"base64,[^)]*", "", raw) and "None" not in text(raw)


def test_the_same_figures_give_the_same_bytes(files):
    assert render(figures()) == files


def test_a_record_type_without_words_has_some():
    made = figures_of(
        rows(),
        AMPHOE,
        [partner("ชมรม", source="club")],
        [correction("club", "unheard_of", "missing", (1, 0, 0, 0))],
        (),
    )
    shown = pages(made)["partners/club.html"]
    assert shown.groups[0].title == "ตารางอื่น"
    assert shown.trend is None
    assert shown.glances[-1].value == "3"


def test_age_is_never_less_than_nothing():
    row = replace(correction("club", "participant", "missing", (1, 0, 0, 0)), oldest_opened_on=date(2027, 1, 1))
    shown = pages(figures_of(rows(), AMPHOE, [partner("ชมรม", source="club")], [row], weeks()))["partners/club.html"]
    assert shown.groups[0].lines[0][3] == "แจ้งวันนี้"
    assert "รอมานานที่สุด" not in {glance.label for glance in shown.glances}


def test_all_pages_are_switched_together_with_the_first(tmp_path):
    first = switch(tmp_path, "2026-03-08", render(figures()))
    name = os.readlink(tmp_path / "current")
    fewer = figures_of(rows(), AMPHOE, figures().health, corrections()[:1], weeks())
    second = switch(tmp_path, "2026-03-08", render(fewer))
    assert first == second and os.readlink(tmp_path / "current") != name
    old, new = (tmp_path / name / "partners/club.html", second.parent / "partners" / "club.html")
    assert old.read_bytes() != new.read_bytes()
    (second.parent / "partners" / "club.html").unlink()
    again = switch(tmp_path, "2026-03-08", render(fewer))
    assert (again.parent / "partners" / "club.html").is_file(), "a damaged bulletin is written anew"


# --- what it stands on ------------------------------------------------------------------------------------------------


def test_turns_go_up_and_down_from_one_line_to_one_scale():
    drawn = str(turns([Turn("1", "ม.ค.", 30, 0), Turn("8", "", 0, 60), Turn("15", "", 0, 0)], title="ก", text="ข"))
    bars = {
        tone: [re.findall(r"-?[\d.]+", path) for path in re.findall(rf'd="([^"]+)"[^>]*fill="{TONES[tone]}"', drawn)]
        + [re.findall(r"-?[\d.]+", path) for path in re.findall(rf'fill="{TONES[tone]}"[^>]*d="([^"]+)"', drawn)]
        for tone in ("up", "plain")
    }
    assert bars["up"] and bars["plain"]
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", drawn)
    assert [t for t in texts if t] == ["30", "60", "1", "8", "15", "ม.ค."]


def test_turns_of_nothing_are_a_line():
    drawn = str(turns([Turn(str(i), "", 0, 0) for i in range(8)], title="ก", text="ข"))
    assert "NaN" not in drawn and "Infinity" not in drawn


def test_days_are_said_with_their_month_once():
    assert days_between(date(2026, 3, 2), AS_OF) == "2–8\u00a0มี.ค."
    assert days_between(date(2026, 2, 23), date(2026, 3, 1)) == "23\u00a0ก.พ. – 1\u00a0มี.ค."


def test_the_colours_of_points_can_be_read():
    assert contrast("#2f5583", "#ffffff") >= 4.5
    assert contrast(TONES["plain"], "#FFFFFF") >= 3, "a bar against its ground"
