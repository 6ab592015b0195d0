"""A finished run, judged: what became of it, its counterfactuals and its twin."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from core.diagnosis.cell import Cell
from core.diagnosis.outcomes import (
    came_near,
    came_near_explosion,
    cause,
    counterfactuals,
    ended,
    outcome,
    rose,
    silent_since,
    survived,
    twin,
)
from core.experiment import Experiment
from core.steps import Step

Compute = Callable[[Experiment], Sequence[Step]]
Glance = Callable[[Sequence[Experiment]], Mapping[Experiment, Cell]]
"""What became of these runs, each told by its end alone; those that nobody waited for are missing."""


@dataclass(frozen=True)
class Verdict:
    """A finished run, judged.

    others: the counterfactual runs' steps, where it exploded.
    twin: what became of the run whose start differs by a millionth, where it was tried.
    twins_others: the outcomes of the twin's counterfactual runs, where they are known.
    tried: of other runs that might be suggested, what became of them.
    """

    experiment: Experiment
    steps: Sequence[Step]
    outcome: str
    others: Mapping[str, tuple[Experiment, Sequence[Step]]] = field(default_factory=dict)
    twin: Cell | None = None
    twins_others: Mapping[str, str] = field(default_factory=dict)
    tried: Mapping[Experiment, Cell] = field(default_factory=dict)

    @property
    def cause(self) -> str | None:
        """The cause of an explosion; None where there was none, where it is not known, or where chance cures it."""
        if not self.others or self.chance:
            return None
        return cause({name: outcome(steps, e) for name, (e, steps) in self.others.items()})

    @property
    def chance(self) -> bool:
        """Whether a change of a millionth prevents the explosion as well, so that what else does proves nothing."""
        return self.twin is not None and not survived(self.outcome) and survived(self.twin.outcome)

    @property
    def twins_cause(self) -> str | None:
        """The cause of the twin's explosion; None as above."""
        return cause(self.twins_others) if self.twins_others else None

    @cached_property
    def seen(self) -> dict[Experiment, str]:
        """The outcomes of the other runs that are known: those tried, and the counterfactual ones."""
        told = {e: cell.outcome for e, cell in self.tried.items()}
        return told | {e: outcome(steps, e) for e, steps in self.others.values()}

    @property
    def situation(self) -> str:
        """What to try next depends on this: a key of advice.ORDER."""
        if self.outcome in ("diverged", "exploded"):
            return self.cause or "both"
        if self.outcome == "stalled" and silent_since(self.steps) is not None:
            return "silent"
        return "rose" if self.outcome == "stalled" and rose(self.steps) else self.outcome


def judge(
    experiment: Experiment, steps: Sequence[Step], compute: Compute, glance: Glance
) -> Verdict:
    """Judge a run; an explosion is tried again as its counterfactuals, by `compute`.

    Where the visitor stopped one of them, the cause stays unsaid. An explosion has a twin, and its twin its own
    counterfactuals; of these `glance` tells the ends. A run that came near one is judged without (`with_twin`).
    """
    if not ended(steps):
        return Verdict(experiment, steps, "stopped")
    what = outcome(steps, experiment)
    if survived(what):
        return Verdict(experiment, steps, what)
    others = {name: (e, compute(e)) for name, e in counterfactuals(experiment).items()}
    told = others if all(ended(known) for _, known in others.values()) else {}
    double = _twin(experiment, glance)
    both_exploded = double is not None and not survived(double.outcome)
    twins = _twins_others(told, glance) if both_exploded else {}
    return Verdict(experiment, steps, what, told, double, twins)


def with_twin(verdict: Verdict, glance: Glance) -> Verdict:
    """The verdict on a run that survived, with its twin if it came near another outcome; any other as it is.

    Apart from `judge`, since it takes as long as the run: it need not hold up the verdict.
    """
    if not survived(verdict.outcome) or not came_near(verdict.steps, verdict.experiment):
        return verdict
    return replace(verdict, twin=_twin(verdict.experiment, glance))


def _twin(experiment: Experiment, glance: Glance) -> Cell | None:
    return glance([twin(experiment)]).get(twin(experiment))


def _twins_others(
    others: Mapping[str, tuple[Experiment, Sequence[Step]]], glance: Glance
) -> dict[str, str]:
    """The outcomes of the twin's counterfactual runs; nothing where not all are known.

    One of the run's own that came near no explosion has its twin's outcome.
    """
    found = {name: outcome(steps, e) for name, (e, steps) in others.items()}
    close = {
        name: twin(e)
        for name, (e, steps) in others.items()
        if not survived(found[name]) or came_near_explosion(steps, e)
    }
    known = glance(list(close.values()))
    if not all(e in known for e in close.values()):
        return {}
    return found | {name: known[e].outcome for name, e in close.items()}
