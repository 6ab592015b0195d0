"""What a run did, in half sentences that several pages tell: how it ended, and how its signal travelled."""

import math
from collections.abc import Callable, Mapping, Sequence

from core.diagnosis.cell import Cell
from core.diagnosis.outcomes import (
    EXPLODED_START,
    end_loss,
    ended,
    hardly,
    largest_gradient_norm,
    outcome,
    silent_since,
    start_loss,
)
from core.experiment import Experiment
from core.places import of_lost
from core.steps import Step, growth
from core.tasks import trivial_loss
from core.text import Text
from core.theory.cancellation import signal_cancels

KEPT_BY_AVERAGES, YOUNG = 0.9, 0.1
"""The share of a running average that an update leaves (torch's momentum is 0.1); above the other they are young."""
GREW = 1.02
"""A growth from here on, or below its inverse, is told as one; between them the signal kept its size."""
FAR = 2.0
"""A loss is far from another where it is so many times as large, or as small."""


def numbers(steps: Sequence[Step], experiment: Experiment) -> dict[str, float]:
    """A run in numbers, as slots: its losses on all the data, its gradient norms, and when what happened."""
    last, silent = steps[-1].index, silent_since(steps)
    return {
        "step": last,
        "start": start_loss(steps),
        "loss": end_loss(steps),
        "highest": max(step.loss for step in steps),
        "trivial": trivial_loss(experiment),
        "first": steps[0].grad_norm,
        "peak": largest_gradient_norm(steps),
        "since": last if silent is None else silent,
    }


def exploded_before(steps: Sequence[Step], experiment: Experiment) -> bool:
    """Whether the starting weights alone made a loss of an explosion."""
    return start_loss(steps) > EXPLODED_START * trivial_loss(experiment)


def forgot(steps: Sequence[Step]) -> bool:
    """Whether a run ended by an infinite memory of the optimizer."""
    lost = steps[-1].lost
    return lost is not None and lost.quantity == "memory"


def nuance(usual: str, nuances: Mapping[str, Callable[..., bool]], *of: object) -> str:
    """The first key that begins as the usual one and whose test holds of these; the usual one if there is none."""
    own = (key for key, holds in nuances.items() if key.startswith(usual) and holds(*of))
    return next(own, usual)


def ending(steps: Sequence[Step], experiment: Experiment, text: Text) -> str:
    """How a run ended or was stopped, as half a sentence: "diverges at step 3", "learns (final loss 0.5)"."""
    if not ended(steps):
        return text("verdict.then.stopped", steps=len(steps), planned=experiment.steps)
    what = outcome(steps, experiment)
    what = "learned_hardly" if what == "learned" and hardly(steps) else what
    loss, start = end_loss(steps), start_loss(steps)
    return text(f"verdict.then.{what}", step=steps[-1].index, loss=loss, start=start)


def cell_ending(cell: Cell, text: Text) -> str:
    """The same of a run of which only the end is known."""
    return text(f"verdict.then.{cell.outcome}", step=cell.steps, loss=cell.loss)


def lost(step: Step, experiment: Experiment, text: Text) -> str:
    """What stopped being a number first; empty if nothing did."""
    if step.lost is None:
        return ""
    return text(
        f"verdict.lost.{step.lost.quantity}",
        where=of_lost(step.lost, experiment, text),
        optimizer=text(f"ui.choices.optimizer.{experiment.optimizer}"),
    )


def evaluated(run: Sequence[Step], experiment: Experiment, text: Text) -> str:
    """What an evaluation by batch normalization's running averages makes of the final loss, where that is far off."""
    final, end = run[-1].final_loss, run[-1].end_loss
    if final is None or end is None or 1 / FAR < final / end < FAR:
        return ""
    young = KEPT_BY_AVERAGES ** len(run)
    kind = "early" if young > YOUNG else "one" if experiment.depth == 1 else "deep"
    share = text.number(100 * young, digits=2)
    told = text.number(final) if math.isfinite(final) else text("verdict.evaluated.lost")
    return text(f"verdict.evaluated.{kind}", loss=told, updates=len(run), share=share)


def travelled(step: Step, experiment: Experiment, text: Text) -> str:
    """How the signal grew or shrank on its way back, at this step; "" where that cannot be measured."""
    rate = measured_growth(step, experiment)
    nearest, farthest = step.signal_norms[-1], step.signal_norms[0]
    if not math.isfinite(rate) or not 0 < nearest < math.inf or not 0 < farthest < math.inf:
        return ""
    kind = "grew" if rate > GREW else "shrank" if rate < 1 / GREW else "kept"
    return text(
        f"verdict.travelled.{experiment.kind.words}_{kind}",
        growth=text.factor(rate, experiment.depth - 1),
        ratio=farthest / nearest,
        depth=experiment.depth,
        factors=experiment.depth - 1,
    )


def measured_growth(step: Step, experiment: Experiment) -> float:
    """The signal's growth at this step; NaN where there is none, or none to be measured."""
    norms = step.signal_norms
    return math.nan if signal_cancels(experiment, norms) else growth(norms)
