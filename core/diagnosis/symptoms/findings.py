"""What a detector returns, and how detectors read a run."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.experiment import Experiment
from core.steps import Step
from core.tasks import load_task

Read = Callable[[Step], Sequence[float]]
"""Numbers of a step, as many at every step."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that spoke: at which step (from 0), at what value, in which layer or matrix (from 1; None: in all)."""

    rule: str
    step: int
    value: float
    layer: int | None = None


Detector = Callable[[Sequence[Step], Experiment, float], Finding | None]
"""(steps, experiment, threshold). Only finite values make it speak: `not_finite` tells the rest."""


def used(experiment: Experiment, of_matrices: Sequence[float]) -> Iterator[tuple[int, float]]:
    """(matrix, value) for each that takes part: an RNN of one time step never uses its recurrent matrix."""
    idle = 2 if experiment.kind.recurrent and experiment.depth == 1 else None
    return ((m, value) for m, value in enumerate(of_matrices, start=1) if m != idle)


def update_ratios(step: Step, experiment: Experiment) -> dict[int, float]:
    """Length of the update, as it was really made, over that of the weights, by weight matrix."""
    pairs = zip(step.update_norms, step.weight_norms, strict=True)
    ratios = [update / weight if weight > 0 else math.nan for update, weight in pairs]
    return dict(used(experiment, ratios))


def root_mean_squares(step: Step, experiment: Experiment) -> dict[int, float]:
    """Of the gradient's entries, by weight matrix; never below the mean of their absolute values."""
    features = load_task(experiment.task, experiment.depth).inputs.shape[-1]
    last = len(step.weight_grad_norms)

    def entries(m: int) -> int:
        fan_in = features if m == 1 else experiment.width
        return fan_in * (1 if m == last else experiment.width)

    norms = used(experiment, step.weight_grad_norms)
    return {m: norm / math.sqrt(entries(m)) for m, norm in norms}


def highest(
    rule: str, steps: Sequence[Step], read: Callable[[Step], dict[int, float]], threshold: float
) -> Finding | None:
    """The first step at which a matrix's value is above the threshold, and the matrix with the largest."""
    for step in steps:
        over = {m: value for m, value in read(step).items() if threshold < value < math.inf}
        if over:
            m = max(over, key=lambda m: over[m])
            return Finding(rule, step.index, over[m], m)
    return None


def lowest(
    rule: str, steps: Sequence[Step], read: Callable[[Step], dict[int, float]], threshold: float
) -> Finding | None:
    """The first step at which a matrix's value is below the threshold, and the matrix with the smallest."""
    for step in steps:
        under = {m: value for m, value in read(step).items() if value < threshold}
        if under:
            m = min(under, key=lambda m: under[m])
            return Finding(rule, step.index, under[m], m)
    return None


def first_rise(
    values: Sequence[float], window: int, *, each: float = 1.0, whole: float = 1.0
) -> int | None:
    """The first index at whose end `values` rose `window` times in a row.

    each: the least factor of every rise; at 1 any rise will do. whole: the least factor of them together.
    """
    in_a_row = 0
    for end, (before, now) in enumerate(pairwise(values), start=1):
        rose = 0 < before < now < math.inf and now >= each * before
        in_a_row = in_a_row + 1 if rose else 0
        if in_a_row >= window and now >= whole * values[end - window]:
            return end
    return None


def rising(
    rule: str,
    steps: Sequence[Step],
    read: Read,
    window: int,
    *,
    each: float = 1.0,
    whole: float = 1.0,
) -> Finding | None:
    """The series that was the first to rise so, by the factor over its window; of several, the steepest.

    each, whole: as in `first_rise`. A finding's layer counts the series from 1.
    """
    found = []
    for number, values in enumerate(zip(*map(read, steps), strict=True), start=1):
        end = first_rise(values, window, each=each, whole=whole)
        if end is not None:
            factor = values[end] / values[end - window]
            found.append(Finding(rule, steps[end].index, factor, number))
    return min(found, key=lambda f: (f.step, -f.value), default=None)
