"""A deep feedforward network. ∂L/∂W_l = δ_l h_(l-1)ᵀ: all layers in one batched product."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from core.engine.initializers import READOUT, draw_bias, draw_weights, stream
from core.engine.network import Drawn, Fed, Network
from core.engine.parameters import Block
from core.initializations import Init


class MLP(Network):
    """A deep feedforward network: `depth` hidden layers of one width, and a linear readout."""

    kind = "mlp"
    members_first = False
    gained = ("input", "hidden")

    def _blocks(self, normalized: bool) -> list[Block]:
        width, depth = self.width, self.depth
        vectors = ("bias", "scale", "shift") if normalized else ("bias",)
        return [
            Block("input", 1, (width, self.features), layer=1),
            Block("hidden", depth - 1, (width, width), layer=2),
            Block("readout", 1, (1, width), layer=depth + 1),
            *(Block(name, depth, (width,), layer=1) for name in vectors),
            Block("readout_bias", 1, (1,), layer=depth + 1),
        ]

    def _draw(self, seed: int, init: Init) -> Drawn:
        """The readout, then layer by layer, so that a deeper network begins as a shallower one."""
        rng = stream(seed, "weights")
        readout = draw_weights(READOUT, 1, self.width, rng)
        weights, biases = [], []
        for fan_in in [self.features] + [self.width] * (self.depth - 1):
            weights.append(draw_weights(init, self.width, fan_in, rng))
            biases.append(draw_bias(init, self.width, fan_in, rng))
        hidden = {"hidden": weights[1:]} if self.depth > 1 else {}
        return {"input": weights[:1], "readout": [readout], "bias": biases} | hidden

    def _input_memory(self) -> Tensor:
        return self.weights.new_empty(self.shape.members, self.shape.batch, self.features)

    def _fed(self) -> Fed:
        weights = [self.w["input"][0], *self.w.get("hidden", ())]
        return self._x, self._of_layers("bias"), weights

    def _enter(self, x: Tensor) -> None:
        self._x.copy_(x)

    def _start(self, x: Tensor) -> Tensor:
        return x.expand(self.shape.members, -1, -1)

    def _drives(self, _x: Tensor) -> Iterator[Tensor]:
        return iter(self._of_layers("bias"))

    def _chain_products(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """The input matrix; hidden matrices that all members have, as one stack; then the others."""
        dz, h = self.chain.dz, self.chain.h
        yield dz[0].mT, self._x, self.g["input"][0]
        common = self.shape.depths[-1]
        if common > 1:
            below, gradients = h[: common - 1], self.g["hidden"][: common - 1]
            yield dz[1:common].flatten(0, 1).mT, below.flatten(0, 1), gradients.flatten(0, 1)
        for layer in range(common, self.depth):
            own = slice(self.shape.members_with(layer))
            yield dz[layer, own].mT, h[layer - 1, own], self.g["hidden"][layer - 1, own]

    def jacobian(self, layer: int, activated: Callable[[int], Tensor]) -> Tensor:
        """J_l = ∂z_(l+1)/∂z_l = W_(l+1) ∂h_l/∂z_l."""
        return self.w["hidden"][layer, 0] @ activated(layer)

    def jacobian_rank(self, layer: int) -> int:
        """Dead units of the layer below take directions away."""
        return self.live_units(layer)

    def _sum_over_samples(self, per_sample: Tensor, out: Tensor) -> None:
        torch.sum(per_sample, dim=2, out=out)
