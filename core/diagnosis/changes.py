"""Ways to change an experiment: the document's four fixes, one for raw data, and whatever else may be advised."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from core.experiment import FIELDS, RANGES, Experiment, growth_one
from core.problems import ExperimentError, Problem

Change = Callable[[Experiment], Experiment]


def _setting(**values: Any) -> Change:
    """The same with these settings."""
    return lambda e: replace(e, **values)


def _slower(times: int) -> Change:
    """The same at the rate divided, where the range has it."""

    def change(e: Experiment) -> Experiment:
        least = RANGES["lr"][0]
        if e.lr < least * times:
            raise ExperimentError(Problem("rate_end", "lr", str(e.lr), (least, times)))
        return replace(e, lr=float(f"{e.lr / times:.4g}"))

    return change


WAYS: dict[str, dict[str, Change]] = {
    "clipping": {
        f"{method}:{clip:g}": _setting(clipping=method, clip=clip)
        for method in ("global_norm", "norm", "value", "adaptive")
        for clip in (0.01, 0.1, 1.0, 10.0)
    },
    "initialization": {
        "growth_one": growth_one,
        **{
            init: _setting(init=init, gain=1.0)
            for init in ("xavier_normal", "he_normal", "lecun_normal")
        },
        "orthogonal": lambda e: growth_one(replace(e, init="orthogonal")),
    },
    "lower_rate": {str(times): _slower(times) for times in (10, 100)},
    "normalization": {kind: _setting(normalization=kind) for kind in ("layer", "batch")},
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
STANDARDIZATION = "standardization"
"""The fix that only raw data need."""
AIMS = {
    "clipping": "step",
    "initialization": "chain",
    "lower_rate": "step",
    "normalization": "chain",
}
"""The cause (core/diagnosis/outcomes.py) on which each acts: how far a step goes, or how the layers multiply."""
FIELDS_OF = {
    "clipping": ("clipping", "clip"),
    "initialization": ("init", "gain"),
    "lower_rate": ("lr",),
    "normalization": ("normalization",),
}
"""The settings by which each fix is made."""


def each_alone(
    experiment: Experiment, ways: Mapping[str, str]
) -> tuple[dict[str, Experiment], dict[str, Problem | None]]:
    """The experiment with each fix by itself, raw data standardized first, and the fixes that leave nothing to try.

    ways: for each fix, a key of WAYS[fix]. Nothing to try: the problem that keeps it from being trained, or
    None where the experiment has the fix already.
    """
    fixed: dict[str, Experiment] = {}
    if experiment.scaling == "raw":
        fixed[STANDARDIZATION] = CHANGES[STANDARDIZATION](experiment)
    nothing: dict[str, Problem | None] = {}
    for fix, way in ways.items():
        try:
            changed = WAYS[fix][way](experiment)
        except ExperimentError as error:
            nothing[fix] = error.problem
            continue
        if changed == experiment:
            nothing[fix] = None
        else:
            fixed[fix] = changed
    return fixed, nothing


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


def _times(field: str, factor: float) -> Change:
    """The same with one number multiplied, kept in its range."""

    def change(e: Experiment) -> Experiment:
        least, most = RANGES[field]
        value = min(max(getattr(e, field) * factor, least), most)
        rounded = float(f"{value:.4g}")
        return replace(e, **{field: rounded})  # type: ignore[arg-type]

    return change


_adam = _setting(optimizer="adam", lr=0.01)


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
    STANDARDIZATION: _setting(scaling="standardized"),
    "clip_values": _setting(clipping="value", clip=1.0),
    "clip_hard": _setting(clipping="global_norm", clip=0.1),
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
    "unclipped": _setting(clipping="none"),
    "unnormalized": _setting(normalization="none"),
    "more_gain": _times("gain", 1.25),
    "deeper": _times("depth", 2),
    "faster": _times("lr", 100),
}
CLIPS = ("clipping", "clip_values", "clip_hard")
"""The changes that clip."""
RESCALING = ("adam", "rmsprop")
"""Optimizers that divide a gradient by its own recent size."""


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


def changes(one: Experiment, other: Experiment) -> int:
    """In how many things two experiments differ; the settings of one fix are one thing."""
    fix_of = {field: fix for fix, fields in FIELDS_OF.items() for field in fields}
    return len({fix_of.get(f, f) for f in FIELDS if getattr(one, f) != getattr(other, f)})
