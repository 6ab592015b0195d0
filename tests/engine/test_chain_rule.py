"""The fast engine against the plain specification, core/engine/chain_rule.py, in float64."""

from dataclasses import replace

import pytest
import torch

from core.engine.batches import Batches
from core.engine.chain_rule import Layer, chain_rule
from core.engine.initializers import stream
from core.engine.networks import NETWORKS
from core.engine.normalization import AXES
from core.experiment import NORMALIZATIONS, Experiment
from core.tasks import task_of
from tests.engine.torch_reference import ACTIVATIONS

MEMBERS = (
    {"init": "torch_default", "gain": 1.3, "seed": 1},
    {"init": "orthogonal", "gain": 0.7, "seed": 2},
    {"init": "he_normal", "gain": 1.0, "seed": 1},
)


def stack(experiments):
    """Their networks as one, weights moved off what is special, after one way there and back."""
    first = experiments[0]
    task = task_of(first)
    network = NETWORKS[first.network](experiments, task, torch.float64)
    noise = torch.randn(network.weights.shape, generator=stream(0, "batches"), dtype=torch.float64)
    network.weights.add_(0.1 * noise)
    x, y = Batches(experiments, task, torch.float64).draw()
    losses = network.forward(x, y)
    network.backward()
    return network, x, y, losses


def slope_of(phi):
    """φ' by autograd."""

    def slope(z):
        z = z.clone().requires_grad_()
        return torch.autograd.grad(phi(z).sum(), z)[0]

    return slope


def layers_of(e, w):
    """The member's parameters, block by block, as the layers of the specification."""
    phi = ACTIVATIONS[e.activation]
    each = {"phi": phi, "slope": slope_of(phi)}
    if e.network == "mlp":
        weights = [w["input"][0], *w.get("hidden", [])][: e.depth]
    else:
        weights = [torch.cat([w["recurrent"][0], w["input"][0]], dim=1)] * e.depth
    layers = [
        Layer(weight, w["bias"][k if e.network == "mlp" else 0], **each)
        for k, weight in enumerate(weights)
    ]
    if e.normalization != "none":
        over, scale, shift = AXES[e.normalization] + 2, w["scale"], w["shift"]
        layers = [
            layer._replace(over=over, scale=scale[k % len(scale)], shift=shift[k % len(shift)])
            for k, layer in enumerate(layers)
        ]
    return [*layers, Layer(w["readout"][0], w["readout_bias"][0])]


def fed(e, x):
    """h_0, and the x of every layer."""
    empty = x.new_zeros(len(x), 0)
    if e.network == "mlp":
        return empty, [x, *[empty] * e.depth]
    return x.new_zeros(len(x), e.width), [*x.unbind(1), empty]


def by_block(e, found):
    """The gradients under the engine's names: a list of each block's tensors."""
    *hidden, readout = found
    vectors = ["bias", *(["scale", "shift"] if e.normalization != "none" else [])]
    ends = {"readout": [readout["weight"]], "readout_bias": [readout["bias"]]}
    if e.network == "mlp":
        weights = [each["weight"] for each in hidden]
        own = {name: [each[name] for each in hidden] for name in vectors}
        return {"input": weights[:1], "hidden": weights[1:]} | own | ends
    whole = sum(each["weight"] for each in hidden)
    own = {name: [sum(each[name] for each in hidden)] for name in vectors}
    return {"input": [whole[:, e.width :]], "recurrent": [whole[:, : e.width]]} | own | ends


def assert_close(ours, theirs, scale):
    assert (ours - theirs).abs().max().item() <= 1e-10 * scale


def assert_held(experiments):
    network, x, y, losses = stack(experiments)
    for m, e in enumerate(experiments):
        w = {name: block[:, m] for name, block in network.w.items()}
        found = list(chain_rule(layers_of(e, w), *fed(e, x[m]), y[m]))[::-1]
        error = found[-1]["h"] * len(y[m]) / 2
        assert losses[m].item() == pytest.approx(error.square().mean().item(), rel=1e-10)
        for layer, each in enumerate(found[:-1]):
            signal = each["z"] if e.network == "mlp" else each["h"]
            assert_close(network.signals[layer, m], signal, signal.abs().max().item())
        blocks = by_block(e, found)
        largest = max(tensor.abs().max().item() for block in blocks.values() for tensor in block)
        for name, block in blocks.items():
            for k, tensor in enumerate(block):
                size = tensor.abs().max().item()
                # What batch normalization cancels has no gradient but rounding.
                scale = size if size > 1e-12 * largest else largest
                assert_close(network.g[name][k, m], tensor, scale)


@pytest.mark.parametrize("depth", [1, 4])
@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(
    ("network", "task"), [("mlp", "diabetes"), ("rnn", "co2"), ("rnn", "adding")]
)
def test_signals_and_gradients_are_the_specifications(
    network, task, activation, normalization, depth
):
    e = Experiment(
        network=network,
        task=task,
        activation=activation,
        normalization=normalization,
        depth=max(depth, 2) if task == "adding" else depth,
        width=7,
        batch_size=5,
    )
    assert_held([replace(e, **member) for member in MEMBERS])


def test_a_stack_of_different_depths_is_so_many_networks():
    e = Experiment(activation="tanh", width=7, batch_size=5)
    assert_held([replace(e, depth=d, **m) for d, m in zip((6, 3, 1), MEMBERS, strict=True)])
