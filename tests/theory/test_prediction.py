"""Theory for one experiment, data and all: against closed forms and against the networks themselves."""

import math
from dataclasses import replace

import numpy as np
import pytest

from core.activations import ACTIVATIONS
from core.engine.jacobians import chain_rule
from core.engine.propagation import propagate
from core.experiment import Experiment
from core.initializations import INITS
from core.kinds import KINDS
from core.tasks import load_task, task_of
from core.theory.mean_field import growth_rate
from core.theory.prediction import RULES, edge_of_chaos, obstacle, other_basin, predict, two_basins
from core.theory.variances import sigma_b
from tests.measures import inner_growths

MLP = Experiment(depth=24, width=192, init="lecun_normal", gain=1.6, steps=1)
RNN = replace(MLP, network="rnn", task="co2")
BATCH = replace(MLP, normalization="batch", activation="relu")


def measured(experiment, seeds=6):
    return float(np.median(propagate(experiment, seeds).growth))


def test_relu_grows_by_sigma_over_the_square_root_of_two_in_every_layer():
    prediction = predict(Experiment())
    np.testing.assert_allclose(prediction.factors, 1.25, rtol=1e-9)
    assert prediction.growth == pytest.approx(1.25)
    assert prediction.limit == pytest.approx(1.25)
    assert prediction.signal_norms(2.0)[-1] == 2.0
    assert prediction.signal_norms(2.0)[0] == pytest.approx(2 * 1.25**19)


def test_the_first_variance_is_the_datas():
    """He doubles the mean square of standardized features; an orthogonal matrix keeps their length of sqrt(10)."""
    assert predict(Experiment(gain=1)).variance == pytest.approx(2)
    orthogonal = Experiment(init="orthogonal", gain=1, width=64)
    assert predict(orthogonal).variance == pytest.approx(10 / 64)
    assert predict(replace(orthogonal, width=5)).variance == pytest.approx(10 / 10)


def test_only_pytorchs_default_has_biases():
    assert [name for name in INITS if sigma_b(Experiment(init=name)) > 0] == ["torch_default"]
    assert sigma_b(Experiment(init="torch_default", width=27)) == pytest.approx(1 / 9)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("normalization", ["none", "layer"])
@pytest.mark.parametrize("base", [MLP, RNN], ids=["mlp", "rnn"])
def test_networks_agree(base, normalization, activation):
    """An RNN has but one matrix to draw, so its seeds scatter more."""
    e = replace(base, activation=activation, normalization=normalization)
    near = 0.02 if base is MLP else 0.05
    assert measured(e) == pytest.approx(predict(e).growth, rel=near)


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
def test_layer_normalization_divides_each_sample_by_its_own_spread(activation):
    """So short inputs count for more than their share: the mean of the inverses is not the inverse of the mean."""
    e = replace(
        MLP,
        activation=activation,
        normalization="layer",
        task="diabetes",
        depth=2,
        batch_size=512,
        width=256,
    )
    assert measured(e) == pytest.approx(predict(e).growth, rel=0.06)
    inputs = np.square(load_task("diabetes", 2).inputs).sum(axis=-1)
    assert np.mean(1 / inputs) * inputs.mean() > 1.2, "or there is nothing to see"


def test_biases_keep_layer_normalization_from_what_is_nearly_zero():
    """Then the sine's inputs near zero do no harm, and the formula holds; weights that outgrow the biases undo it."""
    e = replace(
        MLP,
        task="sine",
        normalization="layer",
        init="torch_default",
        gain=1.0,
        depth=4,
        batch_size=512,
    )
    assert measured(e, seeds=24) == pytest.approx(predict(e).growth, rel=0.03)
    assert obstacle(replace(e, gain=5)) == "layer_uneven"


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "gelu"])
def test_batch_normalized_networks_agree_deep_inside(activation):
    """Near the input the samples of a batch still have the data's own resemblances."""
    e = replace(BATCH, activation=activation, depth=40)
    inside = float(np.median(inner_growths(e, 3, ends=12)))
    assert inside == pytest.approx(predict(e).limit, rel=0.04)


@pytest.mark.parametrize("init", INITS)
def test_every_initialization_agrees(init):
    e = replace(MLP, activation="tanh", init=init, gain=1.3, depth=12)
    assert measured(e) == pytest.approx(predict(e).growth, rel=0.03)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"network": "rnn", "task": "co2"}, "batch_rnn"),
        ({"activation": "linear"}, "batch_linear"),
        ({"batch_size": 16}, "batch_small"),
        ({}, None),
        ({"normalization": "layer", "batch_size": 2}, None),
        ({"normalization": "layer", "task": "sine"}, "layer_uneven"),
        ({"normalization": "none", "task": "sine"}, None),
        ({"normalization": "layer", "task": "sine", "init": "torch_default", "gain": 1.0}, None),
    ],
)
def test_where_no_formula_holds_it_says_why(changes, why):
    e = replace(BATCH, **changes)
    assert obstacle(e) == why
    assert (predict(e) is None) == (why is not None)


def test_a_kind_without_mean_field_is_not_taken_for_a_plain_one(monkeypatch):
    monkeypatch.setitem(KINDS, "mlp", replace(KINDS["mlp"], mean_field=False))
    e = replace(MLP, seed=9999)
    assert obstacle(e) == "kind"
    assert predict(e) is edge_of_chaos(e) is two_basins(e) is None


def test_small_batches_grow_faster_than_the_limit_says():
    """Which is why the formula is withheld there."""
    limit = predict(BATCH).limit
    assert measured(replace(BATCH, batch_size=8), 3) > 1.05 * limit


def test_gelus_basin_is_the_datas():
    e = replace(MLP, activation="gelu", depth=100)
    below, above, between = two_basins(e)
    assert predict(e).variance > between
    assert predict(e).limit == pytest.approx(above)
    assert (below, above) == (pytest.approx(0.8), pytest.approx(1.6 / math.sqrt(2), rel=1e-4))
    np.testing.assert_allclose(other_basin(e, predict(e)), [below] * 99)
    small = replace(e, gain=1.42, init="orthogonal", width=192)  # keeps the data's length: 10 / 192
    assert predict(small).variance < two_basins(small)[2]
    np.testing.assert_allclose(other_basin(small, predict(small)), [two_basins(small)[1]] * 99)
    assert other_basin(replace(e, gain=2.1), predict(e)) == ()
    assert two_basins(replace(e, activation="tanh")) is None
    assert two_basins(replace(e, normalization="layer")) is None


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("normalization", ["none", "batch", "layer"])
@pytest.mark.parametrize("network", ["mlp", "rnn"])
@pytest.mark.parametrize("extreme", [{"depth": 1}, {"width": 1}, {"gain": 5.0, "depth": 100}])
def test_extremes_give_numbers_or_a_reason(network, normalization, activation, extreme):
    e = Experiment(
        network=network,
        activation=activation,
        normalization=normalization,
        init="normal",
        steps=1,
        **extreme,
    )
    prediction = predict(e)
    if prediction is None:
        assert obstacle(e)
        return
    assert prediction.rule in RULES
    assert len(prediction.factors) == e.depth - 1
    assert all(math.isfinite(f) and f >= 0 for f in prediction.factors)
    assert math.isfinite(prediction.limit)
    assert math.isnan(prediction.growth) == (e.depth == 1)


def test_deep_in_the_network_the_factors_are_the_limit():
    e = replace(MLP, activation="tanh", depth=60, gain=2.0)
    prediction = predict(e)
    assert prediction.factors[-1] == pytest.approx(growth_rate("tanh", 2.0), rel=1e-6)
    assert prediction.limit == pytest.approx(prediction.factors[-1], rel=1e-6)


@pytest.mark.parametrize(
    ("activation", "gain"), [("tanh", 2.0), pytest.param("gelu", 1.48, id="gelu, two basins")]
)
def test_of_one_sample_theory_begins_with_its_own_length(activation, gain):
    """Over many networks; with GELU the mean over the data may lie in the other basin."""
    e = Experiment(activation=activation, init="lecun_normal", gain=gain, depth=20, width=256)
    off = []
    for seed in range(12):
        chain = chain_rule(replace(e, seed=seed))
        product = sum(map(math.log10, predict(e, chain.squares).factors))
        off.append(chain.lengths[0] - chain.lengths[-1] - product)
    assert abs(np.mean(off)) < 0.15


def test_the_datas_mean_length_as_a_sample_predicts_the_same():
    for e in (MLP, replace(MLP, network="rnn", task=None)):
        squares = np.square(task_of(e).inputs).sum(axis=-1).mean(axis=0)
        assert predict(e, tuple(np.atleast_1d(squares).tolist())) == predict(e)
