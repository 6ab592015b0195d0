"""What to try next: the document's four fixes, ways to break a run that learns, and an order for each ending."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.diagnosis.cell import Cell
from core.diagnosis.outcomes import survived
from core.experiment import FIELDS, RANGES, Experiment, growth_one
from core.problems import ExperimentError, Problem

Change = Callable[[Experiment], Experiment]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A named change and the experiment it leads to; content/*/advice.toml has its words."""

    name: str
    experiment: Experiment


def _times(field: str, factor: float) -> Change:
    """The same with one number multiplied, kept in its range."""

    def change(e: Experiment) -> Experiment:
        least, most = RANGES[field]
        value = min(max(getattr(e, field) * factor, least), most)
        rounded = float(f"{value:.4g}")
        return replace(e, **{field: rounded})  # type: ignore[arg-type]

    return change


def _slower(times: int) -> Change:
    """The same at the rate divided, where the range has it."""

    def change(e: Experiment) -> Experiment:
        least = RANGES["lr"][0]
        if e.lr < least * times:
            raise ExperimentError(Problem("rate_end", "lr", str(e.lr), (least, times)))
        return replace(e, lr=float(f"{e.lr / times:.4g}"))

    return change


def _clipped(method: str, clip: float) -> Change:
    return lambda e: replace(e, clipping=method, clip=clip)


def _started(init: str) -> Change:
    return lambda e: replace(e, init=init, gain=1.0)


def _normalized(kind: str) -> Change:
    return lambda e: replace(e, normalization=kind)


WAYS: dict[str, dict[str, Change]] = {
    "clipping": {
        f"{method}:{clip:g}": _clipped(method, clip)
        for method in ("global_norm", "norm", "value", "adaptive")
        for clip in (0.01, 0.1, 1.0, 10.0)
    },
    "initialization": {
        "growth_one": growth_one,
        **{init: _started(init) for init in ("xavier_normal", "he_normal", "lecun_normal")},
        "orthogonal": lambda e: growth_one(replace(e, init="orthogonal")),
    },
    "lower_rate": {str(times): _slower(times) for times in (10, 100)},
    "normalization": {kind: _normalized(kind) for kind in ("layer", "batch")},
}
"""The four fixes of the document, and the ways to make each."""
USUAL = {
    "clipping": "global_norm:1",
    "initialization": "growth_one",
    "lower_rate": "10",
    "normalization": "layer",
}
"""The way that most people would take."""
FIXES = {fix: WAYS[fix][way] for fix, way in USUAL.items()}
AIMS = {
    "clipping": "step",
    "initialization": "chain",
    "lower_rate": "step",
    "normalization": "chain",
}
"""The cause (core/diagnosis/outcomes.py) on which each acts: how far a step goes, or how the layers multiply."""


def each_alone(
    experiment: Experiment, ways: Mapping[str, str]
) -> tuple[dict[str, Experiment], dict[str, Problem | None]]:
    """The experiment with each fix by itself, and the fixes that leave nothing to try.

    ways: for each fix, a key of WAYS[fix]. Nothing to try: the problem that keeps it from being trained, or
    None where the experiment has the fix already.
    """
    fixed: dict[str, Experiment] = {}
    nothing: dict[str, Problem | None] = {}
    for fix, way in ways.items():
        try:
            fixed[fix] = WAYS[fix][way](experiment)
        except ExperimentError as error:
            nothing[fix] = error.problem
            continue
        if fixed[fix] == experiment:
            del fixed[fix]
            nothing[fix] = None
    return fixed, nothing


def _adam(e: Experiment) -> Experiment:
    return replace(e, optimizer="adam", lr=0.01)


def _unless_adam(change: Change) -> Change:
    """For who does not use Adam yet."""
    return lambda e: e if e.optimizer == "adam" else change(e)


def _lasting(e: Experiment) -> Experiment:
    """The same with steps enough to see whether it learns."""
    return replace(e, steps=max(e.steps, LONG))


def _afresh(e: Experiment) -> Experiment:
    return growth_one(replace(_adam(e), clipping="none", normalization="none"))


def _small(e: Experiment) -> Experiment:
    return _lasting(replace(_afresh(e), depth=min(e.depth, SHALLOW)))


def _all_four(e: Experiment) -> Experiment:
    return FIXES["normalization"](growth_one(FIXES["clipping"](FIXES["lower_rate"](e))))


LONG, SHALLOW = 200, 3
"""Steps in which, and layers with which, a small network learns whatever the other settings were."""
CHANGES: dict[str, Change] = FIXES | {
    "clip_values": lambda e: replace(e, clipping="value", clip=1.0),
    "clip_hard": lambda e: replace(e, clipping="global_norm", clip=0.1),
    "all_four": _all_four,
    "plain_start": lambda e: growth_one(replace(e, normalization="none")),
    "hundredth": _slower(100),
    "longer": _times("steps", 3),
    "adam": _unless_adam(_adam),
    "adam_rate": lambda e: _adam(e) if e.optimizer == "adam" else e,
    "adam_longer": _unless_adam(lambda e: _lasting(_adam(e))),
    "fresh": _afresh,
    "small": _small,
    "shallower": _times("depth", 0.25),
    "gentle_rate": lambda e: replace(e, lr=0.01 if e.optimizer in ("sgd", "momentum") else 0.001),
    "unclipped": lambda e: replace(e, clipping="none"),
    "unnormalized": lambda e: replace(e, normalization="none"),
    "more_gain": _times("gain", 1.25),
    "deeper": _times("depth", 2),
    "faster": _times("lr", 100),
}
ORDER: dict[str, tuple[str, ...]] = {
    "chain": (
        "initialization",
        "normalization",
        "plain_start",
        "clipping",
        "clip_values",
        "lower_rate",
        "all_four",
    ),
    "step": (
        "lower_rate",
        "clip_hard",
        "initialization",
        "normalization",
        "all_four",
        "clip_values",
    ),
    "both": (
        "initialization",
        "lower_rate",
        "normalization",
        "plain_start",
        "clip_values",
        "clipping",
        "all_four",
    ),
    "neither": (
        "all_four",
        "hundredth",
        "normalization",
        "clip_values",
        "clip_hard",
        "initialization",
    ),
    "learned": ("unnormalized", "unclipped", "more_gain", "faster", "deeper", "longer"),
    "stopped": ("gentle_rate", "initialization", "normalization", "clipping", "lower_rate"),
    "stalled": (
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

FIELDS_OF = {
    "clipping": ("clipping", "clip"),
    "initialization": ("init", "gain"),
    "lower_rate": ("lr",),
    "normalization": ("normalization",),
}
"""The settings by which each fix is made."""


def without(experiment: Experiment) -> dict[str, Experiment]:
    """For each fix that differs from the default experiment's: the same experiment without it.

    "Without" means that fix's settings back at the default experiment's values.
    """
    plain = Experiment(network=experiment.network)
    others = {
        name: replace(experiment, **{f: getattr(plain, f) for f in fields})
        for name, fields in FIELDS_OF.items()
        if getattr(experiment, fields[0]) != getattr(plain, fields[0])
        or (name == "initialization" and experiment.gain != plain.gain)
    }
    return {name: other for name, other in others.items() if other != experiment}


CLIPS = ("clipping", "clip_values", "clip_hard")
"""The changes that clip."""
RESCALING = ("adam", "rmsprop")
"""Optimizers that divide a gradient by its own recent size."""


STARTS = ("initialization", "plain_start")
"""The changes of the start alone."""
OFFERED, MOST_TRIALS, TRIAL_SECONDS = 3, 4, 3.0
"""So many suggestions are offered, and so many tried before, in so many seconds of one core by the estimate."""
OUTCOMES = ("learned", "stalled", "exploded", "diverged")
"""The better first."""
ALIKE = 1.05
"""Of two losses that differ by no larger factor neither is better."""
UNKNOWN, WORSE = 2, 5


def idle(change: str, experiment: Experiment) -> bool:
    """Whether a change, a key of CHANGES, does next to nothing here.

    A normalization undoes any scale of the weights, and these optimizers any of the gradient; over two units layer
    normalization leaves nothing but signs.
    """
    if change in ("normalization", "all_four"):
        return experiment.width <= 2
    if change in ("initialization", "more_gain"):
        return experiment.normalization != "none"
    return change in CLIPS and experiment.optimizer in RESCALING


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


def changes(one: Experiment, other: Experiment) -> int:
    """In how many things two experiments differ; the settings of one fix are one thing."""
    fix_of = {field: fix for fix, fields in FIELDS_OF.items() for field in fields}
    return len({fix_of.get(f, f) for f in FIELDS if getattr(one, f) != getattr(other, f)})


def _grade(own: Cell, other: Cell | None) -> int:
    """0: it learns; 1: it does better; UNKNOWN; 3: it explodes, but less; 4: it does alike; WORSE."""
    if other is None:
        return UNKNOWN
    if other.outcome == "learned":
        return 0
    gained = OUTCOMES.index(own.outcome) - OUTCOMES.index(other.outcome)
    if gained == 0 and other.outcome != "diverged":
        gained = (other.loss * ALIKE < own.loss) - (other.loss > ALIKE * own.loss)
    if gained > 0 and not survived(other.outcome):
        return 3
    return 1 if gained > 0 else WORSE if gained < 0 else 4
