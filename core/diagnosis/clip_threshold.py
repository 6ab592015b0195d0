"""Where to clip: the percentiles of a run's own gradient norms, and what each would have clipped in it.

Norms are global and from before clipping; what is zero or not finite is left out.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.experiment import RANGES
from core.steps import Step

PERCENTILES = (50, 75, 90, 95, 99)
TIMES = {"half": 0.5, "average": 1.0, "ten": 10.0}
"""Thresholds as multiples of the average norm: from half of it to ten times it (Pascanu et al. 2013, section 3.2)."""
FEW = 5
"""Fewer norms than this have no percentiles worth the name."""
VALUE = 1.0
"""The usual `clipvalue`: a run records norms, not entries, so it has no percentile of these."""
ADAPTIVE = 0.01
"""Brock et al. 2021, section 4.1."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold of the global norm, rounded. clipped: at how many of the run's norms it would have acted."""

    name: str
    value: float
    clipped: int

    @property
    def runs(self) -> bool:
        """Whether an experiment can have it."""
        return self.value == kept(self.value)


def norms_of(steps: Sequence[Step]) -> list[float]:
    """The norms before clipping that are finite and not zero, in order."""
    return [step.grad_norm for step in usable(steps)]


def usable(steps: Sequence[Step]) -> list[Step]:
    """The steps that have such a norm."""
    return [step for step in steps if math.isfinite(step.grad_norm) and step.grad_norm > 0]


def before_explosion(norms: Sequence[float]) -> list[float]:
    """The norms up to the first that is more than ten times the average of those before it.

    Ten times the average is where the rule of thumb, TIMES, ends.
    """
    total = 0.0
    for count, norm in enumerate(norms):
        if count and norm > TIMES["ten"] * total / count:
            return list(norms[:count])
        total += norm
    return list(norms)


def mean(norms: Sequence[float]) -> float:
    """Their average; NaN of none."""
    return math.fsum(norms) / len(norms) if norms else math.nan


def percentiles(base: Sequence[float], norms: Sequence[float]) -> list[Threshold]:
    """The percentiles of `base` as thresholds, counted against all norms of the run; none of a few norms."""
    if len(base) < FEW:
        return []
    values = np.percentile(base, PERCENTILES)
    return [threshold(str(p), float(v), norms) for p, v in zip(PERCENTILES, values, strict=True)]


def rule_of_thumb(average: float, norms: Sequence[float]) -> list[Threshold]:
    """Half the average norm, the average, ten times it."""
    return [threshold(name, times * average, norms) for name, times in TIMES.items()]


def threshold(name: str, wanted: float, norms: Sequence[float]) -> Threshold:
    """Two digits of it, counted against all norms of the run."""
    value = float(f"{wanted:.1e}")
    return Threshold(name, value, sum(norm > value for norm in norms))


def kept(wanted: float) -> float:
    """Two digits of it, within the range of an experiment's threshold."""
    least, most = RANGES["clip"]
    return min(max(float(f"{wanted:.1e}"), least), most)


def advised(steps: Sequence[Step]) -> dict[str, float]:
    """A threshold for every way to clip, from the steps of a run that did not explode, or had not yet.

    The global norm at its average, each tensor's at the average of the largest matrix's; the other two
    cannot be told from norms and take the usual values.
    """
    seen = usable(steps)
    return {
        "value": VALUE,
        "norm": kept(mean([max(s.weight_grad_norms) for s in seen])),
        "global_norm": kept(mean([s.grad_norm for s in seen])),
        "adaptive": ADAPTIVE,
    }
