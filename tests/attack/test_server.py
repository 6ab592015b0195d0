"""A real server, and clients that send what no browser would: it tells them nothing but pages, and goes on."""

import asyncio
import os
import time
from itertools import cycle
from random import Random

import pytest

from bench.memory import megabytes
from core.text import load
from core.ui.frame import PAGES
from tests.attack import hostile
from tests.attack.attacker import attacking, visit
from tests.serving import process_serving
from tests.visitor import APP, LABS

VISITS = int(os.environ.get("ATTACK_VISITS", "12"))
TABS = 3
"""So many attack at once."""
PATIENCE = 60.0
MOST_MEGABYTES = 1_000
OPENED = [("" if slug == "home" else slug, lab) for slug in PAGES for lab in (None, *LABS[slug])]
"""Each page as it is, and with each lab open."""
pytestmark = pytest.mark.timeout(max(300, 10 * VISITS))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Its process, its address, and the file of its log."""
    file = tmp_path_factory.mktemp("server") / "log"
    with file.open("w") as log, process_serving(APP, log=log) as (pid, address):
        yield pid, address, file


def test_whatever_is_sent_the_server_answers_with_pages(server):
    pid, address, log = server
    faults, left, began = {}, 0, time.perf_counter()
    opened = list(zip(range(VISITS), cycle(OPENED), strict=False))

    async def tab():
        nonlocal left
        while opened:
            number, (page, lab) = opened.pop(0)
            rng = Random(number)
            query = hostile.query(rng, **({"lab": lab} if lab else {}))
            found = await visit(address, page, query, rng, PATIENCE)
            left += "" in found
            if wrong := [fault for fault in found if fault]:
                faults[number] = page, query, wrong

    async def attack():
        await _plain_visitors(address)  # the first waits for all that a server begins with
        await asyncio.gather(*(tab() for _ in range(TABS)))

    asyncio.run(attack())
    took = time.perf_counter() - began
    print(f"{VISITS} visits: {took:.0f} s, {left} left, {megabytes(pid, 'VmHWM')} MB at most")
    assert not faults
    assert left <= max(1, VISITS / 20)  # a run of any size may be asked for
    assert "Traceback" not in log.read_text("utf-8")
    assert megabytes(pid, "VmHWM") < MOST_MEGABYTES
    asyncio.run(_plain_visitors(address))


async def _plain_visitors(address):
    """Every page, to somebody who sends nothing strange."""
    for slug in PAGES:
        async with attacking(address, "" if slug == "home" else slug, "depth=2&steps=3") as plain:
            assert not plain.answer.faults
            assert load("en")(f"{slug}.title") in plain.answer.words
