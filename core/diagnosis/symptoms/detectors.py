"""When a series is too large, too small, or grows: (values, threshold, window) -> where from 0, and what; or None.

Only finite values make a detector speak but `known`. A window is the moments before its own that one compares with;
who has more of them than values is not asked.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from core.steps import Float64s

Heard = tuple[int, float] | None
Detector = Callable[[Float64s, float, int], Heard]


def above(values: Float64s, threshold: float, _window: int) -> Heard:
    """The first value above the threshold."""
    return _first((threshold < values) & (values < np.inf), values)


def below(values: Float64s, threshold: float, _window: int) -> Heard:
    """The first value below the threshold."""
    return _first(values < threshold, values)


def known(values: Float64s, _threshold: float, _window: int) -> Heard:
    """The first value there is, whatever it is."""
    return _first(np.ones(len(values), dtype=bool), values)


def jumping(values: Float64s, threshold: float, window: int) -> Heard:
    """The first that is at least `threshold` times what it was a window before, and that factor."""
    before, now = values[:-window], values[window:]
    jumped = (before > 0) & (threshold * before <= now) & (now < np.inf)
    return _first(jumped, values, window)


def multiplying(values: Float64s, threshold: float, window: int) -> Heard:
    """The end of the first window in which all rises are at least `threshold`-fold, and the factor over it."""
    return _first(_all_rise(values, threshold, window), values, window)


def rising(values: Float64s, threshold: float, window: int) -> Heard:
    """The end of the first window in which every value rises, `threshold`-fold in all, and the factor over it."""
    whole = values[window:] >= threshold * values[:-window]
    return _first(_all_rise(values, 1.0, window) & whole, values, window)


def _all_rise(values: Float64s, each: float, window: int) -> NDArray[Any]:
    """Of every value with a window before it, whether all in it rise, each at least so many times."""
    before, now = values[:-1], values[1:]
    rises = (before > 0) & (before < now) & (now < np.inf) & (now >= each * before)
    return np.array(sliding_window_view(rises, window).all(axis=1))


def _first(there: NDArray[Any], values: Float64s, window: int = 0) -> Heard:
    """The first place where it holds: its value, or by what factor it is above the one a window before."""
    if not there.any():
        return None
    place = window + int(there.argmax())
    return place, float(values[place] / values[place - window] if window else values[place])
