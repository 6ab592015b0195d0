"""Claims of the comparison of two runs, of which one is the other cut short."""

from dataclasses import dataclass

from tests.words.claims.facts import Run
from tests.words.claims.judging import Claim, Digits, Part, Word, claim


@dataclass(frozen=True)
class Cut:
    """A run, and the same with fewer steps."""

    run: Run
    short: Run

    def __repr__(self) -> str:
        return f"{self.run.experiment}, cut to {self.short.experiment.steps} steps"


def begins(it: Cut) -> bool:
    """every loss and gradient norm of the shorter one is the longer one's as well"""
    pairs = zip(it.short.steps, it.run.steps, strict=False)
    return all(str((a.loss, a.grad_norm)) == str((b.loss, b.grad_norm)) for a, b in pairs)


def afterwards(it: Cut) -> bool:
    """the shorter one is lost where the longer one is not: at the end of all its steps"""
    own, same = it.short.steps[-1], it.run.steps[it.short.last]
    return len(it.short.steps) == it.short.experiment.steps and own.lost != same.lost


def stops(it: Cut) -> bool:
    """at its end the shorter one is not lost, or the longer one is so at the same step"""
    return not it.short.lost or not afterwards(it)


def alike(it: Cut) -> bool:
    """both have the same steps"""
    return len(it.short.steps) == len(it.run.steps)


named = Digits(None, lambda run: run.experiment.steps)
CLAIMS: dict[str, Claim] = {
    "pair.ended": claim(
        this=Part(lambda it: it.run, "pair.named.steps"),
        ending=Part(lambda it: it.run, "verdict.then.*"),
        that=Part(lambda it: it.short, "pair.named.steps"),
        otherwise=Part(lambda it: it.short, "verdict.then.*"),
    ),
    "pair.named.steps": claim(value=named),
    "pair.fate.steps": claim(begins, stops),
    "pair.fate.steps_lost": claim(begins, lambda it: it.short.lost, afterwards),
    "pair.fate.identical": claim(begins, alike, field=Word(lambda _: "pair.fields.steps")),
}
