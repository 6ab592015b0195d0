"""The stage: the places of a run's pictures, and the player that drives them."""

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.charts import Choose
from core.charts.base.timeline import Timeline
from core.experiment import Experiment
from core.runs.ended import of_ended
from core.steps import Step
from core.ui import state, style
from core.ui.hiding import hidden
from core.ui.lesson import Lesson
from core.ui.player import film_html, player
from core.ui.run_data import run_data
from core.words.cancelled import cancelled

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

SECOND_HEIGHT = 250
"""Of the pictures under the main one, in pixels."""


class Stage:
    """Pictures in the order in which they are read; the first one's player stands under it.

    unit: what the playhead of the first picture counts, once that is drawn.
    """

    def __init__(self, lesson: Lesson) -> None:
        """Nothing stands on it yet."""
        self.lesson = lesson
        self.unit = ""
        self._scenes: list[tuple[DeltaGenerator, Choose]] = []
        self._player: DeltaGenerator | None = None
        self._data: DeltaGenerator | None = None
        self._film: DeltaGenerator | None = None
        self._caution: DeltaGenerator | None = None

    def picture(self, choose: Choose) -> None:
        """A place for the picture that `choose(steps, experiment, done)` names."""
        self._scenes.append((self.place(), choose))

    def place(self) -> DeltaGenerator:
        """A place for a picture that somebody else draws."""
        place = st.container(key=f"picture-{len(self._scenes)}").empty()
        if self._player is None:
            self._player, self._data = st.container(key="player"), st.empty()
        return place

    def caution(self) -> None:
        """A place for what must be known of the signal before its picture is looked at."""
        self._caution = st.container(key="caution").empty()

    def invite(self) -> None:
        """Before the first run: empty axes that say what to press.

        With them comes what draws charts, and the player, which must be there before the first film is.
        """
        from core.charts.films import film

        lesson, said = self.lesson, self.lesson.text("ui.status.invite")
        self._begin_film()
        rows = film.empty(Experiment().steps)
        spec = film.film.spec(lesson.text, lesson.palette, **lesson.size)
        for place, _ in self._scenes:
            with place.container(key="waiting"):
                st.markdown(said)
                lesson.chart(st, rows, spec, said)

    def draw(self, shown: Experiment, steps: Sequence[Step], *, done: bool) -> None:
        """Draw what is known of the run. The player hears first: it hides what a new film must not tell yet."""
        lesson = self.lesson
        self._warn(shown, steps)
        pictures = [(place, choose(steps, shown, done)) for place, choose in self._scenes]
        for number, (place, picture) in enumerate(pictures):
            alt = picture.alt(steps, shown, lesson.text) if done else ""
            if number == 0:
                self.unit = picture.unit
                self.play(picture.timeline(steps, shown, done), shown, alt, done=done)
            key = picture.name, picture.warning, shown
            frame = partial(picture.frame, steps, shown, lesson.text, done)
            rows = self.rows(key, [steps], frame, done=done)
            size = ({"height": SECOND_HEIGHT} if number else {}) | lesson.size
            spec = picture.spec(lesson.text, lesson.palette, **size)
            lesson.chart(place, rows, spec, alt)

    def data(self, shown: Experiment, steps: Sequence[Step]) -> None:
        """What the pictures are drawn from, in numbers, once their film is over."""
        assert self._data is not None, "a page has a picture"
        with self._data.container(key="ending-data"):
            run_data(self.lesson, shown, steps)

    def rows(
        self,
        key: tuple[Hashable, ...],
        runs: Sequence[Sequence[Step]],
        frame: "Callable[[], pd.DataFrame]",
        *,
        done: bool,
    ) -> "pa.Table":
        """A picture's rows; of runs that have ended they are the same for all who see it. key: names both."""
        import pyarrow as pa

        def make() -> pa.Table:
            return pa.Table.from_pandas(frame())

        return of_ended(runs, (*key, self.lesson.text.language), make) if done else make()

    def _warn(self, shown: Experiment, steps: Sequence[Step]) -> None:
        """Whether a normalization cancels the signal, which a run's first step tells."""
        if self._caution is None or not steps:
            return
        told = [cancelled(shown, text, steps[0].signal_norms) for text in self.lesson.languages]
        if any(told):
            with self._caution.container():
                for said in told:
                    st.markdown(said)

    def play(self, timeline: Timeline, shown: Experiment, summary: str, *, done: bool) -> None:
        """Tell the player under the first picture, which drives every picture, what is known of the film."""
        film_place = self._film or self._begin_film()
        film_place.html(film_html(timeline, state.token(), shown.steps, summary, done=done))

    def _begin_film(self) -> DeltaGenerator:
        """Draw the player; the place where it is told of the film."""
        assert self._player is not None, "a page has a picture"
        with self._player:
            key, token = f"player-{self.lesson.slug}", state.token()
            waits = style.enlarged() and "player" not in hidden()
            player(key, token, self.lesson.text, autoplay=state.pressed(), waits=waits)
            self._film = st.empty()
        return self._film
