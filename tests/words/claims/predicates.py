"""What is said of a run again and again, as questions to its raw steps; the doc string is what a failure tells."""

from itertools import pairwise
from typing import Any

from tests.words.claims.facts import Course, Run
from tests.words.claims.recording import Note


def learned(c: Course) -> bool:
    return c.learned


def stalled(c: Course) -> bool:
    return c.stalled


def exploded(c: Course) -> bool:
    return c.exploded


def diverged(c: Course) -> bool:
    return c.diverged


def finite(run: Run) -> bool:
    """every number stayed finite, the optimizer's memory too"""
    return run.finite


def rose(c: Course) -> bool:
    """F > S"""
    return c.rose


def fell(c: Course) -> bool:
    """F < S"""
    return c.fell


def hardly(c: Course) -> bool:
    """F is hardly below S"""
    return c.F > 0.95 * c.S


def below_trivial(c: Course) -> bool:
    """F at most 0.95 T"""
    return c.F <= 0.95 * c.T


def spiked(c: Course) -> bool:
    """a loss on the way above 100 times S and T"""
    return c.spiked and c.highest > 100 * max(c.S, c.T)


def before(c: Course) -> bool:
    """S above 1000 T"""
    return c.S > 1000 * c.T


def ways_apart(note: Note) -> bool:
    """what it began and ended at look different"""
    return note.shown("start") != note.shown("final")


def silent(run: Run) -> bool:
    """the first layer's signal is 0 from a step on, to the end"""
    return run.silent_since is not None


def silent_since(run: Run) -> int:
    since = run.silent_since
    return -1 if since is None else since


def some_layer_dead(run: Run) -> bool:
    """at every silent step, the units of some layer are all dead or saturated, on the whole batch"""
    return all(max(step.saturated) == 1 for step in run.silent_steps)


def learns_nothing(run: Run) -> bool:
    """no gradient reaches the first matrix any more"""
    return all(step.weight_grad_norms[0] == 0 for step in run.silent_steps)


def shrank_away(run: Run) -> bool:
    """at every silent step, the signal's norm fell below 1e-30 on its way back before it was 0"""
    carried = [[norm for norm in step.signal_norms if norm > 0] for step in run.silent_steps]
    return all(norms and norms[0] < 1e-30 for norms in carried)


def S(c: Course) -> float:
    return c.S


def F(c: Course) -> float:
    return c.F


def T(c: Course) -> float:
    return c.T


def first(c: Course) -> float:
    return c.first


def peak(c: Course) -> float:
    return c.peak


def highest(c: Course) -> float:
    return c.highest


def last(c: Course) -> int:
    return c.last


def itself(c: Any) -> Any:
    return c


def cancels(run: Run, passed: slice = slice(None)) -> bool:
    """a normalization of two values cancels the signal, or a factor is no more than float32's rounding"""
    e, norms = run.experiment, run.steps[0].signal_norms[passed]
    if e.normalization == "none":
        return False
    two = e.batch_size == 2 if e.normalization == "batch" else e.width <= 2
    falls = any(0 < a < 1e-5 * b for a, b in pairwise(norms))
    return falls or (two and not (e.network == "rnn" and e.depth == 1))


def measured(run: Run) -> bool:
    """the signal is the network's own, and no rounding"""
    return not cancels(run)
