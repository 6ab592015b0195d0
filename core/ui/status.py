"""The place beside Run where the state of computing is told."""

import math
import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.computing.pace import Pace
from core.runs.store import Run
from core.text import Text
from core.ui import state
from core.ui.visit import Visit
from core.ui.warm import ENGINE

PATIENCE_SECONDS = 0.4
"""Progress and Stop appear when computing takes longer than this."""
TELL_SECONDS = 0.3
"""Progress is told again after so long."""
LOADING_SECONDS = 0.2


def with_left(said: str, left: int | None, text: Text) -> str:
    """How far something is, and how many seconds are left of it, if that can be told."""
    return said + text("ui.status.left", seconds=left) if left else said


class Status:
    """Loading, how many are before one, progress and Stop, or a word."""

    def __init__(self, place: DeltaGenerator, text: Text, visit: Visit) -> None:
        """`place` holds one thing at a time."""
        self.visit = visit
        self._place = place
        self._text = text
        self._told: DeltaGenerator | None = None
        self._stands = ""
        self._covered = False
        self._pace = Pace()
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
        self._progress_due = now + TELL_SECONDS
        known, planned = len(run.steps), run.experiment.steps
        said = self._text(f"ui.status.{told}", known=known, planned=planned)
        said = with_left(said, self._pace.left(known, planned), self._text)
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
        if ENGINE.is_alive():
            self._covered = True
            self._place.markdown(self._text("ui.status.loading"))
            with self.visit.away():
                while ENGINE.is_alive():
                    ENGINE.join(LOADING_SECONDS)
                    st.session_state.get("page")
            self.clear()
