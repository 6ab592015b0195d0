"""Activations with their slopes, and expectations of them over a normal variable, by quadrature. Numpy only."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Function = Callable[[Values], Values]


def _erf(x: Values) -> Values:
    return np.array([math.erf(v) for v in x])


def _gelu_slope(x: Values) -> Values:
    normal = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    return (1 + _erf(x / math.sqrt(2))) / 2 + x * normal


def _sigmoid(x: Values) -> Values:
    return (1 + np.tanh(x / 2)) / 2


FUNCTIONS: dict[str, tuple[Function, Function]] = {
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "relu": (lambda x: np.maximum(x, 0.0), lambda x: (x > 0).astype(np.float64)),
    "linear": (lambda x: x, np.ones_like),
    "sigmoid": (_sigmoid, lambda x: _sigmoid(x) * (1 - _sigmoid(x))),
    "gelu": (lambda x: x * (1 + _erf(x / math.sqrt(2))) / 2, _gelu_slope),
}
"""Each activation φ and its derivative φ'."""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)


def expectation(function: Function, q: float) -> float:
    """E[f(x)] for x normal with variance q, to about 1e-12 for f smooth but at 0.

    Gauss-Legendre on panels that double in width away from 0, so that what is sharp near 0 is seen
    however wide the distribution is.
    """
    sd = math.sqrt(q)
    end = 9.0 * sd
    first = min(0.5, sd / 2)
    doubling = first * 2.0 ** np.arange(math.ceil(math.log2(end / first)))
    edges = np.array([0.0, *doubling, end])
    low, high = edges[:-1, None], edges[1:, None]
    x = ((high + low) + (high - low) * _NODES) / 2
    density = np.exp(-((x / sd) ** 2) / 2) / (sd * math.sqrt(2 * math.pi))
    both = function(x.ravel()) + function(-x.ravel())
    return float((both.reshape(x.shape) * density * _WEIGHTS * (high - low) / 2).sum())


def mean(activation: str, q: float) -> float:
    """E[φ(√q z)], z standard normal."""
    return expectation(FUNCTIONS[activation][0], q)


def mean_square(activation: str, q: float) -> float:
    """E[φ(√q z)²]."""
    function = FUNCTIONS[activation][0]
    return expectation(lambda x: function(x) ** 2, q)


def mean_square_slope(activation: str, q: float) -> float:
    """E[φ'(√q z)²]."""
    slope = FUNCTIONS[activation][1]
    return expectation(lambda x: slope(x) ** 2, q)
