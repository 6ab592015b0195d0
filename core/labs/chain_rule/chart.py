"""The chain rule's product at initialization: each factor as a bar, their product, what theory and bounds say.

The bars stand in a strip of their own under the lines, on the same layers: a factor of 1.2 could not be seen on
an axis that a bound of 10¹⁰ needs. Everything comes as log10 and leaves as numbers; what no axis has a place
for is left out.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import altair
import pandas as pd

from core.charts.base import layers, picture
from core.charts.base import line_chart as still
from core.charts.base.line_chart import Curve
from core.charts.base.look import Look, x_axis, x_of, y_axis, y_of
from core.charts.base.rows import Rows, drawable
from core.charts.names import stack
from core.labs.chain_rule.model import MOST, Measured, number
from core.labs.chain_rule.strip import STRIP, add_bars, strip
from core.text import Text

HEIGHT = picture.HEIGHT + STRIP
ROOM = 0.1
"""Share of the y axis kept free above and below; below singular values, which fall, it is three times as much."""
LEAST_SPAN = 0.1
"""A line over less of the x axis than this is not worth a name."""
NAMES = ("largest", "median", "smallest")


def reach(measured: Measured) -> tuple[float, float]:
    """Powers of ten that the axis covers: everything but the small singular values, which may leave it."""
    chain = measured.chain
    seen = [*chain.lengths, chain.measured, *measured.bounds, *measured.theory, *measured.basin]
    seen += [largest for _, largest, _, _ in measured.spreads]
    drawn = [y for y in seen if abs(y) < MOST] or [0.0]
    low, high = math.floor(min(drawn)), math.ceil(max(drawn))
    room = max(1, round(ROOM * (high - low)))
    below = 3 * room if measured.spreads else room
    return max(low - below, -MOST), min(high + room, MOST)


def build(look: Look) -> layers.Layer:
    """The lines with their names at the left, and under them the strip of the factors."""
    left = stack.margin(look)
    x = x_of(x_axis(look, " "), left=left)
    y = y_of(y_axis(look, scale="layer_0_y"), look, bottom=STRIP)
    names = stack.names(look, scale="layer_0_y", left=True, bottom=STRIP)
    drawn = [*still.lines(look, left=left), (names, "")]
    lines = altair.layer(*(layers.on_axes(layer, axes, x, y) for layer, axes in drawn))
    chart = layers.assemble(look, [(lines, ""), (strip(look, x), "")], x, y)
    return chart.resolve_scale(y="independent")


def frame(measured: Measured, text: Text) -> pd.DataFrame:
    """The rows for `build`, of a signal that is finite where it begins."""
    floor, top = reach(measured)
    curves = [
        *_spread(measured, floor, text),
        *_others(measured, text),
        _signal(measured, text),
        Curve("product", "", (0,), (number(measured.chain.measured),)),
    ]
    axis = text(f"charts.product.axis_{measured.experiment.kind.unit}")
    rows = Rows()
    window = still.draw(rows, curves, text, axis, reach=(number(floor), number(top)))
    add_bars(rows, measured.factors, tuple(map(number, measured.norms)), window, text)
    for curve in curves:
        still.add_name(rows, curve, window, first=True)
    return rows.frame()


def _signal(measured: Measured, text: Text) -> Curve:
    """The signal from the output to the input, and on into the weights at 0; on touch each layer's factor."""
    unit, depth = measured.experiment.kind.unit, measured.experiment.depth
    factors = measured.factors[1:]
    lengths = (measured.chain.measured, *measured.chain.lengths)
    places = [
        text(f"charts.product.into_weights_{unit}"),
        *(
            text(f"charts.product.factor_{unit}", layer=layer, factor=factor)
            for layer, factor in enumerate(factors, start=1)
        ),
        text(f"charts.part.{unit}", layer=depth),
    ]
    name = text("charts.line.signal_rnn" if unit == "time" else "charts.line.signal")
    end = text(f"charts.product.end_{unit}", value=number(lengths[0]))
    x, y = tuple(range(depth + 1)), tuple(map(number, lengths))
    return Curve("signal", f"{name}\n{end}", x, y, places=tuple(places), short=name)


def _others(measured: Measured, text: Text) -> list[Curve]:
    """Bound, theory and its other basin, where there is one; a single layer has nothing to be bounded."""
    depth = measured.experiment.depth
    known = (("basin", measured.basin), ("bound", measured.bounds), ("theory", measured.theory))
    return [
        Curve(
            series,
            text(f"charts.product.{series}"),
            tuple(range(depth + 1))[-len(logs) :],
            tuple(map(number, logs)),
        )
        for series, logs in known
        if logs and depth > 1
    ]


def _spread(measured: Measured, floor: float, text: Text) -> list[Curve]:
    """Largest, median and smallest singular value, the largest with the band down to the smallest."""
    if not measured.spreads:
        return []
    depth, found = measured.experiment.depth, []
    points = [*measured.spreads, (depth, *[measured.chain.lengths[-1]] * 3)]
    for k, name in enumerate(NAMES, start=1):
        x, y = _down_to(floor, [(row[0], row[k]) for row in points])
        if x[-1] - x[0] >= LEAST_SPAN * depth:
            said = text(f"charts.product.{name}")
            found.append(Curve("singular", said, x, tuple(map(number, y))))
    places = tuple(float(row[0]) for row in points)
    low = tuple(number(max(floor, row[3])) for row in points)
    high = tuple(number(row[1]) for row in points)
    return [Curve("singular", "", places, (math.nan,) * len(places), low, high), *found]


def _down_to(
    floor: float, points: Sequence[tuple[float, float]]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """A line in log10, cut where it leaves the chart at the bottom."""
    kept = []
    for (x0, y0), (x1, y1) in pairwise(points):
        if y0 < floor < y1 and math.isfinite(y0):
            kept.append((x1 - (x1 - x0) * (y1 - floor) / (y1 - y0), floor))
        elif y0 >= floor:
            kept.append((x0, y0))
    x, y = zip(*kept, points[-1], strict=True)
    return x, y


def alt(measured: Measured, text: Text) -> str:
    """The chart in words, its bars among them."""
    chain, depth = measured.chain, measured.experiment.depth
    parts = [text("charts.product.alt", depth=depth, start=number(chain.lengths[-1]))]
    factors = [factor for factor in measured.factors[1:] if drawable(factor)]
    if factors:
        said = {"count": len(factors), "least": min(factors), "most": max(factors)}
        parts.append(text("charts.product.alt_bars", **said))
    if chain.measured < MOST:
        ends = {"first": number(chain.lengths[0]), "weights": number(chain.measured)}
        parts.append(text("charts.product.alt_end", **ends))
    if measured.bounds and measured.bounds[0] < MOST:
        parts.append(text("charts.product.alt_bound", bound=number(measured.bounds[0])))
    return " ".join(parts)
