"""Claims of the verdict's headline, of what rounding does to it, and of how the signal travelled."""

import math

import numpy as np

from core.tasks import load_task
from core.text import load
from tests.words.claims.facts import Case, Run, differs_in, wavers
from tests.words.claims.judging import Claim, Digits, Part, bounds, claim
from tests.words.claims.places import mlp, rnn
from tests.words.claims.predicates import (
    F,
    S,
    T,
    before,
    below_trivial,
    diverged,
    exploded,
    fell,
    finite,
    first,
    hardly,
    highest,
    itself,
    last,
    learned,
    learns_nothing,
    measured,
    peak,
    rose,
    shrank_away,
    silent,
    silent_since,
    some_layer_dead,
    spiked,
    stalled,
    ways_apart,
)
from tests.words.claims.recording import Note

ENDS: dict[str, Claim] = {
    "verdict.headline.diverged": claim(diverged, step=last, lost=Part(itself, "verdict.lost.*")),
    "verdict.headline.diverged_between": claim(
        diverged,
        lambda c: c.twin.diverged,
        step=last,
        early=lambda c: min(c.last, c.twin.last),
        late=lambda c: max(c.last, c.twin.last),
        lost=Part(itself, "verdict.lost.*"),
    ),
    "verdict.headline.exploded": claim(
        exploded, finite, first=first, peak=peak, start=S, final=F, trivial=T
    ),
    "verdict.headline.exploded_before": claim(
        exploded, finite, before, start=S, trivial=T, final=F, peak=peak
    ),
    "verdict.headline.exploded_rose": claim(
        exploded, finite, rose, shown=[ways_apart], start=S, final=F, trivial=T, first=first, peak=peak
    ),
    "verdict.headline.learned": claim(
        learned, fell, lambda c: not hardly(c), lambda c: not c.spiked, start=S, final=F, trivial=T
    ),
    "verdict.headline.learned_spike": claim(
        learned, spiked, start=S, highest=highest, final=F, trivial=T
    ),
    "verdict.headline.learned_rose": claim(
        learned, below_trivial, rose, shown=[ways_apart], start=S, final=F, trivial=T
    ),
    "verdict.headline.learned_hardly": claim(
        learned, below_trivial, hardly, start=S, final=F, trivial=T
    ),
    "verdict.headline.stalled": claim(
        stalled, finite, fell, shown=[ways_apart], start=S, final=F, trivial=T, peak=peak
    ),
    "verdict.headline.stalled_dead": claim(
        stalled, silent, mlp, some_layer_dead, learns_nothing,
        since=silent_since, start=S, final=F, trivial=T,
    ),
    "verdict.headline.stalled_shrunk_mlp": claim(
        stalled, silent, mlp, shrank_away, since=silent_since, start=S, final=F, trivial=T
    ),
    "verdict.headline.stalled_shrunk_rnn": claim(
        stalled, silent, rnn, shrank_away, since=silent_since, start=S, final=F, trivial=T
    ),
    "verdict.headline.stalled_silent_mlp": claim(
        stalled, silent, mlp, since=silent_since, start=S, final=F, trivial=T
    ),
    "verdict.headline.stalled_silent_rnn": claim(
        stalled, silent, rnn, since=silent_since, start=S, final=F, trivial=T
    ),
    "verdict.headline.stalled_rose": claim(
        stalled, finite, rose, shown=[ways_apart], start=S, final=F, trivial=T, peak=peak
    ),
    "verdict.headline.stalled_same": claim(
        stalled, finite, hardly, start=S, final=F, trivial=T, peak=peak
    ),
}  # fmt: skip


def a_millionth(c: Case) -> bool:
    """the twin differs from the run by a millionth, of its gain or its rate, and by nothing else"""
    a, b = c.experiment, c.twin.experiment
    by = [name for name in ("gain", "lr") if differs_in(a, b, name)]
    return len(by) == 1 and abs(getattr(b, by[0]) / getattr(a, by[0]) - 1) < 1.01e-6


def near_border(c: Case) -> bool:
    """both end alike, and would not if they were twice as far apart"""
    return c.twin.outcome == c.outcome and wavers(c, c.twin)


def mean_square(of: str, scaling: str):
    """Of the data's numbers."""

    def told(c: Case) -> float:
        task = load_task(c.experiment.task, c.experiment.depth, scaling)
        return float(np.mean(getattr(task, of) ** 2))

    return told


def raw_and_large(c: Case) -> bool:
    """the data are raw, and both inputs and targets larger than the standardized ones"""
    larger = all(
        mean_square(of, "raw")(c) > mean_square(of, "standardized")(c)
        for of in ("inputs", "targets")
    )
    return c.experiment.scaling == "raw" and larger


RAW = {
    "verdict.raw.large": claim(
        raw_and_large,
        lambda c: not c.learned,
        inputs=mean_square("inputs", "raw"),
        targets=mean_square("targets", "raw"),
        usual_inputs=mean_square("inputs", "standardized"),
        usual_targets=mean_square("targets", "standardized"),
    )
}

CAUSES = ("chain", "step", "both", "neither")
ROUNDED: dict[str, Claim] = {
    "verdict.rounded.outcome": claim(
        a_millionth,
        lambda c: c.twin.outcome != c.outcome,
        ending=Part(lambda c: c.twin, "verdict.then.*"),
    ),
    "verdict.rounded.border": claim(
        a_millionth,
        near_border,
        ending=Part(lambda c: c.twin, "verdict.then.*"),
    ),
    "verdict.rounded.cause": claim(
        a_millionth,
        lambda c: c.twin.outcome in ("diverged", "exploded"),
        lambda c: c.twins_cause != c.cause,
        ending=Part(lambda c: c.twin, "verdict.then.*"),
        cause=Part(itself, "verdict.rounded.causes.*"),
    ),
} | {
    f"verdict.rounded.causes.{name}": claim(lambda c, name=name: c.twins_cause == name)
    for name in CAUSES
}

THEN: dict[str, Claim] = {
    "verdict.then.diverged": claim(diverged, step=last),
    "verdict.then.exploded": claim(exploded, loss=F),
    "verdict.then.learned": claim(learned, loss=F),
    "verdict.then.learned_hardly": claim(learned, hardly, loss=F, start=S),
    "verdict.then.stalled": claim(stalled, loss=F),
}


# how the signal travelled


def ends_carry(run: Run) -> bool:
    """the first and the last layer have a signal"""
    norms = run.steps[0].signal_norms
    return all(0 < norm < math.inf for norm in (norms[0], norms[-1]))


def by_calculator(note: Note) -> bool:
    """the factor, to the power of the layers between, is the ratio, to the digits shown"""
    least, most = bounds(note.shown("growth"), None)
    low, high = bounds(note.shown("ratio"))
    between = note.slots["depth"] - 1
    return least**between <= high and low <= most**between


def growth(run: Run) -> float:
    return run.growth


def ratio(run: Run) -> float:
    return run.ratio


def depth(run: Run) -> int:
    return run.experiment.depth


def _travelled(network: str) -> dict[str, Claim]:
    def here(run: Run) -> bool:
        return run.experiment.network == network

    factors = {"growth": Digits(None, growth), "factors": lambda run: run.experiment.depth - 1}
    number = {**factors, "ratio": ratio, "depth": depth}
    said = f"verdict.travelled.{network}"
    return {
        f"{said}_grew": claim(
            here, measured, ends_carry, lambda r: r.growth > 1.01, shown=[by_calculator], **number
        ),
        f"{said}_shrank": claim(
            here, measured, ends_carry, lambda r: r.growth < 0.99, shown=[by_calculator], **number
        ),
        f"{said}_kept": claim(
            here, measured, ends_carry, lambda r: 0.98 <= r.growth <= 1.0201, **factors
        ),
    }


# what an evaluation would say


def far(run: Run) -> bool:
    """the evaluation's loss is far from training's"""
    return not 0.5 < run.end.final_loss / run.F < 2


def evaluated(run: Run) -> float | str:
    loss = run.end.final_loss
    return loss if math.isfinite(loss) else load("en")("verdict.evaluated.lost")


def updates(run: Run) -> int:
    return len(run.steps)


def batch_norm(run: Run) -> bool:
    """batch normalization"""
    return run.experiment.normalization == "batch"


EVALUATED = {
    "verdict.evaluated.deep": claim(
        batch_norm, far, lambda r: r.experiment.depth > 1, loss=evaluated
    ),
    "verdict.evaluated.one": claim(
        batch_norm, far, lambda r: r.experiment.depth == 1, loss=evaluated
    ),
    "verdict.evaluated.early": claim(
        batch_norm,
        far,
        lambda r: 0.9 ** len(r.steps) > 0.1,
        loss=evaluated,
        updates=updates,
        share=Digits(2, lambda r: 100 * 0.9 ** len(r.steps)),
    ),
}

CLAIMS: dict[str, Claim] = {
    **ENDS,
    **RAW,
    **ROUNDED,
    **THEN,
    **_travelled("mlp"),
    **_travelled("rnn"),
    **EVALUATED,
}
