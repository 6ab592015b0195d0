"""What thresholds would have clipped in a log, and whether that was before the damage."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.diagnosis.clip_threshold import TIMES, mean, percentiles, rule_of_thumb
from core.logs import Diagnosis

SHOWN = (*TIMES, "90", "99")
"""The thresholds that are shown, as core/diagnosis/clip_threshold.py calls them."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A threshold: in what share of the logged steps it would have acted, first at which, and when that is.

    when: "before" the rise, "in_rise" in its row `row`, "too_late" in its last, or "never" in it; "" without one.
    """

    name: str
    value: float
    share: float
    first: int | None
    when: str = ""
    row: int = 0


def clips(found: Diagnosis) -> Sequence[Clip]:
    """A row for each threshold, the smallest first; none where no norm was calm."""
    norm = found.seen.norm.before(found.seen.end).finite
    calm = found.calm.tolist()
    if not calm:
        return []
    told = [*rule_of_thumb(mean(calm), norm.values.tolist())]
    told += percentiles(calm, norm.values.tolist())
    rising = norm.steps >= (np.inf if found.began is None else found.began)
    out = []
    for each in sorted((t for t in told if t.name in SHOWN), key=lambda t: t.value):
        acts = norm.values > each.value
        first = int(norm.steps[acts.argmax()]) if acts.any() else None
        when, row = _when(acts, rising) if found.kind == "explosion" else ("", 0)
        out.append(Clip(each.name, each.value, float(acts.mean()), first, when, row))
    return out


def _when(acts: np.ndarray, rising: np.ndarray) -> tuple[str, int]:
    """Whether it acts before the rise, or in which of its rows first."""
    if (acts & ~rising).any():
        return "before", 0
    rows = acts[rising]
    if not rows.any():
        return "never", 0
    row = int(rows.argmax()) + 1
    return ("too_late" if row == len(rows) else "in_rise"), row
