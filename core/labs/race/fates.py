"""The race's runs, and what a fix did for a run: told only where it is more than rounding does."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from core.diagnosis.cell import Cell
from core.diagnosis.outcomes import (
    end_loss,
    ended,
    hardly,
    outcome,
    rose,
    same_course,
    spiked,
    still_falling,
    survived,
)
from core.experiment import Experiment
from core.steps import Step
from core.tasks import trivial_loss
from core.words import rounding
from core.words.course import exploded_before

Undecided = Literal["stopped", "same", "wavers", "open", "helps"]
Saves = Literal["saves", "saves_spike", "saves_hardly"]
Learns = Literal["learned_learned", "learned_better", "learned_worse", "learned_hardly"]
Stalls = Literal["stalled_stalled", "stalled_learned", "stalled_hardly"]
Rises = Literal["diverged_risen", "exploded_risen"]
Tames = Literal["diverged_stalled", "exploded_stalled"]
Explodes = Literal["diverged_exploded", "exploded_exploded", "exploded_diverged"]
Finite = Literal["diverged_exploded_rose", "diverged_exploded_before"]
Ends = Literal["sooner", "as_soon", "later"]
Differs = Literal["breaks", "learned_stalled", "stalled_better", "stalled_worse"]
Fate = Undecided | Saves | Learns | Stalls | Rises | Tames | Explodes | Finite | Ends | Differs
"""What a fix did for a run: the keys of `fixes.fate`."""
SAVES: tuple[Fate, ...] = get_args(Saves)
UNEXPLAINED = {*get_args(Undecided), *get_args(Learns), *get_args(Stalls), *get_args(Rises)}
"""Fates that speak for themselves."""
COMPARED: dict[str, dict[str, Fate]] = {
    "learned": {"better": "learned_better", "": "learned_learned", "worse": "learned_worse"},
    "stalled": {"better": "stalled_better", "": "stalled_stalled", "worse": "stalled_worse"},
}
"""Of two runs that ended alike: by their outcome, and by how the final losses compare."""
ABOUT_EQUAL = 1.05
"""Final losses that differ by no larger factor are about the same."""
ROUNDING_SHARE = 0.2
"""Of the later of two ends: where no twin tells, rounding may move a divergence so far."""


@dataclass(frozen=True)
class Entrant:
    """A run of the race.

    fix: a key of core.diagnosis.changes.WAYS, or "unfixed".
    twin: what became of its twin (core.diagnosis.outcomes.twin), where it was tried.
    """

    fix: str
    experiment: Experiment
    steps: Sequence[Step]
    twin: Cell | None = None

    @property
    def outcome(self) -> str:
        """As in core.diagnosis.outcomes; "stopped" where the visitor left it on its way."""
        return outcome(self.steps, self.experiment) if ended(self.steps) else "stopped"

    @property
    def wavers(self) -> bool:
        """Whether it might have ended otherwise by rounding alone."""
        return bool(rounding.wavers(self.steps, self.experiment, self.twin))

    @property
    def finite(self) -> int:
        """Steps at which everything was finite."""
        return len(self.steps) - (self.steps[-1].lost is not None)

    @property
    def last(self) -> int:
        """The index of its last step."""
        return self.steps[-1].index

    @property
    def clipped(self) -> int:
        """How many steps' gradients clipping made shorter."""
        return sum(s.clipped_norm < s.grad_norm for s in self.steps)

    @property
    def longest_update(self) -> float:
        """The largest finite norm of an update of all weight matrices; 0 if there is none."""
        norms = (math.hypot(*step.update_norms) for step in self.steps)
        return max(filter(math.isfinite, norms), default=0.0)


def fate(unfixed: Entrant, fixed: Entrant) -> Fate:
    """What a fix did for a run. Where rounding decides one of the two, nothing is compared."""
    if "stopped" in (unfixed.outcome, fixed.outcome):
        return "stopped"
    if same_course(unfixed.steps, fixed.steps):
        return "same"
    if fixed.wavers:
        return "wavers"
    if unfixed.wavers:
        return "helps" if fixed.outcome == "learned" and _never_learns(unfixed) else "open"
    return (_of_survivor if survived(unfixed.outcome) else _of_explosion)(unfixed, fixed)


def _never_learns(run: Entrant) -> bool:
    """Of a run that wavers: whether neither it nor its twin learned, nor is near to it."""
    ends = {run.outcome, run.twin.outcome if run.twin else run.outcome}
    return len(ends) == 2 and "learned" not in ends


def _of_survivor(unfixed: Entrant, fixed: Entrant) -> Fate:
    before, after = unfixed.outcome, fixed.outcome
    if not survived(after):
        return "breaks"
    if before != after == "stalled":
        return "learned_stalled"
    if before != after:
        return "stalled_hardly" if hardly(fixed.steps) else "stalled_learned"
    if after == "learned" and hardly(unfixed.steps) and hardly(fixed.steps):
        return "learned_hardly"
    return COMPARED[before][_compared(unfixed, fixed)]


def _of_explosion(unfixed: Entrant, fixed: Entrant) -> Fate:
    lost, after = unfixed.outcome == "diverged", fixed.outcome
    if after == "learned":
        spike = spiked(fixed.steps, fixed.experiment)
        return "saves_spike" if spike else "saves_hardly" if hardly(fixed.steps) else "saves"
    if after == "stalled" and rose(fixed.steps):
        return "diverged_risen" if lost else "exploded_risen"
    if after == "stalled":
        return "diverged_stalled" if lost else "exploded_stalled"
    if after == "diverged":
        return _sooner_or_later(unfixed, fixed) if lost else "exploded_diverged"
    return _stays_finite(fixed) if lost else "exploded_exploded"


def _stays_finite(fixed: Entrant) -> Fate:
    """How a run exploded and stayed finite: before the first update, by a loss that rose, or else."""
    if exploded_before(fixed.steps, fixed.experiment):
        return "diverged_exploded_before"
    return "diverged_exploded_rose" if rose(fixed.steps) else "diverged_exploded"


def goes_on(run: Entrant) -> bool:
    """Whether a run has not learned by its end, and perhaps would."""
    return run.outcome in ("stalled", "exploded") and still_falling(run.steps)


def rounds_away(what: Fate, unfixed: Entrant, fixed: Entrant) -> bool:
    """Whether two runs of this fate would be told apart, if rounding did not move them as far as their twins show."""
    if unfixed.twin is None or fixed.twin is None:
        return False
    if what == "as_soon":
        return abs(unfixed.last - fixed.last) > 1
    alike = what in ("learned_learned", "stalled_stalled")
    return alike and abs(_apart(unfixed, fixed)) > math.log(ABOUT_EQUAL)


def _apart(unfixed: Entrant, fixed: Entrant) -> float:
    """How much larger the final loss is with the fix, in trivial losses, as a difference of logarithms."""
    runs = (unfixed, fixed)
    before, after = (max(end_loss(r.steps), math.ulp(0)) / trivial_loss(r.experiment) for r in runs)
    return math.log(after) - math.log(before)


def _compared(unfixed: Entrant, fixed: Entrant) -> str:
    """Whether a final loss is better or worse than another, by more than rounding moves either; "" if not."""
    apart = _apart(unfixed, fixed)
    moved = (rounding.losses_moved(run.steps, run.twin) for run in (unfixed, fixed))
    if abs(apart) <= max(math.log(ABOUT_EQUAL), *moved):
        return ""
    return "worse" if apart > 0 else "better"


def _sooner_or_later(unfixed: Entrant, fixed: Entrant) -> Fate:
    before, after = unfixed.last, fixed.last
    guess = ROUNDING_SHARE * max(before, after)
    moved = [rounding.steps_moved(run.steps, run.twin) for run in (unfixed, fixed)]
    if abs(before - after) <= max(1, *(guess if each is None else each for each in moved)):
        return "as_soon"
    return "sooner" if after < before else "later"
