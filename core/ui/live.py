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
from core.computing.gate import COMPUTING, Urgency
from core.diagnosis.cell import Cell
from core.experiment import Experiment
from core.runs.cell_store import STORE as CELLS
from core.runs.store import STORE, Run
from core.steps import Step
from core.text import LANGUAGES, Text, load
from core.ui import state
from core.ui.visit import Visit

Draw = Callable[[Sequence[Step]], None]

PATIENCE_SECONDS = 0.4
"""Progress, Stop and a first picture appear when computing takes longer than this."""
LOADING_SECONDS = 0.2
DRAW_SECONDS = 0.3
DRAW_SHARE = 0.2
"""A run is drawn again after so many seconds, or so much later that drawing takes this share of computing."""


def _load_engine() -> None:
    from core.engine.training import train

    for _ in train(Experiment(depth=2, width=2, steps=2)):
        pass


def _build_charts() -> None:
    """When it has built them, nothing large is loaded any more, and all that is there stays.

    A full collection of garbage looks through everything that torch and altair brought, 130 ms in which all visitors
    wait; what is frozen is not looked at.
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

    def __init__(self, place: DeltaGenerator, text: Text, visit: Visit) -> None:
        """`place` holds one thing at a time."""
        self.visit = visit
        self._place = place
        self._text = text
        self._told: DeltaGenerator | None = None
        self._stands = ""
        self._covered = False
        self._due: float | None = None
        self._progress_due: float | None = None

    def say(self, key: str) -> None:
        """A sentence, until something else is told."""
        self._stands = self._text(f"ui.status.{key}")
        self._place.markdown(self._stands)

    def ahead(self, others: int) -> None:
        """How many are before it."""
        key = "ahead" if others else "next"
        self._covered = True
        (self._told or self._place).markdown(self._text(f"ui.status.{key}", others=others))

    def progress(self, run: Run, told: str) -> None:
        """How far the run is, with Stop beside it, once that has taken long; to be called again and again.

        told: a key of ui.status.
        """
        now = time.perf_counter()
        self._progress_due = self._progress_due or now + PATIENCE_SECONDS
        if now < self._progress_due:
            return
        self._progress_due = now + DRAW_SECONDS
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
                self._covered = True
        return self._told

    def clear(self) -> None:
        """Nothing is waited for any more."""
        if self._covered and self._stands:
            self._place.markdown(self._stands)
        elif self._covered:
            self._place.empty()

    def wait_for_engine(self) -> None:
        """Say that PyTorch is being loaded, until it is. Every turn is a point where a click gets through."""
        if _engine.is_alive():
            self._covered = True
            self._place.markdown(self._text("ui.status.loading"))
            with self.visit.away():
                while _engine.is_alive():
                    _engine.join(LOADING_SECONDS)
                    st.session_state.get("page")
            self.clear()


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
    known = STORE.there(experiments)
    if len(known) == len({*experiments}) and all(run.done for run in known.values()):
        return [known[e].steps for e in experiments]
    status.wait_for_engine()
    with status.visit.away():
        return _follow_together(experiments, status, draw, told)


def _follow_together(
    experiments: Sequence[Experiment],
    status: Status,
    draw: Callable[[Sequence[Sequence[Step]]], None],
    told: str,
) -> Sequence[Sequence[Step]]:
    """Where many wait each has a first slice soon, and a picture of it: many an explosion is over by then."""
    visit, due = status.visit, time.perf_counter() + PATIENCE_SECONDS
    turn = visit.turn(Urgency.BEGINNING, status.ahead)
    followed = [STORE.follow(e, turn) for e in experiments]
    runs = [next(each)[0] for each in followed]
    turn.urgency, begun = Urgency.RUN, visit.crowded
    while behind := [k for k, run in enumerate(runs) if not run.done]:
        if st.session_state.get("stopped"):
            break
        if begun or (time.perf_counter() > due and not visit.crowded):
            began, begun = time.perf_counter(), False
            visit.draw(Urgency.PICTURES)
            draw([run.steps for run in runs])
            visit.rest()
            now = time.perf_counter()
            due = now + max(DRAW_SECONDS, (now - began) / DRAW_SHARE)
        last = min(behind, key=lambda k: len(runs[k].steps))
        run, waiting = next(followed[last])
        status.progress(run, "waiting" if waiting else told)
    return [run.steps for run in runs]


def glance(
    experiments: Sequence[Experiment], status: Status, urgency: Urgency = Urgency.RUN
) -> Mapping[Experiment, Cell]:
    """What became of these, or of those that were known when the visitor pressed Stop; each by its end alone.

    A mere trial is left out where others wait.
    """
    unknown = [e for e in experiments if not CELLS.known([e])]
    if unknown:
        status.wait_for_engine()
        with status.visit.away():
            for experiment in unknown:
                if st.session_state.get("stopped"):
                    break
                if urgency == Urgency.TRIAL and status.visit.crowded:
                    break
                _glance(experiment, status, urgency)
    return CELLS.known(experiments)


def _glance(experiment: Experiment, status: Status, urgency: Urgency) -> None:
    """One, for its bits do not depend on who else is asked for."""
    with (
        COMPUTING.place(status.visit.turn(urgency, status.ahead)),
        closing(CELLS.find([experiment], status.trying)) as watching,
    ):
        for _ in watching:
            status.trying()
