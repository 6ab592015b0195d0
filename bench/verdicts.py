"""How long a verdict waits for its twins, against the same verdict without: CPU seconds of every preset.

A run that survived has its verdict before its twin; what that costs afterwards is told apart.
"""

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from core.diagnosis.cell import Cell
from core.diagnosis.outcomes import twin
from core.diagnosis.verdict import Glance, Verdict, judge, with_twin
from core.engine.training import train
from core.experiment import Experiment
from core.presets import PRESETS
from core.runs.cells import train_cells
from core.steps import Step

ROUNDS = 3
MOST, MOST_CAUSE = 1.35, 1.8
"""The aims: a verdict with its twin, and with the twin's cause as well, in so many times what it costs without."""


def compute(experiment: Experiment) -> Sequence[Step]:
    """A run, recorded in full."""
    return list(train(experiment))


def glance(experiments: Sequence[Experiment]) -> Mapping[Experiment, Cell]:
    """Runs by their ends alone."""
    return {e: train_cells([e])[0] for e in experiments}


def nothing(_: Sequence[Experiment]) -> Mapping[Experiment, Cell]:
    """Nobody waits for any twin."""
    return {}


def twin_of(experiment: Experiment) -> Glance:
    """What became of this one's twin, and of no other."""
    return lambda asked: glance([e for e in asked if e == twin(experiment)])


class Known:
    """Other runs' ends, each looked for once."""

    def __init__(self, look: Glance) -> None:
        """Nothing is known."""
        self._look = look
        self._cells: dict[Experiment, Cell] = {}

    def __call__(self, asked: Sequence[Experiment]) -> Mapping[Experiment, Cell]:
        """Those that can be told."""
        self._cells |= self._look([e for e in asked if e not in self._cells])
        return {e: self._cells[e] for e in asked if e in self._cells}


def seconds(work: Callable[[], Verdict]) -> tuple[float, Verdict]:
    """Of this process's CPU, and what came of them."""
    start = time.process_time()
    verdict = work()
    return time.process_time() - start, verdict


def times(experiment: Experiment) -> tuple[float, float, float]:
    """The verdict with the twin, with its cause, and the survivor's twin afterwards; without twins it takes 1."""

    def judged(look: Glance) -> tuple[float, Verdict]:
        run, known = cache(compute), Known(look)  # as the app's store: nothing is trained twice
        return seconds(lambda: judge(experiment, run(experiment), run, known))

    alone, verdict = judged(nothing)
    later = seconds(lambda: with_twin(verdict, glance))[0]
    return judged(twin_of(experiment))[0] / alone, judged(glance)[0] / alone, later / alone


def main() -> None:
    """Print the ratios for every preset, with and without in turn."""
    print(
        "Time to the verdict, against one without twins: with its twin "
        f"(aim: {MOST} at most), with the twin's cause (aim: {MOST_CAUSE}); a survivor's twin afterwards"
    )
    compute(Experiment(depth=2, width=2, steps=2))
    gc.collect()
    gc.freeze()  # as the app does: no collection walks through torch
    for name, experiment in PRESETS.items():
        rounds = zip(*(times(experiment) for _ in range(ROUNDS)), strict=True)
        told = (f"{statistics.median(ratios):5.2f}" for ratios in rounds)
        print(f"  {name:<24} {'  '.join(told)}")


if __name__ == "__main__":
    main()
