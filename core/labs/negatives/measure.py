"""What does not help against an explosion, or hides it: each preset measured by as few updates as its story needs."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.experiment import Experiment
from core.presets import NEGATIVES
from core.runs.store import STORE
from core.steps import Step, growth
from core.theory.mean_field import growth_rate, growth_under_batch_norm

UPDATES = 40
"""How many of Adam's updates are looked at."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a story's picture shows: a value for each layer, input side first, or for each update.

    series: a key of core.charts.base.look.COLOURS. name: a key of the texts `fixes.negatives.lines`.
    """

    series: str
    name: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """numbers: the slots of its text. over: what its lines count, "layer" or "update"."""

    numbers: dict[str, object]
    lines: tuple[Line, ...]
    over: str = "layer"


def measure(name: str) -> Story:
    """One of NEGATIVES in its own numbers. Needs torch."""
    return _MEASURED[name](NEGATIVES[name])


def _steps(experiment: Experiment, updates: int = 1) -> Sequence[Step]:
    return STORE.finished(replace(experiment, steps=updates)).steps


def _batch(experiment: Experiment) -> Story:
    first, plain = _steps(experiment)[0], _steps(replace(experiment, normalization="none"))[0]
    return Story(
        {
            "depth": experiment.depth,
            "growth": growth(first.signal_norms),
            "theory": growth_under_batch_norm("relu"),
            "norm": first.grad_norm,
            "plain": plain.grad_norm,
        },
        (Line("beside", "plain", plain.signal_norms), Line("signal", "signal", first.signal_norms)),
    )


def _hidden(experiment: Experiment) -> Story:
    steps = _steps(experiment, UPDATES)
    norms = tuple(step.grad_norm for step in steps)
    updates = tuple(math.hypot(*step.update_norms) for step in steps)
    return Story(
        {
            "updates": len(steps),
            "first": norms[0],
            "times": max(norms) / norms[0],
            "least": min(updates) / updates[0],
            "most": max(updates) / updates[0],
        },
        (Line("weights", "update", updates), Line("before", "gradient", norms)),
        over="update",
    )


def _too_late(experiment: Experiment) -> Story:
    step = _steps(experiment)[0]
    return Story(
        {
            "loss": step.loss,
            "growth": growth(step.signal_norms),
            "layer": step.lost.layer if step.lost else None,
            "depth": experiment.depth,
            "clip": experiment.clip,
        },
        (Line("signal", "signal", step.signal_norms),),
    )


def _zeroed(experiment: Experiment) -> Story:
    from core.engine.library_clipping import (
        clip_first_gradient,  # loads torch, which is there by now
    )

    found, step = clip_first_gradient(experiment, experiment.clip), _steps(experiment)[0]
    weights = step.weight_grad_norms[: experiment.depth]
    shorter = step.clipped_norm / step.grad_norm
    return Story(
        {
            "clip": experiment.clip,
            "norm": found["exact"].measured,
            "measured": found["pytorch"].measured,
            "pytorch": found["pytorch"].clipped,
            "keras": found["keras"].clipped,
            "exact": found["exact"].clipped,
        },
        (
            Line("after", "clipped", tuple(shorter * norm for norm in weights)),
            Line("weight_gradient", "weight_gradient", weights),
        ),
    )


def _flat(experiment: Experiment) -> Story:
    """The first matrix has the data's width, and so a gradient of its own size: it is left out."""
    step = _steps(experiment)[0]
    signals, weights = step.signal_norms, step.weight_grad_norms[: experiment.depth]
    return Story(
        {
            "depth": experiment.depth,
            "signals": signals[1] / signals[-1],
            "weights": weights[-1] / weights[1],
            "signal_growth": growth(signals[1:]),
            "weight_growth": growth(weights[1:]),
        },
        (
            Line("weight_gradient", "weight_gradient", (math.nan, *weights[1:])),
            Line("signal", "signal", signals),
        ),
    )


def _vanished(experiment: Experiment) -> Story:
    step, he = _steps(experiment)[0], _steps(replace(experiment, init="he_normal"))[0]
    weights, better = (s.weight_grad_norms[: experiment.depth] for s in (step, he))
    return Story(
        {
            "depth": experiment.depth,
            "growth": growth(step.signal_norms),
            "theory": growth_rate("relu", 1 / math.sqrt(3)),
            "first": weights[0],
            "last": weights[-1],
            "he": better[0],
        },
        (
            Line("initialization", "he", better),
            Line("weight_gradient", "weight_gradient", weights),
        ),
    )


_MEASURED: dict[str, Callable[[Experiment], Story]] = {
    "batch": _batch,
    "hidden": _hidden,
    "too_late": _too_late,
    "zeroed": _zeroed,
    "flat": _flat,
    "vanished": _vanished,
}
