"""What mean-field theory predicts of a wide network at initialization, by quadrature.

Poole et al. 2016, Schoenholz et al. 2017: the pre-activations' variance follows the map
q → sigma_w² E[φ(√q z)²] + sigma_b², z standard normal; where it has led, the squared signal grows by
chi_1 = sigma_w² E[φ'(√q z)²] per layer towards the input.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Function = Callable[[Values], Values]

LEAST_Q, MOST_Q = 1e-15, 1e15
"""Beyond these the variance counts as having gone to zero or to infinity."""
SCAN = 1.02
"""Ratio of neighbouring variances at which a fixed point is looked for."""


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
"""Each activation and its derivative."""


def growth_rate(activation: str, sigma_w: float, sigma_b: float = 0.0, q0: float = 1.0) -> float:
    """The factor sqrt(chi_1) by which the signal's norm grows per layer towards the input.

    Args:
        activation: a key of FUNCTIONS.
        sigma_w: standard deviation of a weight times sqrt(fan_in).
        sigma_b: standard deviation of a bias.
        q0: variance of the first pre-activations; it decides where there is more than one basin (GELU).
    """
    slope = FUNCTIONS[activation][1]
    q = fixed_point(activation, sigma_w, sigma_b, q0)
    return sigma_w * math.sqrt(expectation(lambda x: slope(x) ** 2, q))


def fixed_point(activation: str, sigma_w: float, sigma_b: float, q0: float) -> float:
    """Where the variance map leads from q0: to the next fixed point on its way, or to LEAST_Q or MOST_Q."""
    function = FUNCTIONS[activation][0]

    def drift(q: float) -> float:
        mapped = sigma_w**2 * expectation(lambda x: function(x) ** 2, q) + sigma_b**2
        return mapped / q - 1.0

    start = drift(q0)
    if abs(start) < 1e-12:
        return q0
    ratio = SCAN if start > 0 else 1 / SCAN
    near, far = q0, q0 * ratio
    while LEAST_Q < far < MOST_Q:
        if drift(far) * start <= 0:
            return _between(drift, near, far)
        near, far = far, far * ratio
        ratio = min(ratio**1.2, 2.0) if start > 0 else max(ratio**1.2, 0.5)
    return LEAST_Q if far <= LEAST_Q else MOST_Q


def expectation(function: Function, q: float) -> float:
    """E[f(x)] for x normal with variance q, to about 1e-12 for f smooth but at 0.

    Gauss-Legendre on panels that double in width away from 0, so that what is sharp near 0 is seen
    however wide the distribution is.
    """
    sd = math.sqrt(q)
    end = 9.0 * sd
    first = min(0.5, sd / 2)
    edges = [0.0, *first * 2.0 ** np.arange(0, max(math.ceil(math.log2(end / first)), 1)), end]
    edges = [0.0, *(e for e in edges[1:-1] if e < end), end]
    nodes, weights = np.polynomial.legendre.leggauss(24)
    low, high = np.array(edges[:-1])[:, None], np.array(edges[1:])[:, None]
    x = ((high + low) + (high - low) * nodes) / 2
    density = np.exp(-((x / sd) ** 2) / 2) / (sd * math.sqrt(2 * math.pi))
    both = function(x.ravel()) + function(-x.ravel())
    return float((both.reshape(x.shape) * density * weights * (high - low) / 2).sum())


def _between(drift: Callable[[float], float], near: float, far: float) -> float:
    """Bisection for the fixed point between two variances, the drift at `near` having one sign."""
    sign = drift(near)
    for _ in range(80):
        middle = math.sqrt(near * far)
        if drift(middle) * sign > 0:
            near = middle
        else:
            far = middle
    return math.sqrt(near * far)
