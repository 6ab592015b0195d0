"""The heatmap: every cell's colour, its size on the wire, and in a real browser with what is not a number.

Here, too: every page's charts in a real browser, for experiments whose numbers no logarithmic axis can draw.
"""

import base64
import io
import json
import math
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from playwright.sync_api import expect, sync_playwright

from core.charts.base.palette import PALETTES
from core.charts.base.rows import NEVER
from core.charts.films.clip_angle import turning
from core.charts.films.heatmap import heatmap
from core.charts.films.png import LOST, SHADES, TABLE, colour_cells, image, shades, table, thin
from core.experiment import Experiment
from core.steps import Lost
from core.text import load
from tests.browser_setup import launch_options
from tests.factories import BROKEN, DEPTH, EXPERIMENT, EXPLODES, LANGUAGES, RNN, RUNS, calm, step
from tests.serving import serving
from tests.visitor import LABS

LIGHT = PALETTES["light"]
APP = Path(__file__).parent.parent.parent / "streamlit_app.py"


def decoded(shown):
    """The image as Pillow reads it, its colours put in: (layers, steps, 3), the last layer first."""
    whole = shown[: TABLE.start] + table(LIGHT) + shown[TABLE.stop :]
    data = base64.b64decode(whole.removeprefix("data:image/png;base64,"), validate=True)
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def rgb(colour):
    return tuple(bytes.fromhex(colour[1:]))


def luminance(colour):
    """WCAG 2.2, relative luminance."""
    parts = [c / 255 for c in rgb(colour)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def images(rows):
    return rows[rows["kind"] == "image"]


def test_every_cell_has_its_colour_and_layer_one_is_at_the_bottom():
    norms = np.array([[1e-4, 1.0, 1e4], [0.0, math.nan, math.inf]])
    seen = decoded(image(colour_cells(norms, 1e-4, 1e4)))
    assert seen.shape == (3, 2, 3)
    table = shades(LIGHT)
    assert tuple(seen[2, 0]) == rgb(table[1])
    assert tuple(seen[0, 0]) == rgb(table[SHADES])
    assert tuple(seen[2, 1]) == rgb(table[0])
    assert tuple(seen[0, 1]) == tuple(seen[1, 1]) == rgb(LIGHT.lost)


@pytest.mark.parametrize("theme", PALETTES)
def test_larger_signals_stand_out_more_and_marks_are_no_sizes(theme):
    palette = PALETTES[theme]
    zero, *sizes, lost = shades(palette)
    away = [abs(luminance(size) - luminance(palette.background)) for size in sizes]
    assert away == sorted(away)
    assert len({zero, lost, *sizes}) == LOST + 1


def test_a_column_of_several_steps_shows_its_largest():
    cells = np.zeros((2000, 2), np.uint8)
    cells[777, 0], cells[1999, 1] = 40, LOST
    thinned = thin(cells, 300)
    assert len(thinned) == 300
    assert thinned[:, 0].max() == 40
    assert thinned[-1, 1] == LOST
    assert thin(cells[:300], 300).shape == (300, 2)


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("experiment", [EXPERIMENT, RNN], ids=["mlp", "rnn"])
def test_rows_hold_one_image_at_a_time_and_only_numbers(name, experiment):
    for text in map(load, LANGUAGES):
        for done in (True, False):
            rows = heatmap.frame(RUNS[name], experiment, text, done)
            assert np.isfinite(rows.select_dtypes("number").to_numpy()).all()
            stretches = sorted(zip(images(rows)["frame"], images(rows)["until"], strict=True))
            assert stretches[0][0] == 0
            assert stretches[-1][1] == NEVER
            assert all(a[1] == b[0] for a, b in pairwise(stretches))
            assert heatmap.alt(RUNS[name], experiment, text)


def test_colours_cover_what_is_known_and_in_the_end_the_runs_own_decades():
    rows = heatmap.frame([step(0), step(1, 50.0), step(2, 1e5)], EXPERIMENT, load("en"), True)
    assert list(rows[rows["kind"] == "high"]["text"]) == ["10", "10⁸", "10²⁰"]
    assert list(rows[rows["kind"] == "low"]["text"]) == ["0.1", "0.1", "1"]
    assert decoded(images(rows)["image"].iloc[0]).shape == (DEPTH, 1, 3)
    assert decoded(images(rows)["image"].iloc[-1]).shape == (DEPTH, 3, 3)


def test_the_axis_closes_in_when_the_run_has_ended():
    def reaches(done):
        rows = heatmap.frame(EXPLODES, EXPERIMENT, load("en"), done)
        limits = rows[rows["kind"] == "limit"]
        return limits.groupby("frame")["x"].max().to_dict()

    assert reaches(False) == {0: 49.5}
    assert reaches(True) == {0: 49.5, 3: 3.5}


@pytest.mark.parametrize("language", LANGUAGES)
def test_marks_are_explained_from_when_they_are_there(language):
    text = load(language)
    lost = [*BROKEN[:3], step(3, lost=Lost("loss"))]
    keys = heatmap.frame(lost, EXPERIMENT, text, True).query("kind == 'key'")
    assert dict(zip(keys["text"], keys["frame"], strict=True)) == {
        text("charts.map.lost"): 3,
        text("charts.map.zero"): 1,
    }
    healthy = heatmap.frame(RUNS["survives"], EXPERIMENT, text, True)
    assert healthy.query("kind == 'key'").empty


def test_a_specification_is_the_same_to_the_byte_and_holds_no_data():
    first = json.dumps(heatmap.spec(load("en"), LIGHT))
    heatmap.frame(EXPLODES, EXPERIMENT, load("en"))
    assert json.dumps(heatmap.spec(load("en"), LIGHT)) == first
    assert '"data"' not in first


@pytest.mark.parametrize("climb", [0.0, 0.37], ids=["noise", "explodes"])
def test_two_hundred_steps_of_a_hundred_layers_are_sent_in_under_150_kb(climb):
    rng = np.random.default_rng(0)
    sizes = 10 ** (rng.normal(0, 2, (200, 100)) - 39 + climb * np.arange(200)[:, None])
    steps = [replace(step(i), signal_norms=tuple(row)) for i, row in enumerate(sizes)]
    rows = heatmap.frame(steps, Experiment(depth=100, width=8), load("bn"), True)
    sink = pa.BufferOutputStream()
    table = pa.Table.from_pandas(rows)
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    assert len(sink.getvalue()) < 150_000


SLOW = 30_000
PAGES = ("what_is_it", "why", "symptoms", "mathematics", "fixes", "keras_example")
NASTY = {
    "overflow": "depth=100&gain=5&width=16&steps=20",
    "rnn": "network=rnn&gain=5&width=16&steps=20",
    "zeros": "depth=100&gain=0.1&width=16&steps=20",
    "rate": "lr=10&depth=1&width=1&lang=bn",
}
SAME = ("start", "product", "autopsy", "grid", "negatives", "cliff", "arrow")
"""Labs whose charts no experiment changes, or that have none before they are asked: they are opened for one."""
FAULTS = """() => [...document.querySelectorAll('[data-testid="stVegaLiteChart"]')].flatMap((chart, n) => {
  const svg = chart.querySelector('svg.marks'), canvas = chart.querySelector('canvas');
  if (canvas) {
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    return new Set(new Uint32Array(data.buffer)).size > 2 ? [] : [`chart ${n}: blank canvas`];
  }
  if (!svg) return [`chart ${n}: nothing`];
  const marks = [...svg.querySelectorAll(':is(.role-mark > path, .role-mark > line, .role-mark text, image)')];
  const drawn = marks.some(mark => { const box = mark.getBBox(); return box.width + box.height > 0; });
  const broken = [...svg.querySelectorAll('*')].flatMap(e => [...e.attributes])
    .filter(a => !a.name.startsWith('aria') && !a.name.endsWith('href') && /NaN|Infinity|undefined/.test(a.value))
    .map(a => `chart ${n}: ${a.name}=${a.value.slice(0, 60)}`);
  return drawn ? broken : [...broken, `chart ${n}: no marks`];
})"""
browser_group = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def tab():
    with serving(APP) as address, sync_playwright() as play:
        browser = play.chromium.launch(**launch_options())
        page = browser.new_page(
            viewport={"width": 1280, "height": 900}, reduced_motion="reduce", base_url=address
        )
        page.set_default_timeout(SLOW)
        yield page
        browser.close()


def visit(tab, path):
    """Open a page and wait until its run, its verdict and everything else is there."""
    tab.goto(path)
    expect(tab.locator(".st-key-ending-verdict")).to_be_visible(timeout=SLOW)
    settled(tab)


def settled(tab):
    app = tab.locator('[data-testid="stApp"]')
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=SLOW)
    expect(tab.locator('[data-testid="stVegaLiteChart"] svg.marks').last).to_be_visible()
    tab.wait_for_timeout(150)


@browser_group
@pytest.mark.parametrize("name", NASTY)
def test_every_chart_is_drawn_whatever_its_numbers_are(tab, name):
    for page in PAGES:
        first, *others = [lab for lab in LABS[page] if lab not in SAME or name == "rate"] or [""]
        visit(tab, f"/{page}?{NASTY[name]}&lab={first}".removesuffix("&lab="))
        assert tab.evaluate(FAULTS) == [], f"{page}, {first}"
        for lab in others:
            tab.locator(f".st-key-enter-{lab} button").click()
            expect(tab.locator(f".st-key-lab-{lab} h2")).to_be_visible(timeout=SLOW)
            settled(tab)
            assert tab.evaluate(FAULTS) == [], f"{page}, {lab}"


@browser_group
def test_the_heatmap_shows_what_is_lost_and_what_is_zero(tab):
    visit(tab, "/why?network=rnn&depth=60&activation=tanh&gain=1.5&lr=0.1&width=64")
    chart = tab.locator(".st-key-picture-1 svg.marks")
    expect(chart).to_contain_text("no longer a number")
    expect(chart).to_contain_text("zero")
    expect(chart.locator("image")).to_have_attribute("href", re.compile("^data:image/png;base64,"))
    tab.locator('[data-part="scrub"]').press("Home")
    expect(chart).not_to_contain_text("no longer a number")


def test_norms_whose_quotient_overflows_have_their_colours():
    cells = colour_cells(np.array([[1e-290, 1e290, np.inf]]), 1e-290, 1e290)
    assert cells.tolist() == [[1, SHADES, LOST]]


def test_the_scale_ends_where_float64_does():
    steps = [calm(0, signal_norms=(1.0, 1e308, 1.7e308))]
    rows = heatmap.frame(steps, Experiment(depth=3, steps=1), load("en"), True)
    assert np.isfinite(rows.select_dtypes("number").to_numpy(float)).all()


def test_an_angle_without_a_share_of_changed_entries_is_nothing_to_tell():
    steps, text = [calm(0, clipped_fraction=math.nan)], load("en")
    assert turning.alt(steps, EXPERIMENT, text) == text("charts.alt.nothing")
