"""From gradients to new weights, for a stack whose members may clip and step differently."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.engine.clipping import CLIPPERS
from core.engine.network import Network
from core.engine.optimizers import OPTIMIZERS
from core.engine.parameters import Float64s
from core.experiment import Experiment


class UpdateRule:
    """Clip, ask the optimizer for a direction, and go lr times along it.

    clips: whether any member clips.
    clipped: the flat gradient after clipping (without clipping, the network's own).
    direction: the last direction (of plain SGD, `clipped` itself).
    lr: (M,).
    """

    def __init__(self, experiments: Sequence[Experiment], network: Network) -> None:
        """Each member has its own lr, way to clip and threshold; all have the first's optimizer."""
        self._network = network
        self._optimizer = OPTIMIZERS[experiments[0].optimizer](network.gradients)
        self._connect(experiments)

    def keep(self, experiments: Sequence[Experiment], select: Callable[[Tensor], Tensor]) -> None:
        """Go on with these, which the network already does; `select` takes them from a flat tensor."""
        self._optimizer.keep(select)
        self._connect(experiments)

    def _connect(self, experiments: Sequence[Experiment]) -> None:
        self.lr = np.array([e.lr for e in experiments])
        methods = {e.clipping for e in experiments} - {"none"}
        self._thresholds = {method: _thresholds(experiments, method) for method in sorted(methods)}
        self.clips = bool(methods)
        gradients, pieces = self._network.gradients, self._network.layout.pieces
        self.clipped = torch.empty_like(gradients) if self.clips else gradients
        self._before, self._after = pieces(gradients), pieces(self.clipped)
        self._weights = pieces(self._network.weights)
        self.direction = self.clipped
        self._rates = None if len(set(self.lr)) == 1 else self._entry_rates()

    def apply(self, gradient_squares: Float64s) -> None:
        """Update the weights; gradient_squares: of each tensor's norm, (tensors, M)."""
        if self.clips:
            self._clip(gradient_squares)
        self.direction = self._optimizer.direction(self.clipped)
        if self._rates is None:
            self._network.weights.add_(self.direction, alpha=-float(self.lr[0]))
        else:
            self._network.weights.addcmul_(self.direction, self._rates, value=-1)

    def forgotten(self, grad_norms: Float64s) -> NDArray[np.bool_]:
        """Of each tensor, whether the optimizer's second moment has entries that are not finite: (tensors, M).

        It is a mean of squared gradients; so it is not looked at where none of these, whose norms are given, could
        have overflowed.
        """
        layout, memory = self._network.layout, self._optimizer.second_moment
        if memory is None or (grad_norms < math.sqrt(torch.finfo(memory.dtype).max) / 2).all():
            return np.zeros((len(layout.layers), layout.members), dtype=bool)
        lost = ~torch.isfinite(memory)
        return layout.inner_products(lost, lost) > 0

    def longest(self, grad_norm: Float64s) -> Float64s:
        """A bound for the norm of the update, from that of the gradient: (M,). Clipping only shortens."""
        return self.lr * self._optimizer.longest(grad_norm)

    def _clip(self, gradient_squares: Float64s) -> None:
        before = self._before
        norms = torch.split(torch.from_numpy(np.sqrt(gradient_squares)), [len(p) for p in before])
        for method, thresholds in self._thresholds.items():
            CLIPPERS[method](before, self._weights, norms, thresholds, self._after)
            before = self._after

    def _entry_rates(self) -> Tensor:
        """Each entry's own learning rate."""
        rates = torch.empty_like(self._network.weights)
        for block in self._network.layout.views(rates).values():
            shape = (-1, *[1] * (block.ndim - 2))
            block.copy_(torch.from_numpy(self.lr).view(shape).expand_as(block))
        return rates


def _thresholds(experiments: Sequence[Experiment], method: str) -> Tensor:
    """Infinity, which leaves a gradient alone, for those who clip otherwise or not at all."""
    return torch.tensor(
        [e.clip if e.clipping == method else np.inf for e in experiments], dtype=torch.float64
    )
