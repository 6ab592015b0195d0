"""What is usual for a log's own numbers, what passes it, and the rise that does not come back.

Numbers are compared by their logarithms: the norms of healthy runs are spread over powers of ten.
"""

from dataclasses import dataclass

import numpy as np

from core.diagnosis.clip_threshold import FEW
from core.steps import Float64s

WINDOW = 128
SIGMAS = 6.0
"""Six standard deviations over a window of 128 steps: where OLMo skips a step (olmo-core, SkipStepOptimizer)."""
TENFOLD = float(np.log(10))
"""At least, whatever the spread: ten times the average is where the rule of thumb for a threshold ends."""
ASIDE, ABOVE = 1.0, 2.0
"""Spreads above the usual at which a rise begins, and from which on a row clearly belongs to it."""
SEVERAL = 3
"""Rows that make a rise; fewer may be a jump as well."""


@dataclass(frozen=True, slots=True)
class Rise:
    """A rise to the last of some numbers: at which of them it begins, and of how many it consists."""

    begin: int
    count: int


def usual(logs: Float64s) -> tuple[Float64s, Float64s]:
    """Of each number mean and spread of those before it, WINDOW at most; NaN of none.

    The spread is at least such that ten times the mean lies SIGMAS of them above it.
    """
    count = np.arange(len(logs))
    many = np.minimum(count, WINDOW)
    sums, squares = (np.concatenate(([0.0], np.cumsum(each))) for each in (logs, logs**2))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (sums[count] - sums[count - many]) / many
        square = (squares[count] - squares[count - many]) / many
    spread = np.sqrt(np.maximum(square - mean**2, 0.0))
    return mean, np.maximum(spread, TENFOLD / SIGMAS)


def find_rise(values: Float64s) -> Rise | None:
    """The rise in which positive numbers end: from its first on, none of them comes back to what was usual.

    A rise may take ten rows or ten thousand: it is looked for among the last WINDOW rows, then among every second
    of twice as many, and so on. None if it has fewer than SEVERAL rows.
    """
    logs = np.log(values)
    lowest = np.minimum.accumulate(logs[::-1])[::-1]
    every = 1
    while every < len(logs):
        places = np.arange(len(logs) - 1, -1, -every)[::-1]
        mean, spread = usual(logs[places])
        above = lowest[places] > mean + SIGMAS * spread
        above[: max(len(places) - WINDOW, 1)] = False
        if above.any():
            first = int(above.argmax())
            found = _back(logs, int(places[first]), mean[first], spread[first])
            if found.count >= SEVERAL:
                return found
        every *= 2
    return None


def _back(logs: Float64s, first: int, mean: float, spread: float) -> Rise:
    """Back from a row that is far above the usual to where that began.

    Where the log has next to nothing before, its rows there are of the rise, too: it began in it.
    """
    calm = np.flatnonzero(logs[:first] <= mean + ABOVE * spread)
    still = np.flatnonzero(logs[:first] <= mean + ASIDE * spread)
    clear = int(calm[-1]) + 1 if len(calm) else 0
    begin = int(still[-1]) + 1 if len(still) else 0
    return Rise(begin, len(logs) - clear + (clear < FEW))


def risen(values: Float64s) -> int:
    """How many of the last SEVERAL positive numbers, one after the other, lie clearly above those before."""
    if len(values) <= SEVERAL:
        return 0
    logs = np.log(values)
    mean, spread = (each[-SEVERAL] for each in usual(logs))
    below = np.flatnonzero(logs[-SEVERAL:] <= mean + ABOVE * spread)
    return SEVERAL - 1 - int(below[-1]) if len(below) else SEVERAL
