"""A lecture in a real browser: by keys alone, readable from the last row, with what the lecturer wants to be seen."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import segno
import zxingcpp
from playwright.sync_api import expect, sync_playwright

from core.text import load
from core.ui.frame import PAGES
from core.ui.keys import SHORTCUTS
from core.ui.link_code import as_png, as_svg, code
from tests.browser_setup import launch_options
from tests.serving import serving

APP = Path(__file__).parent.parent.parent / "streamlit_app.py"
SLOW = 30_000
SCREENS = ((1280, 720), (1920, 1080), (1024, 768))
TEXT, LABEL, MAIN = 0.033, 0.025, 0.6
"""Least shares of the screen's height: of all text, of a chart's labels, and of a section's main thing."""
MAINS = {
    "/?run=1&gain=1&steps=20": ".st-key-picture-0 svg.marks",
    "/why?gain=1&steps=20": ".st-key-picture-0 svg.marks",
    "/fixes?steps=20": ".st-key-picture-0 svg.marks",
    "/keras_example?gain=1&steps=20&clipping=value": '[class*="st-key-ending-block"]:has(.st-key-script-keras)',
    "/summary?gain=1&steps=20": '[data-testid="stTable"]',
}
SIZES = """() => {
  const found = [];
  const walk = (place) => {
    for (const each of place.querySelectorAll('*')) {
      if (each.shadowRoot) walk(each.shadowRoot);
      const own = [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim());
      const box = each.getBoundingClientRect();
      const outside = box.width <= 1 || box.top >= innerHeight || box.bottom <= 0;
      if (!own || outside || each.matches('style, script, noscript') || !each.checkVisibility(
        {visibilityProperty: true, opacityProperty: true})) continue;
      const svg = each.closest('svg.marks');
      const zoom = svg ? svg.getBoundingClientRect().width / svg.getAttribute('width') : 1;
      const label = Boolean(each.closest('.role-axis-label, .role-axis-title, .role-legend'));
      found.push([each.textContent.trim().slice(0, 40), zoom * parseFloat(getComputedStyle(each).fontSize), label]);
    }
  };
  walk(document.body);
  return found;
}"""
SCROLLS = """() => {
  const main = document.querySelector('[data-testid="stMain"]');
  return main.scrollHeight > main.clientHeight || main.scrollWidth > main.clientWidth;
}"""
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


@pytest.fixture
def visit(browser, server):
    """Open a page as a new visitor, in a lecture unless its path ends with "#"; at its end."""
    contexts = []

    def opened(path="/", motion="reduce", **options):
        size = {"width": 1280, "height": 720}
        context = browser.new_context(viewport=size, reduced_motion=motion, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(SLOW)
        mode = "" if "#" in path else ("&" if "?" in path else "?") + "mode=lecture"
        page.goto(server + path + mode)
        listening(page)
        return page

    yield opened
    for context in contexts:
        context.close()


def listening(page):
    """The keys are heard from now on."""
    page.locator('[data-part="help"]').wait_for(state="attached")
    page.wait_for_function("() => document.documentElement.style.getPropertyValue('--zoom')")


def resize(page, width, height):
    """The charts have been drawn anew, too."""
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(300)
    page.wait_for_function(f"() => !({SCROLLS})()", timeout=5000)


def verdict(page):
    return page.locator(".st-key-ending-verdict")


def film_at(page):
    return page.locator('[data-part="scrub"]').input_value()


def at_section(page, slug):
    expect(page).to_have_url(re.compile(rf"/{'' if slug == 'home' else slug}\?"), timeout=SLOW)
    title = load("en")(f"{slug}.title")
    expect(page.locator('[data-part="sections"]')).to_have_text(f"☰ {title}", timeout=SLOW)
    listening(page)


def test_a_whole_lecture_by_keys_alone_with_two_live_runs(visit):
    page = visit(motion="no-preference")
    page.keyboard.press("Enter")
    expect(verdict(page)).to_be_attached(timeout=SLOW)
    page.wait_for_timeout(500)
    assert film_at(page) == "0", "the film waits for a key"
    page.keyboard.press("Space")
    page.wait_for_function("() => !document.documentElement.matches('.film-running')")
    expect(verdict(page)).to_be_hidden()
    page.keyboard.press("Space")
    expect(verdict(page)).to_contain_text("Diverged at step")
    page.keyboard.press("PageUp")
    expect(verdict(page)).to_be_hidden()
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    slugs = list(PAGES)
    for slug in slugs[1:3]:
        at_section(page, slug)
        page.keyboard.press("ArrowRight")
    at_section(page, slugs[3])
    page.keyboard.press("ArrowLeft")
    at_section(page, slugs[2])
    page.keyboard.press("8")
    expect(page).to_have_url(re.compile("gain=1"), timeout=SLOW)
    expect(verdict(page)).to_contain_text("Learned", timeout=SLOW, use_inner_text=False)
    expect(verdict(page)).to_be_hidden()
    page.keyboard.press("PageDown")
    page.wait_for_function("() => document.documentElement.matches('.film-running')")
    page.keyboard.press("PageDown")
    page.keyboard.press("v")
    expect(verdict(page)).to_be_visible()
    for slug in slugs[3:]:
        page.keyboard.press("ArrowRight")
        at_section(page, slug)
        expect(verdict(page)).to_be_hidden()
        expect(page).to_have_url(re.compile("gain=1"))
    page.keyboard.press("ArrowRight")
    at_section(page, "summary")


@pytest.mark.parametrize("language", ["en", "bn"])
def test_every_screen_is_its_main_thing_and_reads_from_the_last_row(visit, language):
    page = visit(f"/?lang={language}")
    for path, main in MAINS.items():
        page.goto(urljoin(page.url, f"{path}&mode=lecture&lang={language}"))
        listening(page)
        expect(verdict(page)).to_be_attached(timeout=SLOW)
        for width, height in SCREENS:
            resize(page, width, height)
            told = f"{path} {language} {width}x{height}"
            box = page.locator(main).first.bounding_box()
            assert min(box["height"], height - box["y"]) >= MAIN * height, told
            small = [
                (said, size)
                for said, size, label in page.evaluate(SIZES)
                if size < height * (LABEL if label else TEXT) - 0.01
            ]
            assert not small, (told, small)


def test_text_grows_with_the_screen(visit):
    page = visit("/why?gain=1&steps=20")
    expect(verdict(page)).to_be_attached(timeout=SLOW)
    for height in (1080, 1440, 2160):
        resize(page, height * 16 // 9, height)
        sizes = page.evaluate(SIZES)
        assert min(size for _, size, _ in sizes) >= 0.028 * height


@pytest.mark.parametrize("language", ["en", "bn"])
def test_the_overlay_lists_the_keys_in_the_pages_language(visit, language):
    page = visit(f"/why?gain=1&steps=5&lang={language}")
    page.keyboard.press("?")
    overlay = page.locator("dialog")
    for name in SHORTCUTS:
        expect(overlay).to_contain_text(load(language)(f"ui.keys.{name}"))
    assert overlay.evaluate("box => box.scrollHeight - box.clientHeight") <= 1
    page.keyboard.press("Escape")
    expect(overlay).to_be_hidden()


def test_outside_a_lecture_keys_do_what_surprises_nobody(visit):
    page = visit("/why?gain=1&steps=5#")
    expect(verdict(page)).to_be_visible(timeout=SLOW)
    page.keyboard.press("?")
    rows = page.locator("dialog dt")
    expect(rows).to_have_count(sum(each.always for each in SHORTCUTS.values()))
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_be_hidden()
    address = page.url
    for key in ("1", "v", "l", "m", "o", "Enter", "PageDown", "Space"):
        page.keyboard.press(key)
    page.wait_for_timeout(500)
    assert page.url == address
    expect(verdict(page)).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("/symptoms"))


def test_a_key_in_a_control_is_the_controls_and_focus_outlives_a_rerun(visit):
    page = visit("/why?gain=1&steps=5")
    expect(verdict(page)).to_be_attached(timeout=SLOW)
    run = page.locator(".st-key-run button")
    run.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("v")
    page.keyboard.press("Enter")
    page.wait_for_timeout(1500)
    expect(run).to_be_focused()
    expect(page).to_have_url(re.compile("/why"))
    expect(verdict(page)).to_be_hidden()
    run.evaluate("button => button.blur()")
    page.keyboard.press("l")
    expect(page).to_have_url(re.compile("lang=bn"))


def test_streamlits_own_keys_do_nothing(visit):
    page = visit("/why?gain=1&steps=5")
    expect(verdict(page)).to_be_attached(timeout=SLOW)
    page.wait_for_timeout(1500)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sent = []
    session.on("Network.webSocketFrameSent", lambda message: sent.append(message))
    page.keyboard.press("r")
    page.keyboard.press("c")
    page.wait_for_timeout(600)
    assert not sent
    expect(page.locator('[role="dialog"]')).to_have_count(0)


def test_what_a_lecturer_hides_is_in_the_link_and_hidden_for_who_opens_it(visit):
    page = visit("/why?gain=1&steps=5")
    expect(verdict(page)).to_be_attached(timeout=SLOW)
    page.locator(".st-key-hide button").first.click()
    menu = page.locator('[data-testid="stPopoverBody"]')
    menu.get_by_text("Presets", exact=True).click()
    expect(page).to_have_url(re.compile("hide=presets"))
    menu.get_by_text("The verdict", exact=True).click()
    expect(page).to_have_url(re.compile("hide=presets(,|%2C)verdict"))
    page.keyboard.press("Escape")
    expect(page.locator('[data-part="presets"]')).to_be_hidden()
    link = urlsplit(page.url)
    student = visit(f"{link.path}?{link.query.replace('&mode=lecture', '')}#")
    expect(verdict(student)).to_be_attached(timeout=SLOW)
    expect(verdict(student)).to_be_hidden()
    expect(student.locator(".st-key-presets")).to_be_hidden()
    expect(student.locator(".st-key-sentence")).to_be_visible()
    student.keyboard.press("ArrowRight")
    expect(student).to_have_url(re.compile("hide=presets"))


def test_what_nothing_is_called_is_told_once_and_healed(visit):
    page = visit("/why?gain=1&steps=5&hide=walls,presets#")
    expect(page.locator('[data-testid="stAlert"]')).to_contain_text("walls")
    expect(page).to_have_url(re.compile("hide=presets(&|$)"))
    page.reload()
    expect(verdict(page)).to_be_attached(timeout=SLOW)
    expect(page.locator('[data-testid="stAlert"]')).to_have_count(0)


def test_the_links_code_fills_the_screen_and_is_the_link(visit, tmp_path):
    page = visit("/why?gain=1&steps=5&lang=bn")
    expect(verdict(page)).to_be_attached(timeout=SLOW)
    assert page.locator(".st-key-qr-code").count() == 0, "made only for who asks"
    page.keyboard.press("q")
    shown = page.locator("dialog img")
    expect(shown).to_be_visible()
    assert shown.bounding_box()["height"] > 0.8 * 720
    seen = tmp_path / "screen.png"
    page.screenshot(path=seen)
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()
    said = decoded(seen)
    assert urlsplit(said)[:3] == urlsplit(page.url)[:3]
    assert parse_qs(urlsplit(said).query) == parse_qs(urlsplit(page.url).query)


def test_both_files_of_the_code_are_the_address(tmp_path):
    address = "https://example.org/why?gain=1&lang=bn&mode=lecture&fixes=clipping%2Cnone"
    made = code(address)
    picture = tmp_path / "code.png"
    picture.write_bytes(as_png(made))
    assert decoded(picture) == address
    assert b'stroke="#000"' in as_svg(made)
    assert made.version <= segno.make_qr(address).version


def decoded(picture):
    """What somebody else's reader makes of a code in a picture."""
    from PIL import Image

    (found,) = zxingcpp.read_barcodes(Image.open(picture))
    return found.text
