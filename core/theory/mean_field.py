"""What mean-field theory says of a wide network at initialization, whatever its data.

Poole et al. 2016, Schoenholz et al. 2017: the pre-activations' variance follows the map
q → sigma_w² E[φ(√q z)²] + sigma_b², z standard normal; where it has led, the squared signal grows by
chi_1 = sigma_w² E[φ'(√q z)²] per layer towards the input.

sigma_w is the standard deviation of a weight times sqrt(fan_in), sigma_b that of a bias; `activation` is a
key of `core.activations.ACTIVATIONS`.
"""

import math
from collections.abc import Callable
from functools import lru_cache

from core.theory.gaussian import mean, mean_square, mean_square_slope

LEAST_Q, MOST_Q = 1e-15, 1e15
"""Beyond these the variance counts as having gone to zero or to infinity."""
SCAN = 1.02
"""Ratio of neighbouring variances at which a fixed point is looked for."""
LEAST_SIGMA, MOST_SIGMA = 1e-2, 1e2
"""Between these a critical sigma_w is looked for."""


def next_variance(activation: str, sigma_w: float, sigma_b: float, q: float) -> float:
    """The pre-activations' variance one layer further, kept between LEAST_Q and MOST_Q."""
    mapped = sigma_w**2 * mean_square(activation, q) + sigma_b**2
    return min(max(mapped, LEAST_Q), MOST_Q)


def chi(activation: str, sigma_w: float, q: float) -> float:
    """Factor of the squared signal through a layer whose pre-activations have variance q."""
    return sigma_w**2 * mean_square_slope(activation, q)


@lru_cache(maxsize=4096)
def growth_rate(activation: str, sigma_w: float, sigma_b: float = 0.0, q0: float = 1.0) -> float:
    """The factor sqrt(chi_1) by which the signal's norm grows per layer towards the input.

    q0: variance of the first pre-activations; it decides where there is more than one basin (GELU).
    """
    return math.sqrt(chi(activation, sigma_w, fixed_point(activation, sigma_w, sigma_b, q0)))


def fixed_point(activation: str, sigma_w: float, sigma_b: float, q0: float) -> float:
    """Where the variance map leads from q0: to the next fixed point on its way, or to LEAST_Q or MOST_Q."""

    def drift(q: float) -> float:
        return (sigma_w**2 * mean_square(activation, q) + sigma_b**2) / q - 1.0

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


@lru_cache(maxsize=256)
def basins(
    activation: str, sigma_w: float, sigma_b: float = 0.0
) -> tuple[float, float, float] | None:
    """Where the variance map has two ends: growth in the lower, in the upper, and the variance between them.

    None where every variance ends alike. GELU has two for sigma_w between sqrt(2) and 2 (no bias).
    """
    low, high = 1e-12, 1e12
    below, above = (growth_rate(activation, sigma_w, sigma_b, q) for q in (low, high))
    if math.isclose(below, above, rel_tol=1e-3):
        return None
    while high / low > 1 + 1e-9:
        middle = math.sqrt(low * high)
        if math.isclose(growth_rate(activation, sigma_w, sigma_b, middle), below, rel_tol=1e-3):
            low = middle
        else:
            high = middle
    return below, above, middle


@lru_cache(maxsize=256)
def critical_sigma_w(activation: str, sigma_b: float = 0.0) -> float | None:
    """The sigma_w at which the growth is 1 for this sigma_b: the edge of chaos (Schoenholz et al. 2017).

    None where the growth jumps over 1 instead of passing it, as GELU's does without biases.
    """
    sigma = _between(lambda s: 1.0 - growth_rate(activation, s, sigma_b), LEAST_SIGMA, MOST_SIGMA)
    return sigma if abs(growth_rate(activation, sigma, sigma_b) - 1) < 1e-3 else None


def growth_under_layer_norm(activation: str, sigma_w: float = 1.0, sigma_b: float = 0.0) -> float:
    """Growth with layer normalization before the activation, deep in a wide network.

    Normalized pre-activations have variance 1. On its way back the signal is multiplied by chi at 1 and
    divided by the variance that was normalized away; the normalization's two projections (Ba et al. 2016)
    take 2 of the width's dimensions, which is nothing in the limit. ReLU: exactly 1 without biases.
    """
    return math.sqrt(
        chi(activation, sigma_w, 1.0) / next_variance(activation, sigma_w, sigma_b, 1.0)
    )


def growth_under_batch_norm(activation: str) -> float:
    """Growth with batch normalization before the activation, in the limit of wide layers and large batches.

    Yang et al. 2019: deep in the network the samples of a batch are as good as independent. What they have
    in common is subtracted, so the variance that is normalized away is that of φ(z), and weights and biases
    cancel: sqrt(E[φ'(z)²] / Var[φ(z)]), z standard normal. ReLU: sqrt(π / (π - 1)) = 1.2112.

    Raises:
        ValueError: linear. Its samples never become independent, and no such limit exists.
    """
    if activation == "linear":
        raise ValueError("a batch-normalized linear network has no limit that forgets the data")
    return math.sqrt(mean_square_slope(activation, 1.0) / centred_mean_square(activation))


def centred_mean_square(activation: str) -> float:
    """Var[φ(z)], z standard normal."""
    return mean_square(activation, 1.0) - mean(activation, 1.0) ** 2


def _between(drift: Callable[[float], float], near: float, far: float) -> float:
    """Bisection in the logarithm for the zero between two values, the drift at `near` having one sign."""
    sign = drift(near)
    for _ in range(80):
        middle = math.sqrt(near * far)
        if drift(middle) * sign > 0:
            near = middle
        else:
            far = middle
    return math.sqrt(near * far)
