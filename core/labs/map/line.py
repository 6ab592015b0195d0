"""The line on a map along which theory's growth over the network's depth is 1."""

import math
from dataclasses import replace
from functools import lru_cache

import numpy as np

from core.experiment import Experiment
from core.labs.map.question import SCALES, Question
from core.theory.critical_gain import passage

MATTERS = ("depth", "width")
"""The axes along which the line may bend: nothing else matters before training."""
PLAIN = Experiment()
LATER = ("optimizer", "lr", "steps", "clipping", "clip", "seed")
"""Settings of which theory knows nothing: whatever they are, the line is the same."""
POINTS = 9
"""At so many of the other axis' values the gain is looked for; between them the line is straight."""
Line = tuple[tuple[float, float], ...]
"""(the other axis' value, gain), in the order of the axis."""


def boundary(question: Question) -> Line:
    """The gains at which theory says growth 1; empty where there is none in the range, or no gain axis."""
    return tuple((other, gain) for other, gain in passages(question) if 0 < gain < math.inf)


def passages(question: Question) -> Line:
    """For some of the other axis' values, the first and the last among them, the gain that `passage` tells."""
    return _passages(_before_training(question))


def passage_of_each(question: Question) -> tuple[float, ...]:
    """What `passage` tells for every value of the axis that is not the gain's; between the line's points, on it."""
    return _passage_of_each(_before_training(question))


def _before_training(question: Question) -> Question:
    """Questions that are the same for theory become one."""
    plain = {name: getattr(PLAIN, name) for name in LATER}
    return replace(question, base=replace(question.base, **plain))


@lru_cache(maxsize=64)
def _passages(question: Question) -> Line:
    if "gain" not in question.fields:
        return ()
    field, values = question.axes[question.other]
    if field not in MATTERS:
        gain = _passage(question, 0)
        return ((values[0], gain), (values[-1], gain))
    shares = np.linspace(0, 1, POINTS) ** 2  # closer where a network is shallow or narrow
    chosen = np.unique((shares * (len(values) - 1)).round().astype(int)).tolist()
    return tuple((values[k], _passage(question, k)) for k in chosen)


@lru_cache(maxsize=64)
def _passage_of_each(question: Question) -> tuple[float, ...]:
    field, values = question.axes[question.other]
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
    gains = question.axes[1 - question.other][1]
    place = (0, k) if question.other else (k, 0)
    return passage(question.experiment(*place), gains)
