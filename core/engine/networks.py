"""Every kind of network of core.kinds, and a stack of new ones."""

from collections.abc import Sequence

import numpy as np
import torch

from core.engine.batches import Batches
from core.engine.mlp import MLP
from core.engine.network import Network
from core.engine.rnn import RNN
from core.experiment import Experiment
from core.tasks import task_of

NETWORKS: dict[str, type[Network]] = {network.kind: network for network in (MLP, RNN)}


def new_networks(
    experiments: Sequence[Experiment], dtype: torch.dtype, signals_only: bool = False
) -> Network:
    """Networks that have not learned anything, of one kind and the deepest first, as one stack."""
    first = experiments[0]
    task = task_of(first)
    return NETWORKS[first.network](experiments, task, dtype, signals_only)


def at_first_batch(
    experiments: Sequence[Experiment], dtype: torch.dtype, signals_only: bool = False
) -> Network:
    """New networks, each sent forward and backward through its first batch.

    By one torch thread, since bits depend on their number.
    """
    torch.set_num_threads(1)
    network = new_networks(experiments, dtype, signals_only)
    task = task_of(experiments[0])
    with np.errstate(all="ignore"):
        network.forward(*Batches(experiments, task, dtype).draw())
        (network.send_back if signals_only else network.backward)()
    return network
