"""The variance of a new network's pre-activations: what the data, the first weights and the biases make of it."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.experiment import NORMALIZATION_EPS, Experiment
from core.initializations import INITS, Init
from core.tasks import task_of

Float64s = NDArray[np.float64]


def sigma_b(experiment: Experiment) -> float:
    """Standard deviation of a hidden layer's bias."""
    return math.sqrt(_bias_variance(INITS[experiment.init], experiment.width))


def unevenness(experiment: Experiment) -> float:
    """How much more the first layer normalization lengthens the samples' signals than one's of the mean variance."""
    mean = drives(experiment)[0]
    return mean / removed_first(experiment, (), mean)


def drives(experiment: Experiment, sample: Sequence[float] = ()) -> tuple[float, ...]:
    """What each layer's pre-activations get besides the layer below: their variance, (depth,).

    Of an MLP the first layer gets the data, the others their biases; each time step of an RNN its input.
    """
    init, width, depth = INITS[experiment.init], experiment.width, experiment.depth
    inputs = task_of(experiment).inputs
    features = inputs.shape[-1]
    if experiment.normalization == "batch":
        inputs = inputs - inputs.mean(axis=0)
    squares = np.asarray(sample or np.square(inputs).sum(axis=-1).mean(axis=0))
    bias = _bias_variance(init, width)
    if experiment.kind.recurrent:
        variance = INITS["xavier_uniform"].std(features, width) ** 2
        return tuple(float(square) * variance + bias for square in squares)
    first = float(_first_variance(experiment, squares.sum()))
    return (first, *[bias] * (depth - 1))


def _first_variance(experiment: Experiment, squares: Float64s) -> Float64s:
    """Of an MLP's first pre-activations, from the squared lengths of its inputs."""
    init, task = INITS[experiment.init], task_of(experiment)
    features = task.inputs.shape[-1]
    scale = experiment.gain**2 * _entry_variance(init, features, experiment.width)
    return squares * scale + _bias_variance(init, features)


def _entry_variance(init: Init, fan_in: int, fan_out: int) -> float:
    """Of a (fan_out, fan_in) matrix without gain. A semi-orthogonal one keeps the shorter side's lengths."""
    if init.distribution == "orthogonal":
        return 1.0 / max(fan_in, fan_out)
    return init.std(fan_in, fan_out) ** 2


def _bias_variance(init: Init, fan_in: int) -> float:
    """Uniform within ±1/sqrt(fan_in), as torch.nn.Linear draws it, or zero."""
    return 1.0 / (3.0 * fan_in) if init.random_bias else 0.0


def removed_first(experiment: Experiment, sample: Sequence[float], mean: float) -> float:
    """The variance that stands for those which the first layer's normalization takes from the samples.

    Layer normalization divides each sample's signal by its own standard deviation: the squared signal is the mean
    of the inverses, to which a sample with a small input adds far more than its share.
    """
    if experiment.normalization != "layer" or experiment.kind.recurrent or sample:
        return mean
    squares = np.square(task_of(experiment).inputs).sum(axis=-1)
    return float(1 / np.mean(1 / (_first_variance(experiment, squares) + NORMALIZATION_EPS)))
