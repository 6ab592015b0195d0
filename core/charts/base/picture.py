"""A picture of a run: its specification, its frame of rows, its words for a screen reader.

The specification depends on language, colours and size alone, never on the data: a chart whose specification
stays the same to the byte is not embedded anew, and so can grow and be played without flicker.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from core.charts.base.look import Look
from core.charts.base.palette import Palette
from core.experiment import Experiment
from core.steps import Step
from core.text import Text

HEIGHT = 340
FONT = 14


@dataclass(frozen=True, slots=True)
class Timeline:
    """What the player needs of a picture: frames in all (as far as known or planned), frames known already.

    steps_of_frame: for a picture of unit "work", the step that each frame belongs to; else None.
    """

    frames: int
    known: int
    steps_of_frame: tuple[int, ...] | None = None


Build = Callable[[Look], Any]
Fill = Callable[[Sequence[Step], Experiment, Text, bool], pd.DataFrame]
Tell = Callable[[Sequence[Step], Experiment, Text], str]
Clock = Callable[[Sequence[Step], Experiment, bool], Timeline]


def count_steps(steps: Sequence[Step], experiment: Experiment, done: bool) -> Timeline:
    """The timeline of a picture whose frames are steps."""
    return Timeline(len(steps) if done else experiment.steps, len(steps))


@dataclass(frozen=True)
class Picture:
    """One kind of chart of a run. unit: what its playhead counts, "step" or "work" (moments inside steps).

    variant: what tells its rows from those of another picture of this name.
    """

    name: str
    unit: str
    build: Build
    fill: Fill
    tell: Tell
    clock: Clock = count_steps
    variant: int | None = None

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
        return specification(self.build, Look(text, palette, height, font, self.unit))

    def frame(
        self, steps: Sequence[Step], experiment: Experiment, text: Text, done: bool | None = None
    ) -> pd.DataFrame:
        """The rows for `st.vega_lite_chart`. done: whether no more steps will come; None: as the steps say."""
        return self.fill(
            steps, experiment, text, is_done(steps, experiment) if done is None else done
        )

    def alt(self, steps: Sequence[Step], experiment: Experiment, text: Text) -> str:
        """What the picture shows, in words, for who does not see it. Tells the end."""
        return self.tell(steps, experiment, text)


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
    return json.dumps(_without_data(build(look).to_dict(validate=False)))


def _without_data(part: Any) -> Any:
    """A specification without Altair's placeholders for data, which are given when it is drawn."""
    if isinstance(part, dict):
        return {
            key: _without_data(value)
            for key, value in part.items()
            if key != "datasets" and (key, value) != ("data", {"name": "empty"})
        }
    return [_without_data(value) for value in part] if isinstance(part, list) else part
