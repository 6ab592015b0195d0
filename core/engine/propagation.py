"""How the signal travels through a network that has not learned anything yet."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from core import steps
from core.engine.networks import at_first_batch, new_networks
from core.engine.parameters import Float64s
from core.experiment import Experiment

DOUBLE = torch.float64
"""For looking beyond what float32 holds."""
STACK_BYTES = 2**26
"""Weights and activations in one stack, in each of its buffers."""


@dataclass(frozen=True, slots=True)
class Propagation:
    """One forward and one backward pass at initialization, on the first batch, for several seeds.

    signal_norms: as in `core.steps.Step`, (seeds, depth).
    weight_grad_norms: alike, (seeds, matrices).
    activation_rms: root mean square of h over the batch and the units, (seeds, depth).
    growth: factor per layer towards the input, (seeds,); NaN where fewer than two layers have one.
    """

    signal_norms: Float64s
    weight_grad_norms: Float64s
    activation_rms: Float64s
    growth: Float64s


@dataclass(frozen=True, slots=True)
class RecurrentMatrices:
    """What an RNN's recurrent matrices are before training, (seeds,) each.

    spectral_radius: largest absolute value of an eigenvalue.
    largest_singular_value: the most by which one application can lengthen a vector. Below 1 it makes a tanh
        RNN's gradient vanish; above 1 is necessary for it to explode, not sufficient (Pascanu et al. 2013).
    """

    spectral_radius: Float64s
    largest_singular_value: Float64s


def propagate(
    experiment: Experiment, seeds: int = 1, dtype: torch.dtype = torch.float32
) -> Propagation:
    """Send one batch through `seeds` networks, stacked, and its error back; nothing is updated.

    The seeds are experiment.seed, + 1, and so on, from the last that is allowed on to 0.
    """
    members = experiment.seeds(seeds)
    entries = experiment.depth * experiment.width * (experiment.width + experiment.batch_size)
    stack = max(1, STACK_BYTES // (entries * dtype.itemsize))
    parts = [_propagate(members[k : k + stack], dtype) for k in range(0, seeds, stack)]
    signals, weight_grads, activations = (
        np.concatenate(arrays) for arrays in zip(*parts, strict=True)
    )
    return Propagation(
        signal_norms=signals,
        weight_grad_norms=weight_grads,
        activation_rms=activations / np.sqrt(experiment.batch_size * experiment.width),
        growth=steps.growths(signals),
    )


@torch.inference_mode()
def slopes(experiments: Sequence[Experiment], dtype: torch.dtype = torch.float32) -> list[float]:
    """The growth of each of a stack along a fitted line, which is what theory's is compared with.

    They agree in `core.computing.stacking.SHAPE`, MLPs up to their depth. inf where fewer than two layers have a norm
    because numbers leave `dtype`.
    """
    members = sorted(experiments, key=lambda e: -e.depth)
    network = at_first_batch(members, dtype, signals_only=True)
    norms = network.chain.norms(network.signals)
    rates = steps.slopes(norms)
    rates[np.isnan(rates) & ~np.isfinite(norms).all(axis=1)] = np.inf
    found = dict(zip(members, rates.tolist(), strict=True))
    return [found[e] for e in experiments]


@torch.inference_mode()
def recurrent_matrices(experiment: Experiment, seeds: int = 1) -> RecurrentMatrices:
    """The recurrent matrices of the networks that `propagate` sends its batch through.

    Raises:
        KeyError: a kind that has none.
    """
    torch.set_num_threads(1)
    matrices = new_networks(experiment.seeds(seeds), torch.float64).w["recurrent"][0]
    return RecurrentMatrices(
        spectral_radius=torch.linalg.eigvals(matrices).abs().amax(dim=-1).numpy(),
        largest_singular_value=torch.linalg.matrix_norm(matrices, ord=2).numpy(),
    )


@torch.inference_mode()
def _propagate(
    members: list[Experiment], dtype: torch.dtype
) -> tuple[Float64s, Float64s, Float64s]:
    """Norms of one stack: of signals and weight gradients and activations, each (M, ...)."""
    network = at_first_batch(members, dtype)
    with np.errstate(all="ignore"):
        squares = network.layout.inner_products(network.gradients, network.gradients)
        return (
            network.chain.norms(network.signals),
            np.sqrt(squares[: network.layout.matrices].T),
            network.chain.norms(network.activations),
        )
