"""What a fix costs in time: how much longer an update takes with it, measured here, when it is asked."""

import math
import time
from dataclasses import replace

from core.computing.shared import once
from core.experiment import RANGES, Experiment, growth_one

ROUNDS = 20
MOST_SECONDS = 0.2
"""Of both together; a large network gets fewer rounds, at least one."""


def slowdown(plain: Experiment, fixed: Experiment) -> float:
    """The time of an update of `fixed` over that of `plain`, training alone, nothing recorded. Needs torch.

    By the least time of each, taken in turns: what else the machine does only ever adds.
    """
    return _measured(_calm(plain), _calm(fixed))


def _calm(experiment: Experiment) -> Experiment:
    """The same work on numbers that stay ordinary: a lost run has no more updates to be timed."""
    return replace(growth_one(experiment), lr=RANGES["lr"][0], steps=ROUNDS + 1, seed=0)


@once
def _measured(plain: Experiment, fixed: Experiment) -> float:
    from core.engine.training import train_stack

    trainings = [train_stack([e], record="nothing") for e in (plain, fixed)]
    least = [math.inf, math.inf]
    for training in trainings:
        next(training)  # builds the network
    end = time.perf_counter() + MOST_SECONDS
    for _ in range(ROUNDS):
        for which, training in enumerate(trainings):
            start = time.perf_counter()
            next(training)
            least[which] = min(least[which], time.perf_counter() - start)
        if time.perf_counter() > end:
            break
    return least[1] / least[0]
