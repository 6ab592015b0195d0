"""The data sets a network can learn, real ones first. Numpy only.

Sources and licences of the CSV files are in core/tasks/data/SOURCES.md.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.experiment import Experiment

Array = NDArray[np.float64]
DATA = Path(__file__).parent / "data"
EXAMPLES = 512
"""How many examples a synthetic task has, the same in every run."""


PERCENT = 100.0
"""The factor of raw synthetic data: shares as percent."""


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One data set, float64 and read-only.

    inputs: (n, features), or (n, T, features) for a recurrent network.
    targets: (n, 1).
    trivial_loss: mean squared error, on all n, of a predictor that has learned nothing: of the
        targets' mean, or for the rising CO₂ series of the last value again.
    """

    inputs: Array
    targets: Array
    trivial_loss: float


def task_of(experiment: Experiment) -> Task:
    """What an experiment's network learns."""
    return load_task(experiment.task, experiment.depth, experiment.scaling)


@lru_cache(maxsize=64)
def load_task(name: str, depth: int, scaling: str = "standardized") -> Task:
    """The task called `name`; `depth` is the number of time steps of a sequence, elsewhere ignored.

    scaling: of core.experiment.SCALINGS; "raw" leaves the numbers in the units of those who measured them.

    Raises:
        KeyError: no such task.
    """
    task = TASKS[name](depth, scaling == "raw")
    task.inputs.setflags(write=False)
    task.targets.setflags(write=False)
    return task


def trivial_loss(experiment: Experiment) -> float:
    """Of the trivial predictor of an experiment's task: what a run must beat by 5 % to have learned."""
    return task_of(experiment).trivial_loss


def _diabetes(_depth: int, raw: bool) -> Task:
    """Progression of diabetes from ten features (Efron et al. 2004); raw: years, blood values, and 25 to 346."""
    table = np.array(read_csv("diabetes")[1:], dtype=np.float64)
    if not raw:
        table = (table - table.mean(axis=0)) / table.std(axis=0)
    inputs, targets = table[:, :-1].copy(), table[:, -1:].copy()
    return Task(inputs, targets, trivial_loss=float(targets.var()) if raw else 1.0)


def _sine(_depth: int, raw: bool) -> Task:
    """The sine of x, x uniform on -π to π and shown with unit variance; raw: of degrees, in percent."""
    x = np.random.default_rng(0).uniform(-np.pi, np.pi, size=(EXAMPLES, 1))
    y = np.sin(x)
    inputs, targets = (np.degrees(x), PERCENT * y) if raw else (x * np.sqrt(3.0) / np.pi, y)
    return Task(inputs, targets, trivial_loss=float(targets.var()))


def _co2(depth: int, raw: bool) -> Task:
    """The next month-to-month change of CO₂ from the last `depth` changes, in units of their RMS; raw: in ppm.

    Trivial is the last value again, that is, a change of zero.
    """
    changes = np.diff([float(ppm) for _month, ppm in read_csv("co2")[1:]])
    if not raw:
        changes /= np.sqrt(np.mean(changes**2))
    windows = np.lib.stride_tricks.sliding_window_view(changes, depth + 1)
    targets = windows[:, -1:].copy()
    return Task(windows[:, :-1, None].copy(), targets, trivial_loss=float(np.mean(targets**2)))


def _adding(depth: int, raw: bool) -> Task:
    """The adding problem (Hochreiter & Schmidhuber 1997): the sum of a sequence's two marked values.

    Features: a value uniform on 0 to 1, raw: in percent, and a marker that is 1 once in each half.
    """
    rng = np.random.default_rng(0)
    half = depth // 2
    values = rng.uniform(size=(EXAMPLES, depth)) * (PERCENT if raw else 1.0)
    marked = np.stack(
        [rng.integers(0, half, EXAMPLES), rng.integers(half, depth, EXAMPLES)], axis=1
    )
    markers = np.zeros_like(values)
    np.put_along_axis(markers, marked, 1.0, axis=1)
    targets = np.take_along_axis(values, marked, axis=1).sum(axis=1, keepdims=True)
    return Task(np.stack([values, markers], axis=2), targets, trivial_loss=float(targets.var()))


TASKS: dict[str, Callable[[int, bool], Task]] = {
    "diabetes": _diabetes,
    "sine": _sine,
    "co2": _co2,
    "adding": _adding,
}


def read_csv(name: str) -> list[list[str]]:
    """The rows of a CSV file in core/tasks/data, the header first."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))
