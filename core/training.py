"""Training as a generator: one record per update; whoever calls it owns the display."""

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from core.batches import Batches
from core.experiment import Experiment
from core.networks import NETWORKS
from core.parameters import Float64s
from core.stack import StackStep, first_lost, measure
from core.steps import Lost, Step
from core.tasks import Task, load_task
from core.updates import UpdateRule

SHARED = (
    "network",
    "task",
    "depth",
    "width",
    "activation",
    "normalization",
    "optimizer",
    "batch_size",
    "steps",
)
"""The fields in which the members of a stack must agree."""
Record = Literal["everything", "outcome", "nothing"]


def train(experiment: Experiment, dtype: torch.dtype = torch.float32) -> Iterator[Step]:
    """Yield one Step per update; stop after the first at which something is not finite.

    The same experiment gives the same bits, in any thread. The last Step of a run that stayed
    finite carries the final loss.
    """
    for step in train_stack([experiment], dtype):
        yield step.member(0)


def train_many(
    experiments: Sequence[Experiment], dtype: torch.dtype = torch.float32
) -> Iterator[list[Step | None]]:
    """Train runs that can share a stack, in step: each one's Step, or None once it has ended.

    Raises:
        ValueError: they differ in one of SHARED.
    """
    return map(_members, train_stack(experiments, dtype))


def _members(step: StackStep) -> list[Step | None]:
    return [step.member(m) if alive else None for m, alive in enumerate(step.running)]


def train_stack(
    experiments: Sequence[Experiment],
    dtype: torch.dtype = torch.float32,
    record: Record = "everything",
) -> Iterator[StackStep]:
    """Train M runs in step and yield their records as arrays, until all have ended.

    record: "everything"; "outcome", without `details`; "nothing" but the losses, and no looking for
        what is not finite (to know what the rest costs).

    Raises:
        ValueError: the experiments differ in one of SHARED.
    """
    check_stack(experiments)
    return _updates(experiments, dtype, record)


def check_stack(experiments: Sequence[Experiment]) -> None:
    """Raise a ValueError that says why these experiments cannot be trained as one stack."""
    if not experiments:
        raise ValueError("a stack needs at least one experiment")
    for name in SHARED:
        values = {getattr(e, name): None for e in experiments}
        if len(values) > 1:
            shown = ", ".join(map(str, values))
            raise ValueError(f"experiments of one stack must have the same {name}, got {shown}")


def _updates(
    experiments: Sequence[Experiment], dtype: torch.dtype, record: Record
) -> Iterator[StackStep]:
    torch.set_num_threads(1)
    trainer = Trainer(experiments, dtype, record)
    for index in range(experiments[0].steps):
        yield trainer.advance(index)
        if not trainer.running.any():
            return


class Trainer:
    """M runs in step.

    running: which of them are finite so far, (M,).
    """

    @torch.inference_mode()
    def __init__(
        self,
        experiments: Sequence[Experiment],
        dtype: torch.dtype,
        record: Record,
        task: Task | None = None,
    ) -> None:
        """Build the networks, at their first weights; on other data than their own if given."""
        first = experiments[0]
        task = task or load_task(first.task, first.depth)
        self.network = NETWORKS[first.network](experiments, task, dtype)
        self.running = np.ones(len(experiments), dtype=bool)
        self._record = record
        self._last = first.steps - 1
        self._batches = Batches(experiments, task, dtype)
        self._rule = UpdateRule(experiments, self.network)
        self._weight_squares = self._squares(self.network.weights)

    @torch.inference_mode()
    def advance(self, index: int) -> StackStep:
        """One update of every member; by one torch thread, since bits depend on their number."""
        torch.set_num_threads(1)
        with np.errstate(all="ignore"):
            loss = self.network.forward(*self._batches.draw())
            self.network.backward()
            if self._record == "nothing":
                return self._unwatched(index, loss)
            return self._watched(index, loss.numpy().astype(np.float64))

    def _unwatched(self, index: int, loss: Tensor) -> StackStep:
        squares = (
            self._squares(self.network.gradients) if self._rule.clips else self._weight_squares
        )
        self._rule.apply(squares)
        losses = loss.numpy().astype(np.float64)
        return StackStep(index, self.running, losses, np.full_like(losses, np.nan))

    def _watched(self, index: int, loss: Float64s) -> StackStep:
        """Update, and look at everything: gradients before it, weights before and after it."""
        gradient_squares = self._squares(self.network.gradients)
        before = self._weight_squares
        self._rule.apply(gradient_squares)
        self._weight_squares = self._squares(self.network.weights)
        grad_norm = np.sqrt(gradient_squares.sum(axis=0))
        lost = first_lost(self.network, self.running, loss, gradient_squares, self._weight_squares)
        details = None
        if self._record == "everything":
            details = measure(self.network, self._rule, before, gradient_squares)
        final_loss = None
        if index == self._last:
            final_loss = self._final_loss()
            broken = self.running & ~np.isfinite(final_loss)
            lost = {int(m): Lost("final_loss") for m in np.flatnonzero(broken)} | lost
        step = StackStep(index, self.running, loss, grad_norm, lost, final_loss, details)
        self.running = self.running.copy()
        self.running[list(lost)] = False
        return step

    def _final_loss(self) -> Float64s:
        batches = self._batches
        loss = self.network.evaluate(batches.inputs, batches.targets)
        return loss.numpy().astype(np.float64)

    def _squares(self, flat: Tensor) -> Float64s:
        return self.network.layout.inner_products(flat, flat)
