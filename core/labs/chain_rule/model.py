"""The chain rule's product at an experiment's start: measured, bounded, predicted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from core.experiment import Experiment
from core.theory.prediction import Prediction, other_basin, predict

if TYPE_CHECKING:
    from core.engine.jacobians import ChainRule

Logs = tuple[float, ...]
"""log10 of lengths or factors, input side first; layers are an RNN's time steps."""
MOST = 299.0
"""The largest power of ten that a chart has a place for."""


@dataclass(frozen=True, slots=True)
class Measured:
    """An experiment at its start, and its chain. radius, singular: of an RNN's recurrent matrix, else None."""

    experiment: Experiment
    chain: ChainRule
    radius: float | None = None
    singular: float | None = None

    @property
    def prediction(self) -> Prediction | None:
        """Theory for this sample, or for the batch that batch normalization ties together."""
        return predict(self.experiment, self.chain.squares)

    @property
    def log_gain(self) -> float:
        """log10 of all factors together, ‖δ_1‖ / ‖δ_n‖; -inf where nothing comes through, else NaN if unknown."""
        first, last = self.chain.lengths[0], self.chain.lengths[-1]
        return first - last if last > -math.inf else math.nan

    @property
    def fate(self) -> str | None:
        """One of guess.FATES: a power of ten up or down; None where there is no product."""
        gain = self.log_gain
        if len(self.chain.lengths) < 2 or math.isnan(gain):
            return None
        return "explodes" if gain > 1 else "vanishes" if gain < -1 else "stays"

    @property
    def factors(self) -> tuple[float, ...]:
        """Each as a number: ∂z_1/∂W_1, then ‖δ_l‖ / ‖δ_(l+1)‖ for l = 1 to depth - 1; NaN where there is none."""
        pairs = pairwise((self.chain.measured, *self.chain.lengths))
        return tuple(number(here - above) for here, above in pairs)

    @property
    def norms(self) -> Logs:
        """What each factor can do at most, the last, into the weights, first; none for a tied batch."""
        return (self.chain.last_norm, *self.chain.norms) if self.chain.norms else ()

    @property
    def bounds(self) -> Logs:
        """The end of the chain by the spectral norms, then one a layer; none for a tied batch."""
        bounds = self.chain.bounds
        return (bounds[0] + self.chain.last_norm, *bounds) if self.chain.norms else ()

    @property
    def theory(self) -> Logs:
        """The predicted lengths, which begin at the output where the measured ones do; or none."""
        return self._back(self.prediction.factors) if self.prediction else ()

    @property
    def basin(self) -> Logs:
        """The same of GELU's other basin."""
        return self._back(other_basin(self.experiment, self.prediction)) if self.prediction else ()

    def _back(self, factors: Sequence[float]) -> Logs:
        logs = map(math.log10, reversed(factors))
        return tuple(accumulate(logs, initial=self.chain.lengths[-1]))[::-1] if factors else ()

    @property
    def spreads(self) -> tuple[tuple[int, float, float, float], ...]:
        """(layer, largest, median, smallest) of the product's singular values, times the signal's start."""
        start = self.chain.lengths[-1]
        return tuple(
            (s.layer, start + s.largest, start + s.median, start + s.smallest)
            for s in self.chain.spreads
        )


def measure(experiment: Experiment) -> Measured:
    """Take the chain apart; `experiment` as `guess.at_start` makes it. Needs torch."""
    from core.engine.jacobians import chain_rule
    from core.engine.propagation import recurrent_matrices

    chain = chain_rule(experiment)
    if "recurrent" not in experiment.kind.matrices:
        return Measured(experiment, chain)
    matrix = recurrent_matrices(experiment)
    radius, singular = matrix.spectral_radius[0], matrix.largest_singular_value[0]
    return Measured(experiment, chain, float(radius), float(singular))


def number(log: float) -> float:
    """A log10 as the number itself: 0 or infinity where it leaves float64, NaN stays."""
    return math.inf if log > 308 else 10.0**log
