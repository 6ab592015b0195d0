"""Which experiments can share a stack, how many make one, and what each costs there. No torch."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace

from core.experiment import Experiment
from core.problems import ExperimentError, Problem

SHAPE = ("network", "task", "depth", "width", "activation", "normalization", "batch_size")
"""The fields in which networks must agree that are computed as one stack."""
SHARED = (*SHAPE, "optimizer", "steps")
"""The fields in which those must agree that are trained as one."""

STACK_ENTRIES = 3 * 2**15
"""Of a layer's activations, of all members together: little enough for a core's cache, and so much that threads,
which take turns with Python's lock at every operation, seldom wait for it."""
STACK_BYTES = 40 * 2**20
"""What a stack may hold; LEAST_STACK of large networks hold more."""
LEAST_STACK, LARGEST_STACK = 8, 400
COSTS = {
    "light": (2.0e-4, 2.0e-5, 1.5e-9, 5.0e-11, 2.0e-9),
    "heavy": (2.5e-4, 3.0e-5, 5.0e-9, 5.0e-11, 4.0e-9),
}
"""Seconds a step and a layer in it, which a stack shares; then as in `core.experiment.COSTS`."""

LEVERS = {"steps": 10, "width": 4}
"""What to lower where a sweep is too large, if it need not go below this; else the number of cells."""


def shared(fields: Sequence[str], network: str, any_depth: bool) -> tuple[str, ...]:
    """SHAPE or SHARED, or what is left of it where an MLP's depth does not matter."""
    free = any_depth and network == "mlp"
    return tuple(name for name in fields if not (free and name == "depth"))


def check_stack(experiments: Sequence[Experiment], any_depth: bool = False) -> None:
    """Raise a ValueError that says why these experiments cannot be trained as one stack."""
    if not experiments:
        raise ValueError("a stack needs at least one experiment")
    for name in shared(SHARED, experiments[0].network, any_depth):
        values = {getattr(e, name): None for e in experiments}
        if len(values) > 1:
            shown = ", ".join(map(str, values))
            raise ValueError(f"experiments of one stack must have the same {name}, got {shown}")


def engine_bytes(e: Experiment) -> int:
    """About what a run holds in training, in float32: weights, gradients, Adam's memory; activations, signals."""
    matrices = e.depth if e.network == "mlp" else 1
    buffers = 3 + 3 * (e.normalization != "none") + (e.network == "rnn") + (e.activation == "gelu")
    return 4 * e.width * (5 * matrices * e.width + buffers * e.depth * e.batch_size)


def start_bytes(e: Experiment) -> int:
    """About what a run holds of which only the start is looked at: weights; slopes, and activations, then signals."""
    matrices = e.depth if e.network == "mlp" else 1
    buffers = 2 + (e.normalization != "none") + (e.network == "rnn") + (e.activation == "gelu")
    return 4 * e.width * (matrices * e.width + buffers * e.depth * e.batch_size)


def stack_size(e: Experiment, held: Callable[[Experiment], int] = engine_bytes) -> int:
    """How many like this one are computed fastest together. held: the bytes that each of them holds."""
    entries = e.width * max(e.width, e.batch_size)
    fitting = min(STACK_ENTRIES // entries, STACK_BYTES // held(e))
    return min(max(fitting, LEAST_STACK), LARGEST_STACK)


def seconds_in_stack(e: Experiment) -> float:
    """About how long one core takes for this run as one of a stack's, only its outcome recorded."""
    heavy = e.normalization != "none" or e.optimizer == "adam" or e.clipping != "none"
    once, layer, entry, product, weight = COSTS["heavy" if heavy else "light"]
    members, entries = stack_size(e), e.batch_size * e.width
    each = layer / members + entries * (entry + product * e.width) + weight * e.width**2
    return e.steps * (once / members + e.depth * each)


def check_cost(experiments: Sequence[Experiment], most_seconds: float) -> None:
    """Raise an ExperimentError, which names what to lower, where all together take longer."""
    needed = sum(map(seconds_in_stack, experiments))
    if needed <= most_seconds:
        return
    for field, least in LEVERS.items():
        values = range(1, max(getattr(e, field) for e in experiments) + 1)
        fitting = bisect_right(values, most_seconds, key=lambda v: _at_most(experiments, field, v))
        if fitting >= least:
            break
    else:
        field, fitting = "cells", int(len(experiments) * most_seconds / needed)
    raise ExperimentError(Problem("sweep_cost", field, f"{needed:.0f}", (fitting,)))


def _at_most(experiments: Sequence[Experiment], field: str, most: int) -> float:
    """What all cost with a field lowered to `most` wherever it is above."""
    lowered = ({field: min(getattr(e, field), most)} for e in experiments)
    return sum(
        seconds_in_stack(replace(e, **change))
        for e, change in zip(experiments, lowered, strict=True)
    )
