"""The race's runs, and what a fix did for a run: told only where it is more than rounding does."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.diagnosis.cell import Cell
from core.diagnosis.outcomes import (
    EXPLODED_START,
    end_loss,
    ended,
    hardly,
    outcome,
    rose,
    same_course,
    spiked,
    start_loss,
    still_falling,
    survived,
)
from core.experiment import Experiment
from core.steps import Step
from core.tasks import trivial_loss
from core.words import rounding

SAVES = ("saves", "saves_spike", "saves_hardly")
"""Fates of an explosion that learned with the fix."""
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


def fate(unfixed: Entrant, fixed: Entrant) -> str:
    """What a fix did for a run: a key of `fixes.fate`. Where rounding decides one of the two, nothing is compared."""
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


def _of_survivor(unfixed: Entrant, fixed: Entrant) -> str:
    before, after = unfixed.outcome, fixed.outcome
    if not survived(after):
        return "breaks"
    if before != after:
        return (
            "stalled_hardly" if after == "learned" and hardly(fixed.steps) else f"{before}_{after}"
        )
    if after == "learned" and hardly(unfixed.steps) and hardly(fixed.steps):
        return "learned_hardly"
    return f"{before}_{_compared(unfixed, fixed) or before}"


def _of_explosion(unfixed: Entrant, fixed: Entrant) -> str:
    before, after = unfixed.outcome, fixed.outcome
    if after == "learned":
        return _saves(fixed)
    if before == after == "diverged":
        return _sooner_or_later(unfixed, fixed)
    if after == "stalled":
        return f"{before}_{'risen' if rose(fixed.steps) else after}"
    if (before, after) == ("diverged", "exploded"):
        return f"{before}_{after}{_how(fixed)}"
    return f"{before}_{after}"


def _saves(fixed: Entrant) -> str:
    if spiked(fixed.steps, fixed.experiment):
        return "saves_spike"
    return "saves_hardly" if hardly(fixed.steps) else "saves"


def _how(fixed: Entrant) -> str:
    """How a run exploded and stayed finite: before the first update, by a loss that rose, or else."""
    if start_loss(fixed.steps) > EXPLODED_START * trivial_loss(fixed.experiment):
        return "_before"
    return "_rose" if rose(fixed.steps) else ""


def goes_on(run: Entrant) -> bool:
    """Whether a run has not learned by its end, and perhaps would."""
    return run.outcome in ("stalled", "exploded") and still_falling(run.steps)


def rounds_away(what: str, unfixed: Entrant, fixed: Entrant) -> bool:
    """Whether two runs of this fate would be told apart, if rounding did not move them as far as their twins show."""
    if unfixed.twin is None or fixed.twin is None:
        return False
    if what == "as_soon":
        return abs(unfixed.last - fixed.last) > 1
    alike = what in ("learned_learned", "stalled_stalled")
    return alike and abs(_apart(unfixed, fixed)) > math.log(ABOUT_EQUAL)


def _apart(unfixed: Entrant, fixed: Entrant) -> float:
    """How much larger the final loss is with the fix, as a difference of logarithms."""
    before, after = (max(end_loss(run.steps), math.ulp(0)) for run in (unfixed, fixed))
    return math.log(after) - math.log(before)


def _compared(unfixed: Entrant, fixed: Entrant) -> str:
    """Whether a final loss is better or worse than another, by more than rounding moves either; "" if not."""
    apart = _apart(unfixed, fixed)
    moved = (rounding.losses_moved(run.steps, run.twin) for run in (unfixed, fixed))
    if abs(apart) <= max(math.log(ABOUT_EQUAL), *moved):
        return ""
    return "worse" if apart > 0 else "better"


def _sooner_or_later(unfixed: Entrant, fixed: Entrant) -> str:
    before, after = unfixed.last, fixed.last
    guess = ROUNDING_SHARE * max(before, after)
    moved = [rounding.steps_moved(run.steps, run.twin) for run in (unfixed, fixed)]
    if abs(before - after) <= max(1, *(guess if each is None else each for each in moved)):
        return "as_soon"
    return "sooner" if after < before else "later"
