"""The gain at which theory has a growth of 1 over a network's depth."""

import math
from dataclasses import replace

from core.experiment import Experiment
from core.theory.prediction import predict

FLAT = 1e-6
"""A logarithm of the growth below this is 1, whatever the gain."""
ROUNDS = 12


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
