"""Training as a generator: one record per update; whoever calls it owns the display."""

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.batches import Batches
from core.experiment import Experiment
from core.networks import NETWORKS
from core.parameters import Float64s
from core.sharing import check_stack
from core.stack import StackStep, first_lost, measure
from core.steps import Lost, Step
from core.tasks import Task, load_task
from core.updates import UpdateRule

SURELY_FINITE = 1e37
"""Weights whose norm is bounded by this need no looking at, in float32 or float64."""
KEPT_SHARE = 0.75
"""A stack of which no more than this share still runs is made anew, of those that do."""
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
        ValueError: they differ in one of core.sharing.SHARED.
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

    record: "everything"; "outcome", without `details`, for which MLPs may differ in depth; "nothing"
        but the losses, and no looking for what is not finite (to know what the rest costs).

    Raises:
        ValueError: the experiments differ in one of core.sharing.SHARED.
    """
    check_stack(experiments, any_depth=record == "outcome")
    return _updates(experiments, dtype, record)


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
    members: which of them the network still trains, in its order, the deepest first. Where only the
        outcome is recorded, lost ones leave it when they are many.
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
        self._experiments = experiments
        self.running = np.ones(len(experiments), dtype=bool)
        self.members = np.argsort([-e.depth for e in experiments], kind="stable")
        trained = self._trained()
        keep = record == "everything"
        self.network = NETWORKS[first.network](trained, task, dtype, keep_slopes=keep)
        self._record = record
        self._last = first.steps - 1
        self._batches = Batches(trained, task, dtype)
        self._rule = UpdateRule(trained, self.network)
        self._look_at_weights()

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
        """Update, and look at gradients before it and at weights after it, unless these must be finite."""
        gradient_squares = self._squares(self.network.gradients)
        before = self._weight_squares
        self._rule.apply(gradient_squares)
        grad_norm = np.sqrt(gradient_squares.sum(axis=0))
        running = self.running[self.members]
        if self._record == "everything" or not self._surely_finite(running, grad_norm):
            self._look_at_weights()
        lost = first_lost(self.network, running, loss, gradient_squares, self._weight_squares)
        details = None
        if self._record == "everything":
            details = measure(self.network, self._rule, before, gradient_squares)
        final_loss = None
        if index == self._last:
            final_loss = self._final_loss()
            broken = running & ~np.isfinite(final_loss)
            lost = {int(m): Lost("final_loss") for m in np.flatnonzero(broken)} | lost
        return self._told(StackStep(index, running, loss, grad_norm, lost, final_loss, details))

    def _told(self, step: StackStep) -> StackStep:
        """A step of the members that are trained, told of all M; those are all and in order but for outcomes."""
        if self._record == "outcome":
            step = self._of_all(step)
        if step.lost:
            self.running = self.running.copy()
            self.running[list(step.lost)] = False
            if self._record == "outcome":
                self._drop_lost()
        return step

    def _of_all(self, step: StackStep) -> StackStep:
        numbers = np.full((3, len(self.running)), np.nan)
        final_loss = step.final_loss
        for row, values in zip(numbers, (step.loss, step.grad_norm, final_loss), strict=True):
            row[self.members] = np.nan if values is None else values
        lost = {int(self.members[m]): what for m, what in step.lost.items()}
        final = None if final_loss is None else numbers[2]
        return StackStep(step.index, self.running, numbers[0], numbers[1], lost, final)

    def _drop_lost(self) -> None:
        """Go on with those that run, where a quarter or more do not."""
        kept = np.flatnonzero(self.running[self.members]).tolist()
        if not 0 < len(kept) <= KEPT_SHARE * len(self.members):
            return
        layout = self.network.layout
        self.members = self.members[kept]
        self.network.keep(kept)
        self._batches.keep(kept)
        self._rule.keep(
            self._trained(), lambda flat: layout.select(flat, kept, self.network.layout)
        )
        self._look_at_weights()

    def _surely_finite(self, running: NDArray[np.bool_], grad_norm: Float64s) -> bool:
        """Whether the update was too short to carry any running member's weights out of all numbers."""
        self._weight_bound += self._rule.longest(grad_norm)
        return bool((self._weight_bound[running] < SURELY_FINITE).all())

    def _look_at_weights(self) -> None:
        self._weight_squares = self._squares(self.network.weights)
        self._weight_bound = np.sqrt(self._weight_squares.sum(axis=0))

    def _trained(self) -> list[Experiment]:
        return [self._experiments[m] for m in self.members]

    def _final_loss(self) -> Float64s:
        batches = self._batches
        loss = self.network.evaluate(batches.inputs, batches.targets)
        return loss.numpy().astype(np.float64)

    def _squares(self, flat: Tensor) -> Float64s:
        return self.network.layout.inner_products(flat, flat)
