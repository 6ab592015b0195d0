"""The line on a map along which theory's growth over the network's depth is 1."""

import math
from dataclasses import replace
from functools import lru_cache

import numpy as np

from core.axes import SCALES, Question
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
    return _passages(_before_training(question))


def passage_of_each(question: Question) -> tuple[float, ...]:
    """What `passage` tells for every value of the axis that is not the gain's; between the line's points, on it."""
    return _passage_of_each(_before_training(question))


def other_axis(question: Question) -> int:
    """Which axis is not the gain's: 0 for x, 1 for y, as in a cell's place."""
    return 1 if question.x[0] == "gain" else 0


def _before_training(question: Question) -> Question:
    """Questions that are the same for theory become one."""
    plain = {name: getattr(PLAIN, name) for name in LATER}
    return replace(question, base=replace(question.base, **plain))


@lru_cache(maxsize=64)
def _passages(question: Question) -> Line:
    if "gain" not in (question.x[0], question.y[0]):
        return ()
    field, values = (question.x, question.y)[other_axis(question)]
    if field not in MATTERS:
        gain = _passage(question, 0)
        return ((values[0], gain), (values[-1], gain))
    shares = np.linspace(0, 1, POINTS) ** 2  # closer where a network is shallow or narrow
    chosen = np.unique((shares * (len(values) - 1)).round().astype(int)).tolist()
    return tuple((values[k], _passage(question, k)) for k in chosen)


@lru_cache(maxsize=64)
def _passage_of_each(question: Question) -> tuple[float, ...]:
    field, values = (question.x, question.y)[other_axis(question)]
    onto = np.log if SCALES[field].log else np.asarray
    points, gains = zip(*_passages(question), strict=True)
    found = []
    for k, value in enumerate(values):
        n = int(np.searchsorted(points, value))
        around = gains[n : n + 1] if points[n] == value else gains[n - 1 : n + 1]
        if len(set(around)) == 1:
            found.append(float(around[0]))
        elif all(0 < gain < math.inf for gain in around):
            found.append(float(np.interp(onto(value), onto(points), gains)))
        else:  # the line leaves the map between the two
            found.append(_passage(question, k))
    return tuple(found)


def _passage(question: Question, k: int) -> float:
    """What `passage` tells at the k-th value of the axis that is not the gain's."""
    gains = (question.x, question.y)[1 - other_axis(question)][1]
    place = (0, k) if other_axis(question) else (k, 0)
    return passage(question.experiment(*place), gains)


def critical_gain(experiment: Experiment, gains: tuple[float, ...]) -> float | None:
    """The gain within the range at which the predicted growth is 1; None where it does not pass 1 there."""
    gain = passage(experiment, gains)
    return gain if 0 < gain < math.inf else None


def passage(experiment: Experiment, gains: tuple[float, ...]) -> float:
    """The gain within the range from which on the predicted growth is more than 1.

    0 where it is so at every gain, infinity where at none; NaN where there is no prediction, or it is 1 whatever
    the gain.
    """
    low, high = gains[0], gains[-1]
    below, above = log_growth(experiment, low), log_growth(experiment, high)
    if math.isnan(below + above) or max(abs(below), abs(above)) <= FLAT:
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
    """The logarithm of the predicted growth along a fitted line, at a gain; NaN where there is no prediction."""
    prediction = predict(replace(experiment, gain=gain)) if experiment.depth > 1 else None
    return math.nan if prediction is None else math.log(prediction.slope)
