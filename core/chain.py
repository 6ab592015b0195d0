"""The chain of layers and the chain rule along it, for a stack of M networks at once.

    z_l = W_l h_(l-1) + b_l        h_l = φ(z_l)                 forwards
    δ_l = (W_(l+1)ᵀ δ_(l+1)) ⊙ φ'(z_l)                          backwards, δ_l = ∂L/∂z_l

Samples are rows, so a batch's W h is h @ W.mT here; the axes are (layer, M, batch, width). With a
normalization, h_l = φ(γ·x̂_l + β), x̂_l the normalized z_l. All memory is allocated once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.activations import ActivationFunction, Memory
from core.normalization import Normalization
from core.parameters import Float64s, Segments


@dataclass(frozen=True, slots=True)
class Shape:
    """Of a chain: its axes, their order in memory, and its numbers' type.

    members_first: each member's layers lie side by side, so that an RNN can take all time steps
        for one long batch; else each layer's members, so that an MLP can take all layers for one
        stack.
    """

    depth: int
    members: int
    batch: int
    width: int
    dtype: torch.dtype
    members_first: bool

    def empty(self) -> Tensor:
        """Memory for a number per unit and sample: (depth, M, batch, width)."""
        if self.members_first:
            memory = torch.empty(self.members, self.depth, self.batch, self.width, dtype=self.dtype)
            return memory.transpose(0, 1)
        return torch.empty(self.depth, self.members, self.batch, self.width, dtype=self.dtype)

    def segments(self) -> Segments:
        """A stretch for each layer of each member, as they lie in memory."""
        return Segments([self.batch * self.width] * (self.depth * self.members))

    def norms(self, values: Tensor, segments: Segments) -> Float64s:
        """L2 norm of `empty`'s kind of memory over batch and units, in float64: (M, depth)."""
        if self.members_first:
            flat = values.transpose(0, 1).reshape(-1)
            return np.sqrt(segments.inner_products(flat, flat)).reshape(self.members, self.depth)
        flat = values.reshape(-1)
        return np.sqrt(segments.inner_products(flat, flat)).reshape(self.depth, self.members).T


@dataclass(frozen=True, slots=True)
class Wiring:
    """What a chain is fed with and hangs on; views of the network's memory.

    bottom: h_0, (M, batch, features).
    drives: b_l of each layer, (M, 1, width), or None where z_l holds its drive before `forward`.
    weights: W_l of each layer, (M, width, features or width).
    top, readout: ∂L/∂(output), (M, batch, 1), and the readout, (M, 1, width).
    scales, shifts: γ and β of each layer, (M, 1, width); empty without normalization.
    """

    bottom: Tensor
    drives: Sequence[Tensor | None]
    weights: Sequence[Tensor]
    top: Tensor
    readout: Tensor
    scales: Sequence[Tensor] = ()
    shifts: Sequence[Tensor] = ()


class Chain:
    """All layers of a stack.

    h, slope: h_l and φ'.
    dh, dy, dz: ∂L/∂h_l, ∂L/∂(φ's argument), ∂L/∂z_l. dh is dy's memory unless `keep_dh`, and dy is
        dz's unless there is a normalization.
    normalization: None, or what holds x̂.
    """

    def __init__(
        self, shape: Shape, activation: ActivationFunction, normalization: str, keep_dh: bool
    ) -> None:
        """Allocate."""
        self.shape, self.activation = shape, activation
        self.z = shape.empty()
        normalized = normalization != "none"
        self.normalization = Normalization(normalization, self.z) if normalized else None
        self.y = shape.empty() if normalized else self.z
        self.h = self.y if activation.from_output else shape.empty()
        self.slope = shape.empty()
        self.dz = shape.empty()
        self.dy = shape.empty() if normalized else self.dz
        self.dh = shape.empty() if keep_dh else self.dy
        self._segments = shape.segments()
        self._layers: list[Layer | NormalizedLayer] = []

    def norms(self, values: Tensor) -> Float64s:
        """L2 norm of each layer's h, dh, dy or dz over batch and units, in float64: (M, depth)."""
        return self.shape.norms(values, self._segments)

    def connect(self, wiring: Wiring) -> None:
        """Make the layers, each with its views, bottom first."""
        kind = Layer if self.normalization is None else NormalizedLayer
        self._layers = [kind(self, wiring, index) for index in range(self.shape.depth)]

    def forward(self) -> None:
        """From h_0 to h_depth; then all slopes at once."""
        for layer in self._layers:
            layer.forward()
        self.activation.derivative(self.h if self.activation.from_output else self.y, self.slope)
        if self.normalization is not None:
            self.normalization.remember()

    def backward(self) -> None:
        """From ∂L/∂(output) to ∂L/∂z_1."""
        for layer in reversed(self._layers):
            layer.backward()


class Layer:
    """One layer (RNN: time step)."""

    def __init__(self, chain: Chain, wiring: Wiring, index: int) -> None:
        """Cut this layer's views out of the chain's memory, once."""
        drive, last = wiring.drives[index], index + 1 == chain.shape.depth
        self.z = chain.z[index]
        self.drive = self.z if drive is None else drive
        self.below = chain.h[index - 1] if index else wiring.bottom
        self.weight_t = wiring.weights[index].mT
        self.activate = chain.activation.forward
        self.y, self.h = Memory.of(chain.y[index]), Memory.of(chain.h[index])
        self.signal_above = wiring.top if last else chain.dz[index + 1]
        self.weight_above = wiring.readout if last else wiring.weights[index + 1]
        self.dh, self.dy = Memory.of(chain.dh[index]), Memory.of(chain.dy[index])
        self.slope: NDArray[Any] = chain.slope[index].numpy()

    def forward(self) -> None:
        """h_l = φ(W_l h_(l-1) + b_l)."""
        torch.baddbmm(self.drive, self.below, self.weight_t, out=self.z)
        self.activate(self.y, self.h)

    def backward(self) -> None:
        """δ_l = (W_(l+1)ᵀ δ_(l+1)) ⊙ φ'(z_l)."""
        torch.bmm(self.signal_above, self.weight_above, out=self.dh.tensor)
        np.multiply(self.dh.array, self.slope, out=self.dy.array)


class NormalizedLayer(Layer):
    """One layer with a normalization between its linear map and its activation."""

    def __init__(self, chain: Chain, wiring: Wiring, index: int) -> None:
        """Take the normalization's views too."""
        super().__init__(chain, wiring, index)
        assert chain.normalization is not None
        self.index, self.normalization = index, chain.normalization
        self.dz = chain.dz[index]
        self.scale, self.shift = wiring.scales[index], wiring.shifts[index]

    def forward(self) -> None:
        """h_l = φ(γ·x̂_l + β)."""
        torch.baddbmm(self.drive, self.below, self.weight_t, out=self.z)
        self.normalization.forward(self.index)
        torch.addcmul(self.shift, self.z, self.scale, out=self.y.tensor)
        self.activate(self.y, self.h)

    def backward(self) -> None:
        """∂L/∂z_l from ∂L/∂(γ·x̂_l + β)."""
        super().backward()
        torch.mul(self.dy.tensor, self.scale, out=self.dz)
        self.normalization.backward(self.index, self.dz)
