"""The file of a run's start, and how many of its losses are the run's own."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest

from core.engine.same_start import certain_losses, start_file
from core.engine.training import train
from core.experiment import Experiment
from core.kinds import KINDS
from core.tasks import load_task


@pytest.mark.parametrize("init", ["he_normal", "torch_default"])
def test_first_loss_follows_from_the_file_alone(init):
    """A forward pass in numpy, of the first batch of the file through the weights of the file."""
    e = Experiment(depth=3, width=16, init=init, activation="tanh", steps=2, gain=1)
    start, task = np.load(BytesIO(start_file(e))), load_task(e.task, e.depth)
    batch = start["batches"][0]
    h = task.inputs[batch]
    for layer in range(e.depth):
        h = np.tanh(h @ start[f"weight_{layer}"].T + start[f"bias_{layer}"])
    out = h @ start[f"weight_{e.depth}"].T + start[f"bias_{e.depth}"]
    loss = np.mean((out - task.targets[batch]) ** 2)
    assert next(train(e)).loss == pytest.approx(loss, rel=1e-4)


@pytest.mark.parametrize("network", KINDS)
def test_certain_are_the_losses_that_another_rounding_has_too(network):
    e = Experiment(network=network, depth=3, width=8, gain=1, steps=6)
    losses = [step.loss for step in train(e)]
    assert certain_losses(e, losses) == 6
    assert certain_losses(e, [*losses[:4], 1.001 * losses[4], losses[5]]) == 4
    assert certain_losses(replace(e, steps=2), [losses[0], float("nan")]) == 2
