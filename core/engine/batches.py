"""Batches drawn with replacement, each run's own by its seed."""

from collections.abc import Sequence

import torch
from torch import Tensor

from core.engine.initializers import stream
from core.experiment import Experiment
from core.tasks import Task

AT_ONCE = 32
"""Batches drawn at a time, however many steps a run has: a longer run begins with the same ones."""


class Batches:
    """An endless stream of batches for a stack of runs; runs with one seed see the same."""

    def __init__(self, experiments: Sequence[Experiment], task: Task, dtype: torch.dtype) -> None:
        """Take the data as tensors of `dtype`, and a generator for each different seed."""
        self.inputs = torch.tensor(task.inputs, dtype=dtype)
        self.targets = torch.tensor(task.targets, dtype=dtype)
        seeds = list(dict.fromkeys(e.seed for e in experiments))
        self._generators = [stream(seed, "batches") for seed in seeds]
        self._shape = (AT_ONCE, experiments[0].batch_size)
        self._stream_of = [seeds.index(e.seed) for e in experiments] if len(seeds) > 1 else [0]
        self._drawn: list[Tensor] = []

    def keep(self, members: Sequence[int]) -> None:
        """Go on with some members only, by their places in the stack."""
        if len(self._stream_of) > 1:
            self._stream_of = [self._stream_of[m] for m in members]

    def draw(self) -> tuple[Tensor, Tensor]:
        """The next batch, (M, batch, ...) and (M, batch, 1); M is 1 where all runs share a seed."""
        chosen = self.choose()
        return self.inputs[chosen], self.targets[chosen]

    def choose(self) -> Tensor:
        """The next batch as places in the data, (M, batch)."""
        if not self._drawn:
            n = len(self.targets)
            chunks = [torch.randint(n, self._shape, generator=g) for g in self._generators]
            self._drawn = list(torch.stack(chunks, dim=1).flip(0).unbind())
        chosen = self._drawn.pop()
        if len(self._generators) > 1:
            chosen = chosen[self._stream_of]
        return chosen
