"""What a server loads and builds once, in the background, before anybody needs it."""

import gc
import threading
import time
from itertools import product

from core.charts.base.palette import PALETTES
from core.computing.allocator import keep_little
from core.computing.gate import COMPUTING, DRAWING
from core.experiment import Experiment
from core.text import LANGUAGES, load

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
    """When it has built them, nothing large is loaded any more, and all that is there stays.

    A full collection of garbage looks through everything that torch and altair brought, 130 ms in which all visitors
    wait; what is frozen is not looked at.
    """
    ENGINE.join()
    from core.charts.films.seismograph import seismograph

    for language, palette in product(LANGUAGES, PALETTES.values()):
        while not (DRAWING.idle and COMPUTING.idle):
            time.sleep(REST_SECONDS)
        seismograph.spec(load(language), palette)
    gc.collect()
    gc.freeze()


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
