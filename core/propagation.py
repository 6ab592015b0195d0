"""How the signal travels through a network that has not learned anything yet."""

from dataclasses import dataclass, replace

import numpy as np
import torch

from core.batches import Batches
from core.experiment import RANGES, Experiment
from core.networks import NETWORKS
from core.parameters import Float64s
from core.steps import growth
from core.tasks import load_task

ENTRIES = 2**24
"""Weights and activations in one stack: 64 MB in each of its buffers."""


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


def propagate(
    experiment: Experiment, seeds: int = 1, dtype: torch.dtype = torch.float32
) -> Propagation:
    """Send one batch through `seeds` networks, stacked, and its error back; nothing is updated.

    The seeds are experiment.seed, + 1, and so on, from the last that is allowed on to 0.
    """
    allowed = int(RANGES["seed"][1]) + 1
    members = [replace(experiment, seed=(experiment.seed + k) % allowed) for k in range(seeds)]
    entries = experiment.depth * experiment.width * (experiment.width + experiment.batch_size)
    stack = max(1, ENTRIES // entries)
    parts = [_propagate(members[k : k + stack], dtype) for k in range(0, seeds, stack)]
    signals, weight_grads, activations = (
        np.concatenate(arrays) for arrays in zip(*parts, strict=True)
    )
    return Propagation(
        signal_norms=signals,
        weight_grad_norms=weight_grads,
        activation_rms=activations / np.sqrt(experiment.batch_size * experiment.width),
        growth=np.array([growth(norms) for norms in signals.tolist()]),
    )


@torch.inference_mode()
def _propagate(
    members: list[Experiment], dtype: torch.dtype
) -> tuple[Float64s, Float64s, Float64s]:
    """Norms of one stack: of signals and weight gradients and activations, each (M, ...)."""
    torch.set_num_threads(1)
    task = load_task(members[0].task, members[0].depth)
    network = NETWORKS[members[0].network](members, task, dtype)
    with np.errstate(all="ignore"):
        network.forward(*Batches(members, task, dtype).draw())
        network.backward()
    squares = network.layout.inner_products(network.gradients, network.gradients)
    return (
        network.chain.norms(network.signals),
        np.sqrt(squares[: network.layout.matrices].T),
        network.chain.norms(network.activations),
    )
