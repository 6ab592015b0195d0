"""Expectations of activations and their slopes over a normal variable, by quadrature. Numpy only."""

import math

import numpy as np

from core.activations import ACTIVATIONS, Function

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
    return expectation(ACTIVATIONS[activation].function, q)


def mean_square(activation: str, q: float) -> float:
    """E[φ(√q z)²]."""
    function = ACTIVATIONS[activation].function
    return expectation(lambda x: function(x) ** 2, q)


def mean_square_slope(activation: str, q: float) -> float:
    """E[φ'(√q z)²]."""
    slope = ACTIVATIONS[activation].slope
    return expectation(lambda x: slope(x) ** 2, q)
