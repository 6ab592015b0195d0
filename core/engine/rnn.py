"""An Elman network. ∂L/∂W = Σ_t δ_t h_(t-1)ᵀ: all time steps in one product over (time, batch)."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from core.engine.initializers import READOUT, draw_bias, draw_weights, stream
from core.engine.network import Drawn, Fed, Network
from core.engine.parameters import Block
from core.initializations import INITS, Init


class RNN(Network):
    """An Elman network over `depth` time steps, h_0 = 0; the readout sees the last one only.

    z_t = W_h h_(t-1) + (W_x x_t + b): what is in brackets is computed for all time steps at once.
    """

    kind = "rnn"
    members_first = True
    gained = ("recurrent",)

    def _blocks(self, normalized: bool) -> list[Block]:
        width = self.width
        vectors = ("bias", "scale", "shift") if normalized else ("bias",)
        return [
            Block("input", 1, (width, self.features), layer=1),
            Block("recurrent", 1, (width, width), layer=2),
            Block("readout", 1, (1, width), layer=3),
            *(Block(name, 1, (width,), layer=2) for name in vectors),
            Block("readout_bias", 1, (1,), layer=3),
        ]

    def _draw(self, seed: int, init: Init) -> Drawn:
        rng = stream(seed, "weights")
        return {
            "readout": [draw_weights(READOUT, 1, self.width, rng)],
            "input": [draw_weights(INITS["xavier_uniform"], self.width, self.features, rng)],
            "recurrent": [draw_weights(init, self.width, self.width, rng)],
            "bias": [draw_bias(init, self.width, self.width, rng)],
        }

    def _input_memory(self) -> Tensor:
        """Time and batch as one axis: (M, T * batch, features)."""
        members, samples = self.shape.members, self.depth * self.shape.batch
        return self.weights.new_empty(members, samples, self.features)

    def _fed(self) -> Fed:
        recurrent = [self.w["recurrent"][0]] * self.depth
        return torch.zeros_like(self.chain.h[0]), [None] * self.depth, recurrent

    def _enter(self, x: Tensor) -> None:
        self._x.view(self.shape.members, self.depth, self.shape.batch, -1).copy_(x.transpose(1, 2))
        bias = self.w["bias"][0].unsqueeze(1)
        drives = _long_batch(self.chain.z)
        torch.baddbmm(bias, self._x, self.w["input"][0].mT, out=drives)

    def _start(self, x: Tensor) -> Tensor:
        return self.weights.new_zeros(self.shape.members, len(x), self.width)

    def _drives(self, _x: Tensor) -> Iterator[Tensor]:
        bias, weight = self.w["bias"][0].unsqueeze(1), self.w["input"][0]
        for now in _x.unbind(1):
            yield torch.baddbmm(bias, now.expand(self.shape.members, -1, -1), weight.mT)

    def _chain_products(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """The input matrix; then the recurrent one, from the second time step on since h_0 = 0."""
        dz, h, batch = _long_batch(self.chain.dz), _long_batch(self.chain.h), self.shape.batch
        yield dz.mT, self._x, self.g["input"][0]
        if self.depth > 1:
            yield dz[:, batch:].mT, h[:, :-batch], self.g["recurrent"][0]

    def jacobian(self, layer: int, activated: Callable[[int], Tensor]) -> Tensor:
        """J_t = ∂h_(t+1)/∂h_t = ∂h_(t+1)/∂z_(t+1) W."""
        return activated(layer + 1) @ self.w["recurrent"][0, 0]

    def jacobian_rank(self, layer: int) -> int:
        """Dead units at the later time step take directions away."""
        return self.live_units(layer + 1)

    def _sum_over_samples(self, per_sample: Tensor, out: Tensor) -> None:
        torch.sum(per_sample, dim=(0, 2), out=out[0])


def _long_batch(per_step: Tensor) -> Tensor:
    """(T, M, batch, width), its members first in memory, as (M, T * batch, width)."""
    return per_step.transpose(0, 1).flatten(1, 2)
