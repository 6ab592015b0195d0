"""How the signal travels at initialization: medians over seeds, layer by layer, and what theory says of them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.charts.base import line_chart as still
from core.charts.base.line_chart import Curve
from core.charts.base.rows import blocks, drawable
from core.text import Text

Norms = NDArray[np.float64]
LEAST, MOST = 1e-290, 1e290
"""What is beyond these leaves the chart."""


@dataclass(frozen=True, eq=False)
class Travel:
    """One experiment's numbers; each array is (seeds, layers), input side first.

    time: whether its layers are the time steps of an RNN.
    weight_gradients: of the matrix below each layer; of an RNN's one recurrent matrix, at every time step.
    theory, basin: predicted signal norms, and those of GELU's other basin; one a layer, or none.
    """

    time: bool
    signals: Norms
    weight_gradients: Norms
    activations: Norms
    theory: tuple[float, ...] = ()
    basin: tuple[float, ...] = ()


def frame(travel: Travel, text: Text, beside: Travel | None = None) -> pd.DataFrame:
    """The rows for `still.spec`; the y axis has room for the one beside it, too."""
    curves = _curves(travel, text)
    seen = curves + (_curves(beside, text) if beside else [])
    reach, *_ = blocks([(0, y) for c in seen for y in (*c.y, *c.low, *c.high)], 1)
    axis = text(f"charts.axis.{'time' if travel.time else 'layer'}")
    return still.frame(curves, text, axis, reach=reach)


def alt(travel: Travel, text: Text) -> str:
    """The chart in words."""
    seeds, depth = travel.signals.shape
    first, last = (float(np.median(travel.signals[:, end])) for end in (0, -1))
    said = text("charts.travel.alt", seeds=seeds, depth=depth, first=first, last=last)
    if travel.theory and drawable(travel.theory[0]):
        said += " " + text("charts.travel.alt_theory", first=travel.theory[0])
    if travel.basin and drawable(travel.basin[0]):
        said += " " + text("charts.travel.alt_basin", first=travel.basin[0])
    return said


def leaves(travel: Travel) -> bool:
    """Whether its median signal is somewhere larger or smaller than what is drawn."""
    median = np.median(travel.signals, axis=0)
    return bool(((median > MOST) | ((median > 0) & (median < LEAST))).any())


def _curves(travel: Travel, text: Text) -> list[Curve]:
    signal = text("charts.line.signal_rnn" if travel.time else "charts.line.signal")
    curves = [_curve("activation", text("charts.travel.activation"), travel.activations)]
    weights = text(f"charts.line.{'recurrent' if travel.time else 'weight'}_gradient")
    curves.append(_curve("weight_gradient", weights, travel.weight_gradients))
    curves.append(_curve("signal", signal, travel.signals, band=True))
    if travel.theory:
        curves.append(_curve("theory", text("charts.travel.theory"), np.array([travel.theory])))
    if travel.basin:
        curves.append(_curve("basin", text("charts.travel.basin"), np.array([travel.basin])))
    return curves


def _curve(series: str, name: str, values: Norms, *, band: bool = False) -> Curve:
    """The median over the seeds, and the range of those that can be drawn."""
    seen = np.where((values >= LEAST) & (values <= MOST), values, np.nan)
    median = np.median(values, axis=0)
    median[~((median >= LEAST) & (median <= MOST))] = np.nan
    low, high = np.fmin.reduce(seen, axis=0), np.fmax.reduce(seen, axis=0)
    return Curve(
        series,
        name,
        tuple(range(1, values.shape[1] + 1)),
        tuple(map(float, median)),
        tuple(map(float, low)) if band else (),
        tuple(map(float, high)) if band else (),
    )
