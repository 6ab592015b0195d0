"""The memory of a real server through maps, grids and races and what else a class looks at, in a real browser."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
from playwright.sync_api import Page, sync_playwright

from bench.page import APP
from core.labs.map.question import AXES
from tests.browser_setup import launch_options
from tests.serving import process_serving
from tests.visitor import LABS

ROUNDS, TABS = 25, 4
"""In each round a map in every tab, and races; in most a grid."""
GRIDS, RACES = 20, 60
MOST_MEGABYTES = 700
PAGES = ("what_is_it", "why", "symptoms", "mathematics", "fixes", "keras_example", "summary")
RUNS = ("", "network=rnn", "width=128&depth=60&gain=1&steps=300")
DRAW = ".st-key-diagram_draw button"
TRY = ".st-key-grid-try button"
DONE = "(button) => document.querySelector(button)?.disabled"


def megabytes(pid: int, what: str = "VmRSS") -> int:
    """Of a process; only Linux tells."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split(f"{what}:")[1].split()[0]) // 1024


def browse(page: Page, address: str) -> None:
    """Every page of a few runs, and every lab; the last one is left before it is done."""
    for query in RUNS:
        for slug in PAGES:
            for lab in LABS[slug] or [""]:
                page.goto(f"{address}/{slug}?{query}" + (f"&lab={lab}" if lab else ""))
                page.wait_for_selector(".st-key-prose", state="attached")
                page.wait_for_timeout(500)


def queries() -> Iterator[str]:
    """Maps of either kind, with every axis, of small and large networks; of few steps, which need no memory."""
    rng = np.random.default_rng(0)
    while True:
        kind = str(rng.choice(list(AXES), p=(0.8, 0.2)))
        x, y = rng.choice(AXES[kind], 2, replace=False)
        width, depth = (int(rng.choice(sizes)) for sizes in ((16, 32, 64), (5, 10, 20, 30)))
        chosen = {
            "lab": "map",
            "map": kind,
            "axes": f"{x},{y}",
            "network": str(rng.choice(["mlp", "rnn"])),
        }
        chosen |= {"activation": "tanh", "gain": 1, "init": "lecun_normal", "copies": "small"}
        chosen |= {"width": width, "batch_size": width, "depth": depth}
        yield urlencode(
            chosen | {"steps": int(rng.integers(2, 8)), "seed": int(rng.integers(1000))}
        )


def draw(pages: list[Page], addresses: list[str]) -> None:
    """One map in each tab, all at once."""
    for page, address in zip(pages, addresses, strict=False):
        page.goto(address, wait_until="commit")
    for page in pages[: len(addresses)]:
        page.locator(DRAW).click()
    for page in pages[: len(addresses)]:
        page.wait_for_function(DONE, arg=DRAW, polling=100)


def try_all(page: Page, address: str, number: int) -> None:
    """A grid of its own."""
    page.goto(f"{address}/fixes?lab=grid&grid=3&depth=8&width=16&steps=50&seed={100 * number}")
    page.locator(TRY).click()
    page.wait_for_function(DONE, arg=TRY, polling=100)


def race(page: Page, address: str, number: int) -> None:
    """A race of its own, of the usual size."""
    page.goto(f"{address}/fixes?gain=1.2&seed={number}")
    page.wait_for_selector(".st-key-race-cards .st-key-card-normalization")
    page.wait_for_selector(".st-key-ending-next button")


def main() -> None:
    """Print what the server's process has in memory before, after, and at most."""
    with process_serving(APP) as (pid, address), sync_playwright() as play:
        browser = play.chromium.launch(**launch_options())  # type: ignore[arg-type]
        context = browser.new_context(reduced_motion="reduce")
        context.set_default_timeout(120_000)
        pages = [context.new_page() for _ in range(TABS)]
        pages[0].goto(address)
        pages[0].wait_for_selector(".st-key-waiting")
        pages[0].wait_for_timeout(4000)
        loaded = megabytes(pid)
        browse(pages[0], address)
        browsed = megabytes(pid)
        maps = (f"{address}/why?{query}" for query in queries())
        for number in range(ROUNDS):
            draw(pages, list(islice(maps, TABS)))
            if number < GRIDS:
                try_all(pages[0], address, number)
            for other in range(number, RACES, ROUNDS):
                race(pages[0], address, other)
        print(f"\nMemory of the server: {loaded} MB loaded, {browsed} MB with every page seen,")
        drawn = f"{ROUNDS * TABS} maps, {GRIDS} grids and {RACES} races"
        print(f"  {megabytes(pid)} MB after {drawn}, {megabytes(pid, 'VmHWM')} MB at most")
        print(f"  (target: under {MOST_MEGABYTES} MB)")
        browser.close()


if __name__ == "__main__":
    main()
