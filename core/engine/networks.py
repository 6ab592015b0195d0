"""A deep network and an Elman RNN, a stack of M of them at once, with every gradient by hand.

∂L/∂W_l = δ_l h_(l-1)ᵀ: all layers of an MLP in one batched product, all time steps of an RNN in one
product over (time, batch).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from core.engine.activations import FUNCTIONS, Memory
from core.engine.chain import Chain, Shape, Wiring
from core.engine.initializers import READOUT, draw_bias, draw_weights, stream
from core.engine.parameters import Block, Layout
from core.experiment import INITS, Experiment, Init
from core.tasks import Task

Drawn = dict[str, list[Tensor]]
EVALUATED = 2**18
"""Numbers of a layer that `evaluate` holds at a time: few enough for a core's cache."""


class Network(ABC):
    """A stack of M networks of one shape: `forward`, then `backward`; then everything can be read.

    weights, gradients: flat tensors of all parameters, laid out by `layout`.
    activations: h of every layer (RNN: time step), (depth, M, batch, width).
    slopes: φ', alike.
    signals: ∂L/∂z_l of an MLP, ∂L/∂h_t of an RNN, alike.
    """

    members_first: bool
    gained: tuple[str, ...]
    """The blocks that `init` draws and `gain` multiplies."""

    def __init__(
        self,
        experiments: Sequence[Experiment],
        task: Task,
        dtype: torch.dtype,
        signals_only: bool = False,
        keep_slopes: bool = True,
    ) -> None:
        """Allocate, and initialize each member by its own seed, scheme and gain.

        Of different depths (MLPs only), the deepest come first. signals_only: there is `send_back`
        but no `backward` and no gradients, and the signals take the activations' memory. keep_slopes:
        whether `slopes` can be read; a large stack is faster without.
        """
        first = experiments[0]
        self._signals_only, self._keep_slopes = signals_only, keep_slopes
        self.features, self.width = task.inputs.shape[-1], first.width
        self._activation, self._normalization = first.activation, first.normalization
        depths = tuple(e.depth for e in experiments)
        self._allocate(Shape(depths, first.batch_size, first.width, dtype, self.members_first))
        self._initialize(experiments)

    def _allocate(self, shape: Shape) -> None:
        """All memory, and the views of it that computing needs."""
        self.shape, self.depth = shape, shape.depth
        self.layout = Layout(shape.members, self._blocks(self._normalization != "none"))
        self.weights = torch.zeros(self.layout.size, dtype=shape.dtype)
        self.w = self.layout.views(self.weights)
        function = FUNCTIONS[self._activation]
        self.chain = Chain(
            shape,
            function,
            self._normalization,
            keep_dh=self.members_first,
            keep_h=not self._signals_only,
            keep_slopes=self._keep_slopes,
        )
        self._error = torch.empty(shape.members, shape.batch, 1, dtype=shape.dtype)
        self._top = torch.empty_like(self._error)
        self._x = self._input_memory()
        self.chain.connect(self._wiring())
        if self._signals_only:
            return
        self.gradients = torch.zeros_like(self.weights)
        self.g = self.layout.views(self.gradients)
        self._products = [*self._chain_products(), self._readout_product()]

    @property
    def activations(self) -> Tensor:
        """h_l."""
        return self.chain.h

    @property
    def slopes(self) -> Tensor:
        """φ' of every unit and sample."""
        return self.chain.slope

    @property
    def signals(self) -> Tensor:
        """What travels backwards."""
        return self.chain.dh if self.members_first else self.chain.dz

    def keep(self, members: Sequence[int]) -> None:
        """Go on with some members only, by their places in the stack; all memory is new."""
        layout, weights, normalization = self.layout, self.weights, self.chain.normalization
        depths = tuple(self.shape.depths[m] for m in members)
        del self.chain, self._products, self.gradients, self.g  # else there were both, old and new
        self._allocate(replace(self.shape, depths=depths))
        self.weights.copy_(layout.select(weights, members, self.layout))
        if normalization is not None and self.chain.normalization is not None:
            self.chain.normalization.take_over(normalization, members)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Mean squared error of each member on its batch, (M,).

        x: (M or 1, batch, ...); y: (M or 1, batch, 1).
        """
        self._enter(x)
        self.chain.forward()
        self._read_out(self.chain.last, out=self._error)
        self._error -= y
        return self._error.square().mean((1, 2))

    def backward(self) -> None:
        """Every gradient of the losses that `forward` returned."""
        self.send_back()
        for signal_t, below, gradient in self._products:
            torch.bmm(signal_t, below, out=gradient)
        torch.sum(self._top, dim=1, out=self.g["readout_bias"][0])
        self._sum_over_samples(self.chain.dz, self.g["bias"])
        if self.chain.normalization is not None:
            self._sum_over_samples(self.chain.dy, self.g["shift"])
            self._sum_over_samples(self.chain.dy * self.chain.z, self.g["scale"])

    def send_back(self) -> None:
        """The signals alone, without the parameters' gradients."""
        torch.mul(self._error, 2.0 / self.shape.batch, out=self._top)
        self.chain.backward()

    def evaluate(self, x: Tensor, y: Tensor, running: bool) -> Tensor:
        """Mean squared error on any samples, (M,).

        x: (n, ...); y: (n, 1). running: whether batch normalization takes its running statistics, or the samples'.
        """
        together = self._normalization == "batch" and not running
        at_once = max(1, len(x) if together else EVALUATED // (self.shape.members * self.width))
        outputs = [self._output(samples, running) for samples in torch.split(x, at_once)]
        return (torch.cat(outputs, dim=1) - y).square().mean((1, 2))

    def _output(self, x: Tensor, running: bool) -> Tensor:
        """For samples (n, ...) that are only to be evaluated: (M, n, 1)."""
        wiring, h = self._wiring(), self._start(x)
        last = h.new_empty(self.shape.members, len(x), self.width)
        for index, (drive, weight) in enumerate(zip(self._drives(x), wiring.weights, strict=True)):
            own = slice(self.shape.members_with(index))
            z = torch.baddbmm(drive[own], h[own], weight[own].mT)
            if self.chain.normalization is not None:
                z = self.chain.normalization.predict(index, z, running)
                z = torch.addcmul(wiring.shifts[index][own], z, wiring.scales[index][own])
            h = torch.empty_like(z)
            self.chain.activation.forward(Memory.of(z), Memory.of(h))
            last[own] = h
        return self._read_out(last)

    def _read_out(self, h: Tensor, out: Tensor | None = None) -> Tensor:
        bias, readout = self.w["readout_bias"][0, :, None], self.w["readout"][0]
        return torch.baddbmm(bias, h, readout.mT, out=out)

    def _initialize(self, experiments: Sequence[Experiment]) -> None:
        """Draw once for members that share seed and scheme, then multiply by each one's gain."""
        if "scale" in self.w:
            self.w["scale"].fill_(1.0)
        sharing: dict[tuple[int, str], list[int]] = {}
        for member, e in enumerate(experiments):
            sharing.setdefault((e.seed, e.init), []).append(member)
        for (seed, scheme), members in sharing.items():
            own = members if len(sharing) > 1 else slice(None)
            gains = torch.tensor([experiments[m].gain for m in members], dtype=torch.float64)
            for name, tensors in self._draw(seed, INITS[scheme]).items():
                for block, drawn in zip(self.w[name], tensors, strict=True):
                    factor = gains.view(-1, *[1] * drawn.ndim) if name in self.gained else 1.0
                    block[own] = (factor * drawn).to(block.dtype)

    @abstractmethod
    def _blocks(self, normalized: bool) -> list[Block]:
        """All parameters, the matrices first, the readout last of them."""

    @abstractmethod
    def _draw(self, seed: int, init: Init) -> Drawn:
        """First values, before gain, of the blocks that need not be zero: a list of each block's."""

    @abstractmethod
    def _input_memory(self) -> Tensor:
        """Where a batch's inputs are kept for the gradient of the input matrix."""

    @abstractmethod
    def _wiring(self) -> Wiring:
        """How the chain hangs on the parameters."""

    @abstractmethod
    def _enter(self, x: Tensor) -> None:
        """Take a batch: keep the inputs, fill in the drives that depend on them."""

    @abstractmethod
    def _start(self, x: Tensor) -> Tensor:
        """h_0 of samples (n, ...) that are only to be evaluated: (M, n, features or width)."""

    @abstractmethod
    def _drives(self, _x: Tensor) -> Iterator[Tensor]:
        """What is added to W_l h_(l-1) for such samples, layer by layer."""

    @abstractmethod
    def _chain_products(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Triples (δᵀ, h below, ∂L/∂W), whose product is the gradient of a block."""

    @abstractmethod
    def _sum_over_samples(self, per_sample: Tensor, out: Tensor) -> None:
        """Sum (depth, M, batch, width) into a block of vectors."""

    def _readout_product(self) -> tuple[Tensor, Tensor, Tensor]:
        return self._top.mT, self.chain.last, self.g["readout"][0]


class MLP(Network):
    """A deep feedforward network: `depth` hidden layers of one width, and a linear readout."""

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

    def _wiring(self) -> Wiring:
        return Wiring(
            bottom=self._x,
            drives=self.w["bias"].unsqueeze(2).unbind(),
            weights=[self.w["input"][0], *self._hidden(self.w)],
            top=self._top,
            readout=self.w["readout"][0],
            scales=self.w["scale"].unsqueeze(2).unbind() if "scale" in self.w else (),
            shifts=self.w["shift"].unsqueeze(2).unbind() if "shift" in self.w else (),
        )

    def _hidden(self, blocks: dict[str, Tensor]) -> tuple[Tensor, ...]:
        return blocks["hidden"].unbind() if self.depth > 1 else ()

    def _enter(self, x: Tensor) -> None:
        self._x.copy_(x)

    def _start(self, x: Tensor) -> Tensor:
        return x.expand(self.shape.members, -1, -1)

    def _drives(self, _x: Tensor) -> Iterator[Tensor]:
        return iter(self.w["bias"].unsqueeze(2).unbind())

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

    def _sum_over_samples(self, per_sample: Tensor, out: Tensor) -> None:
        torch.sum(per_sample, dim=2, out=out)


class RNN(Network):
    """An Elman network over `depth` time steps, h_0 = 0; the readout sees the last one only.

    z_t = W_h h_(t-1) + (W_x x_t + b): what is in brackets is computed for all time steps at once.
    """

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

    def _wiring(self) -> Wiring:
        return Wiring(
            bottom=torch.zeros_like(self.chain.h[0]),
            drives=[None] * self.depth,
            weights=[self.w["recurrent"][0]] * self.depth,
            top=self._top,
            readout=self.w["readout"][0],
            scales=[self.w["scale"][0].unsqueeze(1)] * self.depth if "scale" in self.w else (),
            shifts=[self.w["shift"][0].unsqueeze(1)] * self.depth if "shift" in self.w else (),
        )

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

    def _sum_over_samples(self, per_sample: Tensor, out: Tensor) -> None:
        torch.sum(per_sample, dim=(0, 2), out=out[0])


def _long_batch(per_step: Tensor) -> Tensor:
    """(T, M, batch, width), its members first in memory, as (M, T * batch, width)."""
    return per_step.transpose(0, 1).flatten(1, 2)


NETWORKS: dict[str, type[MLP | RNN]] = {"mlp": MLP, "rnn": RNN}
