"""What a visitor waits for who draws a map, in a real browser: from the click to the coarse picture and the whole."""

import statistics
from pathlib import Path

from playwright.sync_api import Browser, Page

from core.labs.map.question import CELLS
from tests.serving import serving

QUERIES = {
    "outcome": "width=16&batch_size=16&depth=10&steps=100",
    "start": "map=start&width=32&batch_size=32&depth=20",
}
TARGETS = {"outcome": (300, 1500), "start": (1000, 1000)}
ROUNDS = 5
WATCH = """(cells) => {
  const lab = document.querySelector('.st-key-diagram-actions').closest('.st-key-lab-map');
  document.querySelector('.st-key-diagram_draw button').addEventListener('click', () => {
    const start = performance.now();
    const seen = window.seen = {};
    const look = () => {
      const now = performance.now() - start;
      if (lab.querySelectorAll('.mark-rect path').length > 8) seen.coarse ??= now;
      if (lab.querySelector('.st-key-diagram-told').textContent.includes(`f ${cells} networks`) &&
          !lab.textContent.includes('So far')) seen.whole = now;
      else requestAnimationFrame(look);
    };
    look();
  }, {capture: true});
}"""


def once(page: Page, address: str, kind: str, seed: int) -> tuple[float, float]:
    """Milliseconds from the click to the first coarse picture, and to the whole map and its sentence."""
    page.goto(f"{address}/why?lab=map&{QUERIES[kind]}&seed={seed}")
    page.wait_for_selector(".st-key-diagram-pick")
    page.wait_for_timeout(3000)
    page.evaluate(WATCH, CELLS[kind] ** 2)
    page.locator(".st-key-diagram_draw button").click()
    page.wait_for_function("window.seen?.whole")
    seen = page.evaluate("window.seen")
    return seen["coarse"], seen["whole"]


def maps(browser: Browser, app: Path) -> None:
    """Print the medians of ROUNDS maps of either kind, each of another seed, on one server."""
    with serving(app) as address:
        page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        for kind, targets in TARGETS.items():
            times = [once(page, address, kind, seed) for seed in range(ROUNDS)]
            coarse, whole = (statistics.median(each) for each in zip(*times, strict=True))
            print(f"\nA map of {CELLS[kind]} x {CELLS[kind]}, {kind}: from the click, in ms:")
            print(f"  coarse {coarse:.0f}, whole {whole:.0f} (targets: {targets[0]}, {targets[1]})")
        page.close()
