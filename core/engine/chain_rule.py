"""The chain rule of one network, as on a blackboard: the specification to which the fast engine is held.

    z_l = W_l u_l + b_l          h_l = φ(a_l),  a_l = γ x̂_l + β          forwards; x̂_l is z_l, or z_l normalized
    ∂L/∂u_l = W_lᵀ ∂L/∂z_l       ∂L/∂W_l = ∂L/∂z_l u_lᵀ                  backwards

u_l = (h_(l-1), x_l). An MLP has x_1 and no h_0; an Elman RNN has h_0 = 0 and one W = (W_h, W_x), its gradients added.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from core.experiment import NORMALIZATION_EPS

Function = Callable[[Tensor], Tensor]
Gradients = dict[str, Tensor]


class Layer(NamedTuple):
    """Rows of h are samples, so W h is h @ W.T; b, γ and β: (out,). over: the axis that is normalized, 0 or 1."""

    weight: Tensor
    bias: Tensor
    phi: Function = torch.clone
    slope: Function = torch.ones_like
    over: int | None = None
    scale: Tensor | float = 1.0
    shift: Tensor | float = 0.0


def chain_rule(layers: list[Layer], h: Tensor, xs: list[Tensor], y: Tensor) -> Iterator[Gradients]:
    """Of L, the mean of (h_last - y)², by what each layer has, the last layer's first; from h_0 and all x_l."""
    passed = []
    for layer, x in zip(layers, xs, strict=True):
        below, u = h.shape[1], torch.cat([h, x], dim=1)
        x_hat, back = normalized(u @ layer.weight.T + layer.bias, layer.over)
        a = layer.scale * x_hat + layer.shift
        h = layer.phi(a)
        passed.append((layer, below, u, x_hat, back, a))
    dh = 2 * (h - y) / len(y)
    for layer, below, u, x_hat, back, a in reversed(passed):
        da = dh * layer.slope(a)
        dz = back(da * layer.scale)
        linear = {"z": dz, "weight": dz.T @ u, "bias": dz.sum(0)}
        yield {"h": dh, **linear, "scale": (da * x_hat).sum(0), "shift": da.sum(0)}
        dh = (dz @ layer.weight)[:, :below]


def normalized(z: Tensor, over: int | None) -> tuple[Tensor, Function]:
    """x̂ = (z - mean) / std, and what makes ∂L/∂z of s = ∂L/∂x̂."""
    if over is None:
        return z, torch.clone
    mean = partial(torch.mean, dim=over, keepdim=True)
    std = torch.sqrt(mean((z - mean(z)) ** 2) + NORMALIZATION_EPS)
    x_hat = (z - mean(z)) / std
    return x_hat, lambda s: (s - mean(s) - x_hat * mean(s * x_hat)) / std
