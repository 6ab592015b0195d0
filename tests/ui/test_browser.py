"""The main job in a real browser: a visitor runs, looks, changes a word, and goes on to the summary."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect, sync_playwright

from core.charts.films.by_layer import signal_by_layer
from core.charts.names.stack import LINE
from core.codegen import first_lines, pytorch_script
from core.diagnosis.symptoms import diagnose, first_warning, write_thresholds
from core.engine.same_start import start_file
from core.engine.training import train
from core.experiment import Experiment
from core.presets import PRESETS
from core.text import load
from tests.browser_setup import launch_options
from tests.serving import serving

APP = Path(__file__).parent.parent.parent / "streamlit_app.py"
LAPTOP = {"width": 1280, "height": 900}
SLOW = 30_000
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
    """Open a page as a new visitor; reduced motion unless the film is the point."""
    contexts = []

    def opened(path="/", motion="reduce", address=server, **options):
        context = browser.new_context(viewport=LAPTOP, reduced_motion=motion, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(SLOW)
        page.goto(address + path)
        page.wait_for_selector("h1")
        return page

    yield opened
    for context in contexts:
        context.close()


def press(page, key):
    page.locator(f".st-key-{key} button").first.click()


def verdict(page):
    return page.locator(".st-key-ending-verdict")


def chart(page):
    return page.locator('[data-testid="stVegaLiteChart"] svg').first


def playhead(page):
    return int(page.locator('[data-part="scrub"]').input_value())


def at(page, frame):
    """The playhead comes to rest there."""
    expect(page.locator('[data-part="scrub"]')).to_have_value(str(frame), timeout=SLOW)


def test_run_blows_up_then_clipping_lets_it_learn_and_the_summary_tells(visit):
    page = visit()
    press(page, "run")
    expect(verdict(page)).to_contain_text("Diverged at step", timeout=SLOW)
    expect(verdict(page)).to_contain_text("the chain multiplied")
    expect(chart(page)).to_contain_text("no longer a number")

    page.locator(".st-key-word-clipping button").first.click()
    page.locator(".st-key-clipping input").click()
    page.get_by_role("option", name="each value").click()
    page.keyboard.press("Escape")
    expect(page.locator(".st-key-status")).to_contain_text("words have changed")
    press(page, "run")
    expect(verdict(page)).to_contain_text("Learned", timeout=SLOW)
    expect(page).to_have_url(re.compile("clipping=value"))

    page.locator(".st-key-nav").get_by_text("Summary").click()
    expect(page.locator("h1")).to_have_text("Summary")
    row = page.locator("table tr", has_text="Fix")
    expect(row).to_contain_text("Clipping", timeout=SLOW)
    expect(row).to_contain_text("without it")


def test_first_visitor_of_a_new_server_may_come_by_deep_link_in_bangla(visit):
    with serving(APP) as address:
        page = visit("/why?lang=bn&gain=1&steps=50", address=address)
        expect(page.locator("h1")).to_have_text("কেন এমন হয়?")
        expect(verdict(page)).to_contain_text("শিখেছে", timeout=SLOW)
        expect(chart(page)).to_be_visible()
        assert page.evaluate("document.documentElement.lang") == "bn"
        assert "কেন" in page.title()


def test_film_plays_without_the_server_and_keeps_the_end_to_itself(visit):
    page = visit("/?gain=1", motion="no-preference")
    expect(verdict(page)).to_be_visible(timeout=SLOW)
    for _ in range(3):
        page.locator('[data-part="rate"]').click()
    expect(page.locator('[data-part="rate"]')).to_have_text("0.5×")
    messages = watched_messages(page)
    press(page, "run")
    expect(verdict(page)).to_be_hidden()
    expect(page.locator('[data-part="scrub"]')).to_have_attribute("max", "199")
    page.wait_for_timeout(1500)
    messages.clear()
    before = playhead(page)
    page.wait_for_timeout(1500)
    assert 0 < before < playhead(page) < 199
    assert not messages
    expect(verdict(page)).to_be_hidden()
    expect(verdict(page)).to_be_visible(timeout=SLOW)


def test_lines_over_the_layers_are_drawn_where_the_numbers_are(visit):
    steps = list(train(Experiment(gain=1, steps=30, depth=12)))
    page = visit("/why?gain=1&steps=30&depth=12")
    at(page, 29)
    drawn(page, steps, 29)
    page.locator('[data-part="scrub"]').press("Home")
    expect(page.locator(".st-key-picture-0 svg.marks")).to_contain_text("step 0")
    drawn(page, steps, 0)


def drawn(page, steps, step):
    """The signal's line is soon drawn as it is at this step."""
    told = pytest.approx(steps[step].signal_norms, rel=0.01)
    for _ in range(20):
        if solid_line(page, window(steps, step)) == told:
            return
        page.wait_for_timeout(250)
    assert solid_line(page, window(steps, step)) == told


def window(steps, at):
    """What the axis of the signal by layer covers at the last step, and at others all up to it."""
    rows = signal_by_layer.frame(steps, Experiment(gain=1, steps=30, depth=12), load("en"))
    here = rows[(rows["kind"] == "limit") & (rows["frame"] <= at) & (at < rows["until"])]
    return here["y"].min(), here["y"].max()


def solid_line(page, limits):
    """The values of the line in the first picture that is not dashed."""
    picture = page.locator(".st-key-picture-0 svg.marks")
    expect(picture.locator(".mark-line path").first).to_be_attached()
    (path,) = picture.locator(".mark-line path").evaluate_all(
        """all => all.filter(line => !line.getAttribute('stroke-dasharray')?.includes(','))
        .map(line => line.getAttribute('d'))"""
    )
    height = picture.locator("path.background").first.evaluate("box => box.getBBox().height")
    downs = [float(point.split(",")[1]) for point in re.split("[ML]", path) if point]
    top = LINE + 8  # a sentence stands above the data
    shares = [(down - top) / (height - top) for down in downs]
    return [limits[1] * (limits[0] / limits[1]) ** share for share in shares]


def watched_messages(page):
    """A list that grows with every message over the page's socket, by the browser's own protocol."""
    messages = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    for event in ("Network.webSocketFrameReceived", "Network.webSocketFrameSent"):
        session.on(event, lambda message: messages.append(message))
    return messages


def test_player_obeys_mouse_and_keyboard(visit):
    page = visit("/what_is_it?gain=1&steps=50")
    expect(verdict(page)).to_be_visible(timeout=SLOW)
    at(page, 49)
    page.locator('[data-part="back"]').click()
    at(page, 48)
    scrub = page.locator('[data-part="scrub"]')
    scrub.focus()
    page.keyboard.press("ArrowLeft")
    at(page, 47)
    page.keyboard.press("Home")
    at(page, 0)
    expect(page.locator('[data-part="at"]')).to_contain_text("0")
    page.keyboard.press("End")
    at(page, 49)


def test_two_visitors_see_the_same_numbers(visit):
    told = []
    for _ in range(2):
        page = visit("/?network=rnn&depth=30&activation=tanh&steps=60&seed=11")
        expect(verdict(page)).not_to_be_empty(timeout=SLOW)
        told.append(verdict(page).inner_text())
    assert told[0] == told[1]


def test_language_change_and_back_keep_run_and_verdict(visit):
    page = visit("/what_is_it?gain=1&steps=50")
    expect(verdict(page)).to_contain_text("Learned", timeout=SLOW)
    at(page, 49)
    page.locator('[data-part="back"]').click()
    page.get_by_role("radio", name="বাংলা").or_(page.get_by_text("বাংলা", exact=True)).first.click()
    expect(page.locator("h1")).to_have_text(re.compile("[\u0980-\u09ff]"), timeout=SLOW)
    expect(verdict(page)).to_contain_text("শিখেছে", timeout=SLOW)
    at(page, 48)
    page.locator(".st-key-nav a").nth(2).click()
    expect(page.locator("h1")).to_have_text("কেন এমন হয়?", timeout=SLOW)
    page.go_back()
    expect(page.locator("h1")).not_to_have_text("কেন এমন হয়?", timeout=SLOW)
    expect(page).to_have_url(re.compile("what_is_it.*gain=1"))
    expect(verdict(page)).to_contain_text("শিখেছে", timeout=SLOW)


def test_lost_connection_is_said_and_the_page_comes_back(visit):
    with serving(APP) as address:
        page = visit("/what_is_it?gain=1&steps=50&lang=bn", address=address)
        expect(verdict(page)).to_be_visible(timeout=SLOW)
    app = page.locator('[data-testid="stApp"]')
    expect(app).to_have_attribute("data-test-connection-state", "PINGING_SERVER", timeout=SLOW)
    said = page.evaluate(
        "getComputedStyle(document.querySelector('[data-testid=stApp]'), '::before').content"
    )
    assert "সংযোগ নেই" in said


def test_script_can_be_downloaded_and_the_table_opens_in_a_spreadsheet(visit):
    page = visit("/summary?gain=1&steps=50")
    button = page.locator(".st-key-download-summary button")
    button.wait_for()
    with page.expect_download() as download:
        button.click()
    data = Path(download.value.path()).read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert "গ্র্যাডিয়েন্ট" in data.decode("utf-8-sig")


def test_words_keep_their_values_while_popovers_open_and_close(visit):
    page = visit("/?gain=1")
    expect(verdict(page)).to_be_visible(timeout=SLOW)
    words = [page.locator(f".st-key-word-{word} button").first for word in ("init", "optimizer")]
    before = [word.inner_text() for word in words]
    for word in words:
        word.click()
        expect(page.locator('[data-testid="stPopoverBody"]')).to_be_visible()
        page.wait_for_timeout(700)
        page.keyboard.press("Escape")
        page.wait_for_timeout(700)
    assert [word.inner_text() for word in words] == before
    expect(page).to_have_url(re.compile(r"/\?gain=1(\.0)?$"))


def test_slider_hears_every_key_and_its_popover_stays_open(visit):
    page = visit("/?gain=1&depth=20")
    expect(verdict(page)).to_be_visible(timeout=SLOW)
    word = page.locator(".st-key-word-network button").first
    word.click()
    page.locator(".st-key-depth input").focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    expect(word).to_contain_text("28", timeout=SLOW)
    expect(page.locator('[data-testid="stPopoverBody"]')).to_be_visible()


def test_first_run_does_not_show_its_end_before_the_film(visit):
    page = visit(motion="no-preference")
    page.locator(".st-key-waiting svg.marks").first.wait_for()
    page.wait_for_timeout(1500)
    page.evaluate(
        """() => { window.shown = []; const look = () => {
        const said = document.querySelector('.st-key-ending-verdict');
        const seen = said && getComputedStyle(said).visibility === 'visible';
        const chart = document.querySelector('[data-testid="stVegaLiteChart"] svg');
        if (seen || chart?.textContent.includes('no longer')) window.shown.push(performance.now());
        requestAnimationFrame(look); }; look(); }"""
    )
    press(page, "run")
    page.wait_for_timeout(1500)
    assert page.evaluate("window.shown.length") == 0
    expect(verdict(page)).to_be_visible(timeout=SLOW)


def test_first_warning_stands_in_the_film_and_moves_with_its_threshold(visit):
    """By how the run is rounded the second comes at step 3 to 8: as the same run has it here."""
    e, thresholds = PRESETS["overshoot"], {"growth": 5.0}
    steps = list(train(e))
    before, after = (
        f"first warning: step {first_warning(diagnose(steps, e, chosen)).step}"
        for chosen in (thresholds, thresholds | {"update_ratio": 5.0})
    )
    assert before != after
    page = visit(
        f"/symptoms?{urlencode(e.to_query())}&lab=rules&thresholds={write_thresholds(thresholds)}"
    )
    marked = page.locator(".st-key-picture-0 svg text", has_text="first warning").last
    expect(marked).to_have_text(before, timeout=SLOW)
    page.locator(".st-key-findings").wait_for(
        state="attached"
    )  # the last to come moves what is under it
    page.locator('.st-key-lab-rules [data-testid="stExpander"] summary').first.click()
    field = page.locator(".st-key-threshold-update_ratio input")
    field.fill("5")
    field.press("Enter")
    expect(marked).to_have_text(after, timeout=SLOW)
    expect(field).to_be_visible()
    rows = page.locator(".st-key-rules tbody tr")
    expect(rows.first).to_contain_text(after)
    expect(rows.filter(has_text="(usually 0.1)")).to_have_count(1)


def test_a_map_follows_its_settings_and_opens_a_cell(visit):
    """The map is a fragment within its settings' one, and is drawn again and again while it is computed."""
    page = visit("/why?lab=map&width=8&batch_size=8&depth=5&steps=20")
    told = page.locator(".st-key-diagram-told")
    picture = page.locator('[class*="st-key-diagram-"] svg.marks')
    press(page, "diagram_draw")
    expect(told).to_contain_text("Of 400 networks", timeout=SLOW)
    page.get_by_role("combobox", name="Up").click()
    page.get_by_role("option", name="depth").click()
    expect(picture).to_contain_text("depth", timeout=SLOW)
    expect(page.locator(".st-key-diagram_draw button")).to_be_disabled(timeout=SLOW)
    expect(told).to_have_count(1)
    expect(told).to_contain_text("Of 400 networks")
    expect(page.locator(".st-key-diagram-pick")).to_have_count(1)
    picture.locator(".mark-rect path").first.click()
    expect(page).to_have_url(re.compile(r"depth=50&width=8&gain=0\.5&"), timeout=SLOW)
    expect(verdict(page)).to_be_visible(timeout=SLOW)
    expect(page.locator('[data-testid="stException"]')).to_have_count(0)


def test_a_card_opens_by_keyboard_in_sight_and_back_closes_its_lab(visit):
    page = visit("/mathematics?gain=1&steps=5&depth=5")
    expect(verdict(page)).to_be_visible(timeout=SLOW)
    card = page.locator(".st-key-enter-cliff button")
    card.scroll_into_view_if_needed()
    card.focus()
    page.keyboard.press("Enter")
    lab = page.locator(".st-key-lab-cliff")
    expect(lab.locator("svg.marks").first).to_be_visible(timeout=SLOW)
    expect(page).to_have_url(re.compile("lab=cliff"))
    expect(lab.locator("h2").first).to_be_in_viewport()
    expect(card).to_be_in_viewport()
    press(page, "run")
    expect(lab.locator("svg.marks").first).to_be_visible(timeout=SLOW)
    page.go_back()
    expect(lab).to_have_count(0, timeout=SLOW)
    expect(page).to_have_url(re.compile("gain=1&depth=5&steps=5$|depth=5&gain=1&steps=5$"))
    expect(verdict(page)).to_be_visible(timeout=SLOW)


def test_what_a_link_says_is_shown_as_it_is_and_does_nothing(visit):
    script = "<img src=x onerror=document.title=7>"
    markdown = "$x$ :red[x] :smile: [a](//b.c) **d**"
    page = visit(f"/summary?{urlencode({'depth': script, 'width': markdown, 'lab': script})}")
    told = page.locator('[data-testid="stAlert"]')
    for said in (script, markdown):
        expect(told.locator("code", has_text=said)).not_to_have_count(0)
        assert said in told.locator("code").all_inner_texts()
    assert told.locator("img, a, strong, .katex, .stMarkdownColoredText").count() == 0
    assert page.locator("img[src=x]").count() == 0
    assert page.title() not in ("7", "")


def test_the_script_is_copied_by_one_press_and_starts_as_this_run_did(visit, tmp_path):
    """Where nothing hovers, too: on the clipboard it is the downloaded script, and its start is this run's."""
    e = Experiment(clipping="norm", depth=3, width=8, steps=3)
    allowed = ["clipboard-read", "clipboard-write"]
    page = visit(f"/keras_example?{urlencode(e.to_query())}", permissions=allowed)
    page.get_by_role("tab", name="PyTorch").click()
    fold = page.locator('.st-key-script-pytorch [data-testid="stExpander"] summary')
    fold.click()
    written = page.locator('.st-key-script-pytorch [data-testid="stCode"]')
    expect(written).to_have_count(4)
    clipping, script, printed, _ = written.all()
    page.mouse.move(1, 1)
    assert script.locator("button").evaluate("b => getComputedStyle(b).visibility") == "visible"
    script.locator("button").click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text.length)")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == pytorch_script(e).strip()
    expect(clipping).to_contain_text("nn.utils.clip_grad_norm_(parameter, 1.0)")
    expect(printed).to_contain_text(first_lines("pytorch", list(train(e))).splitlines()[0])
    with page.expect_download() as download:
        page.locator(".st-key-files-pytorch").get_by_text("This run's start").click()
    download.value.save_as(tmp_path / "start.npz")
    assert (tmp_path / "start.npz").read_bytes() == start_file(e)
