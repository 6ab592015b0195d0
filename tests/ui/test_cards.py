"""The labs' cards: each has its words and its picture; one is open at a time; what is closed computes nothing."""

import base64
import importlib
import re
from xml.etree import ElementTree

import pytest

from core.charts.base.palette import PALETTES
from core.computing.gate import DRAWING
from core.labs.cliff import model as plane
from core.text import load
from core.ui.frame import PAGES
from tests.visitor import LABS, ROOT, charts, opened, words

FAST = {"steps": "3", "depth": "3", "width": "8", "gain": "1"}
WORK = {
    "start": "travel.view.at_start",
    "map": "map.view.asked_for",
    "rules": "symptoms.view.table",
    "autopsy": "autopsy.view.post_mortem",
    "own_log": "own_log.view.given",
    "product": "chain_rule.view.at_start",
    "powers": "powers.view.at_start",
    "cliff": "cliff.view.sentences",
    "grid": "fix_grid.view.offered",
    "negatives": "negatives.view.measure",
    "arrow": "clip_arrow.view.sentences",
    "threshold": "clip_threshold.view.advice",
}
"""Of each lab a function that it cannot do without."""
DRAWINGS = sorted((ROOT / "core/labs").glob("*/card.svg"))
EVERY = [(slug, lab) for slug in PAGES for lab in LABS[slug]]


@pytest.fixture
def worked(monkeypatch):
    """The labs whose functions were called."""
    called = []

    def watch(lab, function):
        def watched(*args, **kwargs):
            called.append(lab)
            return function(*args, **kwargs)

        return watched

    for lab, name in WORK.items():
        module, _, function = f"core.labs.{name}".rpartition(".")
        own = getattr(importlib.import_module(module), function)
        monkeypatch.setattr(f"{module}.{function}", watch(lab, own))
    return called


def entries(app):
    return {b.key.removeprefix("enter-"): b.label for b in app.button if "enter-" in str(b.key)}


def headings(app):
    return [each.value for each in app.header]


def pictures(app):
    """What is drawn on the cards, as the browser gets it."""
    sent = " ".join(each.proto.body for each in app.get("html"))
    return [base64.b64decode(data) for data in re.findall(r"svg\+xml;base64,([^\"]+)", sent)]


def test_every_page_has_its_labs():
    assert {slug: labs for slug, labs in LABS.items() if labs} == {
        "why": ["start", "map"],
        "symptoms": ["rules", "autopsy", "own_log"],
        "mathematics": ["product", "powers", "cliff"],
        "fixes": ["grid", "negatives"],
        "keras_example": ["arrow", "threshold"],
    }
    assert {lab for _, lab in EVERY} == WORK.keys()


@pytest.mark.parametrize("language", ["en", "bn", "both"])
@pytest.mark.parametrize("slug", PAGES)
def test_every_lab_has_a_card_with_title_line_and_picture(slug, language):
    app = opened(slug, lang=language, **FAST)
    texts = [load(code) for code in (("en", "bn") if language == "both" else (language,))]
    titles = {lab: " · ".join(t(f"cards.{lab}.title") for t in texts) for lab in LABS[slug]}
    assert entries(app) == titles
    assert not set(titles.values()) & set(headings(app))
    for lab in LABS[slug]:
        assert all(text(f"cards.{lab}.invite") in words(app) for text in texts)
    assert len(pictures(app)) == len(titles)


@pytest.mark.parametrize("file", DRAWINGS, ids=lambda file: file.parent.name)
def test_a_picture_is_small_and_in_the_themes_colours(file):
    drawing = file.read_text("utf-8")
    assert ElementTree.fromstring(drawing).get("viewBox") == "0 0 96 72"
    assert len(drawing) < 2500
    names = set(re.findall(r"var\(--([\w-]+)\)", drawing))
    assert names <= {name.replace("_", "-") for name in PALETTES["light"].__slots__}
    assert names
    assert "#" not in drawing


@pytest.mark.parametrize("slug", [slug for slug in PAGES if LABS[slug]])
def test_a_closed_lab_computes_and_sends_nothing(slug, worked):
    closed = opened(slug, **FAST)
    assert not worked
    for lab in LABS[slug]:
        worked.clear()
        app = opened(slug, lab=lab, **FAST)
        assert set(worked) == {lab}
        assert headings(app).count(load("en")(f"cards.{lab}.title")) == 1
        assert len(app.main) >= len(closed.main)
        assert not app.warning
    assert len(charts(closed)) == 1 + (slug == "why")


def test_an_open_lab_is_drawn_in_its_turn(monkeypatch):
    held, descend = [], plane.descend

    def watched(*args):
        held.append(not DRAWING.idle)
        return descend(*args)

    monkeypatch.setattr(plane, "descend", watched)
    assert not opened("mathematics", lab="cliff", **FAST).exception
    assert set(held) == {True}
    assert DRAWING.idle


def test_a_press_opens_one_lab_and_closes_it():
    app = opened("mathematics", **FAST)
    app.button(key="enter-powers").click().run()
    assert app.query_params["lab"] == "powers"
    app.button(key="enter-cliff").click().run()
    assert app.query_params["lab"] == "cliff"
    assert app.number_input(key="cliff_b")
    assert "powers_factor" not in [each.key for each in app.select_slider]
    app.button(key="run").click().run()
    assert app.query_params["lab"] == "cliff"
    app.button(key="leave-lab").click().run()
    assert "lab" not in app.query_params
    assert not app.number_input
    app.button(key="enter-powers").click().run()
    app.button(key="enter-powers").click().run()
    assert "lab" not in app.query_params
    assert not app.exception


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize("said", ["cliff", "<b>", ""])
def test_a_lab_that_a_page_does_not_have_is_told_and_nothing_is_lost(said, language):
    text, value = load(language), f"`{said}`" if said else '`""`'
    app = opened("why", lab=said, lang=language, axes="lr,gain", **FAST)
    labs = "; ".join(f"**{text(f'cards.{lab}.title')}** (`{lab}`)" for lab in LABS["why"])
    told = [each.value for each in app.warning]
    assert told == [text("cards.unknown", value=value, labs=labs)]
    assert app.query_params["depth"] == "3"
    assert app.query_params["axes"] == "lr,gain"
    app.button(key="enter-map").click().run()
    assert not app.warning
    assert app.query_params["lab"] == "map"


@pytest.mark.parametrize("language", ["en", "bn"])
def test_a_page_without_labs_says_so(language):
    app, text = opened("summary", lab="map", lang=language, **FAST), load(language)
    assert [each.value for each in app.warning] == [text("cards.none", value="`map`")]


def test_an_open_lab_stays_on_its_page():
    app = opened("why", lab="map", axes="lr,gain", **FAST)
    links = [each.proto.query_string for each in app.get("page_link")]
    assert links
    assert all("lab=" not in link and "axes=" in link for link in links)
    del app.query_params["lab"]  # as the link has it
    app.switch_page(PAGES["summary"]).run()
    assert not app.exception
    assert not app.warning
    assert "lab" not in app.query_params
    assert app.query_params["axes"] == "lr,gain"
