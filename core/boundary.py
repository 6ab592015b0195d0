"""The line on a map along which theory's growth over the network's depth is 1."""

import math
from dataclasses import replace
from functools import lru_cache

import numpy as np

from core.axes import SCALES, Axis, Question
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
    return tuple((other, gain) for other, gain in passages(question) if 0 < gain < math.inf)


def passages(question: Question) -> Line:
    """For some of the other axis' values, the first and the last among them, the gain that `passage` tells."""
    plain = {name: getattr(PLAIN, name) for name in LATER}
    return _passages(replace(question, base=replace(question.base, **plain)))


def passage_at(question: Question, place: tuple[int, int]) -> float:
    """What `passage` tells at a place's value of the other axis: between two points of the line, on it."""
    (field, values), k = _other(question, place)
    known = passages(question)
    if field not in MATTERS:
        return known[0][1]
    onto = np.log if SCALES[field].log else np.asarray
    others, gains = zip(*known, strict=True)
    n = int(np.searchsorted(others, values[k]))
    around = gains[max(n - 1, 0) : n + 1] if others[n] != values[k] else gains[n : n + 1]
    if all(0 < gain < math.inf for gain in around):
        return float(np.interp(onto(values[k]), onto(others), gains))
    if len(set(around)) == 1:
        return float(around[0])
    gain_axis = dict((question.x, question.y))["gain"]
    return passage(question.experiment(*_place(question, field, k)), gain_axis)


@lru_cache(maxsize=64)
def _passages(question: Question) -> Line:
    axes = dict((question.x, question.y))
    gains = axes.pop("gain", None)
    if gains is None:
        return ()
    ((field, values),) = axes.items()
    shares = np.linspace(0, 1, POINTS) ** 2  # closer where a network is shallow or narrow
    chosen = np.unique((shares * (len(values) - 1)).round().astype(int))
    if field not in MATTERS:
        gain = passage(question.experiment(*_place(question, field, 0)), gains)
        return ((values[0], gain), (values[-1], gain))
    return tuple(
        (values[k], passage(question.experiment(*_place(question, field, int(k))), gains))
        for k in chosen
    )


def _place(question: Question, field: str, k: int) -> tuple[int, int]:
    return (k, 0) if question.x[0] == field else (0, k)


def _other(question: Question, place: tuple[int, int]) -> tuple[Axis, int]:
    """The axis that is not the gain's, and where on it a place lies."""
    return (question.y, place[1]) if question.x[0] == "gain" else (question.x, place[0])


def critical_gain(experiment: Experiment, gains: tuple[float, ...]) -> float | None:
    """The gain within the range at which the predicted growth is 1; None where it does not pass 1 there."""
    gain = passage(experiment, gains)
    return gain if 0 < gain < math.inf else None


@lru_cache(maxsize=256)
def passage(experiment: Experiment, gains: tuple[float, ...]) -> float:
    """The gain within the range from which on the predicted growth is more than 1.

    0 where it is so at every gain, infinity where at none; NaN where there is no prediction, or it is 1 whatever
    the gain.
    """
    low, high = gains[0], gains[-1]
    below, above = log_growth(experiment, low), log_growth(experiment, high)
    if math.isnan(below) or max(abs(below), abs(above)) <= FLAT:
        return math.nan
    if below > FLAT:
        return 0.0
    if above < -FLAT:
        return math.inf
    return _root(experiment, (low, below), (high, above))


def _root(experiment: Experiment, left: tuple[float, float], right: tuple[float, float]) -> float:
    """The gain of growth 1 between two, each with its logarithm of the growth."""
    (low, below), (high, above) = left, right
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
