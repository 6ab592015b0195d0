"""What theory predicts for one experiment at initialization: how the signal grows, layer by layer."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate

import numpy as np

from core.experiment import Experiment
from core.steps import growth, slopes
from core.theory.mean_field import (
    basins,
    centred_mean_square,
    chi,
    critical_sigma_w,
    growth_rate,
    growth_under_batch_norm,
    growth_under_layer_norm,
    next_variance,
)
from core.theory.variances import drives as drives_of
from core.theory.variances import removed_first, sigma_b, unevenness

LARGE_BATCH = 32
"""From here on the limit of large batches is within some 3 per cent of what `propagate` measures."""
UNEVEN = 4.0
"""From here on a few samples with hardly any input make the signal, and no mean over the data tells it."""
WIDE = 32
"""From here on a layer counts as wide."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A formula for the growth deep in a wide network, as LaTeX, and where it comes from."""

    latex: str
    source: str


MEAN_FIELD = "Poole et al. 2016; Schoenholz et al. 2017"
RULES = {
    "linear": Rule(r"\sigma_w", "Saxe et al. 2014"),
    "relu": Rule(r"\sigma_w/\sqrt{2}", "He et al. 2015"),
    "chi": Rule(
        r"\sqrt{\chi_1}=\sigma_w\sqrt{\mathbb{E}\,\varphi'(\sqrt{q}\,z)^2},\quad z\sim N(0,1)",
        MEAN_FIELD,
    ),
    "layer": Rule(
        r"\sqrt{\dfrac{\sigma_w^2\,\mathbb{E}\,\varphi'(z)^2}"
        r"{\sigma_w^2\,\mathbb{E}\,\varphi(z)^2+\sigma_b^2}},\quad z\sim N(0,1)",
        "Ba et al. 2016; " + MEAN_FIELD,
    ),
    "batch": Rule(
        r"\sqrt{\dfrac{\mathbb{E}\,\varphi'(z)^2}{\mathrm{Var}\,\varphi(z)}},\quad z\sim N(0,1)",
        "Yang et al. 2019",
    ),
}
RECURRENT = "Chen, Pennington & Schoenholz 2018"
"""Mean field of an RNN: its one matrix counts as if it were drawn anew at every time step."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """Of one experiment, in the limit of wide layers.

    rule: a key of RULES.
    factors: the signal's norm in layer (RNN: time step) l over that in l + 1, l from 1 to depth - 1.
    limit: what the factors tend to deep in the network, by the rule.
    variance: of the first layer's pre-activations, the data's (the sample's) doing; it begins the variance map.
    """

    rule: str
    factors: tuple[float, ...]
    limit: float
    variance: float

    @property
    def growth(self) -> float:
        """Growth per layer over this depth; NaN for one layer."""
        return growth(self.signal_norms(1.0))

    @property
    def slope(self) -> float:
        """The same along a fitted line, as a map's cells are measured."""
        return float(slopes(np.array([self.signal_norms(1.0)]))[0])

    def signal_norms(self, last: float) -> tuple[float, ...]:
        """One for each layer, where the last layer's is `last`."""
        return multiplied(self.factors, last)


def multiplied(factors: Sequence[float], last: float) -> tuple[float, ...]:
    """The signal's norm in each layer, where the last layer's is `last`; factors as in a Prediction."""
    back = accumulate(reversed(factors), lambda norm, factor: norm * factor, initial=last)
    return tuple(back)[::-1]


def obstacle(experiment: Experiment, sample: Sequence[float] = ()) -> str | None:
    """Why there is no reliable formula, if there is none: a kind or a normalization that no limit describes."""
    if not experiment.kind.mean_field:
        return "kind"
    if experiment.normalization == "layer":
        return None if sample or unevenness(experiment) < UNEVEN else "layer_uneven"
    if experiment.normalization != "batch":
        return None
    if experiment.kind.recurrent:
        return "batch_rnn"
    if experiment.activation == "linear":
        return "batch_linear"
    return "batch_small" if experiment.batch_size < LARGE_BATCH else None


@lru_cache(maxsize=256)
def predict(experiment: Experiment, sample: tuple[float, ...] = ()) -> Prediction | None:
    """Follow the pre-activations' variance from the data through the layers, and the signal back.

    sample: the squared length of one sample, of each of an RNN's time steps: the prediction is then for this
    one, over many networks. Without it, it is for the mean over the data. None where `obstacle` names a reason.
    """
    if obstacle(experiment, sample) is not None:
        return None
    drives = drives_of(experiment, sample)
    if experiment.normalization == "none":
        squares = _plain(experiment, drives)
    else:
        squares = _normalized(experiment, drives, removed_first(experiment, sample, drives[0]))
    passed = squares[1:] if experiment.kind.recurrent else squares[:-1]
    return Prediction(
        rule=rule(experiment),
        factors=tuple(map(math.sqrt, passed)),
        limit=_limit(experiment, drives),
        variance=drives[0],
    )


def rule(experiment: Experiment) -> str:
    """The key in RULES of what holds deep in this network."""
    if experiment.normalization != "none":
        return experiment.normalization
    return experiment.activation if experiment.activation in RULES else "chi"


def plain(experiment: Experiment) -> bool:
    """Whether it is an MLP without normalization, whose layers' variance only its weights and biases make."""
    deep = experiment.kind.mean_field and not experiment.kind.recurrent
    return deep and experiment.normalization == "none"


def two_basins(experiment: Experiment) -> tuple[float, float, float] | None:
    """As `core.theory.mean_field.basins`, for a plain network; None for all else."""
    if not plain(experiment):
        return None
    return basins(experiment.activation, experiment.sigma_w, sigma_b(experiment))


def other_basin(experiment: Experiment, prediction: Prediction) -> tuple[float, ...]:
    """The signal's factors deep in the basin in which it does not start, one for each after the first layer.

    Empty where there is no other basin.
    """
    found = two_basins(experiment)
    if found is None:
        return ()
    below, above, between = found
    growth = below if prediction.variance > between else above
    return (growth,) * (experiment.depth - 1)


def edge_of_chaos(experiment: Experiment) -> tuple[float, float] | None:
    """The sigma_w, and the gain, at which the growth is 1 deep in a plain network; None where there is none."""
    if not plain(experiment):
        return None
    critical = critical_sigma_w(experiment.activation, sigma_b(experiment))
    if critical is None:
        return None
    return critical, critical / replace(experiment, gain=1.0).sigma_w


def _plain(experiment: Experiment, drives: Sequence[float]) -> list[float]:
    """Of each layer, the factor chi at the variance that the map has reached there."""
    activation, sigma_w = experiment.activation, experiment.sigma_w
    q, squares = drives[0], []
    for drive in drives[1:]:
        squares.append(chi(activation, sigma_w, q))
        q = next_variance(activation, sigma_w, math.sqrt(drive), q)
    return [*squares, chi(activation, sigma_w, q)]


def _normalized(experiment: Experiment, drives: Sequence[float], first: float) -> list[float]:
    """Of each layer, chi at variance 1 over the variance that was normalized away, `first` in the first."""
    activation, sigma_w = experiment.activation, experiment.sigma_w
    if experiment.normalization == "batch":
        after = [sigma_w**2 * centred_mean_square(activation)] * (len(drives) - 1)
    else:
        after = [next_variance(activation, sigma_w, math.sqrt(d), 1.0) for d in drives[1:]]
    return [chi(activation, sigma_w, 1.0) / variance for variance in (first, *after)]


def _limit(experiment: Experiment, drives: Sequence[float]) -> float:
    if experiment.normalization == "batch":
        return growth_under_batch_norm(experiment.activation)
    later = math.sqrt(sum(drives[1:]) / max(len(drives) - 1, 1))
    if experiment.normalization == "layer":
        return growth_under_layer_norm(experiment.activation, experiment.sigma_w, later)
    return growth_rate(experiment.activation, experiment.sigma_w, later, drives[0])
