"""A run on the page, and others beside it: followed while they are computed, each when it is its turn."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from core.computing.gate import Place, Urgency
from core.computing.shared import WATCH_SECONDS, Work
from core.diagnosis.cell import Cell
from core.experiment import Experiment
from core.runs.cell_store import STORE as CELLS
from core.runs.store import STORE, Run
from core.steps import Step
from core.ui import state
from core.ui.status import PATIENCE_SECONDS, Status
from core.ui.visit import Visit

Draw = Callable[[Sequence[Step]], None]

DRAW_SECONDS = 0.3
DRAW_SHARE = 0.2
"""A run is drawn again after so many seconds, or so much later that drawing takes this share of computing."""


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
    there = STORE.there(experiments)
    known = [there[e].steps if e in there else [] for e in experiments]
    most = [state.halted_at(e, len(steps)) for e, steps in zip(experiments, known, strict=True)]
    halted = [len(steps) >= limit for steps, limit in zip(known, most, strict=True)]
    if not all(
        stays or (e in there and there[e].done)
        for e, stays in zip(experiments, halted, strict=True)
    ):
        status.wait_for_engine()
        with status.visit.away():
            known = _follow_together(experiments, most, status, draw, told)
    return [
        steps if limit > len(steps) else steps[: int(limit)]
        for steps, limit in zip(known, most, strict=True)
    ]


class _Pictures:
    """The pictures of runs on their way: now and then, and of each once where others wait."""

    def __init__(self, visit: Visit, draw: Callable[[Sequence[Sequence[Step]]], None]) -> None:
        """None is drawn yet."""
        self._visit, self._draw = visit, draw
        self._due, self._seen = time.perf_counter() + PATIENCE_SECONDS, False

    def due(self, place: Place) -> bool:
        """Whether one should be drawn now."""
        quiet = time.perf_counter() > self._due and not self._visit.crowded
        return quiet or (place.wanted and not self._seen)

    def draw(self, runs: Sequence[Run]) -> None:
        """Draw them when it is their turn."""
        began = time.perf_counter()
        self._visit.draw(Urgency.PICTURES)
        self._draw([run.steps for run in runs])
        self._visit.rest()
        now = time.perf_counter()
        self._due, self._seen = now + max(DRAW_SECONDS, (now - began) / DRAW_SHARE), True


def _follow_together(
    experiments: Sequence[Experiment],
    most: Sequence[float],
    status: Status,
    draw: Callable[[Sequence[Sequence[Step]]], None],
    told: str,
) -> list[list[Step]]:
    """most: how many steps of each.

    Where many wait each has a first slice soon, and a picture of it: many an explosion is over by then.
    """
    visit = status.visit
    pictures, place = _Pictures(visit, draw), visit.compute(Urgency.BEGINNING, status.ahead)
    followed = [STORE.follow(e) for e in experiments]
    with place:
        runs = [next(each)[0] for each in followed]
    if all(run.done for run in runs):
        return [run.steps for run in runs]
    if visit.must_wait:
        pictures.draw(runs)
    place.turn.urgency = Urgency.RUN
    with place:
        while behind := [
            k for k, run in enumerate(runs) if not run.done and len(run.steps) < most[k]
        ]:
            if pictures.due(place):
                place.leave()
                pictures.draw(runs)
                place.enter()
            last = min(behind, key=lambda k: len(runs[k].steps))
            _let_others(place, runs[last])
            st.session_state.get("page")  # here a click gets through
            run, waiting = next(followed[last])
            status.progress(run, "waiting" if waiting else told)
    return [run.steps for run in runs]


def _let_others(place: Place, work: Work[Any]) -> None:
    """Give way to who comes first; and who watches what another computes needs no place for that."""
    place.give_way()
    if work.lock.locked():
        place.leave()
        time.sleep(WATCH_SECONDS)
        place.enter()


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
    with status.visit.compute(urgency, status.ahead) as place:
        for work, _ in CELLS.follow(experiment):
            status.trying()
            _let_others(place, work)
