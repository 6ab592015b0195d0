"""The truth of a run, from its raw steps alone.

Written once more, from the design and not from the app's code: the judge shares no rule with what it judges.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property

import numpy as np

from core.activations import ACTIVATIONS
from core.experiment import Experiment
from core.steps import Step
from core.tasks import task_of

OVERFLOWS = 1.8e19
"""An entry whose square is more than a float32 can hold; a norm below it has no such entry."""


def trivial(e: Experiment) -> float:
    """Mean squared error of who says the mean, or for the CO₂ changes that nothing changes."""
    targets = task_of(e).targets
    return float(np.mean(np.square(targets - (0 if e.task == "co2" else targets.mean()))))


@dataclass(frozen=True)
class Course:
    """How a run went, in few numbers.

    S, F: loss on all data before the first update and after the last (of a run that was lost: its last batch's).
    norms: of the gradient, step by step, that after the last update included.
    last: the index of its last step. lost: whether something was no longer finite there.
    """

    experiment: Experiment
    S: float
    F: float
    losses: Sequence[float]
    norms: Sequence[float]
    last: int
    lost: bool

    @property
    def T(self) -> float:
        return trivial(self.experiment)

    @property
    def first(self) -> float:
        return self.norms[0]

    @property
    def peak(self) -> float:
        return max((norm for norm in self.norms if math.isfinite(norm)), default=math.nan)

    @property
    def highest(self) -> float:
        return max(self.losses)

    @property
    def outcome(self) -> str:
        """As DESIGN.md has it."""
        if self.lost:
            return "diverged"
        if self.F <= 0.95 * self.T:
            return "learned"
        huge = self.F > 100 * self.T or self.S > 1000 * self.T
        if huge or self.peak > 1e6 * max(self.T, 1):
            return "exploded"
        rose = self.F > 1.05 * self.S and self.F > self.T
        return "exploded" if rose and self.first > 0 and self.peak > 100 * self.first else "stalled"

    @property
    def survives(self) -> bool:
        return self.outcome in ("learned", "stalled")

    @property
    def learned(self) -> bool:
        return self.outcome == "learned"

    @property
    def stalled(self) -> bool:
        return self.outcome == "stalled"

    @property
    def exploded(self) -> bool:
        return self.outcome == "exploded"

    @property
    def diverged(self) -> bool:
        return self.outcome == "diverged"

    @property
    def spiked(self) -> bool:
        return max(*self.losses, self.F) > 100 * max(self.S, self.T)

    @property
    def rose(self) -> bool:
        return self.F > self.S

    @property
    def fell(self) -> bool:
        return self.F < self.S


@dataclass(frozen=True)
class Run(Course):
    """A run with all that was recorded of it."""

    steps: Sequence[Step] = ()

    @cached_property
    def end(self) -> Step:
        return self.steps[-1]

    @cached_property
    def growth(self) -> float:
        """What is said per layer: the geometric mean of the factors from the last layer to the first."""
        return geometric(self.steps[0].signal_norms)

    @property
    def ratio(self) -> float:
        norms = self.steps[0].signal_norms
        return norms[0] / norms[-1]

    @cached_property
    def finite(self) -> bool:
        """Every number of every step, and of the optimizer's memory."""
        return all(map(math.isfinite, numbers(self.steps))) and self.remembers

    @cached_property
    def remembers(self) -> bool:
        """Whether every second moment is finite; looked at only where a gradient could have overflowed one."""
        keeps = self.experiment.optimizer in ("adam", "rmsprop")
        if not keeps or all(step.clipped_norm < OVERFLOWS for step in self.steps):
            return True
        return memory_is_finite(self.experiment, len(self.steps))

    @property
    def silent_since(self) -> int | None:
        """From which step on the first layer's signal was 0, to the end."""
        loud = [step.index for step in self.steps if step.signal_norms[0] != 0]
        since = loud[-1] + 1 if loud else 0
        return since if since < len(self.steps) else None

    @property
    def silent_steps(self) -> Sequence[Step]:
        """Those at the end that had no signal in the first layer."""
        since = self.silent_since
        return () if since is None else self.steps[since:]

    @property
    def survived(self) -> int:
        """How many updates left everything finite."""
        return self.last + (not self.lost)

    @property
    def longest(self) -> float:
        """The longest update of all matrices together."""
        norms = [math.sqrt(sum(u * u for u in step.update_norms)) for step in self.steps]
        return max((norm for norm in norms if math.isfinite(norm)), default=0.0)


@dataclass(frozen=True)
class Spot:
    """A layer or time step, or else a weight matrix, of a network; None: all of it."""

    experiment: Experiment
    number: int | None
    layer: bool = False


@dataclass(frozen=True)
class Case(Run):
    """The run on the page, with the other runs that its verdict speaks of, trained again.

    others: the counterfactual runs: "chain" without growth, "step" ten times slower. twin: see DESIGN.md.
    twins: the twin's own counterfactual experiments.
    """

    others: dict[str, Run] = field(default_factory=dict)
    twin: Course | None = None
    twins: dict[str, Experiment] = field(default_factory=dict)

    @property
    def chain(self) -> Run:
        return self.others["chain"]

    @property
    def slow(self) -> Run:
        return self.others["step"]

    @property
    def cause(self) -> str | None:
        return blamed(self.others) if self.others else None

    @property
    def twins_cause(self) -> str | None:
        from tests.words.claims.world import course

        return blamed({name: course(e) for name, e in self.twins.items()}) if self.twins else None


def blamed(others: dict[str, Run] | dict[str, Course]) -> str:
    """The cause is what a counterfactual cures: it is neither lost nor exploded."""
    cured = sorted(name for name, run in others.items() if run.survives)
    return {(): "neither", ("chain", "step"): "both"}.get(tuple(cured)) or cured[0]


def wavers(run: Course, twin: Course) -> bool:
    """Whether it ends otherwise, or nearly so: twice as far from its twin it would."""
    if run.outcome != twin.outcome:
        return True
    if run.lost:
        return False
    ends = []
    for way in (-2, 2):
        final = run.F * (twin.F / run.F) ** way if run.F > 0 else twin.F
        top = run.peak * (twin.peak / run.peak) ** way if run.peak > 0 else twin.peak
        norms = [run.first, top]
        ends.append(Course(run.experiment, run.S, final, run.losses, norms, run.last, lost=False))
    return any(end.outcome != run.outcome for end in ends)


def geometric(norms: Sequence[float]) -> float:
    """Growth per layer towards the input; silent or lost layers at the ends are no part of it."""
    seen = [(place, norm) for place, norm in enumerate(norms) if 0 < norm < math.inf]
    if len(seen) < 2:
        return math.nan
    (first, near), (last, far) = seen[0], seen[-1]
    return float(math.exp((math.log(near) - math.log(far)) / (last - first)))


def numbers(steps: Sequence[Step]) -> Iterator[float]:
    """All that a step records; what running averages make of the final loss is told apart."""
    for step in steps:
        for each in fields(step):
            value = getattr(step, each.name)
            if each.name != "final_loss" and isinstance(value, tuple):
                yield from value
            elif each.name != "final_loss" and isinstance(value, float):
                yield value


def memory_is_finite(e: Experiment, updates: int) -> bool:
    """Train again and look into the optimizer."""
    import torch

    from core.engine.training import Trainer

    trainer = Trainer([e], torch.float32, "everything")
    for index in range(updates):
        trainer.advance(index)
    memory = trainer._rule._optimizer.second_moment
    return memory is None or bool(torch.isfinite(memory).all())


def critical(e: Experiment) -> float:
    """The sigma_w at which theory has a growth of 1."""
    return ACTIVATIONS[e.activation].critical_sigma_w


def differs_in(a: Experiment, b: Experiment, *names: str) -> bool:
    """Whether two experiments differ, and in nothing but these settings."""
    return a != b and replace(a, **{name: getattr(b, name) for name in names}) == b
