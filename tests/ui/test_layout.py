"""The lesson comes first: how long each page is, where its picture begins, and that nothing is cut, in Chromium."""

import pytest
from playwright.sync_api import sync_playwright

from core.ui.frame import PAGES
from tests.browser_setup import launch_options
from tests.serving import serving
from tests.visitor import APP

SCREENS = {"laptop": (1280, 720), "projector": (1920, 1080), "phone": (390, 844)}
LONGEST = {"laptop": 2.5, "projector": 2.5, "phone": 5}
"""A page with a finished run and its labs closed, in screens."""
TARGET = 36
SLOW = 60_000
LINES = {"laptop": 2, "projector": 2, "phone": 3}
ENDED = """() => document.querySelector('[data-testid="stApp"]').dataset.testScriptState === 'notRunning'
  && document.querySelector('.st-key-ending-next') && document.querySelector('svg.marks')"""
MEASURED = """() => {
  const box = element => element.getBoundingClientRect(), all = name => [...document.querySelectorAll(name)];
  const main = document.querySelector('[data-testid="stMain"]');
  const words = all('.st-key-sentence > *').map(word => box(word)).filter(word => word.height);
  const lines = words.reduce((seen, word) => word.top > seen.at(-1) ? [...seen, word.bottom] : seen, [-1]);
  const first = element => element.getClientRects()[0];
  return {
    height: main.scrollHeight, beyond: main.scrollWidth - main.clientWidth, lines: lines.length - 1,
    chart: box(document.querySelector('[data-testid="stVegaLiteChart"]')).top,
    lead: box(document.querySelector('.st-key-lead')).bottom,
    targets: all(':is(.st-key-experiment, .st-key-top) :is(button, a)').map(each => box(each).height).filter(Boolean),
    cut: all('.st-key-prose .katex').filter(each =>
      box(each).right > box(each.closest('[data-testid="stMarkdown"]')).right + 1).length,
    parted: all('.st-key-prose h2').filter(each => each.checkVisibility()).filter(each => {
      const text = each.closest('[data-testid="stElementContainer"]').nextElementSibling;
      return Math.abs(first(text).left - first(each).left) > 2;
    }).map(each => each.innerText),
  };
}"""
pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def server():
    with serving(APP) as address:
        yield address


@pytest.fixture(scope="module", params=["en-light", "bn-dark"])
def visitor(request, server):
    """Opens the default experiment's pages, one after the other, in one language and mode."""
    language, mode = request.param.split("-")
    with sync_playwright() as play:
        browser = play.chromium.launch(**launch_options())
        page = browser.new_page(color_scheme=mode, reduced_motion="reduce")

        page.goto(f"{server}/?run=1&lang={language}")

        def opened(slug):
            page.wait_for_function(ENDED, timeout=SLOW)
            if page.locator(f".st-key-nav-{slug}").count():
                page.locator(f".st-key-nav-{slug} a").click()
                page.locator(f".st-key-nav-{slug}").wait_for(state="detached")
            page.wait_for_function(ENDED, timeout=SLOW)
            return page

        yield opened
        browser.close()


@pytest.mark.parametrize("slug", PAGES)
def test_a_page_is_a_lesson_on_every_screen(visitor, slug):
    page = visitor(slug)
    for screen, (width, height) in SCREENS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(400)
        seen = page.evaluate(MEASURED)
        assert seen["height"] <= LONGEST[screen] * height, screen
        assert seen["chart"] <= height / 2, screen
        assert seen["lead"] <= height / 2, screen
        assert seen["beyond"] == 0, screen
        assert 0 < seen["lines"] <= LINES[screen], screen
        assert (seen["cut"], seen["parted"]) == (0, []), screen
        assert screen != "phone" or min(seen["targets"]) >= TARGET
