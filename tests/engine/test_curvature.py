"""The readout's curvature, against the Hessian that torch computes, and against what the loss does."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from core.engine.curvature import again, readout_curvatures
from core.engine.training import Trainer, train
from core.experiment import Experiment
from core.presets import PRESETS


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


@pytest.mark.parametrize("seed", range(5))
def test_overshooting_readout_multiplies_the_loss_as_its_curvature_says(seed):
    """On a quadratic the excess loss grows by (lr λ - 1)² a step along the steepest direction.

    At the end, when the hidden layers have long been saturated. Each run is held against its own curvatures:
    where the chaotic onset leaves the hidden layers, and with it the curvature, rounding decides.
    """
    story = replace(PRESETS["overshoot"], seed=seed)
    losses = [float(step.loss[0]) for step, _ in again(story)]
    finite = [loss for loss in losses if math.isfinite(loss)]
    assert len(finite) < len(losses)
    ratios = [after / before for before, after in pairwise(finite[-6:])]
    curvatures = readout_curvatures(story)[len(finite) - 6 : len(finite) - 1]
    expected = [(story.lr * c - 1) ** 2 for c in curvatures]
    assert min(expected) > 1
    assert math.prod(ratios) ** 0.2 == pytest.approx(math.prod(expected) ** 0.2, rel=0.1)


@pytest.mark.parametrize("activation", ["gelu", "sigmoid", "tanh"])
def test_a_run_made_again_has_its_own_bits(activation):
    e = Experiment(depth=3, width=8, activation=activation, gain=1, lr=0.1, steps=30)
    assert [float(step.loss[0]) for step, _ in again(e)] == [step.loss for step in train(e)]


def test_activations_of_the_last_step_are_those_of_its_own_batch():
    """Of the same run with more steps that step is not the last; a run that is told its last draws one batch more."""
    e = Experiment(depth=3, width=8, activation="gelu", gain=1, lr=0.1, steps=5)
    *_, (_, last) = again(e)
    longer = [h.clone() for _, h in again(replace(e, steps=8))]
    assert torch.equal(last, longer[4])
    assert float(torch.linalg.vector_norm(last.double())) == pytest.approx(
        list(train(e))[-1].activation_norms[-1], rel=1e-12
    )
    assert readout_curvatures(e) == readout_curvatures(replace(e, steps=8))[:5]


def test_slower_run_stays_below_the_bound():
    story = PRESETS["saved_by_rate"]
    assert story.lr * max(readout_curvatures(story)) < 2
