"""Claims of the summary's last column: this run, and each chosen fix against the same run without it."""

import math
from dataclasses import dataclass, replace

from core.experiment import Experiment
from core.text import load
from tests.words.claims import world
from tests.words.claims.facts import Case, Run, differs_in
from tests.words.claims.judging import Claim, Part, Word, claim
from tests.words.claims.predicates import S, first, itself, peak
from tests.words.claims.recording import Note

FIELDS = {
    "clipping": ("clipping", "clip"),
    "initialization": ("init", "gain"),
    "lower_rate": ("lr",),
    "normalization": ("normalization",),
}
WORDS = {"lower_rate": "rate", "initialization": "init"}


@dataclass(frozen=True)
class Without:
    """The run on the page, and the same without one of its fixes."""

    case: Case
    fix: str

    @property
    def outcome(self) -> str:
        return self.case.outcome

    @property
    def other(self) -> Run:
        plain = Experiment(network=self.case.experiment.network)
        back = {name: getattr(plain, name) for name in FIELDS[self.fix]}
        return world.run(replace(self.case.experiment, **back))


def _fix(note: Note, case: Case) -> Without:
    text = load("en")
    return Without(case, next(f for f in FIELDS if text(f"verdict.yours.{f}") == note.slots["fix"]))


def differs(it: Without) -> bool:
    """the two differ by this fix alone"""
    return differs_in(it.case.experiment, it.other.experiment, *FIELDS[it.fix])


def plain(case: Case) -> bool:
    """nothing is clipped or normalized, and neither weights nor rate are below the default experiment's"""
    e, standard = case.experiment, Experiment(network=case.experiment.network)
    chosen = e.clipping != "none" or e.normalization != "none"
    return not chosen and e.sigma_w >= standard.sigma_w and e.lr >= standard.lr


def measured(run: Run) -> bool:
    """some gradient norm was a number"""
    return any(map(math.isfinite, run.norms))


CLAIMS: dict[str, Claim] = {
    "verdict.yours.problem": claim(
        measured, start=S, peak=peak, first=first, ending=Part(itself, "verdict.then.*")
    ),
    "verdict.yours.problem_none": claim(
        lambda run: not measured(run), start=S, ending=Part(itself, "verdict.then.*")
    ),
    "verdict.yours.when": claim(network=Part(itself, "ui.words.*")),
    "verdict.yours.with_fix": claim(
        differs,
        of=_fix,
        fix=Word(lambda it: f"verdict.yours.{it.fix}"),
        setting=Part(lambda it: it.case, "ui.words.*"),
        before=Part(lambda it: it.other, "ui.words.*"),
        ending=Part(lambda it: it.case, "verdict.then.*"),
        otherwise=Part(lambda it: it.other, "verdict.then.*"),
    ),
    "verdict.yours.no_fix": claim(plain),
}
