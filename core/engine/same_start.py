"""What a run begins with, as a file: a script that reads it trains as the engine does."""

from io import BytesIO

import numpy as np
import torch

from core.engine.batches import Batches
from core.engine.networks import new_networks
from core.experiment import Experiment
from core.tasks import load_task

MATRICES = ("input", "hidden", "recurrent", "readout")
VECTORS = ("bias", "readout_bias")


@torch.inference_mode()
def start_file(experiment: Experiment) -> bytes:
    """An .npz of the first weights and of all batches.

    weight_0, weight_1, ...: each matrix, (units, inputs), input side first, the readout last; bias_0, ...: the
    biases alike. batches: places in the data set, which a script has itself, (steps, batch size). A normalization's
    scale and shift begin as 1 and 0, and are not in it.
    """
    blocks = new_networks([experiment], torch.float32, signals_only=True).w
    arrays = {"batches": _batches(experiment)}
    for kind, names in {"weight": MATRICES, "bias": VECTORS}.items():
        values = [block[0].numpy() for name in names for block in blocks.get(name, ())]
        arrays |= {f"{kind}_{number}": value for number, value in enumerate(values)}
    file = BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def _batches(experiment: Experiment) -> np.ndarray:
    batches = Batches([experiment], load_task(experiment.task, experiment.depth), torch.float32)
    drawn = [batches.choose()[0] for _ in range(experiment.steps)]
    return torch.stack(drawn).to(torch.int32).numpy()
