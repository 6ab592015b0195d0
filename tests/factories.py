"""Steps that are made, not trained: for a test that needs one certain course, however runs are rounded."""

import math
from dataclasses import replace

import numpy as np

from core.steps import Lost, Step


def calm(index, **changes):
    """A step of three layers in which everything is 1, or 0.01, or as it is given."""
    values = {
        "index": index,
        "loss": 1.0,
        "grad_norm": 1.0,
        "clipped_norm": 1.0,
        "activation_norms": (1.0, 1.0, 1.0),
        "signal_norms": (1.0, 1.0, 1.0),
        "weight_norms": (2.0, 2.0, 2.0, 2.0),
        "weight_grad_norms": (1.0, 1.0, 1.0, 1.0),
        "update_norms": (0.01, 0.01, 0.01, 0.01),
        "saturated": (0.0, 0.0, 0.0),
        "clipped_fraction": 0.0,
        "clip_cosine": 1.0,
    }
    return Step(**(values | changes))


def finished(experiment, start, final):
    """A finite run whose loss goes evenly from its start to its end; nothing else in it moves."""
    losses = np.geomspace(start, final, experiment.steps).tolist()
    first, *others = [calm(i, loss=loss) for i, loss in enumerate(losses)]
    ends = {"end_loss": final, "final_loss": final, "final_grad_norm": 1.0}
    return [replace(first, start_loss=start), *others[:-1], replace(others[-1], **ends)]


def died(last):
    """A run whose loss doubles in every step, and is no number at the last."""
    first, *steps = [calm(i, loss=2.0**i, grad_norm=2.0**i) for i in range(last)]
    return [replace(first, start_loss=1.0), *steps, calm(last, loss=math.inf, lost=Lost("loss"))]
