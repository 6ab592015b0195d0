"""What to try next: an order of changes for each ending, what is tried before it is offered, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.diagnosis.cell import Cell
from core.diagnosis.changes import AIMS, CHANGES, changes, idle
from core.diagnosis.outcomes import survived
from core.experiment import Experiment
from core.problems import ExperimentError
from core.tasks import trivial_loss


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A named change and the experiment it leads to; content/*/advice.toml has its words."""

    name: str
    experiment: Experiment


ORDER: dict[str, tuple[str, ...]] = {
    "chain": (
        "standardization",
        "initialization",
        "normalization",
        "plain_start",
        "clipping",
        "clip_values",
        "lower_rate",
        "all_four",
    ),
    "step": (
        "standardization",
        "lower_rate",
        "clip_hard",
        "initialization",
        "normalization",
        "all_four",
        "clip_values",
    ),
    "both": (
        "standardization",
        "initialization",
        "lower_rate",
        "normalization",
        "plain_start",
        "clip_values",
        "clipping",
        "all_four",
    ),
    "neither": (
        "standardization",
        "all_four",
        "hundredth",
        "normalization",
        "clip_values",
        "clip_hard",
        "initialization",
    ),
    "learned": ("unnormalized", "unclipped", "more_gain", "faster", "deeper", "longer"),
    "stopped": (
        "standardization",
        "gentle_rate",
        "initialization",
        "normalization",
        "clipping",
        "lower_rate",
    ),
    "stalled": (
        "standardization",
        "adam",
        "adam_rate",
        "fresh",
        "adam_longer",
        "small",
        "initialization",
        "gentle_rate",
        "longer",
        "normalization",
        "lower_rate",
    ),
    "rose": (
        "standardization",
        "lower_rate",
        "fresh",
        "adam_longer",
        "small",
        "clipping",
        "normalization",
        "hundredth",
        "unnormalized",
    ),
    "silent": (
        "standardization",
        "lower_rate",
        "fresh",
        "shallower",
        "small",
        "normalization",
        "initialization",
    ),
}
"""By cause where the run exploded, by outcome where it did not; "rose": stayed finite, but its loss went up;
"silent": stalled, and no signal reached its first layer any more. For what stalled those stand first that helped most
random runs."""

STARTS = ("initialization", "plain_start")
"""The changes of the start alone."""
OFFERED, MOST_TRIALS, TRIAL_SECONDS = 3, 4, 3.0
"""So many suggestions are offered, and so many tried before, in so many seconds of one core by the estimate."""
OUTCOMES = ("learned", "stalled", "exploded", "diverged")
"""The better first."""
ALIKE = 1.05
"""Of two losses that differ by no larger factor neither is better."""
UNKNOWN, WORSE = 2, 5


def candidates(experiment: Experiment, situation: str) -> list[Suggestion]:
    """Different experiments that may be tried next, the most promising first; `situation` is a key of ORDER.

    A single layer is no chain: what acts on the chain alone is not among them there, or last.
    """
    found: dict[Experiment, Suggestion] = {}
    for name in _named(experiment, situation):
        if idle(name, experiment):
            continue
        try:
            changed = CHANGES[name](experiment)
        except ExperimentError:
            continue
        if changed != experiment:
            found.setdefault(changed, Suggestion(name, changed))
    return list(found.values())


def _named(experiment: Experiment, situation: str) -> list[str]:
    if experiment.depth > 1:
        return list(ORDER[situation])
    names = [name for name in ORDER[situation] if name not in STARTS]
    return sorted(names, key=lambda name: AIMS.get(name) == "chain")


def next_trial(
    among: Sequence[Suggestion], known: Mapping[Experiment, Cell], tried: Sequence[Experiment]
) -> Experiment | None:
    """The next of these that is to be tried, so that it is known what comes of it; None if that is enough.

    known: what became of some of them; tried: those among these that were trained for this alone. Enough is as much
    as is offered and learns, MOST_TRIALS, or TRIAL_SECONDS by the estimate.
    """
    learned = sum(s.experiment in known and known[s.experiment].outcome == "learned" for s in among)
    if learned >= OFFERED or len(tried) >= MOST_TRIALS:
        return None
    left = TRIAL_SECONDS - sum(e.seconds for e in tried)
    unknown = (
        s.experiment for s in among if s.experiment not in known and s.experiment not in tried
    )
    return next((e for e in unknown if e.seconds <= left), None)


def promising(
    among: Sequence[Suggestion], own: Cell, known: Mapping[Experiment, Cell]
) -> list[Suggestion]:
    """Up to three of these, those first that turned out best; none of which it is known that it makes the run worse.

    own: what became of the run itself. What nobody tried stands behind what helps, and before what does not; of what
    helps alike that stands first which changes less.
    """

    def rank(suggestion: Suggestion) -> tuple[int, int]:
        grade = grades[suggestion]
        return grade, changes(own.experiment, suggestion.experiment) if grade < UNKNOWN else 0

    grades = {s: _grade(own, known.get(s.experiment)) for s in among}
    return sorted((s for s in among if grades[s] < WORSE), key=rank)[:OFFERED]


def _grade(own: Cell, other: Cell | None) -> int:
    """0: it learns; 1: it does better; UNKNOWN; 3: it explodes, but less; 4: it does alike; WORSE."""
    if other is None:
        return UNKNOWN
    if other.outcome == "learned":
        return 0
    gained = OUTCOMES.index(own.outcome) - OUTCOMES.index(other.outcome)
    if gained == 0 and other.outcome != "diverged":
        before, after = (cell.loss / trivial_loss(cell.experiment) for cell in (own, other))
        gained = (after * ALIKE < before) - (after > ALIKE * before)
    if gained > 0 and not survived(other.outcome):
        return 3
    return 1 if gained > 0 else WORSE if gained < 0 else 4
