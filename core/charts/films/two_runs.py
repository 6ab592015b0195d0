"""Two runs side by side: one kind of picture twice, on the same axes as far as that leaves both readable."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from core.charts.base.picture import Picture
from core.charts.base.rows import Beside
from core.charts.films import film, seismograph
from core.experiment import Experiment
from core.steps import Step
from core.text import Text

TIMES_LONGER = 10
"""A run more times longer than the other has a time axis of its own, or the other were a stroke at the edge."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two runs, to its end or as far as the visitor let it go."""

    experiment: Experiment
    steps: Sequence[Step]


def picture(sides: Sequence[Side], *, moments: bool) -> Picture:
    """What shows both best. moments: whether the page's playhead counts moments, which the seismograph needs."""
    chosen = {seismograph.main_picture(side.steps, side.experiment, True).name for side in sides}
    return seismograph.seismograph if moments and chosen == {"seismograph"} else film.film


def frame(side: Side, other: Side, shown: Picture, text: Text) -> pd.DataFrame:
    """The rows of one side's chart; its y axis covers what the other's does, and its time axis where it can."""
    if shown is seismograph.seismograph:
        beside = Beside(seismograph.reach(other.steps, other.experiment, text))
    else:
        shorter, longer = sorted((len(side.steps), len(other.steps)))
        last = len(other.steps) - 1 if longer <= TIMES_LONGER * shorter else 0
        beside = Beside(film.reach(other.steps), last)
    return shown.frame(side.steps, side.experiment, text, True, beside)
