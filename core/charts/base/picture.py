"""A picture of a run: its specification, its frame of rows, its words for a screen reader.

The specification depends on language, colours and size alone, never on the data: a chart whose specification
stays the same to the byte is not embedded anew, and so can grow and be played without flicker.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Self

import pandas as pd
from altair.utils.schemapi import debug_mode

from core.charts.base.look import Look
from core.charts.base.palette import Palette
from core.charts.base.rows import ALONE, NEVER, Beside, Rows
from core.charts.base.timeline import Timeline
from core.charts.names.marks import end_sentence
from core.experiment import Experiment
from core.steps import Step
from core.text import Text

HEIGHT = 340
FONT = 14


@dataclass(frozen=True, slots=True)
class Course:
    """A run as it is drawn: some steps at least, in the visitor's language. done: whether no more will come.

    warning: the step of the first warning, which is drawn, too, once the run is done.
    """

    steps: Sequence[Step]
    experiment: Experiment
    text: Text
    done: bool
    beside: Beside = ALONE
    warning: int | None = None

    @property
    def end(self) -> str:
        """What stopped being finite at the last step, in one sentence; "" if nothing did."""
        return end_sentence(self.steps[-1], self.experiment, self.text)

    def rests(self, last: int) -> int:
        """The frame at which the film rests: its last, if that is known."""
        return last if self.done else NEVER


Build = Callable[[Look], Any]
Clock = Callable[[Sequence[Step], Experiment, bool], Timeline]


def count_steps(steps: Sequence[Step], experiment: Experiment, done: bool) -> Timeline:
    """The timeline of a picture whose frames are steps."""
    return Timeline(len(steps) if done else experiment.steps, len(steps))


@dataclass(frozen=True)
class Picture:
    """One kind of chart of a run. unit: what its playhead counts, "step" or "work" (moments inside steps).

    columns: those that only its rows have. warning: the step of the first warning, if that is written into it.
    """

    name: str
    unit: str
    build: Build
    fill: Callable[[Rows, Course], None]
    tell: Callable[[Course], str]
    clock: Clock = count_steps
    columns: Mapping[str, str] = field(default_factory=dict)
    warning: int | None = None

    def warned(self, step: int | None) -> Self:
        """The same with the first warning, if there was one."""
        return self if step is None else replace(self, warning=step)

    def timeline(
        self, steps: Sequence[Step], experiment: Experiment, done: bool | None = None
    ) -> Timeline:
        """What the player needs to know."""
        return self.clock(steps, experiment, is_done(steps, experiment) if done is None else done)

    def spec(
        self,
        text: Text,
        palette: Palette,
        *,
        height: float | str = HEIGHT,
        font: float = FONT,
    ) -> dict[str, Any]:
        """The Vega-Lite specification without data. Equal arguments, equal bytes.

        height and font are in pixels, and every size follows the font; height may be "container", too.
        """
        told = ("end",) if self.warning is None else ("warning", "end")
        return specification(self.build, Look(text, palette, height, font, self.unit, told))

    def frame(
        self,
        steps: Sequence[Step],
        experiment: Experiment,
        text: Text,
        done: bool | None = None,
        beside: Beside = ALONE,
    ) -> pd.DataFrame:
        """The rows for `st.vega_lite_chart`. done: whether no more steps will come; None: as the steps say."""
        rows = Rows(**self.columns)
        if steps:
            done = is_done(steps, experiment) if done is None else done
            self.fill(rows, Course(steps, experiment, text, done, beside, self.warning))
        return rows.frame()

    def alt(self, steps: Sequence[Step], experiment: Experiment, text: Text) -> str:
        """What the picture shows, in words, for who does not see it. Tells the end."""
        told = []
        if steps:
            course = Course(steps, experiment, text, True)
            warned = "" if self.warning is None else text("charts.alt.warning", step=self.warning)
            told = [self.tell(course), warned, course.end]
        return " ".join(filter(None, told)) or text("charts.alt.nothing")


def is_done(steps: Sequence[Step], experiment: Experiment) -> bool:
    """Whether the last step is the run's last."""
    if not steps:
        return False
    last = steps[-1]
    return last.lost is not None or last.end_loss is not None or last.index + 1 >= experiment.steps


def specification(build: Build, look: Look) -> dict[str, Any]:
    """The specification without data that `build` makes for this look; built once."""
    return dict(json.loads(_specification(build, look)))


@cache
def _specification(build: Build, look: Look) -> str:
    with debug_mode(
        False
    ):  # what is valid is the tests' affair: checking it were a third of the work
        made = build(look).to_json(validate=False)
    return json.dumps(json.loads(made, object_hook=_without_data))


def _without_data(part: dict[str, Any]) -> dict[str, Any]:
    """Part of a specification without Altair's placeholders for data, which are given when it is drawn."""
    empty = {"name": "empty"}
    return {key: each for key, each in part.items() if key != "datasets" and each != empty}
