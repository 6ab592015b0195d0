"""A run on the page: followed while it is computed, its progress told, Stop at hand."""

import gc
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from itertools import product

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.charts.base.palette import PALETTES
from core.charts.films.seismograph import seismograph
from core.computing.allocator import keep_little
from core.diagnosis.cell import Cell
from core.experiment import Experiment
from core.runs.cell_store import STORE as CELLS
from core.runs.store import STORE, Run
from core.steps import Step
from core.text import LANGUAGES, Text, load
from core.ui import state

Draw = Callable[[Sequence[Step]], None]

PATIENCE_SECONDS = 0.4
"""Progress, Stop and a first picture appear when computing takes longer than this."""
DRAW_SECONDS = 0.3
DRAW_SHARE = 0.2
"""A run is drawn again after so many seconds, or so much later that drawing takes this share of computing."""


def _load_engine() -> None:
    from core.engine.training import train

    for _ in train(Experiment(depth=2, width=2, steps=2)):
        pass


def _build_charts() -> None:
    """When it has built them, nothing large is loaded any more, and all that is there stays.

    Streamlit collects garbage after each run of a page, which stops all visitors while it looks through everything
    that torch and altair brought, 130 ms; what is frozen is not looked at.
    """
    _engine.join()
    for language, palette in product(LANGUAGES, PALETTES.values()):
        seismograph.spec(load(language), palette)
    gc.collect()
    gc.freeze()


_engine = threading.Thread(target=_load_engine, daemon=True)
_charts = threading.Thread(target=_build_charts, daemon=True)
_starting = threading.Lock()


def warm_up() -> None:
    """Begin to load torch and to build charts in the background, once per process: no page waits for it."""
    with _starting:
        if _engine.ident is None:
            keep_little()
        for thread in (_engine, _charts):
            if thread.ident is None:
                thread.start()


class Status:
    """The place beside Run where the state of computing is told: loading, progress and Stop, or a word."""

    def __init__(self, place: DeltaGenerator, text: Text) -> None:
        """`place` holds one thing at a time."""
        self._place = place
        self._text = text
        self._told: DeltaGenerator | None = None
        self._due: float | None = None

    def say(self, key: str) -> None:
        """A sentence, until something else is told."""
        self._place.markdown(self._text(f"ui.status.{key}"))

    def progress(self, run: Run, told: str) -> None:
        """How far the run is, with Stop beside it. told: a key of ui.status."""
        known, planned = len(run.steps), run.experiment.steps
        said = self._text(f"ui.status.{told}", known=known, planned=planned)
        self._beside_stop().progress(known / planned, said)
        self._due = None

    def trying(self) -> None:
        """That other runs are tried, with Stop, once that has taken long; to be called again and again meanwhile.

        It stays from one to the next, so that nothing flickers. Every call is a point where a click gets through.
        """
        now = time.perf_counter()
        self._due = self._due or now + PATIENCE_SECONDS
        if now > self._due:
            self._beside_stop().markdown(self._text("ui.status.trying"))
            self._due = math.inf
        st.session_state.get("page")

    def _beside_stop(self) -> DeltaGenerator:
        """The place beside Stop, which is there as soon as anything is told in it."""
        if self._told is None:
            with self._place.container(
                horizontal=True, key="computing", vertical_alignment="center"
            ):
                st.button(
                    self._text("ui.actions.stop"),
                    key="stop",
                    icon=":material/stop:",
                    on_click=state.stop,
                )
                self._told = st.empty()
        return self._told

    def clear(self) -> None:
        """Nothing is being computed any more."""
        if self._told is not None:
            self._place.empty()

    def wait_for_engine(self) -> None:
        """Say that PyTorch is being loaded, until it is. Every turn is a point where a click gets through."""
        if _engine.is_alive():
            self.say("loading")
            while _engine.is_alive():
                time.sleep(0.05)
                st.session_state.get("page")
            self._place.empty()


def follow(
    experiment: Experiment, status: Status, draw: Draw, told: str = "computing"
) -> Sequence[Step]:
    """Follow a run to its end, or as far as it was when the visitor pressed Stop.

    draw: called with the steps now and then while a long run is computed; drawing the end is the caller's.
    told: what the progress bar says is being done, a key of ui.status.
    """

    def first(known: Sequence[Sequence[Step]]) -> None:
        if known[0]:
            draw(known[0])

    return follow_together([experiment], status, first, told)[0]


def follow_together(
    experiments: Sequence[Experiment],
    status: Status,
    draw: Callable[[Sequence[Sequence[Step]]], None],
    told: str = "computing",
) -> Sequence[Sequence[Step]]:
    """Follow runs to their end, always the one that is furthest behind, so that they advance in step.

    Each is the store's own run of its experiment and not a member of a stack, which adds up in another
    order: so its numbers are those that open when it is asked for alone, however chaotic its explosion.
    """
    status.wait_for_engine()
    due = time.perf_counter() + PATIENCE_SECONDS
    followed = [STORE.follow(e) for e in experiments]
    runs = [next(each)[0] for each in followed]
    while behind := [k for k, run in enumerate(runs) if not run.done]:
        if st.session_state.get("stopped"):
            break
        last = min(behind, key=lambda k: len(runs[k].steps))
        run, waiting = next(followed[last])
        now = time.perf_counter()
        if now > due:
            status.progress(run, "waiting" if waiting else told)
            draw([run.steps for run in runs])
            took = time.perf_counter() - now
            due = now + took + max(DRAW_SECONDS, took / DRAW_SHARE)
    return [run.steps for run in runs]


def glance(experiments: Sequence[Experiment], status: Status) -> Mapping[Experiment, Cell]:
    """What became of these, or of those that were known when the visitor pressed Stop; each by its end alone."""
    status.wait_for_engine()
    for experiment in experiments:  # one at a time: its bits do not depend on who else is asked for
        if st.session_state.get("stopped"):
            break
        if not CELLS.known([experiment]):
            with closing(CELLS.find([experiment], status.trying)) as watching:
                for _ in watching:
                    status.trying()
    return CELLS.known(experiments)
