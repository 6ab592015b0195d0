"""What to try next: the document's four fixes, ways to break a run that learns, and an order for each ending."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from core.experiment import RANGES, Experiment, growth_one
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
"""The cause (core/outcomes.py) on which each acts: how far a step goes, or how the layers multiply."""


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


def _all_four(e: Experiment) -> Experiment:
    """Every fix together; where the rate cannot be lowered, the others."""
    with suppress(ExperimentError):
        e = FIXES["lower_rate"](e)
    return FIXES["normalization"](growth_one(FIXES["clipping"](e)))


CHANGES: dict[str, Change] = FIXES | {
    "clip_values": lambda e: replace(e, clipping="value", clip=1.0),
    "clip_hard": lambda e: replace(e, clipping="global_norm", clip=0.1),
    "all_four": _all_four,
    "plain_start": lambda e: growth_one(replace(e, normalization="none")),
    "hundredth": _slower(100),
    "plain_sgd": lambda e: replace(e, optimizer="sgd"),
    "longer": _times("steps", 3),
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
        "initialization",
        "gentle_rate",
        "plain_sgd",
        "longer",
        "normalization",
        "lower_rate",
    ),
    "rose": (
        "lower_rate",
        "initialization",
        "clipping",
        "normalization",
        "hundredth",
        "unnormalized",
        "longer",
    ),
}
"""By cause where the run exploded, by outcome where it did not; "rose": stayed finite, but its loss went up."""


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


def idle(change: str, experiment: Experiment) -> bool:
    """Whether a change, a key of CHANGES, does next to nothing here.

    A normalization undoes any scale of the weights, and these optimizers any of the gradient.
    """
    if change in ("initialization", "more_gain"):
        return experiment.normalization != "none"
    return change in CLIPS and experiment.optimizer in RESCALING


def next_steps(experiment: Experiment, situation: str) -> list[Suggestion]:
    """Up to three different experiments to try next; `situation` is a key of ORDER."""
    found: dict[Experiment, Suggestion] = {}
    for name in ORDER[situation]:
        if idle(name, experiment):
            continue
        try:
            changed = CHANGES[name](experiment)
        except ExperimentError:
            continue
        if changed != experiment:
            found.setdefault(changed, Suggestion(name, changed))
    return list(found.values())[:3]
