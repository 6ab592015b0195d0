"""The readout's curvature, against the Hessian that torch computes, and against what the loss does."""

import math
from itertools import pairwise

import pytest
import torch

from core.curvature import readout_curvatures
from core.experiment import Experiment
from core.presets import PRESETS
from core.training import Trainer


def test_first_curvature_is_the_hessians_largest_eigenvalue():
    experiment = Experiment(depth=3, width=8, activation="tanh", steps=1)
    trainer = Trainer([experiment], torch.float32, "outcome")
    trainer.advance(0)
    h = trainer.network.activations[-1, 0].double().clone()
    y = torch.randn(len(h), 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0))

    def loss(readout):
        return ((h @ readout[:-1, None] + readout[-1] - y) ** 2).mean()

    hessian = torch.autograd.functional.hessian(loss, torch.zeros(9, dtype=torch.float64))
    expected = float(torch.linalg.eigvalsh(hessian)[-1])
    assert readout_curvatures(experiment)[0] == pytest.approx(expected, rel=1e-10)


def test_overshooting_readout_multiplies_the_loss_as_its_curvature_says(rounding):
    """On a quadratic the excess loss grows by (lr λ - 1)² a step along the steepest direction.

    When the ramp begins is chaotic: step 1 to 16, by how the run is rounded. So its end is measured, long
    after it slipped back for the last time.
    """
    story = PRESETS["overshoot"]
    losses = [step.loss for step in rounding.train(story) if math.isfinite(step.loss)]
    ratios = [later / earlier for earlier, later in pairwise(losses)][-6:]
    assert min(ratios) > 2
    measured = math.exp(sum(map(math.log, ratios)) / len(ratios))
    end = readout_curvatures(story)[-8:-1]
    expected = (story.lr * sum(end) / len(end) - 1) ** 2
    assert story.lr * min(end) > 2
    assert measured == pytest.approx(expected, rel=0.1)


def test_slower_run_stays_below_the_bound():
    story = PRESETS["saved_by_rate"]
    assert story.lr * max(readout_curvatures(story)) < 2
