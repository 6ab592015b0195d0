"""Claims of why a fix helped in the race or did not, and of what it costs."""

import math

import numpy as np

from core.tasks import task_of
from tests.words.claims.judging import Claim, Digits, Word, claim
from tests.words.claims.places import unit
from tests.words.claims.predicates import learned, stalled
from tests.words.claims.race import APART, CHAIN, STEP, Raced, dies, falling


def aims(what: tuple[str, ...], name: str):
    def holds(it: Raced) -> bool:
        return it.fix in what

    holds.__doc__ = f"the fix works on the {name}"
    return holds


def cause_is(name: str):
    def holds(it: Raced) -> bool:
        return it.cause == name

    holds.__doc__ = f"the cause is {name}"
    return holds


def takes_growth(it: Raced) -> bool:
    """where it cures the chain, the signal's growth is less than half of what it was, as a power"""
    return not (it.fix in CHAIN and it.run.growth > math.sqrt(it.unfixed.growth) > 1)


own_chain, own_step = aims(CHAIN, "chain"), aims(STEP, "step")
by_chain, by_step = cause_is("chain"), cause_is("step")


def tried(it: Raced) -> bool:
    """the verdict has tried it"""
    return it.run.experiment in [other.experiment for other in it.case.others.values()]


WHY: dict[str, Claim] = {
    "cured.own_chain": claim(by_chain, own_chain, learned, takes_growth),
    "cured.own_step": claim(by_step, own_step, learned),
    "cured.other_chain": claim(by_chain, own_step, learned),
    "cured.other_step": claim(by_step, own_chain, learned),
    "cured.both": claim(cause_is("both"), learned),
    "cured.neither": claim(cause_is("neither"), learned),
    "held.own_chain": claim(by_chain, own_chain, stalled, takes_growth),
    "held.own_step": claim(by_step, own_step, stalled),
    "held.both": claim(cause_is("both"), stalled),
    "held.neither": claim(cause_is("neither"), stalled),
    "kept.other_chain": claim(by_chain, own_step, stalled, falling),
    "kept.other_step": claim(by_step, own_chain, stalled, falling),
    "failed.neither_tried": claim(cause_is("neither"), tried, dies),
    "failed.own_chain": claim(by_chain, own_chain, dies),
    "failed.own_step": claim(by_step, own_step, dies),
    "failed.other_chain": claim(by_chain, own_step, lambda it: not it.run.learned),
    "failed.other_step": claim(by_step, own_chain, lambda it: not it.run.learned),
    "failed.both": claim(cause_is("both"), dies),
    "failed.neither": claim(cause_is("neither"), dies),
}


def longest(it: Raced) -> float:
    return it.run.longest


def longest_before(it: Raced) -> float:
    return it.unfixed.longest


def rescales(it: Raced) -> bool:
    """the optimizer divides each gradient by its own size"""
    return it.run.experiment.optimizer in ("adam", "rmsprop")


def not_shorter(it: Raced) -> bool:
    """its updates are no shorter"""
    return it.run.longest * APART >= it.unfixed.longest


def grows_on(it: Raced) -> bool:
    """at the start the signal still grows"""
    return it.run.growth > 1


def on_standardized(it: Raced) -> bool:
    """the data are standardized, and were not"""
    return (it.unfixed.experiment.scaling, it.run.experiment.scaling) == ("raw", "standardized")


def smaller_inputs(it: Raced) -> bool:
    """an input's mean square is smaller"""
    after, was = (np.mean(task_of(run.experiment).inputs ** 2) for run in (it.run, it.unfixed))
    return after < was


optimizer = Word(lambda it: f"ui.choices.optimizer.{it.run.experiment.optimizer}")
of_it = Word(lambda it: unit(it.run.experiment))
MORE: dict[str, Claim] = {
    "adaptive": claim(rescales, optimizer=optimizer, longest=longest, unfixed=longest_before),
    "updates": claim(longest=longest, unfixed=longest_before),
    "luck": claim(rescales, not_shorter, optimizer=optimizer, longest=longest, unfixed=longest_before),
    "smaller": claim(on_standardized, smaller_inputs, lambda it: it.run.survives),
    "not_the_data": claim(on_standardized, smaller_inputs, dies),
    "grows_normalization": claim(
        grows_on, lambda it: it.fix == "normalization", growth=lambda it: it.run.growth, unit=of_it
    ),
    "grows_initialization": claim(
        grows_on, lambda it: it.fix == "initialization",
        lambda it: it.run.growth < it.unfixed.growth, growth=lambda it: it.run.growth, unit=of_it,
    ),
}  # fmt: skip


# what it costs


def parameters(it: Raced) -> int:
    e = it.run.experiment
    return 2 * e.width * (e.depth if e.network == "mlp" else 1)


def takes_as_long(it: Raced) -> bool:
    """as timed, within 5 %"""
    return 1 / APART <= it.slowdown <= APART


COSTS: dict[str, Claim] = {
    "clipping": claim(lambda it: it.run.experiment.clipping != "none"),
    "initialization": claim(lambda it: it.fix == "initialization"),
    "lower_rate": claim(times=lambda it: it.unfixed.experiment.lr / it.run.experiment.lr),
    "normalization": claim(
        lambda it: it.unfixed.experiment.normalization == "none", parameters=Digits(5, parameters)
    ),
    "standardization": claim(on_standardized),
    "replaced": claim(lambda it: it.unfixed.experiment.normalization != "none"),
    "other": claim(lambda it: not takes_as_long(it), times=Digits(2, lambda it: it.slowdown)),
    "as_long": claim(takes_as_long),
}
CLAIMS: dict[str, Claim] = {
    **{f"fixes.why.{name}": each for name, each in {**WHY, **MORE}.items()},
    **{f"fixes.costs.{name}": each for name, each in COSTS.items()},
}
