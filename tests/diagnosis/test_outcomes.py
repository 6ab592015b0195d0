"""What became of a run, by the words of the design."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.activations import ACTIVATIONS
from core.diagnosis.advice import OFFERED, ORDER, candidates
from core.diagnosis.changes import STANDARDIZATION
from core.diagnosis.outcomes import (
    cause,
    counterfactuals,
    hangs_on_rounding,
    is_a_tenth,
    largest_gradient_norm,
    outcome,
    same_course,
    silent_since,
    spiked,
    still_falling,
    twin,
)
from core.engine.propagation import propagate
from core.engine.training import train
from core.experiment import RANGES, Experiment, growth_one
from core.steps import Lost
from tests.factories import calm

E = Experiment(steps=3)


def first_offered(experiment, situation):
    """What is offered where nothing is known of what comes of it."""
    return candidates(experiment, situation)[:OFFERED]


def ended(end, start=1.5, norms=(1.0, 1.0, 1.0), last=1.0):
    """A run of E that stayed finite. last: the gradient's norm after the last update."""
    steps = [calm(i, grad_norm=norm) for i, norm in enumerate(norms)]
    steps[0] = replace(steps[0], start_loss=start)
    return [*steps[:-1], replace(steps[-1], end_loss=end, final_loss=end, final_grad_norm=last)]


@pytest.mark.parametrize(
    ("steps", "what"),
    [
        (ended(0.95), "learned"),
        (ended(0.951), "stalled"),
        (ended(0.5, start=1e9, norms=(1.0, 1e9, 1.0)), "learned"),
        (ended(100.0), "stalled"),
        (ended(100.1), "exploded"),
        (ended(50.0, start=1000.0), "stalled"),
        (ended(50.0, start=1001.0), "exploded"),
        (ended(1.4, norms=(1.0, 9.9e5, 1.0)), "stalled"),
        (ended(1.4, norms=(1.0, 1.1e6, 1.0)), "exploded"),
        (ended(1.4, last=1.1e6), "exploded"),
        (ended(1.6, norms=(1.0, 101.0, 1.0)), "exploded"),
        (ended(1.6, last=101.0), "exploded"),
        (ended(1.6, norms=(1.0, 99.0, 1.0)), "stalled"),
        (ended(1.57, norms=(1.0, 101.0, 1.0)), "stalled"),
        (ended(0.99, start=0.9, norms=(1.0, 101.0, 1.0)), "stalled"),
        (ended(1.6, norms=(0.0, 101.0, 1.0)), "stalled"),
        (ended(1.6, norms=(0.0, 1.1e6, 1.0)), "exploded"),
        ([calm(0), calm(1, lost=Lost("loss"))], "diverged"),
        ([calm(0, lost=Lost("memory", 3))], "diverged"),
    ],
)
def test_outcome(steps, what):
    """E's trivial loss is 1, to rounding."""
    assert outcome(steps, E) == what


def test_a_run_that_was_stopped_has_no_outcome():
    with pytest.raises(ValueError, match="stopped"):
        outcome([calm(0), calm(1)], E)


def test_a_run_that_learned_through_a_spike_is_told_from_one_that_wobbled():
    calm_run = ended(0.5)
    for loss, what in ((149.0, False), (151.0, True)):
        steps = [calm_run[0], replace(calm_run[1], loss=loss), calm_run[2]]
        assert spiked(steps, E) is what


def test_no_signal_is_told_from_the_step_from_which_there_is_none():
    heard = [calm(i) for i in range(30)]
    silent = [calm(i, signal_norms=(0.0, 0.0, 1.0)) for i in range(30)]
    assert silent_since(silent[:2]) == 0
    assert silent_since([*heard[:5], *silent[5:]]) == 5
    assert silent_since([*silent[:5], *heard[5:10], *silent[10:]]) == 10
    assert silent_since([*heard[:25], *silent[25:]]) is None, "a single batch may be silent"
    assert silent_since([*silent[:29], heard[29]]) is None


@pytest.mark.parametrize(
    "e",
    [
        E,
        Experiment(gain=5),
        Experiment(network="rnn", depth=1, lr=1),
        Experiment(init="orthogonal", normalization="layer"),
    ],
)
def test_a_twin_differs_by_a_millionth_and_in_its_bits(e):
    other = twin(e)
    changed = [f for f in ("gain", "lr") if getattr(e, f) != getattr(other, f)]
    assert len(changed) == 1
    assert getattr(other, changed[0]) == pytest.approx(getattr(e, changed[0]), rel=1.1e-6)
    bits = [[step.weight_norms for step in train(replace(one, steps=3))] for one in (e, other)]
    assert bits[0] != bits[1]


def test_an_outcome_hangs_on_rounding_where_the_border_is_nearer_than_the_twin():
    assert hangs_on_rounding(ended(0.93), E, 0.94, 1.0)
    assert not hangs_on_rounding(ended(0.93), E, 0.931, 1.0)
    assert hangs_on_rounding(ended(1.6, norms=(1.0, 90.0, 1.0)), E, 1.6, 95.0)
    assert not hangs_on_rounding(ended(1.6, norms=(1.0, 90.0, 1.0)), E, 1.6, 90.1)


def test_one_hidden_layer_is_no_chain_that_could_be_to_blame():
    """With a smaller start it learns; but there are no factors, and no growth."""
    alone = Experiment(depth=1, gain=2, lr=0.03, steps=50)
    assert set(counterfactuals(alone)) == {"step"}
    assert cause({"step": "diverged"}) == "neither"


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


@pytest.mark.parametrize("width", [1, 2])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_layer_normalization_of_a_signal_that_it_cancels_is_no_cure(activation, width):
    """Of one or two units it leaves nothing to grow: batch normalization is taken away instead."""
    batch = Experiment(activation=activation, normalization="batch", width=width)
    assert counterfactuals(batch)["chain"] == growth_one(replace(batch, normalization="none"))
    layer = replace(batch, normalization="layer")
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
        kind: [s.name for s in first_offered(Experiment(normalization=kind), situation)]
        for kind in ("batch", "none")
    }
    assert "initialization" not in names["batch"]
    assert "plain_start" not in names["none"]
    order = [name for name in ORDER[situation] if name != STANDARDIZATION]
    assert ("initialization" in names["none"]) == ("initialization" in order[:3])


def test_where_only_another_start_cures_it_that_start_is_offered():
    """Under tanh's layer normalization the gain does nothing, and the signal grows all the same."""
    e = Experiment(activation="tanh", normalization="layer", gain=2)
    offered = {s.name: s.experiment for s in first_offered(e, "chain")}
    assert (
        offered["plain_start"]
        == counterfactuals(e)["chain"]
        == replace(e, normalization="none", gain=0.7071)
    )


def test_a_rate_that_a_tenth_does_not_cure_is_offered_at_a_hundredth():
    e = Experiment(lr=10, gain=1, depth=5)
    offered = {s.name: s.experiment for s in first_offered(e, "neither")}
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
        names = {s.name for situation in ORDER for s in first_offered(e, situation)}
        assert not names & {"lower_rate", "hundredth"}
    assert is_a_tenth(Experiment(), counterfactuals(Experiment())["step"])


def test_more_gain_is_no_way_to_break_a_normalized_run():
    names = [s.name for s in first_offered(Experiment(normalization="layer"), "learned")]
    assert "more_gain" not in names
