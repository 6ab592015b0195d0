"""The fixture `rounding` is no sham: every way to round changes the bits, and none changes the experiment."""

from itertools import combinations

import pytest

from core.experiment import Experiment
from core.presets import PRESETS
from tests.roundings import AS_IS, ROUNDINGS, TURNS

KINDS = {
    "mlp": Experiment(depth=8, gain=1, steps=6),
    "tanh": Experiment(depth=8, gain=1, activation="tanh", lr=0.01, steps=6),
    "rnn": Experiment(network="rnn", activation="tanh", depth=20, init="orthogonal", steps=6),
    "batch": Experiment(depth=8, gain=1, normalization="batch", steps=6),
    "adam": Experiment(depth=8, gain=1, optimizer="adam", steps=6),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_rounding_has_bits_of_its_own_and_begins_as_the_experiment_does(kind):
    runs = [rounding.train(KINDS[kind]) for rounding in ROUNDINGS]
    for one, other in combinations(runs, 2):
        assert [step.loss for step in one] != [step.loss for step in other]
        assert one[0].loss == pytest.approx(other[0].loss, rel=1e-4)
        assert one[0].grad_norm == pytest.approx(other[0].grad_norm, rel=1e-3)


def test_float64_is_lost_where_float32_is():
    """The squared error leaves float32 first, in a run that goes on to 1e308 otherwise."""
    last = {rounding.name: rounding.train(PRESETS["overshoot"])[-1] for rounding in ROUNDINGS}
    assert {step.lost.quantity for step in last.values()} == {"loss"}
    assert last["float64"].loss > 1e38


def test_in_its_turns_a_claim_is_tried_by_every_rounding_once():
    names = [name for turn in TURNS for name in turn]
    assert sorted([*names, AS_IS.name]) == sorted(rounding.name for rounding in ROUNDINGS)
