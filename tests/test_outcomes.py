"""What became of a run, by the words of the design."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.advice import ORDER, next_steps
from core.experiment import ACTIVATIONS, RANGES, Experiment
from core.outcomes import (
    cause,
    counterfactuals,
    is_a_tenth,
    largest_gradient_norm,
    outcome,
    same_course,
    still_falling,
)
from core.propagation import propagate
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


@pytest.mark.parametrize(
    ("losses", "falling"),
    [
        ([100 * 0.97**i for i in range(40)], True),
        ([1.0 + 0.3 * (i % 3) for i in range(40)], False),
        ([100.0] * 20 + [1.0] * 20, False),
        ([1.0] * 30 + [3.0] * 10, False),
        ([100 * 0.5**i for i in range(8)], False),
    ],
)
def test_still_falling_is_told_by_the_last_half_and_not_of_a_few_steps(losses, falling):
    assert still_falling([calm(i, loss=loss) for i, loss in enumerate(losses)]) is falling


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


@pytest.mark.parametrize("network", ["mlp", "rnn"])
@pytest.mark.parametrize("normalization", ["layer", "batch"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_counterfactual_for_the_chain_does_not_grow(activation, normalization, network):
    """By what the engine measures; tanh grows by 1.09 under layer normalization and is not acquitted by it."""
    e = Experiment(network=network, activation=activation, normalization=normalization, depth=20)
    chain = counterfactuals(e)["chain"]
    growths = propagate(replace(chain, batch_size=16), 8, torch.float64).growth
    assert np.median(growths) < (1.08 if activation == "gelu" else 1.03)
    if normalization == "layer" and activation in ("tanh", "gelu"):
        assert chain != e


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
    assert "plain_start" not in names["none"]
    assert ("initialization" in names["none"]) == ("initialization" in ORDER[situation][:3])


def test_where_only_another_start_cures_it_that_start_is_offered():
    """Under tanh's layer normalization the gain does nothing, and the signal grows all the same."""
    e = Experiment(activation="tanh", normalization="layer", gain=2)
    offered = {s.name: s.experiment for s in next_steps(e, "chain")}
    assert (
        offered["plain_start"]
        == counterfactuals(e)["chain"]
        == replace(e, normalization="none", gain=0.7071)
    )


def test_a_rate_that_a_tenth_does_not_cure_is_offered_at_a_hundredth():
    e = Experiment(lr=10, gain=1, depth=5)
    offered = {s.name: s.experiment for s in next_steps(e, "neither")}
    assert offered["hundredth"] == replace(e, lr=0.1)


@pytest.mark.parametrize(
    "changed",
    [{"gain": 0.5}, {"init": "torch_default"}, {"activation": "sigmoid", "init": "lecun_normal"}],
)
def test_a_signal_that_shrinks_is_not_cured_by_more_gain(changed):
    """A start below the one for a growth of 1 has nothing to take away: the chain is acquitted."""
    e = replace(Experiment(gain=1, depth=10), **changed)
    growths = propagate(replace(e, batch_size=16), 8, torch.float64).growth
    assert np.median(growths) < 0.98
    assert counterfactuals(e)["chain"] == e


def test_runs_without_a_number_to_compare_are_not_told_to_be_alike():
    lost = [calm(0, loss=math.inf, grad_norm=math.nan, lost=Lost("activation", 3))]
    assert not same_course(lost, lost)
    assert same_course([calm(0), lost[0]], [calm(0), lost[0]])


def test_what_is_below_the_lowest_rate_is_not_offered_as_a_tenth_of_it():
    for lr in (1e-6, 2e-6):
        e = Experiment(lr=lr, gain=3)
        slower = counterfactuals(e)["step"]
        assert slower.lr == RANGES["lr"][0]
        assert not is_a_tenth(e, slower)
        names = {s.name for situation in ORDER for s in next_steps(e, situation)}
        assert not names & {"lower_rate", "hundredth"}
    assert is_a_tenth(Experiment(), counterfactuals(Experiment())["step"])


def test_more_gain_is_no_way_to_break_a_normalized_run():
    names = [s.name for s in next_steps(Experiment(normalization="layer"), "learned")]
    assert "more_gain" not in names
