"""The page in a real browser, opened from a file as on a phone without a line."""

from __future__ import annotations

import os

import pytest
from bulletin_figures import figures

from equity.publish.bulletin import render, switch

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=os.environ["EQUITY_CHROMIUM"], args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def bulletin(tmp_path_factory):
    return switch(tmp_path_factory.mktemp("bulletin"), "2026-03-08", render(figures())).parent


@pytest.fixture(scope="module", params=["index.html", "partners/club.html", "partners/mischief.html"])
def address(request, bulletin):
    return (bulletin / request.param).as_uri()


@pytest.fixture(scope="module", params=[360, 1280])
def opened(request, browser, address):
    """One page at one width, drawn once for all tests that look at it."""
    context = browser.new_context(viewport={"width": request.param, "height": 800})
    drawn = context.new_page()
    drawn.said, drawn.asked = [], []
    drawn.on("console", lambda message: drawn.said.append(message.text))
    drawn.on("pageerror", lambda error: drawn.said.append(str(error)))
    drawn.on("request", lambda asked: drawn.asked.append(asked.url))
    drawn.goto(address)
    drawn.evaluate("document.fonts.ready")
    yield drawn
    context.close()


@pytest.fixture
def page(opened):
    """As it was drawn: folded."""
    opened.evaluate("document.querySelectorAll('details').forEach(part => part.open = false)")
    return opened


def open_all(page):
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")


def test_nothing_is_asked_of_the_network_and_nothing_complains(page, address):
    open_all(page)
    assert [url for url in page.asked if not url.startswith("data:")] == [address]
    assert page.said == []


def test_the_page_never_scrolls_sideways(page):
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    open_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_tables_fit_a_phone(page):
    open_all(page)
    assert (
        page.evaluate("[...document.querySelectorAll('.scroll')].filter(t => t.scrollWidth > t.clientWidth).length")
        == 0
    )


def test_the_thai_font_is_the_pages_own(page):
    loaded = "[...document.fonts].filter(font => font.status === 'loaded').map(font => font.family + font.weight)"
    assert {"Sarabun400", "Sarabun600"} <= set(page.evaluate(loaded))
    assert page.evaluate("document.fonts.check('16px Sarabun', 'ลำปางที่นี่')")
    widths = page.evaluate(
        """() => ['Sarabun', 'no-such-font'].map(family => {
            const line = document.createElement('span');
            line.style.cssText = `position:absolute;white-space:nowrap;font:40px ${family}`;
            line.textContent = 'ความเสมอภาคทางการศึกษา 1,234';
            document.body.append(line);
            const width = line.getBoundingClientRect().width;
            line.remove();
            return width;
        })"""
    )
    assert widths[0] != widths[1]


def test_every_chart_has_a_size_and_its_text_inside_the_page(page, address):
    sizes = page.evaluate(
        "[...document.querySelectorAll('svg')].map(svg => [svg.getBoundingClientRect().width, svg.getBoundingClientRect().height])"
    )
    assert len(sizes) >= {"index.html": 8, "club.html": 3, "mischief.html": 0}[address.rsplit("/", 1)[1]]
    assert all(width > 200 and height > 40 for width, height in sizes)
    outside = page.evaluate(
        """() => [...document.querySelectorAll('svg text')].filter(text => {
            const inner = text.getBoundingClientRect(), outer = text.closest('svg').getBoundingClientRect();
            return inner.left < outer.left - 2 || inner.right > outer.right + 2;
        }).map(text => text.textContent)"""
    )
    assert outside == []


def test_no_two_labels_of_a_chart_overlap(page):
    met = page.evaluate(
        """() => [...document.querySelectorAll('svg')].flatMap(svg => {
            const boxes = [...svg.querySelectorAll('text')].map(text => [text.textContent, text.getBoundingClientRect()]);
            return boxes.flatMap(([one, a], i) => boxes.slice(i + 1)
                .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top + 4 < b.bottom && b.top + 4 < a.bottom)
                .map(([other]) => [one, other]));
        })"""
    )
    assert met == []


def test_text_is_large_enough_to_read(page):
    small = page.evaluate(
        """() => [...document.querySelectorAll('svg text')].filter(text => {
            const scale = text.getScreenCTM().a;
            return parseFloat(getComputedStyle(text).fontSize) * scale < 10.5;
        }).map(text => text.textContent)"""
    )
    assert small == []


def test_the_skip_link_appears_on_the_first_tab(page):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0


def test_a_partner_is_one_touch_away_and_so_is_the_way_back(browser, bulletin):
    context = browser.new_context(viewport={"width": 360, "height": 800})
    opened = context.new_page()
    opened.goto((bulletin / "index.html").as_uri())
    opened.get_by_role("link", name="ชมรมเพื่อเพื่อนผู้พิการตำบลแจ้ซ้อน").click()
    assert opened.url.endswith("/partners/club.html")
    opened.get_by_role("link", name="กลับไปรายงานจังหวัด").click()
    assert opened.url.endswith("/index.html")
    context.close()


def test_a_name_breaks_between_its_parts(browser, bulletin):
    context = browser.new_context(viewport={"width": 360, "height": 800})
    opened = context.new_page()
    opened.goto((bulletin / "partners" / "club.html").as_uri())
    lines = opened.evaluate(
        "[...document.querySelectorAll('h1 .part')].map(part => part.getBoundingClientRect().height)"
    )
    assert len(lines) == 2 and all(height < 50 for height in lines)
    context.close()
