"""Which experiments can share a stack, how many make one, and what each costs there. No torch."""

import math
import os
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from core.activations import ACTIVATIONS
from core.experiment import Experiment
from core.kinds import KINDS
from core.problems import ExperimentError, Problem

Stack = Sequence[Experiment]
SHAPE = (
    "network",
    "task",
    "scaling",
    "depth",
    "width",
    "activation",
    "normalization",
    "batch_size",
)
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
    "none": (3.7e-5, 2.6e-8, 7.8e-8, 5.6e-10, 5.2e-11, 1.1e-9),
    "batch": (9.0e-5, 6.7e-8, 1.4e-7, 5.2e-9, 7.1e-11, 1.6e-9),
    "layer": (1.4e-4, 1.1e-7, 7.6e-8, 3.2e-9, 8.4e-11, 1.6e-9),
}
"""By normalization, seconds in a step: for a layer, which a stack shares; for one of its samples, of its units, of
its activations, for a product, and for a weight, twice that where it is clipped or its optimizer remembers. Fitted by
bench/fit_costs.py."""

LEAST_PART = 8
"""Fewer experiments than this are not divided among the cores."""
PARTS = 4
"""Experiments that could be in one stack are computed in about so many: by round, and by core."""

LEVERS = {"steps": 10, "width": 4}
"""What to lower where a sweep is too large, if it need not go below this; else the number of cells."""


def shared(fields: Sequence[str], network: str, any_depth: bool) -> tuple[str, ...]:
    """SHAPE or SHARED, or what is left of it where an MLP's depth does not matter."""
    free = any_depth and not KINDS[network].recurrent
    return tuple(name for name in fields if not (free and name == "depth"))


def group(e: Experiment, fields: Sequence[str]) -> tuple[Any, ...]:
    """What it shares with those whose stacks it can be in. Who does not clip should not wait for who does."""
    return (e.clipping, *(getattr(e, name) for name in shared(fields, e.network, any_depth=True)))


def check_stack(experiments: Sequence[Experiment], any_depth: bool = False) -> None:
    """Raise a ValueError that says why these experiments cannot be trained as one stack."""
    if not experiments:
        raise ValueError("a stack needs at least one experiment")
    for name in shared(SHARED, experiments[0].network, any_depth):
        values = {getattr(e, name): None for e in experiments}
        if len(values) > 1:
            shown = ", ".join(map(str, values))
            raise ValueError(f"experiments of one stack must have the same {name}, got {shown}")


def _kept_apart(e: Experiment) -> int:
    """Buffers that not all need: of ∂L/∂h where that is the signal, of φ's argument where φ' needs it."""
    return e.kind.recurrent + (not ACTIVATIONS[e.activation].from_output)


def engine_bytes(e: Experiment) -> int:
    """About what a run holds in training, in float32: weights, gradients, Adam's memory; activations, signals."""
    matrices = e.kind.layers(e.depth)
    buffers = 3 + 3 * (e.normalization != "none") + _kept_apart(e)
    return 4 * e.width * (5 * matrices * e.width + buffers * e.depth * e.batch_size)


def start_bytes(e: Experiment) -> int:
    """About what a run holds of which only the start is looked at: weights; slopes, and activations, then signals."""
    matrices = e.kind.layers(e.depth)
    buffers = 2 + (e.normalization != "none") + _kept_apart(e)
    return 4 * e.width * (matrices * e.width + buffers * e.depth * e.batch_size)


def stack_size(e: Experiment, held: Callable[[Experiment], int] = engine_bytes) -> int:
    """How many like this one are computed fastest together. held: the bytes that each of them holds."""
    entries = e.width * max(e.width, e.batch_size)
    fitting = min(STACK_ENTRIES // entries, STACK_BYTES // held(e))
    return min(max(fitting, LEAST_STACK), LARGEST_STACK)


def stacks(
    rounds: Sequence[Sequence[Experiment]],
    alike: Sequence[str],
    held: Callable[[Experiment], int],
) -> list[list[Stack]]:
    """Each round's experiments that agree in what stacks share, cut to size, those of like depth together.

    A coarse picture is not divided among the cores: two small stacks that take turns with Python's lock take longer
    than one.
    """
    found = []
    for number, chosen in enumerate(rounds):
        coarse = number == 0 and len(rounds) > 1
        groups: dict[tuple[Any, ...], list[Experiment]] = {}
        for e in chosen:
            groups.setdefault(group(e, alike), []).append(e)
        cut: list[Stack] = []
        for own in groups.values():
            own.sort(key=lambda e: -e.depth)
            cut += _cut(own, stack_size(own[0], held), 1 if coarse else os.cpu_count() or 1)
        found.append(cut)
    return found


def _cut(experiments: Stack, size: int, cores: int) -> list[Stack]:
    """Into consecutive parts of about equal size: as many as are asked for, and equally many for every core."""
    count = len(experiments)
    parts = math.ceil(count / size)
    if count >= LEAST_PART * cores:
        parts = math.ceil(parts / cores) * cores
    ends = [count * part // parts for part in range(parts + 1)]
    return [experiments[start:stop] for start, stop in pairwise(ends)]


def seconds_together(experiments: Sequence[Experiment]) -> float:
    """About how long one core takes for all of these, each as one of a stack's, only its outcome recorded."""
    groups = [group(e, SHARED) for e in experiments]
    sizes = Counter(groups)
    return sum(
        _seconds(e, min(stack_size(e), sizes[own] / PARTS))
        for e, own in zip(experiments, groups, strict=True)
    )


def _seconds(e: Experiment, members: float) -> float:
    """For one that shares a stack with so many."""
    layer, sample, unit, entry, product, weight = COSTS[e.normalization]
    heavy = e.optimizer != "sgd" or e.clipping != "none"
    matrices = e.kind.layers(e.depth)
    each = layer / max(members, 1) + e.batch_size * sample + e.width * unit
    each += e.batch_size * e.width * (entry + product * e.width)
    return e.steps * (e.depth * each + matrices * e.width**2 * weight * (1 + heavy))


def check_cost(experiments: Sequence[Experiment], most_seconds: float) -> None:
    """Raise an ExperimentError, which names what to lower, where all together take longer."""
    needed = seconds_together(experiments)
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
    return seconds_together(
        [replace(e, **{field: min(getattr(e, field), most)}) for e in experiments]
    )
