"""What a log shows: an explosion, an end without one, a spike, slow learning, nothing; or that it cannot tell."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.diagnosis.clip_threshold import FEW
from core.diagnosis.outcomes import EXPLODED_NORM, EXPLODED_TIMES, FALLEN, RISEN
from core.logs.rise import SEVERAL, SIGMAS, WINDOW, Rise, find_rise, risen, usual
from core.logs.rules import WARM_UP, spikes
from core.logs.seen import Seen, Track
from core.steps import Float64s

LEVEL = 20
"""So many rows that stay level rule out that an explosion was on its way; fewer have no quarters to speak of."""
DOUBLED, HALF = 2.0, 0.5
ZERO = 1e-7
"""A norm below it has no entry above it: SageMaker Debugger's threshold of a vanishing gradient."""


@dataclass(frozen=True, slots=True)
class Course:
    """kind, as Diagnosis has it; why: what makes it that; the row in which a rise begins, the rows in it, of what."""

    kind: str
    why: str = ""
    begin: int | None = None
    count: int = 0
    series: str = "grad_norm"


def course(seen: Seen) -> Course:
    """What the log shows, by its numbers alone."""
    for name in ("grad_norm", "loss"):
        there = seen.track(name).before(seen.end).finite
        rise = find_rise(there.values)
        if rise is not None and _exploded(seen, there, rise):
            return Course("explosion", "rise", int(there.rows[rise.begin]), rise.count, name)
    huge = np.flatnonzero(seen.norm.before(seen.end).finite.values > EXPLODED_NORM)
    if _ends_huge(seen):
        first = int(seen.norm.before(seen.end).finite.rows[huge[0]])
        return Course("explosion", "huge", first, len(huge))
    return _finite(seen) if seen.end is None else _ended(seen)


def _exploded(seen: Seen, track: Track, rise: Rise) -> bool:
    """Whether a rise to the end is an explosion: it goes on, or has taken the loss with it.

    Norms that rose once and are level since, with the loss calm, are another stretch of the same training.
    """
    part = track.values[rise.begin :]
    third = max(len(part) // 3, 1)
    grows = np.median(part[-third:]) >= DOUBLED * np.median(part[:third])
    loss = _loss_rose(seen, int(track.rows[rise.begin]))
    if seen.end is not None:
        return bool(grows) or loss is True
    before = track.values[: rise.begin][-WINDOW:]
    far = len(before) > 0 and bool(np.median(part) > EXPLODED_TIMES * np.median(before))
    return loss if loss is not None else bool(grows) and far


def _loss_rose(seen: Seen, row: int) -> bool | None:
    """Whether the loss is at the end more than twice what it was before a row; None if that was not logged."""
    loss = seen.loss.before(seen.end).finite
    before, after = (loss.values[there] for there in (loss.rows < row, loss.rows >= row))
    if not len(before) or not len(after):
        return None
    return bool(np.median(after[-SEVERAL:]) > DOUBLED * np.median(before[-WINDOW:]))


def _ends_huge(seen: Seen) -> bool:
    """Whether the norms end where those of no network at work are, and the loss has not fallen to half.

    Norms may be logged while still multiplied by a loss scale of float16.
    """
    norms = seen.norm.before(seen.end).finite.values[-SEVERAL:]
    huge = len(norms) == SEVERAL and bool((norms > EXPLODED_NORM).all())
    return huge and not fell(seen, HALF)


def _ended(seen: Seen) -> Course:
    """Of a log that ends with what is no number, without an explosion in sight."""
    norms = seen.norm.before(seen.end).finite
    some = max(len(norms.rows), len(seen.loss.before(seen.end).finite.rows))
    count = risen(norms.values)
    begin = int(norms.rows[-count]) if count else None
    reasons: dict[str, Callable[[], bool]] = {
        "last_inf": lambda: last_inf(seen),
        "few_rows": lambda: some < SEVERAL,
        "no_norm": lambda: len(norms.rows) < SEVERAL,
        "short_rise": lambda: count > 0,
        "apart": lambda: not _at_every_step(seen, norms),
        "young": lambda: len(norms.rows) < LEVEL,
    }
    why = next((name for name, holds in reasons.items() if holds()), None)
    return Course("cannot tell", why, begin, count) if why else Course("overflow", "level")


def _at_every_step(seen: Seen, norms: Track) -> bool:
    """Whether no step lies between the last finite norm and the end."""
    assert seen.end is not None
    gap = seen.step(seen.end) - norms.steps[-1]
    return seen.interval is not None and seen.interval <= 1 and gap <= 1


def last_inf(seen: Seen) -> bool:
    """Whether all that is no number is an infinite norm in the last row, which may be a skipped step of float16."""
    norm, loss = seen.norm, seen.loss
    if seen.end is None or not len(norm.rows) or norm.rows[-1] != seen.end:
        return False
    return bool(np.isposinf(norm.values[-1])) and bool(np.isfinite(loss.values[-1:]).all())


def _finite(seen: Seen) -> Course:
    """Of a log that ends with numbers, and not in an explosion."""
    loss = seen.loss.where(np.isfinite(seen.loss.values)).values
    if max(len(seen.norm.finite.rows), len(loss)) < SEVERAL:
        return Course("cannot tell", "few_rows")
    if count := _ends_high(seen.main.finite):
        begin = int(seen.main.finite.rows[-count])
        return Course("cannot tell", "ends_high", begin, count, seen.main_name)
    found, _ = spikes(seen.main)
    if len(found.rows):
        return Course("spike", "back", int(found.rows[0]), 1, seen.main_name)
    if slow := _slow(seen, loss):
        return Course("slow", slow)
    if 0 < len(loss) < LEVEL and not fell(seen):
        return Course("cannot tell", "young")
    return Course("none", "loss_fell" if fell(seen) else "calm")


def _ends_high(track: Track) -> int:
    """In how many rows a series ends, SEVERAL at most, that it may come back from or not; 0 if it ends as usual."""
    logs = np.log(track.values)
    mean, spread = usual(logs)
    high = len(logs) > WARM_UP and logs[-1] > mean[-1] + SIGMAS * spread[-1]
    return max(risen(track.values), 1) if high else 0


def _slow(seen: Seen, loss: Float64s) -> str:
    """Why learning is slow: the gradient has vanished, the loss did not fall, or rose again; "" if it is not."""
    norms = seen.norm.where(np.isfinite(seen.norm.values)).values
    ends_at = np.median(norms[-max(len(norms) // 4, 1) :]) if len(norms) >= LEVEL else 1.0
    if ends_at < ZERO and not fell(seen):
        return "vanished"
    if len(loss) < LEVEL:
        return ""
    return "not_falling" if not fell(seen) else "drifting" if _drifts(loss) else ""


def fell(seen: Seen, to: float = FALLEN) -> bool:
    """Whether the last quarter's median loss is at most this share of the start's.

    That is the lower one of the first row and the median of the first FEW, or of the first quarter of a short log:
    a run may blow up in its second step.
    """
    there = seen.loss.before(seen.end)
    loss = there.values[np.isfinite(there.values)]
    if len(loss) < SEVERAL:
        return False
    quarter = max(len(loss) // 4, 1)
    start = min(loss[0], np.median(loss[: min(FEW, quarter)]))
    end = np.median(loss[-quarter:])
    return bool(end <= start - (1 - to) * abs(start))


def _drifts(loss: Float64s) -> bool:
    """Whether the loss rose again: its last quarter lies above the best one, the middle halves of both apart."""
    quarters = np.array_split(loss, 4)
    best, last = min(quarters, key=np.median), quarters[-1]
    apart = np.percentile(last, 25) > np.percentile(best, 75)
    return bool(apart) and bool(np.median(last) > RISEN * np.median(best))
