"""How the signal travels at initialization: medians over seeds, layer by layer, and what theory says of them."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.charts import still
from core.charts.rows import drawable
from core.charts.still import Curve
from core.text import Text

Norms = NDArray[np.float64]
LEAST, MOST = 1e-47, 1e47
"""What is beyond these leaves the chart."""


@dataclass(frozen=True, eq=False)
class Travel:
    """One experiment's numbers; each array is (seeds, layers), input side first.

    time: whether its layers are the time steps of an RNN.
    weight_gradients: of the matrix below each layer; None for an RNN, which has one matrix for all.
    theory: predicted signal norms, one a layer, or none.
    name: what tells it from the one beside it.
    """

    time: bool
    signals: Norms
    weight_gradients: Norms | None
    activations: Norms
    theory: tuple[float, ...] = ()
    name: str = field(default="", kw_only=True)

    @property
    def depth(self) -> int:
        """How many layers."""
        return int(self.signals.shape[1])


def frame(travel: Travel, beside: Travel | None, text: Text) -> pd.DataFrame:
    """The rows for `still.spec`; of the one beside it only the signal is drawn."""
    last = max(travel.depth, beside.depth if beside else 0)
    curves = [_curve("activation", text("charts.travel.activation"), travel.activations, last)]
    if travel.weight_gradients is not None:
        name = text("charts.line.weight_gradient")
        curves.append(_curve("weight_gradient", name, travel.weight_gradients, last))
    if beside is not None:
        curves.append(_curve("beside", beside.name, beside.signals, last))
    curves.append(_curve("signal", _signal_name(travel, text), travel.signals, last, band=True))
    if travel.theory:
        theory = np.array([travel.theory])
        curves.append(_curve("theory", text("charts.travel.theory"), theory, last))
    mixed = beside is not None and beside.time != travel.time
    axis = "charts.travel.axis" if mixed else f"charts.axis.{'time' if travel.time else 'layer'}"
    return still.frame(curves, text, text(axis))


def alt(travel: Travel, beside: Travel | None, text: Text) -> str:
    """The chart in words."""
    parts = [_told("charts.travel.alt", travel, text)]
    if travel.theory and drawable(travel.theory[0]):
        parts.append(text("charts.travel.alt_theory", first=travel.theory[0]))
    if beside is not None:
        parts.append(_told("charts.travel.alt_beside", beside, text))
    return " ".join(parts)


def leaves(travel: Travel) -> bool:
    """Whether its median signal is somewhere larger or smaller than what is drawn."""
    median = np.median(travel.signals, axis=0)
    return bool(((median > MOST) | ((median > 0) & (median < LEAST))).any())


def _told(key: str, travel: Travel, text: Text) -> str:
    first, last = np.median(travel.signals[:, 0]), np.median(travel.signals[:, -1])
    seeds = len(travel.signals)
    return text(
        key, name=travel.name, seeds=seeds, depth=travel.depth, first=float(first), last=float(last)
    )


def _signal_name(travel: Travel, text: Text) -> str:
    name = text("charts.line.signal_rnn" if travel.time else "charts.line.signal")
    return f"{name}\n{travel.name}" if travel.name else name


def _curve(series: str, name: str, values: Norms, last: int, *, band: bool = False) -> Curve:
    """The median over the seeds, and the range of those that can be drawn; as long as the longest."""
    seen = np.where((values >= LEAST) & (values <= MOST), values, np.nan)
    median = np.median(values, axis=0)
    median[~((median >= LEAST) & (median <= MOST))] = np.nan
    low, high = np.fmin.reduce(seen, axis=0), np.fmax.reduce(seen, axis=0)
    missing = (np.nan,) * (last - values.shape[1])
    return Curve(
        series,
        name,
        tuple(range(1, last + 1)),
        (*map(float, median), *missing),
        tuple(map(float, low)) if band else (),
        tuple(map(float, high)) if band else (),
    )
