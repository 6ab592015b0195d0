"""What a server loads and builds once, in the background, before anybody needs it."""

import gc
import math
import threading
import time
from itertools import product

from core.charts.base.palette import PALETTES
from core.computing.allocator import keep_little
from core.computing.gate import COMPUTING, DRAWING
from core.experiment import Experiment
from core.text import LANGUAGES, load

MOST_SECONDS = 15.0
"""A class that comes with the start does not put the freezing off for longer."""
REST_SECONDS = 0.3
"""A chart is built when no visitor has waited for anything for about so long."""
TEXT_SECONDS = 0.1
"""The first page's text has left by then: while torch is loaded, little else goes on."""


def _load_engine() -> None:
    time.sleep(TEXT_SECONDS)
    from core.engine.training import train

    for _ in train(Experiment(depth=2, width=2, steps=2)):
        pass


def _build_charts() -> None:
    """What draws is there now, so nothing large is loaded any more, and all that is there stays.

    A full collection of garbage looks through everything that torch and altair brought, 130 ms in which all visitors
    wait; what is frozen is not looked at.
    """
    ENGINE.join()
    from core.charts.films.seismograph import seismograph

    wait_for_rest(MOST_SECONDS)
    gc.collect()
    gc.freeze()
    for language, palette in product(LANGUAGES, PALETTES.values()):
        wait_for_rest()
        seismograph.spec(load(language), palette)


def wait_for_rest(most: float = math.inf) -> None:
    """Until no visitor waits for anything, or so many seconds."""
    end = time.monotonic() + most
    while not (DRAWING.idle and COMPUTING.idle) and time.monotonic() < end:
        time.sleep(REST_SECONDS)


ENGINE = threading.Thread(target=_load_engine, daemon=True)
_charts = threading.Thread(target=_build_charts, daemon=True)
_starting = threading.Lock()


def begin() -> None:
    """Load torch and build charts in the background, once per process: no page waits for it."""
    with _starting:
        if ENGINE.ident is None:
            keep_little()
        for thread in (ENGINE, _charts):
            if thread.ident is None:
                thread.start()
