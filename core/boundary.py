"""The line on a map along which theory's growth over the network's depth is 1."""

import math
from dataclasses import replace
from functools import lru_cache

import numpy as np

from core.axes import Question
from core.experiment import Experiment
from core.prediction import predict

MATTERS = ("depth", "width")
"""The axes along which the line may bend: nothing else matters before training."""
PLAIN = Experiment()
LATER = ("optimizer", "lr", "steps", "clipping", "clip", "seed")
"""Settings of which theory knows nothing: whatever they are, the line is the same."""
POINTS = 9
"""At so many of the other axis' values the gain is looked for; between them the line is straight."""
FLAT = 1e-6
"""A logarithm of the growth below this is 1, whatever the gain."""
ROUNDS = 12
Line = tuple[tuple[float, float], ...]
"""(the other axis' value, gain), in the order of the axis."""


def boundary(question: Question) -> Line:
    """The gains at which `core.prediction` says growth 1; empty where there is none in the range, or no gain axis."""
    plain = {name: getattr(PLAIN, name) for name in LATER}
    return _boundary(replace(question, base=replace(question.base, **plain)))


@lru_cache(maxsize=64)
def _boundary(question: Question) -> Line:
    axes = dict((question.x, question.y))
    gains = axes.pop("gain", None)
    if gains is None:
        return ()
    ((field, values),) = axes.items()
    shares = np.linspace(0, 1, POINTS) ** 2  # closer where a network is shallow or narrow
    chosen = np.unique((shares * (len(values) - 1)).round().astype(int))
    found = []
    for k in chosen if field in MATTERS else chosen[:1]:
        gain = critical_gain(question.experiment(*_place(question, field, int(k))), gains)
        if gain is not None:
            found.append((values[k], gain))
    if field not in MATTERS:
        found = [(value, gain) for _, gain in found for value in (values[0], values[-1])]
    return tuple(found)


def _place(question: Question, field: str, k: int) -> tuple[int, int]:
    return (k, 0) if question.x[0] == field else (0, k)


def critical_gain(experiment: Experiment, gains: tuple[float, ...]) -> float | None:
    """The gain within the range at which the predicted growth is 1; None where it does not pass 1 there."""
    low, high = gains[0], gains[-1]
    below, above = log_growth(experiment, low), log_growth(experiment, high)
    if not (below < -FLAT and above > FLAT):
        return None
    for _ in range(ROUNDS):
        middle = low + (high - low) * min(max(-below / (above - below), 0.1), 0.9)
        value = log_growth(experiment, middle)
        if abs(value) < FLAT:
            return middle
        if value < 0:
            low, below = middle, value
        else:
            high, above = middle, value
    return low + (high - low) * -below / (above - below)


def log_growth(experiment: Experiment, gain: float) -> float:
    """The logarithm of the predicted growth at a gain; NaN where there is no prediction."""
    prediction = predict(replace(experiment, gain=gain)) if experiment.depth > 1 else None
    return math.nan if prediction is None else math.log(prediction.growth)
