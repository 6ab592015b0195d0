"""What a visitor waits for, in a real browser: from the click on Run to points, mark and verdict."""

import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from streamlit.testing.v1 import AppTest

from bench.maps import maps
from core.engine.training import train
from core.presets import PRESETS
from tests.browser_setup import launch_options
from tests.serving import serving

APP = Path(__file__).parent.parent / "streamlit_app.py"
WATCH = """() => {
  const seen = window.seen = {start: performance.now()};
  const note = (name, found) => { if (found && !(name in seen)) seen[name] = performance.now() - seen.start; };
  const look = () => {
    const chart = document.querySelector(
      '.st-key-picture-0 > :not(:has(.st-key-waiting)) [data-testid="stVegaLiteChart"] svg');
    note('points', chart?.querySelector('.mark-line path, .mark-symbol path'));
    note('mark', chart?.textContent.includes('no longer a number'));
    note('verdict', document.querySelector('.st-key-ending-verdict')?.textContent.includes('Diverged'));
    if (!('verdict' in seen && 'mark' in seen)) requestAnimationFrame(look);
  };
  look();
}"""


HEATMAP = """
import sys
sys.path.insert(0, {root!r})
import streamlit as st
from core.charts.films.heatmap import heatmap
from core.charts.base.palette import PALETTES
from core.experiment import Experiment
from core.text import load
from core.engine.training import train

@st.cache_resource
def run():
    return list(train(experiment))

experiment = Experiment(depth=100, gain=1.0, width=16, steps=200)
spec = heatmap.spec(load("en"), PALETTES["light"])
st.vega_lite_chart(heatmap.frame(run()[:1], experiment, load("en"), True), spec)
if st.button("Draw", key="draw"):
    rows = heatmap.frame(run(), experiment, load("en"), True)
    st.vega_lite_chart(rows, spec, width="stretch")
"""
DRAWN = """() => { const start = performance.now(); const look = () => {
  if (document.querySelectorAll('svg.marks image').length > 1) window.drawn = performance.now() - start;
  else requestAnimationFrame(look); }; look(); }"""


def mapped(browser: Browser) -> tuple[float, int]:
    """Milliseconds from a click to a heatmap of 200 steps of 100 layers, and bytes that came for it."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "app.py"
        script.write_text(HEATMAP.format(root=str(APP.parent)), "utf-8")
        with serving(script) as address:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            sent: list[int] = []
            page.on(
                "websocket",
                lambda channel: channel.on("framereceived", lambda data: sent.append(len(data))),
            )
            page.goto(address)
            page.locator("svg.marks image").wait_for(timeout=60_000)
            page.wait_for_timeout(1000)
            sent.clear()
            page.evaluate(DRAWN)
            page.get_by_role("button", name="Draw").click()
            page.wait_for_function("'drawn' in window")
            took = float(page.evaluate("window.drawn"))
            page.close()
    return took, sum(sent)


def once(browser: Browser) -> dict[str, float]:
    """Milliseconds from the first click on Run, on a server just started that has loaded its engine."""
    with serving(APP) as address:
        page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        page.goto(address)
        page.wait_for_selector(".st-key-waiting")
        page.wait_for_timeout(4000)
        page.evaluate(WATCH)
        page.locator(".st-key-run button").click()
        page.wait_for_function("'verdict' in window.seen && 'mark' in window.seen")
        times = dict(page.evaluate("window.seen"))
        page.close()
    return times


def watched() -> tuple[float, float]:
    """Seconds to compute a long run alone, and from a page that shows it as it grows."""
    experiment = replace(PRESETS["saved_by_rate"], steps=2000)
    start = time.perf_counter()
    for _ in train(experiment):
        pass
    alone = time.perf_counter() - start
    app = AppTest.from_file(APP, default_timeout=120).run()
    for key, value in experiment.to_query().items():
        app.query_params[key] = value
    app.switch_page(APP.parent / "pages" / "1_what_is_it.py")
    start = time.perf_counter()
    app.run()
    return alone, time.perf_counter() - start


def main() -> None:
    """Print the median of five servers' first presses, and what watching costs."""
    alone, page = watched()
    print(
        f"\nA run of 2000 steps: {alone:.2f} s alone, {page:.2f} s from a page ({page / alone:.2f}x)"
    )
    with sync_playwright() as play:
        browser = play.chromium.launch(**launch_options())  # type: ignore[arg-type]
        times = [once(browser) for _ in range(5)]
        heatmaps = [mapped(browser) for _ in range(5)]
        maps(browser, APP)
        browser.close()
    print(
        "\nFrom the first click on Run, the default experiment, reduced motion, median of 5 (ms):"
    )
    for name in ("points", "mark", "verdict"):
        values = sorted(each[name] for each in times)
        print(
            f"  {name:8s} {statistics.median(values):6.0f}   ({values[0]:.0f} to {values[-1]:.0f})"
        )
    took = statistics.median(each for each, _ in heatmaps)
    print(f"\nA heatmap of 200 steps x 100 layers: {took:.0f} ms, {heatmaps[0][1] / 1000:.0f} KB")


if __name__ == "__main__":
    main()
