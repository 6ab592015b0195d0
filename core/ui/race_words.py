"""What is said of each run of the race: what became of it, whether its fix helped, why, and what it costs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.advice import AIMS, idle
from core.costs import slowdown
from core.experiment import Experiment
from core.outcomes import (
    counterfactuals,
    end_loss,
    ended,
    outcome,
    same_course,
    start_loss,
    still_falling,
    survived,
)
from core.steps import Step, growth
from core.tasks import load_task
from core.text import Text
from core.ui.verdict import FAR, ending, evaluated, hardly, travelled

UNEXPLAINED = (
    "stopped",
    "same",
    "stalled_learned",
    "stalled_stalled",
    "learned_learned",
    "learned_better",
    "learned_worse",
    "learned_hardly",
    "exploded_risen",
    "diverged_risen",
)
"""Fates that speak for themselves."""
ABOUT_EQUAL = 1.05
"""Final losses that differ by no larger factor are about the same."""
MORE_WORK = ("clipping", "normalization")
"""Fixes with which an update has more to do; the others change numbers alone."""
HALVED = 0.5
"""A fix that leaves the signal growing by more than this power of its growth has not cured the chain."""
ROUNDING_SHARE = 0.2
"""Of the later of two ends, or one step: rounding alone moves them so far, the end of a slow explosion most."""


@dataclass(frozen=True)
class Entrant:
    """A run of the race. fix: a key of core.advice.WAYS, or "unfixed"."""

    fix: str
    experiment: Experiment
    steps: Sequence[Step]

    @property
    def outcome(self) -> str:
        """As in core.outcomes; "stopped" where the visitor left it on its way."""
        return outcome(self.steps, self.experiment) if ended(self.steps) else "stopped"

    @property
    def survived(self) -> int:
        """Updates after which everything was still finite."""
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
    """What a fix did for a run: a key of `fixes.fate`."""
    before, after = unfixed.outcome, fixed.outcome
    if "stopped" in (before, after):
        return "stopped"
    if same_course(unfixed.steps, fixed.steps):
        return "same"
    return (_of_survivor if survived(before) else _of_explosion)(unfixed, fixed)


def _of_survivor(unfixed: Entrant, fixed: Entrant) -> str:
    before, after = unfixed.outcome, fixed.outcome
    if not survived(after):
        return "breaks"
    if before != after:
        return f"{before}_{after}"
    if after == "learned" and hardly(unfixed.steps) and hardly(fixed.steps):
        return "learned_hardly"
    return f"{before}_{_compared(end_loss(unfixed.steps), end_loss(fixed.steps)) or before}"


def _of_explosion(unfixed: Entrant, fixed: Entrant) -> str:
    before, after = unfixed.outcome, fixed.outcome
    if after == "learned":
        return "saves"
    if before == after == "diverged":
        return _sooner_or_later(unfixed.last, fixed.last)
    if after != "stalled":
        return f"{before}_{after}"
    risen = end_loss(fixed.steps) > FAR * start_loss(fixed.steps)
    return f"{before}_{'risen' if risen else after}"


def _goes_on(run: Entrant) -> bool:
    """Whether a run has not learned by its end, and perhaps would."""
    return run.outcome == "stalled" and still_falling(run.steps)


def _compared(before: float, after: float) -> str:
    """Whether a final loss is better or worse than another; "" if they are about equal."""
    if after > ABOUT_EQUAL * before:
        return "worse"
    return "better" if before > ABOUT_EQUAL * after else ""


def _sooner_or_later(before: int, after: int) -> str:
    if abs(before - after) <= max(1, ROUNDING_SHARE * max(before, after)):
        return "as_soon"
    return "sooner" if after < before else "later"


def facts(run: Entrant, text: Text) -> str:
    """Outcome, steps survived, final loss against the trivial predictor's, how often clipping acted."""
    what, task = run.outcome, load_task(run.experiment.task, run.experiment.depth)
    steps = text("verdict.steps_of", known=run.survived, planned=run.experiment.steps)
    said = [f"**{text(f'verdict.outcomes.{what}')}**", text("fixes.race.steps", steps=steps)]
    if what not in ("diverged", "stopped"):
        loss = end_loss(run.steps)
        said.append(text("fixes.race.final", loss=loss, trivial=task.trivial_loss))
    if run.experiment.clipping != "none":
        said.append(text("fixes.race.clipped", clipped=run.clipped, steps=len(run.steps)))
    return " · ".join(said)


def sentence(unfixed: Entrant, fixed: Entrant, cause: str | None, text: Text) -> str:
    """Whether the fix helped, and why. cause: of the unfixed run's explosion, where it is known."""
    what = fate(unfixed, fixed)
    about = "about_" if what == "as_soon" and fixed.last != unfixed.last else ""
    said = text(
        f"fixes.fate.{about}{what}",
        step=fixed.last,
        before_step=unfixed.last,
        start=start_loss(fixed.steps),
        loss=end_loss(fixed.steps),
        before=end_loss(unfixed.steps),
        ending="" if what == "stopped" else ending(fixed.steps, fixed.experiment, text),
    )
    goes_on = what not in ("stopped", "same") and _goes_on(fixed)
    falling = text("fixes.fate.falling") if goes_on else ""
    why = _why(what, unfixed, fixed, cause, text)
    parts = (said, falling, why, evaluated(fixed.steps, fixed.experiment, text))
    return " ".join(part for part in parts if part)


def _why(what: str, unfixed: Entrant, fixed: Entrant, cause: str | None, text: Text) -> str:
    """Which cause the fix acts on, and where it failed what its run shows of that."""
    if what in UNEXPLAINED:
        return ""
    kind, blame = _credit(what, unfixed, fixed, cause)
    if kind != "failed" and (doubt := _beside(unfixed, fixed, cause, text)):
        return doubt
    said = [text(f"fixes.why.{kind}.{blame}")] if cause else []
    if kind == "failed":
        said.append(_evidence(unfixed, fixed, cause, text))
    return " ".join(said).strip()


def _credit(what: str, unfixed: Entrant, fixed: Entrant, cause: str | None) -> tuple[str, str]:
    """Whether the fix "cured", "held" off the explosion (all that the verdict asks) or "failed", and the blame.

    One for the other cause that "kept" the run learning to its end has not failed.
    """
    whose = {AIMS[fixed.fix]: "own_", "both": "", "neither": ""}.get(str(cause), "other_")
    blame = f"{whose}{cause}"
    if what == "saves":
        return "cured", blame
    if cause and survived(fixed.outcome):
        if whose != "other_":
            return "held", blame
        if _goes_on(fixed):
            return "kept", blame
    tried = fixed.experiment in counterfactuals(unfixed.experiment).values()
    return "failed", "neither_tried" if cause == "neither" and tried else blame


def _beside(unfixed: Entrant, fixed: Entrant, cause: str | None, text: Text) -> str:
    """What speaks against a cure: a clip that shortens no step, a signal that grows as before; "" if nothing does."""
    if fixed.fix == "clipping" and idle(fixed.fix, fixed.experiment):
        shorter = ABOUT_EQUAL * fixed.longest_update < unfixed.longest_update
        return "" if shorter else _moved("fixes.why.luck", unfixed, fixed, text)
    if AIMS[fixed.fix] != "chain" or cause not in ("chain", "both"):
        return ""
    before, after = (growth(run.steps[0].signal_norms) for run in (unfixed, fixed))
    if not after > before**HALVED > 1:
        return ""
    unit = text(f"symptoms.units.{fixed.experiment.network}")
    return text(f"fixes.why.grows_{fixed.fix}", growth=after, unit=unit)


def _moved(key: str, unfixed: Entrant, fixed: Entrant, text: Text) -> str:
    """How far the weight matrices moved at most in one update, with the fix and without."""
    optimizer = text(f"ui.choices.optimizer.{fixed.experiment.optimizer}")
    longest, before = fixed.longest_update, unfixed.longest_update
    return text(key, optimizer=optimizer, longest=longest, unfixed=before)


def _evidence(unfixed: Entrant, fixed: Entrant, cause: str | None, text: Text) -> str:
    """How the fixed run's signal travelled, or how far its steps went; the cause decides which counts."""
    if (cause if cause in ("chain", "step") else AIMS[fixed.fix]) == "chain":
        return travelled(fixed.steps[0], fixed.experiment, text)
    rescaled = fixed.fix == "clipping" and idle(fixed.fix, fixed.experiment)
    return _moved(f"fixes.why.{'adaptive' if rescaled else 'updates'}", unfixed, fixed, text)


def cost(unfixed: Entrant, fixed: Entrant, text: Text) -> str:
    """What the fix costs: counted, and where an update has more to do timed. Needs torch."""
    replaced = fixed.fix == "normalization" and unfixed.experiment.normalization != "none"
    said = text(
        f"fixes.costs.{'replaced' if replaced else fixed.fix}",
        times=unfixed.experiment.lr / fixed.experiment.lr,
        parameters=text.digits(f"{normalization_parameters(fixed.experiment)}"),
    )
    if fixed.fix not in MORE_WORK:
        return said
    times = slowdown(unfixed.experiment, fixed.experiment)
    kind = "as_long" if 1 / ABOUT_EQUAL <= times <= ABOUT_EQUAL else "other"
    return f"{said} {text(f'fixes.costs.{kind}', times=text.number(times, digits=2))}"


def normalization_parameters(e: Experiment) -> int:
    """The trained scales and shifts: two a unit in every layer; an RNN's time steps share theirs."""
    return 2 * e.width * (e.depth if e.network == "mlp" else 1)
