"""What a visitor waits for, in a real browser: from the click on Run to points, mark and verdict."""

import statistics
import time
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from streamlit.testing.v1 import AppTest

from core.presets import PRESETS
from core.training import train
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
        browser.close()
    print(
        "\nFrom the first click on Run, the default experiment, reduced motion, median of 5 (ms):"
    )
    for name in ("points", "mark", "verdict"):
        values = sorted(each[name] for each in times)
        print(
            f"  {name:8s} {statistics.median(values):6.0f}   ({values[0]:.0f} to {values[-1]:.0f})"
        )


if __name__ == "__main__":
    main()
