"""A stack of M networks at once, with every gradient by hand: what all kinds of them have in common."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from core.engine.activations import FUNCTIONS, Memory
from core.engine.chain import Chain, Shape, Wiring
from core.engine.parameters import Block, Layout
from core.experiment import Experiment
from core.initializations import INITS, Init
from core.tasks import Task

Drawn = dict[str, list[Tensor]]
Fed = tuple[Tensor, Sequence[Tensor | None], Sequence[Tensor]]
EVALUATED = 2**18
"""Numbers of a layer that `evaluate` holds at a time: few enough for a core's cache."""


class Network(ABC):
    """A stack of M networks of one shape: `forward`, then `backward`; then everything can be read.

    weights, gradients: flat tensors of all parameters, laid out by `layout`.
    activations: h of every layer (RNN: time step), (depth, M, batch, width).
    slopes: φ', alike.
    signals: ∂L/∂z_l of an MLP, ∂L/∂h_t of an RNN, alike.
    """

    kind: str
    """Its key in core.kinds.KINDS."""
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
    def _fed(self) -> Fed:
        """The chain's h_0, drives and weights, as in `Wiring`."""

    def _wiring(self) -> Wiring:
        """How the chain hangs on the parameters."""
        ends, scales = (self._top, self.w["readout"][0]), self._of_layers("scale")
        return Wiring(*self._fed(), *ends, scales, self._of_layers("shift"))

    def _of_layers(self, name: str) -> Sequence[Tensor]:
        """A block of vectors for each layer, (M, 1, width); one that is shared again and again."""
        if name not in self.w:
            return ()
        return self.w[name].unsqueeze(2).expand(self.depth, -1, -1, -1).unbind()

    @abstractmethod
    def jacobian(self, layer: int, activated: Callable[[int], Tensor]) -> Tensor:
        """Of the first sample, the signal's factor from layer + 2 to layer + 1 (counted from 1), (width, width).

        activated: ∂h/∂z of a layer counted from 0.
        """

    @abstractmethod
    def jacobian_rank(self, layer: int) -> int:
        """The most that its rank can be, but for what a normalization takes."""

    def live_units(self, layer: int) -> int:
        """How many units of a layer, counted from 0, pass on the first sample's signal."""
        return int(self.slopes[layer, 0, 0].count_nonzero())

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
