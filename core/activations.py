"""The activations: all that is known of each without torch, for the experiment, the theory and the code alike.

How the engine computes one fast, in memory that is there already, stands in core/engine/activations.py.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Function = Callable[[Values], Values]


@dataclass(frozen=True, slots=True)
class Activation:
    """One activation φ, which works elementwise.

    function, slope: φ and φ'.
    pytorch: its class in torch.nn; Keras knows it by its key in ACTIVATIONS.
    critical_sigma_w: the sigma_w at which the mean-field growth sqrt(chi_1) is 1, without biases
        (Poole et al. 2016, Schoenholz et al. 2017; tests/theory/test_theory.py holds it to the quadrature).
    layer_norm_growth: the growth deep in a wide network with layer normalization, whatever the sigma_w, without
        biases (core.theory.mean_field.growth_under_layer_norm; the same tests).
    steepest: the largest |φ'|.
    from_output: whether φ'(z) can be told from φ(z), so that z need not be kept.
    falls: whether φ' is negative somewhere.
    flat_slope: whether the mean of φ'² does not depend on the variance of z, and so the growth not on biases.
    passes_one: whether the growth passes 1 at critical_sigma_w. GELU's jumps over it; for it, growth is 1 where
        the variance is 1.
    """

    function: Function
    slope: Function
    pytorch: str
    critical_sigma_w: float
    layer_norm_growth: float
    steepest: float = 1.0
    from_output: bool = True
    falls: bool = False
    flat_slope: bool = False
    passes_one: bool = True


def _erf(x: Values) -> Values:
    return np.array([math.erf(v) for v in x])


def _gelu_slope(x: Values) -> Values:
    normal = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    return (1 + _erf(x / math.sqrt(2))) / 2 + x * normal


def _sigmoid(x: Values) -> Values:
    return (1 + np.tanh(x / 2)) / 2


ACTIVATIONS = {
    "tanh": Activation(
        np.tanh,
        lambda x: 1 - np.tanh(x) ** 2,
        pytorch="Tanh",
        critical_sigma_w=1.0,
        layer_norm_growth=1.0853,
    ),
    "relu": Activation(
        lambda x: np.maximum(x, 0.0),
        lambda x: (x > 0).astype(np.float64),
        pytorch="ReLU",
        critical_sigma_w=math.sqrt(2.0),
        layer_norm_growth=1.0,
        flat_slope=True,
    ),
    "linear": Activation(
        lambda x: x,
        np.ones_like,
        pytorch="Identity",
        critical_sigma_w=1.0,
        layer_norm_growth=1.0,
        flat_slope=True,
    ),
    "sigmoid": Activation(
        _sigmoid,
        lambda x: _sigmoid(x) * (1 - _sigmoid(x)),
        pytorch="Sigmoid",
        critical_sigma_w=10.1493,
        layer_norm_growth=0.3909,
        steepest=0.25,
    ),
    "gelu": Activation(
        lambda x: x * (1 + _erf(x / math.sqrt(2))) / 2,
        _gelu_slope,
        pytorch="GELU",
        critical_sigma_w=1.4811,
        layer_norm_growth=1.0354,
        steepest=1.1289,
        from_output=False,
        falls=True,
        passes_one=False,
    ),
}
