"""What a run begins with, as a file: a script that reads it trains as the engine does, up to rounding."""

import math
from collections.abc import Sequence
from io import BytesIO
from itertools import islice, takewhile

import numpy as np
import torch

from core.engine.batches import Batches
from core.engine.networks import new_networks
from core.engine.training import train
from core.experiment import Experiment
from core.tasks import task_of

ROUNDED = 3e-5
"""By how much of itself a loss may be another in float64; whatever else rounds differs a few times as much."""
BEGIN_ALIKE = ("scale", "shift")
"""Blocks that begin as 1 and 0 in every run, and in a script."""


@torch.inference_mode()
def start_file(experiment: Experiment) -> bytes:
    """An .npz of the first weights and of all batches.

    weight_0, weight_1, ...: each matrix, (units, inputs), input side first, the readout last; bias_0, ...: the
    biases alike. batches: places in the data set, which a script has itself, (steps, batch size).
    By one torch thread, since bits depend on their number.
    """
    torch.set_num_threads(1)
    network = new_networks([experiment], torch.float32, signals_only=True)
    arrays = {"batches": _batches(experiment)}
    for kind, axes in {"weight": 2, "bias": 1}.items():
        named = [b.name for b in network.layout.blocks if len(b.shape) == axes]
        begun = [network.w[name] for name in named if name not in BEGIN_ALIKE]
        values = [tensor[0].numpy() for block in begun for tensor in block]
        arrays |= {f"{kind}_{number}": value for number, value in enumerate(values)}
    file = BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def _batches(experiment: Experiment) -> np.ndarray:
    batches = Batches([experiment], task_of(experiment), torch.float32)
    drawn = [batches.choose()[0] for _ in range(experiment.steps)]
    return torch.stack(drawn).to(torch.int32).numpy()


def certain_losses(experiment: Experiment, losses: Sequence[float]) -> int:
    """How many of a run's first losses are not its rounding's: in float64 they are the same.

    A loss that is no longer a number is certain if those before it are.
    """
    exact = (step.loss for step in islice(train(experiment, torch.float64), len(losses)))
    pairs = zip(losses, exact, strict=False)
    return sum(1 for _ in takewhile(lambda pair: _same(*pair), pairs))


def _same(loss: float, exact: float) -> bool:
    return not math.isfinite(loss) or math.isclose(loss, exact, rel_tol=ROUNDED)
