"""The chain rule's factors at initialization: each Jacobian, what it did to the real signal, what it could do.

    ∂L/∂W_1 = ∂L/∂z_n · ∂z_n/∂z_(n-1) ··· ∂z_2/∂z_1 · ∂z_1/∂W_1

for one sample, so that each factor is one matrix, J_l = ∂z_(l+1)/∂z_l; in an RNN J_t = ∂h_(t+1)/∂h_t, and the
end of the chain is the first time step's share of the input matrix's gradient. Batch normalization ties the
samples of a batch together: there only the lengths of the whole batch's signal are taken.

A product of many factors may leave float64 itself, so all lengths are kept as log10; -inf is zero.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate

import torch
from torch import Tensor

from core.computing.shared import once
from core.engine.batches import Batches
from core.engine.network import Network
from core.engine.networks import new_networks
from core.experiment import Experiment
from core.tasks import task_of

PLACES = 24
"""At most so many products get their singular values: those of a 256 x 256 matrix take some 4 ms."""
RESOLVED = 1e-10
"""Share of the largest singular value below which another one is rounding error, not a measurement."""
ZERO = -math.inf


@dataclass(frozen=True, slots=True)
class Spread:
    """Singular values of ∂z_n/∂z_l = J_(n-1)···J_l, as log10; NaN where float64 does not resolve them.

    rank: how many may differ from zero: dead units and a normalization take whole directions away. The median
    is the lower of the two in the middle.
    """

    layer: int
    rank: int
    largest: float
    median: float
    smallest: float


@dataclass(frozen=True, slots=True)
class ChainRule:
    """The product at initialization, in float64; lists are input side first.

    samples: 1, or the batch that batch normalization ties together.
    squares: of each sample's input, its squared length, of each of an RNN's time steps; empty for a tied batch.
    lengths: log10 ‖δ_l‖ for l = 1 to n, the signal's length; +inf or NaN where float64 ended.
    norms: log10 ‖J_l‖, the spectral norms, l = 1 to n - 1; empty for a tied batch, and so is `spreads`.
    measured: log10 ‖∂L/∂W_1‖ as the engine computes it.
    last_norm: log10 of the most that the last factor can be: an MLP's input's length, in an RNN times the most
        that the first time step's activation passes on; NaN for a tied batch.
    """

    samples: int
    squares: tuple[float, ...]
    lengths: tuple[float, ...]
    norms: tuple[float, ...]
    spreads: tuple[Spread, ...]
    measured: float
    last_norm: float

    @property
    def gains(self) -> tuple[float, ...]:
        """log10 ‖δ_l‖ / ‖δ_(l+1)‖ for l = 1 to n - 1; NaN where no signal arrived."""
        pairs = zip(self.lengths, self.lengths[1:], strict=False)
        return tuple(here - above for here, above in pairs)

    @property
    def into_weights(self) -> float:
        """log10 of the last factor, ‖∂L/∂W_1‖ / ‖δ_1‖: of one sample, an MLP's input's length."""
        return self.measured - self.lengths[0]

    @property
    def bounds(self) -> tuple[float, ...]:
        """log10 ‖δ_n‖·‖J_(n-1)‖···‖J_l‖ for l = 1 to n: no signal that begins so long can be longer."""
        back = accumulate(reversed(self.norms), initial=self.lengths[-1])
        return tuple(back)[::-1]


@once
@torch.inference_mode()
def chain_rule(experiment: Experiment) -> ChainRule:
    """Send the first sample of the run's first batch through the new network, and take the product apart."""
    torch.set_num_threads(1)
    network, x = first_pass(experiment)
    inputs = x[:, 0] if experiment.kind.recurrent else x
    tied = experiment.normalization == "batch"
    passed = log_norm(_activated(network, 0)) if experiment.kind.recurrent and not tied else 0.0
    factors = [] if tied else list(jacobians(network))
    spreads = list(_spreads(factors, _ranks(network))) if factors else []
    return ChainRule(
        samples=len(x),
        squares=() if tied else tuple(x[0].square().sum(dim=-1).reshape(-1).tolist()),
        lengths=tuple(log_length(signal) for signal in network.signals[:, 0]),
        norms=tuple(log_norm(factor) for factor in reversed(factors)),
        spreads=tuple(reversed(spreads)),
        measured=log_length(network.chain.dz[0, 0].mT @ inputs),
        last_norm=math.nan if tied else log_length(inputs) + passed,
    )


def first_pass(experiment: Experiment) -> tuple[Network, Tensor]:
    """The new network in float64, once forward and backward, and its inputs, (samples, [time steps,] features).

    Of one sample, or of the whole batch that batch normalization ties together.
    """
    task = task_of(experiment)
    x, y = Batches([experiment], task, torch.float64).draw()
    if experiment.normalization != "batch":
        x, y, experiment = x[:, :1], y[:, :1], replace(experiment, batch_size=1)
    network = new_networks([experiment], torch.float64)
    network.forward(x, y)
    network.backward()
    return network, x[0]


def jacobians(network: Network) -> Iterator[Tensor]:
    """Of a network and its one sample, (width, width) each: J_(n-1) first, then on towards the input."""
    for layer in reversed(range(network.depth - 1)):
        yield network.jacobian(layer, partial(_activated, network))


def _activated(network: Network, layer: int) -> Tensor:
    """∂h/∂z of one layer, counted from 0: the activation's slopes; with layer normalization a full matrix.

    Behind the slopes stands then ∂x̂/∂z = (1 - 1/width - x̂x̂ᵀ/width) / sqrt(var + eps) (Ba et al. 2016).
    """
    slope, normalization = network.slopes[layer, 0, 0], network.chain.normalization
    if normalization is None:
        return torch.diag(slope)
    standardized = normalization.standardized[layer, 0, 0]
    removed = (1 + torch.outer(standardized, standardized)) / len(slope)
    inner = (torch.eye(len(slope)) - removed) * normalization.inverse_std[layer, 0, 0]
    return (slope * network.chain.wiring.scales[layer][0, 0])[:, None] * inner


def _ranks(network: Network) -> Iterator[int]:
    """The most that the rank of each product can be: the live units of its poorest factor.

    Layer normalization takes one direction, the one that moves all units alike.
    """
    most = network.width - (network.chain.normalization is not None)
    for layer in reversed(range(network.depth - 1)):
        most = min(most, network.jacobian_rank(layer))
        yield most


def _spreads(factors: Sequence[Tensor], ranks: Iterable[int]) -> Iterator[Spread]:
    """Multiply one factor after the other, output side first, and their inverses for the smallest value.

    The product's own small singular values drown in the largest one's rounding errors; the inverse's do not.
    """
    count = len(factors)
    chosen = {round(k * (count - 1) / (PLACES - 1)) for k in range(PLACES)}
    product = inverse = _Scaled(torch.eye(len(factors[0])).to(factors[0]))
    for done, (factor, rank) in enumerate(zip(factors, ranks, strict=True)):
        whole = rank == len(factor)
        product = product.times(factor)
        if whole:
            inverse = inverse.after(torch.linalg.inv_ex(factor).inverse)
        if done in chosen:
            values = torch.linalg.svdvals(product.matrix)
            yield Spread(
                layer=count - done,
                rank=rank,
                largest=log10(float(values[0])) + product.scale,
                median=_middle(values, rank) + product.scale,
                smallest=-log_norm(inverse.matrix) - inverse.scale if whole else ZERO,
            )


def _middle(values: Tensor, rank: int) -> float:
    """log10 of the median singular value, NaN where it is not resolved."""
    middle = float(values[len(values) // 2])
    if rank <= len(values) // 2:
        return ZERO
    return log10(middle) if middle > RESOLVED * float(values[0]) else math.nan


@dataclass(frozen=True, slots=True)
class _Scaled:
    """A product of matrices: its largest entry brought to 1, and the log10 of what that took."""

    matrix: Tensor
    scale: float = 0.0

    def times(self, factor: Tensor) -> "_Scaled":
        """This product with one more factor at its right."""
        return self._next(self.matrix @ factor)

    def after(self, factor: Tensor) -> "_Scaled":
        """This product with one more factor at its left."""
        return self._next(factor @ self.matrix)

    def _next(self, product: Tensor) -> "_Scaled":
        largest = float(product.abs().max()) or 1.0
        return _Scaled(product / largest, self.scale + math.log10(largest))


def log_norm(matrix: Tensor) -> float:
    """log10 of the spectral norm: the most that the matrix lengthens any vector."""
    return log10(float(torch.linalg.eigvalsh(matrix @ matrix.mT)[-1].clamp(min=0))) / 2


def log_length(values: Tensor) -> float:
    """log10 of the L2 norm over all entries, also where their squares leave float64."""
    largest = float(values.abs().max())
    if largest == 0 or not math.isfinite(largest):
        return log10(largest)
    return math.log10(largest) + log10(float((values / largest).norm()))


def log10(value: float) -> float:
    """log10, of zero -inf."""
    return math.log10(value) if value != 0 else ZERO
