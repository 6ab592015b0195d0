"""What became of a run, and why: pure functions of its steps."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median

from core.experiment import ACTIVATIONS, RANGES, Experiment, growth_one
from core.steps import Step
from core.tasks import load_task

EXPLODED_TIMES = 100.0
EXPLODED_NORM = 1e6
LEARNED_SHARE = 0.95
FALLING = 0.9
"""A quarter's median loss below this share of the last one's is no chance of the batches."""
FEWEST = 5
"""Steps in a quarter that has a median to speak of."""


def outcome(steps: Sequence[Step], experiment: Experiment) -> str:
    """What became of a run that has ended: "diverged", "exploded", "learned" or "stalled"."""
    last = steps[-1]
    if last.lost is not None:
        return "diverged"
    final = last.final_loss if last.final_loss is not None else last.loss
    first = steps[0]
    peak = largest_gradient_norm(steps)
    return finite_outcome(experiment, (first.loss, final), (first.grad_norm, peak))


def finite_outcome(
    experiment: Experiment, losses: tuple[float, float], norms: tuple[float, float]
) -> str:
    """The outcome of a run that stayed finite, by its first and final loss, its first and largest gradient norm."""
    (start, final), (first, peak) = losses, norms
    if final > start and (peak > EXPLODED_TIMES * first or peak > EXPLODED_NORM):
        return "exploded"
    trivial = load_task(experiment.task, experiment.depth).trivial_loss
    return "learned" if final <= LEARNED_SHARE * trivial else "stalled"


def still_falling(steps: Sequence[Step]) -> bool:
    """Whether a finite run's loss was going down when its steps ended: its last quarter against the one before."""
    quarter = len(steps) // 4
    if quarter < FEWEST:
        return False
    losses = [step.loss for step in steps[-2 * quarter :]]
    return median(losses[quarter:]) < FALLING * median(losses[:quarter])


def ended(steps: Sequence[Step]) -> bool:
    """Whether a run has come to its end, and was not left on the way."""
    return bool(steps) and (steps[-1].lost is not None or steps[-1].final_loss is not None)


def survived(what: str) -> bool:
    """Whether an outcome is no explosion."""
    return what in ("learned", "stalled")


def same_course(a: Sequence[Step], b: Sequence[Step]) -> bool:
    """Whether two runs went alike: every loss, every gradient's and every update's norm; NaN equals NaN.

    Runs that had no loss to begin with cannot be told to.
    """
    comparable = len(a) == len(b) and math.isfinite(a[0].loss)
    return comparable and all(
        _course(one) == _course(other) for one, other in zip(a, b, strict=True)
    )


def _course(step: Step) -> str:
    return f"{step.loss} {step.grad_norm} {step.clipped_norm} {step.update_norms} {step.final_loss}"


def largest_gradient_norm(steps: Sequence[Step]) -> float:
    """The largest finite gradient norm before clipping; NaN if there is none."""
    finite = [step.grad_norm for step in steps if math.isfinite(step.grad_norm)]
    return max(finite, default=math.nan)


def counterfactuals(experiment: Experiment) -> dict[str, Experiment]:
    """The two runs that tell the cause: the same without growth ("chain"), the same ten times slower ("step").

    Or as slow as the range allows, and as it is where theory gives it no growth.
    """
    slower = max(float(f"{experiment.lr / 10:.4g}"), RANGES["lr"][0])
    return {"chain": without_growth(experiment), "step": replace(experiment, lr=slower)}


def is_a_tenth(experiment: Experiment, slower: Experiment) -> bool:
    """Whether the slower run is so slow; at the end of the range a tenth cannot be had."""
    return math.isclose(slower.lr, experiment.lr / 10, rel_tol=1e-3)


def without_growth(experiment: Experiment) -> Experiment:
    """The same at a growth of 1, or less under a normalization; as it is where theory gives it no growth.

    By its gain; a normalization undoes that, so there by layer normalization where theory gives it a growth of
    no more than 1 (ReLU, linear and sigmoid layers), and otherwise by the gain without a normalization.
    """
    if experiment.normalization == "none":
        critical = ACTIVATIONS[experiment.activation].critical_sigma_w
        return growth_one(experiment) if experiment.sigma_w > critical else experiment
    if ACTIVATIONS[experiment.activation].layer_norm_growth > 1:
        return growth_one(replace(experiment, normalization="none"))
    return replace(experiment, normalization="layer")


def cause(outcomes: Mapping[str, str]) -> str:
    """The cause, by the counterfactuals' outcomes: "chain", "step", "both" (either cures it), "neither"."""
    cured = [name for name, what in outcomes.items() if survived(what)]
    if len(cured) == 2:
        return "both"
    return cured[0] if cured else "neither"
