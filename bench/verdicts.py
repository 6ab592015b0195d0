"""What a verdict's twin costs, against the same verdict without: CPU seconds of every preset."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence

from core.cells import Cell, train_cells
from core.experiment import Experiment
from core.presets import PRESETS
from core.steps import Step
from core.training import train
from core.ui.verdict import judge

ROUNDS = 3
MOST = 1.8
"""The aim: a verdict with its twin, and the twin's cause, in so many times what it costs without."""


def compute(experiment: Experiment) -> Sequence[Step]:
    """A run, recorded in full."""
    return list(train(experiment))


def glance(experiments: Sequence[Experiment]) -> Mapping[Experiment, Cell]:
    """Runs by their ends alone."""
    return {e: train_cells([e])[0] for e in experiments}


def seconds(
    experiment: Experiment, look: Callable[[Sequence[Experiment]], Mapping[Experiment, Cell]]
) -> float:
    """Of this process's CPU, for the run and its verdict."""
    start = time.process_time()
    judge(experiment, compute(experiment), compute, look)
    return time.process_time() - start


def main() -> None:
    """Print the ratio for every preset, with and without in turn."""
    print(f"A verdict with its twins against one without (aim: {MOST} at most)")
    compute(Experiment(depth=2, width=2, steps=2))
    for name, experiment in PRESETS.items():
        ratios = [
            seconds(experiment, glance) / seconds(experiment, lambda _: {}) for _ in range(ROUNDS)
        ]
        print(f"  {name:<24} {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
