"""Claims of the race: what became of each run, and whether its fix helped."""

import math
from dataclasses import dataclass
from statistics import median
from typing import Any

from tests.words.claims.facts import Case, Course, Run, wavers
from tests.words.claims.judging import SAYS_NOTHING, Claim, Part, claim
from tests.words.claims.predicates import (
    F,
    S,
    T,
    diverged,
    exploded,
    highest,
    itself,
    last,
    learned,
    peak,
    stalled,
)

APART = 1.05
CHAIN, STEP = ("initialization", "normalization"), ("clipping", "lower_rate")


@dataclass(frozen=True)
class Raced:
    """A run of the race beside the one without the fix; what is asked of it is asked of its run.

    twin, before_twin: of the two, the runs that were changed by a millionth.
    cause: of the unfixed run's explosion, as recomputed; None where it is not known for certain.
    """

    fix: str
    run: Run
    unfixed: Run
    case: Case
    cause: str | None
    twin: Course | None = None
    before_twin: Course | None = None
    slowdown: float = math.nan

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.run, name)


def before(it: Raced) -> float:
    return it.unfixed.F


def before_step(it: Raced) -> int:
    return it.unfixed.last


def had(what: str):
    def holds(it: Raced) -> bool:
        return it.unfixed.outcome == what

    holds.__doc__ = f"unfixed it {what}"
    return holds


def was_lost(it: Raced) -> bool:
    """unfixed it diverged"""
    return it.unfixed.diverged


def failed_before(it: Raced) -> bool:
    """unfixed it diverged or exploded"""
    return not it.unfixed.survives


def fine_before(it: Raced) -> bool:
    """unfixed it neither diverged nor exploded"""
    return it.unfixed.survives


def survives(it: Raced) -> bool:
    """with the fix it neither diverged nor exploded"""
    return it.run.survives


def dies(it: Raced) -> bool:
    """with the fix it diverged or exploded"""
    return not it.run.survives


def no_spike(it: Raced) -> bool:
    """no explosion on the way"""
    return not it.run.spiked


def spike(it: Raced) -> bool:
    """an explosion on the way"""
    return it.run.spiked


def really_fell(it: Raced) -> bool:
    """its loss fell"""
    return it.run.F <= 0.95 * it.run.S


def not_fell(it: Raced) -> bool:
    """its loss did not fall to speak of"""
    return it.run.F > 0.95 * it.run.S


def both_not_fell(it: Raced) -> bool:
    """neither loss fell to speak of"""
    return not_fell(it) and it.unfixed.F > 0.95 * it.unfixed.S


def rose(it: Raced) -> bool:
    """its loss rose"""
    return it.run.F > it.run.S


def not_rose(it: Raced) -> bool:
    """its loss did not rise to speak of"""
    return it.run.F <= 1.05 * it.run.S


def finite(it: Raced) -> bool:
    """every number stayed finite"""
    return it.run.finite


def before_update(it: Raced) -> bool:
    """S above 1000 T"""
    return it.run.S > 1000 * it.run.T


def no_start(it: Raced) -> bool:
    """it did not explode before the first update"""
    return not before_update(it)


def moved(run: Course, twin: Course | None) -> float:
    """As a difference of logarithms, how far a millionth took the final loss."""
    if twin is None or not (run.F > 0 and twin.F > 0):
        return 0.0
    return abs(math.log(run.F / twin.F))


def apart(it: Raced) -> float:
    """ln of F over that of the unfixed run, each in its own trivial losses."""
    after, was = (max(run.F, 1e-300) / run.T for run in (it.run, it.unfixed))
    return math.log(after / was)


def noise(it: Raced) -> float:
    return max(math.log(APART), moved(it.run, it.twin), moved(it.unfixed, it.before_twin))


def lower(it: Raced) -> bool:
    """its final loss is lower, by more than the twins are apart"""
    return -apart(it) > noise(it)


def higher(it: Raced) -> bool:
    """its final loss is higher, by more than the twins are apart"""
    return apart(it) > noise(it)


def alike(it: Raced) -> bool:
    """its final loss is about the same, or rounding's matter"""
    return abs(apart(it)) <= 2 * noise(it) * (1 + 1e-9)


def no_farther(it: Raced) -> bool:
    """they ended no farther apart than twice what a millionth takes either: in steps, or in their final losses"""
    if it.run.lost and it.unfixed.lost:
        return about_as_soon(it)
    return abs(apart(it)) <= 2 * max(moved(it.run, it.twin), moved(it.unfixed, it.before_twin))


def spread(it: Raced) -> float:
    """In steps, how far a millionth took either end."""
    pairs = ((it.run, it.twin), (it.unfixed, it.before_twin))
    return max([1, *(abs(run.last - twin.last) for run, twin in pairs if twin is not None)])


def sooner(it: Raced) -> bool:
    """it ended sooner, by more than rounding does"""
    return it.unfixed.last - it.run.last > spread(it)


def later(it: Raced) -> bool:
    """it ended later, by more than rounding does"""
    return it.run.last - it.unfixed.last > spread(it)


def as_soon(it: Raced) -> bool:
    """both ended at the same step"""
    return it.run.last == it.unfixed.last


def about_as_soon(it: Raced) -> bool:
    """they ended no farther apart than rounding may take them"""
    unknown = it.twin is None or it.before_twin is None
    guess = 0.2 * max(it.run.last, it.unfixed.last) if unknown else 0
    return abs(it.run.last - it.unfixed.last) <= max(guess, 2 * spread(it))


def falling(it: Raced) -> bool:
    """the last quarter's losses are below those of the quarter before"""
    quarter = len(it.run.losses) // 4
    early, late = it.run.losses[-2 * quarter : -quarter], it.run.losses[-quarter:]
    return quarter >= 5 and median(late) < 0.9 * median(early)


def same(it: Raced) -> bool:
    """every loss and every gradient is the same"""
    pairs = ((it.run.losses, it.unfixed.losses), (it.run.norms, it.unfixed.norms))
    return all(list(map(str, a)) == list(map(str, b)) for a, b in pairs)


def unsure_before(it: Raced) -> bool:
    """how the unfixed run ends, rounding decides"""
    return it.before_twin is not None and wavers(it.unfixed, it.before_twin)


def unsure(it: Raced) -> bool:
    """how the run ends, rounding decides"""
    return it.twin is not None and wavers(it.run, it.twin)


ending = Part(lambda it: it.run, "verdict.then.*")
otherwise = Part(lambda it: it.unfixed, "verdict.then.*")
finals = {"loss": F, "before": before}
FATES: dict[str, Claim] = {
    "saves": claim(failed_before, learned, no_spike, really_fell),
    "saves_spike": claim(failed_before, learned, spike, start=S, highest=highest, loss=F),
    "saves_hardly": claim(failed_before, learned, no_spike, not_fell, start=S, loss=F),
    "diverged_stalled": claim(was_lost, stalled, not_rose, finite, start=S, loss=F),
    "diverged_risen": claim(was_lost, stalled, rose, finite, start=S, loss=F),
    "exploded_stalled": claim(had("exploded"), stalled, not_rose, **finals),
    "exploded_risen": claim(had("exploded"), stalled, rose, start=S, **finals),
    "falling": claim(falling),
    "no_farther": claim(no_farther),
    "sooner": claim(was_lost, diverged, sooner, step=last, before_step=before_step),
    "as_soon": claim(was_lost, diverged, as_soon, step=last),
    "about_as_soon": claim(was_lost, diverged, about_as_soon, step=last, before_step=before_step),
    "later": claim(was_lost, diverged, later, step=last, before_step=before_step),
    "diverged_exploded": claim(was_lost, exploded, finite, no_start, peak=peak, start=S, loss=F),
    "diverged_exploded_rose": claim(was_lost, exploded, finite, rose, no_start, start=S, loss=F),
    "diverged_exploded_before": claim(was_lost, exploded, finite, before_update, start=S, trivial=T, loss=F),
    "exploded_exploded": claim(had("exploded"), exploded, **finals),
    "exploded_diverged": claim(had("exploded"), diverged, lambda it: it.unfixed.finite, step=last, before=before),
    "breaks": claim(fine_before, dies, otherwise=otherwise, ending=ending),
    "learned_learned": claim(had("learned"), learned, alike, **finals),
    "learned_better": claim(had("learned"), learned, lower, **finals),
    "learned_hardly": claim(had("learned"), learned, both_not_fell, **finals),
    "learned_worse": claim(had("learned"), learned, higher, **finals),
    "learned_stalled": claim(had("learned"), stalled, **finals),
    "stalled_learned": claim(had("stalled"), learned, really_fell),
    "stalled_hardly": claim(had("stalled"), learned, not_fell, start=S, loss=F),
    "stalled_better": claim(had("stalled"), stalled, lower, **finals),
    "stalled_worse": claim(had("stalled"), stalled, higher, **finals),
    "stalled_stalled": claim(had("stalled"), stalled, alike, **finals),
    "same": claim(same),
    "wavers": claim(unsure, ending=ending),
    "open": claim(unsure_before, ending=ending),
    "helps": claim(
        unsure_before, learned, lambda it: not (it.unfixed.learned or it.before_twin.learned),
        otherwise=otherwise, twin=Part(lambda it: it.before_twin, "verdict.then.*"),
    ),
}  # fmt: skip


# the facts on a card


def shortened(it: Raced) -> int:
    return sum(step.clipped_norm < step.grad_norm for step in it.run.steps)


FACTS: dict[str, Claim] = {
    **{
        f"verdict.outcomes.{what}": claim(lambda it, what=what: it.run.outcome == what)
        for what in ("diverged", "exploded", "learned", "stalled")
    },
    "verdict.steps_of": claim(
        known=lambda it: it.run.survived, planned=lambda it: it.run.experiment.steps
    ),
    "fixes.race.steps": claim(steps=Part(itself, "verdict.steps_of")),
    "fixes.race.final": claim(lambda it: not it.run.lost, loss=F, trivial=T),
    "fixes.race.clipped": claim(clipped=shortened, steps=lambda it: len(it.run.steps)),
    "fixes.race.between": claim(
        diverged,
        lambda it: it.twin.diverged,
        early=lambda it: min(it.run.last, it.twin.last),
        late=lambda it: max(it.run.last, it.twin.last),
    ),
}
CLAIMS: dict[str, Claim] = {
    **{f"fixes.fate.{name}": each for name, each in FATES.items()},
    **FACTS,
    "fixes.fixes.*.name": SAYS_NOTHING,
}
