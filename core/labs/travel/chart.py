"""How the signal travels at initialization: medians over seeds, layer by layer, and what theory says of them."""

import numpy as np
import pandas as pd

from core.charts.base import line_chart as still
from core.charts.base.line_chart import Curve
from core.charts.base.rows import blocks, drawable
from core.labs.travel.measure import Norms, Start
from core.text import Text

LEAST, MOST = 1e-290, 1e290
"""What is beyond these leaves the chart."""


def frame(start: Start, text: Text, beside: Start | None = None) -> pd.DataFrame:
    """The rows for `still.spec`; the y axis has room for the one beside it, too."""
    curves = _curves(start, text)
    seen = curves + (_curves(beside, text) if beside else [])
    reach, *_ = blocks([(0, y) for c in seen for y in (*c.y, *c.low, *c.high)], 1)
    axis = text(f"charts.axis.{start.experiment.kind.unit}")
    return still.frame(curves, text, axis, reach=reach)


def alt(start: Start, text: Text) -> str:
    """The chart in words."""
    seeds, depth = start.signals.shape
    first, last = (float(np.median(start.signals[:, end])) for end in (0, -1))
    said = [text("charts.travel.alt", seeds=seeds, depth=depth, first=first, last=last)]
    for key, line in (("alt_theory", start.theory), ("alt_basin", start.basin)):
        if line and drawable(line[0]):
            said.append(text(f"charts.travel.{key}", first=line[0]))
    return " ".join(said)


def leaves(start: Start) -> bool:
    """Whether its median signal is somewhere larger or smaller than what is drawn."""
    median = np.median(start.signals, axis=0)
    return bool(((median > MOST) | ((median > 0) & (median < LEAST))).any())


def _curves(start: Start, text: Text) -> list[Curve]:
    """Its weight gradients are those of the matrix below each layer; of an RNN's one, at every time step."""
    depth, recurrent = start.experiment.depth, start.experiment.kind.recurrent
    weights = start.weight_gradients[:, :depth]
    if recurrent:  # of three matrices the recurrent one is the second
        weights = np.repeat(start.weight_gradients[:, 1:2], depth, axis=1)
    gradient = text(f"charts.line.{'recurrent' if recurrent else 'weight'}_gradient")
    signal = text("charts.line.signal_rnn" if recurrent else "charts.line.signal")
    theory = (("theory", start.theory), ("basin", start.basin))
    return [
        _curve("activation", text("charts.travel.activation"), start.activations),
        _curve("weight_gradient", gradient, weights),
        _curve("signal", signal, start.signals, band=True),
        *(_curve(key, text(f"charts.travel.{key}"), np.array([y])) for key, y in theory if y),
    ]


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
