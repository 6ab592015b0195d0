"""Whether rounding decides how a run ends: what its twin, whose start differs by a millionth, tells of that."""

import math
from collections.abc import Sequence

from core.diagnosis.cell import Cell
from core.diagnosis.outcomes import SPREAD, end_loss, hangs_on_rounding, outcome
from core.experiment import Experiment
from core.steps import Step
from core.text import Text
from core.words.course import cell_ending


def wavers(steps: Sequence[Step], experiment: Experiment, twin: Cell | None) -> str:
    """Whether a run that has ended might have ended otherwise: a key of `verdict.rounded`; "" if nothing says so.

    "outcome" where run and twin ended differently, "border" where the border to another outcome is no farther away
    than they are from each other.
    """
    if twin is None:
        return ""
    what = outcome(steps, experiment)
    if twin.outcome != what:
        return "outcome"
    if what == "diverged":
        return ""
    return "border" if hangs_on_rounding(steps, experiment, twin.loss, twin.grad_norm) else ""


def told(steps: Sequence[Step], experiment: Experiment, twin: Cell | None, text: Text) -> str:
    """That rounding decides, with how the twin ended; "" if it does not."""
    kind = wavers(steps, experiment, twin)
    if not kind or twin is None:
        return ""
    return text(f"verdict.rounded.{kind}", ending=cell_ending(twin, text))


def ends_between(steps: Sequence[Step], twin: Cell | None) -> tuple[int, int] | None:
    """The first and the last step at which a run and its twin diverged, where that is more than one apart."""
    if twin is None or steps[-1].lost is None or twin.outcome != "diverged":
        return None
    ends = sorted((steps[-1].index, twin.steps))
    return (ends[0], ends[1]) if ends[1] - ends[0] > 1 else None


def steps_moved(steps: Sequence[Step], twin: Cell | None) -> float | None:
    """How many steps rounding may move a divergence by; None where no twin tells."""
    return None if twin is None else SPREAD * abs(steps[-1].index - twin.steps)


def losses_moved(steps: Sequence[Step], twin: Cell | None) -> float:
    """How far rounding may move a finite run's final loss, as a difference of logarithms; 0 where no twin tells."""
    own = end_loss(steps)
    if twin is None or not min(own, twin.loss) > 0:
        return 0.0
    return SPREAD * abs(math.log(own / twin.loss))
