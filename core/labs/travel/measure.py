"""How the signal travels at the start of an experiment: measured over seeds, with what theory predicts.

No Streamlit here: numbers and names, computed once for each start.
"""

import math
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.computing.shared import once
from core.engine.start import at_start
from core.experiment import NORMALIZATIONS, Experiment, growth_one
from core.problems import ExperimentError
from core.steps import slopes
from core.text import Text
from core.theory.cancellation import signal_cancels
from core.theory.prediction import multiplied, other_basin, predict
from core.words.settings import setting

Norms = NDArray[np.float64]
SEEDS, LEAST_SEEDS = 8, 4
PATIENCE_SECONDS = 2.0
PASS = 3.0
"""What a pass in double precision with its initialization costs, in updates (Experiment.seconds)."""
FATE = 10.0
"""The signal counts as exploded or vanished where it ends more than this factor away from its beginning."""
WORDS = ("network", "init", "normalization", "data")


@dataclass(frozen=True, eq=False)
class Start:
    """What was measured, in double precision; arrays are (seeds, layers), or (seeds,) for growth.

    spectral_radius, largest_singular_value: of the recurrent matrices, medians; None for an MLP.
    """

    experiment: Experiment
    signals: Norms
    weight_gradients: Norms
    activations: Norms
    growth: Norms
    spectral_radius: float | None = None
    largest_singular_value: float | None = None

    @property
    def growths(self) -> Norms:
        """The growth of those seeds that have one; none where a normalization cancels the signal."""
        if signal_cancels(self.experiment):
            return self.growth[:0]
        return self.growth[np.isfinite(self.growth)]

    @property
    def slopes(self) -> Norms:
        """The same along a line fitted over the inner layers, which theory is compared with."""
        fitted = slopes(self.signals)
        return fitted[np.isfinite(fitted)]

    @property
    def ratio(self) -> float | None:
        """The signal's norm at the input over that at the output, the seeds' median; None if there is none.

        Nor is there where a normalization cancels the signal.
        """
        if self.experiment.depth < 2 or signal_cancels(self.experiment):
            return None
        with np.errstate(all="ignore"):
            ratios = self.signals[:, 0] / self.signals[:, -1]
        ratios = ratios[~np.isnan(ratios)]
        return float(np.median(ratios)) if len(ratios) else None

    @property
    def fate(self) -> str | None:
        """One of guess.FATES."""
        if self.ratio is None:
            return None
        if self.ratio > FATE:
            return "explodes"
        return "vanishes" if self.ratio < 1 / FATE else "stays"

    @property
    def theory(self) -> tuple[float, ...]:
        """Predicted signal norms, beginning at the output where the median signal does; or none."""
        prediction, last = predict(self.experiment), float(np.median(self.signals[:, -1]))
        return prediction.signal_norms(last) if prediction and math.isfinite(last) else ()

    @property
    def basin(self) -> tuple[float, ...]:
        """The same of GELU's other basin."""
        prediction, theory = predict(self.experiment), self.theory
        other = other_basin(self.experiment, prediction) if prediction and theory else ()
        return multiplied(other, theory[-1]) if other else ()


@once
def measure(experiment: Experiment) -> Start:
    """Send a batch there and back; `experiment` as `at_start` makes it. Needs torch."""
    from core.engine.propagation import DOUBLE, propagate, recurrent_matrices

    seeds = int(PATIENCE_SECONDS / (PASS * experiment.seconds))
    seeds = min(max(seeds, LEAST_SEEDS), SEEDS)
    result = propagate(experiment, seeds, DOUBLE)
    radius = singular = None
    if "recurrent" in experiment.kind.matrices:
        matrices = recurrent_matrices(experiment, seeds)
        radius = float(np.median(matrices.spectral_radius))
        singular = float(np.median(matrices.largest_singular_value))
    return Start(
        experiment,
        result.signal_norms,
        result.weight_grad_norms,
        result.activation_rms,
        result.growth,
        radius,
        singular,
    )


def difference(experiment: Experiment, other: Experiment, text: Text) -> str:
    """What the first experiment has that the other has not, at the start: "He × 1, layer norm"."""
    parts = []
    alike = experiment.network == other.network
    for word in WORDS if alike else WORDS[:-1]:  # the other network has other data anyway
        said = _said(word, experiment, text)
        if said != _said(word, other, text):
            parts.append(said)
    if experiment.batch_size != other.batch_size:
        parts.append(text("why.travel.batch", batch_size=experiment.batch_size))
    return ", ".join(parts)


def _said(word: str, experiment: Experiment, text: Text) -> str:
    if word == "normalization":
        return text(f"why.travel.normalization.{experiment.normalization}")
    return setting(word, experiment, text)


def others(experiment: Experiment) -> list[Experiment]:
    """Starts worth seeing beside this one: with growth 1 by its gain, and with the other normalizations."""
    plain = experiment.normalization == "none"  # a normalization undoes the gain
    found = [at_start(growth_one(experiment))] if plain else []
    for normalization in reversed(NORMALIZATIONS):
        with suppress(ExperimentError):
            found.append(at_start(replace(experiment, normalization=normalization)))
    return [other for other in dict.fromkeys(found) if other != experiment]
