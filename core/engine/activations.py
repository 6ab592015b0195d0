"""φ and φ' of every activation of core.activations, written into memory that is there already."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.activations import ACTIVATIONS, Activation


class Memory(NamedTuple):
    """One piece of memory, seen by torch and by numpy: each is faster at some of the work."""

    tensor: Tensor
    array: NDArray[Any]

    @classmethod
    def of(cls, tensor: Tensor) -> "Memory":
        """The same memory, twice."""
        return cls(tensor, tensor.numpy())


@dataclass(frozen=True, slots=True)
class ActivationFunction:
    """An activation that works elementwise on memory of any shape.

    known: what the table of activations says of it.
    forward(z, h): h = φ(z); h may be z's own memory where `known.from_output`.
    derivative(x, slope): slope = φ'(z), from x = h = φ(z) where `known.from_output`, else from x = z.
    backward(signal, x, out): out = signal·φ'(z) at once, if that is faster and treats infinity alike.
    """

    known: Activation
    forward: Callable[[Memory, Memory], Any]
    derivative: Callable[[Tensor, Tensor], Any]
    backward: Callable[[Tensor, Tensor, Tensor], Any] | None = None


def _keep(z: Memory, h: Memory) -> None:
    if h.array is not z.array:
        np.copyto(h.array, z.array)


def _gelu(z: Memory, h: Memory) -> None:
    """The exact one, z·Φ(z), Φ the normal distribution function (Hendrycks & Gimpel 2016)."""
    _normal_cdf(z.tensor, h.tensor)
    h.tensor.mul_(z.tensor)


def _gelu_derivative(z: Tensor, slope: Tensor) -> None:
    """Φ(z) + z·N(z), N the normal density."""
    _normal_cdf(z, slope)
    density = torch.square(z).mul_(-0.5).exp_()
    slope.addcmul_(z, density, value=1 / math.sqrt(2 * math.pi))


def _normal_cdf(z: Tensor, out: Tensor) -> None:
    torch.mul(z, math.sqrt(0.5), out=out).erf_().add_(1.0).mul_(0.5)


aten = torch.ops.aten
_ONE = torch.ones((), dtype=torch.float64)

FUNCTIONS = {
    "tanh": ActivationFunction(
        ACTIVATIONS["tanh"],
        lambda z, h: np.tanh(z.array, out=h.array),
        lambda h, slope: torch.addcmul(_ONE.to(h.dtype), h, h, value=-1, out=slope),
        backward=lambda dh, h, out: aten.tanh_backward.grad_input(dh, h, grad_input=out),
    ),
    "relu": ActivationFunction(
        ACTIVATIONS["relu"],
        lambda z, h: torch.clamp(z.tensor, min=0.0, out=h.tensor),
        lambda h, slope: torch.gt(h, 0.0, out=slope),
    ),
    "linear": ActivationFunction(ACTIVATIONS["linear"], _keep, lambda _h, slope: slope.fill_(1.0)),
    "sigmoid": ActivationFunction(
        ACTIVATIONS["sigmoid"],
        lambda z, h: torch.sigmoid(z.tensor, out=h.tensor),
        lambda h, slope: torch.addcmul(h, h, h, value=-1, out=slope),
        backward=lambda dh, h, out: aten.sigmoid_backward.grad_input(dh, h, grad_input=out),
    ),
    "gelu": ActivationFunction(
        ACTIVATIONS["gelu"],
        _gelu,
        _gelu_derivative,
        backward=lambda dh, z, out: aten.gelu_backward.grad_input(dh, z, grad_input=out),
    ),
}
