"""What became of a run, by the words of the design."""

import math
from dataclasses import replace

import pytest

from core.advice import ORDER, next_steps
from core.experiment import Experiment
from core.outcomes import cause, counterfactuals, largest_gradient_norm, outcome
from core.steps import Lost
from tests.test_symptoms import calm

E = Experiment(steps=3)


def ended(final, norms=(1.0, 1.0, 1.0), loss=1.5):
    steps = [calm(i, loss=loss, grad_norm=norm) for i, norm in enumerate(norms)]
    return [*steps[:-1], replace(steps[-1], final_loss=final)]


@pytest.mark.parametrize(
    ("steps", "what"),
    [
        (ended(0.90), "learned"),
        (ended(0.96), "stalled"),
        (ended(2.0), "stalled"),
        (ended(2.0, norms=(1.0, 101.0, 1.0)), "exploded"),
        (ended(2.0, norms=(5e5, 1.1e6, 1.0)), "exploded"),
        (ended(1.2, norms=(1.0, 101.0, 1.0)), "stalled"),
        ([calm(0), calm(1, lost=Lost("loss"))], "diverged"),
    ],
)
def test_outcome(steps, what):
    assert outcome(steps, E) == what


def test_largest_gradient_norm_leaves_out_what_is_not_finite():
    steps = [calm(0, grad_norm=2.0), calm(1, grad_norm=7.0), calm(2, grad_norm=math.inf)]
    assert largest_gradient_norm(steps) == 7.0


def test_counterfactuals_change_one_thing_each():
    others = counterfactuals(Experiment())
    assert others["chain"] == Experiment(gain=1)
    assert others["step"] == Experiment(lr=0.0001)


def test_under_a_normalization_the_gain_is_no_cure():
    """Batch normalization makes ReLU's signal grow whatever the gain (Yang et al. 2019); layer's does not."""
    batch = Experiment(normalization="batch", gain=3)
    assert counterfactuals(batch)["chain"] == replace(batch, normalization="layer")
    layer = Experiment(normalization="layer", gain=3)
    assert counterfactuals(layer)["chain"] == layer


@pytest.mark.parametrize(
    ("chain", "step", "name"),
    [
        ("learned", "diverged", "chain"),
        ("diverged", "stalled", "step"),
        ("stalled", "learned", "both"),
        ("exploded", "diverged", "neither"),
    ],
)
def test_cause_is_what_a_counterfactual_cures(chain, step, name):
    assert cause({"chain": chain, "step": step}) == name


@pytest.mark.parametrize("situation", ORDER)
def test_no_better_start_is_offered_where_batch_normalization_undoes_it(situation):
    names = {
        kind: [s.name for s in next_steps(Experiment(normalization=kind), situation)]
        for kind in ("batch", "none")
    }
    assert "initialization" not in names["batch"]
    assert ("initialization" in names["none"]) == ("initialization" in ORDER[situation][:3])
