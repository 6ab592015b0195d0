"""The optimizers, as torch.optim has them, over one flat tensor of all parameters.

The update is lr times the direction; so the direction alone is the optimizer's.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Float64s = NDArray[np.float64]

MOMENTUM = 0.9
RMSPROP_DECAY = 0.99
ADAM_DECAYS = (0.9, 0.999)
EPS = 1e-8
LONGEST = {"rmsprop": 11.0, "adam": 8.0}
"""No entry of a direction is larger. RMSprop: v is at least g²/100. Adam: by Cauchy and Schwarz m̂² is at most v̂ times
the sum of the squares of m̂'s weights over those of v̂, which rises from 1 in the first step to 52.9; and rounding."""


class Optimizer(ABC):
    """What an optimizer makes of the gradients, one after the other; what it remembers is tensors.

    second_moment: the running mean E[g²] of the squared gradient, its bias to zero included, if one is kept; what
        overflows in it never comes down again.
    """

    second_moment: Tensor | None = None

    @abstractmethod
    def direction(self, gradient: Tensor) -> Tensor:
        """What is to be subtracted lr times; in the gradient's or the optimizer's own memory."""

    def longest(self, norms: Float64s) -> Float64s:
        """A bound for the norm of the direction, from that of the gradient: (M,); inf if none is known."""
        return np.full_like(norms, np.inf)

    def keep(self, select: Callable[[Tensor], Tensor]) -> None:
        """Go on with some of the parameters: `select` takes them from what is remembered."""
        for name, value in vars(self).items():
            if isinstance(value, Tensor):
                setattr(self, name, select(value))


def _root(values: Tensor, out: Tensor) -> Tensor:
    """The square root of each, by numpy: torch's takes six times as long over zeros, which dead units have."""
    np.sqrt(values.numpy(), out=out.numpy())
    return out


def _all_entries(most: float, parameters: Tensor, norms: Float64s) -> Float64s:
    """The norm of a member's parameters, were they all so large; inf where a gradient is no number."""
    each = most * math.sqrt(parameters.numel() / len(norms))
    return np.where(np.isfinite(norms), each, np.inf)


class SGD(Optimizer):
    """Plain gradient descent."""

    def __init__(self, _like: Tensor) -> None:
        """Nothing is remembered."""

    def direction(self, gradient: Tensor) -> Tensor:
        """The gradient itself."""
        return gradient

    def longest(self, norms: Float64s) -> Float64s:
        """As long as the gradient."""
        return norms


class Momentum(Optimizer):
    """Gradient descent with a heavy ball (Polyak 1964), without dampening."""

    def __init__(self, like: Tensor) -> None:
        """At rest."""
        self._velocity = torch.zeros_like(like)

    def direction(self, gradient: Tensor) -> Tensor:
        """The velocity, v = 0.9 v + g."""
        return self._velocity.mul_(MOMENTUM).add_(gradient)


class RMSprop(Optimizer):
    """Steps by the gradient over its running root mean square (Hinton 2012)."""

    def __init__(self, like: Tensor) -> None:
        """Nothing seen yet."""
        self.second_moment: Tensor = torch.zeros_like(like)
        self._direction = torch.empty_like(like)

    def direction(self, gradient: Tensor) -> Tensor:
        """The quotient g / (sqrt(E[g²]) + eps)."""
        self.second_moment.mul_(RMSPROP_DECAY).addcmul_(gradient, gradient, value=1 - RMSPROP_DECAY)
        rms = _root(self.second_moment, self._direction).add_(EPS)
        return torch.div(gradient, rms, out=self._direction)

    def longest(self, norms: Float64s) -> Float64s:
        """With every entry as large as it can be."""
        return _all_entries(LONGEST["rmsprop"], self._direction, norms)


class Adam(Optimizer):
    """Running mean over running RMS, both without their bias to zero (Kingma & Ba 2015)."""

    def __init__(self, like: Tensor) -> None:
        """Nothing seen yet."""
        self._mean = torch.zeros_like(like)
        self.second_moment: Tensor = torch.zeros_like(like)
        self._direction = torch.empty_like(like)
        self._steps = 0

    def direction(self, gradient: Tensor) -> Tensor:
        """The quotient m̂ / (sqrt(v̂) + eps), m̂ = m / (1 - β₁ᵗ), v̂ = v / (1 - β₂ᵗ)."""
        self._steps += 1
        beta1, beta2 = ADAM_DECAYS
        mean_missing = 1 - beta1**self._steps
        root_missing = math.sqrt(1 - beta2**self._steps)
        self._mean.lerp_(gradient, 1 - beta1)
        self.second_moment.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        root = _root(self.second_moment, self._direction)
        root.mul_(mean_missing / root_missing).add_(EPS * mean_missing)
        return torch.div(self._mean, root, out=self._direction)

    def longest(self, norms: Float64s) -> Float64s:
        """With every entry as large as it can be."""
        return _all_entries(LONGEST["adam"], self._direction, norms)


OPTIMIZERS: dict[str, type[SGD | Momentum | RMSprop | Adam]] = {
    "sgd": SGD,
    "momentum": Momentum,
    "rmsprop": RMSprop,
    "adam": Adam,
}
