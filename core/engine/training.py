"""Training as a generator: one record per update; whoever calls it owns the display."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.computing.stacking import check_stack
from core.engine.batches import Batches
from core.engine.networks import NETWORKS
from core.engine.parameters import Float64s
from core.engine.records import Ends, StackStep, Tensors, first_lost, measure
from core.engine.updates import UpdateRule
from core.experiment import Experiment
from core.steps import Lost, Step
from core.tasks import Task, task_of

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
        ValueError: they differ in one of core.computing.stacking.SHARED.
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
        ValueError: the experiments differ in one of core.computing.stacking.SHARED.
    """
    check_stack(experiments, any_depth=record == "outcome")
    return _updates(experiments, dtype, record)


def _updates(
    experiments: Sequence[Experiment], dtype: torch.dtype, record: Record
) -> Iterator[StackStep]:
    torch.set_num_threads(1)
    trainer = Trainer(experiments, dtype, record)
    last = experiments[0].steps - 1
    for index in range(last + 1):
        yield trainer.advance(index, last=index == last)
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
        task = task or task_of(first)
        self._experiments = experiments
        self.running = np.ones(len(experiments), dtype=bool)
        self.members = np.argsort([-e.depth for e in experiments], kind="stable")
        trained = self._trained()
        keep = record == "everything"
        self.network = NETWORKS[first.network](trained, task, dtype, keep_slopes=keep)
        self._record = record
        self._batches = Batches(trained, task, dtype)
        self._rule = UpdateRule(trained, self.network)
        self._look_at_weights()

    @torch.inference_mode()
    def advance(self, index: int, last: bool = False) -> StackStep:
        """One update of every member, and after the `last` what has become of it.

        By one torch thread, since bits depend on their number.
        """
        torch.set_num_threads(1)
        with np.errstate(all="ignore"):
            if self._record == "nothing":
                return self._unwatched(index)
            start_loss = self._evaluate(running=False) if index == 0 else None
            step = self._watched(index)
            if start_loss is not None:
                step = replace(_without(step, "start_loss", start_loss), start_loss=start_loss)
            return self._told(self._ended(step) if last else step)

    def _pass(self) -> Float64s:
        """Another batch, forwards and backwards: the losses on it."""
        loss = self.network.forward(*self._batches.draw())
        self.network.backward()
        return loss.numpy().astype(np.float64)

    def _unwatched(self, index: int) -> StackStep:
        losses = self._pass()
        squares = (
            self._squares(self.network.gradients) if self._rule.clips else self._weight_squares
        )
        self._rule.apply(squares)
        return StackStep(index, self.running, losses, np.full_like(losses, np.nan))

    def _watched(self, index: int) -> StackStep:
        """Update, and look at gradients before it and at weights after it, unless these must be finite."""
        loss = self._pass()
        gradient_squares = self._squares(self.network.gradients)
        before = self._weight_squares
        self._rule.apply(gradient_squares)
        grad_norm = np.sqrt(gradient_squares.sum(axis=0))
        running = self.running[self.members]
        if self._record == "everything" or not self._surely_finite(running, grad_norm):
            self._look_at_weights()
        forgotten = self._rule.forgotten(grad_norm[running])
        tensors = Tensors(gradient_squares, self._weight_squares, forgotten)
        lost = first_lost(self.network, running, loss, tensors)
        details = None
        if self._record == "everything":
            details = measure(self.network, self._rule, before, gradient_squares)
        return StackStep(index, running, loss, grad_norm, lost, details=details)

    def _ended(self, step: StackStep) -> StackStep:
        """The last step with what has become of the runs; after it the network holds one more batch."""
        end = self._evaluate(running=False)
        batch = self._experiments[0].normalization == "batch"
        final = self._evaluate(running=True) if batch else end
        self._pass()
        norm = np.sqrt(self._squares(self.network.gradients).sum(axis=0))
        step = _without(_without(step, "final_loss", end), "final_gradient", norm)
        return replace(step, ends=Ends(end, final, norm))

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
        ends = step.ends and (step.ends.end_loss, step.ends.final_loss, step.ends.final_grad_norm)
        return StackStep(
            step.index,
            self.running,
            self._spread(step.loss),
            self._spread(step.grad_norm),
            {int(self.members[m]): what for m, what in step.lost.items()},
            None if step.start_loss is None else self._spread(step.start_loss),
            ends and Ends(*map(self._spread, ends)),
        )

    def _spread(self, values: Float64s) -> Float64s:
        """Of the members that are trained, told of all; NaN for the others."""
        of_all = np.full(len(self.running), np.nan)
        of_all[self.members] = values
        return of_all

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

    def _evaluate(self, running: bool) -> Float64s:
        """The loss on the whole data set; running: as in `Network.evaluate`."""
        batches = self._batches
        loss = self.network.evaluate(batches.inputs, batches.targets, running)
        return loss.numpy().astype(np.float64)

    def _squares(self, flat: Tensor) -> Float64s:
        return self.network.layout.inner_products(flat, flat)


def _without(step: StackStep, quantity: str, values: Float64s) -> StackStep:
    """The step, the running members lost whose values, of this quantity, are not finite, if they were not before."""
    broken = np.flatnonzero(step.running & ~np.isfinite(values)).tolist()
    return replace(step, lost=dict.fromkeys(broken, Lost(quantity)) | step.lost)
