"""The chain rule's factors, against autograd, numpy and products that are known exactly."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch.autograd.functional import jacobian
from torch.nn import functional

from core.activations import ACTIVATIONS
from core.engine.batches import Batches
from core.engine.jacobians import ChainRule, _spreads, chain_rule, first_pass, jacobians
from core.engine.propagation import propagate
from core.experiment import Experiment
from core.tasks import task_of
from tests.engine.torch_reference import ACTIVATIONS as FUNCTIONS
from tests.engine.torch_reference import one_sample

SMALL = Experiment(depth=5, width=12, batch_size=8, seed=3)
TANH = Experiment(activation="tanh", init="lecun_normal", gain=2.0, depth=30)


def activated(z, network, layer, experiment):
    """φ(norm(z)) as torch writes it."""
    if experiment.normalization == "layer":
        own = layer if experiment.network == "mlp" else 0
        z = functional.layer_norm(
            z, z.shape[-1:], network.w["scale"][own, 0], network.w["shift"][own, 0]
        )
    return FUNCTIONS[experiment.activation](z)


def maps(network, e, x):
    """The first z_l (h_t) in plain torch, and every map from one to the next."""
    w = {name: block[:, 0] for name, block in network.w.items()}
    if e.network == "mlp":
        return w["input"][0] @ x + w["bias"][0], [
            lambda z, k=k: w["hidden"][k] @ activated(z, network, k, e) + w["bias"][k + 1, 0]
            for k in range(e.depth - 1)
        ]
    drives = x @ w["input"][0].mT + w["bias"][0]
    return activated(drives[0], network, 0, e), [
        lambda h, k=k: activated(w["recurrent"][0] @ h + drives[k], network, k, e)
        for k in range(1, e.depth)
    ]


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
@pytest.mark.parametrize("normalization", ["none", "layer"])
@pytest.mark.parametrize("kind", ["mlp", "rnn"])
def test_each_jacobian_is_autograds(kind, normalization, activation):
    e = replace(SMALL, network=kind, task=None, activation=activation, normalization=normalization)
    network, _ = first_pass(e)
    x, y = Batches([e], task_of(e), torch.float64).draw()
    if normalization == "layer":
        network.w["scale"].uniform_(0.5, 2.0)
        network.forward(x[:, :1], y[:, :1])
    value, steps = maps(network, e, x[0, 0])
    theirs = []
    for step in steps:
        theirs.append(jacobian(step, value))
        value = step(value)
    for ours, expected in zip(jacobians(network), reversed(theirs), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
@pytest.mark.parametrize("normalization", ["none", "layer"])
def test_the_chain_ends_at_autograds_gradient(normalization, activation):
    e = replace(SMALL, activation=activation, normalization=normalization, gain=2.0)
    reference, x, y = one_sample(e)
    (reference(x) - y).square().mean().backward()
    whole = float(reference.blocks["input"][0].grad.norm())
    c = chain_rule(e)
    start = float(reference.signals[-1].grad.norm())
    product = start * np.prod(10 ** np.array(c.gains)) * float(x.norm())
    assert product == pytest.approx(whole, rel=1e-12)
    assert 10**c.measured == pytest.approx(whole, rel=1e-12)
    assert 10**c.into_weights == pytest.approx(float(x.norm()), rel=1e-12)


def test_an_rnns_chain_ends_at_the_first_time_steps_share():
    e = Experiment(network="rnn", depth=6, width=8, activation="tanh", gain=1.5, seed=2)
    reference, x, y = one_sample(e)
    own = [reference.blocks["input"][0].detach().clone().requires_grad_() for _ in range(6)]
    h = x.new_zeros(1, 8)
    for t in range(6):
        drive = functional.linear(x[:, t], own[t], reference.blocks["bias"][0])
        h = torch.tanh(drive + functional.linear(h, reference.blocks["recurrent"][0]))
    out = functional.linear(h, reference.blocks["readout"][0], reference.blocks["readout_bias"][0])
    (out - y).square().mean().backward()
    c = chain_rule(e)
    assert 10**c.measured == pytest.approx(float(own[0].grad.norm()), rel=1e-12)
    slopes = 1 - torch.tanh(functional.linear(x[:, 0], own[0], reference.blocks["bias"][0])) ** 2
    most = float(x[:, 0].norm() * slopes.detach().max())
    assert 10**c.last_norm == pytest.approx(most, rel=1e-12)
    assert c.into_weights < c.last_norm
    (reference(x) - y).square().mean().backward()
    lengths = [float(signal.grad.norm()) for signal in reference.signals]
    np.testing.assert_allclose(10 ** np.array(c.lengths), lengths, rtol=1e-12)


@pytest.mark.parametrize(
    "e",
    [
        TANH,
        Experiment(),
        Experiment(normalization="layer"),
        Experiment(network="rnn", activation="tanh", init="orthogonal", gain=1.5, depth=40),
    ],
)
def test_no_signal_outruns_the_largest_singular_value_nor_that_the_bound(e):
    c = chain_rule(e)
    for spread in c.spreads:
        length, bound = c.lengths[spread.layer - 1], c.bounds[spread.layer - 1]
        assert length <= c.lengths[-1] + spread.largest + 1e-9
        assert c.lengths[-1] + spread.largest <= bound + 1e-9
        assert spread.smallest <= spread.largest
    assert [s.layer for s in c.spreads] == sorted({s.layer for s in c.spreads})
    assert (c.spreads[0].layer, c.spreads[-1].layer) == (1, e.depth - 1)


def test_norms_are_numpys():
    network, _ = first_pass(TANH)
    norms = [np.linalg.norm(factor.numpy(), 2) for factor in jacobians(network)]
    np.testing.assert_allclose(10 ** np.array(chain_rule(TANH).norms), norms[::-1], rtol=1e-10)


def test_the_bound_is_as_loose_as_others_found():
    """Tanh, sigma_w 2, depth 30: 1.2e13 in an independent computation with another sample."""
    c = chain_rule(TANH)
    assert 12 < c.bounds[0] - c.lengths[-1] < 14
    assert 1 < c.lengths[0] - c.lengths[-1] < 3


def test_an_orthogonal_linear_rnn_has_one_singular_value():
    e = Experiment(network="rnn", activation="linear", init="orthogonal", gain=1.5, depth=40)
    for s in chain_rule(e).spreads:
        expected = (40 - s.layer) * np.log10(1.5)
        np.testing.assert_allclose([s.largest, s.median, s.smallest], expected, atol=1e-10)


def test_singular_values_sixty_powers_of_ten_apart():
    """U_(l+1) D U_lᵀ multiply to U_n Dⁿ U_0ᵀ: singular values d**n, however far apart."""
    rng = torch.Generator().manual_seed(1)
    size, count = 7, 30
    bases = [
        torch.linalg.qr(torch.randn(size, size, generator=rng, dtype=torch.float64))[0]
        for _ in range(count + 1)
    ]
    d = torch.tensor([10.0, 5, 2, 1, 0.5, 0.2, 0.1], dtype=torch.float64)
    factors = [above @ torch.diag(d) @ below.mT for above, below in pairwise(bases)]
    last = list(_spreads(factors, [size] * count))[-1]
    assert last.largest == pytest.approx(count, abs=1e-9)
    assert last.smallest == pytest.approx(-count, abs=1e-9)
    assert np.isnan(last.median), "thirty powers below the largest: rounding error"


def test_dead_units_take_whole_directions():
    c = chain_rule(Experiment())
    network, _ = first_pass(Experiment())
    live = [int(slope.count_nonzero()) for slope in network.slopes[:-1, 0, 0]]
    assert [s.rank for s in c.spreads] == [min(live[s.layer - 1 :]) for s in c.spreads]
    assert all(s.smallest == -np.inf for s in c.spreads)


def test_batch_normalization_ties_the_batch():
    e = Experiment(normalization="batch", depth=6)
    c = chain_rule(e)
    assert (c.samples, c.norms, c.spreads) == (64, (), ())
    whole = propagate(e, dtype=torch.float64)
    np.testing.assert_allclose(10 ** np.array(c.lengths), whole.signal_norms[0], rtol=1e-10)
    assert 10**c.measured == pytest.approx(whole.weight_grad_norms[0, 0], rel=1e-10)


@pytest.mark.parametrize(
    "e",
    [
        Experiment(depth=1),
        Experiment(depth=2, width=1),
        Experiment(depth=3, width=1, normalization="layer"),
        Experiment(network="rnn", depth=1),
        Experiment(depth=100, width=16, init="normal", gain=5.0, activation="linear"),
        Experiment(depth=100, width=16, activation="sigmoid", gain=0.1),
    ],
)
def test_extremes_have_a_result(e):
    c = chain_rule(e)
    assert isinstance(c, ChainRule)
    assert (len(c.lengths), len(c.norms), len(c.gains)) == (e.depth, e.depth - 1, e.depth - 1)
