"""Batch and layer normalization between a layer's linear map and its activation, by hand.

Samples are rows: what is normalized is (M, batch, width). Batch normalization (Ioffe & Szegedy
2015) takes each unit over the batch, layer normalization (Ba et al. 2016) each sample over the
units. In an RNN each time step has its own statistics, running ones too (Cooijmans et al. 2017).
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from core.experiment import NORMALIZATION_EPS

MOMENTUM = 0.1
AXES = {"batch": -2, "layer": -1}


class Normalization:
    """x̂ = (z - mean) / sqrt(var + eps) for the layers of a stack, each with its statistics.

    standardized: x̂ of every layer, (layers, M, batch, width).
    inverse_std: 1 / sqrt(var + eps), (layers, M, batch or 1, width or 1).
    """

    def __init__(self, kind: str, standardized: Tensor) -> None:
        """Running statistics begin at mean 0 and variance 1."""
        self.axis = AXES[kind]
        self.standardized = standardized
        self._count = standardized.shape[self.axis]
        shape = list(standardized.shape)
        shape[self.axis] = 1
        self._mean = standardized.new_zeros(shape)
        self._variance = standardized.new_ones(shape)
        self.inverse_std = standardized.new_ones(shape)
        self._running = (torch.zeros_like(self._mean), torch.ones_like(self._mean))

    def forward(self, layer: int, z: Tensor) -> None:
        """Standardize z of one layer, of the members that have it, where it lies."""
        own = slice(len(z))
        mean, variance = self._mean[layer, own], self._variance[layer, own]
        z -= torch.mean(z, self.axis, keepdim=True, out=mean)
        torch.mean(torch.square(z), self.axis, keepdim=True, out=variance)
        z *= torch.add(variance, NORMALIZATION_EPS, out=self.inverse_std[layer, own]).rsqrt_()

    def backward(self, layer: int, signal: Tensor) -> None:
        """From s = ∂L/∂x̂ to ∂L/∂z, in place: what moves its group's mean or scale does nothing.

        ∂L/∂z = (s - mean(s) - x̂·mean(s·x̂)) / sqrt(var + eps).
        """
        own = slice(len(signal))
        standardized = self.standardized[layer, own]
        along = torch.mean(signal * standardized, self.axis, keepdim=True)
        signal -= torch.mean(signal, self.axis, keepdim=True)
        signal.addcmul_(standardized, along, value=-1)
        signal *= self.inverse_std[layer, own]

    def remember(self) -> None:
        """Take the batch's statistics into the running ones, the variance unbiased as torch's."""
        if self.axis == AXES["batch"]:
            self._running[0].lerp_(self._mean, MOMENTUM)
            unbiased = self._variance * (self._count / (self._count - 1))
            self._running[1].lerp_(unbiased, MOMENTUM)

    def take_over(self, before: "Normalization", members: Sequence[int]) -> None:
        """Go on with the running statistics of some members of a stack, by their places in it."""
        for ours, theirs in zip(self._running, before._running, strict=True):
            ours.copy_(theirs[: len(ours), members])

    def predict(self, layer: int, z: Tensor, running: bool) -> Tensor:
        """x̂ of any number of samples; batch normalization by its `running` statistics, or by these samples' own."""
        if running and self.axis == AXES["batch"]:
            mean, variance = (known[layer, : len(z)] for known in self._running)
        else:
            variance, mean = torch.var_mean(z, self.axis, keepdim=True, correction=0)
        return (z - mean) / torch.sqrt(variance + NORMALIZATION_EPS)
