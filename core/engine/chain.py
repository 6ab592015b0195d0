"""The chain of layers and the chain rule along it, for a stack of M networks at once.

    z_l = W_l h_(l-1) + b_l        h_l = φ(z_l)                 forwards
    δ_l = (W_(l+1)ᵀ δ_(l+1)) ⊙ φ'(z_l)                          backwards, δ_l = ∂L/∂z_l

Samples are rows, so a batch's W h is h @ W.mT here; the axes are (layer, M, batch, width). With a
normalization, h_l = φ(γ·x̂_l + β), x̂_l the normalized z_l. All memory is allocated once. Networks
of a stack may differ in depth: the deepest come first, so that those which have a layer l are the
first few, and what a shallower one lacks is a zero that nobody touches. What all this is to compute,
chain_rule.py says plainly.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from operator import neg
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.engine.activations import ActivationFunction, Memory
from core.engine.normalization import Normalization
from core.engine.parameters import Float64s, Segments


@dataclass(frozen=True, slots=True)
class Shape:
    """Of a chain: its axes, their order in memory, and its numbers' type.

    depths: of each member, the deepest first.
    members_first: each member's layers lie side by side, so that an RNN can take all time steps
        for one long batch; else each layer's members, so that an MLP can take all layers for one
        stack.
    """

    depths: tuple[int, ...]
    batch: int
    width: int
    dtype: torch.dtype
    members_first: bool

    @property
    def depth(self) -> int:
        """Of the deepest member."""
        return self.depths[0]

    @property
    def members(self) -> int:
        """How many: M."""
        return len(self.depths)

    def members_with(self, layer: int) -> int:
        """How many members have a layer, counted from 0."""
        return bisect_left(self.depths, -layer, key=neg)

    def zeros(self) -> Tensor:
        """Memory for a number per unit and sample: (depth, M, batch, width)."""
        if self.members_first:
            memory = torch.zeros(self.members, self.depth, self.batch, self.width, dtype=self.dtype)
            return memory.transpose(0, 1)
        return torch.zeros(self.depth, self.members, self.batch, self.width, dtype=self.dtype)

    def segments(self) -> Segments:
        """A stretch for each layer of each member, as they lie in memory."""
        return Segments([self.batch * self.width] * (self.depth * self.members))

    def norms(self, values: Tensor, segments: Segments) -> Float64s:
        """L2 norm of `zeros`' kind of memory over batch and units, in float64: (M, depth)."""
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

    h, slope: h_l and φ'; the latter is not kept where there is `fused`.
    fused: the activation's `backward`, if it has one and the slopes need not be kept.
    last: h of each member's last layer, (M, batch, width).
    dh, dy, dz: ∂L/∂h_l, ∂L/∂(φ's argument), ∂L/∂z_l. dh is dy's memory unless `keep_dh`, and dy is
        dz's unless there is a normalization; without `keep_h` both are that of φ's argument.
    normalization: None, or what holds x̂.
    wiring: what it was connected to.
    """

    wiring: Wiring

    def __init__(
        self,
        shape: Shape,
        activation: ActivationFunction,
        normalization: str,
        keep_dh: bool,
        keep_h: bool,
        keep_slopes: bool,
    ) -> None:
        """Allocate. keep_h: whether h and φ's argument are still there after `backward`."""
        self.shape, self.activation = shape, activation
        self.z = shape.zeros()
        normalized = normalization != "none"
        self.normalization = Normalization(normalization, self.z) if normalized else None
        self.y = shape.zeros() if normalized else self.z
        self.h = self.y if activation.known.from_output else shape.zeros()
        self.fused = None if keep_slopes or not keep_h else activation.backward
        self.slope = torch.empty_like(self.z) if self.fused is None else self.z.new_empty(0)
        self.dz = shape.zeros() if keep_h else self.y
        self.dy = shape.zeros() if normalized and keep_h else self.dz
        self.dh = shape.zeros() if keep_dh else self.dy
        self._ends = list(self._last_layers())
        self.last = self.h[-1] if len(self._ends) == 1 else torch.cat(self._ends)
        self._layers: list[Layer | NormalizedLayer] = []

    def _last_layers(self) -> Iterator[Tensor]:
        """Of h, the members that end with the last layer, then with the one before, and so on."""
        for layer in reversed(range(self.shape.depth)):
            deeper, here = self.shape.members_with(layer + 1), self.shape.members_with(layer)
            if deeper < here:
                yield self.h[layer, deeper:here]

    @cached_property
    def _segments(self) -> Segments:
        return self.shape.segments()

    def norms(self, values: Tensor) -> Float64s:
        """L2 norm of each layer's h, dh, dy or dz over batch and units, in float64: (M, depth)."""
        return self.shape.norms(values, self._segments)

    def connect(self, wiring: Wiring) -> None:
        """Make the layers, each with its views, bottom first."""
        self.wiring = wiring
        kind = Layer if self.normalization is None else NormalizedLayer
        self._layers = [kind(self, wiring, index) for index in range(self.shape.depth)]

    def forward(self) -> None:
        """From h_0 to h_depth; then all slopes at once."""
        for layer in self._layers:
            layer.forward()
        if len(self._ends) > 1:
            torch.cat(self._ends, out=self.last)
        if self.fused is None:
            x = self.h if self.activation.known.from_output else self.y
            self.activation.derivative(x, self.slope)
        if self.normalization is not None:
            self.normalization.remember()

    def backward(self) -> None:
        """From ∂L/∂(output) to ∂L/∂z_1."""
        for layer in reversed(self._layers):
            layer.backward()


class Layer:
    """One layer (RNN: time step), of the members that have it."""

    def __init__(self, chain: Chain, wiring: Wiring, index: int) -> None:
        """Cut this layer's views out of the chain's memory, once."""
        own = slice(chain.shape.members_with(index))
        drive = wiring.drives[index]
        self.z = chain.z[index][own]
        self.drive = self.z if drive is None else drive[own]
        self.below = (chain.h[index - 1] if index else wiring.bottom)[own]
        self.weight_t = wiring.weights[index][own].mT
        self.activate = chain.activation.forward
        self.y, self.h = Memory.of(chain.y[index][own]), Memory.of(chain.h[index][own])
        self.dh, self.dy = Memory.of(chain.dh[index][own]), Memory.of(chain.dy[index][own])
        self.times_slope = self._times_slope(chain, index)
        self.above = list(self._above(chain, wiring, index))

    def _above(
        self, chain: Chain, wiring: Wiring, index: int
    ) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Triples (signal, weight, where their product goes): from the next layer, or the output."""
        here, deeper = len(self.z), chain.shape.members_with(index + 1)
        if deeper:
            on, weights = slice(deeper), wiring.weights[index + 1]
            yield chain.dz[index + 1][on], weights[on], self.dh.tensor[on]
        if deeper < here:
            end = slice(deeper, here)
            yield wiring.top[end], wiring.readout[end], self.dh.tensor[end]

    def _times_slope(self, chain: Chain, index: int) -> Callable[[], Any]:
        if chain.fused is None:
            slope = chain.slope[index][: len(self.z)].numpy()
            return partial(np.multiply, self.dh.array, slope, out=self.dy.array)
        x = self.h if chain.activation.known.from_output else self.y
        return partial(chain.fused, self.dh.tensor, x.tensor, self.dy.tensor)

    def forward(self) -> None:
        """h_l = φ(W_l h_(l-1) + b_l)."""
        torch.baddbmm(self.drive, self.below, self.weight_t, out=self.z)
        self.activate(self.y, self.h)

    def backward(self) -> None:
        """δ_l = (W_(l+1)ᵀ δ_(l+1)) ⊙ φ'(z_l)."""
        for signal, weight, product in self.above:
            torch.bmm(signal, weight, out=product)
        self.times_slope()


class NormalizedLayer(Layer):
    """One layer with a normalization between its linear map and its activation."""

    def __init__(self, chain: Chain, wiring: Wiring, index: int) -> None:
        """Take the normalization's views too."""
        super().__init__(chain, wiring, index)
        assert chain.normalization is not None
        self.index, self.normalization = index, chain.normalization
        own = slice(len(self.z))
        self.dz = chain.dz[index][own]
        self.scale, self.shift = wiring.scales[index][own], wiring.shifts[index][own]

    def forward(self) -> None:
        """h_l = φ(γ·x̂_l + β)."""
        torch.baddbmm(self.drive, self.below, self.weight_t, out=self.z)
        self.normalization.forward(self.index, self.z)
        torch.addcmul(self.shift, self.z, self.scale, out=self.y.tensor)
        self.activate(self.y, self.h)

    def backward(self) -> None:
        """∂L/∂z_l from ∂L/∂(γ·x̂_l + β)."""
        super().backward()
        torch.mul(self.dy.tensor, self.scale, out=self.dz)
        self.normalization.backward(self.index, self.dz)
