"""Every gradient against torch.autograd, and first weights against theory, in float64."""

import math

import pytest
import torch

from core.activations import ACTIVATIONS as KNOWN
from core.engine.activations import FUNCTIONS, Memory
from core.engine.batches import Batches
from core.engine.initializers import draw_bias, draw_weights, stream
from core.engine.network import EVALUATED
from core.engine.networks import NETWORKS
from core.experiment import NORMALIZATIONS, Experiment
from core.initializations import INITS
from core.kinds import KINDS
from core.tasks import task_of
from tests.engine.torch_reference import ACTIVATIONS, Reference

MEMBERS = (
    {"init": "torch_default", "gain": 1.3, "seed": 1},
    {"init": "orthogonal", "gain": 0.7, "seed": 2},
    {"init": "he_normal", "gain": 1.0, "seed": 1},
)


def stack(keep_slopes=True, **choices):
    """Three members of different inits, gains and seeds, their weights moved off what is special."""
    experiments = [Experiment(**choices, **member) for member in MEMBERS]
    task = task_of(experiments[0])
    kind = NETWORKS[choices["network"]]
    network = kind(experiments, task, torch.float64, keep_slopes=keep_slopes)
    noise = torch.randn(network.weights.shape, generator=stream(0, "batches"), dtype=torch.float64)
    network.weights.add_(0.1 * noise)
    return experiments, network, Batches(experiments, task, torch.float64)


def assert_close(ours, theirs, scale, rel=1e-10):
    assert (ours - theirs).abs().max().item() <= rel * scale


@pytest.mark.parametrize("keep_slopes", [True, False])
@pytest.mark.parametrize("depth", [1, 4])
@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(
    ("network", "task"), [("mlp", "diabetes"), ("rnn", "co2"), ("rnn", "adding")]
)
def test_every_gradient_is_autograds(network, task, activation, normalization, depth, keep_slopes):
    choices = {"activation": activation, "normalization": normalization, "width": 7}
    depth = max(depth, 2) if task == "adding" else depth
    experiments, ours, batches = stack(
        keep_slopes, network=network, task=task, depth=depth, batch_size=5, **choices
    )
    x, y = batches.draw()
    losses = ours.forward(x, y)
    ours.backward()
    for m, experiment in enumerate(experiments):
        theirs = Reference(experiment, ours, m)
        loss = torch.nn.functional.mse_loss(theirs(x[m]), y[m])
        loss.backward()
        assert losses[m].item() == pytest.approx(loss.item(), rel=1e-10)
        largest = max(p.grad.abs().max().item() for p in theirs.leaves())
        for name, k, parameter in theirs.in_order():
            own = parameter.grad.abs().max().item()
            # What batch normalization cancels has no gradient but rounding, in torch as well.
            idle = own < 1e-12 * largest
            assert_close(ours.g[name][k, m], parameter.grad, largest if idle else own)
        for layer, (signal, h) in enumerate(zip(theirs.signals, theirs.activations, strict=True)):
            assert_close(ours.signals[layer, m], signal.grad, signal.grad.abs().max().item())
            assert_close(ours.activations[layer, m], h.detach(), h.abs().max().item())


@pytest.mark.parametrize("activation", [a for a, f in FUNCTIONS.items() if f.backward])
def test_a_product_with_the_slope_is_finite_or_not_in_one_pass_or_two(activation):
    """Else a run could be lost alone and go on in a stack."""
    function = FUNCTIONS[activation]
    signals = torch.tensor([0.0, 1e-40, 1.0, -3e38, torch.inf, torch.nan])
    z, signal = torch.meshgrid(
        torch.tensor([-200.0, -20.0, -1.0, 0.0, 0.5, 9.0, 1e30]), signals, indexing="ij"
    )
    z, signal = z.contiguous(), signal.contiguous()
    h, slope, out = torch.empty(3, *z.shape)
    function.forward(Memory.of(z.clone()), Memory.of(h))
    x = h if function.known.from_output else z
    function.derivative(x, slope)
    function.backward(signal, x, out)
    torch.testing.assert_close(out, signal * slope, rtol=2e-6, atol=1e-36, equal_nan=True)


@pytest.mark.parametrize("at_once", [1, 1000, EVALUATED])
@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("network", NETWORKS)
def test_evaluation_uses_running_statistics_as_torch_does(
    network, normalization, at_once, monkeypatch
):
    monkeypatch.setattr("core.engine.network.EVALUATED", at_once)
    experiments, ours, batches = stack(
        network=network, depth=3, width=6, batch_size=8, normalization=normalization
    )
    references = [Reference(e, ours, m) for m, e in enumerate(experiments)]
    for _ in range(3):
        x, y = batches.draw()
        ours.forward(x, y)
        for m, reference in enumerate(references):
            reference(x[m])
    losses = ours.evaluate(batches.inputs, batches.targets, running=True)
    for m, reference in enumerate(references):
        prediction = reference.eval()(batches.inputs)
        expected = torch.nn.functional.mse_loss(prediction, batches.targets).item()
        assert losses[m].item() == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("scheme", sorted(set(INITS) - {"orthogonal"}))
def test_variance_of_a_scheme(scheme):
    fan_out, fan_in = 200, 300
    weights = draw_weights(INITS[scheme], fan_out, fan_in, stream(3, "weights"))
    variance = {
        "xavier_uniform": 2 / (fan_in + fan_out),
        "xavier_normal": 2 / (fan_in + fan_out),
        "he_uniform": 2 / fan_in,
        "he_normal": 2 / fan_in,
        "lecun_normal": 1 / fan_in,
        "normal": 1.0,
        "torch_default": 1 / (3 * fan_in),
    }[scheme]
    assert weights.var().item() == pytest.approx(variance, rel=0.03)
    assert weights.mean().item() == pytest.approx(
        0.0, abs=4 * math.sqrt(variance / weights.numel())
    )
    if INITS[scheme].distribution == "uniform":
        bound = math.sqrt(3 * variance)
        assert 0.999 * bound < weights.abs().max().item() <= bound


@pytest.mark.parametrize("shape", [(40, 40), (64, 10), (10, 64)])
def test_orthogonal_is_torchs(shape):
    weights = draw_weights(INITS["orthogonal"], *shape, stream(5, "weights"))
    theirs = torch.nn.init.orthogonal_(
        torch.empty(shape, dtype=torch.float64), generator=stream(5, "weights")
    )
    small = weights @ weights.mT if shape[0] <= shape[1] else weights.mT @ weights
    torch.testing.assert_close(
        small, torch.eye(min(shape), dtype=torch.float64), rtol=0, atol=1e-12
    )
    torch.testing.assert_close(weights, theirs, rtol=0, atol=1e-12)


def test_only_torchs_default_begins_with_biases():
    rng = stream(0, "weights")
    assert not draw_bias(INITS["he_normal"], 50, 16, rng).any()
    biases = draw_bias(INITS["torch_default"], 5000, 16, rng)
    assert 0.24 < biases.abs().max().item() <= 0.25


def weights_of(**choices):
    e = Experiment(**choices)
    return NETWORKS[e.network]([e], task_of(e), torch.float64).w


@pytest.mark.parametrize("network", NETWORKS)
def test_gain_multiplies_what_the_scheme_draws_and_nothing_else(network):
    plain = weights_of(network=network, depth=3, width=8, gain=1.0)
    gained = weights_of(network=network, depth=3, width=8, gain=2.0)
    doubled = ("input", "hidden") if network == "mlp" else ("recurrent",)
    for name in plain:
        factor = 2.0 if name in doubled else 1.0
        torch.testing.assert_close(gained[name], factor * plain[name])


def test_a_deeper_network_begins_as_a_shallower_one():
    shallow, deep = weights_of(depth=3, width=8), weights_of(depth=6, width=8)
    assert torch.equal(deep["hidden"][:2], shallow["hidden"])
    assert torch.equal(deep["readout"], shallow["readout"])


def test_both_precisions_begin_with_the_same_numbers():
    e = Experiment(depth=3, width=8)
    task = task_of(e)
    single, double = (NETWORKS["mlp"]([e], task, d).weights for d in (torch.float32, torch.float64))
    assert torch.equal(single, double.float())


def test_every_activation_and_kind_of_the_tables_is_here():
    assert list(FUNCTIONS) == list(KNOWN)
    assert list(NETWORKS) == list(KINDS)


@pytest.mark.parametrize("network", KINDS)
@pytest.mark.parametrize("depth", [1, 5])
def test_a_kinds_matrices_are_the_tables(network, depth):
    kind, e = KINDS[network], Experiment(network=network, depth=depth, width=3)
    built = NETWORKS[network]([e], task_of(e), torch.float64)
    assert built.layout.matrices == kind.count_matrices(depth)
    names = [block.name for block in built.layout.blocks if len(block.shape) == 2]
    assert not kind.matrices or tuple(names) == kind.matrices
