"""Rules for what a log alone shows: it goes on after its end, leaves steps out, and tells norm and threshold."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.diagnosis.clip_threshold import FEW
from core.diagnosis.symptoms import Finding
from core.logs.rise import SIGMAS, usual
from core.logs.seen import Seen, Track
from core.steps import Float64s

WARM_UP = 25
"""Rows before the first that can be a spike, as ZClip (Kumar et al. 2025) has it."""
ALWAYS = 0.9
"""Clipped in more than this share of the steps, a threshold is a lower rate."""

Heard = tuple[int, float] | None
"""The row in which a rule speaks, and at what value."""


@dataclass(frozen=True, slots=True)
class LogRule:
    """A rule of a log, as symptoms.Rule: what it reads, of whom it is, and how many rows it needs before its own.

    hear: gets the log, and the threshold at which was clipped, if that is known.
    """

    hear: Callable[[Seen, float | None], Heard]
    series: tuple[str, ...]
    threshold: float
    source: str
    window: int = 0


def spikes(track: Track) -> tuple[Track, Float64s]:
    """Where a series passes what is usual by far, and comes back; and how many times the usual that is."""
    there = track.finite
    logs = np.log(there.values)
    mean, spread = usual(logs)
    most = mean + SIGMAS * spread
    after = np.append(np.minimum.accumulate(logs[::-1])[::-1], np.inf)[1:]
    found = (logs > most) & (after <= most) & (np.arange(len(logs)) >= WARM_UP)
    return there.where(found), np.exp(logs - mean)[found]


def _spike(seen: Seen, _: float | None) -> Heard:
    found, times = spikes(seen.main.before(seen.end))
    return (int(found.rows[0]), float(times[0])) if len(times) else None


def _dead(seen: Seen, _: float | None) -> Heard:
    return (seen.end, 0.0) if seen.zeroed and seen.end is not None else None


def _lone_inf(seen: Seen, _: float | None) -> Heard:
    """An infinite norm between two finite ones, with a loss, if it was logged, that is a number."""
    norm = seen.norm.before(seen.end)
    finite, infinite = np.isfinite(norm.values), np.isinf(norm.values)
    for place in np.flatnonzero(infinite[1:-1] & finite[:-2] & finite[2:]) + 1:
        loss = seen.loss.where(seen.loss.rows == norm.rows[place]).values
        if np.isfinite(loss).all():
            return int(norm.rows[place]), math.inf
    return None


def _always_clipped(seen: Seen, clip: float | None) -> Heard:
    found = clipped(seen, clip)
    if found is None or len(seen.norm.rows) < FEW or found.share <= ALWAYS:
        return None
    return int(seen.norm.rows[0]), found.share


@dataclass(frozen=True, slots=True)
class Clipped:
    """How clipping acted: in what share of the logged steps, and what it left of the norm, on average, in those."""

    share: float
    factor: float


@np.errstate(all="ignore")
def clipped(seen: Seen, clip: float | None) -> Clipped | None:
    """From the norms before and after, or from a threshold that is told; None if neither is known."""
    norm, after = seen.norm.before(seen.end).finite, seen.track("clipped_norm").finite
    if clip is None:
        both, own, other = np.intersect1d(norm.rows, after.rows, return_indices=True)
        ratio = after.values[other] / norm.values[own] if len(both) else np.empty(0)
    else:
        ratio = np.minimum(clip / norm.values, 1.0)
    if not len(ratio):
        return None
    acted = ratio < 0.999  # a norm that was written with four digits
    factor = float(ratio[acted].mean()) if acted.any() else 1.0
    return Clipped(float(acted.mean()), factor)


LOG_RULES: dict[str, LogRule] = {
    "spike": LogRule(_spike, ("grad_norm", "loss"), SIGMAS, "OLMo", window=WARM_UP),
    "lone_inf": LogRule(_lone_inf, ("grad_norm",), math.inf, "IEEE 754", window=1),
    "always_clipped": LogRule(_always_clipped, ("grad_norm",), ALWAYS, "", window=FEW),
    "dead": LogRule(_dead, ("loss",), 0.0, "Hugging Face Trainer"),
}


def heard(seen: Seen, clip: float | None) -> list[Finding]:
    """What these rules found."""
    found = ((name, rule.hear(seen, clip)) for name, rule in LOG_RULES.items())
    return [Finding(name, seen.step(h[0]), h[1]) for name, h in found if h is not None]
