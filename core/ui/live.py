"""A run on the page: followed while it is computed, drawn as it grows, judged when it ends."""

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from core.runs import STORE, Run
from core.steps import Step
from core.text import Text
from core.ui import state

if TYPE_CHECKING:
    from core.ui.page import Lesson

DRAW_SECONDS = 0.4
PATIENCE_SECONDS = 0.5
"""Progress and Stop appear when computing takes longer than this."""


def _load_engine() -> None:
    import altair  # noqa: F401
    import core.training  # noqa: F401


_engine = threading.Thread(target=_load_engine, daemon=True)


def warm_up() -> None:
    """Begin to import torch in the background, once per process, so that no page waits for it."""
    if _engine.ident is None:
        _engine.start()


def wait_for_engine(status: "st.delta_generator.DeltaGenerator", text: Text) -> None:
    """Say that PyTorch is being loaded, until it is. Every turn is a point where a click gets through."""
    if not _engine.is_alive():
        return
    status.markdown(text("ui.status.loading"))
    while _engine.is_alive():
        time.sleep(0.05)
        st.session_state.get("page")
    status.empty()


def follow(lesson: "Lesson") -> Sequence[Step]:
    """Follow the shown run to its end, drawing on the way; returns the steps that are known."""
    text, status = lesson.text, lesson.status
    wait_for_engine(status, text)
    began = drawn = time.perf_counter()
    bar = None
    run: Run | None = None
    for run, waiting in STORE.follow(lesson.shown):
        if run.done or st.session_state.get("stopped"):
            break
        now = time.perf_counter()
        if now - began > PATIENCE_SECONDS:
            if bar is None:
                bar = _progress(status, text)
            _tell(bar, run, waiting, text)
            if run.steps and now - drawn > DRAW_SECONDS:
                lesson.draw(run.steps, done=False)
                drawn = time.perf_counter()
    if bar is not None:
        status.empty()
    assert run is not None
    if run.steps:
        lesson.draw(run.steps, done=True)
    return run.steps


def _progress(
    status: "st.delta_generator.DeltaGenerator", text: Text
) -> "st.delta_generator.DeltaGenerator":
    with status.container(horizontal=True, key="computing", vertical_alignment="center"):
        st.button(
            text("ui.actions.stop"), key="stop", icon=":material/stop:", on_click=state.stop
        )
        return st.empty()


def _tell(
    bar: "st.delta_generator.DeltaGenerator", run: Run, waiting: bool, text: Text
) -> None:
    known, planned = len(run.steps), run.experiment.steps
    key = "waiting" if waiting else "computing"
    bar.progress(known / planned, text(f"ui.status.{key}", known=known, planned=planned))
