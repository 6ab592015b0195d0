"""For everybody: what axe finds in Chromium, languages, keys alone, a run's numbers, and the summary on paper.

The file takes about a minute, and most of that is pages to be drawn.
"""

import re
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import expect, sync_playwright

from core.engine.training import train
from core.experiment import Experiment
from core.text import load
from core.words.run_data import as_csv
from tests.browser_setup import launch_options
from tests.serving import serving

APP = Path(__file__).parent.parent.parent / "streamlit_app.py"
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
SLOW = 30_000
PAGES = (
    "/",
    "/what_is_it",
    "/why?lab=map",
    "/symptoms?lab=own_log",
    "/mathematics?lab=cliff",
    "/fixes?lab=grid",
    "/keras_example?lab=arrow",
    "/summary",
)
SMALL = "gain=1&depth=5&steps=20"
FOUR_FIXES = "network=rnn&activation=tanh&clipping=norm&normalization=layer&lr=0.0001&gain=1.2"
FRAMEWORK = {
    # Streamlit took the drop zone, which has the role "presentation", out of the tab order by tabindex=-1
    # (streamlit/streamlit#15928); with an aria-label it has its own role again, and a name, which does no harm.
    ("presentation-role-conflict", 'data-testid="stFileUploaderDropzone"'),
}
"""Violations that are not ours: axe's rule, and what the element's HTML has in it."""
pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def server():
    with serving(APP) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as play:
        chromium = play.chromium.launch(**launch_options())
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def visit(browser, server):
    """Open a page of a run in a tab of its own; nothing moves, nothing is hidden until a film has ended."""
    contexts = {}

    def opened(path, query=SMALL, width=1280, theme="light"):
        if (width, theme) not in contexts:
            contexts[width, theme] = browser.new_context(
                viewport={"width": width, "height": 900},
                reduced_motion="reduce",
                color_scheme=theme,
            )
        context = contexts[width, theme]
        for page in context.pages:
            page.close()
        page = context.new_page()
        page.set_default_timeout(SLOW)
        page.goto(f"{server}{path}{'&' if '?' in path else '?'}{query}")
        settled(page)
        return page

    yield opened
    for context in contexts.values():
        context.close()


def settled(page):
    """All of it is drawn, nothing on it is of an earlier run, and its scripts have done their work."""
    page.wait_for_selector(".st-key-ending-verdict")
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    page.wait_for_selector('[data-part="toggle"][aria-label]')
    page.wait_for_function("!document.querySelector('[data-stale=true]')")
    page.evaluate("new Promise(done => setTimeout(done, 600))")


def violations(page):
    """What axe finds, but for the framework's: rule, the element's HTML, and why."""
    page.wait_for_function("!document.querySelector('[data-stale=true]')", timeout=SLOW)
    page.wait_for_timeout(400)  # what was stale fades in
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        (rule["id"], node["html"][:200], node["failureSummary"])
        for rule in found
        for node in rule["nodes"]
        if not any(rule["id"] == known and part in node["html"] for known, part in FRAMEWORK)
    ]


@pytest.mark.parametrize(
    ("language", "theme", "width"), [("en", "light", 1280), ("bn", "dark", 390)]
)
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_that_is_ours(visit, path, language, theme, width):
    page = visit(path, f"{SMALL}&lang={language}", width, theme)
    assert violations(page) == []


def test_every_part_says_its_language_and_the_data_are_read_and_downloaded(visit):
    page = visit("/what_is_it", f"{SMALL}&lang=both")
    for text, language in ((load("en"), "en"), (load("bn"), "bn")):
        lead = page.locator(".st-key-lead p").nth(["en", "bn"].index(language))
        expect(lead).to_have_attribute("lang", language)
        heading = text.get("what_is_it.section")[0]["heading"]
        expect(page.locator("h2", has_text=heading).first).to_have_attribute("lang", language)
    page.locator(".st-key-run-data button").click()
    table = page.get_by_role("table").filter(has_text=load("en")("run_data.columns.before"))
    expect(table.get_by_role("row")).to_have_count(21)
    assert violations(page) == []
    with page.expect_download() as download:
        page.get_by_text(load("en")("run_data.download")).click()
    e = Experiment(gain=1, depth=5, steps=20)
    assert Path(download.value.path()).read_bytes() == as_csv(list(train(e)), e, load("en"))


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("bn", "dark")])
def test_summary_is_one_page_of_paper(visit, language, theme):
    """Of a run with every fix, of which it tells most."""
    page = visit("/summary", f"{FOUR_FIXES}&steps=20&lang={language}", theme=theme)
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    (size,) = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", printed)
    assert [float(points) / 72 * 25.4 for points in size] == pytest.approx([210, 297], abs=0.5)
    page.emulate_media(media="print")
    expect(page.locator("table").first).to_be_visible()
    expect(page.locator(".st-key-ending-verdict")).to_be_visible()
    for gone in ("top", "presets", "actions", "player", "keep"):
        assert not page.locator(f".st-key-{gone} button:visible").count(), gone


def test_print_opens_the_browsers_dialog_and_asks_the_server_nothing(visit):
    page = visit("/summary")
    page.evaluate("window.print = () => {window.printed = true}")
    page.locator(".st-key-print button").click()
    assert page.evaluate("window.printed")
    state = page.locator('[data-testid="stApp"]').get_attribute("data-test-script-state")
    assert state == "notRunning"


def test_a_cell_of_the_map_is_opened_by_keys_alone(visit):
    page = visit("/why?lab=map")
    gain = page.get_by_role("slider", name=load("en")("pair.fields.gain"))
    gain.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(gain).to_have_attribute("aria-valuetext", "1.25")
    page.locator(".st-key-diagram_open button").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"depth=5"), timeout=SLOW)
    expect(page).not_to_have_url(re.compile(r"gain=1&"), timeout=SLOW)


def test_the_cliffs_start_is_moved_by_arrow_keys(visit):
    page = visit("/mathematics?lab=cliff")
    field = page.get_by_role("spinbutton").first
    field.focus()
    before = float(field.input_value())
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("cliff="), timeout=SLOW)
    assert float(field.input_value()) == pytest.approx(before + 0.01)


def test_focus_is_seen_wherever_it_goes(visit):
    """Each stop looks different while it has the focus."""
    page = visit("/summary")
    for _ in range(30):
        page.keyboard.press("Tab")
        box = page.evaluate(FOCUSED)
        if box is None:
            return
        seen = page.screenshot(clip=box)
        page.evaluate(f"({DEEPEST})().blur()")
        page.wait_for_timeout(150)
        assert page.screenshot(clip=box) != seen, box


DEEPEST = """() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at;
}"""
FOCUSED = f"""() => {{
  const at = ({DEEPEST})();
  if (!at || at === document.body) return null;
  const {{x, y, width, height}} = at.getBoundingClientRect();
  return {{x: Math.max(x - 8, 0), y: Math.max(y - 8, 0), width: width + 16, height: height + 16}};
}}"""
