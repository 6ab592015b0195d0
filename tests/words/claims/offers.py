"""Claims of what is offered against a finding, and what came of it."""

import math
from dataclasses import dataclass

from core.experiment import Experiment
from core.text import load
from tests.words.claims.facts import Case, Course, Run
from tests.words.claims.judging import ANY, SAYS_NOTHING, Claim, Part, claim
from tests.words.claims.predicates import itself
from tests.words.claims.recording import Note


@dataclass(frozen=True)
class Offer:
    """Another experiment that is offered, by its name; tried: how it ended, where the app says that it tried it."""

    case: Case
    name: str
    experiment: Experiment
    tried: dict[Experiment, Run | Course]
    failed: tuple[tuple[str, Experiment], ...] = ()

    @property
    def outcome(self) -> str:
        return self.case.outcome

    @property
    def run(self) -> Run | Course | None:
        return self.tried.get(self.experiment)

    @property
    def aimed(self) -> Run:
        """For words about its start alone."""
        return Run(self.experiment, *[math.nan] * 2, [], [], 0, lost=False)


RANK = ("learned", "stalled", "exploded", "diverged")


def not_worse(it: Offer) -> bool:
    """what is offered does not end worse than the run"""
    return RANK.index(it.run.outcome) <= RANK.index(it.case.outcome)


def untried(it: Offer) -> bool:
    """nobody has tried it"""
    return it.run is None


def _failed(note: Note, it: Offer) -> Run | Course | None:
    text = load("en")
    found = (e for name, e in it.failed if text(f"advice.{name}.name") == note.slots["name"])
    return it.tried.get(next(found, None))


def no_good(run: Course) -> bool:
    """it did the run no good"""
    return not run.learned


def cause_of(name: str):
    def holds(it: Offer) -> bool:
        return it.case.cause == name

    holds.__doc__ = f"the cause is {name}"
    return holds


CLAIMS: dict[str, Claim] = {
    "symptoms.fix.stop": SAYS_NOTHING,
    "symptoms.fix.button": claim(name=Part(itself, "advice.*.name")),
    "symptoms.fix.proven": claim(not_worse, ending=Part(lambda it: it.run, "verdict.then.*")),
    "symptoms.fix.untried": claim(untried),
    "symptoms.fix.beside_chain": claim(cause_of("chain"), lambda it: it.case.growth > 1.01),
    "symptoms.fix.beside_step": claim(cause_of("step")),
    "symptoms.fix.failed": claim(
        no_good, of=_failed, name=ANY, ending=Part(itself, "verdict.then.*")
    ),
}
