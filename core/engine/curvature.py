"""How curved the loss is in the readout: what tells a step that overshoots."""

from collections.abc import Iterator

import torch
from torch import Tensor

from core.computing.shared import once
from core.engine.records import StackStep
from core.engine.training import Trainer
from core.experiment import Experiment

MOST_STEPS = 500


@once
@torch.inference_mode()
def readout_curvatures(experiment: Experiment) -> tuple[float, ...]:
    """Largest curvature of the batch's loss in the readout's weights and bias, at each step.

    The loss is quadratic in them, so its Hessian is exactly (2 / batch) AᵀA with A = [h_L, 1], (batch,
    width + 1), and its largest eigenvalue (2 / batch) sigma_max(A)². Gradient descent on a quadratic is
    stable only while lr times this stays below 2. The run is made again, for at most MOST_STEPS steps.
    """
    found = []
    for _, activations in again(experiment):
        h = activations.double()
        if not torch.isfinite(h).all():
            break
        ones = torch.ones(len(h), 1, dtype=h.dtype)
        largest = torch.linalg.matrix_norm(torch.cat([h, ones], dim=1), ord=2)
        found.append(2 / len(h) * float(largest) ** 2)
    return tuple(found)


def again(experiment: Experiment) -> Iterator[tuple[StackStep, Tensor]]:
    """A run's steps once more, to the bit, each with the last layer's activations on its batch: (batch, width).

    The activations are the network's own memory, good until the next step. Everything is recorded, for a run of
    which only the outcome is has other bits with GELU and sigmoid; and no step is told that it is the last, after
    which the network would hold one more batch.
    """
    trainer = Trainer([experiment], torch.float32, "everything")
    for index in range(min(experiment.steps, MOST_STEPS)):
        yield trainer.advance(index), trainer.network.activations[-1, 0]
        if not trainer.running.any():
            return
