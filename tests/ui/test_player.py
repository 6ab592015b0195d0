"""The player in a real browser: it plays, rests, remembers, hides the ending, and never asks the server."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocket, expect, sync_playwright

from tests.browser_setup import launch_options
from tests.serving import serving

pytestmark = pytest.mark.xdist_group("browser")
ROOT = Path(__file__).parent.parent.parent
UI = ROOT / "core" / "ui"
APP = """
import streamlit as st
from core.charts.films.film import film
from core.charts.base.palette import PALETTES
from core.charts.films.seismograph import seismograph
from core.experiment import Experiment
from core.text import load
from core.ui.player import film_html, player
from tests.factories import EXPLODES, EXPERIMENT

text = load(st.radio("language", ["en", "bn"]))
if st.button("Run", key="run"):
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
runs = st.session_state.get("runs", 0)
pictures = {"film": film, "seismograph": seismograph}
clock = pictures[st.query_params.get("clock", "seismograph")].timeline(EXPLODES, EXPERIMENT)
player("player", str(runs), text, autoplay=runs > 0)
st.html(film_html(clock, str(runs), EXPERIMENT.steps, film.alt(EXPLODES, EXPERIMENT, text), done=True))
for picture in (film, seismograph):
    rows, spec = picture.frame(EXPLODES, EXPERIMENT, text), picture.spec(text, PALETTES["light"])
    st.vega_lite_chart(rows, spec, theme="streamlit", width="stretch")
with st.container(key="ending-verdict"):
    st.markdown("the verdict")
"""
HEADS = """() => Object.fromEntries([...document.querySelectorAll('form.vega-bindings input')]
    .map(slider => [slider.name, Number(slider.value)]))"""
LAST = {"frame": 1_000_000, "moment": 1_000_000, "seen": 1}
FURTHEST = """() => Math.max(...[...document.querySelectorAll(
    '[data-testid="stVegaLiteChart"]:has(input[name="frame"]) .role-axis-label text')]
    .map(label => Number(label.textContent)).filter(number => number))"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    app = tmp_path_factory.mktemp("player") / "app.py"
    app.write_text(f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{APP}", "utf-8")
    with serving(app) as url:
        yield url


@pytest.fixture
def open_page(address):
    with sync_playwright() as play:
        browser = play.chromium.launch(**launch_options())

        def opened(query="", **options) -> tuple[Page, list[str]]:
            page = browser.new_page(viewport={"width": 1280, "height": 900}, **options)
            sent: list[str] = []

            def listen(channel: WebSocket) -> None:
                channel.on("framesent", lambda _: sent.append("message"))

            page.on("websocket", listen)
            page.goto(f"{address}/?{query}")
            page.wait_for_function(f"() => Object.keys(({HEADS})()).length === 3", timeout=60_000)
            return page, sent

        yield opened
        browser.close()


def test_every_part_that_the_script_asks_for_is_in_the_markup():
    source = (UI / "player.py").read_text("utf-8")
    there = set(re.findall(r'data-part="(\w+)"', source))
    asked = set(re.findall(r'part\("(\w+)"\)', (UI / "player.js").read_text("utf-8")))
    assert asked <= there


def test_a_run_plays_by_itself_and_the_server_hears_nothing(open_page):
    page, sent = open_page()
    expect(page.get_by_text("the verdict")).to_be_visible()
    assert page.evaluate(HEADS) == LAST
    page.get_by_role("button", name="Run").click()
    page.wait_for_function(f"() => {{const at = ({HEADS})().moment; return at > 1 && at < 20}}")
    expect(page.get_by_text("the verdict")).to_be_hidden()
    page.wait_for_timeout(300)  # the click's own rerun has ended
    said = len(sent)
    page.wait_for_function(f"() => ({HEADS})().moment === {LAST['moment']}", timeout=10_000)
    expect(page.get_by_text("the verdict")).to_be_visible()
    assert page.evaluate(HEADS) == LAST
    assert len(sent) == said


def test_one_playhead_drives_both_kinds_and_survives_a_new_language(open_page):
    page, sent = open_page()
    scrub = page.get_by_role("slider", name="Step of the run")
    said = len(sent)
    scrub.press("Home")
    assert page.evaluate(HEADS) == {"frame": 0, "moment": 0, "seen": 1}
    page.get_by_role("button", name="One step forward").click()
    assert page.evaluate(HEADS) == {"frame": 1, "moment": 9, "seen": 1}
    scrub.press("ArrowRight")
    assert page.evaluate(HEADS) == {"frame": 1, "moment": 10, "seen": 1}
    assert len(sent) == said
    at = page.locator('[data-part="at"]')
    expect(at).to_have_text("step 1")
    page.get_by_text("bn", exact=True).click()
    expect(at).to_have_text("ধাপ ১")
    page.wait_for_timeout(1500)  # the charts have embedded anew
    assert page.evaluate(HEADS) == {"frame": 1, "moment": 10, "seen": 1}
    expect(page.get_by_text("the verdict")).to_be_visible()


def test_the_slider_is_as_long_as_the_run_was_to_be_until_the_end_was_seen(open_page):
    page, _ = open_page("clock=film")
    scrub = page.locator('[data-part="scrub"]')
    own = scrub.get_attribute("max")  # a run that is opened at its end has shown it
    page.get_by_role("button", name="Run").click()
    expect(scrub).to_have_attribute("max", "49")
    expect(page.get_by_text(" of 49")).to_be_visible()
    expect(page.get_by_text("the verdict")).to_be_visible(timeout=10_000)
    expect(scrub).to_have_attribute("max", own)
    assert int(own) < 49
    expect(scrub).to_have_value(own)


def test_the_axes_of_the_end_stay_once_it_was_seen(open_page):
    page, _ = open_page("clock=film")

    def reaches(few: bool) -> None:
        page.wait_for_function(f"() => ({FURTHEST})() {'<= 10' if few else '>= 40'}")

    page.get_by_role("button", name="Run").click()
    reaches(few=False)
    expect(page.get_by_text("the verdict")).to_be_visible(timeout=10_000)
    reaches(few=True)
    page.get_by_role("button", name="One step back").click()
    assert page.evaluate(HEADS) == {"frame": 2, "moment": 2, "seen": 1}
    page.wait_for_timeout(300)
    reaches(few=True)
    page.locator('[data-part="scrub"]').press("Home")
    page.wait_for_timeout(300)
    reaches(few=True)
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(700)
    reaches(few=True)
    page.get_by_role("button", name="Run").click()
    reaches(few=False)


def test_the_keyboard_plays_and_pauses(open_page):
    page, _ = open_page()
    scrub = page.locator('[data-part="scrub"]')
    scrub.press("Home")
    scrub.press(" ")
    page.wait_for_function(f"() => ({HEADS})().moment > 2")
    scrub.press(" ")
    paused = page.evaluate(HEADS)
    page.wait_for_timeout(400)
    assert page.evaluate(HEADS) == paused
    page.locator('[data-part="rate"]').press("Enter")
    expect(page.locator('[data-part="rate"]')).to_have_text("2×")


def test_who_wants_less_motion_sees_the_end_at_once(open_page):
    page, _ = open_page(reduced_motion="reduce")
    page.get_by_role("button", name="Run").click()
    page.wait_for_timeout(1000)
    assert page.evaluate(HEADS) == LAST
    expect(page.get_by_text("the verdict")).to_be_visible()
