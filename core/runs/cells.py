"""One cell of a diagram: what is kept of an experiment that was one of many. Loads without torch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.diagnosis.cell import Cell
from core.diagnosis.outcomes import finite_outcome
from core.experiment import Experiment

if TYPE_CHECKING:
    from core.engine.records import StackStep

Float64s = NDArray[np.float64]
STRIDES = (4, 2, 1)
"""A diagram comes in rounds: every 4th cell of both axes, every 2nd, then the rest."""


@dataclass(frozen=True, slots=True)
class StartCell:
    """The growth of one experiment's signal at initialization, as in `core.engine.propagation.slopes`."""

    experiment: Experiment
    growth: float


def train_cells(experiments: Sequence[Experiment]) -> list[Cell]:
    """Train one stack, by one torch thread: the job that an executor gets."""
    return [cell for cell in train_slowly(experiments) if cell is not None]


def train_slowly(experiments: Sequence[Experiment]) -> Iterator[Cell | None]:
    """The same, with a None after each update, where it can be left; then the cells."""
    from core.engine.training import train_stack

    tally = _Tally(len(experiments))
    for step in train_stack(experiments, record="outcome"):
        tally.count(step)
        yield None
    yield from (tally.cell(m, e) for m, e in enumerate(experiments))


def start_cells(experiments: Sequence[Experiment]) -> list[StartCell]:
    """Look at one stack before it is trained, by one torch thread: the job that an executor gets."""
    from core.engine.propagation import slopes

    return [StartCell(e, g) for e, g in zip(experiments, slopes(experiments), strict=True)]


class _Tally:
    """What is to be known of M runs in the end, gathered step by step."""

    def __init__(self, members: int) -> None:
        self.first: StackStep | None = None
        self.loss = np.full(members, np.nan)
        self.peak = np.full(members, np.nan)
        self.steps = np.zeros(members, dtype=int)
        self.lost = np.zeros(members, dtype=bool)

    def count(self, step: "StackStep") -> None:
        self.first = self.first or step
        self._see(step.loss, self.loss, step.running)
        bigger = np.fmax(step.grad_norm, self.peak)
        self._see(bigger, self.peak, step.running)
        self.steps += step.running
        self.lost[list(step.lost)] = True
        if step.ends is not None:
            self._see(step.ends.end_loss, self.loss, ~self.lost)
            self._see(np.fmax(step.ends.final_grad_norm, self.peak), self.peak, ~self.lost)

    def _see(self, values: Float64s, kept: Float64s, where: NDArray[np.bool_]) -> None:
        np.copyto(kept, values, where=where & np.isfinite(values))

    def cell(self, m: int, e: Experiment) -> Cell:
        assert self.first is not None
        assert self.first.start_loss is not None
        loss, peak, lost = float(self.loss[m]), float(self.peak[m]), bool(self.lost[m])
        losses, norms = (self.first.start_loss[m], loss), (self.first.grad_norm[m], peak)
        what = "diverged" if lost else finite_outcome(e, losses, norms)
        return Cell(e, what, loss, peak, int(self.steps[m]) - lost)
