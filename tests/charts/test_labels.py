"""What is written in a chart, in a real browser: no text on a line or on another text, none cut off, at any width."""

import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from core.engine.training import train
from core.experiment import Experiment
from core.presets import PRESETS
from tests.browser_setup import launch_options
from tests.factories import LANGUAGES
from tests.serving import serving

pytestmark = pytest.mark.xdist_group("browser")
ROOT = Path(__file__).parent.parent.parent
WIDTHS = (390, 1280, 1920)
DEFAULT = Experiment()
LEARNED = replace(DEFAULT, gain=1.0, depth=8, width=16, steps=40)
CLIPPED = replace(LEARNED, clipping="global_norm", clip=1.0)
RNN = replace(PRESETS["rnn"], steps=40)
APP = """
import pickle
from pathlib import Path

import streamlit as st

from core.charts.base.palette import PALETTES
from core.charts.films import two_runs
from core.charts.films.by_layer import signal_by_layer
from core.charts.films.film import film_with_weights
from core.charts.films.seismograph import main_picture
from core.text import load

default, rnn, learned, clipped = map(two_runs.Side, *zip(*pickle.loads(Path({runs!r}).read_bytes())))
text = load(st.query_params["lang"])

def show(name, place, rows, picture):
    with place.container(key=name):
        st.vega_lite_chart(rows, picture.spec(text, PALETTES["light"]), theme="streamlit", width="stretch")

def alone(name, side, picture):
    show(name, st, picture.frame(side.steps, side.experiment, text), picture)

for name, side in (("default", default), ("rnn", rnn), ("learned", learned), ("clipped", clipped)):
    alone("main-" + name, side, main_picture(side.steps, side.experiment, True))
alone("warned", rnn, main_picture(rnn.steps, rnn.experiment, True, 1))
alone("weights", default, film_with_weights)
alone("signal", rnn, signal_by_layer)
for name, moments, both in (("long", False, (default, learned)), ("sudden", True, (default, default))):
    picture = two_runs.picture(both, moments=moments)
    for number, (place, side, other) in enumerate(zip(st.columns(2), both, both[::-1])):
        show(f"pair-{{name}}-{{number}}", place, two_runs.frame(side, other, picture, text), picture)
"""
CHARTS = 11
FAULTS = """() => [...document.querySelectorAll('[data-testid="stVegaLiteChart"] svg.marks')].flatMap(svg => {
  const chart = svg.closest('[class*="st-key-"]').className.match(/st-key-([\\w-]+)/)[1], faults = [];
  const size = text => parseFloat(getComputedStyle(text).fontSize);
  const box = text => {  // of its letters: an em a line, which fonts surround by air
    const all = text.getBoundingClientRect(), lines = Math.max(text.querySelectorAll('tspan').length, 1);
    const air = (all.height / lines - size(text)) / 2;
    return {text, left: all.left, right: all.right, top: all.top + air, bottom: all.bottom - air};
  };
  const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.5;
  const written = selector => [...svg.querySelectorAll(selector)].filter(text => text.textContent.trim()
    && getComputedStyle(text).opacity !== '0').map(box);
  const said = written('.mark-text.role-mark text'), axes = written('.role-axis text');
  const whole = svg.getBoundingClientRect();
  const name = one => JSON.stringify(one.text.textContent);
  const all = [...said, ...axes];
  all.forEach((one, i) => {
    const cut = Math.max(
      whole.left - one.left, one.right - whole.right, whole.top - one.top, one.bottom - whole.bottom);
    if (cut > 0.5 || one.text.textContent.endsWith('…')) faults.push(`${name(one)} is cut off by ${cut.toFixed(1)}`);
    for (const other of all.slice(i + 1)) if (meet(one, other)) faults.push(`${name(one)} lies on ${name(other)}`);
  });
  for (const line of svg.querySelectorAll('.mark-line.role-mark path, .mark-rule.role-mark line')) {
    const to = line.getScreenCTM(), length = line.getTotalLength();
    for (let at = 0; at <= length; at += 2) {
      const {x, y} = line.getPointAtLength(at).matrixTransform(to);
      const met = said.find(one => x > one.left && x < one.right && y > one.top && y < one.bottom);
      if (met) { faults.push(`${name(met)} lies on a ${line.closest('g').getAttribute('class')}`); break; }
    }
  }
  return faults.map(fault => `${chart}: ${fault}`);
})"""
DRAWN = "count => document.querySelectorAll('[data-testid=\"stVegaLiteChart\"] svg.marks').length === count"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("labels")
    runs = [(e, list(train(e))) for e in (DEFAULT, RNN, LEARNED, CLIPPED)]
    for each in ("static", ".streamlit"):  # the letters that everything was measured for
        shutil.copytree(ROOT / each, folder / each)
    (folder / "runs").write_bytes(pickle.dumps(runs))
    app = folder / "app.py"
    source = APP.format(runs=str(folder / "runs"))
    app.write_text(f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{source}", "utf-8")
    with serving(app) as url:
        yield url


def test_no_text_lies_on_a_line_or_on_another_or_is_cut_off(address):
    found = []
    with sync_playwright() as play:
        browser = play.chromium.launch(**launch_options())
        for language in LANGUAGES:
            page = browser.new_page(viewport={"width": WIDTHS[0], "height": 900})
            page.goto(f"{address}/?lang={language}")
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                page.wait_for_function(DRAWN, arg=CHARTS, timeout=60_000)
                page.wait_for_timeout(500)
                found += [f"{language}, {width}: {fault}" for fault in page.evaluate(FAULTS)]
        browser.close()
    assert not found, "\n".join(found)
