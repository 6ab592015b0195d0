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


@torch.inference_mode()
def propagate(
    experiment: Experiment, seeds: int = 1, dtype: torch.dtype = torch.float32
) -> Propagation:
    """Send one batch through `seeds` networks as one stack, and its error back; nothing is updated.

    The seeds are experiment.seed, + 1, and so on, from the last that is allowed on to 0.
    """
    torch.set_num_threads(1)
    task = load_task(experiment.task, experiment.depth)
    allowed = int(RANGES["seed"][1]) + 1
    members = [replace(experiment, seed=(experiment.seed + k) % allowed) for k in range(seeds)]
    network = NETWORKS[experiment.network](members, task, dtype)
    with np.errstate(all="ignore"):
        network.forward(*Batches(members, task, dtype).draw())
        network.backward()
    signal_norms = network.chain.norms(network.signals)
    squares = network.layout.inner_products(network.gradients, network.gradients)
    return Propagation(
        signal_norms=signal_norms,
        weight_grad_norms=np.sqrt(squares[: network.layout.matrices].T),
        activation_rms=network.chain.norms(network.activations)
        / np.sqrt(experiment.batch_size * experiment.width),
        growth=np.array([growth(norms) for norms in signal_norms.tolist()]),
    )
